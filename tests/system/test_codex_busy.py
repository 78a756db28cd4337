#!/usr/bin/env python3
"""A message to a busy chat that interrupts, and the steering of a named turn, on the real codex."""

import unittest

from support.client import eventually
from support.codex import CodexTest


class Busy(CodexTest):
    def running(self, text, reply="at last"):
        play = self.model.on(text, reply=reply).hold()
        self.addCleanup(play.release)
        chat = self.chat()
        turn = self.send(chat, text)["turnId"]
        eventually(lambda: self.model.calls(text), what="the model is not asked")
        return chat, turn, play

    def steer(self, chat, turn, status, text="and be brief"):
        return self.client.expect(status, "POST", f"/api/sessions/{chat}/turns/{turn}/steer", {"input": text})

    def test_a_message_that_interrupts_ends_the_turn_and_has_its_own(self):
        chat, turn, _ = self.running("a long walk")
        sent = self.send(chat, "come back", whenBusy="interrupt")
        self.assertNotEqual(sent["turnId"], turn)
        self.assertEqual(self.ended(chat, turn), "interrupted")
        self.assertEqual(self.ended(chat, sent["turnId"]), "completed")
        self.assertEqual((self.said(chat, "user"), self.said(chat)), (["a long walk", "come back"], ["echo: come back"]))

    def test_a_turn_under_way_is_steered(self):
        chat, turn, play = self.running("tell me all")
        self.assertEqual(self.steer(chat, turn, 200), {
            "status": "ok", "sessionId": chat, "turnId": turn,
            "result": {"actionType": "turn.steer", "status": "performed", "details": {"turnId": turn}}})
        play.release()
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertEqual(self.said(chat, "user"), ["tell me all", "and be brief"])
        self.assertEqual(self.model.calls("and be brief"), 1)

    def refused(self, chat, turn, code):
        refusal = self.steer(chat, turn, 409)
        self.assertEqual([refusal[name] for name in ("status", "code", "sessionId", "turnId")], ["error", code, chat, turn])
        self.assertEqual((refusal["result"]["actionType"], refusal["result"]["status"]), ("turn.steer", code))
        self.assertTrue(refusal["result"]["details"]["error"])

    def test_a_turn_that_has_ended_or_that_nobody_runs_is_not_steered(self):
        chat, turn, play = self.running("say it once")
        self.refused(chat, "turn_of_nobody", "not_eligible")
        play.release()
        self.assertEqual(self.ended(chat, turn), "completed")
        self.refused(chat, turn, "already_resolved")
        self.assertEqual(self.said(chat, "user"), ["say it once"])

    def test_the_turn_of_another_chat_is_not_steered(self):
        chat, turn, play = self.running("mine alone")
        other, other_turn, _ = self.running("yours alone")
        self.refused(chat, other_turn, "not_eligible")
        play.release()
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertEqual(self.said(other, "user"), ["yours alone"])


if __name__ == "__main__":
    unittest.main()
