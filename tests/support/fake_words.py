"""What the app server of tests/support/fake_app_server.py has to say: questions, threads of others, and long lines."""

import json
import os
import signal
import sys

QUESTIONS = {
    "item/commandExecution/requestApproval": {"itemId": "call-1", "command": "make harbour", "cwd": "/srv/harbour",
                                              "reason": "it writes outside of the folder"},
    "item/fileChange/requestApproval": {"itemId": "call-1"},
    "item/permissions/requestApproval": {"itemId": "call-1", "cwd": "/srv/harbour", "reason": "to fetch the tables",
                                         "permissions": {"network": {"enabled": True}, "fileSystem": None}},
    "item/tool/requestUserInput": {"itemId": "call-1", "isBlocking": True, "questions": [
        {"id": "berth", "header": "Berth", "question": "Which berth?", "isOther": True, "isSecret": False,
         "options": [{"label": "north", "description": "deep water"}, {"label": "south", "description": "near the town"}]}]},
    "item/tool/call": {"callId": "call-1", "namespace": None, "tool": "tide", "arguments": {"port": "north"}},
    "mcpServer/elicitation/request": {"serverName": "harbour", "mode": "form", "message": "Which berth?", "requestedSchema": {
        "type": "object", "properties": {"berth": {"type": "string"}}, "required": ["berth"]}},
}


def guest(number):
    return {"id": f"guest-{number}", "name": None, "preview": f"said to another program {number}", "cwd": "/elsewhere",
            "source": "cli", "originator": "another", "modelProvider": "some", "createdAt": 1700000000 + number,
            "updatedAt": 1700000000 + number, "path": "/elsewhere/sessions/rollout.jsonl"}


def long_line(start, end="\n"):
    """More than anybody listens to, in pieces."""
    piece = "so it goes " * 100_000
    sys.stdout.write(start)
    for _ in range(65):
        sys.stdout.write(piece)
    sys.stdout.write(end)
    sys.stdout.flush()


def be_wordy(thread, turn, text, once):
    """`once`: a file that is made when it ends itself."""
    about = json.dumps({"threadId": thread, "turnId": turn, "itemId": f"{turn}-a"})[:-1]
    start = f'{{"method":"item/agentMessage/delta","params":{about},"delta":"'
    if "at length" in text:
        long_line(start, '"}}\n')
    if "mid-sentence" in text and not os.path.exists(once):
        open(once, "w").close()
        long_line(start, "")
        signal.raise_signal(signal.SIGKILL)
