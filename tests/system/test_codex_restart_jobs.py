#!/usr/bin/env python3
"""The daemon is killed while a job's turn runs on the real codex, at each moment that there is. The job ends once, its effect
is there once, and no turn that had finished is asked of the model, and paid for, again."""

import glob
import os
import threading
import unittest

from support.client import eventually
from support.codex import patch
from support.gates import GatedTest
from support.suggesting import SUGGEST, Oriented
from support.work import events_of, explain_row_id, short
from support.ws import WebSocket

EXPLAIN = "Explain the file changes"


class KilledDaemon(Oriented, GatedTest):
    def setUp(self):
        eventually(lambda: self.health()["status"] == "ok", 30.0, "codex does not come back")
        super().setUp()
        self.before = self.model.calls(SUGGEST)

    def asked(self):
        return self.model.calls(SUGGEST) - self.before

    def kill(self):
        self.daemon.kill()
        for rule in glob.glob(os.path.join(self.gates, "*.*")):
            self.open_gate(rule)

    def start(self):
        self.daemon.start()
        type(self).client = self.daemon.client

    def ends_once(self, job_id, suggestion):
        job = self.client.wait_job(job_id)
        self.assertEqual((job["state"], (job["result"] or {}).get("suggestion")), ("completed", suggestion), job)
        jobs = self.client.expect(200, "GET", f"/api/projects/{self.project}/orchestrator/jobs?limit=200")["data"]
        self.assertEqual([one["state"] for one in jobs if one["id"] == job_id], ["completed"])
        heard = self.all_events()
        ends = [short(event) for event in events_of(heard, job_id) if short(event) in ("completed", "failed", "canceled")]
        self.assertEqual(ends, ["completed"])
        effects = [event["payload"] for event in heard if event["type"] == "suggested_request_updated"]
        self.assertEqual([(effect["sessionId"], effect["suggestion"]) for effect in effects
                          if effect["jobId"] == job_id and effect["status"] == "complete"], [(self.talk, suggestion)])
        return job

    def all_events(self):
        """All that was told so far: up to the end of a job that is done now."""
        last = self.client.enqueue("noop", self.project)["jobId"]
        self.client.wait_job(last)
        with WebSocket(self.daemon.port, since=0) as socket:
            return socket.until(lambda message: message["type"] == "orchestrator_job_completed"
                                and message["payload"]["jobId"] == last)

    def test_killed_before_turn_start_reached_codex_the_turn_is_asked_for_once(self):
        asking = self.gate("ask", "turn/start")
        play = self.model.on(SUGGEST, reply="asked for after the restart")
        job_id = self.suggest()
        self.held_at(asking)
        self.kill()
        self.assertEqual((play.asked, self.asked()), (0, 0))
        self.start()
        job = self.ends_once(job_id, "asked for after the restart")
        self.assertEqual((job["run"], job["attempts"]), (2, 1))  # the run that never began cost nothing
        self.assertEqual(self.asked(), 1)

    def test_killed_before_turn_start_was_answered_while_the_turn_runs_it_is_run_again(self):
        self.gate("answer", "turn/start")
        play = self.hold("the second run")
        job_id = self.suggest()
        eventually(lambda: play.asked, what="the model is not asked")
        self.kill()
        play.release()
        self.start()
        job = self.ends_once(job_id, "the second run")
        self.assertEqual(job["run"], 2)
        self.assertEqual(self.asked(), 2)

    def test_killed_before_turn_start_was_answered_and_the_turn_had_finished_it_is_not_paid_for_again(self):
        self.gate("answer", "turn/start")
        self.model.on(SUGGEST, reply="finished without an answer to its start")
        job_id = self.suggest()
        self.written("finished without an answer to its start")
        self.assertIsNone(self.client.job(job_id)["runningContext"]["turnId"])
        self.kill()
        self.start()
        job = self.ends_once(job_id, "finished without an answer to its start")
        self.assertEqual((job["run"], self.asked()), (1, 1))

    def test_killed_after_turn_start_was_answered_while_the_turn_runs_it_is_run_again(self):
        play = self.hold("after the kill")
        job_id = self.suggest()
        eventually(lambda: play.asked, what="the model is not asked")
        eventually(lambda: self.client.job(job_id)["runningContext"]["turnId"], what="the turn is not recorded")
        self.kill()
        play.release()
        self.start()
        job = self.ends_once(job_id, "after the kill")
        self.assertEqual((job["run"], job["attempts"], self.asked()), (2, 2, 2))

    def completed_unseen(self, reply):
        for method in ("item/completed", "turn/completed", "item/agentMessage/delta"):
            self.gate("drop", method)
        play = self.hold(reply)
        job_id = self.suggest()
        eventually(lambda: play.asked, what="the model is not asked")
        eventually(lambda: self.client.job(job_id)["runningContext"]["turnId"], what="the turn is not recorded")
        play.release()
        self.written(reply)
        self.assertEqual(self.client.job(job_id)["state"], "running")
        return job_id

    def test_killed_after_the_turn_completed_unseen_the_job_takes_its_answer(self):
        job_id = self.completed_unseen("seen by nobody")
        self.kill()
        self.start()
        job = self.ends_once(job_id, "seen by nobody")
        self.assertEqual((job["run"], job["attempts"], self.asked()), (1, 1, 1))

    def test_killed_after_the_turn_completed_unseen_and_codex_is_late_the_job_takes_its_answer(self):
        job_id = self.completed_unseen("heard of afterwards")
        self.kill()
        self.broken_until_it_was_tried()
        self.start()
        job = self.ends_once(job_id, "heard of afterwards")
        self.assertEqual((job["run"], self.asked()), (1, 1))

    def broken_until_it_was_tried(self):
        """Codex does not start, but for the third time on."""
        broken = os.path.join(self.gates, "broken")
        mark = len(self.daemon.log())
        open(broken, "w", encoding="utf-8").close()
        self.addCleanup(self.open_gate, broken)

        def mend():
            eventually(lambda: self.daemon.log()[mark:].count("codex has ended") >= 2, 20.0, "codex is not tried")
            self.open_gate(broken)
        thread = threading.Thread(target=mend, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 20.0)

    def test_killed_after_an_explanation_completed_unseen_its_row_is_there_once(self):
        play = self.model.on(EXPLAIN, reply="It adds one line.").hold()
        self.addCleanup(play.release)
        self.model.on("write unseen.txt", reply="written", calls=[patch("unseen.txt", content="hello")])
        turn = self.send(self.talk, "write unseen.txt")["turnId"]
        eventually(lambda: play.asked, what="the change is not explained")
        for method in ("item/completed", "turn/completed", "item/agentMessage/delta"):
            self.gate("drop", method)
        before = self.model.calls(EXPLAIN)
        play.release()
        self.written("It adds one line.")
        self.kill()
        self.start()
        change = next(row for row in self.view(self.talk)["transcript"] if row["type"] == "fileChange")
        row_id = explain_row_id(self.talk, turn, change["messageId"])

        def rows():
            found = [row for row in self.view(self.talk)["transcript"] if row["messageId"] == row_id]
            return found if found and found[0]["status"] != "streaming" else None
        found = eventually(rows, 30.0, "the explanation does not end")
        self.assertEqual([(row["content"], row["status"]) for row in found], [("It adds one line.", "complete")])
        self.assertEqual(self.model.calls(EXPLAIN), before)

    def chat_completed_unseen(self, words):
        """A chat whose turn completed in codex without the daemon hearing of it."""
        for method in ("item/completed", "turn/completed", "item/agentMessage/delta"):
            self.gate("drop", method)
        self.model.on(words, reply=f"answer to {words}")
        turn = self.send(self.talk, words)["turnId"]
        self.written(f"answer to {words}")
        return turn

    def test_killed_after_a_chats_turn_completed_unseen_the_chat_has_its_answer(self):
        turn = self.chat_completed_unseen("a chat sees nothing")
        self.kill()
        self.start()
        self.assertEqual(self.ended(self.talk, turn), "completed")
        self.assertEqual(self.said(self.talk).count("answer to a chat sees nothing"), 1)
        self.assertEqual(self.model.calls("a chat sees nothing"), 1)

    def test_killed_after_a_chats_turn_completed_unseen_and_codex_is_late_the_chat_has_its_answer(self):
        turn = self.chat_completed_unseen("a chat is told late")
        self.kill()
        self.broken_until_it_was_tried()
        self.start()
        self.assertEqual(self.ended(self.talk, turn), "completed")
        self.assertEqual(self.said(self.talk).count("answer to a chat is told late"), 1)
        self.assertEqual(self.model.calls("a chat is told late"), 1)


if __name__ == "__main__":
    unittest.main()
