#!/usr/bin/env python3
"""The Testing Matrix of orchestrator-queue.md at the level of the whole daemon: one test a line, named by its words."""

import unittest

from support.client import eventually
from support.daemon import Daemon
from support.work import JOB_EVENTS, all_jobs, explain_row_id, file_change, said, short
from support.ws import WebSocket

class MatrixTest(unittest.TestCase):
    env = {}

    def setUp(self):
        self.daemon = Daemon(env=self.env).start()
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.client
        self.project = self.client.new_project("matrix")["projectId"]

    def tearDown(self):
        self.assertEqual(self.daemon.stop(), 0)

    def new_talk(self):
        """A chat of the project in which somebody has said something."""
        chat = self.client.new_chat(self.project)["sessionId"]
        self.notify(chat, [said(chat, "t0", "q", "Please make the sum faster.", user=True),
                           said(chat, "t0", "a", "I changed the loop. Shall I add a test?")])
        return chat

    def notify(self, chat, notices):
        return self.client.expect(202, "POST", f"/api/sessions/{chat}/notifications", notices)

    def click(self, chat):
        return self.client.expect(202, "POST", f"/api/sessions/{chat}/suggested-reply/jobs", {})

    def transcript(self, chat):
        return self.client.expect(200, "GET", f"/api/sessions/{chat}")["transcript"]

    def explain_jobs(self):
        return [job for job in all_jobs(self.client, self.project).values() if job["type"] == "file_change_explain"]

    def when_explained(self, chat, count):
        """The transcript as soon as that many explanations stand in it complete."""
        def complete():
            rows = self.transcript(chat)
            done = [row for row in rows if row["type"] == "fileChange.explainability" and row["status"] == "complete"]
            return rows if len(done) >= count else None
        return eventually(complete, 30, "not explained")

    def start_running(self, **payload):
        job = self.client.enqueue("noop", self.project, payload)["jobId"]
        eventually(lambda: self.client.job(job)["state"] == "running")
        return job

    def job_events(self):
        with WebSocket(self.daemon.port, since=0) as socket:
            last = socket.next()["seq"]
            return [m for m in socket.until(lambda m: m["seq"] == last) if m["type"] in JOB_EVENTS]

    def starts(self):
        """Ids of started jobs in the order of the log."""
        return [event["payload"]["jobId"] for event in self.job_events() if short(event) == "started"]

class Scheduler(MatrixTest):
    env = {"ORCHESTRATOR_QUEUE_BACKGROUND_AGING_MS": 200, "ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY": 4}

    def test_per_project_serialization(self):
        jobs = [self.client.enqueue("noop", self.project, {"sleepMs": 10, "priority": "interactive"})["jobId"] for _ in range(8)]
        for job in jobs:
            self.client.wait_job(job)
        words = [short(event) for event in self.job_events()]
        running = [word for word in words if word != "queued"]
        self.assertEqual(running, ["started", "completed"] * 8, "one at a time")
        self.assertEqual(self.starts(), jobs)

    def test_fairness_aging_starvation_prevention(self):
        self.client.lane(self.project, "pause")
        background = self.client.enqueue("noop", self.project)["jobId"]
        lane = lambda: [l for l in self.client.expect(200, "GET", "/api/orchestrator/lanes")["data"] if l["owner"] == self.project][0]
        eventually(lambda: lane()["oldestWaitMs"] > 300)
        interactive = [self.client.enqueue("noop", self.project, {"priority": "interactive"})["jobId"] for _ in range(10)]
        self.client.lane(self.project, "resume")
        for job in [background, *interactive]:
            self.client.wait_job(job)
        self.assertEqual(self.starts(), [*interactive[:3], background, *interactive[3:]])

class Dedupe(MatrixTest):
    def test_suggest_single_flight_duplicates_return_existing_job(self):
        chat, other = self.new_talk(), self.new_talk()
        self.client.lane(self.project, "pause")
        first = self.click(chat)
        self.assertEqual(first["dedupe"], "enqueued")
        for _ in range(5):
            again = self.click(chat)
            self.assertEqual((again["jobId"], again["requestKey"], again["dedupe"]), (first["jobId"], first["requestKey"], "already_queued"))
        self.assertNotEqual(self.click(other)["jobId"], first["jobId"], "another chat has a job of its own")
        self.client.lane(self.project, "resume")
        self.assertEqual(self.client.wait_job(first["jobId"])["state"], "completed")
        self.assertNotEqual(self.click(chat)["jobId"], first["jobId"], "a new click after the end is a new job")

    def test_file_explain_duplicates_drop_merge_as_configured(self):
        chat = self.new_talk()
        for _ in range(3):
            self.notify(chat, file_change(chat, "t1", "i1"))
        self.when_explained(chat, 1)
        self.notify(chat, file_change(chat, "t1", "i1"))
        self.notify(chat, file_change(chat, "t1", "i2"))
        rows = self.when_explained(chat, 2)
        self.assertEqual(len(self.explain_jobs()), 2, "dropped while it is open, and after it has completed")
        self.assertEqual(len(rows), 2 + 2 * 2)

class Cancellation(MatrixTest):
    def test_queued_cancel(self):
        self.client.lane(self.project, "pause")
        job = self.client.enqueue("noop", self.project)["jobId"]
        reply = self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job}/cancel")["job"]
        self.assertEqual((reply["state"], reply["run"], reply["startedAt"]), ("canceled", 0, None))
        self.client.lane(self.project, "resume")
        late = self.client.post(f"/api/orchestrator/jobs/{job}/cancel")
        self.assertEqual((late.status, late.json["status"]), (409, "already_terminal"))
        self.assertEqual(self.client.job(job), reply)

    def test_running_cancel_with_interrupt_path(self):
        job = self.start_running(sleepMs=60000)
        reply = self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job}/cancel?wait=true")["job"]
        self.assertEqual(reply["state"], "canceled")
        self.assertEqual(reply["error"], reply["cancelReason"], "it ended in time: the caller's reason")
        self.assertEqual(self.client.wait_job(self.client.enqueue("noop", self.project)["jobId"])["state"], "completed")

    def test_running_cancel_fallback_on_interrupt_timeout(self):
        job = self.start_running(sleepMs=60000, ignoreCancel=True)
        reply = self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job}/cancel?wait=true")["job"]
        self.assertEqual((reply["state"], reply["error"]), ("canceled", "interrupt_timeout"))
        self.assertEqual(self.client.wait_job(self.client.enqueue("noop", self.project)["jobId"])["state"], "completed",
                         "the lane goes on")

class Recovery(MatrixTest):
    def test_restart_requeues_previous_running_jobs(self):
        job = self.start_running(sleepMs=2500, result={"second": "try"})
        self.daemon.kill()
        self.daemon.start()
        ended = self.client.wait_job(job)
        self.assertEqual((ended["state"], ended["run"], ended["attempts"], ended["result"]), ("completed", 2, 2, {"second": "try"}))
        heard = self.job_events()
        self.assertEqual([short(event) for event in heard], ["queued", "started", "queued", "started", "completed"])
        self.assertEqual(heard[2]["payload"]["error"], "recovered_from_running_state")

    def test_restart_fails_running_jobs_whose_attempts_are_spent(self):
        job = self.start_running(sleepMs=60000)
        self.daemon.kill()
        self.daemon.start()
        eventually(lambda: self.client.job(job)["state"] == "running")
        self.daemon.kill()
        self.daemon.start()
        ended = self.client.job(job)
        self.assertEqual((ended["state"], ended["error"], ended["run"]), ("failed", "recovery_max_attempts_exceeded", 2))

    def test_sink_idempotency_after_recovery_replay(self):
        chat, items, replayed = self.new_talk(), 0, []
        for _ in range(10):
            self.client.lane(self.project, "pause")
            for _ in range(10):
                items += 1
                self.notify(chat, file_change(chat, "t1", f"i{items}", diff="@@ -1 +1 @@\n-a\n+b\n" + "+line\n" * 5000))
            with WebSocket(self.daemon.port) as socket:
                socket.next()
                self.client.lane(self.project, "resume")
                socket.next_of("orchestrator_job_started")
                self.daemon.kill()
            self.daemon.start()
            rows = self.when_explained(chat, items)
            replayed = [job for job in self.explain_jobs() if job["run"] > 1]
            if replayed:
                break
        self.assertTrue(replayed, "no kill hit a running explanation")
        self.assertEqual(len(rows), 2 + 2 * items)
        self.assertEqual(len({(row["turnId"], row["messageId"]) for row in rows}), len(rows), "no row twice")
        ids = [row["messageId"] for row in rows]
        for n in range(1, items + 1):
            self.assertEqual(ids.index(explain_row_id(chat, "t1", f"i{n}")), ids.index(f"i{n}") + 1)

class WebsocketRouting(MatrixTest):
    def test_suggest_completion_reaches_selected_session_scoped_client(self):
        chat = self.new_talk()
        with WebSocket(self.daemon.port, thread=chat) as socket:
            socket.next()
            click = self.click(chat)
            done = socket.until(lambda m: m["type"] == "orchestrator_job_completed")[-1]
        self.assertEqual((done["threadId"], done["payload"]["jobId"], done["payload"]["requestKey"]),
                         (chat, click["jobId"], click["requestKey"]))
        self.assertTrue(done["payload"]["result"]["suggestion"])
        self.assertEqual(done["payload"]["sourceSessionId"], chat)

    def test_no_cross_session_leakage(self):
        chats = [self.new_talk() for _ in range(4)]
        sockets = [WebSocket(self.daemon.port, thread=chat) for chat in chats]
        for socket in sockets:
            socket.next()
        jobs = {}
        for chat in chats:
            jobs[chat] = self.click(chat)["jobId"]
            self.notify(chat, file_change(chat, "t1", "i1"))
            self.client.wait_job(jobs[chat])
            self.when_explained(chat, 1)
        for chat, socket in zip(chats, sockets):
            others = set(chats) - {chat}
            heard = socket.drain(0.3)
            self.assertIn(jobs[chat], {m["payload"]["jobId"] for m in heard if m["type"] in JOB_EVENTS})
            for message in heard:
                self.assertFalse(any(other in str(message) for other in others), message)
            socket.close()

class SessionIsolation(MatrixTest):
    def workers(self):
        chat = self.new_talk()
        self.client.wait_job(self.click(chat)["jobId"])
        self.notify(chat, file_change(chat, "t1", "i1"))
        self.when_explained(chat, 1)
        data = self.client.expect(200, "GET", f"/api/projects/{self.project}/agent-sessions")["data"]
        self.assertEqual({worker["agent"] for worker in data}, {"supervisor", "explainer"})
        return chat, [worker["sessionId"] for worker in data]

    def test_system_owned_session_hidden_in_list(self):
        chat, hidden = self.workers()
        listed = [session["sessionId"] for session in self.client.expect(200, "GET", "/api/sessions")["data"]]
        self.assertEqual(listed, [chat])
        archived = self.client.expect(200, "GET", "/api/sessions?archived=true")["data"]
        self.assertEqual(archived, [])
        self.daemon.restart()
        listed = [session["sessionId"] for session in self.client.expect(200, "GET", "/api/sessions")["data"]]
        self.assertEqual(listed, [chat], "also in the next life")
        everything = self.client.expect(200, "GET", "/api/sessions?includeSystemOwned=true")["data"]
        self.assertEqual({session["sessionId"] for session in everything}, {chat, *hidden}, "an operator may ask")

    def test_user_operation_denial_on_system_owned_session(self):
        _, hidden = self.workers()
        for session in hidden:
            base = f"/api/sessions/{session}"
            for verb, path, body in (("POST", "/messages", {"text": "hello"}), ("POST", "/rename", {"title": "mine"}),
                                     ("POST", "/archive", None), ("POST", "/interrupt", {}), ("POST", "/fork", None),
                                     ("POST", "/rollback", {"numTurns": 1}), ("DELETE", "", None),
                                     ("POST", "/project", {"projectId": None}), ("POST", "/suggested-reply", {}),
                                     ("POST", "/suggested-reply/jobs", {}),
                                     ("POST", "/notifications", file_change(session, "t", "i"))):
                reply = self.client.request(verb, base + path, body)
                self.assertEqual((verb, path, reply.status, reply.json["code"], reply.json["sessionId"]),
                                 (verb, path, 403, "system_session", session))

class ExplainabilityTranscript(MatrixTest):
    def test_placeholder_complete_lifecycle(self):
        chat = self.new_talk()
        self.client.lane(self.project, "pause")
        with WebSocket(self.daemon.port, thread=chat) as socket:
            socket.next()
            self.notify(chat, file_change(chat, "t1", "i1"))
            row = self.transcript(chat)[-1]
            self.assertEqual((row["messageId"], row["type"], row["role"], row["status"]),
                             (explain_row_id(chat, "t1", "i1"), "fileChange.explainability", "system", "streaming"))
            placeholder = row["content"]
            self.client.lane(self.project, "resume")
            heard = socket.until(lambda m: m["type"] == "orchestrator_job_completed") + socket.drain(0.2)
        texts = [(m["payload"]["entry"]["status"], m["payload"]["entry"]["content"]) for m in heard
                 if m["type"] == "transcript_updated" and m["payload"]["messageId"] == row["messageId"]]
        self.assertEqual([status for status, _ in texts], ["streaming", "streaming", "complete"])
        self.assertEqual(texts[0][1], placeholder)
        self.assertEqual(len({text for _, text in texts}), 3, "placeholder, analyzing, text")
        self.assertIn("src/sum.py", texts[2][1])
        self.assertEqual(self.transcript(chat)[-1]["content"], texts[2][1])

    def test_anchored_placement_after_fileChange_item(self):
        chat = self.new_talk()
        self.notify(chat, [file_change(chat, "t1", "i1"), said(chat, "t1", "m1", "One is done."),
                           file_change(chat, "t1", "i2"), said(chat, "t1", "m2", "Both are done.")])
        rows = self.when_explained(chat, 2)
        self.assertEqual([row["messageId"] for row in rows],
                         ["q", "a", "i1", explain_row_id(chat, "t1", "i1"), "m1", "i2", explain_row_id(chat, "t1", "i2"), "m2"])

    def test_survives_transcript_reload_without_duplication(self):
        chat = self.new_talk()
        self.notify(chat, [file_change(chat, "t1", "i1"), file_change(chat, "t1", "i2")])
        rows = self.when_explained(chat, 2)
        self.assertEqual(self.transcript(chat), rows, "reading twice")
        self.daemon.restart()
        self.assertEqual(self.transcript(chat), rows, "after a restart")
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.transcript(chat), rows, "after a kill")
        self.notify(chat, file_change(chat, "t1", "i1"))
        self.assertEqual([row["messageId"] for row in self.transcript(chat)], [row["messageId"] for row in rows], "said again")

if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
