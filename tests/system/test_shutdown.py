#!/usr/bin/env python3
"""Signals, service manager and a clean stop: what is told to whom, what is drained, what the next life finds."""

import os
import signal
import socket
import tempfile
import threading
import time
import unittest

from support.client import Client, eventually
from support.daemon import Daemon
from support.sse import EventStream
from support.work import sanitized
from support.ws import WebSocket

SLACK = 10.0 if sanitized() else 2.5
PATIENT = {"LANEKEEPER_DRAIN_MS": 20000, "LANEKEEPER_SETTLE_MS": 2000}
HASTY = {"LANEKEEPER_DRAIN_MS": 200, "LANEKEEPER_SETTLE_MS": 2000}


class Manager(threading.Thread):
    """A service manager that listens on a NOTIFY_SOCKET."""

    def __init__(self):
        super().__init__(daemon=True)
        self.folder = tempfile.TemporaryDirectory(prefix="lanekeeper-notify-")
        self.path = os.path.join(self.folder.name, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.said = []
        self.start()

    def run(self):
        while True:
            try:
                data = self.socket.recv(4096)
            except OSError:
                return
            self.said += [(time.monotonic(), line) for line in data.decode().splitlines()]

    def words(self):
        return [line for _, line in self.said]

    def close(self):
        self.socket.close()
        self.folder.cleanup()


def start_running(client, owner, **payload):
    job_id = client.enqueue("noop", owner, payload)["jobId"]
    eventually(lambda: client.job(job_id)["state"] == "running", what="the job does not start")
    return job_id


class ACleanStop(unittest.TestCase):
    def life(self, env=None):
        daemon = Daemon(env=env)
        self.addCleanup(daemon.close)
        return daemon.start()

    def test_sigterm_and_sigint_end_an_idle_daemon_at_once_with_status_0(self):
        for sig in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=sig.name):
                daemon = self.life()
                began = time.monotonic()
                self.assertEqual(daemon.stop(sig=sig), 0)
                self.assertLess(time.monotonic() - began, 1.5 + SLACK)
                self.assertIn('"event":"stopped"', daemon.log())

    def test_sockets_are_closed_with_1012_and_event_streams_end(self):
        daemon = self.life()
        sockets = [WebSocket(daemon.port) for _ in range(5)] + [WebSocket(daemon.port, thread="nobody")]
        stream = EventStream(daemon.port)
        for each in sockets:
            each.next_of("ready")
        stream.next()
        daemon.process.send_signal(signal.SIGTERM)
        self.assertEqual([each.wait_closed().code for each in sockets], [1012] * 6)
        with self.assertRaises(EOFError):
            stream.until(lambda message: False)
        self.assertEqual(daemon.stop(), 0)

    def test_the_service_manager_hears_ready_watchdog_and_stopping_in_this_order(self):
        manager = Manager()
        self.addCleanup(manager.close)
        daemon = Daemon(env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": 400000})
        self.addCleanup(daemon.close)
        daemon.start()
        eventually(lambda: manager.words().count("WATCHDOG=1") >= 3, what="no watchdog")
        self.assertEqual(daemon.stop(), 0)
        eventually(lambda: "STOPPING=1" in manager.words(), what="STOPPING was not said")
        words = manager.words()
        self.assertEqual(words.count("READY=1"), 1)
        self.assertEqual(words.count("STOPPING=1"), 1)
        self.assertEqual(words.index("EXTEND_TIMEOUT_USEC=60000000"), 0, "a start asks for the time that it needs")
        self.assertIn("WATCHDOG=1", words[words.index("READY=1"):words.index("STOPPING=1")])
        beats = [at for at, word in manager.said if word == "WATCHDOG=1"]
        gaps = [b - a for a, b in zip(beats, beats[1:])]
        self.assertLess(sorted(gaps)[len(gaps) // 2], 0.4, "twice in the time that is allowed")

    def test_ready_is_not_said_before_the_daemon_answers(self):
        manager = Manager()
        self.addCleanup(manager.close)
        daemon = Daemon(env={"NOTIFY_SOCKET": manager.path})
        self.addCleanup(daemon.close)
        daemon.start(wait=False)
        eventually(lambda: "READY=1" in manager.words(), 60 if sanitized() else 15)
        self.assertEqual(daemon.client.get("/readyz").status, 200)
        self.assertEqual(daemon.stop(), 0)

    def test_the_watchdog_of_another_process_is_left_alone(self):
        manager = Manager()
        self.addCleanup(manager.close)
        daemon = Daemon(env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": 100000, "WATCHDOG_PID": "1"})
        self.addCleanup(daemon.close)
        daemon.start()
        self.assertEqual(daemon.stop(), 0)
        self.assertNotIn("WATCHDOG=1", manager.words())

    def test_a_running_job_is_drained_while_new_ones_are_refused(self):
        daemon = self.life(PATIENT)
        # Connections that stand already; new ones find nobody who accepts.
        writer, reader = Client(daemon.port), Client(daemon.port)
        for client in (writer, reader):
            self.addCleanup(client.close)
            client.expect(200, "GET", "/api")
        stream = WebSocket(daemon.port)
        running = start_running(writer, "busy", sleepMs=4000, result={"done": True})
        waiting = writer.enqueue("noop", "busy", {"result": {"later": True}})["jobId"]
        daemon.process.send_signal(signal.SIGTERM)
        refused = eventually(lambda: self.refusal(writer), what="no refusal")
        self.assertEqual((refused.status, refused.json["code"]), (503, "shutting_down"))
        self.assertIn("retry-after", refused.headers)
        self.assertEqual(reader.get("/readyz").status, 503)
        self.assertEqual(reader.job(running)["state"], "running", "reads go on")
        heard = stream.until(lambda m: m["type"] == "orchestrator_job_completed")
        self.assertEqual(heard[-1]["payload"]["jobId"], running, "its end is told before the socket is closed")
        self.assertEqual(stream.wait_closed().code, 1012)
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        self.assertEqual(daemon.client.job(running)["result"], {"done": True})
        later = daemon.client.wait_job(waiting)
        self.assertEqual((later["state"], later["run"]), ("completed", 1), "what had not begun begins in the next life")
        self.assertEqual(daemon.stop(), 0)

    @staticmethod
    def refusal(client):
        reply = client.post("/api/orchestrator/jobs", {"type": "noop", "projectId": "late", "payload": {}})
        return reply if reply.status != 202 else None

    def test_whoever_waits_for_a_job_is_answered_at_once_and_holds_up_nothing(self):
        daemon = self.life(HASTY)
        chat = daemon.client.new_chat()["sessionId"]
        daemon.client.lane("still", "pause")
        daemon.client.lane(f"session:{chat}", "pause")
        queued = daemon.client.enqueue("noop", "still")["jobId"]
        running = start_running(daemon.client, "lane", sleepMs=60000, ignoreCancel=True)
        asks = [("GET", f"/api/orchestrator/jobs/{queued}?wait=30s", None), ("GET", f"/api/orchestrator/jobs/{running}?wait=30s", None),
                ("POST", f"/api/sessions/{chat}/suggested-reply", {"draft": "yes"})]
        replies, ended = {}, {}

        def ask(verb, path, body):
            client = Client(daemon.port)
            replies[path] = client.request(verb, path, body)
            ended[path] = time.monotonic()
            client.close()

        threads = [threading.Thread(target=ask, args=each, daemon=True) for each in asks]
        for each in threads:
            each.start()
        time.sleep(0.5)
        self.assertEqual(replies, {}, "they wait")
        began = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        for each in threads:
            each.join(20)
        self.assertEqual([replies[path].status for _, path, _ in asks], [200, 200, 202])
        self.assertEqual([replies[path].json["job"]["state"] for _, path, _ in asks[:2]], ["queued", "running"])
        self.assertEqual(replies[asks[2][1]].json["status"], "queued")
        self.assertLess(max(ended.values()) - began, SLACK / 2)
        self.assertEqual(daemon.stop(), 0)
        self.assertNotIn("connections cut at stop", daemon.log())

    def test_a_job_that_ends_when_asked_is_queued_again_with_its_attempt_given_back(self):
        daemon = self.life(HASTY)
        job_id = start_running(daemon.client, "lane", sleepMs=60000)
        daemon.client.lane("lane", "pause")
        began = time.monotonic()
        self.assertEqual(daemon.stop(), 0)
        self.assertLess(time.monotonic() - began, 1.0 + SLACK, "the settle window is not spent on those who listen")
        self.assertNotIn("forced shutdown", daemon.log())
        daemon.start()
        job = daemon.client.job(job_id)
        self.assertEqual((job["state"], job["attempts"], job["run"]), ("queued", 0, 1))
        self.assertTrue(job["error"].startswith("shutdown"), job["error"])
        self.assertEqual(job["runningContext"], {"threadId": None, "turnId": None})
        self.assertEqual(daemon.stop(), 0)

    def test_a_job_whose_type_or_payload_says_cancel_is_canceled_with_reason_shutdown(self):
        daemon = self.life(HASTY)
        job_id = start_running(daemon.client, "lane", sleepMs=60000, onShutdown="cancel")
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        job = daemon.client.job(job_id)
        self.assertEqual((job["state"], job["error"], job["cancelReason"]), ("canceled", "shutdown", "shutdown"))
        self.assertEqual(daemon.stop(), 0)

    def test_attempts_given_back_by_stops_never_run_out_and_runs_are_never_used_twice(self):
        daemon = self.life({**HASTY, "ORCHESTRATOR_QUEUE_MAX_ATTEMPTS": 1})
        job_id = daemon.client.enqueue("noop", "lane", {"sleepMs": 3000, "result": {"n": 1}})["jobId"]
        for life in (1, 2, 3):
            eventually(lambda: daemon.client.job(job_id)["state"] == "running")
            self.assertEqual(daemon.client.job(job_id)["run"], life)
            self.assertEqual(daemon.stop(), 0)
            daemon.start()
        ended = daemon.client.wait_job(job_id)
        self.assertEqual((ended["state"], ended["run"], ended["attempts"]), ("completed", 4, 1))
        self.assertEqual(daemon.stop(), 0)

    def test_many_lanes_stop_together_within_one_bound(self):
        daemon = self.life({**HASTY, "ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY": 10})
        jobs = [daemon.client.enqueue("noop", f"lane-{n}", {"sleepMs": 60000, "priority": "interactive"})["jobId"] for n in range(10)]
        for job_id in jobs:
            eventually(lambda: daemon.client.job(job_id)["state"] == "running")
        began = time.monotonic()
        self.assertEqual(daemon.stop(), 0)
        self.assertLess(time.monotonic() - began, 1.5 + SLACK)
        daemon.start()
        for job_id in jobs:
            eventually(lambda: daemon.client.job(job_id)["state"] == "running", what="it does not go on")
        self.assertEqual({daemon.client.job(job_id)["attempts"] for job_id in jobs}, {1})
        self.assertEqual(daemon.stop(), 0)

    def test_a_second_daemon_on_the_same_data_directory_is_refused_and_does_no_harm(self):
        daemon = self.life()
        job_id = daemon.client.enqueue("noop", "lane", {})["jobId"]
        second = Daemon(data_dir=daemon.data_dir)
        second.log_path = daemon.log_path + "-second"
        with self.assertRaises(RuntimeError) as refused:
            second.start()
        self.assertNotEqual(second.process.returncode, 0)
        self.assertIn("ended with", str(refused.exception))
        self.assertEqual(daemon.client.wait_job(job_id)["state"], "completed")
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
