#!/usr/bin/env python3
"""Projects over HTTP: names, conflicts, all chats at once, what refuses a deletion, broadcasts."""

import unittest

from support.chats import say, worker_of
from support.daemon import Daemon
from support.work import file_change
from support.ws import WebSocket


class Projects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        cls.client = cls.daemon.client

    @classmethod
    def tearDownClass(cls):
        cls.daemon.close()

    def test_a_project_is_created_listed_by_name_and_renamed(self):
        beta = self.client.new_project("list beta", workingDirectory="/srv/code")
        alpha = self.client.new_project("List Alpha")
        self.assertEqual(beta["workingDirectory"], "/srv/code")
        self.assertIsNone(alpha["workingDirectory"])
        names = [p["name"] for p in self.client.expect(200, "GET", "/api/projects")["data"] if "list " in p["name"].lower()]
        self.assertEqual(names, ["List Alpha", "list beta"])
        renamed = self.client.expect(200, "POST", f"/api/projects/{beta['projectId']}/rename", {"name": "list gamma"})
        self.assertEqual(renamed["project"]["name"], "list gamma")
        self.assertEqual(set(alpha), {"projectId", "name", "workingDirectory", "createdAt", "updatedAt"})

    def test_a_created_project_comes_without_an_orchestration_session(self):
        reply = self.client.expect(200, "POST", "/api/projects", {"name": "no session"})
        self.assertEqual(reply["status"], "ok")
        self.assertIsNone(reply["orchestrationSession"])

    def test_a_name_that_is_taken_is_refused_whatever_its_case(self):
        first = self.client.new_project("Straße Ä")
        reply = self.client.expect(409, "POST", "/api/projects", {"name": "sTRAßE ä"})
        self.assertEqual((reply["status"], reply["projectId"]), ("duplicate_name", first["projectId"]))
        other = self.client.new_project("another")
        reply = self.client.expect(409, "POST", f"/api/projects/{other['projectId']}/rename", {"name": "straße ä"})
        self.assertEqual(reply["status"], "duplicate_name")
        self.client.expect(200, "POST", f"/api/projects/{first['projectId']}/rename", {"name": "STRAßE Ä"})

    def test_bodies_are_refused_by_name_of_the_field(self):
        project = self.client.new_project("bodies")["projectId"]
        cases = [
            ("/api/projects", {}, ["name"], "required"),
            ("/api/projects", {"name": ""}, ["name"], "too_small"),
            ("/api/projects", {"name": "   "}, ["name"], "too_small"),
            ("/api/projects", {"name": "x" * 121}, ["name"], "too_big"),
            ("/api/projects", {"name": 5}, ["name"], "invalid_type"),
            ("/api/projects", {"name": "ok", "colour": 1}, ["colour"], "unknown_field"),
            (f"/api/projects/{project}/rename", {"name": None}, ["name"], "invalid_type"),
            (f"/api/projects/{project}/chats/move-all", {"destination": "moon"}, ["destination"], "invalid_value"),
        ]
        for path, body, where, code in cases:
            with self.subTest(path=path, body=body):
                reply = self.client.expect(400, "POST", path, body)
                self.assertEqual(reply["code"], "invalid_request")
                self.assertEqual((reply["issues"][0]["path"], reply["issues"][0]["code"]), (where, code))

    def test_an_unknown_project_is_not_found(self):
        for verb, tail, body in [("POST", "/rename", {"name": "x"}), ("DELETE", "", None), ("GET", "/agent-sessions", None),
                                 ("POST", "/chats/move-all", {"destination": "archive"}), ("POST", "/chats/delete-all", None)]:
            reply = self.client.expect(404, verb, f"/api/projects/proj_none{tail}", body)
            self.assertEqual((reply["status"], reply["code"], reply["projectId"]), ("not_found", "not_found", "proj_none"))

    def test_a_project_with_chats_or_open_jobs_is_not_deleted(self):
        project = self.client.new_project("full")["projectId"]
        chat = self.client.new_chat(project)["sessionId"]
        reply = self.client.expect(409, "DELETE", f"/api/projects/{project}")
        self.assertEqual((reply["status"], reply["sessionCount"], reply["openJobs"]), ("project_not_empty", 1, 0))
        self.client.expect(200, "POST", f"/api/sessions/{chat}/project", {"projectId": None})
        self.client.lane(project, "pause")
        job = self.client.enqueue("noop", project)["jobId"]
        reply = self.client.expect(409, "DELETE", f"/api/projects/{project}")
        self.assertEqual((reply["sessionCount"], reply["openJobs"]), (0, 1))
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job}/cancel")
        gone = self.client.expect(200, "DELETE", f"/api/projects/{project}")
        self.assertEqual((gone["projectId"], gone["unassignedSessionCount"]), (project, 0))
        self.client.expect(404, "DELETE", f"/api/projects/{project}")

    def test_a_deleted_project_leaves_no_paused_lane_and_no_hidden_session(self):
        project = self.client.new_project("leaves nothing")["projectId"]
        worker = worker_of(self.client, project)
        self.client.expect(200, "POST", f"/api/projects/{project}/chats/delete-all")
        self.client.lane(project, "pause")
        self.client.lane(project, "drain")
        self.client.expect(200, "DELETE", f"/api/projects/{project}")
        self.assertNotIn(project, self.client.get("/api/health").text)
        self.assertNotIn(project, self.client.get("/api/orchestrator/lanes?limit=200").text)
        self.assertEqual(self.client.get(f"/api/sessions/{worker}").status, 410)

    def test_all_chats_are_unassigned_at_once(self):
        project = self.client.new_project("unassign")["projectId"]
        chats = [self.client.new_chat(project)["sessionId"] for _ in range(3)]
        moved = self.client.expect(200, "POST", f"/api/projects/{project}/chats/move-all", {"destination": "unassigned"})
        self.assertEqual((moved["movedSessionCount"], moved["destination"]), (3, "unassigned"))
        for chat in chats:
            self.assertIsNone(self.client.expect(200, "GET", f"/api/sessions/{chat}")["session"]["projectId"])

    def test_chats_are_archived_at_once_only_when_all_of_them_ran(self):
        project = self.client.new_project("archive all")["projectId"]
        ran, fresh = (self.client.new_chat(project)["sessionId"] for _ in range(2))
        say(self.client, ran, "hello")
        reply = self.client.expect(409, "POST", f"/api/projects/{project}/chats/move-all", {"destination": "archive"})
        self.assertEqual((reply["status"], reply["sessionIds"]), ("not_materialized_sessions", [fresh]))
        self.assertFalse(self.client.expect(200, "GET", f"/api/sessions/{ran}")["session"]["archived"], "nothing was done")
        say(self.client, fresh, "hello")
        moved = self.client.expect(200, "POST", f"/api/projects/{project}/chats/move-all", {"destination": "archive"})
        self.assertEqual((moved["archivedSessionCount"], moved["alreadyArchivedSessionCount"]), (2, 0))
        moved = self.client.expect(200, "POST", f"/api/projects/{project}/chats/move-all", {"destination": "archive"})
        self.assertEqual((moved["archivedSessionCount"], moved["alreadyArchivedSessionCount"]), (0, 2))
        gone = self.client.expect(200, "DELETE", f"/api/projects/{project}")
        self.assertEqual(gone["unassignedSessionCount"], 2, "archived chats do not hold a project")

    def test_all_chats_are_deleted_at_once(self):
        project = self.client.new_project("delete all")["projectId"]
        chats = [self.client.new_chat(project)["sessionId"] for _ in range(2)]
        reply = self.client.expect(200, "POST", f"/api/projects/{project}/chats/delete-all")
        self.assertEqual((reply["deletedSessionCount"], reply["skippedSessionCount"]), (2, 0))
        for chat in chats:
            self.client.expect(410, "GET", f"/api/sessions/{chat}")

    def test_hidden_sessions_are_listed_for_operators_and_do_not_count_as_chats(self):
        project = self.client.new_project("hidden")["projectId"]
        worker = worker_of(self.client, project)
        listed = self.client.expect(200, "GET", f"/api/projects/{project}/agent-sessions")
        self.assertEqual(listed["data"], [{"agent": "explainer", "sessionId": worker, "systemOwned": True}])
        self.client.expect(200, "POST", f"/api/projects/{project}/chats/delete-all")
        self.assertEqual(self.client.expect(200, "GET", f"/api/projects/{project}/agent-sessions")["data"], listed["data"])
        self.client.expect(200, "DELETE", f"/api/projects/{project}")

    def test_everybody_hears_of_projects(self):
        with WebSocket(self.daemon.port, thread="some-other-thread") as socket:
            project = self.client.new_project("broadcast")["projectId"]
            heard = socket.next_of("project_upserted")
            self.assertEqual(heard["payload"]["project"]["projectId"], project)
            self.assertIsNone(heard["threadId"])
            chat = self.client.new_chat()["sessionId"]
            self.client.expect(200, "POST", f"/api/sessions/{chat}/project", {"projectId": project})
            heard = socket.next_of("session_project_updated")["payload"]
            self.assertEqual((heard["sessionId"], heard["projectId"], heard["previousProjectId"]), (chat, project, None))
            self.client.expect(200, "DELETE", f"/api/sessions/{chat}")
            self.assertEqual(socket.next_of("session_deleted")["payload"]["sessionId"], chat)
            self.client.expect(200, "DELETE", f"/api/projects/{project}")
            self.assertEqual(socket.next_of("project_deleted")["payload"]["projectId"], project)

    def test_a_repeated_creation_under_one_key_is_one_project(self):
        headers = {"Idempotency-Key": "make-one"}
        first = self.client.expect(200, "POST", "/api/projects", {"name": "once"}, headers=headers)
        again = self.client.expect(200, "POST", "/api/projects", {"name": "once"}, headers=headers)
        self.assertEqual(first, again)
        self.client.expect(422, "POST", "/api/projects", {"name": "twice"}, headers=headers)


class ProjectsOverRestarts(unittest.TestCase):
    def test_projects_and_their_chats_are_there_after_a_restart(self):
        with Daemon() as daemon:
            project = daemon.client.new_project("durable", workingDirectory="/w")
            chat = daemon.client.new_chat(project["projectId"])["sessionId"]
            daemon.restart()
            self.assertEqual(daemon.client.expect(200, "GET", "/api/projects")["data"], [project])
            self.assertEqual(daemon.client.expect(200, "GET", f"/api/sessions/{chat}")["session"]["projectId"], project["projectId"])
            daemon.client.expect(409, "POST", "/api/projects", {"name": "DURABLE"})
            job = file_change(chat, "t", "i")
            daemon.client.expect(202, "POST", f"/api/sessions/{chat}/notifications", job)


if __name__ == "__main__":
    unittest.main(verbosity=2)
