#!/usr/bin/env python3
"""Chats over HTTP on the built-in runtime: their lives, their turns, their controls and settings."""

import time
import unittest

from support.chats import idle, notify, say, transcript
from support.client import eventually
from support.daemon import Daemon
from support.work import file_change, said
from support.ws import WebSocket


class Sessions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        cls.client = cls.daemon.client

    @classmethod
    def tearDownClass(cls):
        cls.daemon.close()

    def act(self, session_id, tail, body=None, status=200, verb="POST"):
        return self.client.expect(status, verb, f"/api/sessions/{session_id}{tail}", body)

    def view(self, session_id):
        return self.client.expect(200, "GET", f"/api/sessions/{session_id}")

    def busy_chat(self, text="/pause 20s and then answer"):
        chat = self.client.new_chat()["sessionId"]
        turn = say(self.client, chat, text, wait=False)
        eventually(lambda: self.view(chat)["thread"]["activeTurnId"] == turn, what="the turn does not begin")
        return chat, turn

    # ---- lives

    def test_a_new_chat_has_the_defaults_and_every_member_of_a_summary(self):
        reply = self.client.expect(200, "POST", "/api/sessions")
        session = reply["session"]
        self.assertEqual(session["title"], "New chat")
        self.assertFalse(session["materialized"])
        self.assertEqual(session["approvalPolicy"], "on-request")
        self.assertEqual(session["sessionControls"], {"model": None, "approvalPolicy": "on-request", "networkAccess": "restricted",
                                                      "filesystemSandbox": "read-only", "settings": {}})
        for name in ("sessionId", "modelProvider", "createdAt", "updatedAt", "cwd", "source", "projectId"):
            self.assertIn(name, session)
        self.assertAlmostEqual(session["createdAt"], time.time(), delta=60)
        self.assertEqual(reply["thread"]["id"], session["sessionId"])

    def test_a_new_chat_takes_what_it_is_given(self):
        project = self.client.new_project("given")["projectId"]
        session = self.client.new_chat(project, cwd="/work", model="m-1", approvalPolicy="never", networkAccess="enabled",
                                       filesystemSandbox="workspace-write")
        self.assertEqual((session["projectId"], session["cwd"], session["approvalPolicy"]), (project, "/work", "never"))
        self.assertEqual(session["sessionControls"]["model"], "m-1")

    def test_an_unknown_project_is_refused_for_a_chat(self):
        self.client.expect(404, "POST", "/api/sessions", {"projectId": "proj_none"})
        chat = self.client.new_chat()["sessionId"]
        reply = self.act(chat, "/project", {"projectId": "proj_none"}, 404)
        self.assertEqual(reply["code"], "project_not_found")

    def test_chats_are_listed_newest_first_page_by_page(self):
        made = [self.client.new_chat()["sessionId"] for _ in range(5)]
        seen, cursor = [], None
        while True:
            page = self.client.expect(200, "GET", "/api/sessions?limit=2" + (f"&cursor={cursor}" if cursor else ""))
            self.assertFalse(page["archived"])
            seen += [session["sessionId"] for session in page["data"]]
            cursor = page["nextCursor"]
            if cursor is None:
                break
        self.assertEqual(seen[:5], made[::-1])
        self.assertEqual(len(seen), len(set(seen)))
        self.client.expect(400, "GET", "/api/sessions?cursor=nonsense")
        self.client.expect(400, "GET", "/api/sessions?limit=0")

    def test_a_chat_is_renamed(self):
        chat = self.client.new_chat()["sessionId"]
        self.assertEqual(self.act(chat, "/rename", {"title": "Parser"})["session"]["title"], "Parser")
        self.assertEqual(self.view(chat)["session"]["title"], "Parser")
        for title in ("", "x" * 201):
            self.act(chat, "/rename", {"title": title}, 400)

    def test_a_chat_changes_its_project(self):
        chat = self.client.new_chat()["sessionId"]
        one, two = (self.client.new_project(name)["projectId"] for name in ("move one", "move two"))
        self.assertIsNone(self.act(chat, "/project", {"projectId": one})["previousProjectId"])
        reply = self.act(chat, "/project", {"projectId": two})
        self.assertEqual((reply["projectId"], reply["previousProjectId"]), (two, one))
        self.assertIsNone(self.act(chat, "/project", {"projectId": None})["projectId"])
        self.act(chat, "/project", {}, 400)

    def test_a_chat_is_archived_and_comes_back(self):
        chat = self.client.new_chat()["sessionId"]
        self.assertEqual(self.act(chat, "/archive", status=409)["status"], "not_materialized")
        say(self.client, chat, "hello")
        self.assertEqual(self.act(chat, "/archive"), {"status": "ok", "sessionId": chat})
        self.assertEqual(self.act(chat, "/archive", status=409)["status"], "not_materialized")
        self.assertNotIn(chat, [s["sessionId"] for s in self.client.expect(200, "GET", "/api/sessions?limit=200")["data"]])
        archived = self.client.expect(200, "GET", "/api/sessions?archived=true&limit=200")
        self.assertTrue(archived["archived"])
        self.assertIn(chat, [s["sessionId"] for s in archived["data"]])
        self.assertEqual(self.act(chat, "/messages", {"text": "hello?"}, 409)["code"], "invalid_state")
        back = self.act(chat, "/unarchive")
        self.assertEqual((back["status"], back["session"]["sessionId"], back["thread"]["id"]), ("ok", chat, chat))
        say(self.client, chat, "hello again")

    def test_a_deleted_chat_is_gone(self):
        chat = self.client.new_chat()["sessionId"]
        self.act(chat, "/rename", {"title": "doomed"})
        say(self.client, chat, "hello")
        reply = self.act(chat, "", verb="DELETE")
        self.assertEqual((reply["status"], reply["sessionId"], reply["title"]), ("ok", chat, "doomed"))
        gone = self.act(chat, "", verb="GET", status=410)
        self.assertEqual((gone["status"], gone["sessionId"], gone["title"]), ("deleted", chat, "doomed"))
        self.assertIn("deletedAt", gone)
        self.act(chat, "", verb="DELETE", status=410)

    def test_a_deletion_cancels_the_jobs_of_the_chat(self):
        project = self.client.new_project("delete jobs")["projectId"]
        chat = self.client.new_chat(project)["sessionId"]
        say(self.client, chat, "What is left to do?")
        self.client.lane(project, "pause")
        job = self.act(chat, "/suggested-reply/jobs", {}, 202)["jobId"]
        self.act(chat, "", verb="DELETE")
        ended = self.client.wait_job(job)
        self.assertEqual((ended["state"], ended["cancelReason"]), ("canceled", "session_deleted"))

    def test_a_fork_begins_with_the_rows_of_its_source_and_goes_its_own_way(self):
        chat = self.client.new_chat()["sessionId"]
        say(self.client, chat, "first question")
        fork = self.act(chat, "/fork")
        self.assertEqual((fork["status"], fork["sourceSessionId"]), ("ok", chat))
        other = fork["session"]["sessionId"]
        self.assertNotEqual(other, chat)
        self.assertEqual(transcript(self.client, other), transcript(self.client, chat))
        say(self.client, other, "second question")
        self.assertGreater(len(transcript(self.client, other)), len(transcript(self.client, chat)))

    def test_resume_shows_the_chat_and_compact_is_not_for_the_built_in_runtime(self):
        chat = self.client.new_chat()["sessionId"]
        self.assertEqual(self.act(chat, "/resume")["session"]["sessionId"], chat)
        self.assertEqual(self.act(chat, "/compact", status=501)["code"], "method_not_supported")

    def test_a_rollback_takes_the_last_turns_and_nothing_else(self):
        chat = self.client.new_chat()["sessionId"]
        turns = [say(self.client, chat, f"question {i}") for i in range(3)]
        reply = self.act(chat, "/rollback")
        self.assertEqual((reply["numTurns"], reply["result"]["removedTurnIds"]), (1, [turns[2]]))
        self.assertEqual({row["turnId"] for row in transcript(self.client, chat)}, set(turns[:2]))
        self.act(chat, "/rollback", {"numTurns": 5})
        self.assertEqual(transcript(self.client, chat), [])
        for turns in (0, -1, "one"):
            self.act(chat, "/rollback", {"numTurns": turns}, 400)

    def test_a_rollback_takes_the_turns_of_external_agents_too(self):
        chat = self.client.new_chat()["sessionId"]
        say(self.client, chat, "ours")
        notify(self.client, chat, said(chat, "t_ext", "i1", "theirs"))
        self.assertEqual(self.act(chat, "/rollback")["result"]["removedTurnIds"], ["t_ext"])
        self.assertEqual(len({row["turnId"] for row in transcript(self.client, chat)}), 1)

    def test_a_repeated_creation_under_one_key_is_one_chat(self):
        headers = {"Idempotency-Key": "one chat"}
        first = self.client.expect(200, "POST", "/api/sessions", {"cwd": "/once"}, headers=headers)
        again = self.client.expect(200, "POST", "/api/sessions", {"cwd": "/once"}, headers=headers)
        self.assertEqual(first["session"]["sessionId"], again["session"]["sessionId"])

    # ---- turns

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
        import threading
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

    # ---- controls and settings

    def test_controls_of_a_chat_are_changed_and_a_row_says_so(self):
        chat = self.client.new_chat()["sessionId"]
        say(self.client, chat, "hello")
        with WebSocket(self.daemon.port, thread=chat) as socket:
            reply = self.act(chat, "/session-controls", {"scope": "session", "controls": {"model": "m-2", "approvalPolicy": "never"},
                                                         "actor": "ann", "source": "test"})
            heard = socket.next_of("transcript_updated")["payload"]
        self.assertEqual((reply["status"], reply["scope"], reply["sessionId"]), ("ok", "session", chat))
        self.assertEqual((reply["controls"]["model"], reply["applied"]["approvalPolicy"]), ("m-2", "never"))
        self.assertEqual(reply["defaults"]["model"], None)
        self.assertTrue(reply["defaultsEditable"])
        self.assertIsNone(reply["defaultLockReason"])
        self.assertIn("m-2", reply["summary"])
        rows = transcript(self.client, chat)
        self.assertEqual(rows[-1]["type"], "session.controls.updated")
        self.assertEqual(rows[-1], heard["entry"])
        same = self.act(chat, "/session-controls", {"scope": "session", "controls": {"model": "m-2"}})
        self.assertEqual(same["status"], "unchanged")
        self.assertEqual(len(transcript(self.client, chat)), len(rows))
        read = self.act(chat, "/session-controls", verb="GET")
        self.assertEqual(read["controls"], reply["controls"])
        self.assertNotIn("applied", read)

    def test_the_approval_policy_has_a_route_of_its_own(self):
        chat = self.client.new_chat()["sessionId"]
        reply = self.act(chat, "/approval-policy", {"approvalPolicy": "untrusted"})
        self.assertEqual(reply, {"status": "ok", "sessionId": chat, "approvalPolicy": "untrusted"})
        self.assertEqual(self.view(chat)["session"]["approvalPolicy"], "untrusted")
        self.act(chat, "/approval-policy", {"approvalPolicy": "maybe"}, 400)

    def test_settings_are_merged_replaced_read_and_removed(self):
        chat = self.client.new_chat()["sessionId"]
        reply = self.act(chat, "/settings", {"scope": "session", "settings": {"a": 1, "b": {"c": 2}}, "mode": "merge"})
        self.assertEqual((reply["status"], reply["settings"]), ("ok", {"a": 1, "b": {"c": 2}}))
        self.assertEqual(self.act(chat, "/settings", {"scope": "session", "key": "a", "value": None})["settings"]["a"], None)
        self.assertEqual(self.act(chat, "/settings", {"key": "a", "value": None})["status"], "unchanged")
        one = self.act(chat, "/settings?key=b", verb="GET")
        self.assertEqual((one["found"], one["value"]), (True, {"c": 2}))
        self.assertEqual(self.act(chat, "/settings?key=zz", verb="GET")["found"], False)
        self.assertEqual(self.act(chat, "/settings", {"settings": {"d": 1}, "mode": "replace"})["settings"], {"d": 1})
        gone = self.act(chat, "/settings/d", verb="DELETE")
        self.assertEqual((gone["status"], gone["removed"], gone["settings"]), ("ok", True, {}))
        self.assertEqual(self.act(chat, "/settings/d", verb="DELETE")["removed"], False)
        for body in ({}, {"key": "a"}, {"settings": {}, "key": "a", "value": 1}, {"settings": []}, {"scope": "world", "settings": {}}):
            self.act(chat, "/settings", body, 400)
        self.assertEqual(self.act(chat, "/settings", {"settings": {"big": "x" * 70000}}, 400)["issues"][0]["path"], ["settings"])
        self.act(chat, "/settings?scope=world", verb="GET", status=400)

    # ---- what the runtime asks

    def test_the_built_in_runtime_asks_nothing(self):
        chat = self.client.new_chat()["sessionId"]
        for tail in ("/approvals", "/tool-input", "/tool-calls"):
            self.assertEqual(self.act(chat, tail, verb="GET"), {"data": []})
        reply = self.client.expect(404, "POST", "/api/approvals/none/decision", {"decision": "accept", "scope": "turn"})
        self.assertEqual((reply["status"], reply["approvalId"]), ("not_found", "none"))
        for path in ("/api/tool-input/none/decision", "/api/tool-calls/none/response"):
            self.assertEqual(self.client.expect(404, "POST", path, {"decision": "accept"})["requestId"], "none")

    def test_an_unknown_chat_is_not_found(self):
        reply = self.act("nobody", "", verb="GET", status=404)
        self.assertEqual((reply["status"], reply["code"], reply["sessionId"]), ("not_found", "not_found", "nobody"))


class Defaults(unittest.TestCase):
    def test_defaults_are_changed_for_new_chats_and_survive_a_restart(self):
        with Daemon() as daemon:
            client = daemon.client
            old = client.new_chat()["sessionId"]
            path = f"/api/sessions/{old}/session-controls"
            reply = client.expect(200, "POST", path, {"scope": "default", "controls": {"model": "m-9", "networkAccess": "enabled"}})
            self.assertEqual((reply["status"], reply["defaults"]["model"], reply["controls"]["model"]), ("ok", "m-9", None))
            self.assertEqual(client.new_chat()["sessionControls"]["model"], "m-9")
            daemon.restart()
            self.assertEqual(daemon.client.new_chat()["sessionControls"]["networkAccess"], "enabled")
            self.assertEqual(daemon.client.expect(200, "GET", path)["controls"]["model"], None)

    def test_locked_defaults_answer_423_and_chats_can_still_change(self):
        with Daemon(env={"SESSION_DEFAULTS_LOCKED": "true", "DEFAULT_APPROVAL_POLICY": "never"}) as daemon:
            client = daemon.client
            chat = client.new_chat()
            self.assertEqual(chat["approvalPolicy"], "never")
            path = f"/api/sessions/{chat['sessionId']}/session-controls"
            reply = client.expect(423, "POST", path, {"scope": "default", "controls": {"model": "m"}})
            self.assertEqual((reply["status"], reply["scope"]), ("locked", "default"))
            self.assertIn("message", reply)
            read = client.expect(200, "GET", path)
            self.assertFalse(read["defaultsEditable"])
            self.assertTrue(read["defaultLockReason"])
            self.assertEqual(client.expect(200, "POST", path, {"scope": "session", "controls": {"model": "m"}})["status"], "ok")


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

    def test_everything_about_a_chat_is_there_after_a_restart(self):
        with Daemon() as daemon:
            client = daemon.client
            chat = client.new_chat(cwd="/w")["sessionId"]
            say(client, chat, "hello")
            client.expect(200, "POST", f"/api/sessions/{chat}/rename", {"title": "Kept"})
            client.expect(200, "POST", f"/api/sessions/{chat}/settings", {"settings": {"theme": "dark"}})
            client.expect(200, "POST", f"/api/sessions/{chat}/archive")
            before = client.expect(200, "GET", f"/api/sessions/{chat}")
            daemon.restart()
            self.assertEqual(daemon.client.expect(200, "GET", f"/api/sessions/{chat}"), before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
