#!/usr/bin/env python3
"""agent_instruction over HTTP on the built-in runtime: its row, its targets, its signal, what is refused, and restarts."""

import json
import tempfile
import time
import unittest

from support.client import eventually
from support.daemon import Daemon
from support.work import events_of, said, short
from support.ws import WebSocket

AGENT = {"instructions": "You help.", "orientationPolicy": "never", "capabilities": ["transcript.upsert", "queue.enqueue"]}


class Instructions(unittest.TestCase):
    env = {}

    def setUp(self):
        self.agents = tempfile.mkdtemp(prefix="lanekeeper-agents-")
        with open(f"{self.agents}/helper.json", "w", encoding="utf-8") as file:
            json.dump(AGENT, file)
        env = {"LANEKEEPER_RUNTIME": "builtin", "LANEKEEPER_AGENTS_DIR": self.agents,
               "ORCHESTRATOR_SUGGEST_REQUEST_WAIT_MS": "1500", **self.env}
        self.daemon = Daemon(env=env).start()
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.client
        self.project = self.client.new_project("demo")["projectId"]
        self.chat = self.client.new_chat(self.project)["sessionId"]
        self.client.expect(202, "POST", f"/api/sessions/{self.chat}/notifications",
                           [said(self.chat, "turn_1", "item_1", "Please rename --fast to --quick.", user=True),
                            said(self.chat, "turn_1", "item_2", "Renamed it in src/options.py.")])

    def payload(self, **more):
        return {"agent": "helper", "jobKind": "review", "projectId": self.project, "sourceSessionId": self.chat,
                "threadId": self.chat, "turnId": "turn_1", "instructionText": "Does src/options.py have a test?",
                "expectResponse": "none", **more}

    def post(self, payload, status=202, **members):
        body = {"type": "agent_instruction", "projectId": payload.get("projectId", self.project), "payload": payload, **members}
        return self.client.expect(status, "POST", "/api/orchestrator/jobs", body)

    def end(self, payload):
        return self.client.wait_job(self.post(payload)["jobId"])

    def rows(self):
        return self.client.expect(200, "GET", f"/api/sessions/{self.chat}")["transcript"]

    def row(self, message_id):
        return next((row for row in self.rows() if row["messageId"] == message_id), None)


class Answers(Instructions):
    def test_the_answer_is_a_row_behind_its_anchor_also_after_a_restart(self):
        job = self.end(self.payload(expectResponse="assistant_text", anchorItemId="item_1"))
        self.assertEqual(job["state"], "completed", job["error"])
        self.assertEqual(job["result"]["source"], "builtin")
        self.assertIn("src/options.py", job["result"]["text"])
        self.assertEqual(job["sourceSessionId"], self.chat)

        def check():
            rows = self.rows()
            self.assertEqual([row["messageId"] for row in rows], ["item_1", f"agent-job-output::{job['id']}", "item_2"])
            self.assertEqual((rows[1]["type"], rows[1]["status"], rows[1]["content"]),
                             ("agent.jobOutput", "complete", job["result"]["text"]))
        check()
        self.daemon.stop()
        self.daemon.start()
        check()

    def test_its_news_reach_the_chat_that_it_works_for_and_no_other(self):
        other = self.client.new_chat()["sessionId"]
        with WebSocket(self.daemon.port, self.chat) as near, \
                WebSocket(self.daemon.port, other) as far:
            near.until(lambda m: m["type"] == "ready")
            far.until(lambda m: m["type"] == "ready")
            job = self.post(self.payload(supplementalTargets=[{"messageId": "row_1", "type": "note"}]))["jobId"]
            heard = near.until(lambda m: m["type"] == "orchestrator_job_completed")
            self.assertEqual([short(event) for event in events_of(heard, job)], ["queued", "started", "completed"])
            rows = [m["payload"]["entry"] for m in heard if m["type"] == "transcript_updated"]
            self.assertEqual([row["content"] for row in rows if row["messageId"] == "row_1"], ["Waiting.", "Working.", "Done."])
            far.send({"type": "ping"})
            self.assertEqual([m["type"] for m in far.until(lambda m: m["type"] == "pong")], ["pong"])

    def test_an_answer_that_is_not_intents_fails_the_job_once_and_changes_nothing(self):
        before = self.rows()
        job = self.end(self.payload(expectResponse="action_intents"))
        self.assertEqual((job["state"], job["attempts"]), ("failed", 1))
        self.assertTrue(job["error"].startswith("intents_invalid: "), job["error"])
        self.assertEqual(self.rows(), before)

    def test_an_unknown_agent_fails_the_job_at_once(self):
        job = self.end(self.payload(agent="stranger"))
        self.assertEqual((job["state"], job["attempts"]), ("failed", 1))
        self.assertTrue(job["error"].startswith("unknown_agent"), job["error"])

    def test_one_job_a_turn_and_kind_is_open_and_the_idempotency_key_works(self):
        self.client.lane(self.project, "pause")
        first = self.post(self.payload())
        again = self.post(self.payload(instructionText="again"))
        self.assertEqual((again["jobId"], again["dedupe"]), (first["jobId"], "already_queued"))
        self.assertNotEqual(self.post(self.payload(turnId="turn_2"))["jobId"], first["jobId"])
        self.assertNotEqual(self.post(self.payload(dedupeKey="own"))["jobId"], first["jobId"])


class Refusals(Instructions):
    def test_what_does_not_fit_is_refused_by_its_place(self):
        def issue(status=400, **more):
            return self.post(self.payload(**more), status)["issues"][0]["path"]
        self.assertEqual(issue(expectResponse="poem"), ["payload", "expectResponse"])
        self.assertEqual(issue(agent="../etc"), ["payload", "agent"])
        self.assertEqual(issue(instructionText=""), ["payload", "instructionText"])
        self.assertEqual(issue(surprise=1), ["payload", "surprise"])
        self.assertEqual(issue(completionSignal={"kind": "bell", "requestKey": "r"}), ["payload", "completionSignal", "kind"])
        target = {"messageId": "m", "type": "note"}
        self.assertEqual(issue(supplementalTargets=[target] * 9), ["payload", "supplementalTargets"])

    def test_the_chat_must_be_a_users_and_of_the_project(self):
        other = self.client.new_project("other")["projectId"]
        loose = self.client.new_chat()["sessionId"]
        wrong = self.post(self.payload(projectId=other), 400)
        self.assertEqual(wrong["issues"][0]["path"], ["payload", "projectId"])
        wrong = self.post(self.payload(sourceSessionId=loose), 400)
        self.assertEqual(wrong["issues"][0]["path"], ["payload", "projectId"])
        wrong = self.client.expect(400, "POST", "/api/orchestrator/jobs",
                                   {"type": "agent_instruction", "projectId": other, "payload": self.payload()})
        self.assertEqual(wrong["issues"][0]["path"], ["projectId"])
        wrong = self.post(self.payload(), 400, sourceSessionId=loose)
        self.assertEqual(wrong["issues"][0]["path"], ["sourceSessionId"])
        missing = self.post(self.payload(sourceSessionId="nobody"), 404)
        self.assertEqual((missing["code"], missing["sessionId"]), ("not_found", "nobody"))
        job = self.end(self.payload(projectId=f"session:{loose}", sourceSessionId=loose))
        self.assertEqual((job["state"], job["projectId"]), ("completed", f"session:{loose}"))
        worker = self.client.expect(200, "GET", f"/api/projects/{self.project}/agent-sessions")["data"]
        self.assertEqual(worker, [])
        self.end(self.payload())
        worker = self.client.expect(200, "GET", f"/api/projects/{self.project}/agent-sessions")["data"][0]["sessionId"]
        self.assertEqual(self.post(self.payload(sourceSessionId=worker), 403)["code"], "system_session")
        self.client.expect(200, "DELETE", f"/api/sessions/{loose}")
        self.post(self.payload(projectId=f"session:{loose}", sourceSessionId=loose), 410)


class Targets(Instructions):
    def test_a_target_ends_with_the_fallback_unless_somebody_wrote_it(self):
        target = {"messageId": "row_1", "type": "note", "placeholderTexts": ["in line", "at work"], "completeFallback": "done"}
        self.client.lane(self.project, "pause")
        job = self.post(self.payload(supplementalTargets=[target, {**target, "messageId": "row_2"}],
                                     instructionText="/pause 1500ms"))["jobId"]
        self.assertEqual((self.row("row_1")["content"], self.row("row_1")["status"]), ("in line", "streaming"))
        self.client.lane(self.project, "resume")
        eventually(lambda: self.row("row_1")["content"] == "at work", what="the second placeholder does not come")
        self.client.expect(200, "POST", f"/api/sessions/{self.chat}/transcript/upsert",
                           {"messageId": "row_2", "turnId": "turn_1", "role": "system", "type": "note", "content": "mine"})
        self.assertEqual(self.client.wait_job(job)["state"], "completed")
        self.assertEqual((self.row("row_1")["content"], self.row("row_1")["status"]), ("done", "complete"))
        self.assertEqual((self.row("row_2")["content"], self.row("row_2")["status"]), ("mine", "complete"))

    def test_a_canceled_job_closes_its_target(self):
        target = {"messageId": "row_1", "type": "note", "canceledFallback": "nobody wants it"}
        job = self.post(self.payload(supplementalTargets=[target], instructionText="/pause 60s"))["jobId"]
        eventually(lambda: self.client.job(job)["runningContext"]["turnId"], what="no turn")
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job}/cancel?wait=10s")
        self.assertEqual(self.client.job(job)["state"], "canceled")
        self.assertEqual((self.row("row_1")["content"], self.row("row_1")["status"]), ("nobody wants it", "canceled"))

    def test_a_target_of_a_job_whose_daemon_is_killed_ends_once(self):
        target = {"messageId": "row_1", "type": "note", "completeFallback": "done"}
        job = self.post(self.payload(supplementalTargets=[target], instructionText="/pause 3s"))["jobId"]
        eventually(lambda: self.client.job(job)["runningContext"]["turnId"], what="no turn")
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.client.wait_job(job)["state"], "completed")
        rows = [row for row in self.rows() if row["messageId"] == "row_1"]
        self.assertEqual([(row["content"], row["status"]) for row in rows], [("done", "complete")])


class Signals(Instructions):
    def waiting(self, key, **more):
        return self.payload(completionSignal={"kind": "suggested_request", "requestKey": key}, **more)

    def signal(self, key, **members):
        self.client.expect(200, "POST", f"/api/sessions/{self.chat}/suggested-request/upsert",
                           {"requestKey": key, "status": "complete", "suggestion": "Run the tests.", **members})

    def worker_said(self, words):
        """The worker has answered the instruction of these words."""
        workers = self.client.expect(200, "GET", f"/api/projects/{self.project}/agent-sessions")["data"]
        rows = self.client.expect(200, "GET", f"/api/sessions/{workers[0]['sessionId']}")["transcript"] if workers else []
        turns = {row["turnId"] for row in rows if words in row["content"] and row["role"] == "user"}
        return any(row["turnId"] in turns and row["role"] == "assistant" and row["status"] == "complete" for row in rows)

    def test_the_signal_ends_the_job_while_the_turn_runs_after_it_and_before(self):
        job = self.post(self.waiting("r1", instructionText="/pause 60s"))["jobId"]
        eventually(lambda: self.client.job(job)["runningContext"]["turnId"], what="no turn")
        self.signal("r1")
        job = self.client.wait_job(job)
        self.assertEqual(job["state"], "completed", job["error"])
        self.assertEqual((job["result"]["completion"]["by"], job["result"]["completion"]["suggestion"]), ("signal", "Run the tests."))
        self.assertEqual(job["priority"], "interactive")

        job = self.post(self.waiting("r2"))["jobId"]
        eventually(lambda: self.worker_said("Does src/options.py"), what="the turn does not end")
        self.signal("r2", status="error", error="no idea")
        completion = self.client.wait_job(job)["result"]["completion"]
        self.assertEqual((completion["by"], completion["status"]), ("signal", "error"))

        self.signal("r3")
        self.assertEqual(self.end(self.waiting("r3"))["result"]["source"], None)

    def test_without_the_signal_the_fallback_comes_in_time_and_the_turn_is_ended(self):
        with WebSocket(self.daemon.port, self.chat) as socket:
            socket.until(lambda m: m["type"] == "ready")
            began = time.monotonic()
            job = self.end(self.waiting("r1", instructionText="/pause 60s"))
            took = time.monotonic() - began
            self.assertEqual(job["state"], "completed", job["error"])
            self.assertTrue(1.4 < took < 6, took)
            self.assertEqual(job["result"]["completion"],
                             {"requestKey": "r1", "status": "complete", "by": "fallback", "source": "fallback", "error": None,
                              "suggestion": "Please continue with this: “Please rename --fast to --quick.”"})
            states = [m["payload"]["status"] for m in socket.until(lambda m: m["type"] == "orchestrator_job_completed")
                      if m["type"] == "suggested_request_updated"]
            self.assertEqual((states[0], states[-1]), ("streaming", "complete"))
        self.assertEqual(self.end(self.waiting("r2", fallbackSuggestionDraft=" Add a test. "))["result"]["completion"]["suggestion"],
                         "Add a test.")


if __name__ == "__main__":
    unittest.main()
