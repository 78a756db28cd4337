#!/usr/bin/env python3
"""An app server that does as it is told by its arguments: what a real one does rarely, and a test needs at once.

    mute             never answers the first hello        refuse        refuses it
    deaf=METHOD      never answers that call              dies=METHOD   ends itself when that call arrives
    overloaded=N     refuses the first N calls after the hello as overloaded
    garbage          a line that is no message before every answer; flood: thirty of them after the hello
    stubborn         ends neither at the end of its input nor by SIGTERM
    asks             asks for an approval in every turn, and ends the turn with the decision as its text
    slow             a turn starts 100 ms after it was accepted and runs until it is interrupted
    early            a turn's end is said before the answer to its start
    gone             knows no thread: nothing is loaded, nothing is on disk
    unloaded         knows threads once they are resumed
    past=STATUS      every turn that is asked for by name is in the list of turns, with this status
    noise            says something on stderr
"""

import json
import signal
import sys
import threading
import time

flags = dict(argument.partition("=")[::2] for argument in sys.argv[1:])
lock = threading.Lock()
threads, turns, live = set(), {}, {}
state = {"refused": 0, "interrupted": 0}


def tell(message):
    with lock:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def notify(method, **params):
    tell({"method": method, "params": params})


def refuse(call, text, code=-32600):
    tell({"id": call["id"], "error": {"code": code, "message": text}})


def answer(call, **result):
    if "garbage" in flags:
        with lock:
            sys.stdout.write("\x01 no message {\n")
    tell({"id": call["id"], "result": result})


def end_turn(thread, turn, status, text=""):
    live.pop(thread, None)
    items = [{"type": "agentMessage", "id": f"{turn}-a", "text": text}] if text else []
    turns.setdefault(thread, []).insert(0, {"id": turn, "status": status, "error": None, "items": items})
    for item in items:
        notify("item/completed", threadId=thread, turnId=turn, item=item)
    notify("turn/completed", threadId=thread, turn={"id": turn, "status": status, "error": None, "items": items})


def begin_slowly(thread, turn):
    time.sleep(0.1)
    if live.get(thread) == [turn, False]:
        live[thread] = [turn, True]
        notify("turn/started", threadId=thread, turn={"id": turn, "status": "inProgress"})


def start_turn(call, params):
    thread = params["threadId"]
    turn = f"turn-{sum(map(len, turns.values())) + len(live) + 1}"
    if "early" in flags:
        notify("turn/started", threadId=thread, turn={"id": turn, "status": "inProgress"})
        end_turn(thread, turn, "completed", "early")
        return answer(call, turn={"id": turn, "status": "inProgress"})
    answer(call, turn={"id": turn, "status": "inProgress"})
    live[thread] = [turn, False]
    if "slow" in flags:
        return threading.Thread(target=begin_slowly, args=(thread, turn), daemon=True).start()
    notify("turn/started", threadId=thread, turn={"id": turn, "status": "inProgress"})
    if "asks" in flags:
        live[thread] = [turn, True]
        return tell({"id": 1, "method": "item/fileChange/requestApproval", "params": {"threadId": thread, "turnId": turn}})
    end_turn(thread, turn, "completed", "echo: " + params["input"][0]["text"])


def interrupt(call, params):
    turn, started = live.get(params["threadId"], (None, False))
    if turn != params["turnId"] or not started:
        state["refused"] += 1
        return refuse(call, "no active turn to interrupt")
    answer(call)
    end_turn(params["threadId"], turn, "interrupted")


def list_turns(call, params):
    known = list(turns.get(params["threadId"], []))
    if "past" in flags:
        known.insert(0, {"id": "turn-1", "status": flags["past"], "error": None,
                         "items": [{"type": "agentMessage", "id": "m", "text": "from before"}]})
    answer(call, data=known, nextCursor=None)


def serve(call):
    method, params = call["method"], call.get("params", {})
    thread = params.get("threadId")
    if flags.get("deaf") == method or "mute" in flags:
        return
    if flags.get("dies") == method:
        sys.stdout.flush()
        signal.raise_signal(signal.SIGKILL)
    if method == "initialize":
        return refuse(call, "not today") if "refuse" in flags else answer(call, userAgent="fake/1")
    if state["refused"] < int(flags.get("overloaded", 0)):
        state["refused"] += 1
        return refuse(call, "Server overloaded; retry later.", -32001)
    if "gone" in flags and thread:
        loaded_only = method.startswith("turn/") or method == "thread/turns/list"
        return refuse(call, f"thread not found: {thread}" if loaded_only else f"no rollout found for thread id {thread}")
    if method == "thread/resume":
        threads.add(thread)
        return answer(call, thread={"id": thread})
    if "unloaded" in flags and thread and thread not in threads:
        return refuse(call, f"thread not found: {thread}")
    known = {"turn/start": start_turn, "turn/interrupt": interrupt, "thread/turns/list": list_turns}
    if method in known:
        return known[method](call, params)
    answer(call, thread={"id": "thread-1"}, data=[])


def main():
    if "noise" in flags:
        print("\x1b[31mERROR\x1b[0m something about it", file=sys.stderr, flush=True)
    if "stubborn" in flags:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for line in sys.stdin:
        message = json.loads(line)
        if "method" not in message:
            thread = next(iter(live))
            end_turn(thread, live[thread][0], "completed", message["result"]["decision"])
        elif "id" in message:
            serve(message)
        elif "flood" in flags:
            for _ in range(30):
                sys.stdout.write("no message\n")
            sys.stdout.flush()
    while "stubborn" in flags:
        time.sleep(1)


main()
