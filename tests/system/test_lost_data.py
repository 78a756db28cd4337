#!/usr/bin/env python3
"""A store that lost something says so: in health, in the log, and to clients that return with a cursor of before."""

import os
import unittest

from support.daemon import Daemon
from support.ws import WebSocket

FRAME = 24 + 4096  # of a write-ahead log, after its head of 32 bytes


class LostData(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.addCleanup(self.daemon.close)
        self.daemon.start()
        self.database = os.path.join(self.daemon.data_dir, "lanekeeper.db")

    def health(self):
        health = self.daemon.client.expect(200, "GET", "/api/health")
        return health["status"], health["store"]["ok"], health["store"]["notice"]

    def position(self):
        with WebSocket(self.daemon.port) as socket:
            return socket.next()

    def make_projects(self, names):
        for name in names:
            self.daemon.client.new_project(name)

    def lose(self, frames):
        self.daemon.kill()
        with open(self.database + "-wal", "r+b") as log:
            log.truncate(32 + frames * FRAME if frames else 0)
        self.daemon.start()

    def assert_said_until_the_next_start(self, word):
        status, ok, notice = self.health()
        self.assertEqual((status, ok), ("degraded", True))
        self.assertIn(word, notice)
        self.assertIn(self.database, notice)
        self.assertEqual(self.daemon.client.get("/readyz").status, 200, "it takes work")
        self.assertEqual(self.daemon.restart() and self.health(), ("ok", True, None))

    def test_a_sound_store_has_no_notice(self):
        self.make_projects("abc")
        self.assertEqual(self.health(), ("ok", True, None))
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.health(), ("ok", True, None))

    def test_lost_commits_are_in_health_and_in_the_log(self):
        for frames in (2, 0):
            with self.subTest(frames=frames):
                self.make_projects(f"{frames}-{n}" for n in range(5))
                self.lose(frames)
                self.assertIn('"commits lost"', self.daemon.log())
                self.assert_said_until_the_next_start("write-ahead log")

    def test_a_cursor_of_before_the_loss_resyncs_although_its_numbers_came_again(self):
        self.make_projects("abc")
        self.daemon.restart()
        self.make_projects("defgh")
        before = self.position()
        self.lose(2)
        after = self.position()
        self.assertLess(after["seq"], before["seq"])
        self.assertNotEqual(after["epoch"], before["epoch"])
        self.make_projects("ijklmno")
        self.assertGreater(self.position()["seq"], before["seq"])
        with WebSocket(self.daemon.port, since=before["seq"], epoch=before["epoch"]) as socket:
            first, = socket.until(lambda m: m["type"] != "ready", 10)[-1:]
        self.assertEqual((first["type"], first["epoch"]), ("resync", after["epoch"]))
        self.daemon.restart()
        self.assertEqual(self.position()["epoch"], after["epoch"], "once a loss, not once a start")

    def test_a_database_that_was_moved_aside_is_in_health(self):
        self.make_projects("abc")
        self.daemon.stop()
        with open(self.database, "r+b") as file:
            file.seek(100)
            file.write(b"\xee" * 3900)
        self.daemon.start()
        self.assertEqual(self.daemon.client.expect(200, "GET", "/api/projects")["data"], [])
        self.assert_said_until_the_next_start(".corrupt-")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
