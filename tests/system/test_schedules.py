#!/usr/bin/env python3
"""Schedules over /api/schedules: made, read, changed, run by hand, served by the clock; and what is refused."""

import unittest

from support.client import eventually
from support.daemon import Daemon

MEMBERS = {"scheduleId", "name", "cron", "timezone", "job", "overlap", "missed", "enabled", "createdAt", "updatedAt", "nextRunAt",
           "lastRunAt", "lastJobId", "lastSlot", "lastSkippedAt", "lastError"}
NOOP = {"type": "noop", "payload": {"result": {"output": "done"}}}


class SchedulesTest(unittest.TestCase):
    env = {}

    def setUp(self):
        self.daemon = Daemon(env=self.env).start()
        self.addCleanup(self.daemon.close)
        self.client = self.daemon.client

    def create(self, status=201, **members):
        body = {"name": "nightly", "cron": "0 3 * * *", "job": NOOP, **members}
        return self.client.expect(status, "POST", "/api/schedules", body)

    def schedule(self, schedule_id, status=200):
        return self.client.expect(status, "GET", f"/api/schedules/{schedule_id}")

    def change(self, schedule_id, status=200, **members):
        return self.client.expect(status, "PATCH", f"/api/schedules/{schedule_id}", members)

    def run_now(self, schedule_id, status=202, **options):
        return self.client.expect(status, "POST", f"/api/schedules/{schedule_id}/run", {}, **options)

    def ended(self, job_id):
        return self.client.expect(200, "GET", f"/api/jobs/{job_id}?wait=30s")

    def total(self):
        return self.client.expect(200, "GET", "/api/schedules")["total"]


class Life(SchedulesTest):
    def test_a_schedule_is_made_with_what_was_not_said_and_read_again(self):
        reply = self.client.post("/api/schedules", {"name": "nightly", "cron": "0 3 * * *", "job": NOOP})
        self.assertEqual(reply.status, 201)
        made = reply.json
        self.assertEqual(reply.headers["location"], "/api/schedules/" + made["scheduleId"])
        self.assertEqual(set(made), MEMBERS)
        self.assertEqual((made["timezone"], made["overlap"], made["missed"], made["enabled"]), ("UTC", "skip", "once", True))
        self.assertRegex(made["nextRunAt"], r"T03:00:00\.000Z$")
        self.assertEqual(made["job"], NOOP)
        for member in ("lastRunAt", "lastJobId", "lastSlot", "lastSkippedAt", "lastError"):
            self.assertIsNone(made[member])
        self.assertEqual(self.schedule(made["scheduleId"]), made)

    def test_each_member_can_be_changed_and_the_rest_stays(self):
        made = self.create()
        schedule = made["scheduleId"]
        job = {"type": "report", "prompt": "Write one line.", "priority": 1}
        for members in ({"name": "weekly"}, {"cron": "@weekly"}, {"timezone": "Asia/Kathmandu"}, {"job": job},
                        {"overlap": "queue"}, {"missed": "none"}):
            before = self.schedule(schedule)
            after = self.change(schedule, **members)
            moved = {name: before[name] for name in ("updatedAt", "nextRunAt")}
            self.assertEqual({**after, **moved}, {**before, **members})
        self.assertRegex(after["nextRunAt"], r"T18:15:00\.000Z$", "Sunday's midnight there")
        self.assertIsNone(self.change(schedule, enabled=False)["nextRunAt"])
        self.assertEqual(self.change(schedule, enabled=True)["nextRunAt"], after["nextRunAt"])

    def test_a_schedule_whose_job_is_no_longer_possible_can_be_switched_off(self):
        chat = self.client.new_chat()["sessionId"]
        schedule = self.create(job={**NOOP, "projectId": f"session:{chat}"})["scheduleId"]
        self.client.expect(200, "DELETE", f"/api/sessions/{chat}")
        self.change(schedule, 410, name="still on")
        off = self.change(schedule, enabled=False, name="off")
        self.assertEqual((off["enabled"], off["name"], off["nextRunAt"]), (False, "off", None))
        self.change(schedule, 410, enabled=True)
        self.assertFalse(self.schedule(schedule)["enabled"])

    def test_a_run_by_hand_is_a_job_at_once_that_names_its_schedule(self):
        schedule = self.create(enabled=False)["scheduleId"]
        first, second = self.run_now(schedule), self.run_now(schedule)
        self.assertEqual(set(first), {"jobId", "status", "createdAt"})
        self.assertNotEqual(first["jobId"], second["jobId"])
        job = self.ended(first["jobId"])
        self.assertEqual((job["type"], job["status"], job["result"]), ("noop", "completed", {"output": "done"}))
        self.assertTrue(job["dedupeKey"].startswith(f"schedule:{schedule}:manual:"))
        view = self.schedule(schedule)
        self.assertEqual(view["lastJobId"], second["jobId"])
        self.assertIsNotNone(view["lastRunAt"])
        self.assertIsNone(view["lastSlot"])

    def test_a_deleted_schedule_is_gone_and_its_jobs_stay(self):
        schedule = self.create()["scheduleId"]
        job = self.run_now(schedule)["jobId"]
        self.assertEqual(self.client.expect(200, "DELETE", f"/api/schedules/{schedule}"), {"scheduleId": schedule, "status": "deleted"})
        for verb, path in (("GET", ""), ("DELETE", ""), ("POST", "/run"), ("PATCH", "")):
            reply = self.client.request(verb, f"/api/schedules/{schedule}{path}", {"name": "x"} if verb == "PATCH" else None)
            self.assertEqual((reply.status, reply.json["error"]), (404, "not_found"), verb)
            self.assertEqual(reply.json["details"], {"scheduleId": schedule})
        self.assertEqual(self.ended(job)["status"], "completed")

    def test_schedules_are_listed_as_they_came_in_pages(self):
        made = [self.create(name=f"n{i}")["scheduleId"] for i in range(5)]
        page = self.client.expect(200, "GET", "/api/schedules?limit=3")
        self.assertEqual([one["scheduleId"] for one in page["schedules"]], made[:3])
        self.assertEqual((page["total"], page["limit"]), (5, 3))
        rest = self.client.expect(200, "GET", f"/api/schedules?limit=3&cursor={page['nextCursor']}")
        self.assertEqual([one["scheduleId"] for one in rest["schedules"]], made[3:])
        self.assertIsNone(rest["nextCursor"])
        self.assertEqual(self.client.expect(200, "GET", "/api/schedules?limit=5000")["limit"], 1000)
        self.assertEqual(self.client.expect(400, "GET", "/api/schedules?cursor=elsewhere")["error"], "invalid_request")

    def test_the_same_request_again_makes_nothing_new(self):
        body = {"name": "nightly", "cron": "0 3 * * *", "job": NOOP}
        key = {"Idempotency-Key": "once"}
        first = self.client.expect(201, "POST", "/api/schedules", body, headers=key)
        run = self.run_now(first["scheduleId"], headers=key)
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.client.expect(201, "POST", "/api/schedules", body, headers=key), first)
        self.assertEqual(self.run_now(first["scheduleId"], headers=key), run)
        self.assertEqual(self.total(), 1)
        other = self.client.expect(422, "POST", "/api/schedules", {**body, "name": "other"}, headers=key)
        self.assertEqual(other["error"], "idempotency_mismatch")


class Clock(SchedulesTest):
    def test_the_clock_brings_one_job_a_minute_and_a_kill_neither_loses_nor_repeats_it(self):
        project = self.client.new_project("demo")["projectId"]
        schedule = self.create(cron="* * * * *", missed="none", job={**NOOP, "projectId": project})["scheduleId"]
        other = self.create(cron="*/2 * * * *", enabled=False)["scheduleId"]
        slot = self.schedule(schedule)["nextRunAt"]
        eventually(lambda: self.schedule(schedule)["lastSlot"], 120, "no slot was served")
        view = self.schedule(schedule)
        self.assertEqual(view["lastSlot"], slot)
        job = self.ended(view["lastJobId"])
        self.assertEqual((job["status"], job["projectId"], job["dedupeKey"]), ("completed", project, f"schedule:{schedule}:{slot}"))
        self.daemon.kill()
        self.daemon.start()
        again = self.schedule(schedule)
        self.assertEqual({**again, "nextRunAt": None}, {**view, "nextRunAt": None})
        jobs = self.client.expect(200, "GET", f"/api/jobs?projectId={project}")["jobs"]
        self.assertEqual(sum(job["dedupeKey"] == f"schedule:{schedule}:{slot}" for job in jobs), 1)
        self.assertIsNone(self.schedule(other)["lastJobId"])
        self.assertEqual(self.daemon.stop(), 0)

    def test_what_keeps_a_run_from_its_job_is_told(self):
        schedule = self.create()["scheduleId"]
        self.client.lane("pool", "drain")
        self.assertEqual(self.run_now(schedule, 409)["error"], "lane_draining")
        self.assertIsNone(self.schedule(schedule)["lastJobId"])


class WithoutZones(SchedulesTest):
    env = {"TZDIR": "/nowhere/zoneinfo"}

    def test_without_zone_data_only_utc_is_known_and_the_refusal_says_what_is_missing(self):
        self.create()
        refused = self.create(503, timezone="Europe/Berlin")
        self.assertEqual(refused["error"], "zone_data_missing")
        self.assertIn("/nowhere/zoneinfo", refused["message"])


class WithoutQueue(SchedulesTest):
    env = {"ORCHESTRATOR_QUEUE_ENABLED": "false"}

    def test_without_the_queue_schedules_can_be_read_and_not_made(self):
        self.assertEqual(self.create(503)["error"], "queue_disabled")
        self.assertEqual(self.total(), 0)


class Refusals(SchedulesTest):
    def test_bad_schedules_are_refused_with_the_member_and_store_nothing(self):
        good = self.create()
        for members, path in [
            ({"name": ""}, ["name"]),
            ({"name": 7}, ["name"]),
            ({"name": "x" * 201}, ["name"]),
            ({"cron": ""}, ["cron"]),
            ({"cron": 5}, ["cron"]),
            ({"cron": "* * * *"}, ["cron"]),
            ({"cron": "60 * * * *"}, ["cron"]),
            ({"cron": "0 0 31 2 *"}, ["cron"]),
            ({"cron": "@reboot"}, ["cron"]),
            ({"cron": "* " * 150}, ["cron"]),
            ({"timezone": "Europe/Atlantis"}, ["timezone"]),
            ({"timezone": "../../etc/passwd"}, ["timezone"]),
            ({"timezone": ""}, ["timezone"]),
            ({"timezone": None}, ["timezone"]),
            ({"overlap": "twice"}, ["overlap"]),
            ({"missed": "all"}, ["missed"]),
            ({"enabled": "yes"}, ["enabled"]),
            ({"colour": "red"}, ["colour"]),
            ({"job": "noop"}, ["job"]),
            ({"job": {}}, ["job", "type"]),
            ({"job": {**NOOP, "jobId": "mine"}}, ["job", "jobId"]),
            ({"job": {**NOOP, "scheduledFor": "2030-01-01T00:00:00Z"}}, ["job", "scheduledFor"]),
            ({"job": {**NOOP, "dedupeKey": "mine"}}, ["job", "dedupeKey"]),
            ({"job": {**NOOP, "priority": 11}}, ["job", "priority"]),
            ({"job": {**NOOP, "projectId": "pool"}}, ["job", "projectId"]),
            ({"job": {**NOOP, "executor": "nobody"}}, ["job", "executor"]),
            ({"job": {"type": "noop", "payload": {"sleepMs": "long"}}}, ["job", "payload", "sleepMs"]),
            ({"job": {"type": "own word"}}, ["job", "payload", "prompt"]),
        ]:
            with self.subTest(members):
                refused = self.create(400, **members)
                self.assertEqual((refused["error"], refused["details"]["issues"][0]["path"]), ("invalid_request", path))
                refused = self.change(good["scheduleId"], 400, **members)
                self.assertEqual((refused["error"], refused["details"]["issues"][0]["path"]), ("invalid_request", path))
        for member in ("name", "cron", "job"):
            body = {"name": "nightly", "cron": "0 3 * * *", "job": NOOP}
            del body[member]
            refused = self.client.expect(400, "POST", "/api/schedules", body)
            self.assertEqual(refused["details"]["issues"][0]["path"], [member])
        self.assertEqual(self.create(404, job={**NOOP, "projectId": "session:thread_none"})["error"], "not_found")
        self.assertEqual(self.schedule(good["scheduleId"]), good)
        self.assertEqual(self.total(), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
