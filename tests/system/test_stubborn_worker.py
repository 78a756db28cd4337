#!/usr/bin/env python3
"""A worker that ignores cancellation: everything ends within its bound, the lane goes on, a late result changes nothing."""

import signal
import time
import unittest

from support.client import eventually
from support.daemon import Daemon
from support.work import events_of, metric, said, sanitized, short
from support.ws import WebSocket

GRACE = 1.5  # seconds, of noop
SLACK = 10.0 if sanitized() else 2.5  # what a busy machine may add
LANE = "stubborn"


def start_running(client, owner=LANE, **payload):
    job_id = client.enqueue("noop", owner, payload)["jobId"]
    eventually(lambda: client.job(job_id)["state"] == "running", what="the job does not start")
    return job_id


class AStubbornWorkerIsCanceled(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon().start()
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.client

    def tearDown(self):
        self.assertEqual(self.daemon.stop(), 0, "abandoned runners do not keep the daemon from a clean end")

    def test_a_cancel_ends_as_interrupt_timeout_after_the_grace_and_the_lane_goes_on(self):
        with WebSocket(self.daemon.port) as socket:
            job_id = start_running(self.client, sleepMs=4000, ignoreCancel=True, result={"late": True})
            behind = self.client.enqueue("noop", LANE)["jobId"]
            asked = time.monotonic()
            reply = self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job_id}/cancel")["job"]
            self.assertEqual(reply["state"], "running", "the lane waits for the grace")
            self.assertIsNotNone(reply["cancelRequestedAt"])
            ended = self.client.wait_job(job_id)
            took = time.monotonic() - asked
            self.assertEqual((ended["state"], ended["error"]), ("canceled", "interrupt_timeout"))
            self.assertTrue(ended["cancelReason"], "who asked is kept beside how it ended")
            self.assertNotEqual(ended["cancelReason"], "interrupt_timeout")
            self.assertGreaterEqual(took, GRACE - 0.05)
            self.assertLess(took, GRACE + SLACK)
            self.assertEqual(self.client.wait_job(behind, 5 + SLACK)["state"], "completed", "the lane goes on")
            # The runner still sleeps; when it has ended at last, its result has changed nothing.
            eventually(lambda: metric(self.client, "lanekeeper_abandoned_runners") == 0, 10 + SLACK)
            self.assertEqual(self.client.job(job_id), ended)
            heard = socket.until(lambda m: m["type"] == "orchestrator_job_completed")
            heard += socket.drain(0.2)
            self.assertEqual([short(e) for e in events_of(heard, job_id)], ["queued", "started", "canceled"])
        self.assertIn("abandoned runner ended", self.daemon.log())

    def test_a_worker_that_was_abandoned_is_counted_and_named_in_the_log(self):
        job_id = start_running(self.client, sleepMs=60000, ignoreCancel=True)
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job_id}/cancel?wait=true")
        self.assertEqual(metric(self.client, "lanekeeper_abandoned_runners"), 1)
        named = [line for line in self.daemon.log().splitlines() if '"runner abandoned"' in line]
        self.assertEqual(len(named), 1)
        self.assertIn(job_id, named[0])

    def test_waiting_for_a_cancel_is_answered_when_the_job_is_terminal(self):
        job_id = start_running(self.client, sleepMs=60000, ignoreCancel=True)
        reply = self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job_id}/cancel?wait=true")
        self.assertEqual((reply["job"]["state"], reply["job"]["error"]), ("canceled", "interrupt_timeout"))

    def test_a_second_cancel_neither_prolongs_the_grace_nor_changes_the_reason(self):
        job_id = start_running(self.client, sleepMs=60000, ignoreCancel=True)
        asked = time.monotonic()
        first = self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job_id}/cancel")["job"]
        while time.monotonic() < asked + 1.0:
            again = self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job_id}/cancel")["job"]
            self.assertEqual(again["cancelRequestedAt"], first["cancelRequestedAt"])
        ended = self.client.wait_job(job_id)
        self.assertLess(time.monotonic() - asked, GRACE + SLACK)
        self.assertEqual((ended["error"], ended["cancelReason"]), ("interrupt_timeout", first["cancelReason"]))
        late = self.client.post(f"/api/orchestrator/jobs/{job_id}/cancel")
        self.assertEqual((late.status, late.json["status"], late.json["code"]), (409, "already_terminal", "job_conflict"))
        self.assertEqual(late.json["job"], ended)

    def test_a_canceled_job_that_is_retried_by_hand_runs_beside_its_abandoned_runner(self):
        job_id = start_running(self.client, sleepMs=3500, ignoreCancel=True, result={"run": "any"})
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job_id}/cancel?wait=true")
        self.client.expect(202, "POST", f"/api/orchestrator/jobs/{job_id}/retry")
        ended = self.client.wait_job(job_id)
        self.assertEqual((ended["state"], ended["run"], ended["attempts"]), ("completed", 2, 1))
        eventually(lambda: metric(self.client, "lanekeeper_abandoned_runners") == 0, 10)
        self.assertEqual(self.client.job(job_id), ended)

    def test_a_stubborn_worker_in_one_lane_does_not_hold_up_another(self):
        start_running(self.client, sleepMs=60000, ignoreCancel=True)
        other = self.client.enqueue("noop", "other", {"priority": "interactive"})["jobId"]
        self.assertEqual(self.client.wait_job(other, 5 + SLACK)["state"], "completed")


class ATimeoutAtAnyMoment(unittest.TestCase):
    """Attempts of one millisecond: the deadline falls into every step of a turn."""

    def test_each_job_ends_once_within_its_bound_and_the_lane_goes_on(self):
        with Daemon(env={"ORCHESTRATOR_QUEUE_DEFAULT_TIMEOUT_MS": 1}) as daemon, WebSocket(daemon.port) as socket:
            client = daemon.client
            project = client.new_project("hasty")["projectId"]
            ends = {}
            for _ in range(20):
                chat = client.new_chat(project)["sessionId"]
                client.expect(202, "POST", f"/api/sessions/{chat}/notifications", said(chat, "t", "q", "Go on.", user=True))
                job_id = client.expect(202, "POST", f"/api/sessions/{chat}/suggested-reply/jobs", {})["jobId"]
                asked = time.monotonic()
                job = client.wait_job(job_id)
                self.assertLess(time.monotonic() - asked, 2 * (GRACE + 1) + SLACK)
                ends[job_id] = job
                # Work that is finished while it is being stopped is finished work.
                self.assertIn((job["state"], job["error"]), (("completed", None), ("failed", "timeout")))
                self.assertLessEqual(job["run"], 2)
            self.assertEqual(client.wait_job(client.enqueue("noop", project)["jobId"])["state"], "completed")
            last = client.enqueue("noop", project)["jobId"]
            heard = socket.until(lambda m: m["type"] == "orchestrator_job_completed" and m["payload"]["jobId"] == last)
            for job_id, job in ends.items():
                words = [short(event) for event in events_of(heard, job_id)]
                self.assertEqual(words, ["queued", "started"] * job["run"] + [job["state"]])
                self.assertEqual(client.job(job_id), job)


class AStubbornWorkerAtShutdown(unittest.TestCase):
    """The job is looked at in a second life, in which its lane is paused."""

    def stop_over(self, payload, drain=300, settle=300, second_signal=None, attempts=2):
        daemon = Daemon(env={"LANEKEEPER_DRAIN_MS": drain, "LANEKEEPER_SETTLE_MS": settle,
                             "ORCHESTRATOR_QUEUE_MAX_ATTEMPTS": attempts})
        try:
            daemon.start()
            job_id = start_running(daemon.client, sleepMs=60000, ignoreCancel=True, **payload)
            daemon.client.lane(LANE, "pause")
            began = time.monotonic()
            daemon.process.send_signal(signal.SIGTERM)
            if second_signal is not None:
                eventually(lambda: '"event":"stopping"' in daemon.log())
                daemon.process.send_signal(second_signal)
            code = daemon.process.wait(drain / 1000 + settle / 1000 + 30)
            took = time.monotonic() - began
            self.assertEqual(code, 0, daemon.log_tail())
            named = [line for line in daemon.log().splitlines() if '"warn"' in line and "forced shutdown" in line]
            self.assertEqual(len(named), 1, "one warning names what is given up")
            daemon.start()
            job = daemon.client.job(job_id)
            if job["state"] == "queued":
                self.assertEqual(daemon.client.expect(200, "GET", "/api/orchestrator/lanes")["data"][0]["paused"], True)
            self.assertEqual(daemon.stop(), 0)
            return took, job
        finally:
            daemon.close()

    def test_sigterm_ends_within_drain_and_settle_and_the_job_is_queued_with_its_attempt_counted(self):
        took, job = self.stop_over({})
        self.assertLess(took, 0.6 + SLACK)
        self.assertEqual((job["state"], job["error"], job["attempts"], job["run"]), ("queued", "shutdown_timeout", 1, 1))

    def test_sigterm_cancels_a_job_that_says_so(self):
        took, job = self.stop_over({"onShutdown": "cancel"})
        self.assertLess(took, 0.6 + SLACK)
        self.assertEqual((job["state"], job["error"], job["run"]), ("canceled", "shutdown_timeout", 1))
        self.assertEqual(job["cancelReason"], "shutdown")

    def test_a_job_without_attempts_left_ends_instead_of_being_queued_again(self):
        _, job = self.stop_over({}, attempts=1)
        self.assertEqual((job["state"], job["error"]), ("failed", "shutdown_timeout"))

    def test_a_second_sigterm_skips_to_the_forcing_step(self):
        took, job = self.stop_over({}, drain=30000, settle=20000, second_signal=signal.SIGTERM)
        self.assertLess(took, 2 + SLACK)
        self.assertEqual((job["state"], job["error"], job["attempts"]), ("queued", "shutdown_timeout", 1))

    def test_sigint_after_sigterm_counts_as_the_second_signal(self):
        took, job = self.stop_over({"onShutdown": "cancel"}, drain=30000, settle=20000, second_signal=signal.SIGINT)
        self.assertLess(took, 2 + SLACK)
        self.assertEqual((job["state"], job["error"]), ("canceled", "shutdown_timeout"))

    def test_the_job_runs_again_in_the_next_life(self):
        daemon = Daemon(env={"LANEKEEPER_DRAIN_MS": 200, "LANEKEEPER_SETTLE_MS": 200})
        try:
            daemon.start()
            job_id = start_running(daemon.client, sleepMs=2000, ignoreCancel=True)
            self.assertEqual(daemon.stop(), 0)
            daemon.start()
            job = daemon.client.wait_job(job_id)
            self.assertEqual((job["state"], job["run"], job["attempts"]), ("completed", 2, 2))
            self.assertEqual(daemon.stop(), 0)
        finally:
            daemon.close()


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
