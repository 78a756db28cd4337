#!/usr/bin/env python3
"""What requests carry: names, ids, cursors and limits, a payload, a trace; and what is asked before a look at the body."""

import json
import unittest

from support.daemon import Daemon
from support.one_daemon import OneDaemon
from support.work import file_change


class Inputs(OneDaemon):
    def test_a_trace_is_carried_into_the_job_that_a_request_makes(self):
        trace = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
        chat = self.client.new_chat()["sessionId"]
        made = [self.client.enqueue("noop", "traced", headers=trace)["jobId"]]
        for tail in ("suggested-reply/jobs", "suggested-reply"):
            click = self.client.post(f"/api/sessions/{chat}/{tail}", {"draft": "Please go on."}, headers=trace)
            self.assertIn(click.status, (200, 202))
        jobs = self.client.expect(200, "GET", f"/api/projects/session:{chat}/orchestrator/jobs")["data"]
        made += [job["id"] for job in jobs]
        self.assertGreater(len(made), 1)
        for job in made:
            self.assertEqual(self.client.job(job)["metadata"], trace)

    def test_what_is_no_trace_is_kept_nowhere(self):
        for text in ("\xff", "not a trace", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\xe9"):
            job = self.client.enqueue("noop", "untraced", headers={"traceparent": text})["jobId"]
            self.assertEqual(self.client.wait_job(job)["state"], "completed", text)
            self.assertEqual(self.client.job(job)["metadata"], None)

    def test_a_notification_hands_its_trace_to_the_explanation_that_it_makes(self):
        trace = {"traceparent": "00-6bf92f3577b34da6a3ce929d0e0e4738-00f067aa0ba902b9-01"}
        project = self.client.new_project("traced changes")["projectId"]
        chat = self.client.new_chat(project)["sessionId"]
        self.client.expect(202, "POST", f"/api/sessions/{chat}/notifications", file_change(chat, "t1", "i1"), headers=trace)
        job, = self.client.expect(200, "GET", f"/api/projects/{project}/orchestrator/jobs")["data"]
        self.client.wait_job(job["id"])
        self.assertEqual(self.client.job(job["id"])["metadata"], trace)
        lines = [json.loads(line) for line in self.daemon.log().splitlines()]
        steps = [line for line in lines if line["event"] == "job" and line["jobId"] == job["id"]]
        self.assertEqual({step.get("traceparent") for step in steps}, {trace["traceparent"]})

    def test_lists_refuse_a_limit_above_their_own_and_a_cursor_that_is_not_theirs(self):
        project = self.client.new_project("listed")["projectId"]
        lists = {"/api/sessions": 200, "/api/orchestrator/lanes": 1000, f"/api/projects/{project}/orchestrator/jobs": 1000}
        for path, largest in lists.items():
            with self.subTest(path):
                self.client.expect(200, "GET", f"{path}?limit={largest}&cursor=")
                issue, = self.client.expect(400, "GET", f"{path}?limit={largest + 1}")["issues"]
                self.assertEqual(issue["path"], ["query", "limit"])
                self.assertIn(str(largest), issue["message"])
                issue, = self.client.expect(400, "GET", f"{path}?cursor=%24%24")["issues"]
                self.assertEqual((issue["code"], issue["path"]), ("invalid_value", ["query", "cursor"]))

    def test_names_and_ids_have_no_control_characters(self):
        project = self.client.new_project("plain")["projectId"]
        chat = self.client.new_chat()["sessionId"]
        row = {"messageId": "m", "turnId": "t", "role": "user", "type": "note", "content": "hello"}
        job = {"type": "noop", "projectId": "p", "payload": {}}
        cases = [("/api/projects", {"name": "a\0b"}, ["name"]),
                 ("/api/projects", {"name": "a", "workingDirectory": "/a\0b"}, ["workingDirectory"]),
                 (f"/api/projects/{project}/rename", {"name": "a\nb"}, ["name"]),
                 ("/api/sessions", {"title": "a\0b"}, ["title"]),
                 ("/api/sessions", {"cwd": "/a\x1bb"}, ["cwd"]),
                 ("/api/sessions", {"projectId": "\0"}, ["projectId"]),
                 (f"/api/sessions/{chat}/rename", {"title": "\x7f"}, ["title"]),
                 (f"/api/sessions/{chat}/project", {"projectId": "p\0"}, ["projectId"]),
                 (f"/api/sessions/{chat}/messages", {"text": "hi", "model": "m\0"}, ["model"]),
                 (f"/api/sessions/{chat}/interrupt", {"turnId": "t\0"}, ["turnId"]),
                 (f"/api/sessions/{chat}/settings", {"key": "k\0", "value": 1}, ["key"]),
                 (f"/api/sessions/{chat}/settings", {"settings": {"k\0": 1}}, ["settings", "k\0"]),
                 (f"/api/sessions/{chat}/suggested-request/upsert", {"requestKey": "k\0", "status": "streaming"}, ["requestKey"]),
                 (f"/api/sessions/{chat}/transcript/upsert", {**row, "messageId": "m\0"}, ["messageId"]),
                 ("/api/orchestrator/jobs", {**job, "sourceSessionId": f"{chat}\0"}, ["sourceSessionId"]),
                 ("/api/orchestrator/jobs", {**job, "type": "noop\0"}, ["type"])]
        for path, body, where in cases:
            with self.subTest(path, where=where):
                refused = self.client.expect(400, "POST", path, body)
                issue, = refused["issues"]
                self.assertEqual((issue["code"], issue["path"]), ("invalid_value", where))
                self.assertIn("control character", issue["message"])
        self.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": "one line\nand\tanother"})

    def test_a_job_is_asked_for_with_its_payload(self):
        issue, = self.client.expect(400, "POST", "/api/orchestrator/jobs", {"type": "noop", "projectId": "p"})["issues"]
        self.assertEqual((issue["code"], issue["path"]), ("required", ["payload"]))

    def test_what_is_switched_off_is_said_before_a_look_at_the_body(self):
        with Daemon(env={"ORCHESTRATOR_SUGGEST_REPLY_ENABLED": "false"}) as daemon:
            chat = daemon.client.new_chat()["sessionId"]
            for tail in ("suggested-reply", "suggested-reply/jobs", "suggested-request", "suggested-request/upsert"):
                for sent in ({"raw": b"{no json"}, {"body": {"nonsense": 1}}):
                    with self.subTest(tail, **sent):
                        refused = daemon.client.expect(503, "POST", f"/api/sessions/{chat}/{tail}", **sent)
                        self.assertEqual(refused["code"], "feature_disabled")
            daemon.client.expect(404, "POST", "/api/sessions/nobody/suggested-reply", {"nonsense": 1})
            daemon.client.close()


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
