#!/usr/bin/env python3
"""Workflows over /api/jobs/workflow: the examples of the mission's document as they stand, and what clients rely on."""

import random
import time
import unittest

from support.client import eventually
from support.pool_jobs import PoolJobsTest
from support.ws import WebSocket


def noop(key=None, after=(), **payload):
    job = {"type": "noop", "payload": payload}
    if key is not None:
        job["key"] = key
    if after:
        job["dependencies"] = list(after)
    return job


class Examples(PoolJobsTest):
    def test_a_full_analysis_runs_in_sequence(self):
        body = {
            "name": "Full Analysis",
            "mode": "sequential",
            "jobs": [
                {"type": "fetch", "prompt": "Fetch page content"},
                {"type": "analyze", "prompt": "Analyze for issues"},
                {"type": "report", "prompt": "Generate report"},
            ],
        }
        reply = self.client.post("/api/jobs/workflow", body)
        self.assertEqual(reply.status, 201)
        said = reply.json
        self.assertEqual(set(said), {"workflowId", "jobId", "name", "mode", "status", "jobs", "createdAt"})
        self.assertEqual(reply.headers["location"], "/api/jobs/" + said["workflowId"])
        self.assertEqual((said["jobId"], said["name"], said["mode"], said["status"]),
                         (said["workflowId"], "Full Analysis", "sequential", "pending"))
        ids = [job["jobId"] for job in said["jobs"]]
        self.assertEqual(said["jobs"], [
            {"key": None, "jobId": ids[0], "type": "fetch", "status": "queued", "dependencies": []},
            {"key": None, "jobId": ids[1], "type": "analyze", "status": "pending", "dependencies": [ids[0]]},
            {"key": None, "jobId": ids[2], "type": "report", "status": "pending", "dependencies": [ids[1]]}])
        whole = self.ended(said["workflowId"])
        self.assertEqual((whole["type"], whole["status"], whole["name"]), ("workflow", "completed", "Full Analysis"))
        self.assertEqual(whole["progress"], {"total": 3, "ended": 3, "open": 0})
        self.assertTrue(whole["result"]["allSuccess"])
        self.assertEqual(whole["result"]["errors"], [])
        jobs = [self.job(job) for job in ids]
        self.assertEqual(whole["result"]["results"], {job["jobId"]: job["result"]["output"] for job in jobs})
        self.assertEqual([job["workflowId"] for job in jobs], [said["workflowId"]] * 3)
        self.assertEqual(sorted(job["startedAt"] for job in jobs), [job["startedAt"] for job in jobs])
        self.assertIsNone(whole["workerId"])

    def test_a_data_pipeline_hands_each_result_on(self):
        said = self.workflow(name="Data Pipeline", mode="sequential", jobs=[
            {"type": "extract", "prompt": "Extract data from source"},
            {"type": "transform", "prompt": "Transform to target format"},
            {"type": "load", "prompt": "Load into database"}])
        self.ended(said["workflowId"])
        first, second, third = (self.job(job["jobId"]) for job in said["jobs"])
        self.assertEqual(second["dependencyResults"], {first["jobId"]: {"output": first["result"]["output"], "status": "completed"}})
        self.assertEqual(set(third["dependencyResults"]), {second["jobId"]})

    def test_the_cycle_of_the_document_is_refused(self):
        jobs = [noop("A", ["C"]), noop("B", ["A"]), noop("C", ["B"])]
        refused = self.workflow(400, name="cycle", mode="dag", jobs=jobs)
        self.assertEqual(refused["error"], "cyclic_dependency")
        self.assertEqual(refused["details"]["cycle"], ["A", "C", "B", "A"])
        self.assertIn("A -> C -> B -> A", refused["message"])
        self.assertEqual(self.total(), 0)


class Life(PoolJobsTest):
    def test_a_diamond_points_forward_and_at_places_and_keeps_its_keys(self):
        said = self.workflow(name="diamond", mode="dag", steps=[
            noop("end", ["left", "#2"]), noop("left", ["begin"]), noop(None, ["begin"], result={"output": "r"}), noop("begin")])
        ids = {job["key"]: job["jobId"] for job in said["jobs"]}
        self.assertEqual([job["status"] for job in said["jobs"]], ["pending", "pending", "pending", "queued"])
        self.assertEqual(said["jobs"][0]["dependencies"], [ids["left"], ids[None]])
        whole = self.ended(said["workflowId"])
        self.assertEqual(whole["result"]["results"], {"end": {}, "left": {}, ids[None]: "r", "begin": {}})

    def test_parallel_jobs_do_not_wait_for_each_other_and_batch_is_the_same(self):
        self.client.lane("pool", "pause")
        for mode in ("parallel", "batch"):
            said = self.workflow(name=mode, mode=mode, jobs=[noop(), noop(), noop()])
            self.assertEqual(said["mode"], "parallel")
            self.assertEqual([job["status"] for job in said["jobs"]], ["queued"] * 3)

    def test_a_key_wins_over_the_id_of_a_job_elsewhere(self):
        self.submit(type="noop", jobId="build")
        said = self.workflow(name="w", mode="dag", jobs=[noop("build"), noop("test", ["build"]), noop("other")])
        self.assertEqual(said["jobs"][1]["dependencies"], [said["jobs"][0]["jobId"]])
        outside = self.workflow(name="w", mode="dag", jobs=[noop("a", ["build"])])
        self.assertEqual(outside["jobs"][0]["dependencies"], ["build"])

    def test_a_failure_fails_what_waits_and_the_whole(self):
        said = self.workflow(name="w", jobs=[noop("good", result={"output": 1}), noop("bad", fail="fatal"), noop("after")])
        whole = self.ended(said["workflowId"])
        self.assertEqual((whole["status"], whole["error"]), ("failed", "workflow_failed: 2 of 3 failed"))
        bad, after = said["jobs"][1]["jobId"], said["jobs"][2]["jobId"]
        self.assertEqual(whole["result"], {
            "results": {"good": 1, "bad": None, "after": None}, "allSuccess": False,
            "errors": [{"key": "bad", "jobId": bad, "status": "failed", "error": "noop_failed: as asked"},
                       {"key": "after", "jobId": after, "status": "failed", "error": f"dependency_failed:{bad}"}]})
        refused = self.client.expect(409, "POST", f"/api/jobs/{said['workflowId']}/retry")
        self.assertEqual(refused["error"], "job_conflict")

    def test_a_job_may_wait_for_a_workflow_and_gets_what_it_came_to(self):
        said = self.workflow(name="w", mode="parallel", jobs=[noop("a", result={"output": "x"}, sleepMs=100), noop("b")])
        after = self.submit(type="noop", dependencies=[said["workflowId"]])["jobId"]
        job = self.ended(after)
        self.assertEqual(job["status"], "completed")
        self.assertEqual(job["dependencyResults"][said["workflowId"]]["output"]["results"], {"a": "x", "b": {}})

    def test_a_workflow_that_is_deleted_takes_all_that_is_open_with_it(self):
        said = self.workflow(name="w", mode="dag", jobs=[
            noop("done"), noop("runs", ["done"], sleepMs=60000), noop("waits", ["runs"]), noop("later", ["waits"])])
        runs = said["jobs"][1]["jobId"]
        self.running(runs)
        whole = self.job(said["workflowId"])
        self.assertEqual((whole["status"], whole["progress"]), ("pending", {"total": 4, "ended": 1, "open": 3}))
        reply = self.client.expect(200, "DELETE", f"/api/jobs/{said['workflowId']}")
        self.assertEqual(reply, {"jobId": said["workflowId"], "status": "cancelled"})
        whole = self.job(said["workflowId"])
        self.assertEqual((whole["status"], whole["error"]), ("cancelled", "user_requested"))
        self.assertEqual(whole["result"]["results"], {"done": {}, "runs": None, "waits": None, "later": None})
        self.assertEqual([self.job(job["jobId"])["status"] for job in said["jobs"]], ["completed"] + ["cancelled"] * 3)
        self.assertEqual(self.client.expect(200, "DELETE", f"/api/jobs/{said['workflowId']}")["status"], "cancelled")
        fine = self.workflow(name="w", jobs=[noop()])
        self.ended(fine["workflowId"])
        self.assertEqual(self.client.expect(409, "DELETE", f"/api/jobs/{fine['workflowId']}")["error"], "already_terminal")

    def test_a_workflow_goes_on_after_a_kill(self):
        said = self.workflow(name="w", jobs=[noop("a", sleepMs=500, result={"output": 1}), noop("b", sleepMs=200), noop("c")])
        self.running(said["jobs"][0]["jobId"])
        self.daemon.kill()
        self.daemon.start()
        whole = self.ended(said["workflowId"])
        self.assertEqual(whole["status"], "completed")
        self.assertEqual(whole["result"]["results"], {"a": 1, "b": {}, "c": {}})

    def test_jobs_of_a_workflow_are_listed_by_it_and_those_of_a_project_obey_its_lane(self):
        project = self.client.new_project("demo")["projectId"]
        self.client.lane(project, "pause")
        said = self.workflow(name="w", mode="parallel", jobs=[noop("pool"), {**noop("lane"), "projectId": project}])
        self.ended(said["jobs"][0]["jobId"])
        page = self.client.expect(200, "GET", f"/api/jobs?workflowId={said['workflowId']}")
        self.assertEqual({job["jobId"] for job in page["jobs"]}, {job["jobId"] for job in said["jobs"]})
        waits = self.client.expect(200, "GET", f"/api/jobs?workflowId={said['workflowId']}&status=queued")["jobs"]
        self.assertEqual([job["projectId"] for job in waits], [project])
        self.client.lane(project, "resume")
        self.assertEqual(self.ended(said["workflowId"])["status"], "completed")

    def test_the_end_of_a_workflow_is_told(self):
        with WebSocket(self.daemon.port) as socket:
            socket.next_of("ready")
            said = self.workflow(name="w", mode="parallel", jobs=[noop("a"), noop("b")])
            own = lambda m: m.get("jobId") == said["workflowId"]
            heard = [m for m in socket.until(lambda m: own(m) and m["type"] == "job:completed") if own(m)]
            self.assertEqual([m["type"] for m in heard], ["job:created", "job:completed"])
            self.assertEqual(heard[0]["payload"], {"type": "workflow", "name": "w", "mode": "parallel", "jobs": 2})
            self.assertEqual(heard[1]["payload"]["result"]["results"], {"a": {}, "b": {}})


class Stores(PoolJobsTest):
    def test_every_store_keeps_workflows(self):
        for store in ("json", "memory"):
            with self.subTest(store):
                self.daemon.close()
                self.env = {"LANEKEEPER_STORE": store}
                self.setUp()
                said = self.workflow(name="w", mode="dag", jobs=[noop("b", ["a"]), noop("a", result={"output": 5})])
                whole = self.ended(said["workflowId"])
                self.assertEqual(whole["result"]["results"], {"b": {}, "a": 5})


class Large(PoolJobsTest):
    env = {"JOB_WORKERS_MAX": 10}

    def test_ten_thousand_jobs_with_fifty_thousand_dependencies_are_stored_and_end(self):
        rng = random.Random(4)
        near = lambda i: rng.sample(range(max(0, i - 500), i), min(5, i))
        jobs = [noop(f"n{i}", [f"n{k}" for k in near(i)]) for i in range(10_000)]
        self.client.lane("pool", "pause")
        began = time.monotonic()
        said = self.workflow(name="large", mode="dag", jobs=jobs)
        print(f"10,000 jobs, {sum(len(job.get('dependencies', ())) for job in jobs)} dependencies stored in {time.monotonic() - began:.2f} s")
        self.assertEqual(len(said["jobs"]), 10_000)
        self.assertEqual(self.job(said["workflowId"])["progress"], {"total": 10_000, "ended": 0, "open": 10_000})
        first = next(i for i, job in enumerate(jobs) if "n0" in job.get("dependencies", ()))
        jobs[0]["dependencies"] = [f"n{first}"]
        refused = self.workflow(400, name="large", mode="dag", jobs=jobs)
        self.assertEqual(refused["error"], "cyclic_dependency")
        began = time.monotonic()
        self.assertEqual(self.client.expect(200, "DELETE", f"/api/jobs/{said['workflowId']}")["status"], "cancelled")
        print(f"cancelled in {time.monotonic() - began:.2f} s")
        self.client.lane("pool", "resume")
        queue = self.client.expect(200, "GET", "/api/jobs/health")["queue"]
        self.assertEqual((queue["pending"], queue["running"]), (0, 0))

    def test_a_chain_of_ten_thousand_fails_from_its_head(self):
        jobs = [noop(f"n{i}", **({"fail": "fatal"} if i == 0 else {})) for i in range(10_000)]
        said = self.workflow(name="chain", jobs=jobs)
        whole = self.ended(said["workflowId"])
        self.assertEqual(whole["error"], "workflow_failed: 10000 of 10000 failed")
        self.assertEqual(len(whole["result"]["results"]), 10_000)
        eventually(lambda: self.client.expect(200, "GET", "/api/jobs/health")["queue"]["pending"] == 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
