#!/usr/bin/env python3
"""HTTP as a whole: identifiers, CORS, idempotency, long polls, limits of connections and files."""

import resource
import socket
import threading
import time
import unittest

from support.client import Client, Raw, eventually
from support.daemon import Daemon
from support.ws import WebSocket

UI = "https://ui.example"


class HttpTest(unittest.TestCase):
    env = {}

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(env={"LOG_LEVEL": "debug", "LANEKEEPER_ALLOWED_ORIGINS": UI, **cls.env})
        cls.addClassCleanup(cls.daemon.close)
        cls.daemon.start()
        cls.client = cls.daemon.client

    @classmethod
    def tearDownClass(cls):
        cls.client.close()


class Requests(HttpTest):
    def test_head_is_get_without_the_body(self):
        full, head = self.client.get("/api"), self.client.request("HEAD", "/api")
        self.assertEqual((head.status, head.body), (200, b""))
        for name in ("content-length", "content-type"):
            self.assertEqual(head.headers[name], full.headers[name])

    def test_a_request_id_is_echoed_or_made(self):
        echoed = self.client.get("/api", headers={"X-Request-Id": "mine-1"})
        self.assertEqual(echoed.headers["x-request-id"], "mine-1")
        made = {self.client.get("/api").headers["x-request-id"] for _ in range(5)}
        self.assertEqual(len(made), 5)
        for bad in ("x" * 200, "a b", 'a"b'):
            self.assertNotEqual(self.client.get("/api", headers={"X-Request-Id": bad}).headers["x-request-id"], bad)

    def test_a_trace_is_carried_into_the_log(self):
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        self.client.get("/api", headers={"traceparent": trace})
        eventually(lambda: trace in self.daemon.log(), what="the trace is not in the log")


    def test_connections_are_kept_over_refusals_and_closed_when_asked(self):
        with Raw(self.daemon.port) as raw:
            for line, status in (("GET /api", 200), ("GET /nope", 404), ("POST /api", 405), ("GET /api/orchestrator/lanes?limit=x", 400)):
                raw.send(f"{line} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                self.assertEqual(raw.read_reply().status, status)
            raw.send(b"GET /api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            self.assertEqual(raw.read_reply().headers["connection"], "close")
            self.assertTrue(raw.closed())

    def test_http_1_0_closes_unless_asked_to_stay(self):
        with Raw(self.daemon.port) as raw:
            raw.send(b"GET /api HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n")
            self.assertEqual(raw.read_reply().headers["connection"], "keep-alive")
            raw.send(b"GET /api HTTP/1.0\r\nHost: localhost\r\n\r\n")
            self.assertEqual(raw.read_reply().status, 200)
            self.assertTrue(raw.closed())

    def test_every_answer_says_what_it_is(self):
        self.assertEqual(self.client.get("/api").headers["content-type"], "application/json; charset=utf-8")
        self.assertTrue(self.client.get("/metrics").headers["content-type"].startswith("text/plain; version=0.0.4"))
        self.assertEqual(self.client.get("/api").headers["x-content-type-options"], "nosniff")

    def test_a_pass_through_that_the_runtime_lacks_is_501_with_its_name(self):
        for verb, path in (("GET", "/api/models"), ("GET", "/api/account/rate-limits"), ("POST", "/api/mcp/reload")):
            refused = self.client.expect(501, verb, path)
            self.assertEqual(refused["code"], "method_not_supported")
            self.assertTrue(refused["details"]["method"])
        chat = self.client.new_chat()["sessionId"]
        refused = self.client.expect(501, "POST", f"/api/sessions/{chat}/review")
        self.assertEqual(refused["details"], {"method": "review/start", "sessionId": chat})
        refused = self.client.expect(501, "POST", f"/api/sessions/{chat}/compact")
        self.assertEqual(refused["details"], {"method": "thread/compact/start", "sessionId": chat})

    def test_health_and_capabilities_have_their_members(self):
        health = self.client.expect(200, "GET", "/api/health")
        self.assertEqual(health["status"], "ok")
        for member in ("service", "codex", "runtime", "orchestratorQueue", "store", "auth", "timestamp"):
            self.assertIn(member, health)
        for member in ("enabled", "queued", "running", "completed", "failed", "canceled", "projects", "paused"):
            self.assertIn(member, health["orchestratorQueue"])
        capabilities = self.client.expect(200, "GET", "/api/capabilities")
        self.assertTrue(set(capabilities["methods"].values()) <= {"available", "disabled", "unknown"})
        passed_on = ("account/read", "account/rateLimits/read", "app/list", "collaborationMode/list", "config/mcpServer/reload",
                     "config/read", "configRequirements/read", "experimentalFeature/list", "mcpServerStatus/list", "model/list",
                     "review/start", "skills/list", "thread/backgroundTerminals/clean", "thread/compact/start")
        self.assertEqual({capabilities["methods"][method] for method in passed_on}, {"disabled"})


class Cors(HttpTest):
    def test_an_allowed_origin_gets_the_usual_headers_and_others_none(self):
        reply = self.client.get("/api", headers={"Origin": UI})
        self.assertEqual((reply.status, reply.headers["access-control-allow-origin"]), (200, UI))
        own = f"http://127.0.0.1:{self.daemon.port}"
        self.assertEqual(self.client.get("/api", headers={"Origin": own}).headers["access-control-allow-origin"], own)
        self.assertNotIn("access-control-allow-origin", self.client.get("/api").headers)
        foreign = self.client.get("/api", headers={"Origin": "https://evil.example"})
        self.assertEqual(foreign.status, 403)
        self.assertNotIn("access-control-allow-origin", foreign.headers)

    def test_a_preflight_is_answered_for_known_paths(self):
        reply = self.client.request("OPTIONS", "/api/orchestrator/jobs", headers={
            "Origin": UI, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type, idempotency-key"})
        self.assertEqual((reply.status, reply.body), (204, b""))
        self.assertEqual(reply.headers["access-control-allow-origin"], UI)
        self.assertIn("POST", reply.headers["access-control-allow-methods"])
        self.assertEqual(reply.headers["access-control-allow-headers"], "content-type, idempotency-key")
        self.assertEqual(self.client.request("OPTIONS", "/nope", headers={"Origin": UI}).status, 404)
        self.assertEqual(self.client.request("OPTIONS", "/api/health").headers["allow"], "GET, HEAD, OPTIONS")

    def test_errors_carry_the_headers_too(self):
        reply = self.client.get("/nope", headers={"Origin": UI})
        self.assertEqual((reply.status, reply.headers["access-control-allow-origin"]), (404, UI))

    def test_streams_obey_the_same_rule(self):
        with WebSocket(self.daemon.port, headers=[("Origin", UI)]) as allowed:
            self.assertEqual(allowed.next()["type"], "ready")
        with Raw(self.daemon.port) as raw:
            raw.send(f"GET /api/events HTTP/1.1\r\nHost: localhost\r\nOrigin: {UI}\r\n\r\n".encode())
            head = raw.socket.recv(4096).decode()
            self.assertIn(f"Access-Control-Allow-Origin: {UI}", head)


class Idempotency(HttpTest):
    def create(self, name, key, client=None):
        return (client or self.client).post("/api/projects", {"name": name}, headers={"Idempotency-Key": key})

    def test_the_same_key_and_body_get_the_same_answer_again(self):
        first = self.create("once", "k1")
        self.assertEqual(first.status, 200)
        for _ in range(3):
            again = self.create("once", "k1")
            self.assertEqual((again.status, again.json), (200, first.json))
        self.assertEqual(self.create("once", "k2").status, 409, "another key is another request")
        self.assertEqual(self.create("something else", "k1").status, 422)
        self.assertEqual(self.create("something else", "k1").json["code"], "idempotency_mismatch")

    def test_a_refused_request_may_be_corrected_under_its_key(self):
        self.assertEqual(self.create("", "k3").status, 400)
        self.assertEqual(self.create("corrected", "k3").status, 200)

    def test_keys_of_different_routes_are_different_keys(self):
        self.assertEqual(self.create("routes", "k4").status, 200)
        body = {"type": "noop", "projectId": "p", "payload": {}}
        self.assertEqual(self.client.post("/api/orchestrator/jobs", body, headers={"Idempotency-Key": "k4"}).status, 202)

    def test_twenty_at_once_are_one(self):
        answers = []

        def click():
            client = Client(self.daemon.port)
            answers.append(self.create("crowd", "k5", client))
            client.close()

        threads = [threading.Thread(target=click) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual(len({answer.json["project"]["projectId"] for answer in answers}), 1)

    def test_the_answer_survives_a_restart(self):
        with Daemon() as daemon:
            project = self.create("kept", "k6", daemon.client).json
            job = daemon.client.enqueue("noop", "p", headers={"Idempotency-Key": "k7"})
            daemon.client.close()
            daemon.restart()
            self.assertEqual(self.create("kept", "k6", daemon.client).json, project)
            self.assertEqual(daemon.client.enqueue("noop", "p", headers={"Idempotency-Key": "k7"}), job)
            daemon.client.close()


class LongPolls(HttpTest):
    def test_a_wait_ends_with_the_job(self):
        job = self.client.enqueue("noop", "lane", {"sleepMs": 300})["jobId"]
        began = time.monotonic()
        done = self.client.expect(200, "GET", f"/api/orchestrator/jobs/{job}?wait=20s")["job"]
        self.assertEqual(done["state"], "completed")
        self.assertLess(time.monotonic() - began, 5)

    def test_a_wait_that_runs_out_shows_the_job_as_it_is(self):
        self.client.lane("stuck", "pause")
        job = self.client.enqueue("noop", "stuck")["jobId"]
        began = time.monotonic()
        self.assertEqual(self.client.expect(200, "GET", f"/api/orchestrator/jobs/{job}?wait=300ms")["job"]["state"], "queued")
        self.assertGreaterEqual(time.monotonic() - began, 0.3)

    def test_a_cancel_that_waits_answers_with_the_end(self):
        job = self.client.enqueue("noop", "slow", {"sleepMs": 60_000})["jobId"]
        eventually(lambda: self.client.job(job)["state"] == "running")
        ended = self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job}/cancel?wait=true")["job"]
        self.assertEqual(ended["state"], "canceled")
        again = self.client.expect(409, "POST", f"/api/orchestrator/jobs/{job}/cancel")
        self.assertEqual((again["status"], again["code"], again["job"]["state"]), ("already_terminal", "job_conflict", "canceled"))

    def test_a_stop_does_not_wait_for_who_waits(self):
        with Daemon() as daemon:
            daemon.client.lane("stuck", "pause")
            job = daemon.client.enqueue("noop", "stuck")["jobId"]
            with Raw(daemon.port) as raw:
                raw.send(f"GET /api/orchestrator/jobs/{job}?wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                time.sleep(0.3)
                began = time.monotonic()
                daemon.client.close()
                self.assertEqual(daemon.stop(), 0)
                self.assertLess(time.monotonic() - began, 5)


class Limits(unittest.TestCase):
    def test_connections_over_the_limit_are_refused_until_others_end(self):
        with Daemon(env={"LANEKEEPER_MAX_CONNECTIONS": 20, "LANEKEEPER_MAX_CONNECTIONS_PER_ADDRESS": 20}) as daemon:
            crowd = [Raw(daemon.port) for _ in range(20)]
            for raw in crowd:
                raw.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertEqual(raw.read_reply().status, 200)
            with Raw(daemon.port) as late:
                late.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                reply = late.read_reply()
                self.assertTrue(reply is None or reply.status == 503)
                self.assertTrue(late.closed())
            for raw in crowd:
                raw.close()
            eventually(lambda: served(daemon.port), what="nobody is served after the crowd has gone")

    def test_running_out_of_files_is_survived(self):
        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

        with Daemon(preexec=few_files) as daemon:
            crowd = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(100)]
            time.sleep(0.5)
            self.assertTrue(daemon.alive())
            for one in crowd:
                one.close()
            eventually(lambda: served(daemon.port), what="nobody is served when there are files again")
            self.assertLess(daemon.log().count("cannot accept connections"), 5, "the log is flooded")

    def test_other_than_loopback_is_refused_at_start(self):
        for host in ("0.0.0.0", "192.0.2.1", "::", "example.com"):
            with self.subTest(host):
                daemon = Daemon(env={"HOST": host})
                self.addCleanup(daemon.close)
                daemon.start(wait=False)
                self.assertNotEqual(daemon.process.wait(20), 0)
                self.assertIn("HOST", daemon.log())

    def test_a_port_that_is_taken_is_named(self):
        with Daemon() as first:
            second = Daemon(port=first.port)
            self.addCleanup(second.close)
            second.start(wait=False)
            self.assertNotEqual(second.process.wait(20), 0)
            self.assertIn(str(first.port), second.log())

    def test_a_queue_that_is_off_is_503_with_the_old_code(self):
        with Daemon(env={"ORCHESTRATOR_QUEUE_ENABLED": "false"}) as daemon:
            reply = daemon.client.post("/api/orchestrator/jobs", {"type": "noop", "projectId": "p", "payload": {}})
            self.assertEqual((reply.status, reply.json["code"], reply.json["legacyCode"]), (503, "queue_disabled", "job_conflict"))
            self.assertIn("retry-after", reply.headers)
            health = daemon.client.expect(200, "GET", "/api/health")
            self.assertEqual((health["orchestratorQueue"], health["status"]), ({"enabled": False}, "ok"))
            ready = daemon.client.get("/readyz")
            self.assertEqual((ready.status, ready.json["code"]), (503, "queue_disabled"), "it takes no work")
            daemon.client.close()


def served(port):
    client = Client(port, timeout=2)
    try:
        return client.get("/healthz").status == 200
    except OSError:
        return False
    finally:
        client.close()


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
