#!/usr/bin/env python3
"""agent_instruction on the real codex: the model answers with intents, and they are carried out once."""

import json
import os
import tempfile
import time
import unittest

from support.client import eventually
from support.codex import CodexTest, run

MARK = "Judge the turn"


def answer(*intents):
    return json.dumps({"kind": "action_intents", "intents": list(intents)})


def upsert(message_id, content, **more):
    return {"kind": "transcript.upsert", "entry": {"messageId": message_id, "type": "note", "content": content, **more}}


class Instructions(CodexTest):
    agents = tempfile.mkdtemp(prefix="lanekeeper-agents-")
    env = {"LANEKEEPER_AGENTS_DIR": agents}

    @classmethod
    def setUpClass(cls):
        policy = {"instructions": "You help.", "orientationPolicy": "never",
                  "capabilities": ["transcript.upsert", "turn.steer.create", "queue.enqueue"]}
        judge = {**policy, "capabilities": ["approval.decide"]}
        for name, content in (("helper", policy), ("judge", judge)):
            with open(os.path.join(cls.agents, name + ".json"), "w", encoding="utf-8") as file:
                json.dump(content, file)
        super().setUpClass()

    def setUp(self):
        self.model.plays.clear()
        self.project = self.own_project()
        self.source = self.chat(self.project)
        self.turn = self.send(self.source, "hello")["turnId"]
        self.ended(self.source, self.turn)

    def instruct(self, **more):
        payload = {"agent": "helper", "jobKind": "judge", "projectId": self.project, "sourceSessionId": self.source,
                   "threadId": self.source, "turnId": self.turn, "instructionText": MARK,
                   "expectResponse": "action_intents", **more}
        body = {"type": "agent_instruction", "projectId": payload["projectId"], "payload": payload}
        return self.client.expect(202, "POST", "/api/orchestrator/jobs", body)["jobId"]

    def row(self, message_id):
        return next((row for row in self.view(self.source)["transcript"] if row["messageId"] == message_id), None)

    def test_an_answer_of_intents_writes_a_row_and_enqueues_a_job(self):
        play = self.model.on(MARK, reply="```json\n" + answer(
            upsert("judgement", "It is **fine**."),
            {"kind": "queue.enqueue", "type": "noop", "payload": {"result": {"from": "codex"}}}) + "\n```")
        job = self.client.wait_job(self.instruct())
        self.assertEqual(job["state"], "completed", job["error"])
        self.assertEqual([(one["kind"], one["status"]) for one in job["result"]["intents"]],
                         [("transcript.upsert", "applied"), ("queue.enqueue", "enqueued")])
        row = self.row("judgement")
        self.assertEqual((row["content"], row["turnId"], row["status"]), ("It is **fine**.", self.turn, "complete"))
        enqueued = self.client.wait_job(job["result"]["intents"][1]["jobId"])
        self.assertEqual((enqueued["result"], enqueued["sourceSessionId"]), ({"from": "codex"}, self.source))
        self.assertEqual(play.asked, 1)

    def test_an_answer_out_of_scope_is_refused_whole(self):
        play = self.model.on(MARK, reply=answer(upsert("judgement", "fine"), upsert("other", "x", turnId="turn_of_others")))
        job = self.client.wait_job(self.instruct())
        self.assertEqual((job["state"], job["attempts"]), ("failed", 1))
        self.assertTrue(job["error"].startswith("intents_out_of_scope: intents[1].entry.turnId"), job["error"])
        self.assertIsNone(self.row("judgement"))
        self.assertEqual(play.asked, 1)

    def test_a_text_is_the_jobs_row(self):
        self.model.on(MARK, reply="It is fine.")
        job = self.client.wait_job(self.instruct(expectResponse="assistant_text"))
        self.assertEqual((job["result"]["text"], job["result"]["source"]), ("It is fine.", "codex"))
        self.assertEqual(self.row("agent-job-output::" + job["id"])["content"], "It is fine.")

    def test_a_bootstrap_is_told_once_a_key(self):
        boot = self.model.on("Learn the house rules", reply="learned")
        play = self.model.on(MARK, reply="fine")
        first = {"key": "rules-1", "instructionText": "Learn the house rules"}
        for _ in range(2):
            job = self.client.wait_job(self.instruct(expectResponse="none", bootstrapInstruction=first))
            self.assertEqual(job["state"], "completed", job["error"])
        self.assertEqual((boot.asked, play.asked), (1, 2))
        self.client.wait_job(self.instruct(expectResponse="none", bootstrapInstruction={**first, "key": "rules-2"}))
        self.assertEqual((boot.asked, play.asked), (2, 3))

    def test_a_running_turn_is_steered(self):
        held = self.model.on("think hard", reply="thought").hold()
        self.addCleanup(held.release)
        turn = self.send(self.source, "think hard")["turnId"]
        eventually(lambda: self.model.calls("think hard"), what="the model is not asked")
        self.model.on(MARK, reply=answer({"kind": "turn.steer.create", "input": "and be brief"}))
        job = self.client.wait_job(self.instruct(turnId=turn))
        self.assertEqual(job["result"]["intents"][0]["status"], "performed", job["result"])
        held.release()
        self.assertEqual(self.ended(self.source, turn), "completed")
        said = [row["content"] for row in self.view(self.source)["transcript"] if row["role"] == "user"]
        self.assertIn("and be brief", said)

    def test_a_daemon_killed_while_the_agent_answers_asks_no_second_time_once_it_has_answered(self):
        play = self.model.on(MARK, reply=answer(upsert("judgement", "fine"),
                                                {"kind": "queue.enqueue", "type": "noop", "payload": {}}))
        self.client.lane(self.project, "pause")
        job = self.instruct()
        self.client.lane(self.project, "resume")
        eventually(lambda: play.asked, 20, "the model is not asked")
        self.daemon.kill()
        self.daemon.start()
        ended = self.client.wait_job(job, 60)
        self.assertEqual(ended["state"], "completed", ended["error"])
        self.assertEqual(self.row("judgement")["content"], "fine")
        jobs = self.client.expect(200, "GET", f"/api/projects/{self.project}/orchestrator/jobs")["data"]
        self.assertEqual(sum(one["type"] == "noop" for one in jobs), 1)

    def test_whenever_the_daemon_is_killed_every_intent_is_carried_out_once(self):
        rows = [upsert(f"row-{i}", f"words {i}") for i in range(4)]
        jobs = [{"kind": "queue.enqueue", "type": "noop", "payload": {"result": {"n": i}}} for i in range(4)]
        play = self.model.on(MARK, reply=answer(*rows, *jobs))
        for moment in range(8):
            project = self.client.new_project(f"killed {moment}")["projectId"]
            chat = self.chat(project)
            turn = self.send(chat, "hello")["turnId"]
            self.ended(chat, turn)
            before = play.asked
            job = self.instruct(projectId=project, sourceSessionId=chat, threadId=chat, turnId=turn)
            eventually(lambda: play.asked > before, 20, "the model is not asked")
            time.sleep(moment * 0.008)  # anywhere from the model's answer to the job's end
            self.daemon.kill()
            self.daemon.start()
            ended = self.client.wait_job(job, 60)
            self.assertEqual(ended["state"], "completed", (moment, ended["error"]))
            done = self.client.expect(200, "GET", f"/api/projects/{project}/orchestrator/jobs")["data"]
            self.assertEqual(sorted(one["payload"]["result"]["n"] for one in done if one["type"] == "noop"), [0, 1, 2, 3], moment)
            written = [row["content"] for row in self.view(chat)["transcript"] if row["type"] == "note"]
            self.assertEqual(written, [f"words {i}" for i in range(4)], moment)

    def asking(self):
        """A turn that waits for its user's leave to make a file; → the file, its turn, the question."""
        path = os.path.join(self.home, self._testMethodName)
        self.model.on("make the file", reply="done", calls=[run(f"touch {path}", escalate=True)])
        self.source = self.chat(self.project, approvalPolicy="on-request")
        self.turn = self.send(self.source, "make the file")["turnId"]
        return path, eventually(self.questions, 20, "nobody is asked")[0]

    def questions(self):
        return self.client.expect(200, "GET", f"/api/sessions/{self.source}/approvals")["data"]

    def test_an_agent_with_the_capability_decides_an_approval(self):
        path, question = self.asking()
        self.model.on(MARK, reply=answer({"kind": "approval.decide", "approvalId": question["approvalId"], "decision": "accept"}))
        job = self.client.wait_job(self.instruct(agent="judge"))
        self.assertEqual(job["state"], "completed", job["error"])
        self.assertEqual([(one["kind"], one["status"]) for one in job["result"]["intents"]], [("approval.decide", "performed")])
        self.assertEqual(self.ended(self.source, self.turn), "completed")
        self.assertTrue(os.path.exists(path))
        self.assertEqual(self.questions(), [])

    def test_an_agent_without_the_capability_decides_nothing(self):
        path, question = self.asking()
        self.model.on(MARK, reply=answer({"kind": "approval.decide", "approvalId": question["approvalId"], "decision": "accept"}))
        job = self.client.wait_job(self.instruct(agent="helper"))
        self.assertEqual((job["state"], job["attempts"]), ("failed", 1))
        self.assertEqual(self.questions(), [question])
        self.client.expect(200, "POST", f"/api/approvals/{question['approvalId']}/decision", {"decision": "decline"})
        self.assertEqual(self.ended(self.source, self.turn), "completed")
        self.assertFalse(os.path.exists(path))

    def test_a_signal_that_never_comes_falls_back_in_time_and_closes_the_targets(self):
        play = self.model.on(MARK, reply="too late").hold()
        self.addCleanup(play.release)
        began = time.monotonic()
        job = self.client.wait_job(self.instruct(
            expectResponse="none", completionSignal={"kind": "suggested_request", "requestKey": "request-2"},
            supplementalTargets=[{"messageId": "target", "type": "note", "completeFallback": "Nothing was said."}]))
        span = time.monotonic() - began
        self.assertEqual((job["state"], job["attempts"]), ("completed", 1), job["error"])
        self.assertEqual((job["result"]["completion"]["by"], job["result"]["completion"]["suggestion"]),
                         ("fallback", "Please continue with this: “hello”"))
        self.assertTrue(12 <= span < 20, span)
        self.assertEqual((self.row("target")["status"], self.row("target")["content"]), ("complete", "Nothing was said."))

    def test_the_suggestion_signal_may_be_an_intents_row(self):
        self.model.on(MARK, reply=answer(upsert("request-1", "Please add a test.")))
        job = self.client.wait_job(self.instruct(completionSignal={"kind": "suggested_request", "requestKey": "request-1"}))
        self.assertEqual(job["result"]["completion"]["by"], "intent")
        self.assertEqual(job["result"]["completion"]["suggestion"], "Please add a test.")


if __name__ == "__main__":
    unittest.main()
