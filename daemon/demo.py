#!/usr/bin/env python3
"""The main job on real input: feeds the file changes of a git repository's last commits to a running lanekeeperd, asks
for a suggested reply while the lane explains them, and prints what happens.

    python3 daemon/demo.py --url http://127.0.0.1:3001 --repo .

Standard library only; the requests it makes are the ones the README shows with curl.
"""
import argparse
import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

COMMITS = 4
FILES_PER_COMMIT = 6
MAX_TEXT = 400_000
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


class Api:
    def __init__(self, url):
        self.url = url.rstrip("/")
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on this machine

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with self.opener.open(request, timeout=30) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}")


class Stream:
    """A WebSocket that only listens: just enough of RFC 6455 for that."""

    def __init__(self, url, path):
        target = urllib.parse.urlparse(url)
        self.socket = socket.create_connection((target.hostname, target.port or 80))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: {target.netloc}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                             "Sec-WebSocket-Version: 13\r\n\r\n").encode())
        self.file = self.socket.makefile("rb")
        if b" 101 " not in self.file.readline():
            sys.exit("the WebSocket was refused")
        while self.file.readline() not in (b"\r\n", b""):
            pass

    def messages(self):
        while True:
            head = self.file.read(2)
            if len(head) < 2:
                return
            size = head[1] & 0x7F
            if size == 126:
                size = int.from_bytes(self.file.read(2), "big")
            elif size == 127:
                size = int.from_bytes(self.file.read(8), "big")
            data = self.file.read(size)
            kind = head[0] & 0x0F
            if kind == 1:
                yield json.loads(data)
            elif kind == 9:
                self.pong(data)
            elif kind == 8:
                return

    def pong(self, data):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self.socket.sendall(bytes([0x8A, 0x80 | len(data)]) + mask + masked)


def git(repo, *words):
    done = subprocess.run(["git", "-C", repo, *words], capture_output=True)
    if done.returncode != 0:
        sys.exit(f"git {' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode(errors="replace")


def parent_of(repo, commit):
    parents = git(repo, "rev-list", "--parents", "-n", "1", commit).split()[1:]
    return parents[0] if parents else EMPTY_TREE


def changed_files(repo, before, after):
    """(status letter, path, new path when renamed) of each file."""
    fields = git(repo, "diff", "--name-status", "-M", "-z", before, after).split("\0")
    while fields and fields[0]:
        status = fields.pop(0)
        path = fields.pop(0)
        yield status[0], path, fields.pop(0) if status[0] in "RC" else None


def as_change(repo, before, after, status, path, moved):
    """A change in the runtime's own shape: the text of added and deleted files, the hunks of others."""
    if status == "A":
        return {"path": path, "kind": {"type": "add"}, "diff": git(repo, "show", f"{after}:{path}")}
    if status == "D":
        return {"path": path, "kind": {"type": "delete"}, "diff": git(repo, "show", f"{before}:{path}")}
    paths = [path] + ([moved] if moved else [])
    text = git(repo, "diff", "-M", before, after, "--", *paths)
    start = text.find("\n@@")
    return {"path": path, "kind": {"type": "update", "move_path": moved}, "diff": text[start + 1:] if start >= 0 else ""}


def commits_of(repo, commits, files):
    """The last commits, oldest first: subject and changes."""
    for commit in reversed(git(repo, "rev-list", "--no-merges", "-n", str(commits), "HEAD").split()):
        before = parent_of(repo, commit)
        changes = [as_change(repo, before, commit, *file)
                   for file in list(changed_files(repo, before, commit))[:files]]
        changes = [change for change in changes if change["diff"].strip() and len(change["diff"]) < MAX_TEXT]
        yield commit[:10], git(repo, "show", "-s", "--format=%s", commit).strip(), changes


def notices_of(thread, commit, subject, changes):
    turn = f"turn-{commit}"
    said = {"id": f"said-{commit}", "type": "userMessage", "content": [{"type": "text", "text": subject}]}
    items = [said] + [{"id": f"change-{commit}-{i}", "type": "fileChange", "status": "completed", "changes": [change]}
                      for i, change in enumerate(changes)]
    answer = {"id": f"done-{commit}", "type": "agentMessage", "text": f"Committed {commit}: {subject}"}
    yield {"method": "turn/started", "params": {"threadId": thread, "turn": {"id": turn}}}
    for item in items + [answer]:
        yield {"method": "item/completed", "params": {"threadId": thread, "turnId": turn, "item": item}}
    yield {"method": "turn/completed", "params": {"threadId": thread, "turn": {"id": turn, "status": "completed"}}}


def tell(message):
    payload = message.get("payload") or {}
    kind = message["type"]
    seq = message.get("seq")
    if kind.startswith("orchestrator_job_"):
        words = f"{payload['jobType']} {payload['jobId']} run {payload['run']}"
    elif kind == "transcript_updated" and "explain" in payload.get("type", ""):
        words = f"{payload['messageId'][-24:]} {payload['entry']['status']}: {payload['entry']['content'][:40]!r}"
    elif kind in ("ready", "suggested_request_updated"):
        words = json.dumps(payload or {"seq": seq})[:120]
    else:
        return
    print(f"  {'' if seq is None else seq:>6}  {kind:<32} {words}", flush=True)


def listen(stream):
    for message in stream.messages():
        tell(message)


def show_transcript(api, session):
    print("\nThe transcript, each explanation right after its file change:\n")
    for entry in api.call("GET", f"/api/sessions/{session}")["transcript"]:
        print(f"--- {entry['role']} {entry['type']} [{entry['status']}]")
        text = entry["content"].strip()
        if entry["type"] == "fileChange":
            details = json.loads(entry.get("details") or "{}")
            text = ", ".join(change["path"] for change in details.get("changes", [])) or text[:200]
        print("    " + text[:1600].replace("\n", "\n    "))


def meet_runtime(api):
    """Says who runs the turns; returns whether each of them is the user's own, with an account behind it."""
    health = api.call("GET", "/api/health")
    adapter = health["runtime"]["adapter"]
    print(f"runtime: {adapter}")
    if adapter != "codex":
        return False
    print("Each explanation is a turn of your codex account: the demonstration shows few.")
    if health["auth"]["likelyUnauthenticated"]:
        print("It looks as if codex were not logged in (`codex login`): its turns may fail.")
    return True


def tell_failures(jobs):
    for job in jobs:
        if job["state"] != "completed":
            print(f"  {job['type']} {job['id']} {job['state']}: {job['error']}")
    print("codex could not do all of it. The daemon is well, and goes on; `LANEKEEPER_RUNTIME=builtin` shows all without "
          "an account.")


def wait_for_jobs(api, project, seconds=300):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        jobs = api.call("GET", f"/api/projects/{project}/orchestrator/jobs?limit=200")["data"]
        if jobs and all(job["state"] in ("completed", "failed", "canceled") for job in jobs):
            return jobs
        time.sleep(0.2)
    sys.exit("the jobs did not end in time")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:3001")
    parser.add_argument("--repo", default=".")
    options = parser.parse_args()
    api = Api(options.url)
    paid = meet_runtime(api)
    few = (1, 2) if paid else (COMMITS, FILES_PER_COMMIT)
    history = [commit for commit in commits_of(options.repo, *few) if commit[2]]
    if not history:
        sys.exit(f"{options.repo} has no commit with a change to explain")

    name = f"{os.path.basename(os.path.abspath(options.repo))[:80]} {time.strftime('%Y-%m-%d %H:%M:%S')}"
    project = api.call("POST", "/api/projects", {"name": name})["project"]["projectId"]
    session = api.call("POST", "/api/sessions", {"projectId": project})["session"]["sessionId"]
    print(f"project {project}, chat {session}\n\nEvents, as they arrive on the WebSocket:")
    stream = Stream(options.url, f"/api/stream?threadId={urllib.parse.quote(session)}")
    threading.Thread(target=listen, args=(stream,), daemon=True).start()

    notices = [notice for commit in history for notice in notices_of(session, *commit)]
    api.call("POST", f"/api/sessions/{session}/notifications", notices)
    first = api.call("POST", f"/api/sessions/{session}/suggested-reply/jobs", {})
    second = api.call("POST", f"/api/sessions/{session}/suggested-reply/jobs", {})
    jobs = wait_for_jobs(api, project)
    time.sleep(0.3)  # let the last events be printed

    print(f"\nAsked twice for a suggested reply: {first['dedupe']}, then {second['dedupe']}; "
          f"{'one job' if first['jobId'] == second['jobId'] else 'TWO JOBS'}: {first['jobId']}")
    show_transcript(api, session)
    reply = next(job for job in jobs if job["id"] == first["jobId"])
    print(f"\nSuggested reply: {(reply['result'] or {}).get('suggestion')}")
    ended = [job["state"] for job in jobs]
    print(f"\n{len(jobs)} jobs: " + ", ".join(f"{ended.count(state)} {state}" for state in sorted(set(ended))))
    changes = sum(len(commit[2]) for commit in history)
    if paid and set(ended) != {"completed"}:
        return tell_failures(jobs)
    if set(ended) != {"completed"} or len(jobs) != changes + 1 or first["jobId"] != second["jobId"]:
        sys.exit("not what was promised")


if __name__ == "__main__":
    main()
