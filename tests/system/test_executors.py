#!/usr/bin/env python3
"""Executors of an administrator: commands and URLs that run jobs, on the real daemon."""

import json
import os
import shutil
import tempfile
import unittest

from support.client import eventually
from support.daemon import Daemon, free_port
from support.peer import Peer

ENDED = ("completed", "failed", "cancelled", "expired")

# The first run says that it is there and stays; a later one ends at once.
STAYS_ONCE = """
import os, sys, time
run = os.environ["LANEKEEPER_RUN"]
with open(sys.argv[1], "a") as file:
    print(run, os.getpid(), file=file, flush=True)
if run == "1":
    time.sleep(1000)
print("done in run", run)
"""


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


class ExecutorsTest(unittest.TestCase):
    env = {"JOB_RETRY_DELAY": "0"}

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="lanekeeper-executors-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        file = os.path.join(self.folder, "executors.json")
        with open(file, "w", encoding="utf-8") as out:
            json.dump(self.declared(), out)
        self.daemon = Daemon(env={**self.env, "LANEKEEPER_EXECUTORS_FILE": file, "FOO": "bar", "OPENAI_API_KEY": "sk-secret"}).start()
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.client

    def path(self, name):
        return os.path.join(self.folder, name)

    def numbers(self, name):
        """Of each line that a command has written there."""
        if not os.path.exists(self.path(name)):
            return []
        with open(self.path(name), encoding="utf-8") as file:
            return [tuple(map(int, line.split())) for line in file if line.endswith("\n")]

    def declared(self):
        return {}

    def submit(self, executor, status=201, **members):
        reply = self.client.expect(status, "POST", "/api/jobs", {"type": "anything", "executor": executor, **members})
        return reply["jobId"] if status == 201 else reply

    def job(self, job_id):
        return self.client.expect(200, "GET", f"/api/jobs/{job_id}")

    def ended(self, job_id):
        job = self.client.expect(200, "GET", f"/api/jobs/{job_id}?wait=60s")
        self.assertIn(job["status"], ENDED)
        return job

    def run_job(self, executor, **members):
        return self.ended(self.submit(executor, **members))

    def completed(self, executor, **members):
        job = self.run_job(executor, **members)
        self.assertEqual(job["status"], "completed", job)
        return job

    def failed(self, executor, error, attempts, **members):
        job = self.run_job(executor, **members)
        self.assertEqual((job["status"], job["attempts"]), ("failed", attempts), job)
        self.assertIn(error, job["error"])
        return job


class Commands(ExecutorsTest):
    def declared(self):
        def sh(script, **limits):
            return {"kind": "exec", "argv": ["sh", "-c", script, "sh", self.folder], **limits}
        return {
            "echo": {"kind": "exec", "argv": ["cat"]},
            "words": sh("echo some words"),
            "env": {"kind": "exec", "argv": ["/usr/bin/env"]},
            "fails": sh("echo why >&2; exit 3"),
            "hopeless": sh("exit 100"),
            "flood": sh("yes", maxOutputBytes=1000),
            "late": sh("sleep 1000", timeoutMs=200),
            "family": sh('sleep 1000 & echo $! > "$1/child"; wait'),
            "missing": {"kind": "exec", "argv": ["/nowhere/program"]},
            "once": {"kind": "exec", "argv": ["python3", "-c", STAYS_ONCE, self.path("runs")]},
        }

    def test_a_job_is_given_to_a_command_and_what_it_says_is_the_result(self):
        job = self.completed("echo", prompt="go", payload={"n": 1}, metadata={"m": 2})
        self.assertEqual(job["result"], {"jobId": job["jobId"], "type": "anything", "run": 1, "attempt": 1, "prompt": "go",
                                         "payload": {"n": 1, "prompt": "go"}, "metadata": {"m": 2}})
        self.assertIsNone(job["tokenUsage"])
        self.assertEqual(self.completed("words")["result"], {"output": "some words"})

    def test_a_lane_gives_its_jobs_to_commands_too(self):
        job = self.completed("words", projectId="p1")
        self.assertEqual(job["projectId"], "p1")

    def test_a_command_sees_no_secret_of_the_daemon(self):
        said = self.completed("env")["result"]["output"]
        names = {line.partition("=")[0] for line in said.splitlines()}
        self.assertLessEqual(names, {"PATH", "HOME", "LANG", "TZ", "TMPDIR", "LANEKEEPER_JOB_ID", "LANEKEEPER_RUN"})
        self.assertIn("PATH", names)
        self.assertNotIn("sk-secret", said)

    def test_results_of_dependencies_arrive(self):
        first = self.submit("words")
        second = self.submit("echo", dependencies=[first])
        job = self.ended(second)
        expected = {first: {"output": "some words", "status": "completed"}}
        self.assertEqual(job["result"]["dependencyResults"], expected)
        self.assertEqual(job["dependencyResults"], expected)

    def test_commands_that_fail_say_how(self):
        self.failed("fails", "exec_failed: exit 3: why", 2, maxRetries=1)
        self.failed("hopeless", "exec_failed: exit 100", 1)
        self.failed("flood", "output_too_large", 1)
        self.failed("missing", "exec_not_started: /nowhere/program", 1)
        self.failed("late", "timeout", 2, maxRetries=1)
        self.assertNotIn("why", self.daemon.log(), "what commands complain of is theirs")

    def test_a_cancel_ends_a_command_and_its_children(self):
        job = self.submit("family")
        eventually(lambda: self.numbers("child"), 30, "never ran")
        (child,), = self.numbers("child")
        self.assertTrue(alive(child))
        self.assertEqual(self.client.expect(200, "DELETE", f"/api/jobs/{job}")["status"], "cancelled")
        self.assertEqual(self.job(job)["status"], "cancelled")
        eventually(lambda: not alive(child), 30, "the child of the command lives on")

    def test_an_executor_that_is_not_there_is_refused(self):
        self.assertIn("executor", json.dumps(self.submit("nobody", status=400)))

    def test_metrics_name_the_executor(self):
        self.completed("words")
        self.assertIn('type="words"', self.client.get("/metrics").text)

    def test_a_daemon_that_is_killed_takes_the_command_along_and_runs_the_job_again(self):
        job = self.submit("once")
        eventually(lambda: self.numbers("runs"), 30, "never ran")
        self.daemon.kill()
        (run, pid), = self.numbers("runs")
        eventually(lambda: not alive(pid), 30, "the command outlived the daemon")
        self.daemon.start()
        ended = self.ended(job)
        self.assertEqual(ended["status"], "completed", ended)
        self.assertEqual(ended["result"], {"output": "done in run 2"})
        self.assertEqual([run for run, _ in self.numbers("runs")], [1, 2])

    def test_a_clean_stop_ends_the_command_and_the_next_life_runs_the_job(self):
        self.daemon.extra.update(LANEKEEPER_DRAIN_MS="0")
        self.daemon.restart()
        job = self.submit("once")
        eventually(lambda: self.numbers("runs"), 30, "never ran")
        self.assertEqual(self.daemon.stop(), 0)
        self.assertFalse(alive(self.numbers("runs")[0][1]))
        self.daemon.start()
        ended = self.ended(job)
        self.assertEqual((ended["status"], ended["attempts"]), ("completed", 1))
        self.assertEqual([run for run, _ in self.numbers("runs")], [1, 2])


class Urls(ExecutorsTest):
    def setUp(self):
        self.peer = Peer()
        self.addCleanup(self.peer.close)
        super().setUp()

    def declared(self):
        paths = ("echo", "text", "slow", "huge", "promised", "cut", "garbage", "away", "here", "circle", "missing", "busy", "weak")
        declared = {path: {"kind": "http", "url": self.peer.url(path), "maxResponseBytes": 100_000} for path in paths}
        declared["late"] = {"kind": "http", "url": self.peer.url("slow"), "timeoutMs": 200}
        declared["refused"] = {"kind": "http", "url": f"http://127.0.0.1:{free_port()}/"}
        declared["named"] = {"kind": "http", "url": f"http://localhost:{self.peer.port}/text"}
        declared["unknown"] = {"kind": "http", "url": "http://no-such-host.invalid/"}
        return declared

    def test_a_job_is_posted_and_the_answer_is_the_result(self):
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        job = self.completed("echo", prompt="go", payload={"n": 1}, metadata={"traceparent": trace})
        headers, order = job["result"]["headers"], job["result"]["order"]
        self.assertEqual(order, {"jobId": job["jobId"], "type": "anything", "run": 1, "attempt": 1, "prompt": "go",
                                 "payload": {"n": 1, "prompt": "go"}, "metadata": {"traceparent": trace}})
        self.assertEqual(headers["content-type"], "application/json")
        self.assertEqual(headers["idempotency-key"], job["jobId"] + ":1")
        self.assertEqual(headers["x-lanekeeper-job-id"], job["jobId"])
        self.assertEqual(headers["traceparent"], trace)
        self.assertEqual(headers["host"], f"127.0.0.1:{self.peer.port}")
        self.assertEqual(self.completed("text", projectId="p1")["result"], {"output": "plain w\u00f6rds"})

    def test_a_host_has_a_name_and_may_have_several_addresses(self):
        self.assertEqual(self.completed("named")["result"], {"output": "plain w\u00f6rds"})

    def test_results_of_dependencies_arrive(self):
        first = self.submit("text")
        job = self.ended(self.submit("echo", dependencies=[first]))
        self.assertEqual(job["result"]["order"]["dependencyResults"],
                         {first: {"output": "plain w\u00f6rds", "status": "completed"}})

    def test_a_peer_that_is_not_there_or_says_nothing_that_is_http_is_tried_again(self):
        self.failed("refused", "http_failed: cannot connect", 2, maxRetries=1)
        self.failed("unknown", "http_failed: the host is not found", 1, maxRetries=0)
        self.failed("garbage", "http_failed: ", 2, maxRetries=1)
        self.failed("cut", "http_failed: ", 1, maxRetries=0)
        self.failed("late", "timeout", 2, maxRetries=1)
        self.assertEqual(self.peer.times("garbage"), 2)

    def test_a_peer_that_says_too_much_is_not_listened_to(self):
        self.failed("huge", "response_too_large", 1)
        self.assertTrue(self.peer.hung_up.wait(30))
        self.failed("promised", "response_too_large", 1)

    def test_redirects_are_followed_where_they_stay(self):
        self.assertEqual(self.completed("here")["result"]["order"]["attempt"], 1)
        self.failed("away", "http_redirect_refused", 1)
        self.failed("circle", "http_redirect_refused", 1)
        self.assertEqual(self.peer.times("circle"), 4)

    def test_what_a_status_means(self):
        self.failed("missing", "http_status: 404 Not Found: no such thing", 1)
        job = self.completed("weak")
        self.assertEqual((job["attempts"], job["tokenUsage"]), (2, {"input": 3, "output": 4}))

    def test_a_busy_peer_is_asked_again_when_it_said_and_no_attempt_is_spent(self):
        job = self.completed("busy")
        self.assertEqual(job["result"], {"output": 7})
        self.assertEqual(job["attempts"], 1)
        self.assertEqual([asked[3]["run"] for asked in self.peer.asked], [1, 2, 3])

    def test_a_cancel_hangs_up(self):
        job = self.submit("slow")
        eventually(lambda: self.peer.times("slow"), 30, "never asked")
        self.assertEqual(self.client.expect(200, "DELETE", f"/api/jobs/{job}")["status"], "cancelled")
        self.assertTrue(self.peer.hung_up.wait(30), "the connection is still there")
        self.assertEqual(self.job(job)["status"], "cancelled")

    def test_a_stop_hangs_up_and_the_job_waits(self):
        self.daemon.extra.update(LANEKEEPER_DRAIN_MS="0")
        self.daemon.restart()
        job = self.submit("slow")
        eventually(lambda: self.peer.times("slow"), 30, "never asked")
        self.assertEqual(self.daemon.stop(), 0)
        self.assertTrue(self.peer.hung_up.wait(30))
        self.daemon.start()
        eventually(lambda: self.peer.times("slow") == 2, 30, "not asked again")
        self.assertEqual(self.job(job)["attempts"], 1)


if __name__ == "__main__":
    unittest.main()
