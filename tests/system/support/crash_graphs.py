"""Graphs for the crash test: jobs of the pool that depend on each other, and a record of how each must end, with kills or
without."""

import json
import threading

from .crash_load import Load, Lost

MAX_OPEN = 30  # more jobs of graphs are not left waiting: the next life could not finish them
AS_ASKED, SPENT = "noop_failed: as asked", "recovery_max_attempts_exceeded"
ANY = "any"  # error
POOL_ENDS = ("job:completed", "job:cancelled", "job:expired")


def ends_job(event):
    return event["type"] in POOL_ENDS or (event["type"] == "job:failed" and not event["payload"]["willRetry"])


class Node:
    """A job of a graph. `ends`: the (status, error) pairs of which one is its end."""

    def __init__(self, name, needs, ends, output=None, needed=()):
        self.name, self.needs, self.output = name, list(needs), output
        self.ends = ends_of(needed) or ends
        self.id = None  # until it is known


def ends_of(needed):
    """How a job ends for the sake of those that it depends on; nothing when none of them ends badly."""
    ends = set()
    for node in needed:
        for status, _ in node.ends:
            if status == "failed":
                ends.add(("failed", f"dependency_failed:{node.id}"))
            elif status == "cancelled":
                ends.add(("cancelled", f"dependency_cancelled:{node.id}"))
    return ends


class GraphRecord:
    """Written by the load's threads and the follower, read by the checker."""

    def __init__(self):
        self.lock = threading.Lock()
        self.nodes = {}    # name → Node of every job that was asked for
        self.acked = set()  # names of those that were acknowledged
        self.ours = set()  # ids that the log has told of
        self.open = set()  # ids that the log has not ended
        self.ended = set()

    def ask(self, node):
        with self.lock:
            self.nodes[node.name] = node

    def acknowledge(self, node, job_id):
        with self.lock:
            node.id = job_id
            self.acked.add(node.name)
            if job_id not in self.ended:
                self.open.add(job_id)

    def heard(self, event):
        if not event["type"].startswith("job:"):
            return
        with self.lock:
            if event["type"] == "job:created" and event["payload"].get("name") in self.nodes:
                self.ours.add(event["jobId"])
            if event["jobId"] not in self.ours:
                return
            if ends_job(event):
                self.ended.add(event["jobId"])
                self.open.discard(event["jobId"])
            elif event["jobId"] not in self.ended:
                self.open.add(event["jobId"])

    def open_count(self):
        with self.lock:
            return len(self.open)


class GraphLoad(Load):
    """A client that submits graphs, job by job: chains, fans, diamonds, anything. Some of its jobs have ids of its own, by
    which it finds out what has become of a submission whose reply was lost."""

    def __init__(self, number, port, record, graphs, controls, random):
        super().__init__(number, port, [], record, controls, random)
        self.graphs = graphs

    def choose(self):
        return self.graph if self.graphs.open_count() < MAX_OPEN else self.rest

    def rest(self):
        self.record.count("graphs that waited for room")

    def graph(self):
        nodes, to_cancel = [], []
        size, kind = self.random.randint(3, 8), self.random.choice(("chain", "out", "in", "diamond", "any", "any"))
        try:
            for place in range(size):
                node = self.submit(self.needed(kind, nodes, place == size - 1), to_cancel)
                nodes.append(node)
            self.record.count("graphs submitted")
        finally:
            for node in to_cancel:
                self.cancel_node(node)

    def needed(self, kind, nodes, last):
        if not nodes:
            return []
        if kind == "chain":
            return nodes[-1:]
        if kind == "out":
            return nodes[:1]
        if kind == "in":
            return nodes if last else []
        if kind == "diamond":
            return nodes[1:] or nodes[:1] if last else nodes[:1]
        return [node for node in nodes if self.random.random() < 0.4]

    def submit(self, needed, to_cancel):
        """One job, asked for until it is known to be stored, or once, without an id by which to ask again."""
        name = self.name_of("graph")
        body = {"type": "noop", "name": name, "priority": self.random.randint(0, 10), "dependencies": [node.id for node in needed]}
        ends = self.choose_end(name, body)
        node = Node(name, body["dependencies"], ends, name, needed)
        self.graphs.ask(node)
        # One that only a cancel ends must be found again, also when the reply to its submission is lost.
        own = self.random.random() < 0.7 or ends == {("cancelled", ANY)}
        job_id = self.submit_own(body, name) if own else self.acknowledged(self.link.ask("POST", "/api/jobs", body), name)
        self.graphs.acknowledge(node, job_id)
        if node.ends == {("cancelled", ANY)}:
            to_cancel.append(node)
        return node

    def choose_end(self, name, body):
        body["payload"] = payload = {"result": {"output": name}, "sleepMs": self.random.choice([0, 1, 10, 30, 60])}
        body["maxRetries"] = 99  # no number of kills is too much for it
        dice = self.random.random()
        if dice < 0.06:
            payload["fail"] = "fatal"
            return {("failed", AS_ASKED)}
        if dice < 0.12:
            payload["fail"] = "retryable"
            body["maxRetries"] = self.random.randint(0, 2)
            return {("failed", AS_ASKED), ("failed", SPENT)}
        if dice < 0.18:
            payload["sleepMs"] = 600_000
            return {("cancelled", ANY)}
        return {("completed", None)}

    def submit_own(self, body, job_id):
        body["jobId"] = job_id
        lost = False
        while True:
            life = self.controls.wait_alive()
            try:
                if lost and self.random.random() < 0.5 and self.link.ask("GET", f"/api/jobs/{job_id}")[0] == 200:
                    self.record.count("submissions found by their own id after a lost reply")
                    return job_id
                status, reply = self.link.ask("POST", "/api/jobs", body)
            except Lost:
                lost = True
                self.after_loss(life)
                continue
            if lost and status == 409 and reply.get("error") == "duplicate_job_id":
                self.record.count("submissions refused as there after a lost reply")
                return job_id
            return self.acknowledged((status, reply), job_id)

    def acknowledged(self, answer, name):
        status, reply = answer
        if status != 201:
            raise AssertionError(f"submission of {name}: {status} {json.dumps(reply)[:300]}")
        return reply["jobId"]

    def cancel_node(self, node):
        status, reply = self.sure("DELETE", f"/api/jobs/{node.id}")
        # A stop answers before the job has ended; its cancel is kept.
        if status != 200 or reply["status"] not in ("cancelled", "running"):
            self.record.wrong(f"cancel of {node.id}: {status} {json.dumps(reply)[:300]}")
