#!/usr/bin/env python3
"""Steering that codex itself refuses: the turn is over, or of a kind that takes nothing more."""

import threading
import unittest

from support.client import eventually
from support.gates import GatedTest

LATE = "and be quick"


class RefusedByCodex(GatedTest):
    def held(self, text):
        play = self.model.on(text, reply="done").hold()
        self.addCleanup(play.release)
        return play

    def steer(self, chat, turn):
        return self.daemon.client.request("POST", f"/api/sessions/{chat}/turns/{turn}/steer", {"input": LATE})

    def assert_conflict(self, reply, chat, turn):
        self.assertEqual(reply.status, 409, reply.body)
        refusal = reply.json
        self.assertEqual([refusal[name] for name in ("status", "code", "sessionId", "turnId")], ["error", "conflict", chat, turn])
        self.assertEqual((refusal["result"]["actionType"], refusal["result"]["status"]), ("turn.steer", "conflict"))
        self.assertTrue(refusal["result"]["details"]["error"])

    def test_a_turn_that_ends_while_it_is_steered_takes_nothing_and_the_chat_goes_on(self):
        play = self.held("almost done")
        chat = self.chat()
        turn = self.send(chat, "almost done")["turnId"]
        eventually(lambda: play.asked, what="the model is not asked")
        gate = self.gate("park", "turn/steer")
        replies = []
        asking = threading.Thread(target=lambda: replies.append(self.steer(chat, turn)))
        asking.start()
        self.held_at(gate)
        play.release()
        self.assertEqual(self.ended(chat, turn), "completed")
        self.open_gate(gate)
        asking.join(30.0)
        self.assert_conflict(replies[0], chat, turn)
        self.assertEqual(self.ended(chat, self.send(chat, "next")["turnId"]), "completed")
        self.assertEqual(self.said(chat, "user"), ["almost done", "next"])
        self.assertEqual(self.model.calls(LATE), 0)

    def test_a_review_takes_nothing(self):
        chat = self.chat()
        self.ended(chat, self.send(chat, "a word")["turnId"])
        play = self.held("look at the piers")
        target = {"target": {"type": "custom", "instructions": "look at the piers"}}
        review = self.client.expect(200, "POST", f"/api/sessions/{chat}/review", target)["result"]["turn"]["id"]
        eventually(lambda: play.asked, what="the model is not asked")
        self.assert_conflict(self.steer(chat, review), chat, review)
        refusal = self.send(chat, LATE, status=409, whenBusy="steer")
        self.assertEqual((refusal["status"], refusal["turnId"]), ("turn_active", review))
        play.release()
        self.assertEqual(self.ended(chat, review), "completed")
        self.assertEqual(self.ended(chat, self.send(chat, "next")["turnId"]), "completed")
        self.assertEqual(self.model.calls(LATE), 0)


if __name__ == "__main__":
    unittest.main()
