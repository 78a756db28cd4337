#!/usr/bin/env python3
"""SIGKILL (and now and then SIGTERM) under load, life after life over one data directory, and then a checker with a record of its own.

Clients enqueue, click, cancel, talk and feed file changes while the daemon is killed at random moments, and keep what was
acknowledged to them; two followers of the event log (WebSocket with since, Server-Sent Events with Last-Event-ID) go on
where they were in each life. In the end: no acknowledged job lost, none started more often than its maxAttempts plus what
was given back, one effect per sink key, no duplicate row, each accepted message or steer in its chat once, seq strictly rising, one
running job a lane, every job terminal. Graphs of pool jobs are submitted as well: each ends as it would have without kills.

    LANEKEEPER_KILLS=200    cycles
    LANEKEEPER_SEED=N       the seed of the moments and of the load; printed
"""

import json
import os
import random
import sys
import time
from collections import Counter

from support import crash_check, crash_graph_check
from support.at_rest import come_to_rest, graphs_at_rest, quiet_transcripts
from support.crash_graphs import GraphLoad, GraphRecord
from support.crash_load import Controls, Load, Record
from support.daemon import Daemon
from support.recorder import SocketFollower, StreamFollower
from support.work import JOB_EVENTS, said, sanitized

SLOTS = 4
WORKERS = 4
CLIENTS = 4
GRAPH_CLIENTS = 2
HIT_SHARE = 0.30
SHORTEST, LONGEST = (0.15, 0.60) if sanitized() else (0.05, 0.30)  # seconds that a life lasts after it is ready
SETTINGS = {
    "ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY": SLOTS,
    "ORCHESTRATOR_QUEUE_MAX_ATTEMPTS": 3,
    "JOB_WORKERS_MAX": WORKERS,
    "LANEKEEPER_DRAIN_MS": 20,
    "LANEKEEPER_SETTLE_MS": 2000,
    # Nothing is refused for want of room, and retention hides nothing from the checker.
    "ORCHESTRATOR_QUEUE_MAX_PER_PROJECT": 100000,
    "ORCHESTRATOR_QUEUE_MAX_GLOBAL": 100000,
    "ORCHESTRATOR_QUEUE_RETENTION_PER_PROJECT": 1000000,
    "LANEKEEPER_EVENT_RETENTION_COUNT": 10000000,
}


def prepare(daemon):
    """Projects with two chats each, in which something has been said already."""
    chats = []
    for name in ("amber", "birch", "cedar", "dune", "elm"):
        project = daemon.client.new_project(name)["projectId"]
        for _ in range(2):
            session = daemon.client.new_chat(project)["sessionId"]
            chats.append({"sessionId": session, "projectId": project})
            talk = [said(session, "opening", "q", "Please make the sum faster.", user=True),
                    said(session, "opening", "a", "I changed the loop. Shall I add a test?")]
            daemon.client.expect(202, "POST", f"/api/sessions/{session}/notifications", talk)
    return chats


def recovered_at_start(log):
    """How many jobs this life found running: what its log says before it listens."""
    count = 0
    for line in log.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry.get("event") == "listening":
            break
        count += entry.get("event") == "job" and entry.get("from") == "running"
    return count


class Cycles:
    """Lives and their ends."""

    def __init__(self, daemon, controls, followers, chance):
        self.daemon, self.controls, self.followers, self.chance = daemon, controls, followers, chance
        self.kills = self.hits = self.found_running = self.kills_at_start = self.stops = 0
        self.mark = 0

    def begin(self):
        self.daemon.start()
        for follower in self.followers:
            follower.up.set()
        self.controls.begin_life()

    def note_recovery(self):
        with open(self.daemon.log_path, errors="replace") as log:
            log.seek(self.mark)
            found = recovered_at_start(log.read())
        self.found_running += found
        self.hits += found > 0

    def rest(self):
        self.controls.end_life()
        for follower in self.followers:
            follower.up.clear()

    def kill(self):
        self.rest()
        self.daemon.kill()
        self.mark = os.path.getsize(self.daemon.log_path)
        self.kills += 1

    def stop(self):
        """A clean stop under load, among the kills: what it interrupts gets its attempt back."""
        self.rest()
        code = self.daemon.stop()
        if code != 0:
            raise AssertionError(f"a stop under load exited with {code}")
        self.stops += 1

    def die_while_starting(self):
        """A kill before anybody could be answered; what the last kill left running may be under recovery just then."""
        self.daemon.start(wait=False)
        time.sleep(self.chance.uniform(0.0, 0.05))
        self.daemon.kill()

    def run(self, count):
        while self.kills < count:
            time.sleep(self.chance.uniform(SHORTEST, LONGEST))
            if self.chance.random() < 0.1:
                self.stop()
                self.begin()
                continue
            self.kill()
            if self.chance.random() < 0.05:
                self.kills_at_start += 1
                self.die_while_starting()
            self.begin()
            self.note_recovery()


def explains_all(record):
    """A file change that came during a stop bears a mark, from which its job is made a little later."""
    def is_whole(jobs):
        explained = crash_check.explain_jobs(jobs)
        return all(item in explained for item in record.items)
    return is_whole


def hearing(*records):
    def heard(event):
        for record in records:
            record.heard(event)
    return heard


def whole_log(port, seq):
    """The event log from its beginning, as a newcomer hears it."""
    newcomer = SocketFollower(port)
    newcomer.start()
    if not newcomer.wait_for(seq, 120):
        newcomer.wrongs.append(f"a newcomer hears up to seq {newcomer.seq}, not {seq}")
    newcomer.end()
    return newcomer


def forced_at_stops(daemon):
    """Jobs that a stop gave up, and how often."""
    lines = (json.loads(line) for line in daemon.log().splitlines() if '"shutdown_timeout"' in line and line.startswith("{"))
    return Counter(line["jobId"] for line in lines if (line.get("from"), line.get("to")) == ("running", "queued"))


def check(daemon, record, graphs, chats, followers, whole):
    client = daemon.client
    of_graphs = graphs_at_rest(client, graphs, 120)
    jobs = come_to_rest(client, record, sorted({chat["projectId"] for chat in chats}), 120, explains_all(record))
    transcripts = quiet_transcripts(client, [chat["sessionId"] for chat in chats], 120)
    seq = max(follower.seq for follower in followers)
    wrongs = list(record.wrongs)
    for follower in followers:
        if not follower.wait_for(seq, 30):
            wrongs.append(f"{follower.__class__.__name__} heard up to {follower.seq}, not {seq}")
        follower.end()
    newcomers = [whole_log(daemon.port, seq)] if whole else []
    sockets, streams = followers[0].events, followers[1].events
    for follower in [*followers, *newcomers]:
        wrongs += [f"{follower.__class__.__name__}: {wrong}" for wrong in follower.wrongs]
    wrongs += crash_check.lost_jobs(record, jobs)
    wrongs += crash_check.twins(record, jobs)
    wrongs += crash_check.starts(sockets, jobs)
    wrongs += crash_check.one_at_a_time(sockets, SLOTS)
    wrongs += crash_check.ends(sockets, jobs)
    wrongs += crash_check.canceled_jobs(record, jobs)
    wrongs += crash_check.rows(record, jobs, transcripts)
    wrongs += crash_check.messages(record, transcripts)
    wrongs += crash_check.suggestions(sockets, jobs)
    wrongs += crash_graph_check.all_wrongs(graphs, of_graphs, sockets, WORKERS, forced_at_stops(daemon))
    wrongs += crash_check.logs("the WebSocket", sockets, "the event stream", streams)
    for newcomer in newcomers:
        wrongs += crash_check.logs("the WebSocket", sockets, "a newcomer", newcomer.events)
    return jobs, of_graphs, wrongs


def tell(jobs, of_graphs, record, cycles, events, seconds):
    by_type, by_state = {}, {}
    for job in jobs.values():
        by_type[job["type"]] = by_type.get(job["type"], 0) + 1
        by_state[job["state"]] = by_state.get(job["state"], 0) + 1
    errors = [job["error"] or "" for job in jobs.values()]
    job_events = sum(event["type"] in JOB_EVENTS for event in events)
    print(f"{cycles.kills} kills, {cycles.hits} of them ({100 * cycles.hits / max(1, cycles.kills):.0f} %) with a job running; "
          f"{cycles.found_running} runs were cut off, {cycles.kills_at_start} further kills during a start, {cycles.stops} clean stops")
    print(f"{len(jobs)} jobs {by_type}, {by_state}; {len(record.jobs)} acknowledged by id, {len(record.items)} file changes")
    print(f"{sum('recovery_max_attempts_exceeded' in e for e in errors)} ran out of attempts by kills, "
          f"{len(record.cancels)} cancels were acknowledged; {record.counts}")
    by_status = Counter(job["status"] + (" with another" if job["error"] and job["error"].startswith("dependency_") else "")
                        for job in of_graphs.values())
    print(f"{len(of_graphs)} jobs of graphs {dict(by_status)}, {sum(job['attempts'] for job in of_graphs.values())} attempts")
    states = [state for _, state in record.said.values()]
    print(f"{states.count('accepted')} messages and steers accepted, {states.count('refused')} refused, {states.count('unknown')} unknown")
    print(f"{len(events)} events, {job_events} of jobs; {seconds:.0f} s")


def main(store="sqlite", share=1.0):
    seed = int(os.environ.get("LANEKEEPER_SEED") or random.SystemRandom().randrange(1 << 32))
    kills = max(5, round(share * int(os.environ.get("LANEKEEPER_KILLS") or 200)))
    print(f"seed {seed}, {kills} kills, {store}", flush=True)
    began = time.monotonic()
    daemon = Daemon(env={**SETTINGS, "LANEKEEPER_STORE": store}, ready_timeout=120 if sanitized() else 30)
    record, graphs, controls = Record(), GraphRecord(), Controls()
    followers = [SocketFollower(daemon.port, hearing(record, graphs)), StreamFollower(daemon.port)]
    cycles = Cycles(daemon, controls, followers, random.Random(seed))
    try:
        daemon.start()
        chats = prepare(daemon)
        for follower in followers:
            follower.start()
        controls.begin_life()
        clients = [Load(n, daemon.port, chats, record, controls, random.Random(f"{seed}/{n}")) for n in range(CLIENTS)]
        clients += [GraphLoad(n, daemon.port, record, graphs, controls, random.Random(f"{seed}/graphs/{n}"))
                    for n in range(GRAPH_CLIENTS)]
        for client in clients:
            client.start()
        cycles.run(kills)
        controls.end()
        for client in clients:
            client.join(60)
        # The json driver keeps too few events for a newcomer to hear them all.
        jobs, of_graphs, wrongs = check(daemon, record, graphs, chats, followers, whole=store != "json")
        tell(jobs, of_graphs, record, cycles, followers[0].events, time.monotonic() - began)
        if cycles.hits < HIT_SHARE * cycles.kills:
            wrongs.append(f"only {cycles.hits} of {cycles.kills} kills hit a running job")
        if daemon.stop() != 0:
            wrongs.append("the clean stop at the end was none")
        if wrongs:
            print(f"--- daemon log ({daemon.log_path}) ---\n{daemon.log_tail()}\n---")
            print(f"seed {seed}: {len(wrongs)} wrongs")
            print("\n".join(wrongs[:50]))
            daemon.keep = True
        return 1 if wrongs else 0
    finally:
        daemon.close()


if __name__ == "__main__":
    sys.exit(main())
