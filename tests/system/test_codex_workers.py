#!/usr/bin/env python3
"""Hidden sessions on the real codex that are gone, limited or stuck: what the jobs on them come to."""

import glob
import os
import signal
import unittest

from support.client import eventually
from support.codex import CodexTest, patch
from support.suggesting import SUGGEST, Suggesting

EXPLAIN = "Explain the file changes"
ORIENT = "To this message answer only: ready."


class Workers(Suggesting, CodexTest):
    def suggested(self, reply):
        """A job that goes well."""
        self.model.on(SUGGEST, reply=reply)
        job = self.client.wait_job(self.suggest())
        self.assertEqual((job["state"], (job["result"] or {}).get("suggestion")), ("completed", reply), job)
        return job

    def worker(self):
        workers = self.client.expect(200, "GET", f"/api/projects/{self.project}/agent-sessions")["data"]
        self.assertEqual(len(workers), 1)
        return workers[0]["sessionId"]

    def lifecycle(self):
        return [row["status"] for row in self.view(self.worker())["transcript"] if row["type"] == "agent.worker.lifecycle"]


class Stale(Workers):
    def remove_rollout(self, thread):
        paths = glob.glob(os.path.join(self.home, "sessions", "*", "*", "*", f"*{thread}*.jsonl"))
        self.assertTrue(paths)
        for path in paths:
            os.remove(path)

    def assert_new_worker(self, old, oriented):
        job = self.suggested("from the new one")
        self.assertEqual((job["run"], job["attempts"]), (1, 1))
        self.assertNotEqual(self.worker(), old)
        self.assertEqual(self.model.calls(ORIENT) - oriented, 1)
        self.assertEqual(self.lifecycle(), ["complete"])

    def test_a_worker_that_codex_has_lost_is_made_anew_within_the_same_attempt(self):
        self.suggested("from the old one")
        old, oriented = self.worker(), self.model.calls(ORIENT)
        pid = self.kill_codex()
        self.remove_rollout(old)
        self.back_after(pid)
        self.assert_new_worker(old, oriented)

    def test_a_worker_that_was_lost_while_the_daemon_was_down_is_made_anew_too(self):
        self.suggested("from the old one")
        old, oriented = self.worker(), self.model.calls(ORIENT)
        self.assertEqual(self.daemon.stop(), 0)
        self.remove_rollout(old)
        self.daemon.start()
        self.assert_new_worker(old, oriented)


class Limited(Workers):
    def test_a_limit_met_while_a_worker_is_oriented_puts_the_job_off_and_it_is_oriented_again(self):
        play = self.model.on(ORIENT, reply="ready").fail(code="rate_limit_exceeded", error={
            "message": "Rate limit reached. Please try again in 2.5s."})
        self.addCleanup(play.failures.clear)
        self.model.on(SUGGEST, reply="at last")
        job_id = self.suggest()

        def put_off():
            job = self.client.job(job_id)
            return job if job["state"] == "queued" and job["nextAttemptAt"] else None
        job = eventually(put_off, 20.0, "the job does not wait")
        self.assertEqual(job["attempts"], 0)
        self.assertTrue(job["error"].startswith("snoozed: quota: "), job["error"])
        self.assertEqual((self.lifecycle(), self.model.calls(SUGGEST)), (["error"], 0))
        play.failures.clear()
        job = self.client.wait_job(job_id)
        self.assertEqual((job["state"], job["attempts"], job["result"]["suggestion"]), ("completed", 1, "at last"), job)
        self.assertEqual(self.lifecycle()[-1], "complete")


class Slow(Workers):
    def held_explanation(self):
        """A change whose explanation the model never gives."""
        play = self.model.on(EXPLAIN, reply="too late").hold()
        self.addCleanup(play.release)
        self.model.on("write slow.txt", reply="written", calls=[patch("slow.txt", content="hello")])
        self.send(self.talk, "write slow.txt")
        return play

    def assert_fails_twice(self, why):
        """The explanation's job does; its turns are interrupted, and the lane goes on."""
        play = self.held_explanation()

        def failed():
            jobs = self.client.expect(200, "GET", f"/api/projects/{self.project}/orchestrator/jobs")["data"]
            return next((job for job in jobs if job["type"] == "file_change_explain" and job["state"] == "failed"), None)
        job = eventually(failed, 60.0, "the job does not fail")
        self.assertTrue(job["error"].startswith(why), job["error"])
        self.assertEqual((job["attempts"], play.asked), (2, 2))
        eventually(lambda: [turn["status"] for turn in self.view(self.worker())["thread"]["turns"]]
                   == ["completed", "interrupted", "interrupted"], what="a turn goes on")
        self.suggested("the lane is free")


class Stalled(Slow):
    env = {"ORCHESTRATOR_AGENT_EMPTY_TURN_GRACE_MS": 2500}

    def test_a_turn_that_makes_no_progress_is_interrupted_and_tried_again_and_the_lane_goes_on(self):
        self.assert_fails_twice("turn_stalled")


class OutOfTime(Slow):
    env = {"ORCHESTRATOR_AGENT_TURN_TIMEOUT_MS": 3000, "ORCHESTRATOR_AGENT_EMPTY_TURN_GRACE_MS": 60000,
           "ORCHESTRATOR_SUGGEST_REQUEST_WAIT_MS": 60000}

    def test_a_turn_out_of_its_time_is_interrupted_and_tried_again_and_the_lane_goes_on(self):
        self.assert_fails_twice("turn_timeout")

    def test_a_codex_that_hangs_is_found_killed_and_restarted_and_its_job_is_done(self):
        """Takes as long as a call that is not answered: about half a minute."""
        play = self.hold("after all")
        job_id = self.suggest()
        eventually(lambda: play.asked, 20.0, "the model is not asked")
        pid = self.codex_pid()
        os.kill(pid, signal.SIGSTOP)
        play.release()
        self.back_after(pid, 120.0)
        self.assertRaises(ProcessLookupError, os.kill, pid, 0)
        job = self.client.wait_job(job_id, 60.0)
        self.assertEqual((job["state"], job["attempts"], job["result"]["suggestion"]), ("completed", 2, "after all"), job)
        self.assertEqual(self.ended(self.talk, self.send(self.talk, "alive?")["turnId"]), "completed")


if __name__ == "__main__":
    unittest.main()
