"""Malformed requests and frames, each with its documented answer (api.md 1 and 7); after each one the daemon serves the
next client. Run with `-v` to see every case by name."""

import json
import os
import struct
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from support.client import Client, Raw
from support.daemon import Daemon
from support.ws import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Closed, Refused, WebSocket, frame

KIB = 1024
MIB = KIB * KIB
JOBS = "/api/orchestrator/jobs"
JSON = "Content-Type: application/json"
GOOD = b'{"type":"noop","projectId":"p1","payload":{}}'


def head(line, *fields, host="Host: localhost"):
    lines = [line] + ([host] if host else []) + list(fields)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def get(target, *fields, **options):
    return head(f"GET {target} HTTP/1.1", *fields, **options)


def post(body, *fields, target=JOBS, kind=JSON):
    fields = ([kind] if kind else []) + [f"Content-Length: {len(body)}"] + list(fields)
    return head(f"POST {target} HTTP/1.1", *fields) + body


def chunked(data, *fields):
    return head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: chunked", *fields) + data


def deep(levels):
    return b"[" * levels + b"]" * levels


# What is no proper HTTP: a plain answer and the end of the connection. (name, bytes, status)
PLAIN = [
    # Request lines.
    ("a request line of one word", head("GET"), 400),
    ("a request line without a version", head("GET /api"), 400),
    ("a request line with too many parts", head("GET /api HTTP/1.1 extra"), 400),
    ("two blanks in the request line", head("GET  /api HTTP/1.1"), 400),
    ("an empty line first", b"\r\n" + get("/api"), 400),
    ("a method with a bracket", head("G(T /api HTTP/1.1"), 400),
    ("HTTP/2.0 by name", head("GET /api HTTP/2.0"), 400),
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ("HTTP/0.9", head("GET /api HTTP/0.9"), 400),
    ("HTTP/1.2", head("GET /api HTTP/1.2"), 400),
    ("a version in small letters", head("GET /api http/1.1"), 400),
    ("a version with more digits", head("GET /api HTTP/1.10"), 400),
    ("a whole URL as target", head("GET http://localhost/api HTTP/1.1"), 400),
    ("a relative target", head("GET api HTTP/1.1"), 400),
    ("a CONNECT", head("CONNECT localhost:80 HTTP/1.1"), 400),
    ("an asterisk for GET", head("GET * HTTP/1.1"), 400),
    ("a fragment in the target", get("/api#part"), 400),
    ("raw UTF-8 in the target", b"GET /api/\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("a control character in the target", b"GET /api\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("a tab in the request line", b"GET\t/api HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("TLS where HTTP is spoken", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ("nothing but noise", bytes(range(256)), 400),
    ("a long target", get("/" + "a" * 8 * KIB), 414),
    ("a target without end", b"GET /" + b"a" * 20 * KIB, 414),
    # Header lines.
    ("lines that end in LF alone", b"GET /api HTTP/1.1\nHost: localhost\n\n", 400),
    ("one line that ends in LF alone", b"GET /api HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400),
    ("a CR inside a value", b"GET /api HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n", 400),
    ("a folded header", get("/api", "X: one", " two"), 400),
    ("a folded header with a tab", get("/api", "X: one", "\ttwo"), 400),
    ("a header that begins with a blank", get("/api", " X: one"), 400),
    ("a blank before the colon", get("/api", "X : one"), 400),
    ("a header without a colon", get("/api", "nonsense"), 400),
    ("a header without a name", get("/api", ": value"), 400),
    ("a bracket in a header name", get("/api", "X(a): b"), 400),
    ("a NUL in a header", b"GET /api HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n", 400),
    ("a DEL in a header", b"GET /api HTTP/1.1\r\nHost: localhost\r\nX: a\x7fb\r\n\r\n", 400),
    ("a large header", get("/api", "X: " + "a" * 16 * KIB), 431),
    ("many small headers", get("/api", *[f"X-{i}: y" for i in range(3000)]), 431),
    ("headers without end", b"GET /api HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20 * KIB, 431),
    ("no Host", get("/api", host=None), 400),
    ("two Hosts", get("/api", "Host: localhost"), 400),
    ("two Hosts that differ", get("/api", "Host: evil.example"), 400),
    ("two Origins", get("/api", "Origin: http://localhost:1", "Origin: http://localhost:1"), 400),
    ("two content types", post(GOOD, "Content-Type: text/plain"), 400),
    ("an unknown expectation", post(GOOD, "Expect: 200-maybe"), 417),
    # Framing: what two readers could understand differently.
    ("two lengths that agree", post(GOOD, f"Content-Length: {len(GOOD)}"), 400),
    ("two lengths that differ", post(GOOD, "Content-Length: 3"), 400),
    ("a list of lengths", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: 2, 2") + b"{}", 400),
    ("a signed length", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: +2") + b"{}", 400),
    ("a negative length", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: -1"), 400),
    ("a hexadecimal length", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: 0x2") + b"{}", 400),
    ("a fractional length", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: 2.0") + b"{}", 400),
    ("an empty length", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length:"), 400),
    ("a length beyond 64 bits", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: 99999999999999999999"), 400),
    ("a length beside chunks", chunked(b"2\r\n{}\r\n0\r\n\r\n", "Content-Length: 2"), 400),
    ("a length after chunks", head(f"POST {JOBS} HTTP/1.1", "Content-Length: 2", "Transfer-Encoding: chunked"), 400),
    ("two transfer encodings", chunked(b"0\r\n\r\n", "Transfer-Encoding: chunked"), 400),
    ("chunks twice in one header", head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: chunked, chunked"), 400),
    ("gzip as transfer encoding", head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: gzip"), 400),
    ("gzip before chunks", head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: gzip, chunked"), 400),
    ("chunks misspelt", head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: xchunked"), 400),
    ("identity as transfer encoding", head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: identity"), 400),
    ("chunks with a vertical tab", head(f"POST {JOBS} HTTP/1.1", JSON, "Transfer-Encoding: \x0bchunked"), 400),
    ("chunks in HTTP/1.0", head(f"POST {JOBS} HTTP/1.0", JSON, "Transfer-Encoding: chunked") + b"0\r\n\r\n", 400),
    ("a chunk size that is no number", chunked(b"xyz\r\n{}\r\n0\r\n\r\n"), 400),
    ("a negative chunk size", chunked(b"-2\r\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk size with 0x", chunked(b"0x2\r\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk size beyond 64 bits", chunked(b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk longer than it says", chunked(b"2\r\n{}{}\r\n0\r\n\r\n"), 400),
    ("a chunk that ends in LF", chunked(b"2\r\n{}\n0\r\n\r\n"), 400),
]

# Cut off: the client sends this and says that nothing more will come.
TRUNCATED = [
    ("half a request line", b"GET /ap", 400),
    ("half a header block", b"GET /api HTTP/1.1\r\nHost: local", 400),
    ("half a body", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: 100") + b'{"type":', 400),
    ("half a chunk", chunked(b"ff\r\n{"), 400),
    ("chunks without their end", chunked(b"2\r\n{}\r\n"), 400),
]

# Proper HTTP with something wrong in it: JSON with a code, and the connection goes on. (name, bytes, status, code)
REFUSED = [
    ("an unknown route", get("/api/nothing"), 404, "not_found"),
    ("an unknown route outside of /api", get("/etc/passwd"), 404, "not_found"),
    ("a path that climbs", get("/api/../../etc/passwd"), 404, "not_found"),
    ("a path with an empty part", get("/api//health"), 404, "not_found"),
    ("an unknown verb", head("BREW /api/health HTTP/1.1"), 405, "method_not_allowed"),
    ("TRACE", head("TRACE /api/health HTTP/1.1"), 405, "method_not_allowed"),
    ("a verb in small letters", head("get /api/health HTTP/1.1"), 405, "method_not_allowed"),
    ("PUT where POST belongs", head(f"PUT {JOBS} HTTP/1.1", "Content-Length: 0"), 405, "method_not_allowed"),
    ("an unknown job", get(f"{JOBS}/job_0000000000000"), 404, "not_found"),
    ("a job id that cannot be", get(f"{JOBS}/..%2f..%2f"), 404, "not_found"),
    ("a foreign host", get("/api", host="Host: evil.example"), 403, "forbidden"),
    ("a host that begins like ours", get("/api", host="Host: localhost.evil.example"), 403, "forbidden"),
    ("a host with a bad port", get("/api", host="Host: localhost:http"), 403, "forbidden"),
    ("an empty host", get("/api", host="Host:"), 403, "forbidden"),
    ("a foreign origin", get("/api", "Origin: http://evil.example"), 403, "forbidden"),
    ("an opaque origin", get("/api", "Origin: null"), 403, "forbidden"),
    ("an origin of another port", get("/api", "Origin: http://localhost:1"), 403, "forbidden"),
    ("a preflight from a foreign origin", head(f"OPTIONS {JOBS} HTTP/1.1", "Origin: http://evil.example",
                                               "Access-Control-Request-Method: POST"), 403, "forbidden"),
    ("events for a foreign origin", get("/api/events", "Origin: http://evil.example"), 403, "forbidden"),
    ("half an escape in the path", get("/api/%4"), 400, "invalid_request"),
    ("an escape that is no hexadecimal", get("/api/%zz"), 400, "invalid_request"),
    ("an escaped NUL", get(f"{JOBS}/a%00b"), 400, "invalid_request"),
    ("escaped bytes that are not UTF-8", get(f"{JOBS}/%ff%fe"), 400, "invalid_request"),
    ("an overlong escape", get(f"{JOBS}/%c0%af"), 400, "invalid_request"),
    ("a broken query", get("/api/orchestrator/lanes?limit=%g1"), 400, "invalid_request"),
    ("a query name given twice", get("/api/orchestrator/lanes?limit=1&limit=2"), 400, "invalid_request"),
    ("a limit of zero", get("/api/orchestrator/lanes?limit=0"), 400, "invalid_request"),
    ("a negative limit", get("/api/orchestrator/lanes?limit=-5"), 400, "invalid_request"),
    ("a limit in words", get("/api/orchestrator/lanes?limit=all"), 400, "invalid_request"),
    ("a cursor of somebody else's", get("/api/projects/p1/orchestrator/jobs?cursor=zzz"), 400, "invalid_request"),
    ("an unknown state", get("/api/projects/p1/orchestrator/jobs?state=sleeping"), 400, "invalid_request"),
    ("a wait in words", get(f"{JOBS}/job_0000000000000?wait=soon"), 400, "invalid_request"),
    ("a lane that cannot be", head("POST /api/orchestrator/lanes/a%20b/pause HTTP/1.1", "Content-Length: 0"), 400,
     "invalid_request"),
    ("a body where none belongs", head("GET /api HTTP/1.1", "Content-Length: 2") + b"{}", 400, "invalid_request"),
    ("a stream that is no upgrade", get("/api/stream"), 400, "invalid_request"),
    ("events after a number that is none", get("/api/events?since=x"), 400, "invalid_request"),
    ("events after a negative number", get("/api/events?since=-1"), 400, "invalid_request"),
    ("events of an empty thread", get("/api/events?threadId="), 400, "invalid_request"),
    ("a Last-Event-ID that is none", get("/api/events", "Last-Event-ID: x"), 400, "invalid_request"),
    ("a long idempotency key", post(GOOD, "Idempotency-Key: " + "k" * 300), 400, "invalid_request"),
    ("an empty idempotency key", post(GOOD, "Idempotency-Key:"), 400, "invalid_request"),
    # Content types.
    ("no content type", post(GOOD, kind=None), 415, "unsupported_media_type"),
    ("text as content type", post(GOOD, kind="Content-Type: text/plain"), 415, "unsupported_media_type"),
    ("a form", post(b"a=b", kind="Content-Type: application/x-www-form-urlencoded"), 415, "unsupported_media_type"),
    ("JSON in Latin-1", post(GOOD, kind="Content-Type: application/json; charset=latin1"), 415, "unsupported_media_type"),
    ("almost JSON", post(GOOD, kind="Content-Type: application/jsonp"), 415, "unsupported_media_type"),
    # JSON.
    ("an empty body", post(b""), 400, "invalid_json"),
    ("blanks for a body", post(b"   "), 400, "invalid_json"),
    ("words for a body", post(b"hello"), 400, "invalid_json"),
    ("a truncated object", post(b'{"type":"noop"'), 400, "invalid_json"),
    ("a truncated string", post(b'{"type":"no'), 400, "invalid_json"),
    ("two documents", post(GOOD + GOOD), 400, "invalid_json"),
    ("a comma too many", post(b'{"type":"noop",}'), 400, "invalid_json"),
    ("single quotes", post(b"{'type':'noop'}"), 400, "invalid_json"),
    ("a comment", post(b"/* hi */" + GOOD), 400, "invalid_json"),
    ("NaN", post(b'{"type":NaN}'), 400, "invalid_json"),
    ("a number with a leading zero", post(b'{"type":01}'), 400, "invalid_json"),
    ("a number beyond doubles", post(b'{"type":1e999}'), 400, "invalid_json"),
    ("a byte order mark", post(b"\xef\xbb\xbf" + GOOD), 400, "invalid_json"),
    ("a control character in a string", post(b'{"type":"a\x01"}'), 400, "invalid_json"),
    ("a bad escape", post(b'{"type":"\\x41"}'), 400, "invalid_json"),
    ("half a surrogate pair", post(b'{"type":"\\ud800"}'), 400, "invalid_json"),
    ("bytes that are not UTF-8", post(b'{"type":"\xff\xfe"}'), 400, "invalid_json"),
    ("an overlong UTF-8 sequence", post(b'{"type":"\xc0\xaf"}'), 400, "invalid_json"),
    ("a member given twice", post(b'{"type":"noop","type":"noop","projectId":"p","payload":{}}'), 400, "invalid_json"),
    ("a member given twice by escapes", post(b'{"type":"noop","\\u0074ype":"x"}'), 400, "invalid_json"),
    ("65 levels", post(deep(65)), 400, "invalid_json"),
    ("half a million levels", post(deep(500_000)), 400, "invalid_json"),
    ("UTF-16", post('{"type":"noop"}'.encode("utf-16")), 400, "invalid_json"),
    # Values.
    ("64 levels of array for an object", post(deep(64)), 400, "invalid_request"),
    ("null for an object", post(b"null"), 400, "invalid_request"),
    ("a string for an object", post(b'"noop"'), 400, "invalid_request"),
    ("an empty object", post(b"{}"), 400, "invalid_request"),
    ("a number for a type", post(b'{"type":1,"projectId":"p","payload":{}}'), 400, "invalid_request"),
    ("an unknown type", post(b'{"type":"nope","projectId":"p","payload":{}}'), 400, "invalid_request"),
    ("an array for a payload", post(b'{"type":"noop","projectId":"p","payload":[]}'), 400, "invalid_request"),
    ("a payload with an unknown member", post(b'{"type":"noop","projectId":"p","payload":{"x":1}}'), 400, "invalid_request"),
    ("a payload of another kind", post(b'{"type":"noop","projectId":"p","payload":{"sleepMs":"1"}}'), 400, "invalid_request"),
    ("an unknown member", post(b'{"type":"noop","projectId":"p","payload":{},"x":1}'), 400, "invalid_request"),
    ("an owner with a blank", post(b'{"type":"noop","projectId":"a b","payload":{}}'), 400, "invalid_request"),
    ("an owner that climbs", post(b'{"type":"noop","projectId":"../x","payload":{}}'), 400, "invalid_request"),
    ("the pool as owner", post(b'{"type":"noop","projectId":"pool","payload":{}}'), 400, "invalid_request"),
    ("a long owner", post(b'{"type":"noop","projectId":"' + b"p" * 129 + b'","payload":{}}'), 400, "invalid_request"),
    ("a chat that is nobody's as owner", post(b'{"type":"noop","projectId":"session:nope","payload":{}}'), 404, "not_found"),
    ("a body over the limit in chunks", chunked(b"100001\r\n" + b" " * (MIB + 1) + b"\r\n0\r\n\r\n"), 413, "payload_too_large"),
    ("a body over the limit by its length", post(b" " * (MIB + 1)), 413, "payload_too_large"),
    ("a body far over the limit", post(b" " * (6 * MIB)), 413, "payload_too_large"),
    ("a length far over the limit that never comes", head(f"POST {JOBS} HTTP/1.1", JSON, "Content-Length: 999999999999"),
     413, "payload_too_large"),
    ("a large body that asks first", head(f"POST {JOBS} HTTP/1.1", JSON, "Expect: 100-continue", "Content-Length: 99999999"),
     413, "payload_too_large"),
    ("a body for nobody that asks first", head("POST /api/nothing HTTP/1.1", JSON, "Expect: 100-continue", "Content-Length: 9"),
     404, "not_found"),
]

UPGRADE = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]


def without(name, *more):
    return [field for field in UPGRADE if not field.startswith(name)] + list(more)


# Upgrades that are refused. (name, bytes, statuses)
UPGRADES = [
    ("without a key", get("/api/stream", *without("Sec-WebSocket-Key")), (400,)),
    ("with a short key", get("/api/stream", *without("Sec-WebSocket-Key", "Sec-WebSocket-Key: abc")), (400,)),
    ("without a version", get("/api/stream", *without("Sec-WebSocket-Version")), (400, 426)),
    ("of version 8", get("/api/stream", *without("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8")), (400, 426)),
    ("to something else", get("/api/stream", *without("Upgrade", "Upgrade: h2c")), (400,)),
    ("without Connection", get("/api/stream", *without("Connection")), (400,)),
    ("by POST", head("POST /api/stream HTTP/1.1", *UPGRADE), (405,)),
    ("by HEAD", head("HEAD /api/stream HTTP/1.1", *UPGRADE), (400,)),
    ("in HTTP/1.0", head("GET /api/stream HTTP/1.0", *UPGRADE), (400, 426)),
    ("of another route", get("/api/nothing", *UPGRADE), (404,)),
    ("from a foreign origin", get("/api/stream", "Origin: http://evil.example", *UPGRADE), (403,)),
    ("for a foreign host", get("/api/stream", *UPGRADE, host="Host: evil.example"), (403,)),
    ("after a number that is none", get("/api/stream?since=x", *UPGRADE), (400,)),
    ("of a thread without a name", get("/api/stream?threadId=", *UPGRADE), (400,)),
    ("of a thread with a long name", get("/api/stream?threadId=" + "t" * 300, *UPGRADE), (400,)),
    ("of a thread given twice", get("/api/stream?threadId=a&threadId=b", *UPGRADE), (400,)),
    ("with a body", get("/api/stream", "Content-Length: 2", *UPGRADE) + b"{}", (400,)),
    ("with frames that did not wait", get("/api/stream", *UPGRADE) + frame(TEXT, b"{}"), (400,)),
]

# Frames that break the protocol. (name, bytes, close code)
FRAMES = [
    ("an unmasked frame", frame(TEXT, b"{}", masked=False), 1002),
    ("a reserved opcode", frame(3, b"x"), 1002),
    ("a reserved control opcode", frame(11, b""), 1002),
    ("a reserved bit without its extension", frame(TEXT, b"{}", rsv=4), 1002),
    ("another reserved bit", frame(TEXT, b"{}", rsv=1), 1002),
    ("a fragmented ping", frame(PING, b"x", fin=False), 1002),
    ("a fragmented close", frame(CLOSE, struct.pack("!H", 1000), fin=False), 1002),
    ("a ping of 126 bytes", frame(PING, b"x" * 126), 1002),
    ("a continuation of nothing", frame(CONTINUATION, b"x"), 1002),
    ("a new message inside another", frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"), 1002),
    ("a close of one byte", frame(CLOSE, b"\x03"), 1002),
    ("a close with a reserved code", frame(CLOSE, struct.pack("!H", 1005)), 1002),
    ("a close with code 0", frame(CLOSE, struct.pack("!H", 0)), 1002),
    ("a close whose reason is not UTF-8", frame(CLOSE, struct.pack("!H", 1000) + b"\xff"), (1002, 1007)),
    ("bytes that are not UTF-8", frame(TEXT, b"\xff\xfe"), 1007),
    ("half a UTF-8 sequence", frame(TEXT, b'"\xc3'), 1007),
    ("a surrogate in UTF-8", frame(TEXT, b"\xed\xa0\x80"), 1007),
    ("UTF-8 that breaks in its second fragment", frame(TEXT, b"\xc3", fin=False) + frame(CONTINUATION, b"\x28"), 1007),
    ("a binary message", frame(BINARY, b"{}"), 1003),
    ("an empty binary message", frame(BINARY, b""), 1003),
    ("a message over 64 KiB", frame(TEXT, b" " * (64 * KIB + 1)), 1009),
    ("a message over 64 KiB in fragments",
     frame(TEXT, b" " * 40 * KIB, fin=False) + frame(CONTINUATION, b" " * 40 * KIB), 1009),
    ("a length that nobody has", bytes([0x81, 0xFF]) + struct.pack("!Q", 1 << 62) + b"mask", 1009),
    ("a length with its highest bit set", bytes([0x81, 0xFF]) + struct.pack("!Q", 1 << 63) + b"mask", (1002, 1009)),
    ("a short length written long", bytes([0x81, 0xFE]) + struct.pack("!H", 5) + b"maskhello", 1002),
]

# Messages that are no commands: an error reply, and the socket goes on.
COMMANDS = ["", "ping", "null", "[]", "{}", "42", '{"type":"Ping"}', '{"type":null}', '{"type":"shout"}', '{"type":"subscribe"}',
            '{"type":"subscribe","threadId":7}', '{"type":"subscribe","threadId":""}', '{"type":"subscribe","threadIds":[]}',
            '{"type":"subscribe","threadIds":["a",null]}', '{"type":"subscribe","threadId":"a","since":-1}',
            '{"type":"subscribe","threadId":"a","since":"7"}', '{"type":"ping","type":"ping"}', '{"type":"ping"', "[" * 5000,
            '{"type":"subscribe","threadIds":' + json.dumps(["t"] * 1001) + "}"]


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
