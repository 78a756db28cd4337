"""Upgrades, frames and messages that break the rules of WebSocket or ours."""

import json
import struct

from support.malformed import KIB, get, head
from support.ws import BINARY, CLOSE, CONTINUATION, PING, TEXT, frame

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
