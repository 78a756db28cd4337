#!/usr/bin/env python3
"""Figures of the daemon in front of codex.

    LANEKEEPERD=build/release/daemon/lanekeeperd python3 tests/bench/codex_bench.py [overhead|concurrent|latency|memory …]

overhead    a trivial turn through the daemon against one on codex itself, alternately, in one run: p50 and their ratio
concurrent  trivial turns a second with so many chats at once, through the daemon and on codex itself
latency     from turn/completed on the pipe to its event on the WebSocket: p50, p99
memory      resident memory of the daemon with 500 chats that stream, to one client that hears all of them
"""

import itertools
import json
import os
import queue
import shutil
import stat
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "system"), os.path.join(HERE, "..", "support")]

from codex_home import make_codex_home  # noqa: E402
from mock_model import MockModel  # noqa: E402
from support.codex import find_codex  # noqa: E402
from support.daemon import Daemon  # noqa: E402
from support.ws import WebSocket  # noqa: E402


class Codex:
    """The app server without anybody in between."""

    def __init__(self, binary, home):
        env = {"PATH": os.environ["PATH"], "HOME": home, "CODEX_HOME": home}
        self.process = subprocess.Popen([binary, "app-server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env=env)
        self.ids, self.replies, self.lock = itertools.count(1), {}, threading.Lock()
        self.ended = {}  # thread → queue of turns that ended
        threading.Thread(target=self.read, daemon=True).start()
        self.call("initialize", clientInfo={"name": "bench", "title": "bench", "version": "1"})
        self.write({"method": "initialized"})

    def write(self, message):
        with self.lock:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()

    def read(self):
        for line in self.process.stdout:
            message = json.loads(line)
            if "method" not in message:
                self.replies.pop(message["id"]).put(message)
            elif message["method"] == "turn/completed":
                self.ended[message["params"]["threadId"]].put(message["params"]["turn"])

    def call(self, method, **params):
        number, box = next(self.ids), queue.Queue()
        self.replies[number] = box
        self.write({"id": number, "method": method, "params": params})
        return box.get(timeout=60)["result"]

    def chat(self):
        thread = self.call("thread/start", cwd=tempfile.gettempdir(), approvalPolicy="never", sandbox="read-only")["thread"]["id"]
        self.ended[thread] = queue.Queue()
        return thread

    def turn(self, thread, text):
        self.call("turn/start", threadId=thread, input=[{"type": "text", "text": text, "text_elements": []}])
        assert self.ended[thread].get(timeout=60)["status"] == "completed"

    def close(self):
        self.process.kill()
        self.process.wait()


class Through:
    """The same through the daemon: a message, and the event that its turn has ended."""

    def __init__(self, daemon):
        self.daemon, self.ended = daemon, {}
        self.socket = WebSocket(daemon.port, timeout=None)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            while True:
                message = self.socket.next()
                message["at_ns"] = time.monotonic_ns()
                if message["type"] == "notification" and message["payload"]["method"] == "turn/completed":
                    self.ended[message["threadId"]].put(message)
        except Exception:
            pass

    def chat(self):
        body = {"cwd": tempfile.gettempdir(), "approvalPolicy": "never", "filesystemSandbox": "read-only"}
        chat = self.daemon.client.expect(200, "POST", "/api/sessions", body)["session"]["sessionId"]
        self.ended[chat] = queue.Queue()
        self.socket.send({"type": "subscribe", "threadIds": list(self.ended)})
        return chat

    def turn(self, chat, text):
        self.daemon.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": text})
        self.ended[chat].get(timeout=60)


def median_ms(spans):
    return 1000 * statistics.median(spans)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def timed(side, chat, text):
    began = time.perf_counter()
    side.turn(chat, text)
    return time.perf_counter() - began


def overhead(direct, through, turns=200):
    chats = {direct: direct.chat(), through: through.chat()}
    spans = {direct: [], through: []}
    for n in range(turns + 10):
        for side in (direct, through) if n % 2 else (through, direct):
            span = timed(side, chats[side], f"trivial {n}")
            if n >= 10:  # the first ones warm up
                spans[side].append(span)
    a, b = median_ms(spans[direct]), median_ms(spans[through])
    print(f"overhead: codex itself p50 {a:.1f} ms, through the daemon p50 {b:.1f} ms: ratio {b / a:.2f}, {b - a:.1f} ms more "
          f"({turns} turns each, alternately)", flush=True)


def rate(side, at_once, seconds):
    chats = [side.chat() for _ in range(at_once)]
    over, counts, failures = time.monotonic() + seconds, [0] * at_once, []

    def work(place):
        try:
            while time.monotonic() < over:
                side.turn(chats[place], "trivial")
                counts[place] += 1
        except Exception as error:
            failures.append(repr(error))
    threads = [threading.Thread(target=work, args=(place,)) for place in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds, failures


def concurrent(direct, through, seconds=6):
    for at_once in (1, 8, 32, 64):
        (a, wrong), (b, wrong_too) = rate(direct, at_once, seconds), rate(through, at_once, seconds)
        print(f"concurrent: {at_once:3} chats at once: codex itself {a:.1f} turns/s, through the daemon {b:.1f} turns/s, "
              f"failed {len(wrong)} and {len(wrong_too)} {(wrong + wrong_too)[:2]}", flush=True)


class Figures:
    """A daemon whose codex is the app server of this folder."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="lanekeeper-bench-")
        self.stamps = os.path.join(self.folder, "stamps")
        launcher = os.path.join(self.folder, "codex")
        with open(launcher, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec python3 {os.path.join(HERE, "figures_app_server.py")} {self.stamps} "$@"\n')
        os.chmod(launcher, stat.S_IRWXU)
        self.daemon = Daemon(env={"LANEKEEPER_RUNTIME": "codex", "CODEX_BIN": launcher, "CODEX_HOME": self.folder}).start()
        return self

    def __exit__(self, *_):
        self.daemon.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def latency(turns=2000):
    with Figures() as figures:
        through = Through(figures.daemon)
        chat = through.chat()
        heard = {}
        for _ in range(turns):
            figures.daemon.client.expect(202, "POST", f"/api/sessions/{chat}/messages", {"text": "trivial"})
            message = through.ended[chat].get(timeout=30)
            heard[message["payload"]["params"]["turn"]["id"]] = message["at_ns"]
        with open(figures.stamps, encoding="utf-8") as file:
            said = dict(line.split() for line in file)
        spans = [(at - int(said[turn])) / 1e6 for turn, at in heard.items()]
        print(f"latency: turn/completed on the pipe to its event on the WebSocket, committed in between: "
              f"p50 {percentile(spans, 0.5):.2f} ms, p99 {percentile(spans, 0.99):.2f} ms ({len(spans)} turns)", flush=True)


def memory(chats=500, seconds=20):
    with Figures() as figures:
        daemon = figures.daemon
        before = daemon.rss_kib() / 1024
        socket = WebSocket(daemon.port, timeout=None)
        names = [daemon.client.expect(200, "POST", "/api/sessions", {})["session"]["sessionId"] for _ in range(chats)]
        socket.send({"type": "subscribe", "threadIds": names})
        idle = daemon.rss_kib() / 1024
        count = [0]

        def read():
            try:
                while True:
                    count[0] += socket.next()["type"] == "notification"
            except Exception:
                pass  # the daemon is gone
        threading.Thread(target=read, daemon=True).start()
        for name in names:
            daemon.client.expect(202, "POST", f"/api/sessions/{name}/messages", {"text": "stream"})
        time.sleep(2)
        seen, most = count[0], 0.0
        for _ in range(seconds):
            time.sleep(1)
            most = max(most, daemon.rss_kib() / 1024)
        print(f"memory: {before:.0f} MiB at start, {idle:.0f} MiB with {chats} idle chats, at most {most:.0f} MiB with {chats} that "
              f"stream ({(count[0] - seen) / seconds:.0f} events/s to one client)", flush=True)


def main():
    wanted = sys.argv[1:] or ["overhead", "concurrent", "latency", "memory"]
    if {"overhead", "concurrent"} & set(wanted):
        binary = find_codex()
        if binary is None:
            sys.exit("no codex: install it (tests/run does), or name it in CODEX_BIN")
        homes = [tempfile.mkdtemp(prefix="lanekeeper-bench-home-") for _ in range(2)]
        with MockModel() as model:
            for home in homes:
                make_codex_home(home, model.url)
            daemon = Daemon(env={"LANEKEEPER_RUNTIME": "codex", "CODEX_BIN": binary, "CODEX_HOME": homes[0]}).start()
            direct, through = Codex(binary, homes[1]), Through(daemon)
            if "overhead" in wanted:
                overhead(direct, through)
            if "concurrent" in wanted:
                concurrent(direct, through)
            direct.close()
            daemon.close()
        for home in homes:
            shutil.rmtree(home, ignore_errors=True)
    if "latency" in wanted:
        latency()
    if "memory" in wanted:
        memory()


if __name__ == "__main__":
    main()
