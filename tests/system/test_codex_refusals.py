#!/usr/bin/env python3
"""Every kind of refusal by the runtime, as each route tells it (api.md 1, the row "runtime's own refusals"). A stand-in
refuses; what the real codex can be made to refuse is in test_codex_calls and test_codex_steer."""

import json
import os
import tempfile
import unittest

from support.client import eventually
from support.fake_codex import fake_codex_daemon

# What codex says, in its own words → status and code here.
KINDS = {
    "auth": ([-32600, "codex account authentication required to do this"], 401, "auth_required"),
    "parameters": ([-32602, "Input exceeds the maximum length of 1048576 characters."], 400, "invalid_params"),
    "state": ([-32600, "expected active turn id `turn-1` but found `turn-2`"], 409, "invalid_state"),
    "other": ([-32603, "something broke"], 502, "runtime_error"),
}
QUESTIONS = {"/api/models": "model/list", "/api/account": "account/read", "/api/config": "config/read"}
ORDERS = {  # of a chat: what is posted behind its address, and the method that is asked for it
    "review": ({"target": {"type": "uncommittedChanges"}}, "review/start"),
    "background-terminals/clean": ({}, "thread/backgroundTerminals/clean"),
    "rename": ({"title": "Tides"}, "thread/name/set"),
    "fork": ({}, "thread/fork"),
    "resume": ({}, "thread/resume"),
    "compact": ({}, "thread/compact/start"),
    "archive": ({}, "thread/archive"),
    "messages": ({"text": "a word"}, "turn/start"),
}


class Refusals(unittest.TestCase):
    def start(self, *flags):
        folder = tempfile.TemporaryDirectory(prefix="lanekeeper-refusals-")
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "refused")
        self.refuse({})
        self.daemon = fake_codex_daemon(self, f"refuses={self.path}", *flags)
        self.client = self.daemon.client
        eventually(lambda: self.client.get("/api/health").json["status"] == "ok", 30.0, "the stand-in does not answer")

    def refuse(self, methods):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(methods, file)
        os.rename(self.path + ".new", self.path)

    def expect(self, status, code, method, verb, path, body=None, chat=None):
        reply = self.client.request(verb, path, body)
        self.assertEqual((reply.status, reply.json.get("code")), (status, code), reply.body)
        about = {"method": method, "sessionId": chat} if chat else {"method": method}
        self.assertEqual(reply.json["details"], about)

    def test_a_question(self):
        self.start()
        for path, method in QUESTIONS.items():
            for kind, (refusal, status, code) in {**KINDS, "method": (self.unknown(method), 501, "method_not_supported")}.items():
                with self.subTest(f"{path}: {kind}"):
                    self.refuse({method: refusal})
                    self.expect(status, code, method, "GET", path)
        self.refuse({})
        self.client.expect(200, "GET", "/api/models")

    @staticmethod
    def unknown(method):
        return [-32600, f"Invalid request: unknown variant `{method}`, expected one of `initialize`"]

    def idle_chat(self):
        chat = self.client.new_chat()["sessionId"]
        self.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": "hello"})
        eventually(lambda: self.client.expect(200, "GET", f"/api/sessions/{chat}")["thread"]["activeTurnId"] is None,
                   what="its turn does not end")
        return chat

    def test_an_order_about_a_chat_which_goes_on_afterwards(self):
        self.start()
        chat = self.idle_chat()
        for tail, (body, method) in ORDERS.items():
            for kind, (refusal, status, code) in {**KINDS, "method": (self.unknown(method), 501, "method_not_supported")}.items():
                with self.subTest(f"{tail}: {kind}"):
                    self.refuse({method: refusal})
                    self.expect(status, code, method, "POST", f"/api/sessions/{chat}/{tail}", body, chat)
        self.refuse({})
        self.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": "still there?"})

    def test_a_new_chat(self):
        self.start()
        for kind, (refusal, status, code) in KINDS.items():
            with self.subTest(kind):
                self.refuse({"thread/start": refusal})
                self.expect(status, code, "thread/start", "POST", "/api/sessions", {})
        self.refuse({})
        self.assertEqual(self.client.expect(200, "GET", "/api/sessions")["data"], [])

    def test_a_steer(self):
        self.start("slow")
        chat = self.client.new_chat()["sessionId"]
        turn = self.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": "a long walk"})["turnId"]
        path = f"/api/sessions/{chat}/turns/{turn}/steer"
        for kind in ("auth", "parameters", "other"):
            refusal, status, code = KINDS[kind]
            with self.subTest(kind):
                self.refuse({"turn/steer": refusal})
                self.expect(status, code, "turn/steer", "POST", path, {"input": "be quick"}, chat)
        for why in (KINDS["state"][0], [-32600, "no active turn to steer"], [-32600, "cannot steer a compact turn"]):
            with self.subTest(why[1]):
                self.refuse({"turn/steer": why})
                refused = self.client.expect(409, "POST", path, {"input": "be quick"})
                self.assertEqual((refused["code"], refused["result"]["status"], refused["turnId"]), ("conflict", "conflict", turn))
        self.refuse({})
        self.client.expect(200, "POST", path, {"input": "now"})


if __name__ == "__main__":
    unittest.main()
