#!/usr/bin/env python3
"""A codex that hangs for longer than a call may take, and goes on: nothing that was accepted is lost, or cut off by what
became of the call."""

import os
import signal
import threading
import unittest

from support.client import eventually
from support.codex import CodexTest


class Hangs(CodexTest):
    def stop_codex(self):
        pid = self.codex_pid()
        os.kill(pid, signal.SIGSTOP)
        return lambda: os.kill(pid, signal.SIGCONT)

    def repeat_until_taken(self, chat, text, headers):
        answers = []

        def taken():
            answers.append(self.client.request("POST", f"/api/sessions/{chat}/messages", {"text": text}, headers=headers))
            return answers[-1].status not in (503, 409)  # not known yet, or being interrupted

        eventually(taken, 20, "the message is not taken")
        return answers

    def test_a_message_that_is_sent_again_after_a_hang_joins_no_turn_that_is_interrupted(self):
        for headers in (None, {"Idempotency-Key": "again"}):
            with self.subTest(headers=headers):
                chat = self.chat()
                self.ended(chat, self.send(chat, "hello")["turnId"])
                go_on = self.stop_codex()
                first = self.client.request("POST", f"/api/sessions/{chat}/messages", {"text": "the tide"}, headers=headers)
                self.assertEqual(first.status, 504, first.body)
                timer = threading.Timer(0.3, go_on)
                timer.start()
                answers = self.repeat_until_taken(chat, "the tide", headers)
                timer.join()
                self.assertEqual(answers[-1].status, 202, answers[-1].body)
                self.assertEqual(self.ended(chat, answers[-1].json["turnId"]), "completed")
                self.assertEqual(self.said(chat), ["echo: hello", "echo: the tide"])
                self.assertEqual(self.said(chat, "user"), ["hello", "the tide"])

    def test_a_job_whose_turn_a_hang_delays_spends_no_attempt_and_keeps_its_worker(self):
        self.model.on("Suggest the next", reply="And the berth?")
        project = self.own_project()
        chat = self.chat(project)
        self.ended(chat, self.send(chat, "hello")["turnId"])
        suggest = lambda: self.client.expect(202, "POST", f"/api/sessions/{chat}/suggested-reply/jobs", {})["jobId"]
        workers = lambda: [each["sessionId"] for each in self.client.expect(200, "GET", f"/api/projects/{project}/agent-sessions")["data"]]
        self.client.wait_job(suggest())
        before = workers()
        go_on = self.stop_codex()
        job = suggest()
        timer = threading.Timer(10.6, go_on)
        timer.start()
        ended = self.client.wait_job(job, 60)
        timer.join()
        self.assertEqual((ended["state"], ended["attempts"]), ("completed", 1), ended["error"])
        self.assertEqual(workers(), before)


if __name__ == "__main__":
    unittest.main()
