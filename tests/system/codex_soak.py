#!/usr/bin/env python3
"""A soak on the real codex: messages, suggestions, explanations, cancels, and SIGKILLs of codex for a few minutes; then the
crash checker's invariants over a record of its own: nothing lost, nothing twice, nothing stuck, and resident memory flat.

    LANEKEEPER_SOAK_S=150   seconds under load (under a sanitizer 30, or a share of it with LANEKEEPER_SEED_SHARE)
    LANEKEEPER_SEED=N       the seed of the load; printed
"""

import os
import random
import signal
import sys
import threading
import time
import unittest
from collections import Counter

from support import crash_check
from support.at_rest import come_to_rest, quiet_transcripts
from support.client import eventually
from support.codex import CodexTest, patch
from support.crash_load import Link, Lost, Record
from support.recorder import SocketFollower
from support.work import sanitized

PROJECTS, CHATS = 3, 2          # chats of each project
CODEX_LIFE = (4.0, 12.0)        # seconds between kills of codex
GROWTH_MIB = 24                 # of the daemon's memory, from the first third of the load to its end
SETTINGS = {
    "ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY": 4,
    "ORCHESTRATOR_QUEUE_MAX_ATTEMPTS": 3,
    "ORCHESTRATOR_QUEUE_MAX_PER_PROJECT": 10000,
    "ORCHESTRATOR_QUEUE_MAX_GLOBAL": 10000,
    "ORCHESTRATOR_QUEUE_RETENTION_PER_PROJECT": 100000,
    "LANEKEEPER_EVENT_RETENTION_COUNT": 10000000,
}


def span():
    share = float(os.environ.get("LANEKEEPER_SEED_SHARE") or 1)
    named = os.environ.get("LANEKEEPER_SOAK_S")
    return float(named) if named else max(15.0, share * (30.0 if sanitized() else 150.0))


class Person(threading.Thread):
    """One chat's user: says things, clicks, cancels, interrupts, and notes what was acknowledged."""

    def __init__(self, number, port, chat, project, record, over, chance):
        super().__init__(daemon=True)
        self.number, self.chat, self.project, self.record, self.over, self.chance = number, chat, project, record, over, chance
        self.link = Link(port)
        self.said = 0
        self.failure = None

    def run(self):
        steps = [self.say, self.say, self.say_later, self.click, self.click, self.cancel_something, self.interrupt, self.barrier]
        try:
            while not self.over.is_set():
                try:
                    self.chance.choice(steps)()
                except Lost:
                    self.record.count("lost replies")
                self.over.wait(self.chance.uniform(0.02, 0.4))
        except Exception as error:  # told at the end
            self.failure = error

    def expect(self, allowed, verb, path, body=None):
        status, reply = self.link.ask(verb, path, body)
        self.record.count(f"{verb} {path.split('/')[-1]} {status}")
        if status not in allowed:
            self.record.wrong(f"{verb} {path}: {status} {reply}")
        if status == 503 and not reply.get("retryAfterMs"):
            self.record.wrong(f"{verb} {path}: 503 without a hint: {reply}")
        return status, reply

    def words(self):
        self.said += 1
        kind = self.chance.choice(["tell me about it", "change the file", "think for long"])
        return f"{kind}, {self.number}.{self.said}"

    def message(self, when_busy):
        text = self.words()
        self.record.said[text] = (self.chat, "unknown")
        status, _ = self.expect((202, 409, 503), "POST", f"/api/sessions/{self.chat}/messages", {"text": text, "whenBusy": when_busy})
        self.record.said[text] = (self.chat, "accepted" if status == 202 else "refused")

    def say(self):
        self.message("reject")

    def say_later(self):
        self.message("queue")

    def click(self):
        status, reply = self.expect((202, 409), "POST", f"/api/sessions/{self.chat}/suggested-reply/jobs", {})
        if status == 202:
            self.record.acknowledge(reply["jobId"], kind="suggest_reply", requestKey=reply["requestKey"], owner=self.project)

    def barrier(self):
        marker = f"{self.number}/{self.said}/{self.chance.random()}"
        self.record.markers[marker] = "unknown"
        body = {"type": "noop", "projectId": self.project, "payload": {"sleepMs": 20, "result": {"marker": marker}}}
        status, reply = self.expect((202,), "POST", "/api/orchestrator/jobs", body)
        if status == 202:
            self.record.acknowledge(reply["jobId"], kind="noop", marker=marker, owner=self.project)

    def cancel_something(self):
        open_jobs = self.record.open_jobs()
        if not open_jobs:
            return
        job_id = self.chance.choice(open_jobs)
        status, reply = self.expect((200, 409), "POST", f"/api/orchestrator/jobs/{job_id}/cancel")
        if status == 200:
            with self.record.lock:
                self.record.cancels.setdefault(job_id, reply["job"])

    def interrupt(self):
        self.expect((200, 202, 409, 503), "POST", f"/api/sessions/{self.chat}/interrupt", {})


class Soak(CodexTest):
    env = SETTINGS

    def prepare(self):
        self.model.on("Explain the file changes", reply="It adds lines.")
        self.model.on("Suggest the next message", reply="Go on.")
        self.model.on("change the file", reply="changed", calls=[patch("notes.txt", content="a\nb")])
        self.slow = self.model.on("think for long", reply="thought").slow(0.3)
        chats = []
        for n in range(PROJECTS):
            project = self.client.new_project(f"soak {n}")["projectId"]
            chats += [(self.chat(project), project) for _ in range(CHATS)]
        for chat, _ in chats:
            self.ended(chat, self.send(chat, f"hello {chat}")["turnId"])
        return chats

    def under_load(self, seconds, chance, memory):
        """Kills codex again and again; every so often something slow is met in the middle."""
        ends = time.monotonic() + seconds
        kills = 0
        while time.monotonic() < ends:
            time.sleep(min(chance.uniform(*CODEX_LIFE), max(0.1, ends - time.monotonic())))
            memory.append(self.daemon.rss_kib())
            pid = self.codex_pid()
            if pid:
                try:
                    os.kill(pid, signal.SIGKILL)
                    kills += 1
                except ProcessLookupError:
                    pass
        return kills

    def explanations(self, transcripts):
        """Every file change that codex made has exactly one explanation, right behind it, and closed."""
        wrongs, changes = [], 0
        for chat, rows in transcripts.items():
            for place, row in enumerate(rows):
                if row["type"] != "fileChange" or row["status"] != "complete":
                    continue
                changes += 1
                after = rows[place + 1] if place + 1 < len(rows) else {"type": "nothing", "status": ""}
                if after["type"] != "fileChange.explainability" or after["status"] == "streaming":
                    wrongs.append(f"{chat}: behind the change {row['messageId']} stands {after['type']} {after['status']}")
        return wrongs, changes

    def test_nothing_is_lost_nothing_is_twice_nothing_is_stuck_and_memory_is_flat(self):
        seed = int(os.environ.get("LANEKEEPER_SEED") or random.SystemRandom().randrange(1 << 32))
        seconds = span()
        print(f"seed {seed}, {seconds:.0f} s", flush=True)
        record, over, memory = Record(), threading.Event(), []
        chats = self.prepare()
        projects = sorted({project for _, project in chats})
        follower = SocketFollower(self.daemon.port, record.heard)
        follower.start()
        people = [Person(n, self.daemon.port, chat, project, record, over, random.Random(f"{seed}/{n}"))
                  for n, (chat, project) in enumerate(chats)]
        for person in people:
            person.start()
        kills = self.under_load(seconds, random.Random(seed), memory)
        over.set()
        for person in people:
            person.join(60)
        eventually(lambda: self.health()["status"] == "ok", 60.0, "codex does not come back")
        jobs = come_to_rest(self.client, record, projects, 180.0)
        transcripts = quiet_transcripts(self.client, [chat for chat, _ in chats], 120.0)
        eventually(lambda: not record.open_jobs(), 30.0, "the log does not tell of every end")
        follower.end()
        wrongs = record.wrongs + follower.wrongs + [repr(person.failure) for person in people if person.failure]
        wrongs += crash_check.lost_jobs(record, jobs)
        wrongs += crash_check.twins(record, jobs)
        wrongs += crash_check.one_at_a_time(follower.events, SETTINGS["ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY"])
        wrongs += crash_check.ends(follower.events, jobs)
        wrongs += crash_check.canceled_jobs(record, jobs)
        wrongs += crash_check.messages(record, transcripts)
        wrongs += crash_check.suggestions(follower.events, jobs)
        lost_rows, changes = self.explanations(transcripts)
        wrongs += lost_rows
        wrongs += [f"{chat}: row {row['messageId']} is open" for chat, rows in transcripts.items() for row in rows
                   if row["status"] == "streaming"]
        third = max(1, len(memory) // 3)
        grown = (self.daemon.rss_kib() - max(memory[:third])) / 1024
        if grown > GROWTH_MIB and not sanitized():
            wrongs.append(f"the daemon's memory grew by {grown:.0f} MiB: {[kib // 1024 for kib in memory]}")
        for chat, _ in chats:  # and every chat goes on
            self.assertEqual(self.ended(chat, self.send(chat, f"still well? {chat}")["turnId"]), "completed")
        states = Counter((job["type"], job["state"]) for job in jobs.values())
        said = Counter(state for _, state in record.said.values())
        print(f"{kills} kills of codex, {len(jobs)} jobs {dict(states)}, messages {dict(said)}, {changes} file changes, "
              f"{len(follower.events)} events, memory {memory[0] // 1024} to {self.daemon.rss_kib() // 1024} MiB")
        print(dict(record.counts))
        if wrongs:
            self.daemon.keep = True
            print(f"--- daemon log: {self.daemon.log_path}", file=sys.stderr)
        self.assertEqual(wrongs[:20], [], f"seed {seed}: {len(wrongs)} wrongs")
        self.assertGreaterEqual(kills, min(3, int(seconds / CODEX_LIFE[1])))


if __name__ == "__main__":
    unittest.main()
