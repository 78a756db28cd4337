#!/usr/bin/env python3
"""An app server that does as it is told by its arguments: what a real one does rarely, and a test needs at once.

    mute             never answers the first hello        refuse        refuses it
    deaf=METHOD      never answers that call              dies=METHOD   ends itself when that call arrives
    hangs=METHOD     does nothing at all for half a second when that is called for the first time; joins: a turn that is
                     asked for while another goes on joins that one
    unsaid           does not say that a slow turn has started; stirs: says something of it
    overloaded=N     refuses the first N calls after the hello as overloaded
    garbage          a line that is no message before every answer; flood: thirty of them after the hello
    stubborn         ends neither at the end of its input nor by SIGTERM; noise: says something on stderr
    asks             asks in every turn, and ends the turn with the answer as its text: for the method that the message
                     names, else whether files may be changed
    silent           does not say that a question is settled when its turn was interrupted
    guests=N         knows N threads of another program, and lists each twice; loaded=N: knows N more that are in no list
    slow             a turn starts 100 ms after it was accepted and runs until it is interrupted
    unanswered       a turn is started, and whoever asked for it gets no answer
    unended          does not say that the first turn has ended, before config/mcpServer/reload is called
    early            a turn's end is said before the answer to its start
    gone             knows no thread: nothing is loaded, nothing is on disk
    unloaded         knows threads once they are resumed
    past=STATUS      every turn that is asked for by name is in the list of turns, with this status
    unknown=METHOD   does not know that method
    refuses=FILE     refuses the methods in that file, which may change: {method: [code, text]}
    calls=FILE       writes the method of every call down there, a line each
    wordy=METHOD     answers that with a line of more than 64 MiB; and to a message that says "at length" it says one
                     before the turn's end, over one that says "mid-sentence" it ends itself within such a line, once
    (a thread that was unsubscribed from is not spoken of until it is resumed)
    memory=FILE      writes turns and their messages down where the next one reads them; says messages as items
    dies-over=TEXT   ends itself over the first message that says so, once it is written down; unwritten: before that
"""

import json
import os
import signal
import sys
import threading
import time

from fake_words import QUESTIONS, be_wordy, guest, long_line

flags = dict(argument.partition("=")[::2] for argument in sys.argv[1:])
lock = threading.Lock()
threads, turns, live, asked, unheard, roots = set(), {}, {}, {}, set(), {}
state = {"refused": 0, "interrupted": 0, "threads": 0, "questions": 0, "reviews": 0}


def tell(message):
    with lock:
        print(json.dumps(message), flush=True)


def notify(method, **params):
    if params.get("threadId") in unheard:
        return
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
    end = {"threadId": thread, "turn": {"id": turn, "status": status, "error": None, "items": items}}
    if "unended" not in flags or state.setdefault("unsaid", end) is not end:
        notify("turn/completed", **end)


def ask(thread, turn, text):
    method = next((known for known in QUESTIONS if known in text), "item/fileChange/requestApproval")
    asked[state["questions"]] = thread
    tell({"id": state["questions"], "method": method, "params": {"threadId": thread, "turnId": turn, **QUESTIONS[method]}})
    state["questions"] += 1


def answered(message):
    thread = asked.pop(message["id"], None)
    if thread in live:
        result = message.get("result", {"refused": message.get("error")})
        end_turn(thread, live[thread][0], "completed", result.get("decision") or json.dumps(result, sort_keys=True))


def forget_questions(thread):
    for request in [request for request, about in asked.items() if about == thread]:
        del asked[request]
        if "silent" not in flags:
            notify("serverRequest/resolved", threadId=thread, requestId=request)


def guests(more=0):
    return int(flags.get("guests", 0)) + more * int(flags.get("loaded", 0))


def list_threads(call, params):
    known = [] if params.get("archived") else [guest(number) for number in range(guests())]
    known = sorted(known + known, key=lambda thread: -thread["createdAt"])
    first = int(params.get("cursor") or 0)
    after = first + params.get("limit", 25)
    answer(call, data=known[first:after], nextCursor=str(after) if after < len(known) else None)


def list_loaded(call, _):
    answer(call, data=[f"guest-{number}" for number in range(guests(more=1))], nextCursor=None)


def new_thread(call, _):
    state["threads"] += 1
    answer(call, thread={"id": f"thread-{state['threads']}"})


def read_thread(call, params):
    number = params["threadId"].removeprefix("guest-")
    if not number.isdigit() or int(number) >= guests(more=1):
        return refuse(call, f"no rollout found for thread id {params['threadId']}")
    answer(call, thread=guest(int(number)))


def begin_slowly(thread, turn):
    time.sleep(0.1)
    if live.get(thread) == [turn, False]:
        live[thread] = [turn, True]
        if "unsaid" not in flags:
            notify("turn/started", threadId=thread, turn={"id": turn, "status": "inProgress"})
        if "stirs" in flags:
            notify("item/started", threadId=thread, turnId=turn, item={"type": "reasoning", "id": f"{turn}-r"})


def remembered(thread):
    if not os.path.exists(flags.get("memory", "")):
        return []
    with open(flags["memory"]) as file:
        return [turn for turn in map(json.loads, file) if turn["thread"] == thread][::-1]


def write_down(thread, turn, params):
    """The turn as it will be found if nothing more is heard of it. Ends the process over the message that it has to."""
    text = params["input"][0]["text"]
    item = {"type": "userMessage", "id": f"{turn}-u", "clientId": params.get("clientUserMessageId"), "content": params["input"]}
    once = flags["memory"] + ".died"
    dies = flags.get("dies-over", "\0") in text and not os.path.exists(once)
    if not dies or "unwritten" not in flags:
        with open(flags["memory"], "a") as file:
            file.write(json.dumps({"thread": thread, "id": turn, "status": "interrupted", "error": None, "items": [item]}) + "\n")
    if dies:
        open(once, "w").close()
        signal.raise_signal(signal.SIGKILL)
    return item


def start_turn(call, params):
    thread = params["threadId"]
    turn = f"turn-{sum(map(len, turns.values())) + len(live) + 1}"
    if "memory" in flags:
        turn = f"{turn}-{os.getpid()}"
        item = write_down(thread, turn, params)
        if "wordy" not in flags:  # before the answer: its turn is known though its start is not
            notify("item/completed", threadId=thread, turnId=turn, item=item)
    if "joins" in flags and thread in live:
        return answer(call, turn={"id": live[thread][0], "status": "inProgress"})
    if "early" in flags:
        notify("turn/started", threadId=thread, turn={"id": turn, "status": "inProgress"})
        end_turn(thread, turn, "completed", "early")
        return answer(call, turn={"id": turn, "status": "inProgress"})
    if "unanswered" not in flags:
        answer(call, turn={"id": turn, "status": "inProgress"})
    live[thread] = [turn, False]
    if "slow" in flags:
        return threading.Thread(target=begin_slowly, args=(thread, turn), daemon=True).start()
    notify("turn/started", threadId=thread, turn={"id": turn, "status": "inProgress"})
    if "asks" in flags:
        live[thread] = [turn, True]
        said = {"type": "userMessage", "id": f"{turn}-u", "clientId": params.get("clientUserMessageId"),
                "content": params["input"]}
        notify("item/completed", threadId=thread, turnId=turn, item=said)
        return ask(thread, turn, params["input"][0]["text"])
    if "wordy" in flags:
        notify("item/completed", threadId=thread, turnId=turn, item=item)
        with lock:
            be_wordy(thread, turn, params["input"][0]["text"], flags["calls"] + ".died")
    end_turn(thread, turn, "completed", "echo: " + params["input"][0]["text"])


def start_review(call, params):
    """As the real one: it starts as the turn inside, is interrupted as that, and ends as the one that was asked for."""
    thread = params["threadId"]
    state["reviews"] += 1
    turn, inner = f"review-{state['reviews']}", f"inside-{state['reviews']}"
    live[thread] = [inner, True]
    roots[inner] = turn
    answer(call, turn={"id": turn, "status": "inProgress"}, reviewThreadId=thread)
    notify("turn/started", threadId=thread, turn={"id": inner, "rootTurnId": turn, "status": "inProgress"})


def interrupt(call, params):
    turn, started = live.get(params["threadId"], (None, False))
    if turn != params["turnId"] or not started:
        state["refused"] += 1
        return refuse(call, "no active turn to interrupt")
    answer(call)
    end_turn(params["threadId"], roots.get(turn, turn), "interrupted")
    forget_questions(params["threadId"])


def list_turns(call, params):
    known = remembered(params["threadId"]) or list(turns.get(params["threadId"], []))
    if "past" in flags:
        known.insert(0, {"id": "turn-1", "status": flags["past"], "error": None,
                         "items": [{"type": "agentMessage", "id": "m", "text": "from before"}]})
    answer(call, data=known, nextCursor=None)


def is_wrong(params):
    """A number where there is none: a probe, which changes nothing."""
    return any(value == 0 and not isinstance(value, bool) for value in params.values())


def serve(call):
    method, params = call["method"], call.get("params", {})
    thread = params.get("threadId")
    if "calls" in flags:
        with open(flags["calls"], "a", encoding="utf-8") as file:
            file.write(method + "\n")
    if "refuses" in flags and not is_wrong(params):
        with open(flags["refuses"], encoding="utf-8") as file:
            refused = json.load(file).get(method)
        if refused:
            return refuse(call, refused[1], refused[0])
    if flags.get("unknown") == method:
        return refuse(call, f"Invalid request: unknown variant `{method}`, expected one of `initialize`, `thread/start`")
    if is_wrong(params):
        return refuse(call, "Invalid request: invalid type: integer `0`, expected a string")
    if flags.get("deaf") == method or "mute" in flags:
        return
    if flags.get("hangs") == method and "hung" not in state:
        state["hung"] = True
        time.sleep(0.5)
    if flags.get("wordy") == method:
        with lock:
            return long_line(f'{{"id":{call["id"]},"result":{{"data":["', '"]}}\n')
    if flags.get("dies") == method:
        signal.raise_signal(signal.SIGKILL)
    if method == "initialize":
        return refuse(call, "not today") if "refuse" in flags else answer(call, userAgent="fake/1")
    if state["refused"] < int(flags.get("overloaded", 0)):
        state["refused"] += 1
        return refuse(call, "Server overloaded; retry later.", -32001)
    if method == "config/mcpServer/reload" and "unsaid" in state:
        notify("turn/completed", **state["unsaid"])
    if "gone" in flags and thread:
        loaded_only = method.startswith("turn/") or method == "thread/turns/list"
        return refuse(call, f"thread not found: {thread}" if loaded_only else f"no rollout found for thread id {thread}")
    if method == "thread/unsubscribe":
        unheard.add(thread)
        return answer(call, status="unsubscribed")
    if method == "thread/resume":
        threads.add(thread)
        unheard.discard(thread)
        return answer(call, thread={"id": thread})
    if "unloaded" in flags and thread and thread not in threads:
        return refuse(call, f"thread not found: {thread}")
    known = {"turn/start": start_turn, "review/start": start_review, "turn/interrupt": interrupt,
             "thread/turns/list": list_turns, "thread/list": list_threads, "thread/loaded/list": list_loaded,
             "thread/read": read_thread, "thread/start": new_thread, "thread/fork": new_thread}
    if method in known:
        return known[method](call, params)
    answer(call, thread={"id": thread or "thread-1"}, data=[])


def main():
    if "noise" in flags:
        print("\x1b[31mERROR\x1b[0m something about it", file=sys.stderr, flush=True)
    if "stubborn" in flags:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for line in sys.stdin:
        message = json.loads(line)
        if "method" not in message:
            answered(message)
        elif "id" in message:
            serve(message)
        elif "flood" in flags:
            for _ in range(30):
                sys.stdout.write("no message\n")
            sys.stdout.flush()
    while "stubborn" in flags:
        time.sleep(1)


main()
