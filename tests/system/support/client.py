"""A small HTTP client that keeps its connection, and raw requests for what no client would send."""

import http.client
import json
import socket
import time
import urllib.parse


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # lower-case names
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        return f"<{self.status} {self.text[:300]}>"


class Client:
    """JSON over one kept connection. Not for several threads at once."""

    def __init__(self, port, host="127.0.0.1", timeout=30.0):
        self.host, self.port, self.timeout = host, port, timeout
        self.connection = None

    def request(self, verb, path, body=None, headers=None, raw=None):
        """`body` is sent as JSON; `raw` are bytes sent as they are."""
        headers = dict(headers or {})
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
            try:
                self.connection.request(verb, path, body=data, headers=headers)
                answer = self.connection.getresponse()
                reply = Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
                if answer.will_close:
                    self.close()
                return reply
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # A kept connection that the daemon has closed meanwhile: once more on a new one.
                self.close()
                if fresh or attempt == 2:
                    raise
            except Exception:
                self.close()
                raise
        raise AssertionError("unreachable")

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    # What most tests do.
    def expect(self, status, verb, path, body=None, **options):
        reply = self.request(verb, path, body, **options)
        if reply.status != status:
            raise AssertionError(f"{verb} {path}: {reply.status} instead of {status}: {reply.text[:1000]}")
        return reply.json if reply.body else None

    def new_project(self, name, **members):
        return self.expect(200, "POST", "/api/projects", {"name": name, **members})["project"]

    def new_chat(self, project_id=None, **members):
        body = {"projectId": project_id, **members} if project_id else members
        return self.expect(200, "POST", "/api/sessions", body)["session"]

    def enqueue(self, type, owner, payload=None, status=202, **members):
        headers = members.pop("headers", None)
        body = {"type": type, "projectId": owner, "payload": payload or {}, **members}
        return self.expect(status, "POST", "/api/orchestrator/jobs", body, headers=headers)

    def job(self, job_id):
        return self.expect(200, "GET", f"/api/orchestrator/jobs/{job_id}")["job"]

    def wait_job(self, job_id, timeout=30.0):
        """The job once it is terminal; an error when it is not in time."""
        deadline = time.monotonic() + timeout
        while True:
            job = self.expect(200, "GET", f"/api/orchestrator/jobs/{job_id}?wait=2s")["job"]
            if job["state"] in ("completed", "failed", "canceled"):
                return job
            if time.monotonic() > deadline:
                raise AssertionError(f"not terminal after {timeout} s: {job}")

    def lane(self, owner, command):
        return self.expect(200, "POST", f"/api/orchestrator/lanes/{urllib.parse.quote(owner, safe='')}/{command}")["lane"]


def eventually(question, timeout=10.0, what="it did not happen"):
    """Asks until the answer is true, and returns it."""
    deadline = time.monotonic() + timeout
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} within {timeout} s")
        time.sleep(0.02)


class Raw:
    """Bytes to the port and back, for requests that no library would send."""

    def __init__(self, port, host="127.0.0.1", timeout=15.0):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return bool(data)

    def read_reply(self, head_only=False):
        """One whole reply, or nothing when the connection ended before its head was there. 100 Continue counts as one."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        body = b""
        if status >= 200 and status not in (204, 304) and not head_only:
            if "content-length" in headers:
                length = int(headers["content-length"])
                while len(self.buffer) < length and self._more():
                    pass
                body, self.buffer = self.buffer[:length], self.buffer[length:]
            elif headers.get("connection", "").lower() == "close":
                while self._more():
                    pass
                body, self.buffer = self.buffer, b""
        return Reply(status, headers, body)

    def closed(self, timeout=5.0):
        """True when the daemon ends the connection within the time and says nothing more."""
        self.socket.settimeout(timeout)
        try:
            return not self.buffer and not self._more()
        except (TimeoutError, socket.timeout):
            return False

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
