#!/usr/bin/env python3
"""Another agent's notifications about a chat that the real codex runs."""

import unittest

from support.client import eventually
from support.codex import CodexTest
from support.work import file_change


class External(CodexTest):
    def tell(self, chat, turn, item="change-1", status=202):
        return self.client.expect(status, "POST", f"/api/sessions/{chat}/notifications", file_change(chat, turn, item))

    def rows(self, chat, kind):
        return [row for row in self.view(chat)["transcript"] if row["type"] == kind]

    def test_a_change_by_another_agent_is_explained_on_codex_and_the_chat_goes_on(self):
        self.model.on("Explain the file changes", reply="It adds to the sum.")
        chat = self.chat(self.own_project())
        self.ended(chat, self.send(chat, "a word")["turnId"])
        self.assertEqual(self.tell(chat, "turn-elsewhere")["status"], "accepted")
        eventually(lambda: [row for row in self.rows(chat, "fileChange.explainability") if row["status"] == "complete"], 30.0,
                   "the change is not explained")
        rows = self.view(chat)["transcript"]
        self.assertEqual([row["type"] for row in rows], ["userMessage", "agentMessage", "fileChange", "fileChange.explainability"])
        self.assertEqual(rows[-1]["content"], "It adds to the sum.")
        self.assertEqual(self.tell(chat, "turn-elsewhere")["status"], "accepted")  # the same item again
        self.assertEqual(self.view(chat)["transcript"], rows)
        self.assertEqual(self.ended(chat, self.send(chat, "go on")["turnId"]), "completed")

    def refused(self, chat, turn):
        refusal = self.tell(chat, turn, status=409)
        self.assertEqual((refusal["status"], refusal["code"], refusal["turnId"]), ("foreign_turn", "job_conflict", turn))
        self.assertEqual(self.rows(chat, "fileChange"), [])

    def test_nobody_else_speaks_for_a_turn_that_codex_runs_or_ran(self):
        play = self.model.on("mine to tell", reply="told").hold()
        self.addCleanup(play.release)
        chat = self.chat(self.own_project())
        turn = self.send(chat, "mine to tell")["turnId"]
        eventually(lambda: self.model.calls("mine to tell"), what="the model is not asked")
        self.refused(chat, turn)
        play.release()
        self.assertEqual(self.ended(chat, turn), "completed")
        self.refused(chat, turn)
        self.assertEqual(self.said(chat), ["told"])


if __name__ == "__main__":
    unittest.main()
