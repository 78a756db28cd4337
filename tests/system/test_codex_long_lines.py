#!/usr/bin/env python3
"""A runtime that says more than 64 MiB in one line: the daemon goes on, says what happened, and keeps none of it."""

import json
import os
import tempfile
import unittest

from support.client import eventually
from support.fake_codex import fake_codex_daemon
from support.work import sanitized

TOO_LONG = "codex said too long a line"
MIB = 1024  # KiB


class LongLines(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lanekeeper-wordy-")
        self.addCleanup(folder.cleanup)
        files = [f"{name}={os.path.join(folder.name, name)}" for name in ("calls", "memory")]
        self.daemon = fake_codex_daemon(self, "wordy=model/list", *files)
        self.client = self.daemon.client
        self.up()
        self.project = self.client.new_project("Wordy")["projectId"]
        self.chat = self.client.new_chat(self.project)["sessionId"]
        self.say("hello")
        self.a_job_is_done()

    def health(self):
        return self.client.expect(200, "GET", "/api/health")

    def up(self):
        return eventually(lambda: self.health()["status"] == "ok" and self.health()["codex"], 30.0, "the stand-in does not answer")

    def say(self, text):
        """A turn's status, once it has ended."""
        turn = self.client.expect(202, "POST", f"/api/sessions/{self.chat}/messages", {"text": text})["turnId"]

        def ended():
            turns = self.client.expect(200, "GET", f"/api/sessions/{self.chat}")["thread"]["turns"]
            return next((each["status"] for each in turns if each["id"] == turn and each["status"] != "inProgress"), None)
        return eventually(ended, 60.0, "the turn does not end")

    def a_job_is_done(self):
        job = self.client.expect(202, "POST", f"/api/sessions/{self.chat}/suggested-reply/jobs", {})["jobId"]
        ended = self.client.wait_job(job, 60.0)
        self.assertEqual((ended["state"], ended["attempts"]), ("completed", 1), ended)

    def said_too_long(self):
        lines = [json.loads(line) for line in self.daemon.log().splitlines() if TOO_LONG in line]
        return [line["bytes"] for line in lines]

    def test_the_line_is_skipped_and_all_goes_on_in_the_same_process(self):
        pid, memory, lines = self.up()["pid"], self.daemon.rss_kib(), len(self.said_too_long())
        self.assertEqual(self.say("tell it at length"), "completed")
        reply = self.client.expect(502, "GET", "/api/models")
        self.assertEqual((reply["code"], reply["details"]["method"]), ("runtime_error", "model/list"))
        self.assertIn("too long", reply["message"])
        self.a_job_is_done()
        self.assertGreaterEqual(len(self.said_too_long()), lines + 2)
        self.assertGreater(min(self.said_too_long()), 64 * 2**20)
        self.assertEqual((self.health()["status"], self.up()["pid"]), ("ok", pid))
        if not sanitized():  # they keep what was freed
            self.assertLess(self.daemon.rss_kib() - memory, 32 * MIB)

    def test_one_that_dies_within_the_line_is_started_again_and_jobs_go_on(self):
        pid = self.up()["pid"]
        self.assertEqual(self.say("stop mid-sentence"), "interrupted")
        eventually(lambda: self.up()["pid"] != pid, 30.0, "it is not started again")
        self.a_job_is_done()
        self.assertEqual(self.say("hello again"), "completed")
        self.assertEqual(self.health()["codex"]["starts"], 2)


if __name__ == "__main__":
    unittest.main()
