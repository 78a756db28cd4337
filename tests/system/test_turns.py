#!/usr/bin/env python3
"""Messages and the turns that they start: one a chat at a time, interrupted, steered, queued, cut off by a crash."""

import threading
import unittest

from support.chats import ChatTest, idle, say, transcript
from support.client import eventually
from support.daemon import Daemon


class Turns(ChatTest):
    def busy_chat(self, text="/pause 20s and then answer"):
        chat = self.client.new_chat()["sessionId"]
        turn = say(self.client, chat, text, wait=False)
        eventually(lambda: self.view(chat)["thread"]["activeTurnId"] == turn, what="the turn does not begin")
        return chat, turn

    def test_a_message_starts_a_turn_and_its_rows_are_the_transcript(self):
        chat = self.client.new_chat()["sessionId"]
        turn = say(self.client, chat, "What does src/parse.py do?")
        rows = transcript(self.client, chat)
        self.assertEqual([row["role"] for row in rows], ["user", "assistant"])
        self.assertEqual(rows[0]["content"], "What does src/parse.py do?")
        for row in rows:
            self.assertEqual((row["turnId"], row["status"]), (turn, "complete"))
            self.assertLessEqual(row["startedAt"], row["completedAt"])
        self.assertTrue(rows[1]["content"])
        session = self.view(chat)["session"]
        self.assertTrue(session["materialized"])

    def test_a_busy_chat_refuses_a_message(self):
        chat, turn = self.busy_chat()
        reply = self.act(chat, "/messages", {"text": "and this?"}, 409)
        self.assertEqual((reply["status"], reply["turnId"]), ("turn_active", turn))
        self.act(chat, "/rollback", status=409)
        self.act(chat, "/interrupt")

    def test_archiving_lets_the_turn_end_and_keeps_what_waits_until_the_chat_is_back(self):
        chat, turn = self.busy_chat("/pause 300ms first")
        self.act(chat, "/messages", {"text": "second", "whenBusy": "queue"}, 202)
        self.act(chat, "/archive")
        view = eventually(lambda: idle(self.client, chat))
        self.assertEqual([t["status"] for t in view["thread"]["turns"]], ["completed"])
        self.act(chat, "/unarchive")
        eventually(lambda: "second" in [row["content"] for row in transcript(self.client, chat)])

    def test_an_interrupt_ends_the_turn_and_closes_its_rows(self):
        chat, turn = self.busy_chat()
        self.assertEqual(self.act(chat, "/interrupt", {"turnId": "turn_other"}, 409)["status"], "no_active_turn")
        self.assertEqual(self.act(chat, "/interrupt", {"turnId": turn}), {"status": "ok", "sessionId": chat, "turnId": turn})
        view = eventually(lambda: idle(self.client, chat))
        self.assertEqual(view["thread"]["turns"][0]["status"], "interrupted")
        self.assertEqual(self.act(chat, "/interrupt", status=409)["status"], "no_active_turn")

    def test_a_message_waits_for_the_turn_and_is_sent_after_it(self):
        chat, turn = self.busy_chat("/pause 400ms first")
        replies = [self.act(chat, "/messages", {"text": text, "whenBusy": "queue"}, 202) for text in ("second", "third")]
        for reply in replies:
            self.assertEqual((reply["status"], reply["turnId"], reply["queued"]), ("accepted", None, True))

        def all_said():
            view = idle(self.client, chat)
            return view if view and len(view["thread"]["turns"]) == 3 and view["thread"]["activeTurnId"] is None else None
        view = eventually(all_said, what="the waiting messages are not sent")
        asked = [row["content"] for row in view["transcript"] if row["role"] == "user"]
        self.assertEqual(asked, ["/pause 400ms first", "second", "third"])

    def test_no_more_than_twenty_messages_wait(self):
        chat, _ = self.busy_chat()
        for i in range(20):
            self.act(chat, "/messages", {"text": f"number {i}", "whenBusy": "queue"}, 202)
        self.assertEqual(self.act(chat, "/messages", {"text": "too many", "whenBusy": "queue"}, 409)["status"], "turn_active")
        self.act(chat, "", verb="DELETE")

    def test_a_message_joins_the_turn(self):
        chat, turn = self.busy_chat("/pause 600ms first")
        reply = self.act(chat, "/messages", {"text": "one thing more", "whenBusy": "steer"}, 202)
        self.assertEqual((reply["turnId"], reply["steered"]), (turn, True))
        view = eventually(lambda: idle(self.client, chat))
        self.assertEqual(len(view["thread"]["turns"]), 1)
        self.assertIn("one thing more", [row["content"] for row in view["transcript"] if row["role"] == "user"])

    def test_a_message_interrupts_the_turn_and_starts_its_own(self):
        chat, turn = self.busy_chat()
        reply = self.act(chat, "/messages", {"text": "stop, do this", "whenBusy": "interrupt"}, 202)
        self.assertNotEqual(reply["turnId"], turn)
        view = eventually(lambda: idle(self.client, chat))
        self.assertEqual([t["status"] for t in view["thread"]["turns"]], ["interrupted", "completed"])

    def test_a_turn_is_steered_while_it_runs_and_not_after(self):
        chat, turn = self.busy_chat("/pause 600ms first")
        reply = self.act(chat, f"/turns/{turn}/steer", {"input": "more"})
        self.assertEqual((reply["result"]["actionType"], reply["result"]["status"]), ("turn.steer", "performed"))
        reply = self.act(chat, "/turns/turn_unknown/steer", {"input": "more"}, 409)
        self.assertEqual((reply["status"], reply["code"]), ("error", "not_eligible"))
        eventually(lambda: idle(self.client, chat))
        reply = self.act(chat, f"/turns/{turn}/steer", {"input": "more"}, 409)
        self.assertEqual((reply["code"], reply["result"]["status"], reply["turnId"]), ("already_resolved", "already_resolved", turn))

    def test_clicks_at_the_same_moment_start_one_turn(self):
        chat = self.client.new_chat()["sessionId"]
        statuses = []

        def click():
            statuses.append(self.daemon.client.request("POST", f"/api/sessions/{chat}/messages", {"text": "/pause 2s hi"}).status)
        threads = [threading.Thread(target=click) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(statuses), [202] + [409] * 11)
        self.act(chat, "/interrupt")

    def test_messages_are_refused_by_name_of_the_field(self):
        chat = self.client.new_chat()["sessionId"]
        for body, where in [({}, ["text"]), ({"text": ""}, ["text"]), ({"text": "x", "whenBusy": "wait"}, ["whenBusy"]),
                            ({"text": "x", "approvalPolicy": "sometimes"}, ["approvalPolicy"]), ({"text": "x", "extra": 1}, ["extra"])]:
            with self.subTest(body=body):
                self.assertEqual(self.act(chat, "/messages", body, 400)["issues"][0]["path"], where)


class OverRestarts(unittest.TestCase):
    def test_a_turn_that_a_crash_cut_off_is_closed_and_the_chat_goes_on(self):
        with Daemon() as daemon:
            chat = daemon.client.new_chat()["sessionId"]
            say(daemon.client, chat, "/pause 30s hello", wait=False)
            eventually(lambda: transcript(daemon.client, chat))
            daemon.kill()
            daemon.start()
            view = daemon.client.expect(200, "GET", f"/api/sessions/{chat}")
            self.assertEqual(view["thread"]["status"]["type"], "idle")
            self.assertEqual([turn["status"] for turn in view["thread"]["turns"]], ["interrupted"])
            self.assertNotIn("streaming", [row["status"] for row in view["transcript"]])
            say(daemon.client, chat, "hello again")

    def test_messages_that_waited_are_sent_after_a_restart_once(self):
        with Daemon() as daemon:
            chat = daemon.client.new_chat()["sessionId"]
            say(daemon.client, chat, "/pause 30s hello", wait=False)
            daemon.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": "later", "whenBusy": "queue"})
            daemon.kill()
            daemon.start()

            def asked():
                view = idle(daemon.client, chat)
                return view and [row["content"] for row in view["transcript"] if row["role"] == "user"]
            eventually(lambda: asked() and "later" in asked())
            daemon.restart()
            self.assertEqual(asked().count("later"), 1)


class Kills(unittest.TestCase):
    def test_an_accepted_message_is_there_once_after_a_kill_at_any_moment(self):
        with Daemon() as daemon:
            for n in range(6):
                chat = daemon.client.new_chat()["sessionId"]
                daemon.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": f"/pause 200ms number {n}"})
                daemon.kill()
                daemon.start()
                said = eventually(lambda: [row for row in transcript(daemon.client, chat) if row["role"] == "user"])
                self.assertEqual([row["content"] for row in said], [f"/pause 200ms number {n}"])

    def test_a_steer_that_was_answered_is_there_once_after_a_kill_at_any_moment(self):
        with Daemon() as daemon:
            for n in range(6):
                chat = daemon.client.new_chat()["sessionId"]
                turn = say(daemon.client, chat, "/pause 5s first", wait=False)
                if n % 2:
                    body = {"text": f"more {n}", "whenBusy": "steer"}
                    daemon.client.expect(202, "POST", f"/api/sessions/{chat}/messages", body)
                else:
                    daemon.client.expect(200, "POST", f"/api/sessions/{chat}/turns/{turn}/steer", {"input": f"more {n}"})
                daemon.kill()
                daemon.start()

                def said():
                    return [row["content"] for row in transcript(daemon.client, chat) if row["role"] == "user"]
                eventually(lambda: idle(daemon.client, chat) and len(said()) == 2)
                self.assertEqual(sorted(said()), ["/pause 5s first", f"more {n}"])
                daemon.restart()
                self.assertEqual(len(said()), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
