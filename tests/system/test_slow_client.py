#!/usr/bin/env python3
"""Stalled clients among 200: their memory is bounded, they are closed with 1013 or cut, and nobody else notices."""

import re
import threading
import time
import unittest

from support.client import Client, eventually
from support.crowd import Crowd
from support.daemon import Daemon
from support.work import raise_file_limit, sanitized
from support.ws import Closed, WebSocket

SOCKETS = 60 if sanitized() else 200
UNFILTERED = SOCKETS // 5  # of them hear everything, the others one of a few chats
CHATS = 8
PADDING = 12000        # bytes of a result
OUTBOX = 8 * 1024 * 1024
RSS_SLACK_KIB = (400 if sanitized() else 64) * 1024
PATIENCE = 300 if sanitized() else 90
SETTINGS = {
    "ORCHESTRATOR_QUEUE_MAX_PER_PROJECT": 100000,
    "ORCHESTRATOR_QUEUE_MAX_GLOBAL": 100000,
    "ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY": 9,
    "ORCHESTRATOR_QUEUE_RETENTION_PER_PROJECT": 100000,
}


def sum_of(client, word):
    """The sum of the metrics whose name has that word."""
    lines = [line.split() for line in client.get("/metrics").text.splitlines() if line and line[0] != "#"]
    return sum(float(line[-1]) for line in lines if word in line[0])


class Flood(threading.Thread):
    """Enqueues padded jobs for all chats until it is told that it is enough."""

    def __init__(self, port, chats):
        super().__init__(daemon=True)
        self.port, self.chats = port, chats
        self.enough = threading.Event()
        self.jobs = []

    def run(self):
        client = Client(self.port)
        padding = "x" * PADDING
        while not self.enough.is_set():
            for lane, chat in enumerate(self.chats):
                payload = {"result": {"padding": padding}, "priority": "interactive"}
                self.jobs.append(client.enqueue("noop", f"lane-{lane}", payload, sourceSessionId=chat)["jobId"])


class StalledClients(unittest.TestCase):
    def setUp(self):
        raise_file_limit(4096)
        self.daemon = Daemon(env=SETTINGS).start()
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.client
        self.chats = [self.client.new_chat()["sessionId"] for _ in range(CHATS)]
        self.crowd = Crowd()

    def stall(self):
        """A client that says nothing and reads nothing."""
        return WebSocket(self.daemon.port, receive_buffer=4096)

    def gather(self, stalled):
        for number in range(SOCKETS - stalled):
            self.crowd.join_in(self.daemon.port, thread=None if number < UNFILTERED else self.chats[number % CHATS])
        self.crowd.start()
        self.addCleanup(self.crowd.end)

    def flood(self, until, what, then=lambda: None):
        """Load until that is so, and `then` at once; returns what memory and outboxes came to on the way, at the most."""
        flood = Flood(self.daemon.port, self.chats)
        flood.start()
        most, waiting = 0, 0.0
        deadline = time.monotonic() + PATIENCE
        while not until():
            most = max(most, self.daemon.rss_kib())
            waiting = max(waiting, sum_of(self.client, "outbox_bytes"))
            self.assertTrue(flood.is_alive(), "the load broke off")
            self.assertLess(time.monotonic(), deadline, what)
            flood.enough.wait(0.05)
        found = then()
        flood.enough.set()
        flood.join(60)
        for job_id in flood.jobs:
            self.client.wait_job(job_id, PATIENCE)
        return most, waiting, found

    def read_to_the_end(self, stalled):
        """It wakes up at last: the backlog that the system held for it, then the close."""
        seqs = []
        try:
            while True:
                message = stalled.next(10)
                if message.get("seq") is not None:
                    seqs.append(message["seq"])
        except Closed as closed:
            return seqs, closed

    def slow_closes(self):
        return sum_of(self.client, "slow")

    def assert_nobody_else_noticed(self, first):
        """Every other socket heard exactly the events that were for it."""
        last = self.client_seq()
        heard = WebSocket(self.daemon.port, since=first)
        by_thread, everything = {chat: [] for chat in self.chats}, []
        while not everything or everything[-1] < last:
            message = heard.next(30)
            if message.get("seq") is None or message["type"] == "ready":
                continue
            self.assertTrue(message["type"].startswith(("orchestrator_job_", "job:")), message)
            everything.append(message["seq"])
            by_thread[message["threadId"]].append(message["seq"])
        heard.close()
        for member in self.crowd.members:
            expected = by_thread[member.thread] if member.thread else everything
            self.crowd.wait_for(lambda: member.closed or (member.seqs and member.seqs[-1] >= expected[-1]), PATIENCE,
                                "a client does not catch up")
            self.assertIsNone(member.closed)
            self.assertEqual(member.seqs, expected)
        return everything

    def client_seq(self):
        with WebSocket(self.daemon.port) as looker:
            return looker.next()["seq"]

    def test_one_that_reads_again_finds_1013_with_its_last_seq_and_goes_on_from_there(self):
        self.gather(stalled=1)
        stalled = self.stall()
        first = stalled.next()["seq"]
        before = self.daemon.rss_kib()
        most, waiting, (seqs, closed) = self.flood(lambda: self.slow_closes() >= 1, "the stalled client is not closed",
                                                   lambda: self.read_to_the_end(stalled))
        print(f"\n  resident {before} KiB, at most {most} KiB; outboxes at most {waiting:.0f} bytes; closed {closed.code} "
              f"{closed.reason!r} after {len(seqs)} events", flush=True)
        self.assertLess(most - before, RSS_SLACK_KIB, "memory is bounded")
        self.assertLess(waiting, 3 * OUTBOX)
        self.assertEqual(closed.code, 1013)
        self.assertEqual(seqs[-1], int(re.search(r"\d+", closed.reason).group()), "the reason names the last seq that it was given")
        everything = self.assert_nobody_else_noticed(first)
        self.assertEqual(seqs, everything[:len(seqs)])
        self.assertLess(len(seqs), len(everything), "it was too much for it")
        with WebSocket(self.daemon.port, since=seqs[-1]) as again:
            rest = again.until(lambda m: m["type"] != "ready" and m.get("seq") == everything[-1], PATIENCE)
            self.assertEqual(seqs + [m["seq"] for m in rest if m["type"] != "ready"], everything, "and misses nothing")

    def test_one_that_never_reads_is_cut_and_its_memory_is_given_back(self):
        self.gather(stalled=2)
        stalled = [self.stall(), self.stall()]
        first = stalled[0].next()["seq"]
        before = self.daemon.rss_kib()
        clients = lambda: sum_of(self.client, "websocket_clients")
        self.assertEqual(clients(), SOCKETS)
        most, _, _ = self.flood(lambda: self.slow_closes() >= 2, "the stalled clients are not closed")
        self.assertLess(most - before, RSS_SLACK_KIB, "memory is bounded")
        eventually(lambda: clients() == SOCKETS - 2, 15, "a client that never reads is not cut")
        eventually(lambda: sum_of(self.client, "outbox_bytes") == 0, 30, "what was held for it is not given back")
        self.assert_nobody_else_noticed(first)
        for each in stalled:
            self.assertIn(each.wait_closed(15).code, (None, 1013))

    def test_a_client_that_is_slow_but_reads_is_left_alone(self):
        slow = WebSocket(self.daemon.port)
        first = slow.next()["seq"]
        jobs = [self.client.enqueue("noop", f"lane-{n % 4}", {"priority": "interactive"})["jobId"] for n in range(100)]
        for job_id in jobs:
            self.client.wait_job(job_id)
        self.assertEqual(self.slow_closes(), 0)
        heard = slow.until(lambda m: m.get("seq") == first + 300)
        self.assertEqual([m["seq"] for m in heard], list(range(first + 1, first + 301)))
        slow.close()


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
