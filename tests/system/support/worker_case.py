"""A daemon and the calls of a worker."""

import threading
import unittest

from .client import Client, eventually
from .daemon import Daemon


class WorkerCase(unittest.TestCase):
    env = {"JOB_RETRY_DELAY": 1, "LANEKEEPER_DRAIN_MS": 500}

    def setUp(self):
        self.daemon = Daemon(env=self.env).start()
        self.addCleanup(self.daemon.close)

    @property
    def client(self):
        return self.daemon.client

    def submit(self, type="paint", **members):
        return self.client.expect(201, "POST", "/api/jobs", {"type": type, "executor": "worker", **members})["jobId"]

    def job(self, job_id):
        return self.client.expect(200, "GET", f"/api/jobs/{job_id}")

    def ended(self, job_id):
        return eventually(lambda: (lambda job: job if job["completedAt"] else None)(
            self.client.expect(200, "GET", f"/api/jobs/{job_id}?wait=10s")), 60, "it does not end")

    @staticmethod
    def claim_body(worker, types=("paint",), **members):
        return {"workerId": worker, "types": list(types), **members}

    def claim(self, worker, status=None, client=None, **members):
        """What was claimed; None for nothing."""
        reply = (client or self.client).post("/api/workers/claim", self.claim_body(worker, **members))
        self.assertIn(reply.status, [status] if status else [200, 204], reply.text)
        return reply.json if reply.body else None

    def claim_in_background(self, worker, status=None, wait=30):
        """Waits for a job; what is returned gives what came of it."""
        came = []

        def run():
            client = Client(self.daemon.port, timeout=60)
            came.append(self.claim(worker, status, client, wait=wait))
            client.close()
        thread = threading.Thread(target=run)
        thread.start()
        self.eventually_waiting(1)

        def result():
            thread.join(60)
            self.assertTrue(came, "the claim was not answered")
            return came[0]
        return result

    def call(self, status, job_id, what, worker, run, **members):
        return self.client.expect(status, "POST", f"/api/workers/jobs/{job_id}/{what}", {"workerId": worker, "run": run, **members})

    def complete(self, worker, job_id, **members):
        claimed = self.claim(worker, wait=10)
        self.assertEqual(claimed["job"]["jobId"], job_id)
        return self.call(200, job_id, "complete", worker, claimed["run"], **members)

    def eventually_waiting(self, count):
        line = f"\nlanekeeper_worker_claims_waiting {count}\n"
        client = Client(self.daemon.port)
        eventually(lambda: line in client.get("/metrics").text, 10, f"not {count} claims wait")
        client.close()

    def remote_workers(self):
        return [worker for worker in self.client.get("/api/jobs/workers").json["workers"] if worker["kind"] == "remote"]
