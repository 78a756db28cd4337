#!/usr/bin/env python3
"""An app server for figures: turns that stream until they are interrupted, and turns that end at once and say when.

    figures_app_server.py STAMPS app-server

A text that begins with "stream" is answered with a delta of 40 characters every 200 ms; any other is answered at once, and
"<turn id> <CLOCK_MONOTONIC in ns>" is added to the file STAMPS right before turn/completed is written.
"""

import itertools
import json
import sys
import threading
import time

STAMPS = open(sys.argv[1], "a", buffering=1, encoding="utf-8")
out = threading.Lock()
numbers = itertools.count(1)
streaming = {}  # thread → turn


def tell(*messages):
    data = "".join(json.dumps(message) + "\n" for message in messages)
    with out:
        sys.stdout.write(data)
        sys.stdout.flush()


def said(method, thread, **params):
    return {"method": method, "params": {"threadId": thread, **params}}


def item(turn, kind, **members):
    return {"type": kind, "id": f"{turn}-{kind}", **members}


def start_turn(call, params):
    thread, turn = params["threadId"], f"turn-{next(numbers)}"
    text = params["input"][0]["text"]
    user = item(turn, "userMessage", clientId=params.get("clientUserMessageId"), content=[{"type": "text", "text": text}])
    tell({"id": call, "result": {"turn": {"id": turn, "status": "inProgress"}}},
         said("turn/started", thread, turn={"id": turn, "status": "inProgress"}),
         said("item/completed", thread, turnId=turn, item=user))
    if text.startswith("stream"):
        tell(said("item/started", thread, turnId=turn, item=item(turn, "agentMessage", text="")))
        streaming[thread] = turn
        return
    answer = item(turn, "agentMessage", text="ok")
    tell(said("item/completed", thread, turnId=turn, item=answer))
    with out:
        STAMPS.write(f"{turn} {time.monotonic_ns()}\n")
        end = {"id": turn, "status": "completed", "error": None, "items": [answer]}
        sys.stdout.write(json.dumps(said("turn/completed", thread, turn=end)) + "\n")
        sys.stdout.flush()


def stream():
    while True:
        time.sleep(0.2)
        for thread, turn in list(streaming.items()):
            tell(said("item/agentMessage/delta", thread, turnId=turn, itemId=f"{turn}-agentMessage", delta="forty characters of a stream that goes on"))


def main():
    threading.Thread(target=stream, daemon=True).start()
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message or "method" not in message:
            continue
        call, method, params = message["id"], message["method"], message.get("params", {})
        needed = {"turn/start": "input", "turn/interrupt": "turnId"}.get(method)
        if needed and needed not in params:  # asked only whether it is known
            tell({"id": call, "error": {"code": -32600, "message": f"Invalid request: missing field `{needed}`"}})
            continue
        if method == "turn/start":
            start_turn(call, params)
            continue
        if method == "turn/interrupt":
            turn = streaming.pop(params["threadId"], params["turnId"])
            tell({"id": call, "result": {}},
                 said("turn/completed", params["threadId"], turn={"id": turn, "status": "interrupted", "error": None, "items": []}))
            continue
        tell({"id": call, "result": {"thread": {"id": f"thread-{next(numbers)}"}, "data": [], "userAgent": "figures/1"}})


main()
