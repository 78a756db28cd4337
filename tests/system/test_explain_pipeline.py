#!/usr/bin/env python3
"""Explanations of file changes: from the notification to the row behind the change, live, reloaded and restarted."""

import json
import unittest

from support.client import Client, eventually
from support.daemon import Daemon
from support.work import a_diff, all_jobs, explain_row_id, file_change, metric, said
from support.ws import WebSocket

EXPLAINED = "fileChange.explainability"


class Pipeline(unittest.TestCase):
    env = {}

    def setUp(self):
        self.daemon = Daemon(env=self.env).start()
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.client
        self.project = self.client.new_project("demo")["projectId"]
        self.chat = self.client.new_chat(self.project)["sessionId"]

    def feed(self, *notices, chat=None, status=202):
        return self.client.expect(status, "POST", f"/api/sessions/{chat or self.chat}/notifications", list(notices))

    def transcript(self, chat=None, client=None):
        return (client or self.client).expect(200, "GET", f"/api/sessions/{chat or self.chat}")["transcript"]

    def explanations(self, client=None):
        return [row for row in self.transcript(client=client) if row["type"] == EXPLAINED]

    def jobs(self):
        return list(all_jobs(self.client, self.project).values())

    def all_explained(self, count, client=None):
        def done():
            rows = self.explanations(client)
            return len(rows) == count and all(row["status"] == "complete" for row in rows)
        eventually(done, 30, f"{count} explanations are not complete")
        return self.explanations(client)


class FromNoticeToRow(Pipeline):
    def test_the_row_goes_from_placeholder_over_analyzing_to_the_text(self):
        row_id = explain_row_id(self.chat, "turn_1", "change_1")
        with WebSocket(self.daemon.port, thread=self.chat) as socket:
            socket.next_of("ready")
            self.feed(file_change(self.chat, "turn_1", "change_1"))
            rows, seqs = [], []
            while not rows or rows[-1]["status"] == "streaming":
                message = socket.next_of("transcript_updated")
                if message["payload"]["messageId"] == row_id:
                    self.assertEqual(message["threadId"], self.chat)
                    rows.append(message["payload"]["entry"])
                    seqs.append(message["seq"])
        self.assertEqual([row["status"] for row in rows], ["streaming", "streaming", "complete"])
        self.assertTrue(rows[0]["content"].startswith("Waiting"))
        self.assertTrue(rows[1]["content"].startswith("Analyzing"))
        self.assertIn("src/sum.py", rows[2]["content"])
        self.assertEqual(seqs, sorted(set(seqs)))
        self.assertEqual((rows[2]["role"], rows[2]["type"], rows[2]["turnId"]), ("system", EXPLAINED, "turn_1"))
        details = json.loads(rows[2]["details"])
        self.assertEqual(set(details), {"anchorItemId", "jobId", "source", "truncated", "originalChars"})
        self.assertEqual((details["anchorItemId"], details["source"], details["truncated"]), ("change_1", "builtin", False))
        self.assertEqual(details["originalChars"], len(a_diff()))
        job = self.client.job(details["jobId"])
        self.assertEqual((job["type"], job["priority"], job["state"]), ("file_change_explain", "background", "completed"))
        self.assertEqual(job["result"]["text"], rows[2]["content"])

    def test_each_explanation_stands_right_behind_its_change_also_after_reload_and_restart(self):
        self.feed(said(self.chat, "turn_1", "ask", "Please sum it up.", user=True),
                  file_change(self.chat, "turn_1", "change_1", path="src/one.py"),
                  said(self.chat, "turn_1", "between", "And another one."),
                  file_change(self.chat, "turn_1", "change_2", path="src/two.py"),
                  said(self.chat, "turn_1", "end", "Done."))
        self.all_explained(2)
        before = self.transcript()
        order = [row["messageId"] for row in before]
        for item in ("change_1", "change_2"):
            behind = order[order.index(item) + 1]
            self.assertEqual(behind, explain_row_id(self.chat, "turn_1", item))
        self.assertEqual([i for i in order if not i.startswith("file-change-explain-")],
                         ["ask", "change_1", "between", "change_2", "end"])
        self.assertEqual(self.transcript(), before, "reading twice")
        self.daemon.restart()
        self.assertEqual(self.transcript(client=Client(self.daemon.port)), before, "after a clean restart")
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.transcript(client=Client(self.daemon.port)), before, "after a crash")

    def test_the_same_change_again_is_the_same_row_and_job(self):
        change = file_change(self.chat, "turn_1", "change_1")
        self.feed(change)
        self.feed(change, change)
        self.all_explained(1)
        self.feed(change)
        self.assertEqual(len(self.jobs()), 1)
        self.assertEqual(len(self.transcript()), 2)

    def test_only_completed_changes_with_a_diff_in_a_projects_chat_are_explained(self):
        alone = self.client.new_chat()["sessionId"]
        self.feed(file_change(alone, "turn_1", "item"), chat=alone)
        started = file_change(self.chat, "turn_1", "started")
        started["method"] = "item/started"
        no_changes = file_change(self.chat, "turn_1", "none")
        no_changes["params"]["item"]["changes"] = []
        other = file_change(self.chat, "turn_1", "other")
        other["params"]["item"]["type"] = "commandExecution"
        self.feed(started, no_changes, other, file_change(self.chat, "turn_1", "failed", status="failed"),
                  file_change(self.chat, "turn_1", "declined", status="declined"),
                  file_change(self.chat, "turn_1", "empty", diff=""), file_change(self.chat, "turn_1", "good"))
        self.all_explained(1)
        self.assertEqual([job["payload"]["itemId"] for job in self.jobs()], ["good"])
        self.assertEqual([row for row in self.transcript(alone) if row["type"] == EXPLAINED], [])

    def test_added_deleted_and_renamed_files_are_explained_as_what_they_are(self):
        renamed = file_change(self.chat, "turn_1", "renamed", path="src/old.py")
        renamed["params"]["item"]["changes"][0]["kind"] = {"type": "update", "move_path": "src/new.py"}
        self.feed(file_change(self.chat, "turn_1", "added", path="a.py", diff="def made():\n    return 1\n", kind="add"),
                  file_change(self.chat, "turn_1", "deleted", path="d.py", diff="def gone():\n    return 1\n", kind="delete"),
                  renamed)
        texts = {json.loads(row["details"])["anchorItemId"]: row["content"] for row in self.all_explained(3)}
        self.assertIn("made", texts["added"])
        self.assertIn("gone", texts["deleted"])
        self.assertIn("src/new.py", texts["renamed"])

    def test_the_worker_session_of_explanations_is_hidden(self):
        self.feed(file_change(self.chat, "turn_1", "change_1"))
        self.all_explained(1)
        workers = self.client.expect(200, "GET", f"/api/projects/{self.project}/agent-sessions")["data"]
        self.assertEqual([worker["agent"] for worker in workers], ["explainer"])
        hidden = workers[0]["sessionId"]
        listed = self.client.expect(200, "GET", "/api/sessions")["data"]
        self.assertNotIn(hidden, [session["sessionId"] for session in listed])
        refused = self.client.expect(403, "POST", f"/api/sessions/{hidden}/notifications",
                                     [file_change(hidden, "turn_9", "x")])
        self.assertEqual(refused["code"], "system_session")

    def test_a_canceled_explanation_leaves_one_line(self):
        self.client.lane(self.project, "pause")
        self.feed(file_change(self.chat, "turn_1", "change_1"))
        job = self.jobs()[0]
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{job['id']}/cancel")
        row = self.explanations()[0]
        self.assertEqual(row["status"], "canceled")
        self.assertTrue(row["content"].startswith("Explanation canceled"))
        self.assertNotIn("\n", row["content"])


class Truncated(Pipeline):
    env = {"ORCHESTRATOR_DIFF_EXPLAIN_MAX_DIFF_CHARS": "120"}

    def test_a_long_diff_is_cut_between_characters_and_marked(self):
        diff = "@@ -1 +1,200 @@\n" + "+zähler = 'ü'\n" * 200
        self.feed(file_change(self.chat, "turn_1", "long", diff=diff))
        row = self.all_explained(1)[0]
        details = json.loads(row["details"])
        self.assertEqual((details["truncated"], details["originalChars"]), (True, len(diff)))
        job = self.jobs()[0]
        self.assertEqual(job["payload"]["changes"][0]["diff"], diff[:120])
        self.assertTrue(job["result"]["truncated"])


class FullQueue(Pipeline):
    env = {"ORCHESTRATOR_QUEUE_MAX_PER_PROJECT": "2"}

    def test_a_full_queue_puts_explanations_off_and_loses_none(self):
        self.client.lane(self.project, "pause")
        for i in range(8):
            self.feed(file_change(self.chat, "turn_1", f"change_{i}", path=f"src/f{i}.py"))
        self.assertEqual(len(self.transcript()), 8 + 2, "every change is there, with two placeholders")
        self.assertEqual(len(self.jobs()), 2)
        self.assertEqual(metric(self.client, "lanekeeper_explain_deferred_total"), 6)
        self.client.lane(self.project, "resume")
        self.all_explained(8)
        self.assertEqual(len(self.jobs()), 8)

    def test_what_was_put_off_is_made_up_for_after_a_crash(self):
        self.client.lane(self.project, "pause")
        self.feed(*(file_change(self.chat, "turn_1", f"change_{i}", path=f"src/f{i}.py") for i in range(5)))
        self.daemon.kill()
        self.daemon.start()
        client = Client(self.daemon.port)
        client.lane(self.project, "resume")
        self.all_explained(5, client)


class SwitchedOff(Pipeline):
    env = {"ORCHESTRATOR_DIFF_EXPLAIN_ENABLED": "false"}

    def test_nothing_is_enqueued(self):
        self.feed(file_change(self.chat, "turn_1", "change_1"))
        self.assertEqual(self.jobs(), [])
        self.assertEqual([row["messageId"] for row in self.transcript()], ["change_1"])


class Crashed(Pipeline):
    def test_an_explanation_that_a_crash_cut_off_is_finished_with_one_row(self):
        self.client.lane(self.project, "pause")
        self.feed(*(file_change(self.chat, "turn_1", f"change_{i}", path=f"src/f{i}.py") for i in range(6)))
        self.client.lane(self.project, "resume")
        eventually(lambda: any(job["state"] == "running" for job in self.jobs()), what="nothing runs")
        self.daemon.kill()
        self.daemon.start()
        rows = self.all_explained(6, Client(self.daemon.port))
        self.assertEqual(len({row["messageId"] for row in rows}), 6)


del Pipeline  # the base is no test

if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
