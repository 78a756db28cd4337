"""A model that says what a test has written down: enough of the Responses API for codex to work with, on loopback.

    with MockModel() as model:
        model.on("list the files", reply="done", calls=[run("ls")])
        held = model.on("think", reply="later").hold()
        ...
        held.release()
        model.calls("think")  # how often it was asked

The first play whose needle is in the user's message is played; a message without one is answered with "echo: <message>".
A play with calls has a round each, and its reply comes after the last. A hold, a failure or a cut applies to one round,
the last one unless it says another.
"""

import collections
import http.server
import itertools
import json
import re
import threading

INJECTED = ("<environment_context", "<user_instructions", "<permissions", "# AGENTS.md", "<turn_aborted", "<model_switch")
SHELLS = ("exec_command", "shell_command", "shell")


def run(command, escalate=False):
    """A round in which the model wants this shell command to be run; `escalate`: outside the sandbox."""
    return {"kind": "shell", "command": command, "escalate": escalate}


def patch(path, content=None, old=None, new=None):
    """A round in which the model creates a file, or replaces lines of it; without either, deletes it."""
    def marked(sign, text):
        return [sign + line for line in text.rstrip("\n").split("\n")]
    if content is not None:
        body = [f"*** Add File: {path}", *marked("+", content)]
    elif old is not None:
        body = [f"*** Update File: {path}", "@@", *marked("-", old), *marked("+", new)]
    else:
        body = [f"*** Delete File: {path}"]
    return {"kind": "patch", "text": "\n".join(["*** Begin Patch", *body, "*** End Patch"]) + "\n"}


def tool(name, namespace=None, **arguments):
    """A round in which the model calls any tool by its name."""
    return {"kind": "tool", "name": name, "namespace": namespace, "arguments": arguments}


class Play:
    def __init__(self, needle, reply, calls=(), times=None):
        self.needle, self.reply, self.steps, self.times = needle, reply, list(calls), times
        self.asked = 0
        self.gates, self.failures = {}, {}
        self.pause = 0.0

    def hold(self, at=None):
        """The round waits, before it says anything, until `release`."""
        self.gates[len(self.steps) if at is None else at] = threading.Event()
        return self

    def release(self):
        for gate in self.gates.values():
            gate.set()

    def slow(self, seconds):
        """Every round takes so long."""
        self.pause = seconds
        return self

    def fail(self, status=None, code=None, at=None, error=None, headers=None):
        """The round fails: with an HTTP status, or with an error code inside the stream; `error`: further members of it."""
        self.failures[len(self.steps) if at is None else at] = (status, code, error or {}, headers or {})
        return self


def text_of(content):
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or [] if isinstance(part, dict))


def conversation(body):
    """The user's last message, and how many tool results came after it."""
    message, results = "", 0
    for item in body.get("input", []):
        if item.get("type", "message") == "message" and item.get("role") == "user":
            text = text_of(item.get("content"))
            if text and not text.lstrip().startswith(INJECTED):
                message, results = text, 0
        elif item.get("type", "").endswith("_call_output"):
            results += 1
    return message, results


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128  # a codex that comes back asks for many turns at once
    daemon_threads = True


class MockModel:
    def __init__(self):
        self.plays, self.heard = [], []
        self.bodies = collections.deque(maxlen=100)  # (user's message, whole request) of the latest
        self.told = {}  # call → its turn's user message, what came of it
        self.lock = threading.Lock()
        self.serial = itertools.count(1)
        self.closing = threading.Event()
        handler = type("Handler", (Handler,), {"model": self})
        self.server = Server(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def on(self, needle, reply="ok", calls=(), times=None):
        play = Play(needle, reply, calls, times)
        with self.lock:
            self.plays.insert(0, play)  # the latest word counts
        return play

    def calls(self, needle=""):
        """How many requests had this in their user's message."""
        with self.lock:
            return sum(needle in message for message in self.heard)

    def results(self, needle):
        """What came of the calls of turns with this in their user's message, each once, in order."""
        with self.lock:
            return [output for message, output in self.told.values() if needle in message]

    def request(self, needle):
        """The latest whole request with this in its user's message."""
        with self.lock:
            return next(body for message, body in reversed(self.bodies) if needle in message)

    def note(self, message, body):
        with self.lock:
            self.bodies.append((message, body))
            for item in body.get("input", []):
                if item.get("type", "").endswith("_call_output"):
                    self.told.setdefault(item["call_id"], (message, item["output"]))

    def choose(self, message, first_round):
        with self.lock:
            self.heard.append(message)
            for play in self.plays:
                if play.needle in message and (play.times is None or play.asked < play.times or not first_round):
                    play.asked += first_round
                    return play
        return Play("", f"echo: {message}")

    def close(self):
        self.closing.set()
        for play in self.plays:
            play.release()
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer_json(200, {"object": "list", "data": [{"id": "mock-model", "object": "model"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        if not self.path.endswith("/responses"):
            return self.answer_json(404, {"error": {"message": f"no such endpoint: {self.path}"}})
        message, done = conversation(body)
        self.model.note(message, body)
        play = self.model.choose(message, done == 0)
        step = min(done, len(play.steps))
        if step in play.gates:
            play.gates[step].wait()
        if play.pause:
            self.model.closing.wait(play.pause)
        status, code, error, headers = play.failures.get(step, (None, None, {}, {}))
        try:
            if status:
                whole = {"message": f"the test wants {status}", "type": "error", "code": None, **error}
                return self.answer_json(status, {"error": whole}, headers)
            failure = {"code": code, "message": f"the test wants {code}", **error} if code else None
            self.stream(play, step, failure, [tool.get("name") for tool in body.get("tools", [])])
        except OSError:
            self.close_connection = True  # whoever asked is gone

    def answer_json(self, status, body, headers=None):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, str(value))
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    # One answer as server-sent events.
    def stream(self, play, step, failure, tools):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        self.sequence = itertools.count()
        number = next(self.model.serial)
        response = {"id": f"resp_{number}", "object": "response", "model": "mock-model", "output": []}
        self.event("response.created", response={**response, "status": "in_progress"})
        if failure:
            failed = {**response, "status": "failed", "error": failure}
            return self.event("response.failed", response=failed)
        if step < len(play.steps):
            item = self.call(play.steps[step], number, tools)
            self.event("response.output_item.added", output_index=0, item=item)
        else:
            item = self.say(play.reply, number)
        self.event("response.output_item.done", output_index=0, item=item)
        usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15,
                 "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
        self.event("response.completed", response={**response, "status": "completed", "output": [item], "usage": usage})

    def event(self, kind, **fields):
        data = json.dumps({"type": kind, "sequence_number": next(self.sequence), **fields})
        self.wfile.write(f"event: {kind}\ndata: {data}\n\n".encode())
        self.wfile.flush()

    def say(self, reply, number):
        item = {"type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": reply, "annotations": []}]}
        place = {"output_index": 0, "item_id": item["id"], "content_index": 0}
        self.event("response.output_item.added", output_index=0, item={**item, "status": "in_progress", "content": []})
        for piece in re.findall(r"\s*\S+|\s+$", reply):
            self.event("response.output_text.delta", **place, delta=piece)
        self.event("response.output_text.done", **place, text=reply)
        return item

    @staticmethod
    def call(step, number, tools):
        item = {"id": f"call_item_{number}", "call_id": f"call_{number}", "status": "completed"}
        if step["kind"] == "patch":
            return {**item, "type": "custom_tool_call", "name": "apply_patch", "input": step["text"]}
        if step["kind"] == "tool":
            where = {"namespace": step["namespace"]} if step["namespace"] else {}
            return {**item, **where, "type": "function_call", "name": step["name"], "arguments": json.dumps(step["arguments"])}
        name = next((shell for shell in SHELLS if shell in tools), SHELLS[0])
        arguments = {"cmd" if name == "exec_command" else "command": step["command"]}
        if step["escalate"]:
            arguments.update(sandbox_permissions="require_escalated", justification="the test wants it")
        return {**item, "type": "function_call", "name": name, "arguments": json.dumps(arguments)}
