#!/usr/bin/env python3
"""The crash test's checker sees what it is there to see: each kind of damage to a sound history is named."""

import copy
import unittest

from support import crash_check, crash_graph_check
from support.crash_graphs import ANY, AS_ASKED, GraphRecord, Node
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


def told(word, job, **payload):
    return {"type": f"job:{word}", "jobId": job, "payload": payload}


class AHistoryOfGraphs(unittest.TestCase):
    """a, then b, which a kill cut off once, then c after both; bad fails after two tries, and after with it; gone is cancelled
    while it runs, and late is submitted after that."""

    def setUp(self):
        self.graphs = GraphRecord()
        self.jobs = {}
        a = self.add("a", [], {("completed", None)})
        b = self.add("b", [a], {("completed", None)}, attempts=2)
        self.add("c", [a, b], {("completed", None)})
        bad = self.add("bad", [], {("failed", AS_ASKED)}, status="failed", error=AS_ASKED, attempts=2)
        self.add("after", [a, bad], {("completed", None)}, status="failed", error="dependency_failed:bad", attempts=0)
        gone = self.add("gone", [], {("cancelled", ANY)}, status="cancelled", error="user_requested")
        self.add("late", [gone], {("completed", None)}, status="cancelled", error="dependency_cancelled:gone", attempts=0)
        self.events = [told("created", "a"), told("queued", "a"), told("created", "b"), told("created", "c"),
                       told("started", "a", workerId="w-001"), told("completed", "a"), told("queued", "b"),
                       told("started", "b", workerId="w-001"), told("failed", "b", willRetry=True), told("queued", "b"),
                       told("started", "b", workerId="w-001"), told("created", "bad"), told("queued", "bad"), told("created", "after"),
                       told("started", "bad", workerId="w-002"), told("failed", "bad", willRetry=True), told("queued", "bad"),
                       told("started", "bad", workerId="w-002"), told("failed", "bad", willRetry=False),
                       told("failed", "after", willRetry=False), told("completed", "b"), told("queued", "c"),
                       told("started", "c", workerId="w-001"), told("completed", "c"), told("created", "gone"), told("queued", "gone"),
                       told("started", "gone", workerId="w-001"), told("cancelled", "gone"), told("created", "late"), told("cancelled", "late")]
        for seq, event in enumerate(self.events):
            event["seq"] = seq

    def add(self, name, needs, ends, status="completed", error=None, attempts=1):
        node = Node(name, [need.id for need in needs], ends, name, needs)
        self.graphs.ask(node)
        self.graphs.acknowledge(node, name)
        well = status == "completed"
        given = {need.id: {"output": need.output, "status": "completed"} for need in needs}
        self.jobs[name] = {"jobId": name, "name": name, "status": status, "error": error, "attempts": attempts, "maxAttempts": 3,
                           "result": {"output": name} if well else None, "dependencies": list(node.needs),
                           **({"dependencyResults": given} if well and given else {})}
        return node

    def wrongs(self, most=2):
        return crash_graph_check.all_wrongs(self.graphs, self.jobs, self.events, most)

    def assert_seen(self, word, **options):
        self.assertTrue(any(word in wrong for wrong in self.wrongs(**options)), self.wrongs(**options))

    def place(self, word, job, nth=0):
        return [n for n, event in enumerate(self.events) if event["jobId"] == job and event["type"] == f"job:{word}"][nth]

    def test_a_sound_history_is_sound(self):
        self.assertEqual(self.wrongs(), [])

    def test_a_job_that_is_lost_or_there_twice_or_was_never_asked_for_is_seen(self):
        self.jobs["twin"] = dict(self.jobs["c"], jobId="twin")
        self.assert_seen("c was asked for (acknowledged) and is there 2 times")
        del self.jobs["twin"], self.jobs["c"]
        self.assert_seen("c was asked for (acknowledged) and is there 0 times")
        self.jobs["x"] = dict(self.jobs["a"], jobId="x", name="x")
        self.assert_seen("was never asked for")

    def test_a_job_whose_reply_was_lost_may_be_there_and_then_ends_like_the_others(self):
        self.graphs.ask(Node("stray", [], {("completed", None)}, "stray"))
        self.assertEqual(self.wrongs(), [])
        self.jobs["job_1"] = dict(self.jobs["a"], jobId="job_1", name="stray", status="failed", error="some_error", attempts=0)
        self.assert_seen("job_1 is failed")

    def test_an_id_that_was_given_to_another_job_is_seen(self):
        self.jobs["a"]["name"], self.jobs["b"]["name"] = "b", "a"
        self.assert_seen("was acknowledged for")

    def test_a_job_that_ends_otherwise_than_without_kills_is_seen(self):
        self.jobs["b"].update(status="failed", error="recovery_max_attempts_exceeded")
        self.assert_seen("b is failed (recovery_max_attempts_exceeded)")

    def test_a_job_that_does_not_end_is_seen(self):
        self.jobs["c"].update(status="pending")
        self.assert_seen("c is pending")

    def test_an_end_for_the_sake_of_one_that_ended_well_is_seen(self):
        self.jobs["after"]["error"] = "dependency_failed:a"
        self.assert_seen("because of a, which is completed")

    def test_a_dependency_that_is_forgotten_is_seen(self):
        self.jobs["c"]["dependencies"] = ["a"]
        self.assert_seen("was to depend on")

    def test_a_result_that_is_wrong_or_not_delivered_is_seen(self):
        self.jobs["c"]["dependencyResults"] = {"a": {"output": "a", "status": "completed"}}
        self.assert_seen("c was given")
        del self.jobs["c"]["dependencyResults"]
        self.assert_seen("c was given {}")
        self.jobs["a"]["result"] = {"output": "b"}
        self.assert_seen("a has the result")

    def test_a_step_that_is_told_twice_or_not_is_seen(self):
        for word in ("created", "queued", "started", "completed"):
            self.setUp()
            place = self.place(word, "c")
            self.events.insert(place, self.events[place])
            self.assert_seen(f"c is {word} after {word}")
            self.setUp()
            del self.events[self.place(word, "c")]
            self.assert_seen("c is ")

    def test_a_second_end_is_seen(self):
        self.events.append(dict(told("cancelled", "c"), seq=99))
        self.assert_seen("c is cancelled after completed")

    def test_an_attempt_that_is_not_counted_is_seen(self):
        self.jobs["b"]["attempts"] = 1
        self.assert_seen("b has spent 1 attempts")
        self.jobs["b"].update(attempts=2, maxAttempts=1)
        self.assert_seen("b has spent 2 attempts of 1")

    def test_an_attempt_that_a_stop_gave_back_does_not_count(self):
        del self.events[self.place("failed", "b")]
        self.assert_seen("b has spent 2 attempts")
        self.jobs["b"]["attempts"] = 1
        self.assertEqual(self.wrongs(), [])

    def test_a_start_before_a_dependency_has_completed_is_seen(self):
        moved = [self.events.pop(self.place(word, "c")) for word in ("queued", "started", "completed")]
        place = self.place("completed", "b")
        self.events[place:place] = moved
        self.assert_seen("c is started before ['b'] completed")

    def test_too_many_at_once_and_two_on_one_worker_are_seen(self):
        self.assert_seen("2 jobs run on at most 1 workers", most=1)
        self.events[self.place("started", "bad")]["payload"]["workerId"] = "w-001"
        self.assert_seen("bad started on w-001, which is busy")

    def test_an_end_that_comes_later_than_its_cause_is_seen(self):
        self.events.append(self.events.pop(self.place("failed", "after")))
        self.assert_seen("after ended later than bad")
        self.setUp()
        self.events.insert(self.place("cancelled", "late"), dict(told("queued", "nobody"), seq=99))
        self.assert_seen("late ended later than gone")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
