#!/usr/bin/env python3
"""Killed in the middle: codex ten times under load, and the daemon while codex works. Nothing is lost, nothing twice."""

import glob
import os
import unittest

from support.client import eventually
from support.codex import CodexTest, patch
from support.gates import GatedTest
from support.work import TERMINAL, metric


class DaemonDies(CodexTest):
    def setUp(self):
        self.project = self.own_project()

    def restart(self):
        self.daemon.kill()
        self.daemon.start()
        type(self).client = self.daemon.client

    def test_a_chat_whose_turn_ran_is_told_that_it_was_cut_off_and_the_model_is_not_asked_again(self):
        play = self.model.on("cut off here").hold()
        self.addCleanup(play.release)
        chat = self.chat()
        turn = self.send(chat, "cut off here")["turnId"]
        eventually(lambda: self.model.calls("cut off here"), what="the model is not asked")
        self.restart()
        self.assertEqual(self.ended(chat, turn), "interrupted")
        self.assertEqual(self.said(chat, "user"), ["cut off here"])
        self.assertEqual(self.ended(chat, self.send(chat, "go on")["turnId"]), "completed")
        self.assertEqual(self.model.calls("cut off here"), 1)

    def test_a_message_accepted_a_moment_before_is_there_once_and_asked_once_or_again_only_if_it_never_began(self):
        for n in range(6):
            text = f"a moment before {n}"
            chat = self.chat()
            self.send(chat, text)
            self.restart()

            def settled():
                view = self.view(chat)
                open_rows = [row for row in view["transcript"] if row["status"] == "streaming"]
                said = [row for row in view["transcript"] if row["role"] == "user"]
                return view if said and not open_rows and view["thread"]["activeTurnId"] is None else None
            view = eventually(settled, 30.0, "the message does not come to rest")
            said = [row["content"] for row in view["transcript"] if row["role"] == "user"]
            self.assertEqual(said, [text], f"cycle {n}")
            answers = [row["content"] for row in view["transcript"] if row["role"] == "assistant"]
            self.assertIn((self.model.calls(text), answers), [(0, []), (1, []), (1, [f"echo: {text}"])], f"cycle {n}")

    def test_a_chat_whose_file_was_hit_as_it_was_begun_goes_on_in_a_new_thread_with_its_rows(self):
        chat = self.chat()
        self.ended(chat, self.send(chat, "before the file was hit")["turnId"])
        self.daemon.kill()
        for path in glob.glob(os.path.join(self.home, "sessions", "*", "*", "*", f"*{chat}*")):
            os.truncate(path, 0)
        self.daemon.start()
        type(self).client = self.daemon.client
        self.assertEqual(self.ended(chat, self.send(chat, "and after it")["turnId"]), "completed")
        self.assertEqual(self.said(chat, "user"), ["before the file was hit", "and after it"])

    def test_a_job_whose_turn_ran_ends_once(self):
        play = self.model.on("Suggest the next message", reply="After the restart.").hold()
        chat = self.chat(self.project)
        self.ended(chat, self.send(chat, "anything")["turnId"])
        job_id = self.client.expect(202, "POST", f"/api/sessions/{chat}/suggested-reply/jobs", {})["jobId"]
        eventually(lambda: self.model.calls("Suggest the next message"), what="the model is not asked")
        self.daemon.kill()
        play.release()
        self.daemon.start()
        type(self).client = self.daemon.client
        job = self.client.wait_job(job_id)
        self.assertEqual((job["state"], job["result"]["suggestion"]), ("completed", "After the restart."))


class CodexDiesWithAMessage(GatedTest):
    def test_a_message_that_died_with_codex_before_it_was_shown_is_shown_in_its_turn_and_not_sent_again(self):
        chat = self.chat()
        self.ended(chat, self.send(chat, "before")["turnId"])
        turn = "0190a000-0000-7000-8000-000000000001"
        self.gate("grant", "turn/start", {"turn": {"id": turn, "status": "inProgress"}})
        self.assertEqual(self.send(chat, "taken and lost")["turnId"], turn)
        self.back_after(self.kill_codex())
        eventually(lambda: self.said(chat, "user") == ["before", "taken and lost"], 20.0, "the message is not there")
        self.assertIsNone(self.view(chat)["thread"]["activeTurnId"])
        self.assertEqual(self.ended(chat, self.send(chat, "after")["turnId"]), "completed")
        self.assertEqual(self.said(chat, "user"), ["before", "taken and lost", "after"])
        self.assertEqual(self.model.calls("taken and lost"), 0)


class CodexDies(CodexTest):
    def running(self, text):
        """A chat whose turn waits for the model."""
        play = self.model.on(text, reply="too late").hold()
        self.addCleanup(play.release)
        chat = self.chat()
        turn = self.send(chat, text)["turnId"]
        eventually(lambda: self.model.calls(text), 30.0, "the model is not asked")
        known = eventually(lambda: self.turn(chat, turn), what="the turn is not in the chat")
        self.assertEqual(known["status"], "inProgress")
        return chat, turn

    def assert_said_to_be_away(self, chat):
        """Health is degraded, and who asks meanwhile is told when to come back."""
        def look():
            health = self.health()
            reply = self.client.post(f"/api/sessions/{chat}/messages", {"text": "anybody?"})
            return (health, reply) if health["status"] == "degraded" and reply.status == 503 else None
        health, reply = eventually(look, 10.0, "nobody is told that codex is away")
        self.assertEqual((health["codex"]["running"], reply.json["code"]), (False, "runtime_unavailable"))
        self.assertGreater(reply.json["retryAfterMs"], 0)

    def test_ten_deaths_under_load_lose_no_job_and_block_no_lane(self):
        self.model.on("Explain", reply="It adds lines.")
        self.model.on("Suggest the next message", reply="Go on.")
        chats, jobs, turns = [], [], []
        for n in range(4):
            project = self.client.new_project(f"lane {n}")["projectId"]
            chats.append((project, self.chat(project)))
        self.model.on("change the file", reply="changed", calls=[patch("notes.txt", content="a\nb")])
        bystander, daemon = self.chat(), self.daemon.process.pid
        for round_ in range(10):
            running = self.running(f"held in round {round_}")
            for _, chat in chats:
                said = self.client.post(f"/api/sessions/{chat}/messages", {"text": f"change the file, round {round_}"})
                self.assertIn(said.status, (202, 409, 503), said)
                if said.status == 202:
                    turns.append((chat, said.json["turnId"]))
                asked = self.client.post(f"/api/sessions/{chat}/suggested-reply/jobs", {})
                self.assertIn(asked.status, (202, 409), asked)
                if asked.status == 202:
                    jobs.append(asked.json["jobId"])
            self.assertEqual(self.turn(*running)["status"], "inProgress")
            pid = self.kill_codex()
            self.assert_said_to_be_away(bystander)
            self.back_after(pid)
            self.assertEqual(self.ended(*running), "interrupted")
            self.assertEqual((self.daemon.alive(), self.daemon.process.pid), (True, daemon))
        self.assertEqual(metric(self.client, "lanekeeper_runtime_restarts_total"), self.health()["codex"]["starts"] - 1)
        self.assertGreaterEqual(metric(self.client, "lanekeeper_runtime_restarts_total"), 10)
        for chat, turn in turns:
            self.ended(chat, turn, 60.0)
        for project, chat in chats:
            def all_ended():
                listed = self.client.expect(200, "GET", f"/api/projects/{project}/orchestrator/jobs?limit=200")["data"]
                return all(job["state"] in TERMINAL for job in listed)
            eventually(all_ended, 120.0, "a lane is stuck")
            self.assertEqual(self.ended(chat, self.send(chat, "still well?")["turnId"]), "completed")
        ends = [self.client.job(job)["state"] for job in set(jobs)]
        self.assertTrue(set(ends) <= {"completed", "failed"}, ends)
        self.assertIn("completed", ends)
        self.assertEqual(self.health()["status"], "ok")


if __name__ == "__main__":
    unittest.main()
