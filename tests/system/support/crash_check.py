"""The crash test's checker: the record of acknowledgements against what the API and the event log show in the end.

Every check takes plain data and returns sentences about what is wrong. It shares nothing with the daemon.
"""

from collections import Counter, defaultdict

from .work import JOB_EVENTS, TERMINAL, explain_row_id, short

GIVEN_BACK_BY_KILLS = 1


def lost_jobs(record, jobs):
    """No acknowledged job is lost, none exists twice, each is terminal and its end is the one that replies had shown."""
    wrongs = [f"{job_id} was acknowledged ({facts}) and is gone" for job_id, facts in record.jobs.items() if job_id not in jobs]
    wrongs += [f"{job['id']} is {job['state']} in the end" for job in jobs.values() if job["state"] not in TERMINAL]
    for job_id, shown in record.ends.items():
        if job_id in jobs and jobs[job_id] != shown:
            wrongs.append(f"{job_id} had ended as {shown} and is now {jobs[job_id]}")
    return wrongs


def explain_jobs(jobs):
    """The explain jobs of each (session, turn, item), oldest first: ids sort by creation."""
    changes = defaultdict(list)
    for job in sorted(jobs.values(), key=lambda job: job["id"]):
        if job["type"] == "file_change_explain":
            changes[job["payload"]["threadId"], job["payload"]["turnId"], job["payload"]["itemId"]].append(job)
    return changes


def twins(record, jobs):
    """One job a request: markers of noop jobs, request keys, and the items of file changes."""
    wrongs = []
    markers = Counter(job["payload"]["result"]["marker"] for job in jobs.values() if job["type"] == "noop")
    for marker, state in record.markers.items():
        allowed = (1,) if state == "acknowledged" else (0, 1)
        if markers[marker] not in allowed:
            wrongs.append(f"request {marker} ({state}) has {markers[marker]} jobs")
    keys = Counter(job["payload"]["requestKey"] for job in jobs.values() if job["type"] == "suggest_reply")
    wrongs += [f"request key {key} has {count} jobs" for key, count in keys.items() if count != 1]
    for job_id, facts in record.jobs.items():
        if facts["kind"] == "suggest_reply" and job_id in jobs and jobs[job_id]["payload"]["requestKey"] != facts["requestKey"]:
            wrongs.append(f"{job_id} was acknowledged with request key {facts['requestKey']}")
    changes = explain_jobs(jobs)
    wrongs += [f"file change {item} has no explain job" for item in record.items if item not in changes]
    for item, tries in changes.items():
        # An item that is said again after its job failed or was canceled is tried again; after nothing else.
        if any(job["state"] not in ("failed", "canceled") for job in tries[:-1]):
            wrongs.append(f"file change {item} has {len(tries)} explain jobs, {[job['state'] for job in tries]}")
    return wrongs


def starts(events, jobs):
    """None is started more often than its maxAttempts plus what was given back, and no run is used twice."""
    wrongs, runs, stopped = [], defaultdict(list), Counter()
    for event in events:
        if event["type"] == "orchestrator_job_started":
            runs[event["payload"]["jobId"]].append(event["payload"]["run"])
        elif event["type"] == "orchestrator_job_queued":
            stopped[event["payload"]["jobId"]] += event["payload"].get("error") == "shutdown"
    for job_id, job in jobs.items():
        seen = runs.pop(job_id, [])
        if seen != list(range(1, job["run"] + 1)):
            wrongs.append(f"{job_id} has run {job['run']}, and the log shows starts {seen}")
        given_back = job["run"] - job["attempts"]
        allowed = 0 if job["type"] == "noop" else GIVEN_BACK_BY_KILLS
        if not 0 <= given_back - stopped[job_id] <= allowed or job["run"] > job["maxAttempts"] + given_back:
            wrongs.append(f"{job_id} ({job['type']}) was started {job['run']} times, {job['attempts']} attempts of "
                          f"{job['maxAttempts']} are spent")
    return wrongs + [f"the log shows starts of {job_id}, which nobody knows" for job_id in runs]


def one_at_a_time(events, slots):
    """By the log, no lane ever has two running jobs, all lanes together no more than the slots, and a state follows
    only where it may: queued, started (again after queued), and one end."""
    wrongs, lanes, states, most = [], {}, {}, 0
    for event in events:
        if event["type"] not in JOB_EVENTS:
            continue
        payload, word = event["payload"], short(event)
        job_id, lane, before = payload["jobId"], payload["projectId"], states.get(payload["jobId"])
        allowed = {"queued": (None, "started"), "started": ("queued",), "completed": ("started",),
                   "failed": ("started", "queued"), "canceled": ("started", "queued"), "progress": ("started",)}[word]
        if before not in allowed:
            wrongs.append(f"seq {event['seq']}: {job_id} is {word} after {before}")
        if word == "started":
            if lanes.get(lane) not in (None, job_id):
                wrongs.append(f"seq {event['seq']}: {job_id} started in {lane} while {lanes[lane]} runs")
            lanes[lane] = job_id
            most = max(most, len(lanes))
        elif word != "progress" and lanes.get(lane) == job_id:
            del lanes[lane]
        if word != "progress":
            states[job_id] = word
    if most > slots:
        wrongs.append(f"{most} jobs ran at once with {slots} slots")
    return wrongs


def ends(events, jobs):
    """One end a job, as the job itself tells it."""
    ended = defaultdict(list)
    for event in events:
        if event["type"] in JOB_EVENTS and short(event) in TERMINAL:
            ended[event["payload"]["jobId"]].append(short(event))
    return [f"{job_id} is {job['state']}, the log says {ended[job_id]}" for job_id, job in jobs.items()
            if ended[job_id] != [job["state"]]]


def canceled_jobs(record, jobs):
    """A cancel that was acknowledged is the last word: canceled, or ended by itself in the run that was under way."""
    wrongs = []
    for job_id, shown in record.cancels.items():
        job = jobs.get(job_id)
        if job is None:
            continue
        if shown["state"] == "canceled" and job["state"] != "canceled":
            wrongs.append(f"{job_id} was acknowledged as canceled and is {job['state']}")
        if job["run"] != shown["run"]:
            wrongs.append(f"{job_id} was started again ({job['run']}) after its cancel in run {shown['run']} was acknowledged")
    return wrongs


def rows(record, jobs, transcripts):
    """One row a file change and one explanation right after it, closed, of the words of the job that wrote it."""
    wrongs = []
    explained = {item: tries[-1] for item, tries in explain_jobs(jobs).items()}
    for session, transcript in transcripts.items():
        places = defaultdict(list)
        for place, row in enumerate(transcript):
            places[row["turnId"], row["messageId"]].append(place)
            if row["status"] == "streaming":
                wrongs.append(f"{session}: row {row['messageId']} is open in the end")
        wrongs += [f"{session}: {len(found)} rows {row}" for row, found in places.items() if len(found) != 1]
        for item_session, turn, item in record.items:
            if item_session != session:
                continue
            change, text = places.get((turn, item)), places.get((turn, explain_row_id(session, turn, item)))
            if not change or not text:
                wrongs.append(f"{session}: of file change {item} stand {change}, of its explanation {text}")
                continue
            if text[0] != change[0] + 1:
                wrongs.append(f"{session}: the explanation of {item} stands at {text[0]}, the change at {change[0]}")
            job, row = explained.get((session, turn, item)), transcript[text[0]]
            if job and job["state"] == "completed" and (row["status"], row["content"]) != ("complete", job["result"]["text"]):
                wrongs.append(f"{session}: {item} is explained as {row['status']} {row['content'][:80]!r}, "
                              f"its job says {job['result']['text'][:80]!r}")
    return wrongs


def messages(record, transcripts):
    """An accepted message or steer is in its chat once, one that was refused is not, one whose reply was lost may be."""
    found = Counter((session, row["content"]) for session, transcript in transcripts.items()
                    for row in transcript if row["role"] == "user")
    allowed = {"accepted": (1,), "refused": (0,), "unknown": (0, 1)}
    return [f"{session}: {text!r} was {state} and is there {found[session, text]} times"
            for text, (session, state) in record.said.items() if found[session, text] not in allowed[state]]


def suggestions(events, jobs):
    """A request's state ends once, and as its job did; a chat never has two open requests."""
    wrongs, done, busy = [], defaultdict(list), {}
    for event in events:
        payload = event["payload"]
        if event["type"] == "suggested_request_updated" and payload["status"] != "streaming":
            done[payload["requestKey"]].append(payload["status"])
        if event["type"] not in JOB_EVENTS or payload["jobType"] != "suggest_reply":
            continue
        chat, job_id = payload["sourceSessionId"], payload["jobId"]
        if busy.get(chat) not in (None, job_id):
            wrongs.append(f"seq {event['seq']}: {job_id} is open in {chat} beside {busy[chat]}")
        busy[chat] = None if short(event) in TERMINAL else job_id
    words = {"completed": "complete", "failed": "error", "canceled": "canceled"}
    for job in jobs.values():
        if job["type"] == "suggest_reply" and done[job["payload"]["requestKey"]] != [words[job["state"]]]:
            wrongs.append(f"{job['id']} is {job['state']}, its request ended as {done[job['payload']['requestKey']]}")
    return wrongs


def logs(name, events, other_name, others):
    """Two that followed the log over all lives, or from its beginning, heard the same."""
    seqs, other_seqs = [event["seq"] for event in events], [event["seq"] for event in others]
    if seqs == other_seqs:
        return [f"{name} and {other_name} differ at seq {a['seq']}: {a} and {b}" for a, b in zip(events, others) if a != b][:5]
    missing, more = set(other_seqs) - set(seqs), set(seqs) - set(other_seqs)
    return [f"{name} heard {len(seqs)} events, {other_name} {len(other_seqs)}; missing {sorted(missing)[:10]}, "
            f"more {sorted(more)[:10]}"]
