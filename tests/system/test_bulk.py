#!/usr/bin/env python3
"""Many jobs in one request over /api/jobs/bulk, and requests that come again under their Idempotency-Key."""

import json
import unittest

from support.pool_jobs import PoolJobsTest

LINES = {"Content-Type": "application/x-ndjson"}


def noop(**members):
    return {"type": "noop", "payload": {}, **members}


def key(name):
    return {"Idempotency-Key": name}


class Bulk(PoolJobsTest):
    def test_an_array_and_an_object_are_answered_in_the_order_given(self):
        for form in (lambda jobs: jobs, lambda jobs: {"jobs": jobs}):
            reply = self.bulk(form([noop(priority=i) for i in range(5)]))
            self.assertEqual(set(reply), {"jobs"})
            self.assertEqual([set(job) for job in reply["jobs"]], [{"jobId", "status", "createdAt"}] * 5)
            ids = [job["jobId"] for job in reply["jobs"]]
            self.assertEqual(sorted(ids), ids)
            for i, job in enumerate(ids):
                ended = self.ended(job)
                self.assertEqual((ended["status"], ended["priority"]), ("completed", i))

    def test_a_job_a_line(self):
        lines = "\n".join(json.dumps(noop(jobId=f"line-{i}")) for i in range(3)) + "\n\n"
        reply = self.client.request("POST", "/api/jobs/bulk", raw=lines.encode(), headers=LINES)
        self.assertEqual(reply.status, 201, reply.text)
        self.assertEqual([job["jobId"] for job in reply.json["jobs"]], ["line-0", "line-1", "line-2"])
        self.assertEqual(self.ended("line-2")["status"], "completed")

    def test_a_line_that_is_no_json_names_its_number_and_nothing_is_stored(self):
        lines = "\n".join([json.dumps(noop()), "", json.dumps(noop()), '{"type": "noop"', json.dumps(noop())])
        reply = self.client.request("POST", "/api/jobs/bulk", raw=lines.encode(), headers=LINES)
        self.assertEqual((reply.status, reply.json["error"]), (400, "invalid_json"))
        self.assertEqual(reply.json["details"]["line"], 4)
        self.assertIn("line 4", reply.json["message"])
        self.assertEqual(self.total(), 0)

    def test_lines_are_taken_by_this_route_alone(self):
        for path in ("/api/jobs", "/api/jobs/workflow", "/api/orchestrator/jobs"):
            reply = self.client.request("POST", path, raw=json.dumps(noop()).encode(), headers=LINES)
            self.assertEqual(reply.status, 415, path)

    def test_jobs_of_one_request_wait_for_each_other_in_any_order(self):
        reply = self.bulk([noop(jobId="last", dependencies=["left", "right"]), noop(jobId="left", dependencies=["first"]),
                           noop(jobId="right", dependencies=["first"]), noop(jobId="first", payload={"result": {"output": 7}})])
        self.assertEqual([job["status"] for job in reply["jobs"]], ["pending", "pending", "pending", "queued"])
        self.assertEqual(self.ended("last")["status"], "completed")
        self.assertEqual(self.job("left")["dependencyResults"], {"first": {"output": 7, "status": "completed"}})

    def test_a_thousand_are_stored_and_one_more_is_refused(self):
        self.client.lane("pool", "pause")
        self.assertEqual(self.bulk([noop()] * 1001, 400)["error"], "invalid_request")
        self.assertEqual(self.total(), 0)
        self.assertEqual(len(self.bulk([noop()] * 1000)["jobs"]), 1000)
        self.assertEqual(self.total(), 1000)

    def test_a_body_of_more_than_a_mebibyte_is_read_and_a_payload_of_more_is_refused(self):
        big = "x" * 700_000
        self.bulk([noop(metadata={"note": big}), noop(metadata={"note": big})])
        refused = self.bulk([noop(), noop(payload={"result": {"note": "x" * 1_100_000}})], 400)
        self.assertEqual(refused["details"]["index"], 1)
        self.assertEqual(refused["details"]["issues"][0]["path"], [1, "payload"])

    def test_a_job_that_ended_as_it_came_is_answered_so_whether_its_request_has_a_key_or_not(self):
        broken = self.submit(type="noop", payload={"fail": "fatal"})["jobId"]
        self.assertEqual(self.ended(broken)["status"], "failed")
        for headers in ({}, key("dead-on-arrival"), key("dead-on-arrival")):
            reply = self.client.post("/api/jobs", noop(dependencies=[broken]), headers=headers)
            self.assertEqual((reply.status, reply.json["status"]), (201, "failed"), headers)

    def test_jobs_with_a_dedupe_key_are_answered_with_the_one_that_stands_for_them(self):
        self.client.lane("pool", "pause")
        first = self.submit(type="noop", dedupeKey="once")["jobId"]
        reply = self.bulk([noop(dedupeKey="once"), noop(dedupeKey="twice"), noop(dedupeKey="twice")])["jobs"]
        self.assertEqual(reply[0]["jobId"], first)
        self.assertEqual(reply[1]["jobId"], reply[2]["jobId"])
        self.assertEqual(self.total(), 2)


class Again(PoolJobsTest):
    def once_and_again(self, path, body, other):
        first = self.client.post(path, body, headers=key("once"))
        self.assertEqual(first.status, 201, first.text)
        count = self.total()
        for restart in (None, self.daemon.kill):
            if restart:
                restart()
                self.daemon.start()
            again = self.client.post(path, body, headers=key("once"))
            self.assertEqual((again.status, again.json), (201, first.json))
            self.assertEqual(again.headers.get("location"), first.headers.get("location"))
            refused = self.client.post(path, other, headers=key("once"))
            self.assertEqual((refused.status, refused.json["error"]), (422, "idempotency_mismatch"))
            self.assertEqual(self.total(), count)
        return first.json

    def test_a_job_is_made_once(self):
        job = self.once_and_again("/api/jobs", noop(), noop(priority=1))
        self.assertEqual(self.ended(job["jobId"])["status"], "completed")

    def test_many_are_made_once_whatever_became_of_them(self):
        jobs = [noop(jobId="a", dependencies=["b"]), noop(jobId="b", payload={"fail": "fatal"}), noop()]
        self.once_and_again("/api/jobs/bulk", {"jobs": jobs}, {"jobs": jobs[:2]})
        self.assertEqual(self.ended("a")["error"], "dependency_failed:b")

    def test_a_workflow_is_made_once(self):
        body = {"name": "once", "jobs": [noop(key="a"), noop(key="b")]}
        reply = self.once_and_again("/api/jobs/workflow", body, {**body, "name": "other"})
        self.assertEqual(self.ended(reply["workflowId"])["status"], "completed")

    def test_a_refused_request_may_be_sent_again_under_its_key(self):
        self.assertEqual(self.submit(400, headers=key("k"), type="noop", dependencies=["later"])["error"], "unknown_dependency")
        self.submit(type="noop", jobId="later")
        self.submit(headers=key("k"), type="noop", dependencies=["later"])

    def test_one_key_is_another_on_another_route(self):
        self.submit(headers=key("k"), type="noop")
        self.bulk([noop()], headers=key("k"))
        self.workflow(headers=key("k"), name="w", jobs=[noop()])
        self.assertEqual(self.total(), 4)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
