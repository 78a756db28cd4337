#!/usr/bin/env python3
"""Jobs with dependencies over /api/jobs: the examples of the mission's document as they stand, and what clients rely on."""

import datetime
import unittest

from support.client import eventually
from support.pool_jobs import PoolJobsTest
from support.ws import WebSocket


class JobsTest(PoolJobsTest):
    def noop(self, **members):
        payload = members.pop("payload", {})
        return self.submit(type="noop", payload=payload, **members)["jobId"]


class Examples(JobsTest):
    def test_a_single_job_is_submitted_and_its_status_read(self):
        reply = self.client.post("/api/jobs", {
            "type": "analyze",
            "prompt": "Analyze the performance of the login page",
            "priority": 2,
            "metadata": {"targetUrl": "/login"},
        })
        self.assertEqual(reply.status, 201)
        self.assertEqual(set(reply.json), {"jobId", "status", "createdAt"})
        self.assertEqual(reply.json["status"], "queued")
        self.assertEqual(reply.headers["location"], "/api/jobs/" + reply.json["jobId"])
        job = self.ended(reply.json["jobId"])
        self.assertEqual((job["jobId"], job["type"], job["status"]), (reply.json["jobId"], "analyze", "completed"))
        self.assertTrue(job["result"]["output"])
        self.assertIsNone(job["tokenUsage"], "the built-in runtime counts none, and none are invented")
        self.assertGreaterEqual(job["duration"], 0)
        self.assertEqual(job["metadata"], {"targetUrl": "/login"})
        self.assertEqual(job["priority"], 2)
        self.assertRegex(job["workerId"], r"^w-\d{3}$")

    def test_a_diamond_gives_each_result_to_the_next(self):
        start = self.submit(type="start", prompt="Initialize")["jobId"]
        paths = [self.submit(type="process", prompt=f"Process path {i}", dependencies=[start])["jobId"] for i in (1, 2)]
        last = self.submit(type="finalize", prompt="Combine results", dependencies=paths)
        self.assertEqual(last["status"], "pending")
        job = self.ended(last["jobId"])
        self.assertEqual(job["status"], "completed")
        self.assertEqual(job["dependencies"], paths)
        self.assertEqual(set(job["dependencyResults"]), set(paths))
        for path in paths:
            self.assertEqual(job["dependencyResults"][path]["status"], "completed")
            self.assertEqual(job["dependencyResults"][path]["output"], self.job(path)["result"]["output"])
        self.assertIn(paths[0], job["result"]["output"], "the built-in runtime names what it was given")

    def test_a_cancelled_job_stays_readable(self):
        running = self.noop(payload={"sleepMs": 60000})
        waits = self.noop(dependencies=[running])
        eventually(lambda: self.job(running)["status"] == "running", 10, "never started")
        self.assertEqual(self.client.expect(200, "DELETE", f"/api/jobs/{running}"), {"jobId": running, "status": "cancelled"})
        self.assertEqual(self.job(running)["status"], "cancelled")
        self.assertEqual(self.ended(waits)["error"], f"dependency_cancelled:{running}")
        self.assertEqual(self.client.expect(200, "DELETE", f"/api/jobs/{running}")["status"], "cancelled")
        done = self.noop()
        self.ended(done)
        self.assertEqual(self.client.expect(409, "DELETE", f"/api/jobs/{done}")["error"], "already_terminal")


class Life(JobsTest):
    env = {"JOB_HEALTH_CHECK_INTERVAL": "2"}

    def test_the_life_of_a_job_is_told_to_sockets_that_hear_everything_and_to_no_chat(self):
        chat = self.client.new_chat()["sessionId"]
        with WebSocket(self.daemon.port) as everything, WebSocket(self.daemon.port, thread=chat) as other:
            everything.next_of("ready")
            other.next_of("ready")
            job = self.noop()
            heard = everything.until(lambda m: m["type"] == "job:completed")
            mine = [m for m in heard if m.get("jobId") == job]
            self.assertEqual([m["type"] for m in mine], ["job:created", "job:queued", "job:started", "job:completed"])
            self.assertEqual(mine[0]["payload"], {"type": "noop", "payload": {}})
            self.assertEqual(mine[2]["payload"], {"workerId": self.job(job)["workerId"]})
            other.send({"type": "ping"})
            self.assertEqual(other.next()["type"], "pong")

    def test_a_failed_job_can_be_retried_by_hand(self):
        job = self.noop(payload={"fail": "fatal"})
        self.assertEqual(self.ended(job)["status"], "failed")
        self.assertEqual(self.client.expect(200, "POST", f"/api/jobs/{job}/retry")["jobId"], job)
        self.assertEqual(self.ended(job)["attempts"], 1)

    def test_a_retry_brings_back_those_that_failed_with_the_job_when_asked_to(self):
        head = self.noop(payload={"fail": "fatal"})
        foot = self.noop(dependencies=[self.noop(dependencies=[head])])
        self.assertEqual(self.ended(foot)["status"], "failed")
        refused = self.client.expect(409, "POST", f"/api/jobs/{foot}/retry")
        self.assertEqual(refused["error"], "job_conflict")
        self.client.expect(400, "POST", f"/api/jobs/{head}/retry", {"cascade": "yes"})
        self.client.lane("pool", "pause")
        self.client.expect(200, "POST", f"/api/jobs/{head}/retry", {"cascade": True})
        self.assertEqual(self.job(head)["status"], "queued")
        self.assertEqual((self.job(foot)["status"], self.job(foot)["error"]), ("pending", None))
        self.client.lane("pool", "resume")
        self.assertEqual(self.ended(foot)["status"], "failed")

    def test_what_a_job_needs_and_who_needs_it_is_told(self):
        self.client.lane("pool", "pause")
        first = self.noop()
        second = self.noop(dependencies=[first])
        third = self.noop(dependencies=[second, first])
        fourth = self.noop(dependencies=[third])
        told = self.client.expect(200, "GET", f"/api/jobs/{third}/dependencies")
        self.assertEqual([job["jobId"] for job in told["chain"]], [first, second])
        self.assertEqual(told["dependents"], [{"jobId": fourth, "status": "pending", "type": "noop", "dependencies": [third]}])
        self.assertEqual(self.client.expect(404, "GET", "/api/jobs/job_000000000000/dependencies")["error"], "not_found")

    def test_a_job_expires_at_its_deadline_running_or_not(self):
        soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1.5)).isoformat()
        running = self.noop(payload={"sleepMs": 60000}, expiresAt=soon)
        waits = self.noop(dependencies=[running], expiresAt=soon)
        self.assertEqual(self.ended(running)["status"], "expired")
        self.assertIn(self.ended(waits)["status"], ("expired", "failed"))
        orchestrator = self.client.job(running)
        self.assertEqual((orchestrator["state"], orchestrator["error"]), ("failed", "expired"))

    def test_a_job_of_a_lane_is_told_in_the_words_of_both_families(self):
        with WebSocket(self.daemon.port) as everything:
            everything.next_of("ready")
            job = self.submit(type="noop", projectId="yard")["jobId"]
            mine = []
            while "job:completed" not in mine:
                message = everything.next()
                if job in (message.get("jobId"), message["payload"].get("jobId")):
                    mine.append(message["type"])
        self.assertEqual(mine, ["orchestrator_job_queued", "job:created", "job:queued", "orchestrator_job_started", "job:started",
                                "orchestrator_job_completed", "job:completed"])

    def test_a_job_of_a_chat_is_told_to_those_who_watch_that_chat_and_to_no_other_chat(self):
        mine, other = (self.client.new_chat()["sessionId"] for _ in range(2))
        with WebSocket(self.daemon.port, thread=mine) as here, WebSocket(self.daemon.port, thread=other) as elsewhere:
            here.next_of("ready")
            elsewhere.next_of("ready")
            job = self.submit(type="noop", projectId=f"session:{mine}")["jobId"]
            heard = here.until(lambda m: m["type"] == "job:completed")
            self.assertEqual({m["threadId"] for m in heard}, {mine})
            self.assertIn(job, [m.get("jobId") for m in heard])
            elsewhere.send({"type": "ping"})
            self.assertEqual(elsewhere.next()["type"], "pong")

    def test_a_socket_may_ask_for_one_job_and_hears_what_it_missed_of_it(self):
        other, job = self.noop(), self.noop(payload={"sleepMs": 100})
        self.ended(other)
        self.ended(job)
        with WebSocket(self.daemon.port, path=f"/api/stream?jobId={job}&since=0") as socket:
            socket.next_of("ready")
            heard = socket.until(lambda m: m["type"] == "job:completed")
        self.assertEqual({m["jobId"] for m in heard}, {job})
        self.assertEqual([m["type"] for m in heard], ["job:created", "job:queued", "job:started", "job:completed"])

    def test_a_silent_worker_is_replaced_and_its_job_recovered_once(self):
        job = self.noop(payload={"sleepMs": 600000, "silent": True})
        ended = self.ended(job)
        self.assertEqual((ended["status"], ended["error"], ended["attempts"]), ("failed", "worker_lost", 2))
        workers = [worker["workerId"] for worker in self.client.expect(200, "GET", "/api/jobs/workers")["workers"]]
        self.assertNotIn("w-001", workers)
        self.assertEqual(self.client.expect(200, "GET", "/api/jobs/health")["workers"]["active"], 2)

    def test_what_waits_and_what_runs_ends_as_it_should_after_a_kill(self):
        first = self.noop(payload={"sleepMs": 2000, "result": {"output": 42}})
        second = self.noop(dependencies=[first])
        eventually(lambda: self.job(first)["status"] == "running", 10, "never started")
        self.daemon.kill()
        self.daemon.start()
        job = self.ended(second)
        self.assertEqual(job["dependencyResults"], {first: {"output": 42, "status": "completed"}})
        self.assertEqual(self.job(first)["attempts"], 2)

    def test_a_client_may_name_its_jobs(self):
        self.assertEqual(self.submit(type="noop", jobId="build-1")["jobId"], "build-1")
        self.submit(type="noop", jobId="deploy-1", dependencies=["build-1"])
        self.assertEqual(self.ended("deploy-1")["dependencies"], ["build-1"])
        refused = self.submit(409, type="noop", jobId="build-1")
        self.assertEqual(refused["error"], "duplicate_job_id")

    def test_a_job_of_a_project_obeys_its_lane(self):
        project = self.client.new_project("demo")["projectId"]
        self.client.lane(project, "pause")
        job = self.submit(type="noop", projectId=project)["jobId"]
        self.ended(self.noop())
        self.assertEqual(self.job(job)["status"], "queued")
        self.client.lane(project, "resume")
        self.assertEqual(self.ended(job)["status"], "completed")


class Overview(JobsTest):
    def test_jobs_are_listed_newest_first_by_status_in_pages(self):
        jobs = [self.noop() for _ in range(5)]
        for job in jobs:
            self.ended(job)
        self.client.lane("pool", "pause")
        waits = self.noop()
        page = self.client.expect(200, "GET", "/api/jobs?status=COMPLETED&limit=3")
        self.assertEqual([job["jobId"] for job in page["jobs"]], jobs[:1:-1])
        self.assertEqual((page["total"], page["limit"]), (5, 3))
        rest = self.client.expect(200, "GET", f"/api/jobs?status=completed&limit=3&cursor={page['nextCursor']}")
        self.assertEqual([job["jobId"] for job in rest["jobs"]], jobs[1::-1])
        self.assertIsNone(rest["nextCursor"])
        skipped = self.client.expect(200, "GET", "/api/jobs?status=completed&limit=2&offset=2")
        self.assertEqual([job["jobId"] for job in skipped["jobs"]], [jobs[2], jobs[1]])
        self.assertEqual(self.client.expect(200, "GET", "/api/jobs")["jobs"][0]["jobId"], waits)
        self.assertEqual(self.client.expect(200, "GET", "/api/jobs?limit=5000")["limit"], 1000)
        self.assertEqual(self.client.expect(400, "GET", "/api/jobs?status=odd")["error"], "invalid_request")

    def test_jobs_of_a_lane_are_listed_by_the_state_that_they_show_in_any_spelling(self):
        project = self.client.new_project("states")["projectId"]
        until = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=0.5)).isoformat()
        late = self.noop(projectId=project, payload={"sleepMs": 20000}, expiresAt=until)
        self.assertEqual(self.ended(late)["status"], "expired")
        failed = self.noop(projectId=project, payload={"fail": "fatal"})
        self.ended(failed)
        running = self.noop(projectId=project, payload={"sleepMs": 20000})
        queued, waits = self.noop(projectId=project), self.noop(projectId=project, dependencies=[running])
        gone = self.noop(projectId=project)
        self.client.expect(200, "DELETE", f"/api/jobs/{gone}")
        eventually(lambda: self.job(running)["status"] == "running", what="the lane does not go on")
        shown = {}
        for job in self.client.expect(200, "GET", f"/api/projects/{project}/orchestrator/jobs")["data"]:
            shown.setdefault(job["state"], set()).add(job["id"])
        self.assertEqual(shown, {"failed": {late, failed}, "running": {running}, "queued": {queued, waits}, "canceled": {gone}})
        asked = {word: shown[word.lower().replace("ll", "l")] for word in ("failed", "FAILED", "queued", "Running", "canceled", "Cancelled")}
        asked.update({"pending": {waits}, "expired": {late}, "completed": set()})
        for word, jobs in asked.items():
            listed = self.client.expect(200, "GET", f"/api/projects/{project}/orchestrator/jobs?state={word}")["data"]
            self.assertEqual({job["id"] for job in listed}, jobs, word)
        first = self.client.expect(200, "GET", f"/api/projects/{project}/orchestrator/jobs?state=failed&limit=1")
        second = self.client.expect(200, "GET", f"/api/projects/{project}/orchestrator/jobs?state=failed&limit=1&cursor={first['nextCursor']}")
        self.assertEqual({page["data"][0]["id"] for page in (first, second)}, {late, failed})
        self.assertIsNone(second["nextCursor"])
        self.client.expect(400, "GET", f"/api/projects/{project}/orchestrator/jobs?state=lost")
        self.client.expect(200, "DELETE", f"/api/jobs/{running}")

    def test_health_counts_what_waits_runs_and_was_done(self):
        self.ended(self.noop(payload={"sleepMs": 20}))
        running = self.noop(payload={"sleepMs": 60000})
        self.noop(dependencies=[running])
        eventually(lambda: self.job(running)["status"] == "running", 10, "never started")
        health = self.client.expect(200, "GET", "/api/jobs/health")
        self.assertEqual(health["queue"], {"pending": 1, "queued": 0, "blocked": 1, "running": 1, "completed24h": 1})
        self.assertEqual(health["workers"], {"active": 2, "idle": 1, "unhealthy": 0})
        self.assertEqual(health["throughput"]["jobsPerMinute"], 0.2)
        self.assertGreaterEqual(health["throughput"]["avgDurationMs"], 20)
        workers = self.client.expect(200, "GET", "/api/jobs/workers")["workers"]
        self.assertEqual([worker["workerId"] for worker in workers], ["w-001", "w-002"])
        self.assertEqual({worker["jobId"] for worker in workers}, {running, None})


class Refusals(JobsTest):
    def test_bad_submissions_are_refused_with_the_member_and_store_nothing(self):
        known = self.noop()
        self.ended(known)
        before = self.client.expect(200, "GET", "/api/health")["orchestratorQueue"]
        for body, error, path in [
            ({}, "invalid_request", ["type"]),
            ({"type": ""}, "invalid_request", ["type"]),
            ({"type": "noop", "priority": 11}, "invalid_request", ["priority"]),
            ({"type": "noop", "priority": -1}, "invalid_request", ["priority"]),
            ({"type": "noop", "dependencies": "x"}, "invalid_request", ["dependencies"]),
            ({"type": "noop", "jobId": "job_mine"}, "invalid_request", ["jobId"]),
            ({"type": "noop", "jobId": "health"}, "invalid_request", ["jobId"]),
            ({"type": "noop", "jobId": "a b"}, "invalid_request", ["jobId"]),
            ({"type": "noop", "scheduledFor": "tomorrow, at eight o'clock"}, "invalid_request", ["scheduledFor"]),
            ({"type": "noop", "timeout": 0}, "invalid_request", ["timeout"]),
            ({"type": "noop", "unknown": 1}, "invalid_request", ["unknown"]),
            ({"type": "noop", "executor": "nobody"}, "invalid_request", ["executor"]),
            ({"type": "noop", "payload": {"sleepMs": "long"}}, "invalid_request", ["payload", "sleepMs"]),
            ({"type": "own word"}, "invalid_request", ["payload", "prompt"]),
            ({"type": "noop", "expiresAt": "2020-01-01T00:00:00Z"}, "invalid_request", ["expiresAt"]),
            ({"type": "noop", "expiresAt": "2100-01-01T00:00:00Z", "scheduledFor": "2100-01-01T00:00:01Z"}, "invalid_request", ["expiresAt"]),
            ({"type": "noop", "projectId": "pool"}, "invalid_request", ["projectId"]),
        ]:
            with self.subTest(body):
                reply = self.client.post("/api/jobs", body)
                self.assertEqual((reply.status, reply.json["error"]), (400, error))
                self.assertEqual(reply.json["details"]["issues"][0]["path"], path)
        self.assertEqual(self.submit(404, type="noop", projectId="session:thread_none")["error"], "not_found")
        unknown = self.submit(400, type="noop", dependencies=[known, "job_000000000000", "mine"])
        self.assertEqual(unknown["error"], "unknown_dependency")
        self.assertEqual(unknown["details"]["ids"], ["job_000000000000", "mine"])
        self.assertEqual(self.client.expect(404, "GET", "/api/jobs/job_000000000000")["error"], "not_found")
        self.assertEqual(self.client.expect(200, "GET", "/api/health")["orchestratorQueue"], before)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
