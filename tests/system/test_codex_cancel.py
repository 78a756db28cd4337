#!/usr/bin/env python3
"""Jobs on the real codex that are canceled: the turn ends with its job, and the lane goes on."""

import time
import unittest

from support.client import eventually
from support.codex import CodexTest
from support.suggesting import SUGGEST, Suggesting


class Cancel(Suggesting, CodexTest):
    def worker_turns(self):
        """The jobs' turns of the hidden session, oldest first: without the one that told it who it is."""
        workers = self.client.expect(200, "GET", f"/api/projects/{self.project}/agent-sessions")["data"]
        if not workers:
            return []
        view = self.view(workers[0]["sessionId"])
        told = [row["turnId"] for row in view["transcript"] if row["type"] == "agent.worker.lifecycle"]
        return [turn for turn in view["thread"]["turns"] if turn["id"] not in told]

    def running(self):
        play = self.hold()
        before = self.model.calls(SUGGEST)
        job_id = self.suggest()
        eventually(lambda: self.model.calls(SUGGEST) > before, what="the model is not asked")
        return play, job_id

    def assert_lane_is_free(self):
        self.model.on(SUGGEST, reply="free again")
        job = self.client.wait_job(self.suggest())
        self.assertEqual((job["state"], job["result"]["suggestion"]), ("completed", "free again"))

    def test_a_job_whose_turn_runs_is_canceled_with_its_turn(self):
        _, job_id = self.running()
        began = time.monotonic()
        self.cancel(job_id)
        self.assertEqual(self.client.wait_job(job_id)["state"], "canceled")
        self.assertLess(time.monotonic() - began, 1.5)  # the turn obeyed: nobody waited for the grace
        eventually(lambda: [turn["status"] for turn in self.worker_turns()] == ["interrupted"], what="the turn goes on")
        self.assert_lane_is_free()

    def test_a_job_that_is_canceled_as_it_starts_leaves_no_turn_behind(self):
        play = self.hold()
        for _ in range(5):
            job_id = self.suggest()
            eventually(lambda: self.client.job(job_id)["state"] != "queued", what="the job does not start")
            self.cancel(job_id)
            self.assertEqual(self.client.wait_job(job_id)["state"], "canceled")
        eventually(lambda: all(turn["status"] != "inProgress" for turn in self.worker_turns()), what="a turn goes on")
        self.assert_lane_is_free()

    def test_a_job_is_canceled_or_completed_when_both_come_at_once_and_the_lane_goes_on(self):
        for _ in range(5):
            play, job_id = self.running()
            play.release()
            self.client.post(f"/api/orchestrator/jobs/{job_id}/cancel")
            self.assertIn(self.client.wait_job(job_id)["state"], ("canceled", "completed"))
        self.assert_lane_is_free()

    def test_a_job_is_canceled_while_codex_is_away(self):
        _, job_id = self.running()
        pid = self.kill_codex()
        self.cancel(job_id)
        self.assertEqual(self.client.wait_job(job_id)["state"], "canceled")
        self.back_after(pid)
        self.assert_lane_is_free()

    def fallback_of_a_click(self, body):
        """What a click comes to that the model does not answer: told to wait after 12 seconds, and the fallback then."""
        play = self.hold()
        began = time.monotonic()
        reply = self.client.expect(202, "POST", f"/api/sessions/{self.talk}/suggested-reply", body)
        self.assertEqual(self.client.job(reply["jobId"])["attempts"], 1)
        job = self.client.wait_job(reply["jobId"])
        span = time.monotonic() - began
        self.assertEqual((job["state"], job["attempts"], job["result"]["source"]), ("completed", 1, "fallback"), job)
        self.assertTrue(12 <= span < 20, span)
        return job["result"]["suggestion"]

    def test_a_click_is_answered_in_time_with_the_draft_though_the_model_is_not(self):
        self.assertEqual(self.fallback_of_a_click({"draft": "  my own words "}), "my own words")
        self.assert_no_turn_goes_on()

    def test_a_click_without_a_draft_is_answered_in_time_with_the_user_s_own_message(self):
        self.ended(self.talk, self.send(self.talk, "please port the tide tables")["turnId"])
        self.assertEqual(self.fallback_of_a_click({}), "Please continue with this: “please port the tide tables”")
        self.assert_no_turn_goes_on()

    def assert_no_turn_goes_on(self):
        eventually(lambda: all(turn["status"] != "inProgress" for turn in self.worker_turns()), what="the turn goes on")
        self.assert_lane_is_free()


if __name__ == "__main__":
    unittest.main()
