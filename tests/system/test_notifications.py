#!/usr/bin/env python3
"""What external agents feed in: the same rows, events and explanations as our own runtime's stream, committed before the
202; and every filter of the explanations."""

import json
import unittest

from support.chats import explained, notify, say, transcript
from support.client import eventually
from support.daemon import Daemon
from support.work import a_diff, all_jobs, explain_row_id, file_change, metric, said
from support.ws import WebSocket


def started(turn):
    return {"method": "turn/started", "params": {"turn": {"id": turn, "status": "inProgress"}}}


def ended(turn, status="completed", **members):
    return {"method": "turn/completed", "params": {"turn": {"id": turn, "status": status, **members}}}


def item(method, turn, **members):
    return {"method": f"item/{method}", "params": {"turnId": turn, "item": members}}


class Notifications(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        cls.client = cls.daemon.client

    @classmethod
    def tearDownClass(cls):
        cls.daemon.close()

    def project_chat(self, name):
        project = self.client.new_project(name)["projectId"]
        return project, self.client.new_chat(project)["sessionId"]

    # ---- rows and events

    def test_items_become_rows_before_the_answer(self):
        chat = self.client.new_chat()["sessionId"]
        notify(self.client, chat, item("started", "t1", id="i1", type="agentMessage", text=""))
        self.assertEqual(transcript(self.client, chat)[0]["status"], "streaming")
        notify(self.client, chat, item("completed", "t1", id="i1", type="agentMessage", text="hello"))
        row = transcript(self.client, chat)[0]
        self.assertEqual((row["messageId"], row["turnId"], row["role"], row["type"], row["content"], row["status"]),
                         ("i1", "t1", "assistant", "agentMessage", "hello", "complete"))
        self.assertTrue(self.client.expect(200, "GET", f"/api/sessions/{chat}")["session"]["materialized"])

    def test_items_of_every_kind_have_their_row(self):
        chat = self.client.new_chat()["sessionId"]
        notify(self.client, chat, [
            said(chat, "t", "u", "please", user=True),
            item("completed", "t", id="r", type="reasoning", summary=["first", "then"], content=[]),
            item("completed", "t", id="c", type="commandExecution", command="make test", status="failed", exitCode=2),
            item("completed", "t", id="d", type="commandExecution", command="rm -r /", status="declined"),
            item("completed", "t", id="x", type="somethingNew", blob={"deep": [1, 2]}),
        ])
        rows = {row["messageId"]: row for row in transcript(self.client, chat)}
        self.assertEqual((rows["u"]["role"], rows["u"]["content"]), ("user", "please"))
        self.assertEqual(rows["r"]["content"], "first\n\nthen")
        self.assertEqual((rows["c"]["status"], rows["c"]["content"], json.loads(rows["c"]["details"])["exitCode"]),
                         ("error", "make test", 2))
        self.assertEqual(rows["d"]["status"], "canceled")
        self.assertEqual(json.loads(rows["x"]["details"]), {"blob": {"deep": [1, 2]}})

    def test_the_end_of_a_turn_closes_what_it_left_open(self):
        for status, wanted in (("interrupted", "canceled"), ("failed", "error"), ("completed", "complete")):
            chat = self.client.new_chat()["sessionId"]
            notify(self.client, chat, [started("t"), item("started", "t", id="i", type="agentMessage", text=""),
                                       {"method": "item/agentMessage/delta", "params": {"turnId": "t", "itemId": "i", "delta": "half"}},
                                       ended("t", status)])
            row = transcript(self.client, chat)[0]
            self.assertEqual((row["status"], row["content"]), (wanted, "half"))

    def test_a_turn_that_began_before_a_restart_is_closed_by_its_end(self):
        with Daemon() as daemon:
            chat = daemon.client.new_chat()["sessionId"]
            notify(daemon.client, chat, [started("t"), item("started", "t", id="i", type="agentMessage", text="")])
            daemon.restart()
            self.assertEqual(transcript(daemon.client, chat)[0]["status"], "streaming", "the agent may still be at it")
            notify(daemon.client, chat, ended("t", "interrupted"))
            self.assertEqual(transcript(daemon.client, chat)[0]["status"], "canceled")

    def test_a_late_start_does_not_reopen_a_row(self):
        chat = self.client.new_chat()["sessionId"]
        notify(self.client, chat, [said(chat, "t", "i", "all said"), item("started", "t", id="i", type="agentMessage", text="")])
        self.assertEqual((transcript(self.client, chat)[0]["status"], transcript(self.client, chat)[0]["content"]),
                         ("complete", "all said"))

    def test_clients_hear_the_signal_and_then_the_notification(self):
        project, chat = self.project_chat("signals")
        with WebSocket(self.daemon.port, thread=chat) as socket:
            notify(self.client, chat, [started("t"), {"method": "item/agentMessage/delta",
                                                      "params": {"turnId": "t", "itemId": "i", "delta": "x"}},
                                       {"method": "turn/plan/updated", "params": {"turnId": "t", "plan": []}},
                                       {"method": "brand/newThing", "params": {"odd": True}}, said(chat, "t", "i", "done")])
            heard = [m for m in socket.until(lambda m: m["type"] == "notification" and m["payload"]["method"] == "item/completed")
                     if m["type"] != "ready"]
        self.assertEqual([m["type"] for m in heard], [
            "app_server.turn.started", "notification", "app_server.item.agent_message.delta", "notification",
            "app_server.turn.plan.updated", "notification", "turn_plan_updated", "app_server.brand.new_thing", "notification",
            "app_server.item.completed", "notification"])
        signal = heard[0]["payload"]
        self.assertEqual((signal["source"], signal["signalType"], signal["eventType"], signal["method"]),
                         ("app_server", "notification", "app_server.turn.started", "turn/started"))
        self.assertEqual(signal["context"], {"threadId": chat, "turnId": "t"})
        self.assertEqual(signal["session"], {"id": chat, "title": "New chat", "projectId": project})
        self.assertEqual(heard[1]["payload"]["params"]["threadId"], chat)
        live = [m["seq"] for m in heard if "delta" in str(m["payload"].get("method"))]
        self.assertEqual(live, [None, None], "deltas are not kept")
        kept = [m["seq"] for m in heard if m["seq"] is not None]
        self.assertEqual(kept, sorted(set(kept)))

    # ---- refusals

    def test_a_notification_for_another_thread_is_refused(self):
        chat = self.client.new_chat()["sessionId"]
        reply = notify(self.client, chat, said("thread_other", "t", "i", "x"), 400)
        self.assertEqual(reply["issues"][0]["path"], ["params", "threadId"])

    def test_a_turn_that_our_own_runtime_runs_or_ran_is_refused(self):
        chat = self.client.new_chat()["sessionId"]
        turn = say(self.client, chat, "/pause 20s hello", wait=False)
        self.assertEqual(notify(self.client, chat, said(chat, turn, "i", "x"), 409)["turnId"], turn)
        self.client.expect(200, "POST", f"/api/sessions/{chat}/interrupt")
        eventually(lambda: self.client.expect(200, "GET", f"/api/sessions/{chat}")["thread"]["status"]["type"] == "idle")
        self.assertEqual(notify(self.client, chat, [said(chat, "t_mine", "i", "x"), ended(turn)], 409)["turnId"], turn)
        self.assertNotIn("t_mine", [row["turnId"] for row in transcript(self.client, chat)], "all or nothing is checked first")

    def test_malformed_notifications_are_refused_by_name_of_the_field(self):
        chat = self.client.new_chat()["sessionId"]
        change = {"path": "a", "kind": {"type": "add"}, "diff": "x"}

        def changed(**members):
            return item("completed", "t", id="i", type="fileChange", status="completed", changes=[{**change, **members}])
        cases = [
            ({}, ["method"]), ({"method": "turn/started"}, ["params"]), ({"method": 5, "params": {}}, ["method"]),
            ({"method": "turn/started", "params": {}}, ["params", "turn"]),
            ({"method": "turn/started", "params": {"turn": {"id": ""}}}, ["params", "turn", "id"]),
            ({"method": "item/completed", "params": {"turnId": "t"}}, ["params", "item"]),
            ({"method": "item/completed", "params": {"item": {"id": "i", "type": "x"}}}, ["params", "turnId"]),
            (item("completed", "t", id="i" * 300, type="x"), ["params", "item", "id"]),
            (item("completed", "t", id="i", type="fileChange", status="completed"), ["params", "item", "changes"]),
            (changed(path=""), ["params", "item", "changes", 0, "path"]),
            (changed(diff=["x"]), ["params", "item", "changes", 0, "diff"]),
            (changed(kind=7), ["params", "item", "changes", 0, "kind"]),
            ([], []), ([said(chat, "t", "i", "fine"), {"method": "x"}], [1, "params"]),
            ([{"method": "x/y", "params": {}}] * 1001, []),
        ]
        for body, where in cases:
            with self.subTest(where=where):
                self.assertEqual(notify(self.client, chat, body, 400)["issues"][0]["path"], where)
        self.assertEqual(transcript(self.client, chat), [], "nothing of a refused array is taken")

    # ---- explanations

    def jobs(self, project):
        return [job for job in all_jobs(self.client, project).values() if job["type"] == "file_change_explain"]

    def test_a_completed_change_of_a_projects_chat_is_explained_and_the_job_is_there_with_the_answer(self):
        project, chat = self.project_chat("explained")
        self.client.lane(project, "pause")
        notify(self.client, chat, file_change(chat, "t", "i"))
        job = self.jobs(project)[0]
        self.assertEqual((job["state"], job["sourceSessionId"], job["priority"]), ("queued", chat, "background"))
        payload = job["payload"]
        self.assertEqual((payload["threadId"], payload["turnId"], payload["itemId"], payload["truncated"]), (chat, "t", "i", False))
        self.assertEqual(payload["changes"][0]["kind"], "update")
        row = next(row for row in transcript(self.client, chat) if row["messageId"] == explain_row_id(chat, "t", "i"))
        self.assertEqual((row["role"], row["type"], row["status"]), ("system", "fileChange.explainability", "streaming"))
        self.client.lane(project, "resume")
        row = explained(self.client, chat, "t", "i")
        details = json.loads(row["details"])
        self.assertEqual((details["anchorItemId"], details["jobId"], details["source"]), ("i", job["id"], "builtin"))

    def test_the_same_item_again_is_the_same_row_and_job(self):
        project, chat = self.project_chat("twice")
        for _ in range(3):
            notify(self.client, chat, file_change(chat, "t", "i"))
        explained(self.client, chat, "t", "i")
        notify(self.client, chat, [file_change(chat, "t", "i")] * 2)
        self.assertEqual(len(self.jobs(project)), 1)
        self.assertEqual(len(transcript(self.client, chat)), 2)

    def test_what_is_not_eligible_is_not_explained(self):
        project, chat = self.project_chat("filtered")
        loose = self.client.new_chat()["sessionId"]
        notify(self.client, chat, [
            file_change(chat, "t", "a", status="failed"), file_change(chat, "t", "b", status="inProgress"),
            file_change(chat, "t", "c", diff=""),
            {"method": "item/started", "params": file_change(chat, "t", "d")["params"]},
            item("completed", "t", id="e", type="commandExecution", command="ls", status="completed"),
            item("completed", "t", id="f", type="fileChange", status="completed", changes=[]),
            item("completed", "t", id="g", type="fileChange", status="completed",
                 changes=[{"path": "a", "kind": {"type": "update", "move_path": "b"}, "diff": ""}]),
        ])
        notify(self.client, loose, file_change(loose, "t", "i"))
        self.assertEqual(self.jobs(project), [])
        self.assertEqual(len(transcript(self.client, chat)), 7, "their rows are there all the same")

    def test_relative_paths_plain_kinds_and_renames_are_read(self):
        project, chat = self.project_chat("shapes")
        self.client.lane(project, "pause")
        notify(self.client, chat, item("completed", "t", id="i", type="fileChange", status="completed", surplus=1, changes=[
            {"path": "a.py", "kind": "add", "diff": "print(1)\n"},
            {"path": "/w/b.py", "kind": {"type": "update", "move_path": "/w/c.py"}, "diff": a_diff()},
            {"path": "d.py", "kind": {"type": "delete"}, "diff": "x = 1\n", "note": None}]))
        changes = self.jobs(project)[0]["payload"]["changes"]
        self.assertEqual([change["kind"] for change in changes], ["add", "update", "delete"])
        self.assertEqual(changes[1]["movePath"], "/w/c.py")
        self.client.lane(project, "resume")
        explained(self.client, chat, "t", "i")

    def test_a_long_diff_is_cut_on_a_character_boundary_and_marked(self):
        with Daemon(env={"ORCHESTRATOR_DIFF_EXPLAIN_MAX_DIFF_CHARS": "1000"}) as daemon:
            client = daemon.client
            project = client.new_project("long")["projectId"]
            chat = client.new_chat(project)["sessionId"]
            text = "größe = '€𝄞'\n" * 200
            notify(client, chat, item("completed", "t", id="i", type="fileChange", status="completed", changes=[
                {"path": "a.py", "kind": "add", "diff": text[:700]}, {"path": "b.py", "kind": "add", "diff": text}]))
            job = list(all_jobs(client, project).values())[0]
            payload = job["payload"]
            self.assertEqual((payload["truncated"], payload["originalChars"]), (True, 700 + len(text)))
            self.assertEqual(payload["changes"][0]["diff"], text[:700])
            self.assertEqual(payload["changes"][1]["diff"], text[:300])
            details = json.loads(explained(client, chat, "t", "i")["details"])
            self.assertEqual((details["truncated"], details["originalChars"]), (True, 700 + len(text)))

    def test_explanations_can_be_switched_off(self):
        with Daemon(env={"ORCHESTRATOR_DIFF_EXPLAIN_ENABLED": "false"}) as daemon:
            project = daemon.client.new_project("off")["projectId"]
            chat = daemon.client.new_chat(project)["sessionId"]
            notify(daemon.client, chat, file_change(chat, "t", "i"))
            self.assertEqual(all_jobs(daemon.client, project), {})
            self.assertEqual(len(transcript(daemon.client, chat)), 1)

    def test_a_full_lane_loses_no_explanation_also_over_a_crash(self):
        env = {"ORCHESTRATOR_QUEUE_MAX_PER_PROJECT": "3", "ORCHESTRATOR_QUEUE_MAX_GLOBAL": "10"}
        with Daemon(env=env) as daemon:
            client = daemon.client
            project = client.new_project("full")["projectId"]
            chat = client.new_chat(project)["sessionId"]
            client.lane(project, "pause")
            items = [f"i{n}" for n in range(12)]
            notify(client, chat, [file_change(chat, "t", name, path=f"src/{name}.py") for name in items])
            self.assertEqual(len(all_jobs(client, project)), 3)
            self.assertEqual(metric(client, "lanekeeper_explain_deferred_total"), 9)
            notify(client, chat, file_change(chat, "t", "i11", path="src/i11.py"))
            daemon.kill()
            daemon.start()
            daemon.client.lane(project, "resume")
            for name in items:
                explained(daemon.client, chat, "t", name, timeout=60)
            jobs = all_jobs(daemon.client, project)
            self.assertEqual(len(jobs), 12)
            self.assertEqual({job["state"] for job in jobs.values()}, {"completed"})

    def test_a_chat_that_is_deleted_takes_its_deferred_explanations_along(self):
        env = {"ORCHESTRATOR_QUEUE_MAX_PER_PROJECT": "1"}
        with Daemon(env=env) as daemon:
            client = daemon.client
            project = client.new_project("deleted")["projectId"]
            chat = client.new_chat(project)["sessionId"]
            client.lane(project, "pause")
            notify(client, chat, [file_change(chat, "t", f"i{n}") for n in range(5)])
            client.expect(200, "DELETE", f"/api/sessions/{chat}")
            client.lane(project, "resume")
            eventually(lambda: all(job["state"] == "canceled" for job in all_jobs(client, project).values()))
            known = set(all_jobs(client, project))
            self.assertLess(len(known), 5, "the sweep may take one up while the chat goes, and no more")
            daemon.restart()
            self.assertEqual(set(all_jobs(daemon.client, project)), known)


if __name__ == "__main__":
    unittest.main(verbosity=2)
