#!/usr/bin/env python3
"""Messages that codex dies over: before it has them, or after, and before it could say so. None is lost, none said twice."""

import os
import shutil
import stat
import tempfile
import unittest

from support.client import eventually
from support.codex import CodexTest
from support.daemon import ROOT, Daemon

FAKE = os.path.join(ROOT, "tests", "support", "fake_app_server.py")


class DiesOnce(unittest.TestCase):
    """A codex that ends itself over the first message that says "fatal"."""

    def start(self, *flags):
        self.folder = tempfile.mkdtemp(prefix="lanekeeper-fake-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        binary = os.path.join(self.folder, "codex")
        words = ["memory=" + os.path.join(self.folder, "turns"), "dies-over=fatal", *flags]
        with open(binary, "w") as script:
            script.write(f"#!/bin/sh\nexec python3 {FAKE} {' '.join(words)}\n")
        os.chmod(binary, stat.S_IRWXU)
        self.daemon = Daemon(env={"LANEKEEPER_RUNTIME": "codex", "CODEX_BIN": binary, "CODEX_HOME": self.folder})
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.start().client
        self.up()
        self.chat = self.client.new_chat()["sessionId"]

    def up(self):
        eventually(lambda: self.client.expect(200, "GET", "/api/health")["codex"]["initialized"], 30.0, "codex is not up")

    def send(self, status, text, key=None, **members):
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.expect(status, "POST", f"/api/sessions/{self.chat}/messages", {"text": text, **members}, headers=headers)

    def view(self):
        return self.client.expect(200, "GET", f"/api/sessions/{self.chat}")

    def said(self):
        return [row["content"] for row in self.view()["transcript"] if row["role"] == "user"]

    def given(self):
        """What codex itself has, each as often as it was given."""
        with open(os.path.join(self.folder, "turns")) as file:
            return [line for line in file if "fatal" in line]

    def test_it_has_the_message_and_the_repetition_finds_it(self):
        self.start()
        self.assertEqual(self.send(503, "fatal", "k")["code"], "runtime_unavailable")
        self.assertEqual(self.said(), [])
        self.up()
        sent = self.send(202, "fatal", "k")
        self.assertTrue(sent["turnId"])
        self.assertEqual(self.send(202, "fatal", "k"), sent)
        eventually(lambda: self.said() == ["fatal"], what="its row is not there")
        self.assertEqual([turn["status"] for turn in self.view()["thread"]["turns"]], ["interrupted"])
        self.assertEqual(len(self.given()), 1)

    def test_also_by_another_daemon(self):
        self.start()
        self.send(503, "fatal", "k")
        self.daemon.kill()
        self.client = self.daemon.start().client
        self.up()
        sent = self.send(202, "fatal", "k")
        self.assertTrue(sent["turnId"])
        eventually(lambda: self.said() == ["fatal"], what="its row is not there")
        self.assertEqual(len(self.given()), 1)

    def test_it_has_not_and_the_repetition_sends_it(self):
        self.start("unwritten")
        self.send(503, "fatal", "k")
        self.up()
        sent = self.send(202, "fatal", "k")
        self.assertEqual(self.send(202, "fatal", "k"), sent)
        eventually(lambda: self.said() == ["fatal"], what="its row is not there")
        self.assertEqual(len(self.given()), 1)

    def test_without_a_key_nobody_sends_it_again_by_itself(self):
        self.start()
        self.send(503, "fatal")
        self.up()
        self.daemon.stop()
        self.client = self.daemon.start().client
        self.up()
        self.send(202, "hello")
        eventually(lambda: "hello" in self.said(), what="it does not go on")
        self.assertEqual(len(self.given()), 1)

    def queued_behind_a_turn(self):
        turn = self.send(202, "first")["turnId"]
        eventually(lambda: self.view()["thread"]["activeTurnId"] == turn, what="the turn does not begin")
        self.assertTrue(self.send(202, "fatal", whenBusy="queue")["queued"])
        eventually(lambda: self.client.post(f"/api/sessions/{self.chat}/interrupt", {}).status == 200, what="no interrupt")

    def test_a_queued_message_that_it_has_is_not_sent_again(self):
        self.start("slow")
        self.queued_behind_a_turn()
        eventually(lambda: self.said() == ["first", "fatal"], 30.0, "the queued message is lost")
        self.assertEqual(len(self.given()), 1)

    def test_a_queued_message_that_it_has_not_is_sent_when_it_is_back(self):
        self.start("slow", "unwritten")
        self.queued_behind_a_turn()
        eventually(lambda: self.said() == ["first", "fatal"], 30.0, "the queued message is lost")
        self.assertEqual(len(self.given()), 1)


class RealCodex(CodexTest):
    def test_a_message_queued_behind_a_turn_that_codex_dies_under_is_said_once(self):
        play = self.model.on("long work").hold()
        self.addCleanup(play.release)
        self.model.on("and then this", reply="done")
        chat = self.chat()
        turn = self.send(chat, "long work")["turnId"]
        eventually(lambda: self.model.calls("long work"), what="the model is not asked")
        self.send(chat, "and then this", whenBusy="queue")
        self.back_after(self.kill_codex())
        self.assertEqual(self.ended(chat, turn), "interrupted")
        eventually(lambda: self.said(chat, "user") == ["long work", "and then this"], 30.0, "the queued message is lost")
        eventually(lambda: self.view(chat)["thread"]["activeTurnId"] is None, 30.0, "its turn does not end")
        self.assertEqual(self.said(chat, "user"), ["long work", "and then this"])


if __name__ == "__main__":
    unittest.main()
