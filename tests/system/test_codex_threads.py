#!/usr/bin/env python3
"""Chats whose thread codex does not have, because they never ran or because it is lost: they are known all the same, and
what cannot be done is refused as a wrong state."""

import glob
import os
import unittest

from support.codex import CodexTest

REVIEW = {"target": {"type": "custom", "instructions": "look at it"}}
ORDERS = (("fork", None), ("compact", None), ("review", REVIEW), ("background-terminals/clean", {}), ("rollback", {}))


class Threads(CodexTest):
    def orders(self, chat):
        """What came of each order that needs the thread: status, and the words of the reply."""
        found = {}
        for order, body in ORDERS:
            reply = self.client.post(f"/api/sessions/{chat}/{order}", body)
            found[order] = (reply.status, reply.json["status"], reply.json.get("code"), reply.json.get("sessionId"))
        return found

    def test_a_chat_that_never_ran_cannot_be_forked_and_is_known(self):
        chat = self.chat()
        refused = self.client.expect(409, "POST", f"/api/sessions/{chat}/fork")
        archive = self.client.expect(409, "POST", f"/api/sessions/{chat}/archive")
        self.assertEqual(refused, archive)
        self.assertEqual((refused["status"], refused["code"], refused["sessionId"], refused["archived"]),
                         ("not_materialized", "job_conflict", chat, False))
        self.assertEqual(self.view(chat)["session"]["sessionId"], chat)

    def test_after_a_restart_of_codex_a_chat_that_never_ran_is_in_the_wrong_state_and_takes_messages(self):
        chat = self.chat()
        self.back_after(self.kill_codex())
        refused = (409, "not_materialized", "job_conflict", chat)
        nothing_to_do = (200, "ok", None, chat)
        self.assertEqual(self.orders(chat), {"fork": refused, "compact": refused, "review": refused,
                                             "background-terminals/clean": refused, "rollback": nothing_to_do})
        self.assertEqual(self.ended(chat, self.send(chat, "hello")["turnId"]), "completed")
        self.assertEqual(self.client.post(f"/api/sessions/{chat}/fork").status, 200)

    def test_a_chat_whose_thread_is_lost_is_in_the_wrong_state_until_a_message_begins_a_new_one(self):
        chat = self.chat()
        self.ended(chat, self.send(chat, "before")["turnId"])
        pid = self.kill_codex()
        for path in glob.glob(os.path.join(self.home, "sessions", "*", "*", "*", f"*{chat}*")):
            os.remove(path)
        self.back_after(pid)
        refused = (409, "error", "invalid_state", chat)
        self.assertEqual(self.orders(chat), {order: refused for order, _ in ORDERS})
        self.assertEqual(self.view(chat)["session"]["sessionId"], chat)
        self.assertEqual(self.ended(chat, self.send(chat, "after")["turnId"]), "completed")
        self.assertEqual(self.said(chat, "user"), ["before", "after"])
        self.assertEqual(self.client.post(f"/api/sessions/{chat}/fork").status, 200)

    def test_a_chat_that_nobody_knows_is_not_found(self):
        for order, body in ORDERS:
            self.client.expect(404, "POST", f"/api/sessions/01a20000-0000-7000-8000-000000000000/{order}", body)


if __name__ == "__main__":
    unittest.main()
