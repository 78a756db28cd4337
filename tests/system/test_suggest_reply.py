#!/usr/bin/env python3
"""Suggested replies: one job a chat however often one clicks, the waiting endpoint, and what clients guard by."""

import threading
import time
import unittest

from support.client import Client, eventually
from support.daemon import Daemon
from support.work import all_jobs, events_of, said, short
from support.ws import WebSocket


def chat_with_a_question(client, project=None):
    chat = client.new_chat(project)["sessionId"]
    client.expect(202, "POST", f"/api/sessions/{chat}/notifications",
                  [said(chat, "turn_1", "item_1", "Please rename the flag --fast to --quick.", user=True),
                   said(chat, "turn_1", "item_2", "Renamed it in src/options.py. Shall I update the README, too?")])
    return chat


def at_once(count, work):
    """Runs work(i) in so many threads that begin together; their results in order."""
    barrier, results = threading.Barrier(count), [None] * count

    def one(i):
        barrier.wait()
        try:
            results[i] = work(i)
        except Exception as error:  # shown by the caller, who sees no reply
            results[i] = error

    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class SuggestReply(unittest.TestCase):
    env = {}

    def setUp(self):
        self.daemon = Daemon(env=self.env).start()
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.client
        self.project = self.client.new_project("demo")["projectId"]
        self.chat = chat_with_a_question(self.client, self.project)
        self.click = f"/api/sessions/{self.chat}/suggested-reply/jobs"

    def suggest_jobs(self):
        return [job for job in all_jobs(self.client, self.project).values() if job["type"] == "suggest_reply"]


class Clicks(SuggestReply):
    def test_two_hundred_clicks_at_once_on_a_queued_suggestion_are_one_job_and_one_request_key(self):
        self.client.lane(self.project, "pause")
        replies = at_once(200, lambda i: self.daemon.client.post(self.click, {"draft": f"draft {i}"}))
        self.assertEqual({getattr(reply, "status", reply) for reply in replies}, {202})
        bodies = [reply.json for reply in replies]
        self.assertEqual(len({body["jobId"] for body in bodies}), 1)
        self.assertEqual(len({body["requestKey"] for body in bodies}), 1)
        self.assertEqual(sorted({body["dedupe"] for body in bodies}), ["already_queued", "enqueued"])
        self.assertEqual(sum(body["dedupe"] == "enqueued" for body in bodies), 1)
        self.assertEqual(len(self.suggest_jobs()), 1)
        self.client.lane(self.project, "resume")
        job = self.client.wait_job(bodies[0]["jobId"])
        self.assertEqual(job["state"], "completed")
        self.assertEqual(job["result"]["requestKey"], bodies[0]["requestKey"])
        again = self.client.expect(202, "POST", self.click)
        self.assertEqual(again["dedupe"], "enqueued", "after its end a click makes a new job")
        self.assertNotEqual(again["requestKey"], bodies[0]["requestKey"])

    def test_a_chat_that_moved_to_another_project_still_has_one_job(self):
        self.client.lane(self.project, "pause")
        first = self.client.expect(202, "POST", self.click)
        other = self.client.new_project("other")["projectId"]
        self.client.expect(200, "POST", f"/api/sessions/{self.chat}/project", {"projectId": other})
        again = self.client.expect(202, "POST", self.click)
        self.assertEqual((again["jobId"], again["dedupe"]), (first["jobId"], "already_queued"))
        self.assertEqual(again["projectId"], self.project)

    def test_the_later_name_is_the_same_job(self):
        self.client.lane(self.project, "pause")
        first = self.client.expect(202, "POST", self.click)
        later = self.client.expect(202, "POST", f"/api/sessions/{self.chat}/suggested-request/jobs")
        self.assertEqual(later["jobId"], first["jobId"])

    def test_a_chat_without_a_project_has_a_lane_of_its_own(self):
        chat = chat_with_a_question(self.client)
        reply = self.client.expect(202, "POST", f"/api/sessions/{chat}/suggested-reply/jobs")
        self.assertEqual(reply["projectId"], f"session:{chat}")
        self.assertEqual(self.client.wait_job(reply["jobId"])["state"], "completed")

    def test_replies_and_events_carry_what_a_client_guards_by(self):
        other_chat = chat_with_a_question(self.client, self.project)
        with WebSocket(self.daemon.port, thread=self.chat) as mine, \
                WebSocket(self.daemon.port, thread=other_chat) as foreign:
            mine.next_of("ready")
            foreign.next_of("ready")
            reply = self.client.expect(202, "POST", self.click, {"draft": "Yes, "})
            self.assertEqual(set(reply), {"status", "jobId", "requestKey", "sessionId", "projectId", "dedupe"})
            self.assertEqual((reply["sessionId"], reply["projectId"]), (self.chat, self.project))
            heard = mine.until(lambda m: m["type"] == "orchestrator_job_completed")
            events = events_of(heard, reply["jobId"])
            self.assertEqual([short(e) for e in events], ["queued", "started", "completed"])
            for event in events:
                self.assertEqual(event["threadId"], self.chat, "routed to the source chat, always")
                self.assertEqual(event["payload"]["requestKey"], reply["requestKey"])
                self.assertEqual(event["payload"]["sourceSessionId"], self.chat)
            self.assertEqual(events[-1]["payload"]["result"]["requestKey"], reply["requestKey"])
            self.assertTrue(events[-1]["payload"]["result"]["suggestion"])
            states = [m["payload"] for m in heard if m["type"] == "suggested_request_updated"]
            self.assertEqual({s["requestKey"] for s in states}, {reply["requestKey"]})
            self.assertEqual(states[0]["status"], "streaming")
            self.assertEqual(foreign.drain(0.3), [], "nobody else's chat hears of it")

    def test_an_idempotency_key_repeats_the_answer(self):
        key = {"Idempotency-Key": "click-1"}
        first = self.client.expect(202, "POST", self.click, {}, headers=key)
        self.client.wait_job(first["jobId"])
        self.assertEqual(self.client.expect(202, "POST", self.click, {}, headers=key), first)
        refused = self.client.expect(422, "POST", self.click, {"draft": "other"}, headers=key)
        self.assertEqual(refused["code"], "idempotency_mismatch")

    def test_nothing_to_suggest_from_is_a_conflict_unless_there_is_a_draft(self):
        empty = self.client.new_chat(self.project)["sessionId"]
        path = f"/api/sessions/{empty}/suggested-reply"
        for route in (path, path + "/jobs"):
            refused = self.client.expect(409, "POST", route)
            self.assertEqual((refused["status"], refused["code"]), ("no_context", "job_conflict"))
        self.assertEqual(self.client.expect(200, "POST", path, {"draft": "Please write a "})["status"], "ok")

    def test_bad_bodies_are_refused_with_the_member_named(self):
        for body, member in (({"draft": "x" * 4001}, "draft"), ({"draft": 5}, "draft"), ({"more": 1}, "more"),
                             ({"model": ""}, "model")):
            refused = self.client.expect(400, "POST", self.click, body)
            self.assertEqual(refused["code"], "invalid_request")
            self.assertEqual(refused["issues"][0]["path"][-1], member)
        self.assertEqual(self.client.expect(404, "POST", "/api/sessions/nobody/suggested-reply/jobs")["code"], "not_found")

    def test_a_worker_session_is_no_chat_to_suggest_in(self):
        self.client.wait_job(self.client.expect(202, "POST", self.click)["jobId"])
        workers = self.client.expect(200, "GET", f"/api/projects/{self.project}/agent-sessions")["data"]
        self.assertEqual([(w["agent"], w["systemOwned"]) for w in workers], [("supervisor", True)])
        hidden = workers[0]["sessionId"]
        for tail in ("suggested-reply", "suggested-reply/jobs", "suggested-request", "suggested-request/jobs"):
            refused = self.client.expect(403, "POST", f"/api/sessions/{hidden}/{tail}")
            self.assertEqual(refused["code"], "system_session")
        listed = self.client.expect(200, "GET", "/api/sessions")["data"]
        self.assertNotIn(hidden, [session["sessionId"] for session in listed])

    def test_a_worker_writes_the_state_of_a_request_itself(self):
        path = f"/api/sessions/{self.chat}/suggested-request/upsert"
        with WebSocket(self.daemon.port, thread=self.chat) as socket:
            socket.next_of("ready")
            done = {"requestKey": "r1", "status": "complete", "suggestion": "Do it."}
            self.assertEqual(self.client.expect(200, "POST", path, done)["status"], "ok")
            event = socket.next_of("suggested_request_updated")["payload"]
            self.assertEqual((event["requestKey"], event["status"], event["suggestion"]), ("r1", "complete", "Do it."))
        self.client.expect(400, "POST", path, {"requestKey": "r1", "status": "complete"})
        self.client.expect(400, "POST", path, {"requestKey": "r1", "status": "finished"})


class Waiting(SuggestReply):
    env = {"ORCHESTRATOR_SUGGEST_REPLY_WAIT_MS": "1500"}

    def test_the_waiting_endpoint_answers_with_the_suggestion(self):
        reply = self.client.expect(200, "POST", f"/api/sessions/{self.chat}/suggested-reply", {"draft": "Yes, "})
        self.assertEqual(set(reply), {"status", "sessionId", "requestKey", "suggestion", "source"})
        self.assertEqual((reply["status"], reply["sessionId"], reply["source"]), ("ok", self.chat, "builtin"))
        self.assertTrue(reply["suggestion"].startswith("Yes"), "the draft, completed")
        later = self.client.expect(200, "POST", f"/api/sessions/{self.chat}/suggested-request")
        self.assertNotEqual(later["requestKey"], reply["requestKey"])

    def test_out_of_time_it_answers_with_the_job_and_makes_no_second_one(self):
        self.client.lane(self.project, "pause")
        began = time.monotonic()
        reply = self.client.expect(202, "POST", f"/api/sessions/{self.chat}/suggested-reply")
        self.assertGreaterEqual(time.monotonic() - began, 1.4)
        self.assertEqual((reply["status"], reply["dedupe"]), ("queued", "enqueued"))
        self.assertEqual(self.client.expect(202, "POST", self.click)["jobId"], reply["jobId"])
        self.assertEqual(len(self.suggest_jobs()), 1)


class WaitingLong(SuggestReply):
    """On a slow machine too, what is waited for comes before the time is over."""

    env = {"ORCHESTRATOR_SUGGEST_REPLY_WAIT_MS": "30000"}

    def test_all_who_wait_for_one_chat_get_the_same_suggestion(self):
        self.client.lane(self.project, "pause")
        resume = threading.Timer(1.0, lambda: self.daemon.client.lane(self.project, "resume"))
        resume.start()
        replies = at_once(20, lambda i: self.daemon.client.post(f"/api/sessions/{self.chat}/suggested-reply"))
        resume.join()
        self.assertEqual({getattr(reply, "status", reply) for reply in replies}, {200})
        self.assertEqual(len({reply.json["requestKey"] for reply in replies}), 1)
        self.assertEqual(len({reply.json["suggestion"] for reply in replies}), 1)
        self.assertEqual(len(self.suggest_jobs()), 1)

    def test_a_canceled_suggestion_ends_the_wait(self):
        self.client.lane(self.project, "pause")
        job_id = self.client.expect(202, "POST", self.click)["jobId"]
        cancel = threading.Timer(0.3, lambda: self.daemon.client.post(f"/api/orchestrator/jobs/{job_id}/cancel"))
        cancel.start()
        began = time.monotonic()
        reply = self.client.expect(202, "POST", f"/api/sessions/{self.chat}/suggested-reply")
        cancel.join()
        self.assertLess(time.monotonic() - began, 15)
        self.assertEqual((reply["jobId"], reply["state"]), (job_id, "canceled"))


class SwitchedOff(SuggestReply):
    env = {"ORCHESTRATOR_SUGGEST_REPLY_ENABLED": "false"}

    def test_the_feature_says_that_it_is_off(self):
        for tail in ("suggested-reply", "suggested-reply/jobs", "suggested-request", "suggested-request/jobs"):
            refused = self.client.expect(503, "POST", f"/api/sessions/{self.chat}/{tail}")
            self.assertEqual(refused["code"], "feature_disabled")


class AfterARestart(SuggestReply):
    def test_a_queued_suggestion_survives_and_is_still_the_only_one(self):
        self.client.lane(self.project, "pause")
        first = self.client.expect(202, "POST", self.click)
        self.daemon.kill()
        self.daemon.start()
        client = Client(self.daemon.port)
        again = client.expect(202, "POST", self.click)
        self.assertEqual((again["jobId"], again["requestKey"]), (first["jobId"], first["requestKey"]))
        client.lane(self.project, "resume")
        self.assertEqual(client.wait_job(first["jobId"])["state"], "completed")

    def test_worker_sessions_are_the_same_after_a_restart(self):
        self.client.wait_job(self.client.expect(202, "POST", self.click)["jobId"])
        path = f"/api/projects/{self.project}/agent-sessions"
        before = self.client.expect(200, "GET", path)["data"]
        self.daemon.restart()
        client = Client(self.daemon.port)
        client.wait_job(client.expect(202, "POST", self.click)["jobId"])
        self.assertEqual(client.expect(200, "GET", path)["data"], before)


del SuggestReply  # the base is no test

if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
