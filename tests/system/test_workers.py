#!/usr/bin/env python3
"""Jobs for workers in any language: claims, leases and what becomes of them on a real daemon, over HTTP."""

import subprocess
import sys
import threading
import unittest
from datetime import datetime, timedelta

from support.client import Client, Raw, eventually
from support.daemon import ROOT
from support.malformed import post
from support.worker_case import WorkerCase

ODD = [5.113571873002146e-09, 1e40, 0.1, -0.0]  # each is written as it came, and is the same when it comes again
EXAMPLE = f"{ROOT}/tests/support/example_worker.py"


class Claims(WorkerCase):
    def test_a_job_goes_to_the_worker_that_claims_it_and_comes_back_with_its_result(self):
        job = self.submit(prompt="Paint the mast.", metadata={"quay": "north"}, timeout=60000)
        self.assertEqual(self.job(job)["status"], "queued")
        claimed = self.claim("crane")
        self.assertEqual((claimed["job"]["jobId"], claimed["run"]), (job, 1))
        self.assertEqual(claimed["job"]["payload"], {"prompt": "Paint the mast."})
        self.assertEqual(claimed["job"]["prompt"], "Paint the mast.")
        self.assertEqual(claimed["job"]["timeout"], 60000)
        self.assertEqual(claimed["job"]["status"], "running")
        lease = self.call(200, job, "heartbeat", "crane", 1)
        self.assertGreaterEqual(lease["leaseExpiresAt"], claimed["leaseExpiresAt"])
        self.assertFalse(lease["cancelRequested"])
        self.assertEqual(self.call(200, job, "progress", "crane", 1, progress={"done": 3}), {"status": "ok"})
        self.assertEqual(self.job(job)["progress"], {"done": 3})
        usage = {"input": 5, "output": 7}
        done = self.call(200, job, "complete", "crane", 1, result={"output": "white"}, tokenUsage=usage)
        self.assertEqual(done, {"status": "ok"})
        ended = self.job(job)
        self.assertEqual((ended["status"], ended["result"], ended["tokenUsage"], ended["workerId"]),
                         ("completed", {"output": "white"}, usage, "crane"))

    def test_what_is_no_object_is_kept_as_output_and_given_to_dependents(self):
        first = self.submit()
        second = self.submit(dependencies=[first])
        self.complete("crane", first, result=[1, 2])
        given = self.claim("crane")["job"]
        self.assertEqual(given["jobId"], second)
        self.assertEqual(given["dependencyResults"], {first: {"output": [1, 2], "status": "completed"}})

    def test_a_claim_waits_for_a_job_and_ends_empty_when_none_comes(self):
        self.assertIsNone(self.claim("crane"))
        self.assertIsNone(self.claim("crane", wait=1))
        claimed = self.claim_in_background("crane")
        job = self.submit()
        self.assertEqual(claimed()["job"]["jobId"], job)

    def test_a_worker_that_went_away_while_it_waited_swallows_no_job(self):
        for how in ("closed", "half closed"):
            with self.subTest(how):
                raw = Raw(self.daemon.port)
                raw.send(post(b'{"workerId": "ghost", "types": ["paint"], "wait": 60}', target="/api/workers/claim"))
                self.eventually_waiting(1)
                if how == "closed":
                    raw.close()
                else:
                    raw.finish_sending()
                self.eventually_waiting(0)
                raw.close()
        job = self.submit()
        self.assertEqual(self.job(job)["status"], "queued")
        claimed = self.claim("crane")
        self.assertEqual((claimed["job"]["jobId"], claimed["run"]), (job, 1))

    def test_a_worker_that_dies_with_a_job_gives_it_back_when_its_lease_runs_out(self):
        job = self.submit(maxRetries=1)
        self.claim("crane", leaseMs=1000)
        eventually(lambda: self.job(job)["status"] == "queued", 10, "the lease does not run out")
        lost = self.job(job)
        self.assertEqual((lost["error"], lost["attempts"]), ("worker_lost", 1))
        late = self.call(409, job, "complete", "crane", 1, result={})
        self.assertEqual((late["error"], late["details"]["jobStatus"]), ("stale_run", "queued"))
        claimed = self.claim("barge", wait=10)
        self.assertEqual((claimed["job"]["jobId"], claimed["run"]), (job, 2))
        self.assertEqual(self.call(409, job, "complete", "crane", 1, result={})["error"], "stale_run")
        self.assertEqual(self.call(409, job, "heartbeat", "crane", 2)["error"], "stale_run")
        self.call(200, job, "complete", "barge", 2, result={"output": "barge"})
        self.assertEqual(self.job(job)["result"], {"output": "barge"})
        self.assertIn("\nlanekeeper_worker_leases_expired_total 1\n", self.client.get("/metrics").text)

    def test_duplicate_completions_are_answered_alike_and_written_once(self):
        job = self.submit()
        self.claim("crane")
        replies = []

        def complete():
            client = Client(self.daemon.port)
            body = {"workerId": "crane", "run": 1, "result": {"output": ODD}}
            replies.append(client.expect(200, "POST", f"/api/workers/jobs/{job}/complete", body))
            client.close()
        threads = [threading.Thread(target=complete) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(replies, [{"status": "ok"}] * 8)
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.call(200, job, "complete", "crane", 1, result={"output": ODD}), {"status": "ok"})
        other = self.call(409, job, "complete", "crane", 1, result={"output": 99})
        self.assertEqual((other["error"], other["details"]["jobStatus"]), ("stale_run", "completed"))
        self.assertEqual(self.job(job)["result"], {"output": ODD})

    def test_of_two_workers_with_one_name_each_has_its_own_run(self):
        first, second = self.submit(), self.submit()
        runs = {claimed["job"]["jobId"]: claimed["run"] for claimed in (self.claim("twin", leaseMs=1000), self.claim("twin"))}
        self.assertEqual(runs, {first: 1, second: 1})
        again = self.claim("twin", wait=20)
        self.assertEqual((again["job"]["jobId"], again["run"]), (first, 2))
        self.assertEqual(self.call(409, first, "fail", "twin", 1, error="late")["error"], "stale_run")
        self.call(200, first, "complete", "twin", 2, result={})
        self.call(200, second, "complete", "twin", 1, result={})

    def test_failures_are_retried_where_they_may_be_and_a_snooze_costs_no_attempt(self):
        job = self.submit(maxRetries=1)
        self.claim("crane")
        self.assertEqual(self.call(200, job, "fail", "crane", 1, error="broken: a rope"), {"status": "ok", "willRetry": True})
        self.assertEqual(self.call(200, job, "fail", "crane", 1, error="broken: a rope"), {"status": "ok", "willRetry": True})
        self.assertEqual(self.claim("crane", wait=10)["run"], 2)
        soon = "2020-01-01T00:00:00Z"
        self.assertEqual(self.call(200, job, "fail", "crane", 2, error="tide", snoozeUntil=soon)["willRetry"], True)
        self.assertEqual(self.claim("crane", wait=10)["job"]["attempts"], 2)
        fatal = self.call(200, job, "fail", "crane", 3, error="no_such_mast", retryable=False)
        self.assertEqual(fatal, {"status": "ok", "willRetry": False})
        self.assertEqual((self.job(job)["status"], self.job(job)["error"]), ("failed", "no_such_mast"))

    def test_a_worker_hears_of_a_cancel_with_its_next_heartbeat(self):
        job = self.submit()
        self.claim("crane")
        cancelled = []
        other = Client(self.daemon.port)
        thread = threading.Thread(target=lambda: cancelled.append(other.delete(f"/api/jobs/{job}").json))
        thread.start()
        lease = eventually(lambda: (lambda said: said if said["cancelRequested"] else None)(
            self.call(200, job, "heartbeat", "crane", 1)), 10, "the worker is not told")
        self.assertEqual(lease["reason"], "user_requested")
        self.assertEqual(self.call(200, job, "fail", "crane", 1, error="stopped"), {"status": "ok", "willRetry": False})
        thread.join()
        other.close()
        self.assertEqual(cancelled, [{"jobId": job, "status": "cancelled"}])
        self.assertEqual(self.job(job)["error"], "user_requested")
        self.assertTrue(self.call(200, job, "heartbeat", "crane", 1)["cancelRequested"], "one that comes late hears of it too")
        self.assertEqual(self.call(409, job, "complete", "crane", 1, result={})["details"]["jobStatus"], "cancelled")

    def test_a_worker_that_does_not_heed_a_cancel_is_not_waited_for(self):
        job = self.submit()
        self.claim("crane", leaseMs=1000)
        self.assertEqual(self.client.expect(200, "DELETE", f"/api/jobs/{job}")["status"], "cancelled")
        self.assertEqual(self.job(job)["error"], "interrupt_timeout")

    def test_a_pool_that_is_paused_hands_out_nothing(self):
        self.client.lane("pool", "pause")
        job = self.submit()
        self.assertIsNone(self.claim("crane"))
        claimed = self.claim_in_background("crane")
        self.client.lane("pool", "resume")
        self.assertEqual(claimed()["job"]["jobId"], job)

    def test_jobs_of_a_lane_are_handed_out_one_at_a_time(self):
        jobs = [self.submit(projectId="yard") for _ in range(2)]
        ours = self.client.expect(201, "POST", "/api/jobs", {"type": "noop", "projectId": "yard"})["jobId"]
        self.assertEqual(self.claim("crane", wait=10)["job"]["jobId"], jobs[0])
        self.assertIsNone(self.claim("barge"))
        self.assertEqual(self.client.job(ours)["state"], "queued")
        self.call(200, jobs[0], "complete", "crane", 1, result={})
        self.assertEqual(self.claim("barge", wait=10)["job"]["jobId"], jobs[1])
        self.call(200, jobs[1], "complete", "barge", 1, result={})
        self.client.wait_job(ours)

    def test_workers_are_listed_with_what_they_hold(self):
        job = self.submit()
        self.claim("crane", types=["paint", "weld"])
        self.claim("idle", types=["weld"])
        remote = self.remote_workers()
        for worker in remote:
            self.assertTrue(worker.pop("lastHeardAt"))
        self.assertEqual(remote, [
            {"workerId": "crane", "kind": "remote", "status": "busy", "types": ["paint", "weld"], "jobIds": [job]},
            {"workerId": "idle", "kind": "remote", "status": "idle", "types": ["weld"], "jobIds": []}])


class Refusals(WorkerCase):
    def test_bad_calls_are_refused_with_the_member_and_change_nothing(self):
        job = self.submit()
        claim, held = {"workerId": "crane", "types": ["paint"]}, {"workerId": "crane", "run": 1}
        of_job = f"jobs/{job}/"
        for path, body, member in [
            ("claim", {"types": ["paint"]}, ["workerId"]),
            ("claim", {**claim, "workerId": ""}, ["workerId"]),
            ("claim", {**claim, "workerId": "x" * 129}, ["workerId"]),
            ("claim", {"workerId": "crane"}, ["types"]),
            ("claim", {**claim, "types": []}, ["types"]),
            ("claim", {**claim, "types": "paint"}, ["types"]),
            ("claim", {**claim, "types": ["paint"] * 65}, ["types"]),
            ("claim", {**claim, "types": ["paint", 7]}, ["types", 1]),
            ("claim", {**claim, "wait": 61}, ["wait"]),
            ("claim", {**claim, "wait": -1}, ["wait"]),
            ("claim", {**claim, "wait": "long"}, ["wait"]),
            ("claim", {**claim, "leaseMs": 999}, ["leaseMs"]),
            ("claim", {**claim, "leaseMs": 600001}, ["leaseMs"]),
            ("claim", {**claim, "lease": 1000}, ["lease"]),
            (of_job + "heartbeat", {"workerId": "crane"}, ["run"]),
            (of_job + "heartbeat", {**held, "run": 0}, ["run"]),
            (of_job + "heartbeat", {**held, "run": "1"}, ["run"]),
            (of_job + "progress", held, ["progress"]),
            (of_job + "progress", {**held, "progress": "x" * 17000}, ["progress"]),
            (of_job + "complete", held, ["result"]),
            (of_job + "complete", {**held, "result": {}, "tokenUsage": {"input": 1}}, ["tokenUsage", "output"]),
            (of_job + "complete", {**held, "result": {}, "tokenUsage": {"input": -1, "output": 1}}, ["tokenUsage", "input"]),
            (of_job + "fail", held, ["error"]),
            (of_job + "fail", {**held, "error": ""}, ["error"]),
            (of_job + "fail", {**held, "error": "x", "retryable": "no"}, ["retryable"]),
            (of_job + "fail", {**held, "error": "x", "snoozeUntil": "in an hour, or so"}, ["snoozeUntil"]),
        ]:
            with self.subTest(path=path, body=str(body)[:100]):
                refused = self.client.expect(400, "POST", "/api/workers/" + path, body)
                self.assertEqual(refused["error"], "invalid_request")
                self.assertEqual(refused["details"]["issues"][0]["path"], member)
        self.assertEqual(self.call(404, "job_000000000000", "heartbeat", "crane", 1)["error"], "not_found")
        self.assertEqual(self.call(409, job, "heartbeat", "crane", 1)["error"], "stale_run")
        self.assertEqual((self.job(job)["status"], self.job(job)["attempts"]), ("queued", 0))


class Restarts(WorkerCase):
    def test_a_worker_goes_on_when_the_daemon_was_killed_between_claim_and_complete(self):
        jobs = {owner: self.submit(projectId=owner) if owner else self.submit() for owner in ("", "yard")}
        for _ in jobs:
            self.assertIsNotNone(self.claim("crane", wait=10))
        self.daemon.kill()
        self.daemon.start()
        for job in jobs.values():
            self.assertEqual(self.job(job)["status"], "running")
            self.call(200, job, "heartbeat", "crane", 1)
            self.assertEqual(self.call(200, job, "complete", "crane", 1, result={"output": "done"}), {"status": "ok"})
            self.assertEqual((self.job(job)["status"], self.job(job)["attempts"]), ("completed", 1))

    def test_a_stop_does_not_wait_for_workers_and_answers_those_who_wait(self):
        job = self.submit()
        self.claim("crane")
        waiting = self.claim_in_background("barge", status=503)
        self.eventually_waiting(1)
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(waiting()["error"], "shutting_down")
        self.daemon.start()
        self.assertEqual(self.job(job)["status"], "running")
        self.call(200, job, "complete", "crane", 1, result={})


class Example(WorkerCase):
    def start_workers(self, count):
        for number in range(count):
            url = f"http://127.0.0.1:{self.daemon.port}"
            worker = subprocess.Popen([sys.executable, "-B", EXAMPLE, url, f"worker-{number}", "paint", "weld"])
            self.addCleanup(worker.wait)
            self.addCleanup(worker.kill)

    def given(self, word, type="paint", seconds=0, **members):
        return self.submit(type=type, payload={"word": word, "seconds": seconds}, **members)

    def test_example_workers_run_a_diamond(self):
        start = self.given("keel")
        paths = [self.given(word, type="weld", dependencies=[start]) for word in (" port", " starboard")]
        last = self.given(" deck", dependencies=paths)
        self.start_workers(2)
        self.assertEqual(self.ended(last)["result"]["output"], "keel port+keel starboard deck")

    def test_an_example_worker_stops_what_is_cancelled_and_goes_on_with_the_next(self):
        slow = self.given("slow", seconds=600)
        self.start_workers(1)
        eventually(lambda: self.job(slow)["status"] == "running", 15, "not claimed")
        self.assertEqual(self.client.expect(200, "DELETE", f"/api/jobs/{slow}")["status"], "cancelled")
        self.assertEqual(self.job(slow)["error"], "user_requested", "it was stopped, not given up")
        without_word = self.submit(maxRetries=0)
        self.assertEqual(self.ended(without_word)["error"], "worker_failed: 'word'")

    def test_an_example_worker_outlives_the_daemon(self):
        job = self.given("mast", seconds=8)
        self.start_workers(1)
        eventually(lambda: self.job(job)["status"] == "running", 15, "not claimed")
        # Before its first heartbeat a worker may not know yet what it was given.
        begun = datetime.fromisoformat(self.job(job)["startedAt"]) + timedelta(seconds=1)
        eventually(lambda: datetime.fromisoformat(self.remote_workers()[0]["lastHeardAt"]) > begun, 15, "no heartbeat")
        self.daemon.kill()
        self.daemon.start()
        ended = self.ended(job)
        self.assertEqual((ended["status"], ended["attempts"]), ("completed", 1))


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
