#!/usr/bin/env python3
"""The end of a turn that the real codex tells and nobody hears: the chat comes to rest by itself."""

import glob
import os
import unittest

from support.client import eventually
from support.gates import GatedTest


class LostEnd(GatedTest):
    def unheard(self, text):
        """A chat whose turn has ended in codex, which the daemon was not told; → it and the turn."""
        chat = self.chat()
        self.ended(chat, self.send(chat, "before")["turnId"])
        lost = self.gate("drop", "turn/completed")
        turn = self.send(chat, text)["turnId"]
        eventually(lambda: f"echo: {text}" in self.said(chat), 20.0, "it is not answered")
        self.left_idle(chat)
        return chat, turn, lost

    def left_idle(self, chat):
        """Codex itself has no turn of the chat under way any more: the file of the thread says so."""
        path = glob.glob(os.path.join(self.home, "sessions", "*", "*", "*", f"*{chat}*.jsonl"))[0]

        def ended():
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read().count("task_complete") >= 2
        eventually(ended, 10.0, "codex does not end the turn")

    def test_the_next_message_goes_through(self):
        chat, turn, lost = self.unheard("nobody hears the end")
        self.assertEqual(self.ended(chat, turn), "completed")
        self.open_gate(lost)
        self.assertEqual(self.ended(chat, self.send(chat, "next")["turnId"]), "completed")
        self.assertEqual(self.said(chat), ["echo: before", "echo: nobody hears the end", "echo: next"])

    def test_a_turn_that_is_only_quiet_goes_on(self):
        play = self.model.on("think long", reply="thought").hold()
        self.addCleanup(play.release)
        quiet = self.chat()
        turn = self.send(quiet, "think long")["turnId"]
        eventually(lambda: play.asked, what="the model is not asked")
        chat, lost_turn, lost = self.unheard("quiet for good")
        self.assertEqual(self.ended(chat, lost_turn), "completed")  # whoever looks has looked at both by now
        self.open_gate(lost)
        known = eventually(lambda: self.turn(quiet, turn), what="the turn is not in the chat")
        self.assertEqual(known["status"], "inProgress")
        self.assertEqual(self.send(quiet, "well?", status=409)["status"], "turn_active")
        play.release()
        self.assertEqual(self.ended(quiet, turn), "completed")
        self.assertEqual(self.said(quiet), ["thought"])

    def test_a_message_queued_behind_it_goes_through(self):
        chat, turn, lost = self.unheard("nobody hears that end")
        sent = self.client.post(f"/api/sessions/{chat}/messages", {"text": "behind it", "whenBusy": "queue"})
        self.assertEqual(sent.status, 202)
        self.assertEqual(self.ended(chat, turn), "completed")
        self.open_gate(lost)
        eventually(lambda: "echo: behind it" in self.said(chat), 30.0, "the queued message is not answered")
        self.assertEqual(self.said(chat, "user"), ["before", "nobody hears that end", "behind it"])


if __name__ == "__main__":
    unittest.main()
