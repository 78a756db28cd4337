#!/usr/bin/env python3
"""Every route of the daemon answers as proto/samples/http says; what it takes and gives fits the schemas of proto/.

After a change of the contract LANEKEEPER_WRITE_SAMPLES=1 writes the samples anew; read the difference before it is kept.
"""

import unittest

from support.client import eventually
from support.daemon import Daemon
from support.fake_codex import fake_codex_daemon
from support.sample_calls import ROUTES, Calls
from support.samples import Samples, file_name
from support.work import file_change, said

# Routes that only ask the runtime; what the others do with its help is seen in its place.
HANDED_ON = ("POST /api/mcp/reload", "POST /api/sessions/:id/review", "POST /api/sessions/:id/background-terminals/clean")
MILLISECONDS = {"sleepMs": 60000}


class Replies(unittest.TestCase):
    maxDiff = None

    def test_every_route_answers_as_its_sample_says(self):
        with Daemon(env={"ORCHESTRATOR_SUGGEST_REPLY_WAIT_MS": 1500, "LANEKEEPER_DRAIN_MS": 100}) as daemon:
            self.client, self.samples = daemon.client, Samples("http")
            self.samples.replace = [(daemon.data_dir, "/var/lib/lanekeeper")]
            self.calls = Calls(daemon.client, self.samples)
            self.about_the_daemon()
            self.projects_and_chats()
            self.conversation()
            self.rows_from_outside()
            self.controls()
            self.suggestions()
            self.jobs_and_lanes()
            self.jobs_of_the_pool()
            self.schedules()
            self.workers()
            self.what_the_runtime_cannot_do()
            self.the_end_of_chats_and_projects()
        self.questions()
        self.assertEqual(self.calls.faults, [])
        self.assertEqual(self.samples.compare(), [])
        answered = {file_name(route) for route, about in ROUTES.items() if about["answers"] == "reply"}
        self.assertEqual(answered - set(self.samples.files), set(), "these routes were not asked")

    def about_the_daemon(self):
        call = self.calls
        call("GET /api", "always")
        call("GET /api/health", "all is well")
        call("GET /api/capabilities", "with the built-in runtime")
        call("GET /healthz", "the process is alive")
        call("GET /readyz", "store and queue take work")
        text = self.client.get("/metrics")
        figures = sorted(line[7:] for line in text.text.splitlines() if line.startswith("# TYPE "))
        self.samples.add("get.metrics", {"route": "GET /metrics"}, "Prometheus text; here the names and kinds alone",
                         request={"path": "/metrics"},
                         reply={"status": text.status, "contentType": text.headers["content-type"], "metrics": figures})

    def projects_and_chats(self):
        call = self.calls
        self.project = call("POST /api/projects", "a name that is free",
                            {"name": "Harbour", "workingDirectory": "/srv/harbour"})["project"]["projectId"]
        call("GET /api/projects", "one project")
        call("POST /api/projects/:id/rename", "another name", {"name": "Harbour office"}, id=self.project)
        self.chat = call("POST /api/sessions", "in a project", {"projectId": self.project})["session"]["sessionId"]
        call("POST /api/sessions", "with everything",
             {"title": "Pilots", "cwd": "/srv/pilots", "model": "any", "approvalPolicy": "never",
              "networkAccess": "enabled", "filesystemSandbox": "workspace-write"})
        call("POST /api/sessions", "without a body")
        call("GET /api/sessions", "a page of one", query="?limit=1")
        call("POST /api/sessions/:id/rename", "another title", {"title": "Tide tables"}, id=self.chat)
        call("POST /api/sessions/:id/project", "out of its project", {"projectId": None}, id=self.chat)
        call("POST /api/sessions/:id/project", "into a project", {"projectId": self.project}, id=self.chat)
        call("POST /api/sessions/:id/resume", "always allowed", id=self.chat)

    def idle(self):
        self.client.get(f"/api/sessions/{self.chat}")
        eventually(lambda: self.client.get(f"/api/sessions/{self.chat}").json["thread"]["status"]["type"] == "idle",
                   what="the turn does not end")

    def conversation(self):
        call, chat = self.calls, self.chat
        call("POST /api/sessions/:id/messages", "an idle chat", {"text": "Read docs/tides.md, please."}, 202, id=chat)
        self.idle()
        call("GET /api/sessions/:id", "after one turn", id=chat)
        turn = call("POST /api/sessions/:id/messages", "a turn that takes its time",
                    {"text": "/pause 30s", "model": "any", "effort": "low"}, 202, id=chat)["turnId"]
        call("POST /api/sessions/:id/turns/:turnId/steer", "the turn runs", {"input": "Mind the springs."}, id=chat, turnId=turn)
        call("POST /api/sessions/:id/messages", "a busy chat, whenBusy queue",
             {"text": "And the neaps?", "whenBusy": "queue"}, 202, id=chat)
        call("POST /api/sessions/:id/messages", "a busy chat, whenBusy steer",
             {"text": "The neaps first.", "whenBusy": "steer"}, 202, id=chat)
        call("POST /api/sessions/:id/interrupt", "a turn runs", {"turnId": turn}, id=chat)
        eventually(lambda: len(self.client.get(f"/api/sessions/{chat}").json["thread"]["turns"]) == 3)
        self.idle()
        call("POST /api/sessions/:id/rollback", "the last turn", {"numTurns": 1}, id=chat)
        call("POST /api/sessions/:id/fork", "a chat with turns", id=chat)

    def rows_from_outside(self):
        call, chat = self.calls, self.chat
        call("POST /api/sessions/:id/transcript/upsert", "a row of a client",
             {"messageId": "note-1", "turnId": "note", "role": "system", "type": "client.note", "content": "Checked by hand.",
              "details": {"by": "Ada"}, "status": "complete"}, id=chat)
        call("POST /api/sessions/:id/notifications", "one notification", file_change(chat, "turn-a", "change-1"), 202, id=chat)
        call("POST /api/sessions/:id/notifications", "several, in their order",
             [said(chat, "turn-a", "said-1", "Add the neaps.", user=True), said(chat, "turn-a", "said-2", "Added.")], 202, id=chat)
        eventually(lambda: self.explained(chat), what="the file change is not explained")
        call("GET /api/sessions/:id", "with a file change, its explanation right behind it", id=chat)

    def explained(self, chat):
        rows = self.client.get(f"/api/sessions/{chat}").json["transcript"]
        return any(row["type"] == "fileChange.explainability" and row["status"] == "complete" for row in rows)

    def controls(self):
        call, chat = self.calls, self.chat
        call("GET /api/sessions/:id/session-controls", "as they were set", id=chat)
        change = {"scope": "session", "controls": {"model": "any", "networkAccess": "enabled"}, "actor": "Ada"}
        call("POST /api/sessions/:id/session-controls", "a change", change, id=chat)
        call("POST /api/sessions/:id/session-controls", "the same again", change, id=chat)
        call("POST /api/sessions/:id/approval-policy", "another policy", {"approvalPolicy": "never"}, id=chat)
        call("POST /api/sessions/:id/settings", "several, merged", {"settings": {"theme": "dark", "font": 12}}, id=chat)
        call("POST /api/sessions/:id/settings", "one", {"scope": "session", "key": "theme", "value": "light"}, id=chat)
        call("GET /api/sessions/:id/settings", "all of a scope", id=chat)
        call("GET /api/sessions/:id/settings", "one that is there", query="?key=theme", id=chat)
        call("GET /api/sessions/:id/settings", "one that is not", query="?key=size", id=chat)
        call("DELETE /api/sessions/:id/settings/:key", "it was there", id=chat, key="font")
        for what in ("approvals", "tool-input", "tool-calls"):
            call(f"GET /api/sessions/:id/{what}", "nothing waits", id=chat)

    def suggestions(self):
        call, chat = self.calls, self.chat
        self.client.lane(self.project, "pause")
        for name in ("suggested-reply", "suggested-request"):
            route = f"POST /api/sessions/:id/{name}"
            first = call(route + "/jobs", "the first click", {"draft": "Could you"}, 202, id=chat)
            call(route + "/jobs", "a click while it waits: the same job", status=202, id=chat)
            call(route, "no answer in time", status=202, id=chat)
            self.client.lane(self.project, "resume")
            self.client.wait_job(first["jobId"])
            call(route, "an answer in time", {}, id=chat)
            self.client.lane(self.project, "pause")
        self.client.lane(self.project, "resume")
        call("POST /api/sessions/:id/suggested-request/upsert", "a worker has an answer",
             {"requestKey": "mine-1", "status": "complete", "suggestion": "Please go on."}, id=chat)

    def jobs_and_lanes(self):
        call, client = self.calls, self.client
        lane = "yard"
        call("POST /api/orchestrator/lanes/:owner/pause", "accepts, starts nothing", owner=lane)
        waits = call("POST /api/orchestrator/jobs", "any lane that is well named",
                     {"type": "noop", "projectId": lane, "payload": {"result": {"done": True}}}, 202)["jobId"]
        call("GET /api/orchestrator/jobs/:jobId", "it waits", jobId=waits)
        call("GET /api/orchestrator/lanes", "one lane has work", query="?limit=10")
        doomed = client.enqueue("noop", lane)["jobId"]
        call("POST /api/orchestrator/jobs/:jobId/cancel", "it waits: canceled at once", jobId=doomed)
        call("POST /api/orchestrator/lanes/:owner/resume", "starts again", owner=lane)
        client.wait_job(waits)
        call("GET /api/orchestrator/jobs/:jobId", "wait for its end", query="?wait=30s", jobId=waits)
        runs = client.enqueue("noop", lane, MILLISECONDS)["jobId"]
        eventually(lambda: client.job(runs)["state"] == "running", what="the job does not start")
        call("POST /api/orchestrator/jobs/:jobId/cancel", "it runs: it is asked to end, wait for that", query="?wait=true",
             jobId=runs)
        call("POST /api/orchestrator/lanes/:owner/drain", "what waits still runs, nothing new", owner=lane)
        client.lane(lane, "resume")
        client.lane(lane, "pause")
        call("POST /api/orchestrator/jobs/:jobId/retry", "a new budget for a job that was canceled", status=202, jobId=doomed)
        call("GET /api/projects/:id/orchestrator/jobs", "a page of those that wait", query="?state=queued&limit=10", id=lane)
        client.lane(lane, "resume")
        client.wait_job(doomed)

    def jobs_of_the_pool(self):
        call, client = self.calls, self.client
        first = call("POST /api/jobs", "a type of one's own: the runtime is asked", {
            "type": "survey", "prompt": "Name the berths that are free.", "priority": 2, "metadata": {"quay": "north"}}, 201)["jobId"]
        second = call("POST /api/jobs", "after another one, with its result", {
            "type": "report", "prompt": "Write one line about them.", "dependencies": [first]}, 201)["jobId"]
        call("GET /api/jobs/:jobId", "wait for its end", query="?wait=30s", jobId=second)
        call("GET /api/jobs/:jobId/dependencies", "what it needed, and who needs it", jobId=second)
        call("GET /api/jobs", "the newest two that have completed", query="?status=completed&limit=2")
        self.many_jobs()
        runs = client.expect(201, "POST", "/api/jobs", {"type": "noop", "payload": MILLISECONDS})["jobId"]
        eventually(lambda: client.get(f"/api/jobs/{runs}").json["status"] == "running", what="the job does not start")
        call("GET /api/jobs/workers", "one works, one idles")
        call("GET /api/jobs/health", "one runs")
        call("DELETE /api/jobs/:jobId", "it runs: it is asked to end, and answered when it has", jobId=runs)
        call("POST /api/jobs/:jobId/cancel", "cancelled again is cancelled", jobId=runs)
        client.lane("pool", "pause")
        call("POST /api/jobs/:jobId/retry", "a new budget", jobId=runs)
        client.expect(200, "DELETE", f"/api/jobs/{runs}")
        client.lane("pool", "resume")

    def many_jobs(self):
        call, client = self.calls, self.client
        call("POST /api/jobs/bulk", "two, of which one waits for the other", {"jobs": [
            {"type": "noop", "jobId": "berth-2", "dependencies": ["berth-1"]}, {"type": "noop", "jobId": "berth-1"}]}, 201)
        flow = call("POST /api/jobs/workflow", "each waits for those that it names", {"name": "Arrival", "mode": "dag", "jobs": [
            {"key": "pilot", "type": "noop", "payload": {"result": {"output": "on board"}}},
            {"key": "berth", "type": "noop", "dependencies": ["pilot"]}]}, 201)["workflowId"]
        call("GET /api/jobs/:jobId", "a workflow that has ended", query="?wait=30s", jobId=flow)
        client.expect(200, "GET", "/api/jobs/berth-2?wait=30s")

    def schedules(self):
        call, client = self.calls, self.client
        job = {"type": "survey", "prompt": "Name the berths that are free.", "priority": 3}
        made = call("POST /api/schedules", "every day at three in the morning, there", {
            "name": "Berths", "cron": "0 3 * * *", "timezone": "Europe/Berlin", "job": job}, 201)["scheduleId"]
        call("POST /api/schedules", "with everything", {
            "name": "Tides", "cron": "*/30 6-22 * * mon-fri", "timezone": "UTC", "job": {"type": "noop", "projectId": "yard"},
            "overlap": "queue", "missed": "none", "enabled": False}, 201)
        run = call("POST /api/schedules/:scheduleId/run", "a job at once, beside its slots", status=202, scheduleId=made)["jobId"]
        client.expect(200, "GET", f"/api/jobs/{run}?wait=30s")
        call("GET /api/jobs/:jobId", "of a schedule: its dedupeKey says of which", jobId=run)
        call("GET /api/schedules/:scheduleId", "after a run by hand", scheduleId=made)
        call("PATCH /api/schedules/:scheduleId", "switched off", {"enabled": False}, scheduleId=made)
        call("GET /api/schedules", "both", scheduleId=made)
        call("DELETE /api/schedules/:scheduleId", "its jobs stay", scheduleId=made)

    def workers(self):
        call, client = self.calls, self.client
        held = {"workerId": "crane-7", "run": 1}
        asks = {"workerId": "crane-7", "types": ["unload", "load"]}
        call("POST /api/workers/claim", "nothing came in time", {**asks, "wait": 0}, 204)
        first, second, third = [client.expect(201, "POST", "/api/jobs", {
            "type": "unload", "executor": "worker", "payload": {"berth": berth}})["jobId"] for berth in (7, 8, 9)]
        call("POST /api/workers/claim", "one waits", {**asks, "wait": 20, "leaseMs": 60000})
        call("POST /api/workers/jobs/:jobId/heartbeat", "it goes on", held, jobId=first)
        call("POST /api/workers/jobs/:jobId/progress", "so far", {**held, "progress": {"crates": 3}}, jobId=first)
        call("GET /api/jobs/workers", "a remote one, too")
        call("POST /api/workers/jobs/:jobId/complete", "with what it used",
             {**held, "result": {"output": "empty"}, "tokenUsage": {"input": 12, "output": 3}}, jobId=first)
        client.expect(200, "POST", "/api/workers/claim", asks)
        call("POST /api/workers/jobs/:jobId/fail", "it is tried again", {**held, "error": "wind: too strong"}, jobId=second)
        client.expect(200, "POST", "/api/workers/claim", {**asks, "leaseMs": 1000})
        client.expect(200, "DELETE", f"/api/jobs/{third}")
        call("POST /api/workers/jobs/:jobId/heartbeat", "the run was cancelled", held, jobId=third)
        client.expect(200, "DELETE", f"/api/jobs/{second}")

    def what_the_runtime_cannot_do(self):
        call = self.calls
        for route, about in ROUTES.items():
            if about["runtimeMethod"] and (route.startswith("GET ") or route in HANDED_ON):
                call(route, "the built-in runtime", status=501, **({"id": self.chat} if ":id" in route else {}))
        call("POST /api/sessions/:id/compact", "the built-in runtime", status=501, id=self.chat)
        call("POST /api/approvals/:approvalId/decision", "nothing of this id waits",
             {"decision": "accept", "scope": "turn"}, 404, approvalId="approval-1")
        call("POST /api/tool-input/:requestId/decision", "nothing of this id waits",
             {"decision": "accept", "answers": {"q1": {"answers": ["yes"]}}}, 404, requestId="request-1")
        call("POST /api/tool-calls/:requestId/response", "nothing of this id waits",
             {"success": True, "text": "done"}, 404, requestId="request-1")

    def questions(self):
        """What is asked of people, by a runtime that asks."""
        asking = fake_codex_daemon(self, "asks").client
        eventually(lambda: asking.get("/api/health").json["status"] == "ok", what="the app server does not answer")
        self.calls.client = asking
        given = {"decision": "accept", "answers": {"berth": {"answers": ["north"]}}}
        for method, what, answers, body in (
                ("item/commandExecution/requestApproval", "approvals", "/decision", {"decision": "accept", "scope": "session"}),
                ("item/permissions/requestApproval", "approvals", "/decision", {"decision": "decline", "scope": "turn"}),
                ("mcpServer/elicitation/request", "approvals", "/decision", {"decision": "accept", "content": {"berth": "7"}}),
                ("item/tool/requestUserInput", "tool-input", "/decision", given),
                ("item/tool/call", "tool-calls", "/response", {"success": True, "text": "high at noon"})):
            chat = asking.new_chat()["sessionId"]
            asking.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": method})
            eventually(lambda: asking.get(f"/api/sessions/{chat}/{what}").json["data"], what="nobody is asked")
            asked = self.calls(f"GET /api/sessions/:id/{what}", f"a turn waits: {method}", id=chat)["data"][0]
            name = "approvalId" if what == "approvals" else "requestId"
            self.calls(f"POST /api/{what}/:{name}{answers}", method, body, **{name: asked[name]})
        self.calls(f"POST /api/{what}/:{name}{answers}", "it is settled", body, 409, **{name: asked[name]})

    def the_end_of_chats_and_projects(self):
        call, chat, project = self.calls, self.chat, self.project
        call("GET /api/projects/:id/agent-sessions", "the hidden ones, for operators", id=project)
        call("POST /api/sessions/:id/archive", "a chat that ran", id=chat)
        call("GET /api/sessions", "archived ones", query="?archived=true", )
        call("POST /api/sessions/:id/unarchive", "an archived chat", id=chat)
        call("DELETE /api/sessions/:id", "a chat", id=chat)
        call("POST /api/projects/:id/chats/move-all", "out of the project", {"destination": "unassigned"}, id=project)
        self.client.new_chat(project)
        call("POST /api/projects/:id/chats/delete-all", "one chat", id=project)
        call("DELETE /api/projects/:id", "an empty project", id=project)


if __name__ == "__main__":
    unittest.main(verbosity=2)
