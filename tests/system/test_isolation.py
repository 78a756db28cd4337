#!/usr/bin/env python3
"""Hidden sessions are nobody's chats: every user operation is refused, no list, count or event shows them; and a deleted
chat answers 410 on every route, also after a restart."""

import unittest

from support.chats import say, worker_of
from support.daemon import Daemon
from support.ws import WebSocket

ROW = {"messageId": "m", "turnId": "t", "role": "user", "type": "note", "content": "hello"}

# Every route on one session that a user acts with: verb, what follows the id, a body that is valid.
OPERATIONS = [
    ("DELETE", "", None),
    ("POST", "/rename", {"title": "mine now"}),
    ("POST", "/project", {"projectId": None}),
    ("POST", "/archive", None),
    ("POST", "/unarchive", None),
    ("POST", "/fork", None),
    ("POST", "/resume", None),
    ("POST", "/compact", None),
    ("POST", "/rollback", {"numTurns": 1}),
    ("POST", "/messages", {"text": "hello"}),
    ("POST", "/interrupt", None),
    ("POST", "/turns/turn_1/steer", {"input": "left"}),
    ("POST", "/session-controls", {"scope": "session", "controls": {"model": "m"}}),
    ("POST", "/settings", {"settings": {"a": 1}}),
    ("DELETE", "/settings/a", None),
    ("POST", "/approval-policy", {"approvalPolicy": "never"}),
    ("POST", "/transcript/upsert", ROW),
    ("POST", "/notifications", {"method": "item/completed", "params": {"turnId": "t", "item": {"id": "i", "type": "agentMessage"}}}),
    ("POST", "/suggested-reply/jobs", {}),
    ("POST", "/suggested-reply", {}),
    ("POST", "/suggested-request/jobs", {}),
    ("POST", "/suggested-request", {}),
    ("POST", "/suggested-request/upsert", {"requestKey": "k", "status": "complete", "suggestion": "s"}),
    ("POST", "/review", {}),
    ("POST", "/background-terminals/clean", {}),
]
READINGS = [("GET", tail, None) for tail in ("", "/session-controls", "/settings", "/approvals", "/tool-input", "/tool-calls")]


def session_routes():
    """The patterns of the source's own tables, so that a new route cannot be forgotten here."""
    import re
    from pathlib import Path
    found = set()
    for source in (Path(__file__).resolve().parents[2] / "lib" / "web" / "handlers").glob("*.cpp"):
        found |= set(re.findall(r'"/api/sessions/:id([^"]*)"', source.read_text()))
    return found


def pattern(tail):
    return tail.replace("/turns/turn_1/", "/turns/:turnId/").replace("/settings/a", "/settings/:key")


class Isolation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        cls.client = cls.daemon.client
        cls.project = cls.client.new_project("isolated")["projectId"]
        cls.worker = worker_of(cls.client, cls.project)

    @classmethod
    def tearDownClass(cls):
        cls.daemon.close()

    def test_the_table_of_this_test_has_every_session_route(self):
        self.assertEqual(session_routes(), {pattern(tail) for _, tail, _ in OPERATIONS + READINGS})

    def test_every_user_operation_on_a_hidden_session_is_refused(self):
        before = self.client.expect(200, "GET", f"/api/sessions/{self.worker}")
        for verb, tail, body in OPERATIONS:
            with self.subTest(route=f"{verb} {tail}"):
                reply = self.client.expect(403, verb, f"/api/sessions/{self.worker}{tail}", body)
                self.assertEqual((reply["status"], reply["code"], reply["sessionId"]), ("error", "system_session", self.worker))
                self.assertIn("message", reply)
        self.assertEqual(self.client.expect(200, "GET", f"/api/sessions/{self.worker}"), before, "nothing was done")

    def test_the_refusal_comes_before_a_look_at_the_body(self):
        self.client.expect(403, "POST", f"/api/sessions/{self.worker}/messages", {"nonsense": 1})

    def test_an_operator_may_look_at_a_hidden_session(self):
        for verb, tail, _ in READINGS:
            self.client.expect(200, verb, f"/api/sessions/{self.worker}{tail}")
        view = self.client.expect(200, "GET", f"/api/sessions/{self.worker}")
        self.assertTrue(view["session"]["systemOwned"])
        self.assertTrue(view["transcript"], "its work can be read")

    def test_hidden_sessions_are_in_no_list_unless_an_operator_asks(self):
        for archived in ("false", "true"):
            page = self.client.expect(200, "GET", f"/api/sessions?limit=200&archived={archived}")
            self.assertNotIn(self.worker, [session["sessionId"] for session in page["data"]])
        page = self.client.expect(200, "GET", "/api/sessions?limit=200&includeSystemOwned=true")
        self.assertIn(self.worker, [session["sessionId"] for session in page["data"]])

    def test_nobody_hears_of_a_hidden_session_but_who_asks_for_exactly_it(self):
        with WebSocket(self.daemon.port) as everything, WebSocket(self.daemon.port, thread=self.worker) as exactly:
            worker = worker_of(self.client, self.project)
            self.assertEqual(worker, self.worker, "one worker does the work")
            heard = everything.drain()
            self.assertTrue(heard)
            self.assertNotIn(self.worker, str(heard))
            broadcasts = ("ready", "session_project_updated", "project_upserted")
            asked = [message for message in exactly.drain() if message["type"] not in broadcasts]
            self.assertTrue(asked)
            self.assertEqual({message["threadId"] for message in asked}, {self.worker})

    def test_a_hidden_session_is_no_lane(self):
        body = {"type": "noop", "projectId": f"session:{self.worker}", "payload": {}}
        self.client.expect(403, "POST", "/api/orchestrator/jobs", body)

    def test_no_order_is_given_to_the_lane_of_a_session_that_is_nobodys_chat(self):
        gone = self.client.new_chat()["sessionId"]
        kept = self.client.new_chat()["sessionId"]
        self.client.lane(f"session:{gone}", "pause")
        self.client.expect(200, "DELETE", f"/api/sessions/{gone}")
        for command in ("pause", "drain", "resume"):
            for session, status in ((self.worker, 403), ("nobody", 404), (gone, 410), (kept, 200)):
                with self.subTest(command=command, status=status):
                    reply = self.client.expect(status, "POST", f"/api/orchestrator/lanes/session%3A{session}/{command}")
                    self.assertEqual(reply.get("sessionId", session), session)
        self.assertEqual(self.client.expect(200, "GET", "/api/health")["orchestratorQueue"]["paused"], [])

    def test_a_deleted_chat_answers_410_on_every_route_also_after_a_restart(self):
        with Daemon() as daemon:
            chat = daemon.client.new_chat()["sessionId"]
            say(daemon.client, chat, "hello")
            daemon.client.expect(200, "DELETE", f"/api/sessions/{chat}")
            for life in ("this", "the next"):
                for verb, tail, body in OPERATIONS + READINGS:
                    with self.subTest(life=life, route=f"{verb} {tail}"):
                        reply = daemon.client.expect(410, verb, f"/api/sessions/{chat}{tail}", body)
                        self.assertEqual((reply["status"], reply["sessionId"]), ("deleted", chat))
                daemon.client.expect(410, "POST", f"/api/sessions/{chat}/messages", {"nonsense": 1})
                daemon.restart()

    def test_a_job_of_a_deleted_chat_is_not_retried(self):
        client = self.daemon.client
        chat = client.new_chat()["sessionId"]
        body = {"type": "noop", "projectId": f"session:{chat}", "payload": {"fail": "fatal"}}
        job = client.expect(201, "POST", "/api/jobs", body)["jobId"]
        self.assertEqual(client.wait_job(job)["state"], "failed")
        client.expect(200, "DELETE", f"/api/sessions/{chat}")
        for path, member in ((f"/api/jobs/{job}/retry", "error"), (f"/api/orchestrator/jobs/{job}/retry", "status")):
            self.assertEqual(client.expect(410, "POST", path)[member], "deleted")
        self.assertEqual(client.job(job)["state"], "failed")

    def test_an_unknown_session_answers_404_on_every_route(self):
        for verb, tail, body in OPERATIONS + READINGS:
            with self.subTest(route=f"{verb} {tail}"):
                self.client.expect(404, verb, f"/api/sessions/nobody{tail}", body)

    def test_hidden_sessions_stay_hidden_after_a_restart(self):
        with Daemon() as daemon:
            project = daemon.client.new_project("hidden")["projectId"]
            worker = worker_of(daemon.client, project)
            daemon.restart()
            daemon.client.expect(403, "POST", f"/api/sessions/{worker}/messages", {"text": "hello"})
            page = daemon.client.expect(200, "GET", "/api/sessions?limit=200")
            self.assertNotIn(worker, [session["sessionId"] for session in page["data"]])
            self.assertEqual(worker_of(daemon.client, project), worker, "the same worker goes on")


if __name__ == "__main__":
    unittest.main(verbosity=2)
