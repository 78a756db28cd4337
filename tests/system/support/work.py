"""Words that many system tests need: notifications of an agent, figures out of /metrics, what a job may look like."""

import re

from .daemon import binary

TERMINAL = ("completed", "failed", "canceled")
JOB_EVENTS = tuple("orchestrator_job_" + word for word in ("queued", "started", "progress", "completed", "failed", "canceled"))


def sanitized():
    """True when the daemon is built with a sanitizer, and so slower and larger."""
    return any(word in binary() for word in ("/asan/", "/tsan/"))


def a_diff(name="total", lines=3):
    body = "".join(f"+    {name} += {i};\n" for i in range(lines))
    return f"@@ -1,2 +1,{2 + lines} @@ def add(values):\n     {name} = 0\n{body}     return {name}\n"


def file_change(thread, turn, item, path="src/sum.py", diff=None, kind="update", status="completed"):
    """An item/completed notification of a file change, as an agent sends it."""
    change = {"path": path, "kind": {"type": kind}, "diff": a_diff() if diff is None else diff}
    item = {"id": item, "type": "fileChange", "status": status, "changes": [change]}
    return {"method": "item/completed", "params": {"threadId": thread, "turnId": turn, "item": item}}


def said(thread, turn, item, text, user=False):
    """An item/completed notification of a message."""
    if user:
        body = {"id": item, "type": "userMessage", "content": [{"type": "text", "text": text}]}
    else:
        body = {"id": item, "type": "agentMessage", "text": text}
    return {"method": "item/completed", "params": {"threadId": thread, "turnId": turn, "item": body}}


def explain_row_id(thread, turn, item):
    return f"file-change-explain-{thread}-{turn}-{item}"


def metric(client, name, **labels):
    """The sum of all series of that name with these labels; 0 when there is none."""
    total = 0.0
    for line in client.get("/metrics").text.splitlines():
        match = re.match(r"([A-Za-z_:][\w:]*)(\{.*\})? (\S+)", line)
        if not match or match.group(1) != name:
            continue
        if all(f'{key}="{value}"' in (match.group(2) or "") for key, value in labels.items()):
            total += float(match.group(3))
    return total


def events_of(messages, job_id):
    """The job events of one job among messages."""
    return [m for m in messages if m["type"] in JOB_EVENTS and m["payload"]["jobId"] == job_id]


def short(event):
    """"started" of orchestrator_job_started."""
    return event["type"].removeprefix("orchestrator_job_")


def all_jobs(client, project):
    """Every retained job of a project, page by page; ids must not repeat."""
    jobs, cursor = {}, None
    while True:
        page = client.expect(200, "GET", f"/api/projects/{project}/orchestrator/jobs?limit=500"
                             + (f"&cursor={cursor}" if cursor else ""))
        for job in page["data"]:
            if job["id"] in jobs:
                raise AssertionError(f"{job['id']} is listed twice")
            jobs[job["id"]] = job
        cursor = page["nextCursor"]
        if not cursor:
            return jobs


def raise_file_limit(wanted):
    """As many open files as are wanted, or as may be."""
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard != resource.RLIM_INFINITY else wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
