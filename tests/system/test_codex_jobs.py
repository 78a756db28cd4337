#!/usr/bin/env python3
"""Jobs on the real codex: suggestions and explanations on hidden worker sessions, and what a dying codex does to them."""

import json
import os
import shutil
import tempfile
import unittest

from support.client import eventually
from support.codex import CodexTest, patch
from support.work import explain_row_id
from support.ws import WebSocket


class Jobs(CodexTest):
    def setUp(self):
        self.project = self.own_project()

    def suggest(self, chat, **body):
        return self.client.expect(202, "POST", f"/api/sessions/{chat}/suggested-reply/jobs", body)["jobId"]

    def explanation(self, chat, turn):
        """The row that explains the one file change of the turn, once it is written, and its place after the change."""
        def look():
            rows = self.view(chat)["transcript"]
            change = next((i for i, row in enumerate(rows) if row["type"] == "fileChange" and row["turnId"] == turn), None)
            if change is None or change + 1 == len(rows):
                return None
            row = rows[change + 1]
            wanted = explain_row_id(chat, turn, rows[change]["messageId"])
            return row if row["messageId"] == wanted and row["status"] == "complete" else None
        return eventually(look, 30.0, "the change is not explained")

    def heard_of_explanations(self, socket):
        """The explanation's row each time that it was told of, until it is complete."""
        def of_it(message):
            return message["type"] == "transcript_updated" and message["payload"]["type"] == "fileChange.explainability"
        heard = socket.until(lambda m: of_it(m) and m["payload"]["entry"]["status"] == "complete", 30.0)
        return [message["payload"]["entry"] for message in heard if of_it(message)]


class OnWorkers(Jobs):
    def test_a_suggestion_is_made_on_a_hidden_session(self):
        self.model.on("Suggest the next message", reply="Please add a test for it.")
        chat = self.chat(self.project)
        self.ended(chat, self.send(chat, "I fixed the parser")["turnId"])
        job = self.client.wait_job(self.suggest(chat))
        self.assertEqual(job["state"], "completed", job["error"])
        self.assertEqual((job["result"]["suggestion"], job["result"]["source"]), ("Please add a test for it.", "codex"))
        workers = self.client.expect(200, "GET", f"/api/projects/{self.project}/agent-sessions")["data"]
        self.assertEqual([worker["agent"] for worker in workers], ["supervisor"])
        listed = self.client.expect(200, "GET", "/api/sessions")["data"]
        self.assertNotIn(workers[0]["sessionId"], [session["sessionId"] for session in listed])

    def test_a_patch_by_codex_is_explained_right_after_its_change(self):
        self.model.on("Explain", reply="It adds a greeting.")
        self.model.on("write greeting.txt", reply="written", calls=[patch("greeting.txt", content="hello")])
        chat = self.chat(self.project)
        with WebSocket(self.daemon.port, thread=chat) as socket:
            self.assertEqual(socket.next()["type"], "ready")
            turn = self.send(chat, "write greeting.txt")["turnId"]
            heard = self.heard_of_explanations(socket)
        self.assertEqual([(row["status"], row["content"]) for row in heard],
                         [("streaming", "Waiting to be explained."), ("streaming", "Analyzing 1 changed file."),
                          ("complete", "It adds a greeting.")])
        self.assertEqual(self.ended(chat, turn), "completed")
        row = self.explanation(chat, turn)
        self.assertEqual(row["content"], "It adds a greeting.")
        self.assertEqual({row["messageId"] for row in heard}, {row["messageId"]})
        before = self.view(chat)["transcript"]
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.start()
        self.assertEqual(self.view(chat)["transcript"], before)
        self.back_after(None)
        self.client.expect(200, "POST", f"/api/sessions/{chat}/resume")
        self.assertEqual(self.view(chat)["transcript"], before)

    def test_a_job_of_a_model_over_its_quota_waits_and_spends_no_attempt(self):
        play = self.model.on("Suggest the next message", reply="later").fail(code="insufficient_quota")
        chat = self.chat(self.project)
        self.ended(chat, self.send(chat, "anything")["turnId"])
        job_id = self.suggest(chat)
        job = eventually(lambda: next((job for job in [self.client.job(job_id)] if job["nextAttemptAt"]), None), 20.0,
                         "the job does not wait")
        self.assertEqual((job["state"], job["attempts"]), ("queued", 0), job)
        self.assertIn("quota", job["error"] or "no error")
        play.failures.clear()
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job_id}/cancel")


class Preflight(Jobs):
    """What a worker is told before its first job."""

    def setUp(self):
        super().setUp()
        self.orientations_before = self.orientations()

    def orientations(self):
        """How many turns the model was asked for that told somebody who he is."""
        return self.model.calls("To this message answer only: ready.")

    def suggestion(self, chat):
        job = self.client.wait_job(self.suggest(chat))
        self.assertEqual(job["state"], "completed", job["error"])
        return job["result"]

    def worker(self):
        workers = self.client.expect(200, "GET", f"/api/projects/{self.project}/agent-sessions")["data"]
        self.assertEqual(len(workers), 1)
        return workers[0]["sessionId"]

    def lifecycle_rows(self):
        return [row for row in self.view(self.worker())["transcript"] if row["type"] == "agent.worker.lifecycle"]

    def begun_chat(self):
        chat = self.chat(self.project)
        self.ended(chat, self.send(chat, "I fixed the parser")["turnId"])
        return chat

    def test_a_worker_is_oriented_once_before_its_first_job_and_not_again_after_a_restart(self):
        self.model.on("Suggest the next message", reply="Please add a test for it.")
        chat = self.begun_chat()
        self.assertEqual(self.suggestion(chat)["suggestion"], "Please add a test for it.")
        self.suggestion(chat)
        self.assertEqual(self.orientations() - self.orientations_before, 1)
        worker, rows = self.worker(), self.lifecycle_rows()
        self.assertEqual([(row["status"], row["role"]) for row in rows], [("complete", "system")])
        details = json.loads(rows[0]["details"])
        self.assertEqual((details["kind"], details["agent"]), ("orientation", "supervisor"))
        self.assertEqual(details["turnId"], self.view(worker)["thread"]["turns"][0]["id"])
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.start()
        self.assertEqual(self.suggestion(chat)["source"], "codex")
        self.assertEqual(self.worker(), worker)
        self.assertEqual(self.orientations() - self.orientations_before, 1)
        self.assertEqual(len(self.lifecycle_rows()), 1)

    def test_a_job_that_is_cancelled_during_the_orientation_ends_and_the_next_one_goes_on_from_there(self):
        play = self.model.on("To this message answer only: ready.", reply="ready", times=1).hold()
        self.addCleanup(play.release)
        chat = self.begun_chat()
        job_id = self.suggest(chat)
        eventually(lambda: self.orientations() > self.orientations_before, what="nobody is oriented")
        self.assertEqual([row["status"] for row in self.lifecycle_rows()], ["streaming"])
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job_id}/cancel")
        self.assertEqual(self.client.wait_job(job_id)["state"], "canceled")
        play.release()
        self.suggestion(chat)
        self.assertEqual(self.orientations() - self.orientations_before, 1)

    def test_an_orientation_that_dies_with_codex_fails_no_job_for_good(self):
        play = self.model.on("To this message answer only: ready.", reply="ready", times=1).hold()
        self.addCleanup(play.release)
        chat = self.begun_chat()
        job_id = self.suggest(chat)
        eventually(lambda: self.orientations() > self.orientations_before, what="nobody is oriented")
        pid = self.kill_codex()
        play.release()
        self.back_after(pid)
        job = self.client.wait_job(job_id)
        self.assertEqual(job["state"], "completed", job["error"])
        self.assertEqual([row["status"] for row in self.lifecycle_rows()], ["complete"])

    def test_an_orientation_that_the_daemon_did_not_survive_is_found_or_told_again(self):
        play = self.model.on("To this message answer only: ready.", reply="ready", times=1).hold()
        self.addCleanup(play.release)
        chat = self.begun_chat()
        self.suggest(chat)
        eventually(lambda: self.orientations() > self.orientations_before, what="nobody is oriented")
        self.daemon.kill()
        play.release()
        self.daemon.start()
        self.assertEqual(self.suggestion(chat)["source"], "codex")
        self.assertEqual(self.orientations() - self.orientations_before, 2)  # the first one was cut off
        self.assertEqual([row["status"] for row in self.lifecycle_rows()], ["complete"])


class OfFiles(Jobs):
    """Agents of the operator's own, in the place of one that is compiled in."""

    @classmethod
    def setUpClass(cls):
        agents = tempfile.mkdtemp(prefix="lanekeeper-agents-")
        cls.addClassCleanup(shutil.rmtree, agents, True)
        with open(os.path.join(agents, "supervisor.json"), "w", encoding="utf-8") as file:
            json.dump({"instructions": "You only ever say yes.", "orientationPolicy": "never"}, file)
        cls.env = {"LANEKEEPER_AGENTS_DIR": agents}
        super().setUpClass()

    def test_an_agent_of_a_file_has_its_instructions_before_each_job(self):
        self.model.on("Suggest the next message", reply="yes")
        chat = self.chat(self.project)
        self.ended(chat, self.send(chat, "shall I?")["turnId"])
        for _ in range(2):
            job = self.client.wait_job(self.suggest(chat))
            self.assertEqual((job["state"], job["result"]["suggestion"]), ("completed", "yes"))
        self.assertEqual(self.model.calls("You only ever say yes.\n\nSuggest the next message"), 2)
        self.assertEqual(self.model.calls("To this message answer only: ready."), 0)


class DyingCodex(Jobs):
    def test_a_chat_whose_turn_dies_with_codex_is_told_and_goes_on(self):
        play = self.model.on("never comes back").hold()
        self.addCleanup(play.release)
        chat = self.chat()
        turn = self.send(chat, "never comes back")["turnId"]
        eventually(lambda: self.model.calls("never comes back"), what="the model is not asked")
        pid = self.kill_codex()
        self.back_after(pid)
        self.assertEqual(self.ended(chat, turn), "interrupted")
        self.assertEqual(self.ended(chat, self.send(chat, "are you there?")["turnId"]), "completed")
        self.assertIn("echo: are you there?", self.said(chat))

    def test_while_codex_is_away_callers_are_told_when_to_come_back_and_health_says_so(self):
        chat = self.chat()
        self.ended(chat, self.send(chat, "hello")["turnId"])
        pid = self.kill_codex()

        def refused():
            reply = self.client.post(f"/api/sessions/{chat}/messages", {"text": "hello?"})
            return reply if reply.status == 503 else None
        reply = eventually(refused, 5.0, "nobody is refused")
        self.assertEqual(reply.json["code"], "runtime_unavailable")
        self.assertGreater(reply.json["retryAfterMs"], 0)
        self.assertTrue(reply.headers["retry-after"])
        health = self.health()
        self.assertEqual((health["status"], health["codex"]["running"], health["codex"]["pid"]), ("degraded", False, None))
        self.assertEqual(health["codex"]["lastExit"], "signal 9")
        self.back_after(pid)

    def test_a_job_whose_codex_is_killed_runs_again_and_its_lane_goes_on(self):
        play = self.model.on("Suggest the next message", reply="From the second try.").hold()
        chat = self.chat(self.project)
        self.ended(chat, self.send(chat, "something")["turnId"])
        job_id = self.suggest(chat)
        eventually(lambda: self.model.calls("Suggest the next message"), what="the model is not asked")
        pid = self.kill_codex()
        play.release()
        self.back_after(pid)
        job = self.client.wait_job(job_id)
        self.assertEqual((job["state"], job["result"]["suggestion"]), ("completed", "From the second try."))

    def test_codex_ends_with_the_daemon_and_chats_go_on_after_a_restart(self):
        chat = self.chat()
        self.ended(chat, self.send(chat, "before")["turnId"])
        pid = self.codex_pid()
        self.assertEqual(self.daemon.stop(), 0)
        self.assertRaises(ProcessLookupError, os.kill, pid, 0)
        self.daemon.start()
        self.assertEqual(self.ended(chat, self.send(chat, "after")["turnId"]), "completed")
        self.assertEqual(self.said(chat), ["echo: before", "echo: after"])


if __name__ == "__main__":
    unittest.main()
