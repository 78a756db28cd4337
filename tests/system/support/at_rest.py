"""The end of a load: waits until nothing goes on any more, and returns what it came to."""

import time

from .client import eventually
from .work import TERMINAL, all_jobs


def come_to_rest(client, record, projects, timeout, is_whole=lambda jobs: True):
    """All jobs, once nothing is open, by the record and by the lanes, and they are whole."""
    def at_rest():
        lanes = client.expect(200, "GET", "/api/orchestrator/lanes?limit=1000")["data"]
        if record.open_jobs() or any(lane["queued"] + lane["running"] for lane in lanes):
            return None
        jobs = {}
        for project in projects:
            jobs.update(all_jobs(client, project))
        return jobs if is_whole(jobs) and all(job["state"] in TERMINAL for job in jobs.values()) else None
    return eventually(at_rest, timeout, "the jobs did not all end")


def quiet_transcripts(client, chats, timeout):
    """The chats' transcripts by their ids, once no turn runs and no message waits in any of them."""
    def read():
        views = {chat: client.expect(200, "GET", f"/api/sessions/{chat}") for chat in chats}
        busy = any(view["thread"]["status"]["type"] != "idle" for view in views.values())
        return None if busy else {chat: view["transcript"] for chat, view in views.items()}

    def unchanged():
        before = read()
        time.sleep(0.5)  # between the end of a turn and the start of the message that waited for it
        return before if before is not None and before == read() else None
    return eventually(unchanged, timeout, "the chats do not come to rest")


def graphs_at_rest(client, graphs, timeout):
    """The views of all jobs of the pool by id, once nothing is open there."""
    try:
        eventually(lambda: graphs.open_count() == 0, timeout, "the graphs did not all end")
    except AssertionError as error:
        still = [client.get(f"/api/jobs/{job_id}").text[:600] for job_id in sorted(graphs.open)[:10]]
        raise AssertionError("\n".join([str(error), *still])) from error
    jobs, cursor = {}, None
    while True:
        page = client.expect(200, "GET", "/api/jobs?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
        for job in page["jobs"]:
            if "projectId" not in job:
                jobs[job["jobId"]] = client.expect(200, "GET", f"/api/jobs/{job['jobId']}?wait=30s")
        cursor = page["nextCursor"]
        if not cursor:
            return jobs
