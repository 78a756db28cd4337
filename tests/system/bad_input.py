#!/usr/bin/env python3
"""Malformed requests and frames, each with its documented answer (api.md 1 and 7); after each one the daemon serves the
next client. The cases are in support/malformed.py, refused.py and broken_frames.py."""

import threading
import time
import unittest

from support.broken_frames import COMMANDS, FRAMES, UPGRADES
from support.client import Client, Raw
from support.daemon import Daemon
from support.malformed import GOOD, JOBS, JSON, KIB, MIB, PLAIN, TRUNCATED, chunked, get, head, post
from support.refused import REFUSED
from support.ws import CONTINUATION, PING, PONG, TEXT, WebSocket, frame


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.close)
        cls.daemon.start()
        cls.port = cls.daemon.port

    def still_serves(self):
        self.assertTrue(self.daemon.alive(), "the daemon has died:\n" + self.daemon.log_tail())
        client = Client(self.port, timeout=10)
        self.assertEqual(client.get("/healthz").status, 200, "the next client is not served")
        client.close()

    def test_there_are_enough_cases(self):
        total = sum(map(len, (PLAIN, TRUNCATED, REFUSED, UPGRADES, FRAMES, COMMANDS)))
        self.assertGreaterEqual(total, 100)
        print(f"{total} cases")

    def test_what_is_no_http_gets_a_plain_answer_and_the_end_of_the_connection(self):
        for name, data, status in PLAIN:
            with self.subTest(name), Raw(self.port) as raw:
                raw.send(data)
                reply = raw.read_reply()
                self.assertIsNotNone(reply, "no answer")
                self.assertEqual(reply.status, status, reply.text)
                self.assertTrue(reply.headers["content-type"].startswith("text/plain"))
                self.assertEqual(reply.headers["connection"], "close")
                self.assertTrue(raw.closed(), "the connection stays open, or more than one answer came")
                self.still_serves()

    def test_what_is_cut_off_is_refused(self):
        for name, data, status in TRUNCATED:
            with self.subTest(name), Raw(self.port) as raw:
                raw.send(data)
                raw.finish_sending()
                reply = raw.read_reply()
                self.assertIsNotNone(reply, "no answer")
                self.assertEqual(reply.status, status, reply.text)
                self.assertTrue(raw.closed())
                self.still_serves()

    def test_a_connection_that_says_nothing_more_is_let_go(self):
        with Raw(self.port) as raw:
            raw.finish_sending()
            self.assertIsNone(raw.read_reply())
        self.still_serves()

    def test_what_is_wrong_in_proper_http_gets_its_code(self):
        for name, data, status, code in REFUSED:
            with self.subTest(name), Raw(self.port) as raw:
                raw.send(data)
                reply = raw.read_reply()
                self.assertIsNotNone(reply, "no answer")
                self.assertEqual(reply.status, status, reply.text)
                body = reply.json
                self.assertEqual(body["code"], code)
                self.assertEqual(reply.headers["content-type"], "application/json; charset=utf-8")
                self.assertTrue(reply.headers["x-request-id"])
                if code == "invalid_request":
                    self.assertIsInstance(body["issues"], list)
                if code == "invalid_json":
                    self.assertIsInstance(body["offset"], int)
                if status == 405:
                    self.assertIn("OPTIONS", reply.headers["allow"])
                if reply.headers.get("connection", "").lower() == "close":
                    self.assertIn(code, ("payload_too_large", "not_found"))
                    self.assertTrue(raw.closed())
                else:
                    raw.send(get("/healthz"))
                    self.assertEqual(raw.read_reply().status, 200, "the connection does not go on")
                self.still_serves()

    def test_upgrades_that_are_none_are_refused(self):
        for name, data, statuses in UPGRADES:
            with self.subTest(name), Raw(self.port) as raw:
                raw.send(data)
                reply = raw.read_reply(head_only="HEAD" in name)
                self.assertIsNotNone(reply, "no answer")
                self.assertIn(reply.status, statuses, reply.text)
                self.still_serves()

    def test_frames_that_break_the_protocol_close_the_socket_with_their_code(self):
        for name, data, code in FRAMES:
            with self.subTest(name):
                socket = WebSocket(self.port)
                self.assertEqual(socket.next()["type"], "ready")
                socket.send_raw(data)
                closed = socket.wait_closed()
                self.assertIn(closed.code, code if isinstance(code, tuple) else (code,))
                socket.socket.close()
                self.still_serves()

    def test_messages_that_are_no_commands_get_an_error_and_the_socket_goes_on(self):
        with WebSocket(self.port, thread="nobody") as socket:
            self.assertEqual(socket.next()["type"], "ready")
            for text in COMMANDS:
                with self.subTest(text[:60]):
                    socket.send_text(text)
                    self.assertEqual(socket.next(), {"type": "error", "message": "invalid websocket command"})
            socket.send({"type": "ping"})
            self.assertEqual(socket.next(), {"type": "pong"})
        self.still_serves()

    def test_a_message_of_exactly_64_kib_is_read(self):
        with WebSocket(self.port, thread="nobody") as socket:
            socket.next()
            command = b'{"type":"ping"}'
            socket.send_raw(frame(TEXT, command + b" " * (64 * KIB - len(command))))
            self.assertEqual(socket.next(), {"type": "pong"})

    def test_fragments_with_a_ping_between_them_are_one_message(self):
        with WebSocket(self.port, thread="nobody") as socket:
            socket.next()
            socket.send_raw(frame(TEXT, b'{"type":', fin=False) + frame(PING, b"x") + frame(CONTINUATION, b'"ping"}'))
            opcode, _, payload = socket.read_frame()
            self.assertEqual((opcode, payload), (PONG, b"x"))
            self.assertEqual(socket.next(), {"type": "pong"})

    def test_smuggled_requests_are_never_answered(self):
        for fields in (["Content-Length: 2", "Transfer-Encoding: chunked"], ["Content-Length: 2", "Content-Length: 60"]):
            with self.subTest(fields), Raw(self.port) as raw:
                raw.send(head(f"POST {JOBS} HTTP/1.1", JSON, *fields) + b"{}" + get("/healthz"))
                self.assertEqual(raw.read_reply().status, 400)
                self.assertIsNone(raw.read_reply(), "the smuggled request was answered")

    def test_pipelined_requests_are_answered_in_order(self):
        with Raw(self.port) as raw:
            raw.send(b"".join([get("/api"), post(GOOD), get("/api/nothing"), post(b"x"), head("HEAD /api HTTP/1.1"), get("/healthz")] * 20))
            for _ in range(20):
                for status in (200, 202, 404, 400):
                    self.assertEqual(raw.read_reply().status, status)
                self.assertEqual(raw.read_reply(head_only=True).status, 200)
                self.assertEqual(raw.read_reply().json, {"status": "ok"})

    def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not(self):
        for extra, status in ((0, 202), (1, 413)):
            with self.subTest(extra), Raw(self.port) as raw:
                raw.send(post(GOOD + b" " * (MIB + extra - len(GOOD))))
                self.assertEqual(raw.read_reply().status, status)

    def test_100_continue_comes_before_the_body(self):
        with Raw(self.port) as raw:
            raw.send(head(f"POST {JOBS} HTTP/1.1", JSON, "Expect: 100-continue", f"Content-Length: {len(GOOD)}"))
            self.assertEqual(raw.read_reply().status, 100)
            raw.send(GOOD)
            self.assertEqual(raw.read_reply().status, 202)

    def test_a_chunked_body_reads_like_any_other(self):
        with Raw(self.port) as raw:
            raw.send(chunked(b"5;note=x\r\n" + GOOD[:5] + b"\r\n" + f"{len(GOOD) - 5:x}".encode() + b"\r\n" + GOOD[5:] + b"\r\n0\r\nX: y\r\n\r\n"))
            self.assertEqual(raw.read_reply().status, 202)

    def test_slow_clients_get_408(self):
        """One sends its head byte by byte, one never ends its head, one never sends its body; all at the same time."""
        results = {}

        def drip():
            with Raw(self.port, timeout=20) as raw:
                try:
                    for byte in get("/api", "X-Slow: " + "a" * 200):
                        raw.send(bytes([byte]))
                        time.sleep(0.1)
                except OSError:
                    pass
                results["drip"] = raw.read_reply()

        def half(name, data, timeout):
            with Raw(self.port, timeout=timeout) as raw:
                raw.send(data)
                results[name] = raw.read_reply()

        body = head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: 100") + b"{"
        threads = [threading.Thread(target=drip), threading.Thread(target=half, args=("head", b"GET /api HT", 20)),
                   threading.Thread(target=half, args=("body", body, 45))]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name in ("drip", "head", "body"):
            with self.subTest(name):
                self.assertIsNotNone(results.get(name), "no answer")
                self.assertEqual(results[name].status, 408)
                self.assertEqual(results[name].headers["connection"], "close")
        self.assertLess(time.monotonic() - began, 40)
        self.still_serves()


if __name__ == "__main__":
    unittest.main()
