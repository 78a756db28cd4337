#!/usr/bin/env python3
"""Sockets beside what they say: compression and its bounds, pings, silence."""

import socket
import struct
import threading
import time
import unittest
import zlib

from support.one_daemon import OneDaemon
from support.ws import TEXT, WebSocket, frame


class Sockets(OneDaemon):
    @classmethod
    def tearDownClass(cls):
        cls.client.close()

    def test_compression_is_negotiated_and_reads_back(self):
        offer = [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")]
        with WebSocket(self.daemon.port, headers=offer) as ws:
            self.assertIn("permessage-deflate", ws.head)
            self.assertIn("server_max_window_bits=11", ws.head)
            first, second = ws._take(2)
            self.assertEqual(first & 0x0F, TEXT)
            self.assertFalse(first & 0x40, "a short message is not worth it")
            ws._take(second & 0x7F)
            self.client.enqueue("noop", "big", {"result": {"text": "again and again " * 200}})
            inflate, compressed = zlib.decompressobj(-15), 0
            for _ in range(6):
                first, second = ws._take(2)
                length = struct.unpack("!H", ws._take(2))[0] if second == 126 else second
                payload = ws._take(length)
                if first & 0x40:
                    compressed += 1
                    text = inflate.decompress(payload + b"\x00\x00\xff\xff")
                    self.assertIn(b"again and again", text)
            self.assertEqual(compressed, 2, "the completed events, with their long result")
            ws.send_raw(frame(TEXT, self.deflated(b'{"type":"ping"}'), rsv=4))
            self.assertIn(b"pong", ws._take(2 + len('{"type":"pong"}')))

    def test_an_offer_that_says_no_more_than_compression_is_taken(self):
        for offer in ("permessage-deflate", "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
                      "permessage-deflate; server_max_window_bits=12"):
            with self.subTest(offer), WebSocket(self.daemon.port, headers=[("Sec-WebSocket-Extensions", offer)]) as ws:
                self.assertIn("permessage-deflate", ws.head)
                self.assertNotIn("client_max_window_bits", ws.head, "the client did not offer that")
                self.assertEqual(ws.next()["type"], "ready")
                text = b'{"type":"ping"' + b" " * 40_000 + b"}"
                ws.send_raw(frame(TEXT, self.deflated(text, bits=15), rsv=4))
                self.assertEqual(ws.next(), {"type": "pong"})

    @staticmethod
    def deflated(data, bits=11):
        packer = zlib.compressobj(wbits=-bits)
        return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]

    def test_a_compressed_message_over_the_limit_is_1009(self):
        offer = [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")]
        ws = WebSocket(self.daemon.port, headers=offer)
        ws.send_raw(frame(TEXT, self.deflated(b" " * 10_000_000), rsv=4))
        self.assertEqual(ws.wait_closed().code, 1009)
        ws.socket.close()

    def test_silence_is_pinged_after_20_s_and_ended_after_40(self):
        ends = {}

        def listen(name, answers):
            ws = WebSocket(self.daemon.port, thread="nobody", answer_pings=answers)
            began = time.monotonic()
            try:
                while True:
                    ws.next(47)
            except (TimeoutError, socket.timeout):
                ends[name] = ("open", ws.pings, time.monotonic() - began)
            except Exception:
                ends[name] = ("ended", ws.pings, time.monotonic() - began)
            ws.socket.close()

        threads = [threading.Thread(target=listen, args=("answers", True)), threading.Thread(target=listen, args=("is silent", False))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(ends["answers"][0], "open")
        self.assertGreaterEqual(ends["answers"][1], 1)
        state, pings, after = ends["is silent"]
        self.assertEqual((state, pings), ("ended", 1))
        self.assertTrue(35 < after < 46, after)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
