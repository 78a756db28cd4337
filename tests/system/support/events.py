"""What tests of the event feed share."""

import unittest

from .daemon import Daemon
from .work import JOB_EVENTS
from .ws import WebSocket


def job_ids(messages):
    return {m["payload"]["jobId"] for m in messages if m["type"] in JOB_EVENTS}


class EventsTest(unittest.TestCase):
    env = {}

    def setUp(self):
        self.daemon = Daemon(env=self.env).start()
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.client

    def tearDown(self):
        if self.daemon.alive():
            self.assertEqual(self.daemon.stop(), 0)

    def run_jobs(self, count=1, owner="lane", **members):
        """That many jobs to their ends; returns the seq of the last event."""
        jobs = [self.client.enqueue("noop", owner, {"priority": "interactive"}, **members)["jobId"] for _ in range(count)]
        for job in jobs:
            self.client.wait_job(job)
        return self.position()

    def position(self):
        with WebSocket(self.daemon.port) as looker:
            return looker.next()["seq"]

    def all_up_to(self, seq, **options):
        """All messages after ready, up to that seq."""
        with WebSocket(self.daemon.port, **options) as socket:
            self.assertEqual(socket.next()["type"], "ready")
            return socket.until(lambda m: m.get("seq") == seq)
