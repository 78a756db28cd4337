"""Followers of the event log that come back after every loss of the daemon and go on where they were."""

import socket
import threading

from .sse import EventStream
from .ws import Closed, Refused, WebSocket


class Follower(threading.Thread):
    """Keeps every durable event in `events`, in the order in which it came, over as many lives as the daemon has.

    A read never gives up halfway: `end` cuts the connection instead.

    What must not happen (a seq that does not rise, a resync, another epoch) is a sentence in `wrongs`. `on_event` is
    called with each event, on the follower's thread.
    """

    def __init__(self, port, on_event=None):
        super().__init__(daemon=True)
        self.port = port
        self.on_event = on_event
        self.events = []
        self.wrongs = []
        self.seq = 0
        self.epoch = None
        self.connections = 0
        self.changed = threading.Condition()
        self.ending = False
        self.stream = None
        self.up = threading.Event()
        self.up.set()

    def open(self):
        raise NotImplementedError

    def read(self, stream):
        raise NotImplementedError

    def run(self):
        while not self.ending:
            # No daemon, no knocking at its port: whoever restarts it says so.
            self.up.wait(1.0)
            try:
                stream = self.open()
            except (OSError, EOFError, Closed, Refused):
                if not self.ending:
                    threading.Event().wait(0.005)
                continue
            self.connections += 1
            self.stream = stream
            try:
                while not self.ending:
                    self.take(self.read(stream))
            except (OSError, EOFError, Closed):
                pass
            finally:
                stream.close_quietly()

    def take(self, message):
        if message["type"] == "ready":
            if self.epoch not in (None, message["epoch"]):
                self.wrongs.append(f"the epoch changed from {self.epoch} to {message['epoch']}")
            self.epoch = message["epoch"]
            if message["seq"] < self.seq:
                self.wrongs.append(f"ready says seq {message['seq']} after {self.seq} was heard: events were lost")
            return
        if message["type"] == "resync":
            self.wrongs.append(f"a resync at {message}, after seq {self.seq}")
            self.seq = message["seq"]
            return
        if message.get("seq") is None:
            return
        if message["seq"] <= self.seq:
            self.wrongs.append(f"seq {message['seq']} ({message['type']}) after {self.seq}")
        self.seq = message["seq"]
        with self.changed:
            self.events.append(message)
            self.changed.notify_all()
        if self.on_event:
            self.on_event(message)

    def wait_for(self, seq, timeout):
        """True when it has heard of everything up to that seq in time."""
        with self.changed:
            return self.changed.wait_for(lambda: self.seq >= seq, timeout)

    def end(self):
        self.ending = True
        self.up.set()
        stream = self.stream
        if stream is not None:
            try:
                stream.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.join(10.0)


class SocketFollower(Follower):
    """Over the WebSocket, with since and epoch."""

    def open(self):
        stream = WebSocket(self.port, since=self.seq, epoch=self.epoch, timeout=60.0)
        stream.close_quietly = stream.socket.close
        return stream

    def read(self, stream):
        return stream.next()


class StreamFollower(Follower):
    """Over Server-Sent Events, with Last-Event-ID."""

    def open(self):
        last = f"{self.epoch}:{self.seq}" if self.epoch else None
        stream = EventStream(self.port, since=None if last else 0, last_event_id=last, timeout=60.0)
        stream.close_quietly = stream.socket.close
        if stream.status != 200:
            stream.close_quietly()
            raise EOFError(f"refused: {stream.status}")
        return stream

    def read(self, stream):
        event_id, message = stream.next()
        if event_id is not None and event_id != f"{self.epoch}:{message['seq']}":
            self.wrongs.append(f"event id {event_id} of the event {message['seq']}")
        return message
