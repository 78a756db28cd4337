#!/usr/bin/env python3
"""What codex asks beside approvals of commands and files: input for a tool, permissions, a tool server's question, a call
of a client's tool. Where the real codex cannot be made to ask, a stand-in asks.
"""

import json
import os
import sys
import unittest

from support.client import eventually
from support.codex import CodexTest, tool
from support.daemon import ROOT
from support.fake_codex import fake_codex_daemon
from support.ws import WebSocket

MCP_SERVER = os.path.join(ROOT, "tests", "support", "mcp_server.py")
LISTS = {"approval": "approvals", "tool_user_input": "tool-input", "tool_call": "tool-calls"}
ANSWERS = {"approvals": "/api/approvals/{}/decision", "tool-input": "/api/tool-input/{}/decision",
           "tool-calls": "/api/tool-calls/{}/response"}
BERTH = {"header": "Berth", "id": "berth", "question": "Which berth?",
         "options": [{"label": "north", "description": "deep"}, {"label": "south", "description": "near"}]}


class Asking:
    """How a test sees a chat's questions and answers them."""

    client = None

    def waiting(self, chat, kind):
        return self.client.expect(200, "GET", f"/api/sessions/{chat}/{kind}")["data"]

    def asked(self, chat, kind):
        return eventually(lambda: self.waiting(chat, kind), what="nobody is asked")[0]

    def answer(self, kind, question, body, status=200):
        number = question if isinstance(question, str) else question.get("requestId") or question["approvalId"]
        return self.client.expect(status, "POST", ANSWERS[kind].format(number), body)


class RealQuestions(Asking, CodexTest):
    features = ("default_mode_request_user_input", "request_permissions_tool")
    config = f'\n[mcp_servers.harbour]\ncommand = {json.dumps(sys.executable)}\nargs = ["-B", {json.dumps(MCP_SERVER)}]\n'

    def start(self, text, *calls):
        self.model.on(text, reply="so be it", calls=calls)
        chat = self.chat(approvalPolicy="on-request")
        return chat, self.send(chat, text)["turnId"]

    def results(self, needle):
        """What the model was told of its calls."""
        return [json.dumps(result) for result in self.model.results(needle)]

    def test_input_for_a_tool_is_asked_for_and_given(self):
        chat, turn = self.start("ask for a berth", tool("request_user_input", questions=[BERTH]))
        question = self.asked(chat, "tool-input")
        self.assertEqual((question["method"], question["threadId"], question["turnId"], question["status"]),
                         ("item/tool/requestUserInput", chat, turn, "pending"))
        self.assertEqual([asked["id"] for asked in question["questions"]], ["berth"])
        self.assertEqual(self.waiting(chat, "approvals") + self.waiting(chat, "tool-calls"), [])
        given = {"decision": "accept", "answers": {"berth": {"answers": ["north"]}}}
        self.assertEqual(self.answer("tool-input", question, given),
                         {"status": "ok", "requestId": question["requestId"], "threadId": chat})
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertIn("north", self.results("ask for a berth")[-1])
        late = self.answer("tool-input", question, given, 409)
        self.assertEqual((late["status"], late["requestId"], late["threadId"]), ("reconciled", question["requestId"], chat))

    def test_input_that_is_declined_is_no_input(self):
        chat, turn = self.start("ask in vain", tool("request_user_input", questions=[BERTH]))
        self.answer("tool-input", self.asked(chat, "tool-input"), {"decision": "decline"})
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertNotIn("north", self.results("ask in vain")[-1])

    def test_permissions_are_granted_or_not(self):
        for decision, granted in (("accept", True), ("decline", False)):
            text = f"permit it, {decision}"
            chat, turn = self.start(text, tool("request_permissions", reason="to fetch the tables",
                                               permissions={"network": {"enabled": True}}))
            question = self.asked(chat, "approvals")
            self.assertEqual((question["method"], question["summary"]),
                             ("item/permissions/requestApproval", "to fetch the tables"))
            self.answer("approvals", question, {"decision": decision, "scope": "turn"})
            self.assertEqual(self.ended(chat, turn), "completed")
            network = json.loads(self.model.results(text)[-1])["permissions"].get("network")
            self.assertEqual(network, {"enabled": True} if granted else None)

    def test_a_tool_server_asks_through_codex(self):
        for decision, more in (("accept", {"content": {"berth": "7"}}), ("decline", {}), ("cancel", {})):
            text = f"moor the boat, {decision}"
            chat, turn = self.start(text, tool("moor", namespace="mcp__harbour"))
            question = self.asked(chat, "approvals")
            self.assertEqual((question["method"], question["summary"]), ("mcpServer/elicitation/request", "Which berth?"))
            self.answer("approvals", question, {"decision": decision, **more})
            self.assertEqual(self.ended(chat, turn), "completed")
            told = self.results(text)[-1]
            self.assertIn(decision, told)
            self.assertEqual("berth" in told, decision == "accept", told)

    def test_every_question_ends_with_its_turn(self):
        asks = {"tool-input": tool("request_user_input", questions=[BERTH]),
                "approvals": tool("moor", namespace="mcp__harbour")}
        for kind, call in asks.items():
            chat, turn = self.start(f"interrupt while {kind} wait", call)
            question = self.asked(chat, kind)
            self.client.expect(200, "POST", f"/api/sessions/{chat}/interrupt")
            self.assertEqual(self.ended(chat, turn), "interrupted")
            eventually(lambda: not self.waiting(chat, kind), what=f"{kind} wait on")
            self.answer(kind, question, {"decision": "accept"}, 409)
            self.assertEqual(self.ended(chat, self.send(chat, "still there?")["turnId"]), "completed")

    def test_a_worker_s_question_is_declined_at_once_and_its_job_ends(self):
        self.model.on("nobody looks", reply="Please moor it.", calls=[tool("moor", namespace="mcp__harbour")])
        chat = self.chat(self.own_project())
        self.assertEqual(self.ended(chat, self.send(chat, "a quiet day")["turnId"]), "completed")
        job = self.client.expect(202, "POST", f"/api/sessions/{chat}/suggested-reply/jobs", {"draft": "while nobody looks"})
        done = self.client.wait_job(job["jobId"])
        self.assertEqual((done["state"], done["result"]["suggestion"]), ("completed", "Please moor it."))
        self.assertIn("decline", json.dumps(self.model.results("nobody looks")))
        self.assertEqual(self.waiting(chat, "approvals"), [])

    def test_every_question_ends_with_codex(self):
        chat, turn = self.start("ask and die", tool("request_user_input", questions=[BERTH]))
        question = self.asked(chat, "tool-input")
        with WebSocket(self.daemon.port, thread=chat) as socket:
            self.back_after(self.kill_codex())
            ended = socket.until(lambda m: m["type"] == "tool_user_input_resolved")[-1]["payload"]
        self.assertEqual((ended["requestId"], ended["status"], ended["decision"]), (question["requestId"], "expired", None))
        self.assertEqual(self.ended(chat, turn), "interrupted")
        self.assertEqual(self.waiting(chat, "tool-input"), [])
        self.answer("tool-input", question, {"decision": "accept"}, 409)


class StandIn(Asking, unittest.TestCase):
    """An app server that asks in every turn for what the message names."""

    def begin(self, *flags):
        self.daemon = fake_codex_daemon(self, "asks", *flags)
        self.client = self.daemon.client
        eventually(lambda: self.client.get("/api/health").json["status"] == "ok", what="the app server does not answer")

    def start(self, method, chat=None):
        chat = chat or self.client.new_chat()["sessionId"]
        turn = self.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": method})["turnId"]
        return chat, turn

    def said(self, chat, role="assistant"):
        rows = self.client.expect(200, "GET", f"/api/sessions/{chat}")["transcript"]
        return [row["content"] for row in rows if row["role"] == role]

    def test_a_call_of_a_client_s_tool_is_answered_by_the_client(self):
        """Shown by the stand-in alone: the real codex does not send item/tool/call under the mock model."""
        self.begin()
        for body, told in (({"text": "high"}, {"success": True, "contentItems": [{"type": "inputText", "text": "high"}]}),
                           ({"success": False}, {"success": False, "contentItems": []})):
            chat, turn = self.start("item/tool/call")
            call = self.asked(chat, "tool-calls")
            self.assertEqual((call["turnId"], call["callId"], call["tool"], call["arguments"], call["status"]),
                             (turn, "call-1", "tide", {"port": "north"}, "pending"))
            self.assertEqual(self.answer("tool-calls", call, body),
                             {"status": "ok", "requestId": call["requestId"], "threadId": chat})
            eventually(lambda: self.said(chat), what="the turn does not end")
            self.assertEqual(json.loads(self.said(chat)[0]), told)
            self.answer("tool-calls", call, body, 409)

    def test_questions_end_with_their_turn_also_when_the_app_server_says_nothing(self):
        self.begin("silent")
        for method, kind in (("item/tool/call", "tool-calls"), ("item/tool/requestUserInput", "tool-input"),
                             ("mcpServer/elicitation/request", "approvals")):
            chat, _ = self.start(method)
            question = self.asked(chat, kind)
            self.client.expect(200, "POST", f"/api/sessions/{chat}/interrupt")
            eventually(lambda: not self.waiting(chat, kind), what=f"{kind} wait on")
            body = {"text": "late"} if kind == "tool-calls" else {"decision": "accept"}
            self.answer(kind, question, body, 409)

    def test_an_answer_of_one_kind_reaches_no_question_of_another(self):
        self.begin()
        chat, _ = self.start("item/tool/requestUserInput")
        question = self.asked(chat, "tool-input")
        self.answer("approvals", question, {"decision": "accept"}, 404)
        self.answer("tool-calls", question, {"text": "x"}, 404)
        self.assertEqual(self.waiting(chat, "tool-input"), [question])

    def test_two_chats_wait_and_each_gets_its_own_answer_in_any_order(self):
        self.begin()
        first, _ = self.start("item/commandExecution/requestApproval")
        second, _ = self.start("item/commandExecution/requestApproval")
        one, two = self.asked(first, "approvals"), self.asked(second, "approvals")
        self.assertNotEqual(one["approvalId"], two["approvalId"])
        self.answer("approvals", two, {"decision": "decline"})
        eventually(lambda: self.said(second) == ["decline"], what="the second chat's turn does not end")
        self.assertEqual(self.waiting(first, "approvals"), [one])
        self.answer("approvals", one, {"decision": "accept", "scope": "session"})
        eventually(lambda: self.said(first) == ["acceptForSession"], what="the first chat's turn does not end")

    def test_nothing_waits_after_a_restart_of_the_daemon_and_no_old_answer_reaches_a_new_question(self):
        self.begin()
        chat, _ = self.start("item/commandExecution/requestApproval")
        old = self.asked(chat, "approvals")
        eventually(lambda: self.said(chat, "user"), what="the message has no row")  # without one it would be sent again
        self.daemon.kill()
        self.daemon.start()
        self.client = self.daemon.client
        self.assertEqual(self.waiting(chat, "approvals"), [])
        self.answer("approvals", old, {"decision": "accept"}, 409)
        with WebSocket(self.daemon.port, thread=chat, since=0) as socket:
            ended = socket.until(lambda m: m["type"] == "approval_resolved")[-1]["payload"]
        self.assertEqual((ended["approvalId"], ended["status"]), (old["approvalId"], "expired"))

        def idle():
            return self.client.expect(200, "GET", f"/api/sessions/{chat}")["thread"]["status"]["type"] == "idle"
        eventually(idle, what="the turn of before does not end")
        self.start("item/commandExecution/requestApproval", chat)
        new = self.asked(chat, "approvals")
        self.assertNotEqual(new["approvalId"], old["approvalId"])
        self.answer("approvals", old, {"decision": "accept"}, 409)
        self.assertEqual(self.waiting(chat, "approvals"), [new])

    def test_a_daemon_that_stops_says_of_every_question_that_it_is_over(self):
        self.begin()
        chat, _ = self.start("item/tool/requestUserInput")
        question = self.asked(chat, "tool-input")
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.start()
        self.client = self.daemon.client
        with WebSocket(self.daemon.port, thread=chat, since=0) as socket:
            ended = socket.until(lambda m: m["type"] == "tool_user_input_resolved")[-1]["payload"]
        self.assertEqual((ended["requestId"], ended["status"]), (question["requestId"], "expired"))
        self.assertEqual(self.waiting(chat, "tool-input"), [])

    def test_nobody_hears_of_what_a_hidden_session_asks_and_it_is_declined_at_once(self):
        self.begin()
        project = self.client.new_project("Harbour")["projectId"]
        chat, _ = self.start("item/tool/call", self.client.new_chat(project)["sessionId"])
        self.answer("tool-calls", self.asked(chat, "tool-calls"), {"text": "high"})
        eventually(lambda: self.said(chat), what="the turn does not end")
        with WebSocket(self.daemon.port) as socket:
            self.assertEqual(socket.next()["type"], "ready")
            job = self.client.expect(202, "POST", f"/api/sessions/{chat}/suggested-reply/jobs", {})["jobId"]
            self.assertEqual(self.client.wait_job(job)["state"], "completed")
            heard = socket.until(lambda m: m["type"] == "orchestrator_job_completed")
        self.assertEqual([m["type"] for m in heard if m["type"].startswith(("approval", "tool_"))], [])


if __name__ == "__main__":
    unittest.main()
