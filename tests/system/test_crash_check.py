#!/usr/bin/env python3
"""The crash test's checker sees what it is there to see: each kind of damage to a sound history is named."""

import copy
import unittest

from support import crash_check
from support.crash_load import Record
from support.work import explain_row_id

LANE, CHAT = "lane", "chat"


def event(seq, word, job, run=1, **more):
    payload = {"jobId": job, "projectId": LANE, "jobType": "noop", "state": word, "run": run, **more}
    return {"type": f"orchestrator_job_{word}", "seq": seq, "payload": payload}


def a_job(job_id, type="noop", **members):
    job = {"id": job_id, "type": type, "state": "completed", "run": 1, "attempts": 1, "maxAttempts": 3, "result": {},
           "payload": {"result": {"marker": "m-" + job_id}}}
    return {**job, **members}


class AHistory(unittest.TestCase):
    """Two jobs that ran one after the other, the second twice because of a kill; one file change; one suggestion."""

    def setUp(self):
        change = {"threadId": CHAT, "turnId": "t", "itemId": "i"}
        self.jobs = {"a": a_job("a"), "b": a_job("b", run=2, attempts=2),
                     "x": a_job("x", "file_change_explain", payload=change, result={"text": "what it does"}),
                     "s": a_job("s", "suggest_reply", payload={"requestKey": "k"})}
        self.events = [event(1, "queued", "a"), event(2, "queued", "b"), event(3, "started", "a"), event(4, "completed", "a"),
                       event(5, "started", "b"), event(6, "queued", "b"), event(7, "started", "b", 2), event(8, "completed", "b", 2),
                       event(9, "queued", "x"), event(10, "started", "x"), event(11, "completed", "x")]
        self.events += [event(12 + n, word, "s", jobType="suggest_reply", sourceSessionId=CHAT)
                        for n, word in enumerate(("queued", "started", "completed"))]
        self.events.append({"type": "suggested_request_updated", "seq": 15, "payload": {"requestKey": "k", "status": "complete"}})
        self.record = Record()
        self.record.acknowledge("a", kind="noop", marker="m-a")
        self.record.acknowledge("s", kind="suggest_reply", requestKey="k")
        self.record.markers["m-b"] = "unknown"
        self.record.items.add((CHAT, "t", "i"))
        self.record.cancels["b"] = dict(self.jobs["b"], state="running")
        self.rows = [{"turnId": "t", "messageId": "i", "role": "system", "status": "complete", "content": ""},
                     {"turnId": "t", "messageId": explain_row_id(CHAT, "t", "i"), "role": "system", "status": "complete", "content": "what it does"}]

    def wrongs(self):
        return (crash_check.lost_jobs(self.record, self.jobs) + crash_check.twins(self.record, self.jobs)
                + crash_check.starts(self.events, self.jobs) + crash_check.one_at_a_time(self.events, 1)
                + crash_check.ends(self.events, self.jobs) + crash_check.canceled_jobs(self.record, self.jobs)
                + crash_check.rows(self.record, self.jobs, {CHAT: self.rows})
                + crash_check.messages(self.record, {CHAT: self.rows}) + crash_check.suggestions(self.events, self.jobs)
                + self.record.wrongs)

    def assert_seen(self, word):
        self.assertTrue(any(word in wrong for wrong in self.wrongs()), self.wrongs())

    def test_a_sound_history_is_sound(self):
        self.assertEqual(self.wrongs(), [])

    def test_a_lost_job_is_seen(self):
        del self.jobs["a"]
        self.assert_seen("is gone")

    def test_a_job_that_does_not_end_is_seen(self):
        self.jobs["a"]["state"] = "running"
        self.assert_seen("in the end")

    def test_two_jobs_of_one_request_are_seen(self):
        self.jobs["c"] = a_job("c", payload={"result": {"marker": "m-a"}})
        self.assert_seen("has 2 jobs")

    def test_a_second_explanation_is_seen_unless_the_first_try_failed_or_was_canceled(self):
        self.jobs["y"] = dict(self.jobs["x"], id="y")
        self.events += [event(16, "queued", "y"), event(17, "started", "y"), event(18, "completed", "y")]
        self.assert_seen("2 explain jobs")
        self.jobs["x"]["state"] = "canceled"
        self.events[10] = event(11, "canceled", "x")
        self.assertEqual(self.wrongs(), [])

    def test_an_end_that_changes_is_seen(self):
        self.record.saw(copy.deepcopy(self.jobs["a"]))
        self.jobs["a"]["result"] = {"another": True}
        self.assert_seen("and is now")

    def test_a_start_too_many_is_seen(self):
        self.jobs["b"].update(run=4, attempts=4)
        self.events[6]["payload"]["run"] = 4
        self.assert_seen("was started 4 times")

    def test_an_attempt_given_back_for_nothing_is_seen(self):
        self.jobs["b"]["attempts"] = 1
        self.assert_seen("attempts of")

    def test_a_run_that_is_used_twice_is_seen(self):
        self.events[6]["payload"]["run"] = 1
        self.assert_seen("shows starts")

    def test_two_at_once_in_a_lane_are_seen(self):
        self.events[3], self.events[4] = self.events[4], self.events[3]
        self.assert_seen("while a runs")

    def test_a_second_end_is_seen(self):
        self.events.append(event(16, "canceled", "a"))
        self.assert_seen("the log says")

    def test_a_start_after_an_acknowledged_cancel_is_seen(self):
        self.record.cancels["b"]["run"] = 1
        self.assert_seen("started again")

    def test_a_row_too_many_or_missing_or_open_or_elsewhere_is_seen(self):
        whole = list(self.rows)
        for rows, word in ((whole + whole[1:], "2 rows"), (whole[:1], "stand"), (whole[::-1], "stands at"),
                           ([whole[0], dict(whole[1], status="streaming")], "is open"),
                           ([whole[0], dict(whole[1], content="other words")], "is explained as")):
            self.rows = rows
            self.assert_seen(word)

    def test_a_suggestion_that_ends_twice_or_not_is_seen(self):
        self.events.append(self.events[-1])
        self.assert_seen("its request ended as")
        del self.events[-2:]
        self.assert_seen("its request ended as")

    def test_a_message_that_is_lost_or_said_twice_or_though_it_was_refused_is_seen(self):
        row = {"turnId": "u", "messageId": "m", "role": "user", "status": "complete", "content": "do this"}
        self.record.said["do this"] = (CHAT, "accepted")
        self.assert_seen("is there 0 times")
        self.rows.append(row)
        self.assertEqual(self.wrongs(), [])
        self.record.said["do this"] = (CHAT, "refused")
        self.assert_seen("was refused and is there 1 times")
        self.rows.append(dict(row, messageId="m2"))
        for state in ("accepted", "unknown"):
            self.record.said["do this"] = (CHAT, state)
            self.assert_seen("is there 2 times")

    def test_logs_that_differ_are_seen(self):
        others = copy.deepcopy(self.events)
        self.assertEqual(crash_check.logs("a", self.events, "b", others), [])
        self.assertTrue(crash_check.logs("a", self.events, "b", others[:-1]))
        others[2]["payload"]["run"] = 7
        self.assertTrue(crash_check.logs("a", self.events, "b", others))


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
