"""For tests of /api/jobs."""

import unittest

from .client import eventually
from .daemon import Daemon

ENDED = ("completed", "failed", "cancelled", "expired")


class PoolJobsTest(unittest.TestCase):
    """One daemon for each test."""

    env = {}

    def setUp(self):
        self.daemon = Daemon(env=self.env).start()
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.client

    def submit(self, status=201, headers=None, **members):
        return self.client.expect(status, "POST", "/api/jobs", members, headers=headers)

    def bulk(self, jobs, status=201, headers=None):
        return self.client.expect(status, "POST", "/api/jobs/bulk", jobs, headers=headers)

    def workflow(self, status=201, headers=None, **members):
        return self.client.expect(status, "POST", "/api/jobs/workflow", members, headers=headers)

    def job(self, job_id):
        return self.client.expect(200, "GET", f"/api/jobs/{job_id}")

    def ended(self, job_id):
        def asked():
            job = self.client.expect(200, "GET", f"/api/jobs/{job_id}?wait=30s")
            return job if job["status"] in ENDED else None
        return eventually(asked, 120, f"{job_id} does not end")

    def running(self, job_id):
        eventually(lambda: self.job(job_id)["status"] == "running", 30, "never started")

    def total(self):
        return self.client.expect(200, "GET", "/api/jobs?limit=1")["total"]
