"""The crash test's checker of graphs: what was asked for against what the API and the event log show in the end.

`graphs` is the record of the load, `jobs` are the views of all jobs of the pool by id, `events` is the log. Every check
returns sentences about what is wrong. It shares nothing with the daemon.
"""

from collections import Counter

from .crash_graphs import ANY, ends_job

# What may follow upon what in the log of one job. "again": failed, and to be tried again.
FOLLOWS = {
    "created": (None,),
    "queued": ("created", "started", "again"),
    "started": ("queued",),
    "progress": ("started",),
    "completed": ("started",),
    "again": ("started",),
    "failed": ("started", "created", "queued"),
    "cancelled": ("started", "created", "queued"),
    "expired": ("started", "created", "queued"),
}


def lost_and_twins(graphs, jobs):
    """Each acknowledged job is there, once; one whose reply was lost may be; nothing else is."""
    found = Counter(job.get("name") for job in jobs.values())
    wrongs = [f"{name} was asked for ({'acknowledged' if name in graphs.acked else 'unknown'}) and is there {found[name]} times"
              for name in graphs.nodes if found[name] not in ((1,) if name in graphs.acked else (0, 1))]
    wrongs += [f"{node.id} was acknowledged for {node.name} and is {jobs.get(node.id, {}).get('name')}"
               for node in graphs.nodes.values() if node.name in graphs.acked and jobs.get(node.id, {}).get("name") != node.name]
    return wrongs + [f"{job['jobId']} ({job.get('name')}) was never asked for" for job in jobs.values() if job.get("name") not in graphs.nodes]


def nodes_of(graphs, jobs):
    return [(job, graphs.nodes[job.get("name")]) for job in jobs.values() if job.get("name") in graphs.nodes]


def ends(graphs, jobs):
    """Every graph ended as it would have without kills."""
    wrongs = []
    for job, node in nodes_of(graphs, jobs):
        if not any(job["status"] == status and error in (ANY, job["error"]) for status, error in node.ends):
            wrongs.append(f"{job['jobId']} is {job['status']} ({job['error']}) and should have ended as one of {sorted(map(str, node.ends))}")
        if sorted(job["dependencies"]) != sorted(node.needs):
            wrongs.append(f"{job['jobId']} depends on {job['dependencies']} and was to depend on {node.needs}")
        cause = cause_of(job)
        if cause and jobs.get(cause, {}).get("status") != job["status"]:
            wrongs.append(f"{job['jobId']} is {job['status']} because of {cause}, which is {jobs.get(cause, {}).get('status')}")
    return wrongs


def results(graphs, jobs):
    """A job that completed has its own result, and was given those of all that it depends on."""
    wrongs = []
    for job, node in nodes_of(graphs, jobs):
        if job["status"] == "completed" and job["result"] != {"output": node.output}:
            wrongs.append(f"{job['jobId']} has the result {job['result']}, not {node.output}")
        if job["status"] != "completed":
            continue
        given = job.get("dependencyResults") or {}
        wanted = {need: {"output": jobs[need]["result"]["output"], "status": "completed"}
                  for need in node.needs if need in jobs and jobs[need]["result"]}
        if given != wanted:
            wrongs.append(f"{job['jobId']} was given {given}, not {wanted}")
    return wrongs


def word_of(event):
    word = event["type"].removeprefix("job:")
    return "again" if word == "failed" and event["payload"]["willRetry"] else word


def lives(events, jobs, forced):
    """Each step of a job is told once, in an order that there is; its attempts are the starts that were not given back.

    `forced`: how often a stop had to force a job, which costs its attempt.
    """
    wrongs, states, starts, given_back = [], {}, Counter(), Counter()
    for event in of_pool(events, jobs):
        job_id, word = event["jobId"], word_of(event)
        before = states.get(job_id)
        if before not in FOLLOWS.get(word, ()):
            wrongs.append(f"seq {event['seq']}: {job_id} is {word} after {before}")
        starts[job_id] += word == "started"
        given_back[job_id] += word == "queued" and before == "started"
        if word != "progress":
            states[job_id] = word
    for job_id, job in jobs.items():
        given_back[job_id] -= forced[job_id]
        if states.get(job_id) != job["status"]:
            wrongs.append(f"{job_id} is {job['status']}, the log says {states.get(job_id)}")
        if job["attempts"] != starts[job_id] - given_back[job_id] or job["attempts"] > job["maxAttempts"]:
            wrongs.append(f"{job_id} has spent {job['attempts']} attempts of {job['maxAttempts']}, the log shows {starts[job_id]} "
                          f"starts, {given_back[job_id]} of them given back")
    return wrongs


def of_pool(events, jobs):
    return (event for event in events if event["type"].startswith("job:") and event["jobId"] in jobs)


def workers(events, jobs, most):
    """By the log, no more jobs ran at once than there may be workers, each on one of its own."""
    wrongs, running = [], {}
    for event in of_pool(events, jobs):
        job_id, word = event["jobId"], word_of(event)
        if word == "started":
            worker = event["payload"]["workerId"]
            if worker in running.values():
                wrongs.append(f"seq {event['seq']}: {job_id} started on {worker}, which is busy")
            running[job_id] = worker
            if len(running) > most:
                wrongs.append(f"seq {event['seq']}: {len(running)} jobs run on at most {most} workers")
        elif word != "progress":
            running.pop(job_id, None)
    return wrongs


def order(events, jobs):
    """None is queued, or starts, before all that it depends on has completed."""
    wrongs, completed = [], set()
    for event in of_pool(events, jobs):
        job_id, word = event["jobId"], word_of(event)
        if word == "completed":
            completed.add(job_id)
        early = [need for need in jobs[job_id]["dependencies"] if need not in completed]
        if word in ("queued", "started") and early:
            wrongs.append(f"seq {event['seq']}: {job_id} is {word} before {early} completed")
    return wrongs


def cause_of(job):
    word, _, cause = (job["error"] or "").partition(":")
    return cause if word.startswith("dependency_") else None


def cascades(events, jobs):
    """What ends for the sake of another ends in its commit, or in the commit that brings it: nothing else is told between."""
    wrongs, together = [], set()
    for event in events:
        job_id = event.get("jobId") if event["type"].startswith("job:") else None
        ended = job_id in jobs and ends_job(event)
        cause = cause_of(jobs[job_id]) if ended else None
        if cause and not together & {cause, job_id}:
            wrongs.append(f"seq {event['seq']}: {job_id} ended later than {cause}, for whose sake it did")
        if ended:
            together = together | {job_id} if cause else {job_id}
        else:
            together = {job_id} if event["type"] == "job:created" else set()
    return wrongs


def all_wrongs(graphs, jobs, events, most, forced=Counter()):
    return (lost_and_twins(graphs, jobs) + ends(graphs, jobs) + results(graphs, jobs) + lives(events, jobs, forced)
            + workers(events, jobs, most) + order(events, jobs) + cascades(events, jobs))
