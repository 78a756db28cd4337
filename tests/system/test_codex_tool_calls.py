#!/usr/bin/env python3
"""Tools that a chat's own client offers: a chat that another program made with one is gone on with here, and who answers
the tool's calls is whoever answers them over the API. On the real codex."""

import unittest

from support.client import eventually
from support.codex import CodexTest, tool
from support.other_client import OtherClient

TIDE = {"type": "function", "name": "tide", "description": "When the water is high.",
        "inputSchema": {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}}


class ToolCalls(CodexTest):
    def chat_with_a_tool(self):
        with OtherClient(self.binary, self.home) as other:
            thread = other.ask("thread/start", cwd=self.home, approvalPolicy="never", dynamicTools=[TIDE])["thread"]["id"]
            other.turn(thread, "made elsewhere")
        return thread

    def waiting(self, chat):
        return self.client.expect(200, "GET", f"/api/sessions/{chat}/tool-calls")["data"]

    def called(self, text):
        """A chat, its turn in which the model calls the tool, and the call."""
        self.model.on(text, reply="so it is", calls=[tool("tide", port="north")])
        chat = self.chat_with_a_tool()
        turn = self.send(chat, text)["turnId"]
        return chat, turn, eventually(lambda: self.waiting(chat), 20.0, "nobody is asked")[0]

    def answer(self, call, body, status=200):
        return self.client.expect(status, "POST", f"/api/tool-calls/{call['requestId']}/response", body)

    def test_a_call_waits_for_its_answer_and_the_model_hears_it_once(self):
        chat, turn, call = self.called("when is high water")
        self.assertEqual([call[name] for name in ("method", "threadId", "turnId", "tool", "arguments", "status")],
                         ["item/tool/call", chat, turn, "tide", {"port": "north"}, "pending"])
        self.assertTrue(call["callId"])
        self.assertEqual(self.answer(call, {"success": True, "text": "at noon"}),
                         {"status": "ok", "requestId": call["requestId"], "threadId": chat})
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertEqual(self.said(chat)[-1], "so it is")
        self.assertEqual(len(self.model.results("when is high water")), 1)
        self.assertIn("at noon", str(self.model.results("when is high water")))
        self.assertEqual(self.answer(call, {"text": "at one"}, 409)["status"], "reconciled")
        self.assertEqual(self.waiting(chat), [])

    def test_a_call_that_failed_is_told_as_such_and_the_turn_goes_on(self):
        chat, turn, call = self.called("ask the broken gauge")
        self.answer(call, {"success": False, "text": "the gauge is broken"})
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertIn("the gauge is broken", str(self.model.results("ask the broken gauge")))

    def test_a_call_that_nobody_answers_ends_with_its_turn(self):
        chat, turn, call = self.called("ask nobody")
        self.client.expect(200, "POST", f"/api/sessions/{chat}/interrupt")
        self.assertEqual(self.ended(chat, turn), "interrupted")
        eventually(lambda: not self.waiting(chat), what="the call waits on")
        self.answer(call, {"text": "too late"}, 409)
        self.assertEqual(self.ended(chat, self.send(chat, "still there?")["turnId"]), "completed")


if __name__ == "__main__":
    unittest.main()
