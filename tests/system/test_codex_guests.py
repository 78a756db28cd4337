#!/usr/bin/env python3
"""Chats that other programs made on the same CODEX_HOME: they are in the list, once each, and become ours by being used."""

import os
import signal
import subprocess
import tempfile
import unittest

from support.client import eventually
from support.codex import CodexTest
from support.daemon import Daemon
from support.fake_codex import fake_codex_daemon


class Guests(CodexTest):
    def by_another_program(self, text):
        """A chat made with codex itself, with one turn; its id."""
        before = {chat["sessionId"] for chat in self.listed()}
        folder = tempfile.mkdtemp(prefix="elsewhere-", dir=self.home)
        env = {"PATH": os.environ["PATH"], "HOME": self.home, "CODEX_HOME": self.home}
        ended = subprocess.run([self.binary, "exec", "--skip-git-repo-check", text], cwd=folder, env=env, timeout=60,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(ended.returncode, 0, ended.stdout)
        new = eventually(lambda: [chat for chat in self.listed() if chat["sessionId"] not in before],
                         what="the other program's chat is not listed")
        self.assertEqual(len(new), 1)
        return new[0]["sessionId"]

    def listed(self, query="?limit=200"):
        return self.client.expect(200, "GET", "/api/sessions" + query)["data"]

    def act(self, chat, tail, body=None, status=200, verb="POST"):
        return self.client.expect(status, verb, f"/api/sessions/{chat}{tail}", body)

    def test_a_chat_of_another_program_is_listed_read_and_goes_on(self):
        chat = self.by_another_program("who built the lighthouse")
        summary = next(entry for entry in self.listed() if entry["sessionId"] == chat)
        self.assertEqual((summary["title"], summary["materialized"], summary["projectId"], summary["source"]),
                         ("who built the lighthouse", True, None, "exec"))
        view = self.view(chat)
        self.assertEqual(view["session"], summary)
        self.assertEqual([(row["role"], row["content"], row["status"]) for row in view["transcript"]],
                         [("user", "who built the lighthouse", "complete"),
                          ("assistant", "echo: who built the lighthouse", "complete")])
        self.assertEqual(self.ended(chat, self.send(chat, "and when")["turnId"]), "completed")
        self.assertEqual(self.said(chat), ["echo: who built the lighthouse", "echo: and when"])
        self.assertEqual([turn["status"] for turn in self.view(chat)["thread"]["turns"]], ["completed", "completed"])
        self.assertEqual([entry["sessionId"] for entry in self.listed()].count(chat), 1)

    def test_its_first_use_may_be_a_message_a_new_name_or_an_end(self):
        chat = self.by_another_program("first use is a message")
        self.assertEqual(self.ended(chat, self.send(chat, "hello")["turnId"]), "completed")
        self.assertEqual(self.said(chat), ["echo: first use is a message", "echo: hello"])
        chat = self.by_another_program("first use is a name")
        self.assertEqual(self.act(chat, "/rename", {"title": "Named"})["session"]["title"], "Named")
        chat = self.by_another_program("first use is the archive")
        self.act(chat, "/archive")
        self.assertNotIn(chat, [entry["sessionId"] for entry in self.listed()])
        self.assertIn(chat, [entry["sessionId"] for entry in self.listed("?archived=true&limit=200")])
        self.act(chat, "/unarchive")
        self.assertEqual(self.ended(chat, self.send(chat, "back again")["turnId"]), "completed")
        chat = self.by_another_program("first use is the deletion")
        self.act(chat, "", verb="DELETE")
        self.act(chat, "", status=410, verb="GET")
        self.assertNotIn(chat, [entry["sessionId"] for entry in self.listed()])

    def test_a_project_takes_one_in_and_its_list_has_no_others(self):
        project = self.own_project()
        chat = self.by_another_program("goes into a project")
        self.by_another_program("stays outside")
        self.act(chat, "/project", {"projectId": project})
        self.assertEqual([entry["sessionId"] for entry in self.listed(f"?projectId={project}")], [chat])

    def test_hidden_workers_are_never_among_them_also_when_the_store_is_lost(self):
        project = self.own_project()
        chat = self.chat(project)
        self.ended(chat, self.send(chat, "something to answer")["turnId"])
        job = self.client.expect(202, "POST", f"/api/sessions/{chat}/suggested-reply/jobs", {})["jobId"]
        self.assertEqual(self.client.wait_job(job)["state"], "completed")
        hidden = self.client.expect(200, "GET", f"/api/projects/{project}/agent-sessions")["data"][0]["sessionId"]
        ids = [entry["sessionId"] for entry in self.listed()]
        self.assertEqual((ids.count(chat), ids.count(hidden)), (1, 0))
        guest = self.by_another_program("seen by both")
        env = {"LANEKEEPER_RUNTIME": "codex", "CODEX_BIN": self.binary, "CODEX_HOME": self.home}
        with Daemon(env=env) as other:  # the same CODEX_HOME, an empty store
            def there():
                return [entry["sessionId"] for entry in other.client.expect(200, "GET", "/api/sessions?limit=200")["data"]]
            eventually(lambda: guest in there(), what="the guest is not listed")
            self.assertNotIn(hidden, there())
            other.client.expect(404, "GET", f"/api/sessions/{hidden}")

    def test_an_unknown_id_stays_unknown(self):
        for chat in ("no-such-chat", "0199e9b5-0000-7000-8000-000000000000"):
            self.act(chat, "", status=404, verb="GET")
            self.send(chat, "hello", status=404)


class Pages(unittest.TestCase):
    def pages(self, daemon, limit):
        found, cursor = [], ""
        while cursor is not None:
            page = daemon.client.expect(200, "GET", f"/api/sessions?limit={limit}&cursor={cursor}" if cursor
                                        else f"/api/sessions?limit={limit}")
            self.assertLessEqual(len(page["data"]), limit)
            found += page["data"]
            cursor = page["nextCursor"]
        return found

    def test_pages_have_each_chat_once_in_one_order_whatever_the_runtime_repeats(self):
        daemon = fake_codex_daemon(self, "guests=120")
        eventually(lambda: len(self.pages(daemon, 200)) == 120, what="the guests are not listed")
        ours = [daemon.client.new_chat()["sessionId"] for _ in range(3)]
        for limit in (7, 50, 200):
            found = self.pages(daemon, limit)
            self.assertEqual([chat["sessionId"] for chat in found],
                             ours[::-1] + [f"guest-{number}" for number in reversed(range(120))])
        daemon.client.expect(200, "GET", "/api/sessions/guest-60")
        self.assertEqual(len(self.pages(daemon, 7)), 123)

    def test_loaded_threads_are_among_them(self):
        daemon = fake_codex_daemon(self, "guests=3", "loaded=2")
        eventually(lambda: len(self.pages(daemon, 200)) == 5, what="not all are listed")
        found = self.pages(daemon, 200)
        self.assertEqual([chat["sessionId"] for chat in found], [f"guest-{number}" for number in (4, 3, 2, 1, 0)])
        daemon.client.expect(200, "POST", "/api/sessions/guest-4/rename", {"title": "Mine"})
        self.assertEqual([chat["title"] for chat in self.pages(daemon, 2)][0], "Mine")
        self.assertEqual(len(self.pages(daemon, 2)), 5)
        archived = daemon.client.expect(200, "GET", "/api/sessions?archived=true")["data"]
        self.assertEqual(archived, [])

    def test_without_the_runtime_the_list_is_what_the_store_has(self):
        daemon = fake_codex_daemon(self, "guests=3")

        def listed():
            return [chat["sessionId"] for chat in daemon.client.expect(200, "GET", "/api/sessions")["data"]]
        eventually(lambda: len(listed()) == 3, what="the guests are not listed")
        ours = daemon.client.new_chat()["sessionId"]
        daemon.client.expect(200, "GET", "/api/sessions/guest-1")
        os.remove(daemon.extra["CODEX_BIN"])  # it does not come back
        os.kill(daemon.client.get("/api/health").json["codex"]["pid"], signal.SIGKILL)
        eventually(lambda: daemon.client.get("/api/health").json["status"] == "degraded", what="nobody misses it")
        self.assertEqual(listed(), [ours, "guest-1"])
        daemon.client.expect(404, "GET", "/api/sessions/guest-2")
        daemon.client.expect(200, "GET", "/api/sessions/guest-1")


if __name__ == "__main__":
    unittest.main()
