#!/usr/bin/env python3
"""Figures of jobs in the pool and of what they wait for.

    LANEKEEPERD=build/release/daemon/lanekeeperd python3 tests/bench/dag_bench.py [dag|bulk|drain|promotion|timed …]

dag         a workflow of 10,000 noop jobs with 50,000 dependencies: until it is stored, until it has ended, resident memory
bulk        20 bulk submissions of 1,000 noop jobs each, with a paused pool: jobs a second
drain       20,000 noop jobs in the pool: submitted and run, in all
promotion   from the end of a dependency to the start of its dependent, over a chain of 1,000: p50, p99
timed       20,000 noop jobs that are all due at one moment: from it to the start of the last
"""

import os
import random
import statistics
import sys
import time
from datetime import datetime, timedelta, timezone

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "system"))

from support.client import Client, eventually  # noqa: E402
from support.daemon import Daemon  # noqa: E402

NODES, EDGES = 10_000, 5
PARTS = ("dag", "bulk", "drain", "promotion", "timed")


def life(**env):
    return Daemon(env={"LOG_LEVEL": "warn", **env}, ready_timeout=60)


def resident_mib(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def graph():
    rng = random.Random(1)
    jobs = []
    for i in range(NODES):
        before = rng.sample(range(max(0, i - 500), i), min(EDGES, i))
        jobs.append({"key": f"n{i}", "type": "noop", "payload": {}, "dependencies": [f"n{k}" for k in before]})
    return {"name": "figures", "mode": "dag", "jobs": jobs}


def patient(daemon):
    return Client(daemon.port, timeout=300)


def waits_for_end(client, job):
    def ended():
        return client.expect(200, "GET", f"/api/jobs/{job}?wait=60s")["status"] not in ("pending", "queued", "running")
    eventually(ended, 1200, "it does not end")


def dag():
    body = graph()
    with life() as daemon:
        client = patient(daemon)
        before = resident_mib(daemon)
        cycle = {**body, "jobs": [{**body["jobs"][0], "dependencies": ["n9999"]}, *body["jobs"][1:]]}
        began = time.monotonic()
        status = client.post("/api/jobs/workflow", cycle).status
        refused = time.monotonic() - began
        client.lane("pool", "pause")
        began = time.monotonic()
        said = client.expect(201, "POST", "/api/jobs/workflow", body)
        stored = time.monotonic() - began
        waiting = resident_mib(daemon)
        client.lane("pool", "resume")
        began = time.monotonic()
        waits_for_end(client, said["workflowId"])
        drained = time.monotonic() - began
        edges = sum(len(job["dependencies"]) for job in body["jobs"])
        print(f"dag: {NODES} jobs, {edges} dependencies: one with a cycle read, validated and refused ({status}) in {refused:.2f} s; "
              f"stored and answered in {stored:.2f} s; ended in {drained:.1f} s ({NODES / drained:.0f} jobs/s); "
              f"resident {before:.0f} MiB idle, {waiting:.0f} MiB waiting, {resident_mib(daemon):.0f} MiB after")


def submit_many(client):
    jobs = [{"type": "noop", "payload": {}}] * 1000
    began = time.monotonic()
    last = None
    for _ in range(20):
        last = client.expect(201, "POST", "/api/jobs/bulk", jobs)["jobs"][-1]["jobId"]
    return last, time.monotonic() - began


def bulk():
    with life() as daemon:
        daemon.client.lane("pool", "pause")
        _, took = submit_many(patient(daemon))
        print(f"bulk: 20 x 1,000 jobs in {took:.2f} s ({20_000 / took:.0f} jobs/s)")


def drain():
    with life() as daemon:
        began = time.monotonic()
        client = patient(daemon)
        submit_many(client)
        health = lambda: client.expect(200, "GET", "/api/jobs/health")["queue"]
        eventually(lambda: health()["completed24h"] == 20_000, 1200, "not drained")
        took = time.monotonic() - began
        print(f"drain: 20,000 jobs submitted and run in {took:.1f} s ({20_000 / took:.0f} jobs/s)")


def stamp(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


def promotion():
    with life() as daemon:
        client = patient(daemon)
        said = client.expect(201, "POST", "/api/jobs/workflow", {"name": "chain", "jobs": [{"type": "noop", "payload": {}}] * 1000})
        began = time.monotonic()
        waits_for_end(client, said["workflowId"])
        took = time.monotonic() - began
        jobs = client.expect(200, "GET", f"/api/jobs?workflowId={said['workflowId']}&limit=1000")["jobs"][::-1]
        gaps = [stamp(after["startedAt"]) - stamp(before["completedAt"]) for before, after in zip(jobs, jobs[1:])]
        print(f"promotion: completed to started over a chain of 1,000: p50 {statistics.median(gaps):.1f} ms, "
              f"p99 {statistics.quantiles(gaps, n=100)[98]:.1f} ms (clock of 1 ms); {took:.2f} s in all, {took:.3f} ms a link")


def timed():
    with life() as daemon:
        client = patient(daemon)
        due = datetime.now(timezone.utc) + timedelta(seconds=5)
        jobs = [{"type": "noop", "payload": {}, "scheduledFor": due.isoformat(timespec="milliseconds").replace("+00:00", "Z")}] * 1000
        last = None
        for _ in range(20):
            last = client.expect(201, "POST", "/api/jobs/bulk", jobs)["jobs"][-1]["jobId"]
        late = datetime.now(timezone.utc) > due
        waits_for_end(client, last)
        took = stamp(client.expect(200, "GET", f"/api/jobs/{last}")["startedAt"]) / 1000 - due.timestamp()
        print(f"timed: 20,000 jobs of one moment, the last started {took:.1f} s after it{' (submitted too late)' if late else ''}")


def main():
    for part in sys.argv[1:] or PARTS:
        {"dag": dag, "bulk": bulk, "drain": drain, "promotion": promotion, "timed": timed}[part]()


if __name__ == "__main__":
    main()
