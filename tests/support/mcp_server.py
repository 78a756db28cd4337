#!/usr/bin/env python3
"""A tool server for codex, over stdio: its one tool, `moor`, asks the person a question and gives the answer back."""

import json
import sys

QUESTION = {"message": "Which berth?", "requestedSchema": {
    "type": "object", "properties": {"berth": {"type": "string"}}, "required": ["berth"]}}
TOOL = {"name": "moor", "description": "moors a boat", "inputSchema": {"type": "object", "properties": {}},
        "annotations": {"readOnlyHint": True}}


def tell(**message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def main():
    calls = {}
    for line in sys.stdin:
        message = json.loads(line)
        method, number = message.get("method"), message.get("id")
        if method == "initialize":
            version = message["params"]["protocolVersion"]
            tell(id=number, result={"protocolVersion": version, "capabilities": {"tools": {}},
                                    "serverInfo": {"name": "harbour", "version": "1"}})
        elif method == "tools/list":
            tell(id=number, result={"tools": [TOOL]})
        elif method == "tools/call":
            question = f"ask-{len(calls)}"
            calls[question] = number
            tell(id=question, method="elicitation/create", params=QUESTION)
        elif method is None and number in calls:
            said = json.dumps(message.get("result"), sort_keys=True)
            tell(id=calls[number], result={"content": [{"type": "text", "text": said}]})
        elif method is not None and number is not None:
            tell(id=number, result={})


main()
