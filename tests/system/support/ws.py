"""A WebSocket client of its own (RFC 6455), which can also send frames that break the rules."""

import base64
import json
import os
import socket
import struct
import time
import urllib.parse

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0


class Closed(Exception):
    """The daemon ended the connection. `code` is None when it did so without a close frame."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed: {code} {reason}")
        self.code, self.reason = code, reason


class Refused(Exception):
    """The upgrade was answered with something else than 101."""

    def __init__(self, status, head, body):
        super().__init__(f"upgrade refused: {status} {body[:300]!r}")
        self.status, self.head, self.body = status, head, body


def frame(opcode, payload=b"", fin=True, masked=True, rsv=0, mask=None):
    """One frame as a client sends it; every rule can be broken by an argument."""
    head = bytes([(0x80 if fin else 0) | (rsv << 4) | opcode])
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", len(payload))
    if not masked:
        return head + payload
    mask = mask or os.urandom(4)
    repeated = (mask * (len(payload) // 4 + 1))[:len(payload)]
    mixed = (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")
    return head + mask + mixed


class WebSocket:
    """`WebSocket(port, thread="s_1", since=5)`; `next()` gives messages as dictionaries."""

    def __init__(self, port, thread=None, since=None, epoch=None, path=None, headers=(), host="127.0.0.1", timeout=15.0,
                 receive_buffer=None, answer_pings=True):
        query = {"threadId": thread, "since": since, "epoch": epoch}
        query = urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})
        path = path or "/api/stream" + ("?" + query if query else "")
        self.answer_pings = answer_pings
        self.pings = 0
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect((host, port))
        self.buffer = b""
        self.fragments = b""
        self._upgrade(path, f"{host}:{port}", headers)

    def _upgrade(self, path, host, headers):
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode()]
        lines += [f"{name}: {value}" for name, value in headers]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self._receive()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.head = head.decode("latin-1")
        status = int(self.head.split()[1])
        if status != 101:
            try:
                while True:
                    self._receive()
            except (Closed, OSError):
                pass
            self.socket.close()
            raise Refused(status, self.head, self.buffer)

    def _receive(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed(None)
        self.buffer += data

    def _take(self, count):
        while len(self.buffer) < count:
            self._receive()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def read_frame(self):
        first, second = self._take(2)
        length = second & 0x7F
        if length == 126:
            length = struct.unpack("!H", self._take(2))[0]
        elif length == 127:
            length = struct.unpack("!Q", self._take(8))[0]
        return first & 0x0F, bool(first & 0x80), self._take(length)

    def send_raw(self, data):
        self.socket.sendall(data)

    def send_text(self, text):
        self.send_raw(frame(TEXT, text.encode()))

    def send(self, message):
        self.send_text(json.dumps(message))

    def next_text(self, timeout=None):
        """The next whole message; answers pings. Raises Closed at a close frame and socket.timeout when nothing comes."""
        if timeout is not None:
            self.socket.settimeout(timeout)
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            opcode, fin, payload = self.read_frame()
            if opcode == PING:
                self.pings += 1
                if deadline is not None:  # a ping is no message: the time goes on running
                    self.socket.settimeout(max(0.01, deadline - time.monotonic()))
                if self.answer_pings:
                    self.send_raw(frame(PONG, payload))
            elif opcode == CLOSE:
                code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
                try:
                    self.send_raw(frame(CLOSE, payload[:2]))
                except OSError:
                    pass
                raise Closed(code, payload[2:].decode("utf-8", "replace"))
            elif opcode in (TEXT, CONTINUATION):
                self.fragments += payload
                if fin:
                    whole, self.fragments = self.fragments, b""
                    return whole.decode()

    def next(self, timeout=None):
        return json.loads(self.next_text(timeout))

    def next_of(self, *types, timeout=15.0):
        """The next message of one of these types; others are passed over."""
        deadline = time.monotonic() + timeout
        while True:
            message = self.next(max(0.01, deadline - time.monotonic()))
            if message["type"] in types:
                return message

    def until(self, done, timeout=15.0):
        """All messages up to and including the first for which `done(message)` is true."""
        messages, deadline = [], time.monotonic() + timeout
        while True:
            messages.append(self.next(max(0.01, deadline - time.monotonic())))
            if done(messages[-1]):
                return messages

    def drain(self, quiet=0.3):
        """What comes until nothing has come for a while."""
        messages = []
        try:
            while True:
                messages.append(self.next(quiet))
        except (TimeoutError, socket.timeout):
            return messages

    def wait_closed(self, timeout=10.0):
        """The Closed that ends this socket; messages before it are dropped."""
        deadline = time.monotonic() + timeout
        try:
            while True:
                self.next_text(max(0.01, deadline - time.monotonic()))
        except Closed as closed:
            return closed

    def close(self, code=1000):
        try:
            self.send_raw(frame(CLOSE, struct.pack("!H", code)))
            self.wait_closed(2.0)
        except (OSError, Closed):
            pass
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
