#!/usr/bin/env python3
"""Starts with a codex that is not well: the daemon serves what needs none, ends when it is told, and loses nothing."""

import os
import unittest

from support.client import eventually
from support.daemon import Daemon
from support.fake_codex import fake_codex
from support.gates import GatedTest

GIVEN_UP = "it does not initialize"  # said of a codex that was silent for twenty seconds


class SilentCodex(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon(env={"LANEKEEPER_RUNTIME": "codex", "CODEX_BIN": fake_codex(self, "mute")}, ready_timeout=60)
        self.addCleanup(self.daemon.close)

    def test_requests_are_served_before_it_is_given_up(self):
        self.daemon.start()
        self.assertNotIn(GIVEN_UP, self.daemon.log())
        self.assertEqual(self.daemon.client.get("/healthz").status, 200)
        self.assertEqual(self.daemon.client.get("/api/health").json["status"], "degraded")
        self.assertEqual(self.daemon.stop(), 0)
        self.assertNotIn(GIVEN_UP, self.daemon.log())

    def test_a_stop_while_it_starts_is_clean(self):
        self.daemon.start(wait=False)
        eventually(lambda: "sessions loaded" in self.daemon.log(), 30.0, "it does not begin")
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log_tail())
        self.assertNotIn(GIVEN_UP, self.daemon.log())


class CodexIsMissedAfterADeath(GatedTest):
    def break_codex(self):
        with open(os.path.join(self.gates, "broken"), "w", encoding="utf-8"):
            pass
        self.addCleanup(self.mend_codex)

    def mend_codex(self):
        self.open_gate(os.path.join(self.gates, "broken"))

    def test_a_start_does_not_wait_for_it_and_what_was_under_way_is_settled_when_it_comes(self):
        held = [self.model.on("Suggest the next message", reply="After it came.").hold(), self.model.on("cut off here").hold()]
        for play in held:
            self.addCleanup(play.release)
        chat = self.chat(self.own_project())
        self.ended(chat, self.send(chat, "anything")["turnId"])
        job = self.client.expect(202, "POST", f"/api/sessions/{chat}/suggested-reply/jobs", {})["jobId"]
        other = self.chat()
        turn = self.send(other, "cut off here")["turnId"]
        for text in ("Suggest the next message", "cut off here"):
            eventually(lambda: self.model.calls(text), what="the model is not asked")
        self.daemon.kill()
        self.break_codex()
        self.daemon.start(wait=False)
        eventually(lambda: self.daemon.log().count("sessions loaded") == 2, 30.0, "it does not begin again")
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log_tail())
        self.daemon.start(wait=False)
        Daemon.wait_ready(self.daemon, 18.0)  # ready, without codex
        type(self).client = self.daemon.client
        self.assertEqual(self.client.get("/healthz").status, 200)
        self.assertEqual(self.client.job(job)["state"], "running")
        for play in held:
            play.release()
        self.mend_codex()
        ended = self.client.wait_job(job, 90)
        self.assertEqual((ended["state"], ended["result"]["suggestion"]), ("completed", "After it came."))
        self.assertEqual(self.ended(other, turn, 90.0), "interrupted")
        self.assertEqual(self.model.calls("cut off here"), 1)


if __name__ == "__main__":
    unittest.main()
