#!/usr/bin/env python3
"""A worker for jobs of Lanekeeper, in the standard library alone: example_worker.py URL NAME TYPE...

It claims one job at a time, says that it lives while it works, stops when it is asked to, and tells how the job ended.
"""
import json
import sys
import threading
import time
import urllib.error
import urllib.request

URL, NAME, TYPES = sys.argv[1], sys.argv[2], sys.argv[3:]
LEASE_MS = 10_000


def call(path, **body):
    """(status, reply). A daemon that is away, busy or stopping is asked again: every call here may be repeated."""
    data = json.dumps({"workerId": NAME, **body}).encode()
    while True:
        request = urllib.request.Request(URL + "/api/workers/" + path, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=90) as reply:
                return reply.status, json.loads(reply.read() or "null")
        except urllib.error.HTTPError as refusal:
            if refusal.code < 500 and refusal.code != 429:
                return refusal.code, json.loads(refusal.read())
        except OSError:
            pass
        time.sleep(1)


def keep_lease(path, run, stop, done):
    """Three heartbeats a lease, until the work is done. Sets `stop` when it is to end, or is somebody else's by now."""
    while not done.wait(LEASE_MS / 3000):
        status, lease = call(path + "heartbeat", run=run)
        if status != 200 or lease["cancelRequested"]:
            stop.set()


def work(job, stop):
    """Put your own work here, and look at `stop` now and then. This one joins what the job was given to build on."""
    if stop.wait(job["payload"].get("seconds", 0)):
        raise InterruptedError("stopped")
    parts = [part["output"] for part in job.get("dependencyResults", {}).values()]
    return "+".join(sorted(parts)) + job["payload"]["word"]


while True:
    status, claimed = call("claim", types=TYPES, wait=20, leaseMs=LEASE_MS)
    if status != 200:
        continue  # 204: nothing came while it waited
    job, run, stop, done = claimed["job"], claimed["run"], threading.Event(), threading.Event()
    path = f"jobs/{job['jobId']}/"
    threading.Thread(target=keep_lease, args=(path, run, stop, done)).start()
    try:
        call(path + "complete", run=run, result={"output": work(job, stop), "worker": NAME})
    except Exception as error:  # whatever went wrong with this job, the next one is another
        call(path + "fail", run=run, error=f"worker_failed: {error}")
    done.set()
