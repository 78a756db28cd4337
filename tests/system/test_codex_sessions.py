#!/usr/bin/env python3
"""Routes of chats in front of the real codex: what reaches it, what comes of it, and what is refused meanwhile."""

import json
import unittest

from support.client import eventually
from support.codex import CodexTest, patch
from support.ws import WebSocket

REVIEW = {"target": {"type": "custom", "instructions": "look for holes"}}


class Sessions(CodexTest):
    def act(self, chat, tail, body=None, status=200, verb="POST"):
        return self.client.expect(status, verb, f"/api/sessions/{chat}{tail}", body)

    def ran(self, text="a first word", **members):
        chat = self.chat(**members)
        self.assertEqual(self.ended(chat, self.send(chat, text)["turnId"]), "completed")
        return chat

    def busy(self, text):
        play = self.model.on(text, reply="at last").hold()
        self.addCleanup(play.release)
        chat = self.chat()
        turn = self.send(chat, text)["turnId"]
        eventually(lambda: self.model.calls(text), what="the model is not asked")
        return chat, turn, play

    def idle(self, chat):
        eventually(lambda: self.view(chat)["thread"]["status"]["type"] == "idle", 30.0, "the chat is not idle")

    def rows(self, chat, kind):
        return [row for row in self.view(chat)["transcript"] if row["type"] == kind]


class Life(Sessions):
    def test_a_chat_that_never_ran_is_not_archived_and_coming_back_changes_nothing(self):
        chat = self.chat()
        self.assertEqual(self.act(chat, "/archive", status=409)["status"], "not_materialized")
        self.assertEqual(self.act(chat, "/unarchive")["session"]["sessionId"], chat)
        self.assertEqual(self.ended(chat, self.send(chat, "now it runs")["turnId"]), "completed")

    def test_an_archived_chat_takes_no_message_and_is_not_archived_twice(self):
        chat = self.ran()
        self.act(chat, "/archive")
        self.act(chat, "/archive", status=409)
        self.assertEqual(self.send(chat, "hello?", status=409)["code"], "invalid_state")
        self.assertEqual(self.said(chat), ["echo: a first word"])
        self.act(chat, "/unarchive")
        self.act(chat, "/rename", {"title": "Back"})

    def test_a_deleted_chat_is_gone_for_every_route(self):
        chat = self.ran()
        title = self.act(chat, "/rename", {"title": "Short-lived"})["session"]["title"]
        gone = self.act(chat, "", verb="DELETE")
        self.assertEqual((gone["status"], gone["sessionId"], gone["title"]), ("ok", chat, title))
        for verb, tail, body in (("GET", "", None), ("POST", "/messages", {"text": "x"}), ("POST", "/archive", None),
                                 ("POST", "/fork", None), ("POST", "/review", REVIEW), ("GET", "/approvals", None),
                                 ("DELETE", "", None)):
            self.assertEqual(self.act(chat, tail, body, 410, verb)["title"], title)

    def test_a_chat_that_others_were_forked_from_can_be_deleted_and_the_forks_live_on(self):
        chat = self.ran("the common part")
        fork = self.act(chat, "/fork")["session"]["sessionId"]
        self.act(chat, "", verb="DELETE")
        self.act(chat, "", status=410, verb="GET")
        self.assertEqual(self.ended(fork, self.send(fork, "go on")["turnId"]), "completed")
        self.assertEqual(self.said(fork), ["echo: the common part", "echo: go on"])

    def test_deleting_a_chat_while_it_runs_ends_it(self):
        chat, _, play = self.busy("cut off in the middle")
        self.act(chat, "", verb="DELETE")
        play.release()
        self.act(chat, "", status=410, verb="GET")
        self.ran("others go on")

    def test_a_fork_of_a_running_chat_is_idle_and_both_go_on(self):
        chat, turn, play = self.busy("forked while it thinks")
        forked = self.act(chat, "/fork")
        fork = forked["session"]["sessionId"]
        self.assertEqual([t["status"] for t in forked["thread"]["turns"]], ["interrupted"])
        self.assertEqual(self.ended(fork, self.send(fork, "on its own")["turnId"]), "completed")
        play.release()
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertEqual(self.said(chat), ["at last"])
        self.assertEqual(self.said(fork), ["echo: on its own"])

    def test_a_rollback_of_a_busy_chat_is_refused(self):
        chat, turn, play = self.busy("not back from here")
        self.assertEqual(self.act(chat, "/rollback", {"numTurns": 1}, 409)["status"], "turn_active")
        play.release()
        self.assertEqual(self.ended(chat, turn), "completed")


class Controls(Sessions):
    def rules(self, needle):
        """What codex told the model of the permissions of that turn."""
        told = [json.dumps(item) for item in self.model.request(needle)["input"] if item.get("role") == "developer"]
        return [text for text in told if "<permissions" in text][-1]

    def test_what_a_chat_is_set_to_reaches_codex(self):
        chat = self.ran("with the first settings", approvalPolicy="never", filesystemSandbox="workspace-write")
        self.assertIn("`workspace-write`", self.rules("with the first settings"))
        change = {"scope": "session", "controls": {"model": "another-model", "approvalPolicy": "on-request",
                                                   "networkAccess": "restricted", "filesystemSandbox": "read-only"}}
        self.assertEqual(self.act(chat, "/session-controls", change)["status"], "ok")
        self.assertEqual(self.ended(chat, self.send(chat, "with the second settings")["turnId"]), "completed")
        self.assertEqual(self.model.request("with the second settings")["model"], "another-model")
        self.assertIn("`read-only`", self.rules("with the second settings"))
        self.assertEqual(len(self.rows(chat, "session.controls.updated")), 1)

    def test_a_message_s_own_settings_count_for_its_turn(self):
        chat = self.ran()
        turn = self.send(chat, "this one otherwise", model="one-time-model", filesystemSandbox="danger-full-access")["turnId"]
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertEqual(self.model.request("this one otherwise")["model"], "one-time-model")
        self.assertEqual(self.view(chat)["session"]["sessionControls"]["model"], None)
        self.assertEqual(self.view(chat)["session"]["sessionControls"]["filesystemSandbox"], "workspace-write")

    def test_network_access_reaches_codex(self):
        for word, allowed in (("enabled", True), ("restricted", False)):
            self.ran(f"is there a network, {word}", networkAccess=word)
            rules = self.rules(f"is there a network, {word}")
            self.assertEqual("Network access is enabled" in rules, allowed, rules)

    def test_the_approval_policy_reaches_codex(self):
        chat = self.ran("nobody to ask")
        self.assertIn("Approval policy is currently never", self.rules("nobody to ask"))
        self.assertEqual(self.act(chat, "/approval-policy", {"approvalPolicy": "on-request"})["approvalPolicy"], "on-request")
        self.assertEqual(self.ended(chat, self.send(chat, "may I ask now")["turnId"]), "completed")
        self.assertIn("Escalation Requests", self.rules("may I ask now"))


class Streams(Sessions):
    def test_token_usage_and_the_diff_of_a_turn_are_told_live(self):
        self.model.on("write a poem", reply="written", calls=[patch("poem.txt", content="tide")])
        chat = self.chat()
        with WebSocket(self.daemon.port, thread=chat) as socket:
            turn = self.send(chat, "write a poem")["turnId"]
            heard = socket.until(lambda m: m["type"] == "notification" and m["payload"]["method"] == "turn/completed")
        usage = [m for m in heard if m["type"] == "thread_token_usage_updated"]
        self.assertTrue(usage)
        self.assertEqual((usage[-1]["payload"]["threadId"], usage[-1]["seq"]), (chat, None))
        self.assertGreater(usage[-1]["payload"]["tokenUsage"]["total"]["totalTokens"], 0)
        diff = [m for m in heard if m["type"] == "turn_diff_updated"]
        self.assertTrue(diff)
        self.assertEqual((diff[-1]["payload"]["turnId"], diff[-1]["seq"]), (turn, None))
        self.assertIn("+tide", diff[-1]["payload"]["diff"])

    def test_a_compaction_is_a_turn_of_the_chat(self):
        chat = self.ran("a long story")
        self.act(chat, "/compact")
        eventually(lambda: len(self.view(chat)["thread"]["turns"]) == 2, what="the compaction is no turn")
        self.idle(chat)
        self.assertEqual([turn["status"] for turn in self.view(chat)["thread"]["turns"]], ["completed"] * 2)
        self.assertEqual([row["status"] for row in self.rows(chat, "contextCompaction")], ["complete"])
        self.assertEqual(self.ended(chat, self.send(chat, "and then")["turnId"]), "completed")

    def test_a_compaction_of_a_busy_chat_is_refused_and_the_turn_is_untouched(self):
        chat, turn, play = self.busy("do not disturb")
        for tail, body in (("/compact", None), ("/review", REVIEW)):
            refused = self.act(chat, tail, body, 409)
            self.assertEqual((refused["status"], refused["turnId"]), ("turn_active", turn))
        play.release()
        self.assertEqual(self.ended(chat, turn), "completed")
        self.assertEqual(self.said(chat), ["at last"])

    def test_a_message_right_after_a_compaction_waits_its_turn_or_is_refused(self):
        chat = self.ran("another long story")
        self.act(chat, "/compact")
        reply = self.client.post(f"/api/sessions/{chat}/messages", {"text": "right behind", "whenBusy": "queue"})
        self.assertIn(reply.status, (202, 409), reply)
        self.idle(chat)
        if reply.status == 202:
            eventually(lambda: self.said(chat)[-1] == "echo: right behind", what="the message is not answered")
        self.idle(chat)
        eventually(lambda: {turn["status"] for turn in self.view(chat)["thread"]["turns"]} == {"completed"},
                   what="a turn does not end")


class Reviews(Sessions):
    def test_a_review_is_one_turn_and_the_chat_goes_on(self):
        chat = self.ran()
        self.model.on("look for holes", reply="none found")
        started = self.act(chat, "/review", REVIEW)
        turn = started["result"]["turn"]["id"]
        self.assertEqual(self.ended(chat, turn), "completed")
        self.idle(chat)
        self.assertEqual([t["status"] for t in self.view(chat)["thread"]["turns"]], ["completed", "completed"])
        kinds = [row["type"] for row in self.view(chat)["transcript"] if row["turnId"] == turn]
        self.assertEqual((kinds[0], "exitedReviewMode" in kinds), ("enteredReviewMode", True))
        self.assertIn("none found", self.said(chat)[-1])
        self.assertEqual(self.ended(chat, self.send(chat, "thank you")["turnId"]), "completed")

    def test_a_review_under_way_keeps_the_chat_and_can_be_interrupted(self):
        chat = self.ran()
        play = self.model.on("look for long", reply="x").hold()
        self.addCleanup(play.release)
        body = {"target": {"type": "custom", "instructions": "look for long"}}
        turn = self.act(chat, "/review", body)["result"]["turn"]["id"]
        self.assertEqual(self.send(chat, "are you there", status=409)["turnId"], turn)
        self.act(chat, "/review", body, 409)
        eventually(lambda: self.model.calls("look for long"), what="the model is not asked")
        self.act(chat, "/interrupt")
        self.assertEqual(self.ended(chat, turn), "interrupted")
        self.idle(chat)
        self.assertEqual(self.ended(chat, self.send(chat, "next")["turnId"]), "completed")

    def test_background_terminals_are_cleaned(self):
        chat = self.ran()
        self.assertEqual(self.act(chat, "/background-terminals/clean"), {"status": "ok", "sessionId": chat, "result": {}})


if __name__ == "__main__":
    unittest.main()
