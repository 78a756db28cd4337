#!/usr/bin/env python3
"""Chats over HTTP on the built-in runtime: how they begin, change and end, and what is there after a restart."""

import time
import unittest

from support.chats import ChatTest, notify, say, transcript
from support.daemon import Daemon
from support.work import said


class Sessions(ChatTest):
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
        session = self.client.new_chat(project, cwd="/srv/code", model="m-1", approvalPolicy="never", networkAccess="enabled",
                                       filesystemSandbox="workspace-write")
        self.assertEqual((session["projectId"], session["cwd"], session["approvalPolicy"]), (project, "/srv/code", "never"))
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


class OverRestarts(unittest.TestCase):
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
