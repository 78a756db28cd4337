"""Many WebSocket clients on one thread, for tests that count what each of them hears."""

import json
import re
import selectors
import struct
import threading
import time

from .ws import CLOSE, PING, PONG, TEXT, WebSocket, frame

SEQ = re.compile(rb'"seq":(\d+|null)')


class Member:
    """One client: `seqs` are the positions of the events it heard, in order; `messages` their texts if they are kept."""

    def __init__(self, port, keep, **options):
        self.ws = WebSocket(port, **options)
        self.ready = self.ws.next()
        self.thread = options.get("thread")
        self.keep = keep
        self.seqs, self.messages = [], []
        self.closed = None  # (code, reason) once it is
        self.buffer = bytearray(self.ws.buffer)
        self.ws.socket.setblocking(False)
        self.take_frames()

    def pull(self):
        """Reads what is there. False when the connection has ended."""
        try:
            data = self.ws.socket.recv(262144)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        if not data:
            self.closed = self.closed or (None, "")
            return False
        self.buffer += data
        self.take_frames()
        return self.closed is None

    def take_frames(self):
        at, buffer = 0, self.buffer
        while len(buffer) - at >= 2:
            length, head = buffer[at + 1] & 0x7F, 2
            if length == 126:
                head = 4
            elif length == 127:
                head = 10
            if len(buffer) - at < head:
                break
            if head > 2:
                length = int.from_bytes(buffer[at + 2:at + head], "big")
            if len(buffer) - at < head + length:
                break
            self.take(buffer[at] & 0x0F, bytes(buffer[at + head:at + head + length]))
            at += head + length
        del buffer[:at]

    def take(self, opcode, payload):
        if opcode == TEXT:
            # The envelope's seq is its last member; those of a payload stand before it.
            found = SEQ.findall(payload)
            if found and found[-1] != b"null":
                self.seqs.append(int(found[-1]))
            if self.keep:
                self.messages.append(json.loads(payload))
        elif opcode == PING:
            self.ws.socket.send(frame(PONG, payload))
        elif opcode == CLOSE:
            code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
            self.closed = (code, payload[2:].decode("utf-8", "replace"))


class Crowd(threading.Thread):
    """Reads for all its members until it is ended. Those that are stalled are not read."""

    def __init__(self, keep=False):
        super().__init__(daemon=True)
        self.keep = keep
        self.members = []
        self.selector = selectors.DefaultSelector()
        self.changed = threading.Condition()
        self.ending = False

    def join_in(self, port, **options):
        """A further member; before the crowd is started."""
        member = Member(port, self.keep, **options)
        self.members.append(member)
        self.selector.register(member.ws.socket, selectors.EVENT_READ, member)
        return member

    def run(self):
        while not self.ending:
            for key, _ in self.selector.select(0.2):
                if not key.data.pull():
                    self.selector.unregister(key.fileobj)
            with self.changed:
                self.changed.notify_all()

    def wait_for(self, question, timeout, what):
        deadline = time.monotonic() + timeout
        with self.changed:
            while not question():
                if time.monotonic() > deadline:
                    raise AssertionError(f"{what} within {timeout} s")
                self.changed.wait(0.5)

    def end(self):
        self.ending = True
        self.join(10)
        for member in self.members:
            member.ws.socket.close()
