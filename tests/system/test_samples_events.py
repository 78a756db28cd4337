#!/usr/bin/env python3
"""Every event and every message of a stream looks as proto/samples/events and proto/samples/stream say; all that is heard
on the way fits the schemas of proto/. LANEKEEPER_WRITE_SAMPLES=1 writes the samples anew.
"""

import os
import unittest

from support import schema
from support.client import eventually
from support.daemon import Daemon
from support.fake_codex import fake_codex_daemon
from support.samples import Samples
from support.sse import EventStream
from support.work import file_change
from support.ws import WebSocket

KNOWN = {folder: {name[:-5]: schema.load(f"{folder}/{name}") for name in os.listdir(os.path.join(schema.PROTO, folder))}
         for folder in ("events", "stream", "commands")}
# No type that is built in reports progress; a unit test holds that sample to the code.
APP_SERVER = {"item/commandExecution/requestApproval": "item.command_execution.request_approval",
              "item/tool/requestUserInput": "item.tool.request_user_input", "item/tool/call": "item.tool.call"}
ELSEWHERE = {"orchestrator_job_progress", "job.progress", "job.expired"}


def schema_name(message):
    return "app_server" if message["type"].startswith("app_server.") else message["type"].replace(":", ".")


def faults(message):
    name = schema_name(message)
    known = KNOWN["events"].get(name) if "payload" in message else KNOWN["stream"].get(name)
    if known is None:
        return [f"{name} has no schema"]
    return [f"{message['type']}: {line}" for line in schema.faults(known, message, strict=True)]


class Told:
    """What one socket heard, in its order."""

    def __init__(self, socket):
        self.socket, self.messages = socket, []

    def until(self, done, timeout=15.0):
        """The first message, heard already or still to come, that makes `done` true."""
        for message in self.messages:
            if done(message):
                return message
        while True:
            self.messages.append(self.socket.next(timeout))
            if done(self.messages[-1]):
                return self.messages[-1]


def about(type, **members):
    """Is it this type, with these members of the payload?"""
    def asks(message):
        payload = message.get("payload", {})
        return message["type"] == type and all(payload.get(name) == value for name, value in members.items())
    return asks


def row(message_id_start, status):
    def asks(message):
        entry = message.get("payload", {}).get("entry", {})
        return (message["type"] == "transcript_updated" and entry["messageId"].startswith(message_id_start)
                and entry["status"] == status)
    return asks


class Events(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.daemon = Daemon(env={"LANEKEEPER_DRAIN_MS": 100})
        self.addCleanup(self.daemon.close)
        self.daemon.start()
        self.client = self.daemon.client

    def listen(self, **options):
        socket = WebSocket(self.daemon.port, **options)
        self.addCleanup(socket.close)
        return Told(socket)

    def example(self, when, done):
        message = self.told.until(done)
        self.samples.add(schema_name(message), {"event": schema_name(message)}, when, message=message)
        return message

    def test_every_event_looks_like_its_sample(self):
        self.samples = Samples("events")
        self.told = self.listen()
        project = self.client.new_project("Harbour")["projectId"]
        chat = self.client.new_chat(project)["sessionId"]
        self.broadcasts(project, chat)
        self.turns(chat)
        self.suggestion(chat)
        self.explanation(chat)
        self.lanes(project)
        self.endings(project, chat)
        self.pool()
        heard = self.told.messages
        self.questions()
        self.told.messages = heard + self.told.messages
        self.assertEqual([line for message in self.told.messages for line in faults(message)], [])
        self.assertEqual(self.samples.compare(only_here=ELSEWHERE), [])
        self.assertEqual(set(KNOWN["events"]) - ELSEWHERE - set(self.samples.files), set(), "these events were not heard")

    def broadcasts(self, project, chat):
        self.example("a new project", about("project_upserted"))
        self.example("a chat is made in a project", about("session_project_updated", previousProjectId=None))
        self.client.post(f"/api/sessions/{chat}/project", {"projectId": None})
        self.example("a chat leaves its project", about("session_project_updated", projectId=None))
        self.client.post(f"/api/sessions/{chat}/project", {"projectId": project})

    def turns(self, chat):
        self.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": "Read docs/tides.md, please."})
        for method, when in (("turn/started", "a turn begins"), ("item/completed", "the user's message"),
                             ("item/agentMessage/delta", "a piece of the answer: live only"), ("turn/completed", "a turn ends")):
            self.example(when, about("notification", method=method))
            of_app_server = self.example(when, lambda m, method=method: m["type"].startswith("app_server.")
                                         and m["payload"]["method"] == method)
            self.assertEqual(of_app_server["type"].count("."), method.count("/") + 1)
        plan = {"threadId": chat, "turnId": "turn-a", "plan": [{"step": "Read the tables", "status": "completed"}]}
        diff = {"threadId": chat, "turnId": "turn-a", "diff": "@@ -1 +1 @@\n-low\n+high\n"}
        usage = {"threadId": chat, "turnId": "turn-a", "tokenUsage": {"total": {"inputTokens": 10, "outputTokens": 5}}}
        for method, params, type in (("turn/plan/updated", plan, "turn_plan_updated"),
                                     ("turn/diff/updated", diff, "turn_diff_updated"),
                                     ("thread/tokenUsage/updated", usage, "thread_token_usage_updated")):
            self.client.expect(202, "POST", f"/api/sessions/{chat}/notifications", {"method": method, "params": params})
            self.example("an agent elsewhere says so", about(type))

    def suggestion(self, chat):
        job = self.client.expect(202, "POST", f"/api/sessions/{chat}/suggested-reply/jobs", {})["jobId"]
        self.example("a suggested reply was asked for", about("orchestrator_job_queued", jobId=job))
        self.example("it waits or is being made", about("suggested_request_updated", jobId=job, status="streaming"))
        self.example("its attempt begins", about("orchestrator_job_started", jobId=job))
        self.example("it is there", about("suggested_request_updated", jobId=job, status="complete"))
        self.example("with the suggestion", about("orchestrator_job_completed", jobId=job))

    def pool(self):
        def submit(**payload):
            return self.client.expect(201, "POST", "/api/jobs", {"type": "noop", "payload": payload, "maxRetries": 1})["jobId"]

        def of(job, type):
            return lambda m: m["type"] == type and m.get("jobId") == job
        job = submit(result={"done": True})
        self.example("a job is submitted", of(job, "job:created"))
        self.example("it waits for a worker", of(job, "job:queued"))
        self.example("a worker has it", of(job, "job:started"))
        self.example("with its result", of(job, "job:completed"))
        job = submit(fail="retryable")
        self.example("an attempt fails, and another follows", of(job, "job:failed"))
        self.example("and is the last", lambda m: of(job, "job:failed")(m) and not m["payload"]["willRetry"])
        job = submit(sleepMs=60000)
        self.told.until(of(job, "job:started"))
        self.client.expect(200, "DELETE", f"/api/jobs/{job}")
        self.example("somebody cancels it", of(job, "job:cancelled"))

    def explanation(self, chat):
        self.client.expect(202, "POST", f"/api/sessions/{chat}/notifications", file_change(chat, "turn-a", "change-1"))
        own = "file-change-explain-"
        self.example("a file change will be explained", row(own, "streaming"))
        self.example("it is explained", row(own, "complete"))
        self.example("with the explanation", about("orchestrator_job_completed", jobType="file_change_explain"))
        self.client.expect(200, "POST", f"/api/sessions/{chat}/transcript/upsert",
                           {"messageId": "note-1", "turnId": "note", "role": "system", "type": "client.note",
                            "content": "Checked by hand."})
        self.example("a client wrote a row", row("note-1", "complete"))

    def questions(self):
        """What is asked of people, by a runtime that asks."""
        asking = fake_codex_daemon(self, "asks")
        eventually(lambda: asking.client.get("/api/health").json["status"] == "ok", what="the app server does not answer")
        socket = WebSocket(asking.port)
        self.addCleanup(socket.close)
        self.told = Told(socket)
        given = {"decision": "accept", "answers": {"berth": {"answers": ["north"]}}}
        asks = (("item/commandExecution/requestApproval", "approval", "approvals", {"decision": "accept"}),
                ("item/tool/requestUserInput", "tool_user_input", "tool-input", given),
                ("item/tool/call", "tool_call", "tool-calls", {"text": "high at noon"}))
        for method, name, route, answer in asks:
            chat = asking.client.new_chat()["sessionId"]
            asking.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": method})
            self.example("the runtime asks", about("app_server." + APP_SERVER[method], signalType="request"))
            asked = self.example("a turn waits", about(name if name == "approval" else name + "_requested", threadId=chat))
            number = asked["payload"].get("approvalId") or asked["payload"]["requestId"]
            tail = "response" if route == "tool-calls" else "decision"
            asking.client.expect(200, "POST", f"/api/{route}/{number}/{tail}", answer)
            self.example("somebody answered", about(name + "_resolved", status="answered"))
        chat = asking.client.new_chat()["sessionId"]
        asking.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": asks[0][0]})
        self.told.until(about("approval", threadId=chat))
        asking.client.expect(200, "POST", f"/api/sessions/{chat}/interrupt")
        self.example("its turn ended before", about("approval_resolved", status="expired"))

    def lanes(self, project):
        failing = self.client.enqueue("noop", project, {"fail": "retryable"})["jobId"]
        self.example("a job without a chat", about("orchestrator_job_queued", jobId=failing))
        self.example("it failed and is tried again", lambda m: about("orchestrator_job_queued", jobId=failing)(m)
                     and "nextAttemptAt" in m["payload"])
        self.example("no attempt is left", about("orchestrator_job_failed", jobId=failing))
        sleeping = self.client.enqueue("noop", project, {"sleepMs": 60000})["jobId"]
        eventually(lambda: self.client.job(sleeping)["state"] == "running", what="the job does not start")
        self.client.expect(200, "POST", f"/api/orchestrator/jobs/{sleeping}/cancel?wait=true")
        self.example("somebody canceled it while it ran", about("orchestrator_job_canceled", jobId=sleeping))
        self.client.wait_job(sleeping)

    def endings(self, project, chat):
        self.client.expect(200, "DELETE", f"/api/sessions/{chat}")
        self.example("a chat was deleted", about("session_deleted"))
        self.client.expect(200, "DELETE", f"/api/projects/{project}")
        self.example("a project was deleted", about("project_deleted"))

    def test_every_message_of_a_stream_looks_like_its_sample(self):
        self.samples = Samples("stream")
        self.told = self.listen()
        self.example_of("ready", "without a thread", None)
        self.told = self.listen(thread="thread-a")
        self.example_of("ready", "with a thread", None)
        self.example_of("subscribed", "to two threads", {"type": "subscribe", "threadIds": ["thread-a", "thread-b"]})
        self.example_of("pong", "after ping", {"type": "ping"})
        self.example_of("unsubscribed", "from all", {"type": "unsubscribe"})
        self.example_of("error", "after what is no command", {"type": "dance"})
        self.worker()
        self.told = self.listen(since=7, epoch="epoch-of-another-store")
        self.example_of("resync", "the cursor is of another store", None)
        self.assertEqual([line for message in self.told.messages for line in faults(message)], [])
        self.assertEqual(self.samples.compare(), [])
        self.assertEqual(set(KNOWN["stream"]) - set(self.samples.files), set(), "these were not heard")

    def worker(self):
        job = self.client.expect(201, "POST", "/api/jobs", {
            "type": "unload", "executor": "worker", "jobId": "unload-1", "payload": {"berth": 7}})["jobId"]
        crane = {"workerId": "crane-7"}
        held = {**crane, "jobId": job, "run": 1}
        self.example_of("worker.claim", "one waits", {"type": "worker.claim", "id": "a-1", **crane, "types": ["unload"], "wait": 20})
        self.example_of("worker.heartbeat", "it goes on", {"type": "worker.heartbeat", "id": "a-2", **held})
        self.example_of("worker.progress", "so far", {"type": "worker.progress", "id": "a-3", **held, "progress": {"crates": 3}})
        self.example_of("worker.fail", "another run than it holds",
                        {"type": "worker.fail", "id": "a-4", **held, "run": 2, "error": "wind: too strong"})
        self.example_of("worker.complete", "it is done",
                        {"type": "worker.complete", "id": "a-5", **held, "result": {"output": "empty"}})

    def example_of(self, type, when, command):
        sides = {}
        if command:
            sides["command"] = command
            if command["type"] in KNOWN["commands"]:
                self.assertEqual(schema.faults(KNOWN["commands"][command["type"]], command), [])
            self.told.socket.send(command)
        message = self.told.until(lambda m: m["type"] == type)
        self.assertEqual(faults(message), [])
        self.samples.add(type, {"message": type}, when, **sides, reply=message)

    def test_server_sent_events_carry_the_same_envelopes(self):
        with EventStream(self.daemon.port) as stream, WebSocket(self.daemon.port) as socket:
            self.assertEqual(stream.status, 200)
            self.assertEqual(stream.headers["content-type"].split(";")[0], "text/event-stream")
            ready = socket.next()
            self.client.new_project("Harbour")
            told = stream.until(lambda m: m["type"] == "project_upserted")
            heard = socket.until(lambda m: m["type"] == "project_upserted")[-1]
        for event_id, message in told:
            self.assertEqual(faults(message), [])
            if message.get("seq") and message["type"] != "ready":
                self.assertEqual(event_id, f"{ready['epoch']}:{message['seq']}")
        self.assertEqual(told[-1][1], heard)


if __name__ == "__main__":
    unittest.main(verbosity=2)
