#!/usr/bin/env python3
"""The daemon in front of the real codex: chats stream, jobs run on hidden worker sessions, and a dying codex loses nothing."""

import json
import os
import tempfile
import unittest

from support.client import eventually
from support.codex import CodexTest, run
from support.daemon import Daemon
from support.ws import WebSocket


class Chats(CodexTest):
    def test_a_message_streams_and_becomes_the_transcript(self):
        self.model.on("Name three colours", reply="red, green and blue")
        chat = self.chat()
        with WebSocket(self.daemon.port, thread=chat) as socket:
            self.assertEqual(socket.next()["type"], "ready")
            turn = self.send(chat, "Name three colours")["turnId"]
            heard = socket.until(lambda m: m["type"] == "notification" and m["payload"]["method"] == "turn/completed")
        methods = [m["payload"]["method"] for m in heard if m["type"] == "notification"]
        deltas = [m["payload"]["params"]["delta"] for m in heard
                  if m["type"] == "notification" and m["payload"]["method"] == "item/agentMessage/delta"]
        self.assertEqual("".join(deltas), "red, green and blue")
        self.assertLess(methods.index("turn/started"), methods.index("item/agentMessage/delta"))
        self.assertEqual(self.ended(chat, turn), "completed")
        rows = self.view(chat)["transcript"]
        self.assertEqual([(row["role"], row["content"], row["status"]) for row in rows],
                         [("user", "Name three colours", "complete"), ("assistant", "red, green and blue", "complete")])

    def test_a_chat_goes_on_with_what_was_said(self):
        chat = self.chat()
        for text in ("first", "second"):
            self.ended(chat, self.send(chat, text)["turnId"])
        self.assertEqual(self.said(chat), ["echo: first", "echo: second"])
        self.assertTrue(self.view(chat)["session"]["materialized"])

    def test_a_command_becomes_a_row(self):
        self.model.on("say hi in a shell", reply="said", calls=[run("echo hi")])
        chat = self.chat()
        self.assertEqual(self.ended(chat, self.send(chat, "say hi in a shell")["turnId"]), "completed")
        rows = [row for row in self.view(chat)["transcript"] if row["type"] == "commandExecution"]
        self.assertEqual(len(rows), 1)
        self.assertIn("echo hi", rows[0]["content"])

    def test_a_model_that_fails_fails_the_turn_and_the_next_one_works(self):
        self.model.on("fail once").fail(status=500)
        chat = self.chat()
        self.assertEqual(self.ended(chat, self.send(chat, "fail once")["turnId"]), "failed")
        self.assertEqual(self.ended(chat, self.send(chat, "and now")["turnId"]), "completed")


class OneTurnAtATime(CodexTest):
    def test_a_busy_chat_refuses_a_message_and_the_turn_is_untouched(self):
        play = self.model.on("think about it", reply="thought").hold()
        chat = self.chat()
        turn = self.send(chat, "think about it")["turnId"]
        reply = self.send(chat, "and this?", status=409)
        self.assertEqual((reply["status"], reply["turnId"]), ("turn_active", turn))
        play.release()
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertEqual(self.said(chat, "user"), ["think about it"])

    def test_an_interrupt_ends_the_turn_at_once(self):
        play = self.model.on("never ends").hold()
        self.addCleanup(play.release)
        chat = self.chat()
        turn = self.send(chat, "never ends")["turnId"]
        eventually(lambda: self.model.calls("never ends"), what="the model is not asked")
        self.client.expect(200, "POST", f"/api/sessions/{chat}/interrupt", {"turnId": turn})
        self.assertEqual(self.ended(chat, turn), "interrupted")
        self.client.expect(409, "POST", f"/api/sessions/{chat}/interrupt")
        self.assertEqual(self.ended(chat, self.send(chat, "still there?")["turnId"]), "completed")

    def test_an_interrupt_that_comes_before_the_turn_has_started_still_ends_it(self):
        play = self.model.on("too early").hold()
        self.addCleanup(play.release)
        for _ in range(5):
            chat = self.chat()
            turn = self.send(chat, "too early")["turnId"]
            self.client.expect(200, "POST", f"/api/sessions/{chat}/interrupt")
            self.assertEqual(self.ended(chat, turn), "interrupted")

    def test_a_message_that_steers_joins_the_turn(self):
        play = self.model.on("hold on", reply="both").hold()
        chat = self.chat()
        turn = self.send(chat, "hold on")["turnId"]
        eventually(lambda: self.model.calls("hold on"), what="the model is not asked")
        self.assertEqual(self.send(chat, "one more thing", whenBusy="steer")["turnId"], turn)
        play.release()
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertEqual(len(self.view(chat)["thread"]["turns"]), 1)

    def test_a_message_that_waits_is_sent_after_the_turn(self):
        play = self.model.on("slow one", reply="done").hold()
        chat = self.chat()
        self.send(chat, "slow one")
        self.assertTrue(self.send(chat, "after you", whenBusy="queue")["queued"])
        play.release()
        eventually(lambda: self.said(chat) == ["done", "echo: after you"], what="the waiting message is not answered")


class Threads(CodexTest):
    def act(self, chat, tail, body=None, status=200, verb="POST"):
        return self.client.expect(status, verb, f"/api/sessions/{chat}{tail}", body)

    def test_a_fork_knows_what_was_said_and_goes_its_own_way(self):
        chat = self.chat()
        self.ended(chat, self.send(chat, "before the fork")["turnId"])
        fork = self.act(chat, "/fork")["session"]["sessionId"]
        self.assertNotEqual(fork, chat)
        self.ended(fork, self.send(fork, "after the fork")["turnId"])
        self.assertEqual(self.said(chat), ["echo: before the fork"])
        self.assertEqual(self.said(fork)[-1], "echo: after the fork")

    def test_an_archived_chat_comes_back_and_works(self):
        chat = self.chat()
        self.act(chat, "/archive", status=409)
        self.ended(chat, self.send(chat, "keep this")["turnId"])
        self.act(chat, "/archive")
        self.act(chat, "/unarchive")
        self.assertEqual(self.ended(chat, self.send(chat, "again")["turnId"]), "completed")

    def test_a_rollback_forgets_turns_here_and_in_codex(self):
        chat = self.chat()
        for text in ("one", "two", "three"):
            self.ended(chat, self.send(chat, text)["turnId"])
        self.act(chat, "/rollback", {"numTurns": 2})
        self.assertEqual(self.said(chat), ["echo: one"])
        self.assertEqual(self.ended(chat, self.send(chat, "four")["turnId"]), "completed")
        self.assertEqual(self.said(chat), ["echo: one", "echo: four"])

    def test_a_chat_is_renamed_resumed_compacted_and_deleted(self):
        chat = self.chat()
        self.ended(chat, self.send(chat, "a long story")["turnId"])
        self.assertEqual(self.act(chat, "/rename", {"title": "Story"})["session"]["title"], "Story")
        self.act(chat, "/resume")
        self.act(chat, "/compact")
        eventually(lambda: self.view(chat)["thread"]["status"]["type"] == "idle", what="the compaction does not end")
        self.act(chat, "", verb="DELETE")
        self.act(chat, "", status=410, verb="GET")

    def test_questions_go_through_to_codex(self):
        models = self.client.expect(200, "GET", "/api/models")["data"]
        self.assertEqual([model["id"] for model in models], ["mock-model"])
        self.client.expect(401, "GET", "/api/account/rate-limits")
        eventually(lambda: self.client.expect(200, "GET", "/api/capabilities")["methods"].get("experimentalFeature/list"),
                   what="the capabilities are not known")
        capabilities = self.client.expect(200, "GET", "/api/capabilities")
        self.assertEqual((capabilities["runtime"], capabilities["methods"]["model/list"]), ("codex", "available"))


class Chosen(CodexTest):
    env = {"LANEKEEPER_RUNTIME": "auto"}

    def chosen(self, daemon):
        return [json.loads(line) for line in daemon.log().splitlines() if line.startswith("{") and "runs the turns" in line]

    def test_codex_runs_the_turns_where_it_is_found_and_one_line_says_so(self):
        self.assertEqual([line["event"] for line in self.chosen(self.daemon)], ["codex runs the turns"])
        self.assertEqual(self.health()["runtime"]["adapter"], "codex")

    def by_default(self, *folders):
        """The daemon as it is started without a word about runtimes, with these folders as its PATH."""
        return Daemon(env={"LANEKEEPER_RUNTIME": "", "CODEX_HOME": self.home, "PATH": ":".join(folders)})

    def test_by_default_codex_on_the_path_runs_the_turns(self):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(self.binary, os.path.join(folder, "codex"))
            with self.by_default(folder, "/usr/bin", "/bin") as daemon:
                chosen = self.chosen(daemon)
                self.assertEqual([line["event"] for line in chosen], ["codex runs the turns"])
                health = eventually(lambda: next((now for now in [daemon.client.get("/api/health").json]
                                                  if now["codex"]["initialized"]), None), 30.0, "codex does not start")
        self.assertEqual((health["runtime"]["adapter"], health["codex"]["running"]), ("codex", True))
        self.assertEqual(os.path.basename(chosen[0]["binary"]), "codex")

    def test_by_default_without_codex_on_the_path_the_built_in_runtime_does(self):
        with tempfile.TemporaryDirectory() as folder, self.by_default(folder) as daemon:
            self.assertEqual([line["event"] for line in self.chosen(daemon)],
                             ["codex was not found: the built-in runtime runs the turns"])
            self.assertEqual(daemon.client.get("/api/health").json["runtime"]["adapter"], "builtin")

    def test_without_codex_the_built_in_runtime_does_and_one_line_says_so(self):
        with Daemon(env={"LANEKEEPER_RUNTIME": "auto", "CODEX_BIN": "no-such-codex"}) as daemon:
            self.assertEqual([line["event"] for line in self.chosen(daemon)],
                             ["codex was not found: the built-in runtime runs the turns"])
            self.assertEqual(daemon.client.expect(200, "GET", "/api/health")["runtime"]["adapter"], "builtin")


if __name__ == "__main__":
    unittest.main()
