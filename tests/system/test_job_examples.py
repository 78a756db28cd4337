#!/usr/bin/env python3
"""Further examples of the mission's document as they stand: jobs side by side, one that jumps the queue, the list."""

import unittest

from support.pool_jobs import PoolJobsTest


class SideBySide(PoolJobsTest):
    def test_independent_jobs_each_come_to_their_own_result(self):
        pages = [f"Get page {page}" for page in "ABC"]
        jobs = [self.submit(type="fetch", prompt=prompt) for prompt in pages]
        self.assertEqual([job["status"] for job in jobs], ["queued"] * 3)
        ended = [self.ended(job["jobId"]) for job in jobs]
        self.assertEqual([(job["status"], job["type"], job["priority"]) for job in ended], [("completed", "fetch", 5)] * 3)
        self.assertTrue(all(job["result"]["output"] for job in ended))

    def test_jobs_that_run_are_listed_by_that_status(self):
        jobs = [self.submit(type="noop", payload={"sleepMs": 60000})["jobId"] for _ in range(3)]
        done = self.submit(type="noop", payload={})["jobId"]
        self.ended(done)
        for job in jobs:
            self.running(job)
        page = self.client.expect(200, "GET", "/api/jobs?status=running&limit=20")
        self.assertEqual([job["jobId"] for job in page["jobs"]], list(reversed(jobs)))
        self.assertEqual((page["total"], page["limit"], page["nextCursor"]), (3, 20, None))


class OneWorker(PoolJobsTest):
    env = {"JOB_WORKERS_MIN": "1", "JOB_WORKERS_MAX": "1"}

    def test_an_urgent_job_jumps_the_queue(self):
        first = self.submit(type="noop", payload={"sleepMs": 1500})["jobId"]
        self.running(first)
        late, usual = [self.submit(type="noop", priority=priority, payload={"sleepMs": 20})["jobId"] for priority in (10, 5)]
        alert = self.submit(type="alert", prompt="Critical system notification", priority=0)["jobId"]
        began = [self.ended(job)["startedAt"] for job in (first, alert, usual, late)]
        self.assertEqual(began, sorted(began))
        self.assertEqual(len(set(began)), 4, began)


if __name__ == "__main__":
    unittest.main()
