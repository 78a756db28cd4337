#!/usr/bin/env python3
"""Threads of workers that nobody uses, on the real codex: they are unloaded, and work on when they are used again."""

import unittest

from support.gates import GatedTest

SUGGEST = "Suggest the next message"
ORIENT = "To this message answer only: ready."


class IdleWorker(GatedTest):
    env = {"ORCHESTRATOR_AGENT_WORKER_IDLE_MS": 500}

    def setUp(self):
        self.project = self.own_project()
        self.talk = self.chat(self.project)
        self.ended(self.talk, self.send(self.talk, "hello")["turnId"])

    def suggested(self, reply):
        self.model.on(SUGGEST, reply=reply)
        job = self.client.expect(202, "POST", f"/api/sessions/{self.talk}/suggested-reply/jobs", {})["jobId"]
        ended = self.client.wait_job(job, 60.0)
        self.assertEqual((ended["state"], ended["attempts"], (ended["result"] or {}).get("suggestion")), ("completed", 1, reply), ended)

    def worker(self):
        workers = self.client.expect(200, "GET", f"/api/projects/{self.project}/agent-sessions")["data"]
        self.assertEqual(len(workers), 1)
        return workers[0]["sessionId"]

    def assert_the_same_works(self, worker, oriented, said):
        self.assertEqual((self.worker(), self.model.calls(ORIENT)), (worker, oriented))
        self.assertEqual([text for text in self.said(worker) if text in said], said)


class Unloaded(IdleWorker):
    settings = "thread_unload_delay_secs = 1\n"  # by itself codex lets half an hour pass

    def test_it_is_unloaded_and_its_next_job_is_done_on_the_same_thread_without_telling_it_again_who_it_is(self):
        gate = self.gate("say", "thread/closed")
        self.suggested("Moor at the north pier.")
        worker, oriented = self.worker(), self.model.calls(ORIENT)
        self.assertEqual(self.held_at(gate, 60.0)["params"]["threadId"], worker)  # codex has unloaded it
        self.open_gate(gate)
        self.suggested("Moor at sea.")
        self.assert_the_same_works(worker, oriented, ["Moor at the north pier.", "Moor at sea."])
        self.assertIn("north pier", str(self.model.request(SUGGEST)["input"]))  # it remembers


class Unheard(IdleWorker):
    def test_a_job_that_comes_when_nobody_listens_any_more_and_it_is_not_unloaded_yet(self):
        gate = self.gate("answer", "thread/unsubscribe")
        self.suggested("Mind the reef.")
        worker, oriented = self.worker(), self.model.calls(ORIENT)
        self.held_at(gate, 60.0)
        self.open_gate(gate)
        self.suggested("Mind the rocks.")
        self.assert_the_same_works(worker, oriented, ["Mind the reef.", "Mind the rocks."])


if __name__ == "__main__":
    unittest.main()
