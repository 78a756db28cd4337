#!/usr/bin/env python3
"""What codex asks of people: each question waits under an id of ours, is answered once, and ends with its turn."""

import os
import threading
import unittest

from support.client import Client, eventually
from support.codex import CodexTest, patch, run
from support.ws import WebSocket


class Approvals(CodexTest):
    def asking_chat(self, text, **members):
        chat = self.chat(approvalPolicy="on-request", **members)
        return chat, self.send(chat, text)["turnId"]

    def waiting(self, chat):
        return self.client.expect(200, "GET", f"/api/sessions/{chat}/approvals")["data"]

    def asked(self, chat):
        return eventually(lambda: self.waiting(chat), what="nobody is asked")[0]

    def decide(self, approval, decision, scope="turn", status=200):
        body = {"decision": decision, "scope": scope}
        return self.client.expect(status, "POST", f"/api/approvals/{approval}/decision", body)

    def outside(self, name):
        """A command that leaves the sandbox, and the file that it makes."""
        path = os.path.join(self.home, name)
        return run(f"touch {path}", escalate=True), path

    def test_an_accepted_command_runs(self):
        call, path = self.outside("accepted")
        self.model.on("accept this", reply="done", calls=[call])
        chat, turn = self.asking_chat("accept this")
        question = self.asked(chat)
        self.assertEqual((question["method"], question["threadId"], question["turnId"], question["status"]),
                         ("item/commandExecution/requestApproval", chat, turn, "pending"))
        self.assertIn(f"touch {path}", question["summary"])
        self.assertFalse(os.path.exists(path))
        self.assertEqual(self.decide(question["approvalId"], "accept"),
                         {"status": "ok", "approvalId": question["approvalId"], "threadId": chat})
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertTrue(os.path.exists(path))
        self.assertEqual(self.waiting(chat), [])

    def test_a_declined_command_does_not_run_and_the_turn_goes_on(self):
        call, path = self.outside("declined")
        self.model.on("decline this", reply="then not", calls=[call])
        chat, turn = self.asking_chat("decline this")
        self.decide(self.asked(chat)["approvalId"], "decline")
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertEqual(self.said(chat), ["then not"])
        self.assertFalse(os.path.exists(path))

    def test_a_canceled_command_ends_the_turn(self):
        call, path = self.outside("canceled")
        self.model.on("cancel this", calls=[call])
        chat, turn = self.asking_chat("cancel this")
        self.decide(self.asked(chat)["approvalId"], "cancel")
        self.assertEqual(self.ended(chat, turn), "interrupted")
        self.assertFalse(os.path.exists(path))

    def test_a_file_change_is_asked_for_and_made(self):
        self.model.on("change it", reply="changed", calls=[patch("made.txt", content="hello")])
        chat, turn = self.asking_chat("change it", filesystemSandbox="read-only")
        asked = self.asked(chat)
        self.assertRegex(asked["summary"], r"^change .*made\.txt$")
        (change,) = asked["details"]["changes"]
        self.assertEqual((os.path.basename(change["path"]), change["diff"].strip()), ("made.txt", "hello"))
        self.decide(asked["approvalId"], "accept", "session")
        self.assertEqual(self.ended(chat, turn), "completed")
        changes = [row for row in self.view(chat)["transcript"] if row["type"] == "fileChange"]
        self.assertEqual([row["status"] for row in changes], ["complete"])

    def test_a_second_answer_comes_too_late_and_an_unknown_id_is_not_found(self):
        call, _ = self.outside("twice")
        self.model.on("answer twice", calls=[call])
        chat, turn = self.asking_chat("answer twice")
        approval = self.asked(chat)["approvalId"]
        self.decide(approval, "decline")
        late = self.decide(approval, "accept", status=409)
        self.assertEqual((late["status"], late["approvalId"], late["threadId"]), ("reconciled", approval, chat))
        self.assertEqual(self.decide("approval_unknown", "accept", status=404)["approvalId"], "approval_unknown")
        self.decide(approval, "perhaps", status=400)
        self.ended(chat, turn)

    def all_at_once(self, approval, people=10):
        """Status and body of each answer."""
        replies, start = [], threading.Barrier(people)

        def answer():
            client = Client(self.daemon.port)
            client.get("/healthz")  # connected
            start.wait(30)
            reply = client.post(f"/api/approvals/{approval}/decision", {"decision": "decline", "scope": "turn"})
            replies.append((reply.status, reply.json["status"]))
            client.close()
        threads = [threading.Thread(target=answer) for _ in range(people)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        return sorted(replies)

    def test_of_people_who_answer_at_once_one_decides_and_all_others_come_too_late(self):
        for n in range(15):
            call, _ = self.outside(f"crowd-{n}")
            self.model.on(f"ask a crowd {n}.", calls=[call])
            chat, turn = self.asking_chat(f"ask a crowd {n}.")
            replies = self.all_at_once(self.asked(chat)["approvalId"])
            self.assertEqual(replies, [(200, "ok")] + [(409, "reconciled")] * 9)
            self.assertEqual(self.ended(chat, turn), "completed")

    def test_a_question_ends_with_its_turn(self):
        call, path = self.outside("interrupted")
        self.model.on("interrupt this", calls=[call])
        chat, turn = self.asking_chat("interrupt this")
        approval = self.asked(chat)["approvalId"]
        self.client.expect(200, "POST", f"/api/sessions/{chat}/interrupt")
        self.assertEqual(self.ended(chat, turn), "interrupted")
        eventually(lambda: not self.waiting(chat), what="the question waits on")
        self.decide(approval, "accept", status=409)
        self.assertFalse(os.path.exists(path))

    def test_no_question_outlives_codex_and_no_answer_reaches_another_command(self):
        first, first_path = self.outside("before")
        second, second_path = self.outside("after")
        self.model.on("before the death", calls=[first])
        self.model.on("after the death", reply="not done", calls=[second])
        chat, turn = self.asking_chat("before the death")
        approval = self.asked(chat)["approvalId"]
        self.back_after(self.kill_codex())
        self.assertEqual(self.ended(chat, turn), "interrupted")
        self.assertEqual(self.waiting(chat), [])
        other, other_turn = self.asking_chat("after the death")
        again = self.asked(other)["approvalId"]  # the server's own id is the same again
        self.assertNotEqual(again, approval)
        self.decide(approval, "accept", status=409)
        self.assertEqual([question["approvalId"] for question in self.waiting(other)], [again])
        self.decide(again, "decline")
        self.assertEqual(self.ended(other, other_turn), "completed")
        self.assertFalse(os.path.exists(first_path) or os.path.exists(second_path))

    def test_sockets_hear_of_questions_and_of_their_ends(self):
        call, _ = self.outside("heard")
        self.model.on("let it be heard", calls=[call])
        chat = self.chat(approvalPolicy="on-request")
        with WebSocket(self.daemon.port, thread=chat) as socket:
            self.assertEqual(socket.next()["type"], "ready")
            self.send(chat, "let it be heard")
            asked = socket.until(lambda m: m["type"] == "approval")[-1]["payload"]
            self.decide(asked["approvalId"], "decline")
            ended = socket.until(lambda m: m["type"] == "approval_resolved")[-1]["payload"]
        self.assertEqual((ended["approvalId"], ended["threadId"], ended["status"], ended["decision"]),
                         (asked["approvalId"], chat, "answered", "decline"))


if __name__ == "__main__":
    unittest.main()
