#!/usr/bin/env python3
"""The six races of an interrupt, each on the real codex (the same six on the scripted runtime:
tests/unit/jobs/interrupt_cases_test.cpp)."""

import threading
import time
import unittest

from support.client import eventually
from support.gates import GatedTest
from support.suggesting import SUGGEST, Oriented

GRACE = 1.5
ASKED = "user_requested"


class Interrupts(Oriented, GatedTest):
    def workers(self):
        return self.client.expect(200, "GET", f"/api/projects/{self.project}/agent-sessions")["data"]

    def turns(self):
        """Statuses of the turns of the hidden sessions."""
        found = []
        for worker in self.workers():
            found += [turn["status"] for turn in self.view(worker["sessionId"])["thread"]["turns"]]
        return found

    def asked_of(self, play):
        eventually(lambda: play.asked, what="the model is not asked")

    def running(self):
        """A job whose turn waits for the model; its turn is known."""
        play = self.hold()
        job_id = self.suggest()
        self.asked_of(play)
        eventually(lambda: self.client.job(job_id)["runningContext"]["turnId"], what="the turn is not recorded")
        return play, job_id

    def ends(self, job_id):
        job = self.client.wait_job(job_id)
        self.assertEqual(job["state"], "canceled", job)
        return job

    def assert_lane_is_free(self):
        self.model.on(SUGGEST, reply="free again")
        job = self.client.wait_job(self.suggest())
        self.assertEqual((job["state"], job["result"]["suggestion"]), ("completed", "free again"))
        eventually(lambda: "inProgress" not in self.turns(), what="a turn goes on")

    def test_case_1_the_turn_has_already_finished_and_its_end_was_not_heard_yet(self):
        play, job_id = self.running()
        told = self.gate("say", "turn/completed")
        play.release()
        self.held_at(told)  # finished in codex; the daemon does not know
        began = time.monotonic()
        self.cancel(job_id)
        job = self.ends(job_id)
        self.assertLess(time.monotonic() - began, GRACE + 2)
        self.assertEqual(job["cancelReason"], ASKED)
        self.open_gate(told)
        self.assert_lane_is_free()
        self.assertEqual(self.client.job(job_id)["state"], "canceled")
        self.assertIsNone(self.client.job(job_id)["result"])

    def test_case_1_the_turn_has_already_finished_and_its_end_is_lost(self):
        play, job_id = self.running()
        lost = self.gate("drop", "turn/completed")
        play.reply = "finished, and nobody heard of it"
        play.release()
        self.written(play.reply)
        self.assertEqual(self.client.job(job_id)["state"], "running")
        self.cancel(job_id)
        self.ends(job_id)
        self.open_gate(lost)
        self.assert_lane_is_free()

    def test_case_2_the_interrupt_is_asked_twice(self):
        _, job_id = self.running()
        asked = self.gate("ask", "turn/interrupt")
        self.cancel(job_id)
        self.held_at(asked)
        again = self.client.post(f"/api/orchestrator/jobs/{job_id}/cancel")
        self.assertEqual(again.status, 200, again)
        self.assertEqual(again.json["job"]["state"], "running")
        self.open_gate(asked)
        job = self.ends(job_id)
        self.assertEqual((job["error"], job["cancelReason"]), (ASKED, ASKED))
        self.cancel(job_id, 409)
        eventually(lambda: "interrupted" in self.turns(), what="the turn goes on")
        self.assert_lane_is_free()

    def test_case_2_two_people_cancel_at_once(self):
        _, job_id = self.running()
        replies = []
        people = [threading.Thread(target=lambda: replies.append(self.daemon.client.post(f"/api/orchestrator/jobs/{job_id}/cancel")))
                  for _ in range(8)]
        for one in people:
            one.start()
        for one in people:
            one.join()
        self.assertTrue({reply.status for reply in replies} <= {200, 409}, replies)
        self.assertEqual(self.ends(job_id)["error"], ASKED)
        eventually(lambda: self.turns().count("interrupted") == 1, what="the turn goes on")
        self.assert_lane_is_free()

    def test_case_3_the_active_turn_is_another_one(self):
        play, job_id = self.running()
        asked = self.gate("park", "turn/interrupt")
        self.cancel(job_id)
        self.held_at(asked)  # on its way to codex
        play.release()       # and the turn ends by itself
        self.ends(job_id)
        later, next_job = self.running()  # another turn is the active one now
        self.open_gate(asked)             # and the interrupt arrives
        time.sleep(0.3)  # what must not happen would happen now
        self.assertEqual(self.client.job(next_job)["state"], "running")
        later.reply = "untouched"
        later.release()
        job = self.client.wait_job(next_job)
        self.assertEqual((job["state"], job["result"]["suggestion"]), ("completed", "untouched"))
        self.assertNotIn("interrupted", self.turns())
        self.assert_lane_is_free()

    def canceled_before_the_answer(self):
        """A job whose turn has begun, which codex has not answered when the cancel comes."""
        self.hold()
        answered = self.gate("answer", "turn/start")
        job_id = self.suggest()
        self.held_at(answered)
        self.cancel(job_id)
        return job_id, answered

    def test_case_4_turn_start_is_still_in_flight(self):
        job_id, answered = self.canceled_before_the_answer()
        self.assertEqual(self.client.job(job_id)["state"], "running")
        self.open_gate(answered)
        self.assertEqual(self.ends(job_id)["error"], ASKED)  # in time: as soon as the turn was known
        eventually(lambda: "interrupted" in self.turns(), what="the turn goes on")
        self.assert_lane_is_free()

    def test_case_4_turn_start_is_answered_when_the_grace_is_over(self):
        job_id, answered = self.canceled_before_the_answer()
        self.assertEqual(self.ends(job_id)["error"], "interrupt_timeout")
        self.open_gate(answered)
        eventually(lambda: "interrupted" in self.turns(), what="the turn goes on, and nobody wants it")
        self.assert_lane_is_free()

    def test_case_5_the_runtime_goes_on_with_the_turn_after_an_interrupt_and_is_asked_again(self):
        _, job_id = self.running()
        self.gate("grant", "turn/interrupt")  # taken, and nothing comes of it
        began = time.monotonic()
        self.cancel(job_id)
        self.assertEqual(self.ends(job_id)["error"], ASKED)
        self.assertLess(time.monotonic() - began, GRACE)
        eventually(lambda: "interrupted" in self.turns(), what="the turn goes on")
        self.assert_lane_is_free()

    def test_case_6_the_runtime_is_dead(self):
        _, job_id = self.running()
        pid = self.kill_codex()
        began = time.monotonic()
        self.cancel(job_id)
        job = self.ends(job_id)
        self.assertLess(time.monotonic() - began, GRACE + 1)
        self.assertEqual(job["cancelReason"], ASKED)
        self.back_after(pid)
        self.assert_lane_is_free()

    def test_case_6_the_runtime_dies_over_the_interrupt(self):
        _, job_id = self.running()
        asked = self.gate("ask", "turn/interrupt")
        self.cancel(job_id)
        self.held_at(asked)
        pid = self.kill_codex()
        self.open_gate(asked)
        self.ends(job_id)
        self.back_after(pid)
        self.assert_lane_is_free()


if __name__ == "__main__":
    unittest.main()
