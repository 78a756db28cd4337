#!/usr/bin/env python3
"""The same for workers on a WebSocket: calls are answered by id, and claims wait beside everything else."""

import unittest

from support.client import Raw, eventually
from support.worker_case import WorkerCase
from support.ws import WebSocket


class Sockets(WorkerCase):
    def connect(self):
        socket = WebSocket(self.daemon.port, thread="nobody")
        self.addCleanup(socket.close)
        self.assertEqual(socket.next()["type"], "ready")
        return socket

    @staticmethod
    def send(socket, what, number, **members):
        socket.send({"type": f"worker.{what}", "id": number, "workerId": "crane", **members})

    def ask(self, socket, what, number, **members):
        self.send(socket, what, number, **members)
        answer = socket.next()
        self.assertEqual((answer.pop("type"), answer.pop("id")), (f"worker.{what}", number))
        return answer

    def test_a_job_is_claimed_held_and_completed_over_a_socket(self):
        job = self.submit(payload={"size": "x" * 300_000})
        socket = self.connect()
        claimed = self.ask(socket, "claim", "c-1", types=["paint"])
        self.assertTrue(claimed["ok"])
        self.assertEqual((claimed["job"]["jobId"], claimed["run"]), (job, 1))
        self.assertEqual(len(claimed["job"]["payload"]["size"]), 300_000)
        lease = self.ask(socket, "heartbeat", 2, jobId=job, run=1)
        self.assertEqual((lease["ok"], lease["cancelRequested"]), (True, False))
        self.assertEqual(self.ask(socket, "progress", 3, jobId=job, run=1, progress=50), {"ok": True, "status": "ok"})
        done = {"ok": True, "status": "ok"}
        self.assertEqual(self.ask(socket, "complete", 4, jobId=job, run=1, result={"output": 1}), done)
        self.assertEqual(self.ask(socket, "complete", 5, jobId=job, run=1, result={"output": 1}), done)
        other = self.ask(socket, "complete", "5b", jobId=job, run=1, result={"output": 2})
        self.assertEqual((other["ok"], other["error"]), (False, "stale_run"))
        self.assertEqual(self.job(job)["result"], {"output": 1})
        other = self.submit()
        self.assertEqual(self.ask(socket, "claim", 6, types=["paint"])["job"]["jobId"], other)
        failed = self.ask(socket, "fail", 7, jobId=other, run=1, error="broken", retryable=False)
        self.assertEqual(failed, {"ok": True, "status": "ok", "willRetry": False})

    def test_a_claim_that_waits_holds_up_nothing_and_is_answered_by_its_id(self):
        socket = self.connect()
        self.send(socket, "claim", 1, types=["paint"], wait=60)
        self.send(socket, "claim", 2, types=["weld"], wait=60)
        self.send(socket, "claim", 3, types=["weld"], wait=1)
        socket.send({"type": "ping"})
        self.assertEqual(socket.next(), {"type": "pong"})
        self.assertEqual(socket.next(), {"type": "worker.claim", "id": 3, "ok": True, "job": None})
        weld = self.submit(type="weld")
        answer = socket.next()
        self.assertEqual((answer["id"], answer["job"]["jobId"]), (2, weld))
        paint = self.submit()
        answer = socket.next()
        self.assertEqual((answer["id"], answer["job"]["jobId"]), (1, paint))

    def test_claims_are_withdrawn_when_the_socket_closes(self):
        for how in ("closed", "cut"):
            with self.subTest(how):
                socket = self.connect()
                for number in range(3):
                    self.send(socket, "claim", number, types=["paint"], wait=60)
                self.eventually_waiting(3)
                if how == "closed":
                    socket.close()
                else:
                    socket.socket.close()
                self.eventually_waiting(0)
        job = self.submit()
        claimed = self.claim("barge")
        self.assertEqual((claimed["job"]["jobId"], claimed["run"]), (job, 1))

    def test_a_run_is_held_through_the_loss_of_a_socket(self):
        job = self.submit()
        first = self.connect()
        self.assertEqual(self.ask(first, "claim", 1, types=["paint"])["run"], 1)
        first.socket.close()
        second = self.connect()
        self.assertTrue(self.ask(second, "heartbeat", 1, jobId=job, run=1)["ok"])
        self.assertTrue(self.ask(second, "complete", 2, jobId=job, run=1, result={})["ok"])
        self.assertEqual(self.job(job)["status"], "completed")

    def test_a_worker_on_a_socket_hears_of_a_cancel(self):
        job = self.submit()
        socket = self.connect()
        self.ask(socket, "claim", 1, types=["paint"])
        raw = Raw(self.daemon.port)
        self.addCleanup(raw.close)
        raw.send(f"DELETE /api/jobs/{job} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        lease = eventually(lambda: (lambda said: said if said["cancelRequested"] else None)(
            self.ask(socket, "heartbeat", 2, jobId=job, run=1)), 10, "the worker is not told")
        self.assertEqual(lease["reason"], "user_requested")
        self.assertFalse(self.ask(socket, "fail", 3, jobId=job, run=1, error="stopped")["willRetry"])
        self.assertEqual(raw.read_reply().json["status"], "cancelled")

    def test_refusals_are_said_in_the_words_of_the_routes(self):
        job = self.submit()
        socket = self.connect()
        for number, (what, members, error) in enumerate([
                ("claim", {}, "invalid_request"),
                ("claim", {"types": []}, "invalid_request"),
                ("claim", {"types": ["paint"], "wait": 61}, "invalid_request"),
                ("claim", {"types": ["paint"], "leaseMs": 999}, "invalid_request"),
                ("heartbeat", {"run": 1}, "invalid_request"),
                ("heartbeat", {"jobId": job}, "invalid_request"),
                ("heartbeat", {"jobId": job, "run": 1}, "stale_run"),
                ("complete", {"jobId": "job_000000000000", "run": 1, "result": {}}, "not_found"),
                ("fail", {"jobId": job, "run": 1}, "invalid_request"),
                ("progress", {"jobId": job, "run": 1, "progress": "x" * 20_000}, "invalid_request")]):
            with self.subTest(what=what, members=members):
                answer = self.ask(socket, what, number, **members)
                self.assertEqual((answer["ok"], answer["error"]), (False, error))
        for wrong in (None, "", [1], 1.5):
            with self.subTest(id=wrong):
                answer = self.ask(socket, "claim", wrong, types=["paint"]) if wrong is None else self.unnamed(socket, wrong)
                self.assertEqual((answer["ok"], answer["error"]), (False, "invalid_request"))
        socket.send({"type": "worker.dance", "id": 1})
        self.assertEqual(socket.next()["type"], "error")
        self.assertEqual(self.job(job)["status"], "queued")

    def unnamed(self, socket, number):
        self.send(socket, "claim", number, types=["paint"])
        answer = socket.next()
        self.assertIsNone(answer["id"])
        return answer

    def test_only_so_many_claims_wait_on_one_socket(self):
        socket = self.connect()
        for number in range(17):
            self.send(socket, "claim", number, types=["paint"], wait=60)
        answer = socket.next()
        self.assertEqual((answer["id"], answer["error"], answer["details"]["scope"]), (16, "queue_full", "socket"))
        job = self.submit()
        answer = socket.next()
        self.assertEqual((answer["id"], answer["job"]["jobId"]), (0, job))

    def test_a_stop_answers_claims_that_wait(self):
        socket = self.connect()
        self.send(socket, "claim", 1, types=["paint"], wait=60)
        self.eventually_waiting(1)
        self.assertEqual(self.daemon.stop(), 0)
        answer = socket.next()
        self.assertEqual((answer["id"], answer["error"]), (1, "shutting_down"))
        self.assertEqual(socket.wait_closed().code, 1012)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
