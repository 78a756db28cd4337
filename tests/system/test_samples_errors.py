#!/usr/bin/env python3
"""Every refusal looks as proto/samples/errors says. LANEKEEPER_WRITE_SAMPLES=1 writes the samples anew."""

import os
import re
import resource
import signal
import unittest

from support.chats import idle
from support.client import eventually
from support.daemon import Daemon
from support.sample_calls import Calls
from support.samples import FOLDER, Samples
from support.schema import PROTO
from support.work import file_change, said

ONE_JOB = {"ORCHESTRATOR_QUEUE_MAX_PER_PROJECT": 1, "SESSION_DEFAULTS_LOCKED": "true", "LANEKEEPER_MAX_BODY_BYTES": 4096,
           "ORCHESTRATOR_SUGGEST_REPLY_ENABLED": "false", "LANEKEEPER_DRAIN_MS": 100}
JOBS = "POST /api/orchestrator/jobs"
MESSAGES = "POST /api/sessions/:id/messages"


# What cannot be met from outside; tests/unit/web/error_samples_test.cpp writes and compares these.
OF_THE_MAPPING = ("auth_required", "conflict", "internal_error", "invalid_params", "runtime_error", "runtime_timeout",
                  "runtime_unavailable", "too_many_schedules", "unauthorized")


class Refusals(unittest.TestCase):
    maxDiff = None

    def test_every_refusal_looks_like_its_sample(self):
        self.samples, self.faults = Samples("errors"), []
        self.usual_daemon()
        self.narrow_daemon()
        self.daemon_without_queue()
        self.daemon_without_zones()
        self.daemon_on_a_full_disk()
        self.daemon_that_stops()
        self.assertEqual(self.faults, [])
        self.assertEqual(self.samples.compare(only_here=OF_THE_MAPPING), [])

    def test_the_table_for_client_authors_names_every_refusal_and_each_has_a_sample(self):
        with open(os.path.join(PROTO, "README.md"), encoding="utf-8") as page:
            table = page.read().split("## Refusals")[1]
        words = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
        named = {word for column in words for word in re.findall(r"`([a-z_]+)`", column)}
        shown = {name[:-5] for name in os.listdir(os.path.join(FOLDER, "errors"))}
        self.assertEqual(shown - named, set(), "the table in proto/README.md lacks them")
        self.assertEqual(named - shown, set(), "proto/samples/errors lacks them")

    def life(self, env):
        daemon = Daemon(env=env)
        self.addCleanup(daemon.close)
        daemon.start()
        self.client = daemon.client
        calls = Calls(daemon.client, self.samples, by_code=True)
        calls.faults = self.faults
        return daemon, calls

    def usual_daemon(self):
        daemon, call = self.life({"LANEKEEPER_DRAIN_MS": 100})
        self.requests(call)
        self.places(call)
        self.chats(call)
        self.queue(call)
        daemon.stop()

    def requests(self, call):
        call("POST /api/projects", "members that do not fit", {"name": "", "colour": "red"}, 400)
        call("GET /api/sessions", "a query that does not fit", status=400, query="?limit=none")
        call(JOBS, "a payload that its type refuses", {"type": "noop", "projectId": "yard", "payload": {"sleepMs": "long"}}, 400)
        self.raw(call, "invalid_json", "text that is no JSON", b'{"name": ', 400)
        self.raw(call, "unsupported_media_type", "a body that is not said to be JSON", b"name=Harbour", 415, "text/plain")
        call("GET /api/projects", "a Host that is not ours", status=403, headers={"Host": "example.com"})
        call("GET /api/projects", "an Origin that is not allowed", status=403, headers={"Origin": "https://example.com"})
        self.unlisted(call, "PUT", "/api/projects", 405, "a verb that the route does not know")
        self.unlisted(call, "GET", "/api/nothing", 404, "a route that there is not")
        key = {"Idempotency-Key": "first"}
        self.client.expect(202, "POST", "/api/orchestrator/jobs", {"type": "noop", "projectId": "yard", "payload": {"sleepMs": 1}}, headers=key)
        call(JOBS, "the same key with another body", {"type": "noop", "projectId": "yard", "payload": {}}, 422, headers=key)

    def raw(self, call, name, when, data, status, content_type="application/json"):
        reply = self.client.request("POST", "/api/projects", raw=data, headers={"Content-Type": content_type})
        self.assertEqual((reply.status, reply.json["code"]), (status, name))
        self.samples.add(name, {"refusal": name}, when, request={"route": "POST /api/projects", "path": "/api/projects",
                                                                 "contentType": content_type, "text": data.decode()},
                         reply={"status": status, "body": reply.json})

    def unlisted(self, call, verb, path, status, when):
        reply = self.client.request(verb, path)
        self.assertEqual(reply.status, status)
        headers = {"headers": {"Allow": reply.headers["allow"]}} if "allow" in reply.headers else {}
        name = reply.json["code"]
        self.samples.add(name, {"refusal": name}, when, request={"verb": verb, "path": path},
                         reply={"status": status, **headers, "body": reply.json})

    def places(self, call):
        call("GET /api/sessions/:id", "an unknown chat", status=404, id="thread-none")
        call("GET /api/orchestrator/jobs/:jobId", "an unknown job", status=404, jobId="job-none")
        call("POST /api/projects/:id/rename", "an unknown project", {"name": "Harbour"}, 404, id="none")
        self.project = self.client.new_project("Harbour")["projectId"]
        call("POST /api/projects", "a name that is taken, in other letters", {"name": "HARBOUR"}, 409)
        self.chat = self.client.new_chat(self.project)["sessionId"]
        call("DELETE /api/projects/:id", "it has a chat", status=409, id=self.project)
        call("POST /api/projects/:id/chats/move-all", "a chat that never ran cannot be archived",
             {"destination": "archive"}, 409, id=self.project)
        call("POST /api/sessions/:id/project", "into a project that there is not", {"projectId": "none"}, 404, id=self.chat)
        gone = self.client.new_chat()["sessionId"]
        self.client.expect(200, "DELETE", f"/api/sessions/{gone}")
        call("GET /api/sessions/:id", "a deleted chat", status=410, id=gone)

    def chats(self, call):
        chat = self.chat
        call("POST /api/sessions/:id/suggested-reply/jobs", "nothing was said yet", {}, 409, id=chat)
        call("POST /api/sessions/:id/archive", "a chat that never ran", status=409, id=chat)
        call("POST /api/sessions/:id/interrupt", "no turn runs", {}, 409, id=chat)
        call("POST /api/sessions/:id/turns/:turnId/steer", "an unknown turn", {"input": "Faster."}, 409, id=chat, turnId="turn-none")
        turn = self.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": "/pause 30s"})["turnId"]
        call(MESSAGES, "a turn runs", {"text": "And now?"}, 409, id=chat)
        eventually(lambda: self.client.get(f"/api/sessions/{chat}").json["transcript"], what="the turn does not begin")
        call("POST /api/sessions/:id/notifications", "a turn that the daemon's own runtime runs",
             said(chat, turn, "said-1", "Mine."), 409, id=chat)
        self.client.expect(200, "POST", f"/api/sessions/{chat}/interrupt", {})
        eventually(lambda: idle(self.client, chat), what="the turn does not end")
        call("POST /api/sessions/:id/turns/:turnId/steer", "a turn that has ended", {"input": "Faster."}, 409, id=chat, turnId=turn)
        self.client.expect(200, "POST", f"/api/sessions/{chat}/archive")
        call(MESSAGES, "an archived chat", {"text": "Still there?"}, 409, id=chat)
        self.client.expect(200, "POST", f"/api/sessions/{chat}/unarchive")
        call("POST /api/sessions/:id/compact", "the runtime has no such method", status=501, id=chat)
        self.client.expect(202, "POST", f"/api/sessions/{chat}/notifications", file_change(chat, "turn-a", "change-1"))
        workers = f"/api/projects/{self.project}/agent-sessions"
        hidden = eventually(lambda: self.client.get(workers).json["data"], what="no worker session was made")[0]["sessionId"]
        call(MESSAGES, "a hidden session", {"text": "Hello."}, 403, id=hidden)

    def queue(self, call):
        done = self.client.enqueue("noop", "yard")["jobId"]
        self.client.wait_job(done)
        call("POST /api/orchestrator/jobs/:jobId/cancel", "it has ended", status=409, jobId=done)
        call("POST /api/orchestrator/jobs/:jobId/retry", "it has completed", status=409, jobId=done)
        call("POST /api/jobs", "it waits for jobs that there are not", {
            "type": "report", "prompt": "Write one line.", "dependencies": [done, "survey-1"]}, 400)
        work = {"type": "report", "prompt": "Write one line."}
        call("POST /api/jobs/workflow", "jobs that wait for each other", {"name": "Reports", "mode": "dag", "jobs": [
            {**work, "key": "first", "dependencies": ["second"]}, {**work, "key": "second", "dependencies": ["first"]}]}, 400)
        call("POST /api/jobs/workflow", "one key for two jobs", {"name": "Reports", "jobs": [{**work, "key": "a"}, {**work, "key": "a"}]}, 400)
        call("POST /api/jobs/bulk", "a job that does not fit, in its place", {"jobs": [work, {**work, "priority": 11}]}, 400)
        self.client.expect(201, "POST", "/api/jobs", {"type": "noop", "jobId": "survey-1"})
        call("POST /api/jobs", "a client's own id, used before", {"type": "noop", "jobId": "survey-1"}, 409)
        call("DELETE /api/jobs/:jobId", "it has ended", status=409, jobId=done)
        call("GET /api/jobs/:jobId", "an unknown job of the pool", status=404, jobId="survey-2")
        call("GET /api/schedules/:scheduleId", "an unknown schedule", status=404, scheduleId="none")
        call("POST /api/schedules", "a day that there is not", {"name": "Berths", "cron": "0 3 31 2 *", "job": {"type": "noop"}}, 400)
        lost = self.client.expect(201, "POST", "/api/jobs", {"type": "unload", "executor": "worker"})["jobId"]
        call("POST /api/workers/jobs/:jobId/complete", "nobody holds this run", {"workerId": "crane-7", "run": 1, "result": {}},
             409, jobId=lost)
        self.client.lane("yard", "drain")
        call(JOBS, "the lane drains", {"type": "noop", "projectId": "yard", "payload": {}}, 409)

    def narrow_daemon(self):
        daemon, call = self.life(ONE_JOB)
        project = self.client.new_project("Harbour")["projectId"]
        chat = self.client.new_chat(project)["sessionId"]
        self.client.lane(project, "pause")
        self.client.enqueue("noop", project)
        call(JOBS, "the lane is full", {"type": "noop", "projectId": project, "payload": {}}, 429)
        call("POST /api/sessions/:id/suggested-reply", "suggested replies are switched off", {"draft": "Could you"}, 503, id=chat)
        call("POST /api/sessions/:id/session-controls", "the defaults are locked",
             {"scope": "default", "controls": {"model": "any"}}, 423, id=chat)
        reply = self.client.request("POST", "/api/projects", raw=b'{"name": "' + b"x" * 5000 + b'"}',
                                    headers={"Content-Type": "application/json"})
        self.assertEqual(reply.status, 413)
        self.samples.add("payload_too_large", {"refusal": "payload_too_large"}, "a body over LANEKEEPER_MAX_BODY_BYTES",
                         request={"route": "POST /api/projects", "path": "/api/projects"},
                         reply={"status": 413, "body": reply.json})
        daemon.stop()

    def daemon_without_queue(self):
        daemon, call = self.life({"ORCHESTRATOR_QUEUE_ENABLED": "false"})
        call(JOBS, "the queue is switched off", {"type": "noop", "projectId": "yard", "payload": {}}, 503)
        daemon.stop()

    def daemon_without_zones(self):
        daemon, call = self.life({"TZDIR": "/nowhere/zoneinfo"})
        call("POST /api/schedules", "the machine has no time zone data", {
            "name": "Berths", "cron": "0 3 * * *", "timezone": "Europe/Berlin", "job": {"type": "noop"}}, 503)
        daemon.stop()

    def daemon_on_a_full_disk(self):
        daemon, call = self.life({})
        _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (1024, hard))
        self.refused("the full disk is not noticed")
        call(JOBS, "the disk is full", {"type": "noop", "projectId": "yard", "payload": {}}, 503)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        daemon.stop()

    def daemon_that_stops(self):
        daemon, call = self.life({})
        running = self.client.enqueue("noop", "busy", {"sleepMs": 2000})["jobId"]
        eventually(lambda: self.client.job(running)["state"] == "running", what="the job does not start")
        daemon.process.send_signal(signal.SIGTERM)
        self.refused("the stop is not noticed")
        call(JOBS, "the daemon stops", {"type": "noop", "projectId": "yard", "payload": {}}, 503)
        self.assertEqual(daemon.stop(), 0)

    def refused(self, what):
        work = {"type": "noop", "projectId": "quay", "payload": {"result": {"padding": "x" * 20000}}}
        eventually(lambda: self.client.post("/api/orchestrator/jobs", work).status == 503, 30.0, what)


if __name__ == "__main__":
    unittest.main(verbosity=2)
