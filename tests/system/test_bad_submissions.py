#!/usr/bin/env python3
"""Each bad submission gets the error that is documented for it, naming the member, and leaves the store as it was."""

import json
import unittest

from support.bad_submissions import OF_MANY, OF_ONE, OF_WORKFLOWS, noop
from support.pool_jobs import PoolJobsTest
from support.ws import WebSocket

JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson"}


class BadSubmissions(PoolJobsTest):
    def setUp(self):
        super().setUp()
        self.submit(type="noop", jobId="done")
        self.ended("done")

    def store(self):
        """What a submission would change."""
        with WebSocket(self.daemon.port) as socket:
            seq = socket.next_of("ready")["seq"]
        page = self.client.expect(200, "GET", "/api/jobs?limit=10")
        health = self.client.expect(200, "GET", "/api/health")["orchestratorQueue"]
        return {"seq": seq, "counts": health, "total": page["total"], "jobs": page["jobs"]}

    def refused(self, path, body, status, error, headers=JSON):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        reply = self.client.request("POST", path, raw=data, headers=headers)
        self.assertEqual((reply.status, reply.json.get("error")), (status, error), reply.text[:500])
        self.assertTrue(reply.json["message"])
        return reply.json.get("details", {})

    def each(self, table):
        before = self.store()
        for name, path, body, status, error, issue, details in table:
            with self.subTest(f"{path}: {name}"):
                said = self.refused(path, body, status, error)
                if issue is not None:
                    self.assertEqual(said["issues"][0]["path"], issue)
                    self.assertTrue(said["issues"][0]["code"])
                self.assertEqual({member: said.get(member) for member in details}, details)
                self.assertEqual(self.store(), before, "something was stored")

    def test_there_are_enough_of_them(self):
        self.assertGreaterEqual(len(OF_ONE) + len(OF_MANY) + len(OF_WORKFLOWS), 100)

    def test_one_job(self):
        self.each(OF_ONE)

    def test_many_jobs(self):
        self.each(OF_MANY)

    def test_workflows(self):
        self.each(OF_WORKFLOWS)

    def test_lines(self):
        before = self.store()
        good = json.dumps(noop()).encode()
        for name, data, status, error, details in [
            ("no lines", b"", 400, "invalid_request", {}),
            ("empty lines alone", b"\n\n \n", 400, "invalid_request", {}),
            ("a line that is cut off", good + b"\n" + good[:-1], 400, "invalid_json", {"line": 2}),
            ("two on one line", good + good + b"\n", 400, "invalid_json", {"line": 1}),
            ("one over two lines", good + b'\n{"type":\n"noop"}', 400, "invalid_json", {"line": 2}),
            ("a line that is an array", good + b"\n[]", 400, "invalid_request", {"index": 1}),
            ("a job that does not fit", b'\n{"type": ""}\n', 400, "invalid_request", {"index": 0}),
            ("too many", (good + b"\n") * 1001, 400, "invalid_request", {}),
        ]:
            with self.subTest(name):
                said = self.refused("/api/jobs/bulk", data, status, error, LINES)
                self.assertEqual({member: said.get(member) for member in details}, details)
                self.assertEqual(self.store(), before)

    def test_what_is_not_json_or_too_large(self):
        before = self.store()
        for path in ("/api/jobs", "/api/jobs/bulk", "/api/jobs/workflow"):
            self.refused(path, b"type=noop", 415, "unsupported_media_type", {"Content-Type": "application/x-www-form-urlencoded"})
            self.refused(path, noop(), 415, "unsupported_media_type", {"Content-Type": "text/plain"})
            self.refused(path, noop(), 400, "invalid_request", {**JSON, "Idempotency-Key": "k" * 201})
        self.refused("/api/jobs", b'{"type": "' + b"x" * 1_100_000 + b'"}', 413, "payload_too_large")
        self.assertEqual(self.store(), before)

    def test_a_pool_that_is_full_takes_all_of_a_request_or_nothing(self):
        self.daemon.close()
        self.env = {"JOB_QUEUE_MAX": 3}
        self.setUp()
        self.client.lane("pool", "pause")
        before = self.store()
        for path, body in [("/api/jobs/bulk", [noop()] * 4), ("/api/jobs/workflow", {"name": "w", "jobs": [noop()] * 3})]:
            said = self.refused(path, body, 429, "queue_full")
            self.assertEqual((said["scope"], said["limit"]), ("pool", 3))
            self.assertEqual(self.store(), before)
        self.workflow(name="w", jobs=[noop()] * 2)

    def test_a_pool_that_drains_takes_none(self):
        self.client.lane("pool", "drain")
        before = self.store()
        for path, body in [("/api/jobs", noop()), ("/api/jobs/bulk", [noop()]), ("/api/jobs/workflow", {"name": "w", "jobs": [noop()]})]:
            self.refused(path, body, 409, "lane_draining")
        self.assertEqual(self.store(), before)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
