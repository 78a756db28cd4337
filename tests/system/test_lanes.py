#!/usr/bin/env python3
"""Lanes from outside: pause, resume and drain, the order of jobs within a lane and across lanes, room and refusals."""

import unittest

from support.client import eventually
from support.daemon import Daemon
from support.work import JOB_EVENTS, all_jobs, short
from support.ws import WebSocket

INTERACTIVE, BACKGROUND = {"priority": "interactive"}, {"priority": "background"}


class LaneTest(unittest.TestCase):
    env = {}

    def setUp(self):
        self.daemon = Daemon(env=self.env).start()
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.client

    def tearDown(self):
        self.assertEqual(self.daemon.stop(), 0)

    def lanes(self):
        return {lane["owner"]: lane for lane in self.client.expect(200, "GET", "/api/orchestrator/lanes?limit=1000")["data"]}

    def enqueue(self, owner, *payloads):
        return [self.client.enqueue("noop", owner, payload)["jobId"] for payload in payloads]

    def is_running(self, job_id):
        return self.client.job(job_id)["state"] == "running"

    def order_of_starts(self, jobs):
        """The jobs in the order of their starts, by the event log."""
        for job_id in jobs:
            self.client.wait_job(job_id)
        last = {self.client.job(job_id)["id"] for job_id in jobs}
        order = []
        with WebSocket(self.daemon.port, since=0) as socket:
            while len(order) < len(last):
                message = socket.next_of("orchestrator_job_started")
                if message["payload"]["jobId"] in last:
                    order.append(message["payload"]["jobId"])
        return order

    def wait_older_than(self, owner, ms):
        eventually(lambda: self.lanes()[owner]["oldestWaitMs"] > ms)


class PauseAndDrain(LaneTest):
    env = {"LANEKEEPER_DRAIN_MS": 200}

    def test_a_paused_lane_accepts_and_starts_nothing_until_it_is_resumed(self):
        lane = self.client.lane("a", "pause")
        self.assertEqual((lane["owner"], lane["paused"], lane["draining"]), ("a", True, False))
        job, = self.enqueue("a", INTERACTIVE)
        elsewhere, = self.enqueue("b", INTERACTIVE)
        self.assertEqual(self.client.wait_job(elsewhere)["state"], "completed", "other lanes go on")
        self.assertEqual(self.client.job(job)["state"], "queued")
        self.assertEqual((self.lanes()["a"]["queued"], self.lanes()["a"]["running"]), (1, 0))
        self.assertFalse(self.client.lane("a", "resume")["paused"])
        self.assertEqual(self.client.wait_job(job)["state"], "completed")

    def test_a_job_that_runs_when_its_lane_is_paused_ends_and_the_next_one_waits(self):
        first, second = self.enqueue("a", {"sleepMs": 300}, {})
        eventually(lambda: self.is_running(first))
        self.client.lane("a", "pause")
        self.assertEqual(self.client.wait_job(first)["state"], "completed")
        self.assertEqual(self.client.job(second)["state"], "queued")
        self.client.lane("a", "resume")
        self.assertEqual(self.client.wait_job(second)["state"], "completed")

    def test_pause_survives_a_restart_and_a_kill_and_health_lists_it(self):
        self.client.lane("a", "pause")
        job, = self.enqueue("a", INTERACTIVE)
        for end in (self.daemon.stop, self.daemon.kill):
            end()
            self.daemon.start()
            health = self.client.expect(200, "GET", "/api/health")["orchestratorQueue"]
            self.assertEqual((health["paused"], health["queued"]), (["a"], 1))
            self.assertTrue(self.lanes()["a"]["paused"])
            elsewhere, = self.enqueue("b", INTERACTIVE)
            self.client.wait_job(elsewhere)
            self.assertEqual(self.client.job(job)["state"], "queued")
        self.client.lane("a", "resume")
        self.assertEqual(self.client.wait_job(job)["state"], "completed")
        self.daemon.restart()
        self.assertEqual(self.client.expect(200, "GET", "/api/health")["orchestratorQueue"]["paused"], [])

    def test_a_draining_lane_refuses_new_jobs_and_runs_those_it_has(self):
        self.client.lane("a", "pause")
        jobs = self.enqueue("a", *[INTERACTIVE] * 3)
        self.client.lane("a", "resume")
        lane = self.client.lane("a", "drain")
        self.assertEqual((lane["paused"], lane["draining"]), (False, True))
        refused = self.client.post("/api/orchestrator/jobs", {"type": "noop", "projectId": "a", "payload": {}})
        self.assertEqual((refused.status, refused.json["status"], refused.json["code"]), (409, "lane_draining", "job_conflict"))
        for job in jobs:
            self.assertEqual(self.client.wait_job(job)["state"], "completed")
        self.daemon.restart()
        refused = self.client.post("/api/orchestrator/jobs", {"type": "noop", "projectId": "a", "payload": {}})
        self.assertEqual(refused.status, 409, "a drain survives a restart")
        self.client.lane("a", "resume")
        self.assertEqual(self.client.wait_job(self.enqueue("a", INTERACTIVE)[0])["state"], "completed")

    def test_pausing_is_repeatable_and_a_lane_that_never_was_can_be_paused(self):
        for owner in ("project-of_nobody", "session:" + self.client.new_chat()["sessionId"]):
            for _ in range(3):
                self.assertTrue(self.client.lane(owner, "pause")["paused"])
            self.assertTrue(self.lanes()[owner]["paused"])
            self.assertFalse(self.client.lane(owner, "resume")["paused"])

    def test_jobs_of_a_paused_lane_can_be_canceled(self):
        self.client.lane("a", "pause")
        job, = self.enqueue("a", {})
        canceled = self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job}/cancel")["job"]
        self.assertEqual((canceled["state"], canceled["run"]), ("canceled", 0))
        self.assertEqual(self.lanes()["a"]["queued"], 0)


class OrderWithinALane(LaneTest):
    env = {"ORCHESTRATOR_QUEUE_BACKGROUND_AGING_MS": 300, "ORCHESTRATOR_QUEUE_MAX_INTERACTIVE_BURST": 3}

    def test_interactive_jobs_come_first_and_each_class_in_its_own_order(self):
        self.client.lane("a", "pause")
        b1, b2 = self.enqueue("a", BACKGROUND, BACKGROUND)
        i1, i2 = self.enqueue("a", INTERACTIVE, INTERACTIVE)
        self.client.lane("a", "resume")
        self.assertEqual(self.order_of_starts([b1, b2, i1, i2])[:2], [i1, i2])
        self.assertEqual(self.order_of_starts([b1, b2]), [b1, b2])

    def test_an_aged_background_job_is_next_after_three_interactive_ones(self):
        self.client.lane("a", "pause")
        b1, b2 = self.enqueue("a", BACKGROUND, BACKGROUND)
        self.wait_older_than("a", 400)
        i = self.enqueue("a", *[INTERACTIVE] * 8)
        # The second one has to be as old when its turn comes.
        self.wait_older_than("a", 600)
        self.client.lane("a", "resume")
        expected = [*i[:3], b1, *i[3:6], b2, *i[6:]]
        self.assertEqual(self.order_of_starts([b1, b2, *i]), expected)
        self.assertEqual(self.client.job(b1)["dispatch"]["rule"], "aged")
        self.assertEqual(self.client.job(i[0])["dispatch"]["rule"], "priority")
        self.assertGreaterEqual(self.client.job(b1)["dispatch"]["waitMs"], 300)

    def test_only_one_job_of_a_lane_runs_at_a_time(self):
        jobs = self.enqueue("a", *[{"sleepMs": 20}] * 10)
        for job in jobs:
            self.client.wait_job(job)
        running = None
        with WebSocket(self.daemon.port, since=0) as socket:
            for message in socket.until(lambda m: short(m) == "completed" and m["payload"]["jobId"] == jobs[-1]):
                if message["type"] in JOB_EVENTS and short(message) == "started":
                    self.assertIsNone(running)
                    running = message["payload"]["jobId"]
                elif message["type"] in JOB_EVENTS and short(message) == "completed":
                    self.assertEqual(running, message["payload"]["jobId"])
                    running = None

    def test_a_retry_waits_its_time_and_lets_others_pass(self):
        failing, other = self.enqueue("a", {"fail": "retryable", **INTERACTIVE}, INTERACTIVE)
        self.assertEqual(self.client.wait_job(failing)["state"], "failed")
        self.assertEqual(self.client.wait_job(other)["state"], "completed")
        with WebSocket(self.daemon.port, since=0) as socket:
            heard = socket.until(lambda m: m["type"] == "orchestrator_job_failed")
        again = [m["payload"] for m in heard if m["type"] == "orchestrator_job_queued" and m["payload"]["jobId"] == failing][1:]
        self.assertEqual(len(again), 1)
        self.assertEqual(again[0]["attempt"], 1)
        self.assertTrue(again[0]["nextAttemptAt"] and again[0]["error"].startswith("noop_failed"))
        self.assertEqual(heard[-1]["payload"]["run"], 2)


class OrderAcrossLanes(LaneTest):
    env = {"ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY": 2}

    def test_background_work_never_holds_all_slots(self):
        first, second = self.enqueue("a", {"sleepMs": 60000})[0], self.enqueue("b", {"sleepMs": 60000})[0]
        eventually(lambda: self.is_running(first))
        click, = self.enqueue("c", INTERACTIVE)
        self.assertEqual(self.client.wait_job(click)["state"], "completed", "one slot is kept for interactive work")
        self.assertEqual(self.client.job(second)["state"], "queued")
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{first}/cancel?wait=true")
        eventually(lambda: self.is_running(second))
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{second}/cancel?wait=true")

    def test_no_more_than_the_slots_run_at_once(self):
        jobs = [self.enqueue(f"lane-{n}", {"sleepMs": 30, **INTERACTIVE})[0] for n in range(12)]
        for job in jobs:
            self.assertEqual(self.client.wait_job(job)["state"], "completed")
        running, most = set(), 0
        with WebSocket(self.daemon.port, since=0) as socket:
            while len(jobs) > 0:
                message = socket.next_of("orchestrator_job_started", "orchestrator_job_completed")
                job = message["payload"]["jobId"]
                if short(message) == "started":
                    running.add(job)
                    most = max(most, len(running))
                else:
                    running.discard(job)
                    jobs.remove(job)
        self.assertEqual(most, 2)


class OneSlot(LaneTest):
    env = {"ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY": 1, "ORCHESTRATOR_QUEUE_BACKGROUND_AGING_MS": 300,
           "ORCHESTRATOR_QUEUE_MAX_INTERACTIVE_BURST": 3}

    def test_across_lanes_aged_background_work_gets_one_grant_in_four(self):
        barrier, = self.enqueue("barrier", {"sleepMs": 60000, **INTERACTIVE})
        eventually(lambda: self.is_running(barrier))
        background = [self.enqueue(f"bg-{n}", BACKGROUND)[0] for n in range(2)]
        for n in range(2):
            self.wait_older_than(f"bg-{n}", 400)
        interactive = [self.enqueue(f"in-{n}", INTERACTIVE)[0] for n in range(10)]
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{barrier}/cancel")
        order = self.order_of_starts([*background, *interactive])
        places = [order.index(job) for job in background]
        self.assertLessEqual(places[0], 3, "after at most three interactive ones")
        self.assertEqual(places[1] - places[0], 4, "one in four")
        self.assertEqual([job for job in order if job in interactive], interactive, "who has waited longest comes first")

    def test_without_interactive_work_background_lanes_take_turns_by_their_wait(self):
        barrier, = self.enqueue("barrier", {"sleepMs": 60000, **INTERACTIVE})
        eventually(lambda: self.is_running(barrier))
        jobs = [self.enqueue(f"bg-{n % 3}", BACKGROUND)[0] for n in range(9)]
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{barrier}/cancel")
        self.assertEqual(self.order_of_starts(jobs), jobs)


class Room(LaneTest):
    env = {"ORCHESTRATOR_QUEUE_MAX_PER_PROJECT": 3, "ORCHESTRATOR_QUEUE_MAX_GLOBAL": 5}

    def test_a_full_lane_and_a_full_queue_answer_429_and_take_work_again_when_there_is_room(self):
        for owner in ("a", "b"):
            self.client.lane(owner, "pause")
        jobs = self.enqueue("a", {}, {}, {})
        full = self.client.post("/api/orchestrator/jobs", {"type": "noop", "projectId": "a", "payload": {}})
        self.assertEqual((full.status, full.json["code"], full.json["scope"], full.json["limit"], full.json["depth"]),
                         (429, "queue_full", "project", 3, 3))
        self.assertGreater(full.json["retryAfterMs"], 0)
        self.assertIn("retry-after", full.headers)
        jobs += self.enqueue("b", {}, {})
        full = self.client.post("/api/orchestrator/jobs", {"type": "noop", "projectId": "b", "payload": {}})
        self.assertEqual((full.status, full.json["scope"], full.json["limit"], full.json["depth"]), (429, "global", 5, 5))
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{jobs[-1]}/cancel")
        jobs += self.enqueue("b", {})
        self.daemon.kill()
        self.daemon.start()
        full = self.client.post("/api/orchestrator/jobs", {"type": "noop", "projectId": "a", "payload": {}})
        self.assertEqual(full.status, 429, "the count is right after a kill, too")
        for owner in ("a", "b"):
            self.client.lane(owner, "resume")
        for job in jobs:
            self.client.wait_job(job)
        self.assertEqual(len(all_jobs(self.client, "a")), 3)

    def test_a_retry_by_hand_finds_room_or_is_refused_like_any_other_job(self):
        ended, other = self.client.enqueue("noop", "a", {"fail": "fatal"}), self.client.enqueue("noop", "c", {"fail": "fatal"})
        for job in (ended, other):
            self.assertEqual(self.client.wait_job(job["jobId"])["state"], "failed")
        for owner in ("a", "b", "c"):
            self.client.lane(owner, "pause")
        waiting = self.enqueue("a", {}, {}, {})
        full = self.client.post(f"/api/orchestrator/jobs/{ended['jobId']}/retry")
        self.assertEqual((full.status, full.json["code"], full.json["scope"], full.json["limit"], full.json["depth"]),
                         (429, "queue_full", "project", 3, 3))
        self.assertGreater(full.json["retryAfterMs"], 0)
        self.assertIn("retry-after", full.headers)
        waiting += self.enqueue("b", {}, {})
        full = self.client.post(f"/api/orchestrator/jobs/{other['jobId']}/retry")
        self.assertEqual((full.status, full.json["scope"], full.json["limit"], full.json["depth"]), (429, "global", 5, 5))
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{waiting[0]}/cancel")
        self.client.expect(202, "POST", f"/api/orchestrator/jobs/{other['jobId']}/retry")
        self.assertEqual(self.client.post(f"/api/orchestrator/jobs/{ended['jobId']}/retry").json["scope"], "global")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
