#!/usr/bin/env python3
"""What is done to all chats of a project at once, when they are threads of the real codex."""

import unittest

from support.codex import CodexTest


class Projects(CodexTest):
    def setUp(self):
        self.project = self.own_project()

    def act(self, tail, body=None, status=200):
        return self.client.expect(status, "POST", f"/api/projects/{self.project}/chats/{tail}", body or {})

    def ran(self, text="a word"):
        chat = self.chat(self.project)
        self.assertEqual(self.ended(chat, self.send(chat, text)["turnId"]), "completed")
        return chat

    def listed(self, archived):
        path = f"/api/sessions?archived={'true' if archived else 'false'}&limit=200"
        return {session["sessionId"] for session in self.client.expect(200, "GET", path)["data"]}

    def test_chats_are_archived_together_once_each_of_them_ran(self):
        first, second = self.ran(), self.chat(self.project)
        refused = self.act("move-all", {"destination": "archive"}, 409)
        self.assertEqual((refused["status"], refused["sessionIds"]), ("not_materialized_sessions", [second]))
        self.assertLessEqual({first, second}, self.listed(archived=False))
        self.ended(second, self.send(second, "now it runs")["turnId"])
        moved = self.act("move-all", {"destination": "archive"})
        self.assertEqual((moved["movedSessionCount"], moved["archivedSessionCount"]), (2, 2))
        self.assertLessEqual({first, second}, self.listed(archived=True))
        self.assertFalse({first, second} & self.listed(archived=False))
        self.assertEqual(self.send(first, "hello?", status=409)["code"], "invalid_state")
        self.client.expect(200, "POST", f"/api/sessions/{first}/unarchive")
        self.assertEqual(self.ended(first, self.send(first, "back again")["turnId"]), "completed")
        self.assertEqual(self.said(first), ["echo: a word", "echo: back again"])

    def test_chats_that_are_moved_out_go_on_without_a_project(self):
        chats = [self.ran("one"), self.ran("two")]
        moved = self.act("move-all", {"destination": "unassigned"})
        self.assertEqual((moved["movedSessionCount"], moved["archivedSessionCount"]), (2, 0))
        for chat in chats:
            self.assertIsNone(self.view(chat)["session"]["projectId"])
            self.assertEqual(self.ended(chat, self.send(chat, "on my own")["turnId"]), "completed")
        self.client.expect(200, "DELETE", f"/api/projects/{self.project}")

    def test_chats_are_deleted_together_and_the_project_can_go(self):
        chats = [self.ran("one"), self.chat(self.project)]
        gone = self.act("delete-all")
        self.assertEqual((gone["deletedSessionCount"], gone["skippedSessionCount"]), (2, 0))
        for chat in chats:
            self.client.expect(410, "GET", f"/api/sessions/{chat}")
        self.client.expect(200, "DELETE", f"/api/projects/{self.project}")


if __name__ == "__main__":
    unittest.main()
