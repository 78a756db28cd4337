"""A client of GET /api/events (Server-Sent Events)."""

import json
import socket
import time
import urllib.parse


class EventStream:
    """`EventStream(port, last_event_id="<epoch>:<seq>")`; `next()` gives (id, message), the id None where there is none."""

    def __init__(self, port, thread=None, since=None, last_event_id=None, host="127.0.0.1", timeout=15.0):
        query = {"threadId": thread, "since": since}
        query = urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})
        self.socket = socket.create_connection((host, port), timeout=timeout)
        lines = [f"GET /api/events{'?' + query if query else ''} HTTP/1.1", f"Host: {host}:{port}", "Accept: text/event-stream"]
        if last_event_id is not None:
            lines.append(f"Last-Event-ID: {last_event_id}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = b""
        head = self._until(b"\r\n\r\n").decode("latin-1")
        self.status = int(head.split()[1])
        self.headers = {name.strip().lower(): value.strip()
                        for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])}

    def _until(self, mark):
        while mark not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError("the event stream ended")
            self.buffer += data
        part, _, self.buffer = self.buffer.partition(mark)
        return part

    def next(self, timeout=None):
        """The next event; comments are passed over. EOFError when the stream ends, socket.timeout when nothing comes."""
        if timeout is not None:
            self.socket.settimeout(timeout)
        while True:
            event_id, data = None, []
            for line in self._until(b"\n\n").decode().split("\n"):
                name, _, value = line.partition(":")
                value = value[1:] if value.startswith(" ") else value
                if name == "id":
                    event_id = value
                elif name == "data":
                    data.append(value)
            if data:
                return event_id, json.loads("\n".join(data))

    def until(self, done, timeout=15.0):
        """All (id, message) up to and including the first whose message makes `done` true."""
        got, deadline = [], time.monotonic() + timeout
        while True:
            got.append(self.next(max(0.01, deadline - time.monotonic())))
            if done(got[-1][1]):
                return got

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
