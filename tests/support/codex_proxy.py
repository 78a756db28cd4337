#!/usr/bin/env python3
"""Stands between the daemon and a real codex, and holds a line back until a test lets it go on.

    codex_proxy.py CODEX GATES app-server

GATES is a folder of empty files, one a rule; METHOD has "." for "/", e.g. turn.start:

    ask.METHOD     a call of the daemon waits                       (whatever it says after it, too)
    park.METHOD    such a call waits, and what is said after it overtakes it
    answer.METHOD  the answer to a call waits                       (whatever codex says after it, too)
    say.METHOD     a notification waits                             (the same)
    drop.METHOD    a notification is lost, as long as the file is there
    grant.METHOD   the next call is answered with what is in the file, or {}, and never reaches codex; the file is removed

A line that waits leaves a file of the rule's name with ".held" behind it, which has the line, and goes on when the rule is
removed.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time

codex, gates, *arguments = sys.argv[1:]
child = subprocess.Popen([codex, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
asked = {}  # id of a call → its method
entrance, output = threading.Lock(), threading.Lock()


def rule(kind, method):
    return os.path.join(gates, f"{kind}.{method.replace('/', '.')}")


def wait_at(path, line):
    if not os.path.exists(path):
        return
    with open(path + ".line", "wb") as file:
        file.write(line)
    os.rename(path + ".line", path + ".held")
    while os.path.exists(path):
        time.sleep(0.005)


def taken(path):
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        os.remove(path)
        return json.loads(text or "{}")
    except FileNotFoundError:
        return None


def tell(line):
    with output:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


def pass_on(line):
    with entrance:
        child.stdin.write(line)
        child.stdin.flush()


def pass_on_later(line, path):
    wait_at(path, line)
    pass_on(line)


def to_codex():
    for line in sys.stdin.buffer:
        message = json.loads(line)
        method, call = message.get("method"), message.get("id")
        if method and call is not None:
            asked[call] = method
            wait_at(rule("ask", method), line)
            granted = taken(rule("grant", method))
            if granted is not None:
                tell(json.dumps({"id": call, "result": granted}).encode() + b"\n")
                continue
            if os.path.exists(rule("park", method)):
                threading.Thread(target=pass_on_later, args=(line, rule("park", method)), daemon=True).start()
                continue
        pass_on(line)
    child.stdin.close()


def to_daemon():
    for line in child.stdout:
        message = json.loads(line)
        method = message.get("method")
        if method is None:
            wait_at(rule("answer", asked.pop(message.get("id"), "")), line)
        elif "id" not in message:
            if os.path.exists(rule("drop", method)):
                continue
            wait_at(rule("say", method), line)
        tell(line)


def end(*_):
    child.kill()
    os._exit(0)


signal.signal(signal.SIGTERM, end)
threading.Thread(target=to_codex, daemon=True).start()
try:
    to_daemon()
except OSError:
    pass
child.kill()
os._exit(child.wait() & 0xFF)
