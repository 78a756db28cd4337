"""The daemon in front of the real codex, which talks to a mock model. Nothing of it needs the network."""

import glob
import os
import shutil
import signal
import sys
import tempfile
import unittest

from .client import Client, eventually
from .daemon import ROOT, Daemon

sys.path.insert(0, os.path.join(ROOT, "tests", "support"))

from codex_home import make_codex_home  # noqa: E402
from mock_model import MockModel, patch, run, tool  # noqa: E402, F401

INSTALLED = os.path.join(ROOT, ".cache", "codex", "node_modules", "@openai", "codex-linux-*", "vendor", "*", "bin", "codex")


def find_codex():
    named = os.environ.get("CODEX_BIN")
    if named:
        return named
    found = glob.glob(INSTALLED)
    return found[0] if found else shutil.which("codex")


class CodexDaemon(Daemon):
    """Started when its codex answers. A daemon that waits for a slow codex is ready before that."""

    def wait_ready(self, timeout=None):
        super().wait_ready(timeout)
        client = Client(self.port)
        try:
            eventually(lambda: client.get("/api/health").json["codex"].get("initialized"), 30.0, "codex does not answer")
        finally:
            client.close()


class CodexTest(unittest.TestCase):
    """One daemon, one codex and one model for the tests of a class."""

    env = {}
    features = ()  # of codex, that are off by default
    config = ""    # more of its TOML
    settings = ""  # the same, of no table

    @classmethod
    def setUpClass(cls):
        binary = find_codex()
        if binary is None:
            why = "NO CODEX: the tests against the real runtime were SKIPPED (npm install @openai/codex, or set CODEX_BIN)"
            if os.environ.get("TESTS_REQUIRE_CODEX") == "1":
                raise RuntimeError(why)
            print(why, file=sys.stderr, flush=True)
            raise unittest.SkipTest(why)
        cls.model = MockModel()
        cls.addClassCleanup(cls.model.close)
        cls.home = tempfile.mkdtemp(prefix="lanekeeper-codex-")
        cls.addClassCleanup(shutil.rmtree, cls.home, True)
        make_codex_home(cls.home, cls.model.url, cls.features, cls.config, cls.settings)
        cls.binary = binary
        env = {"LANEKEEPER_RUNTIME": "codex", "CODEX_BIN": binary, "CODEX_HOME": cls.home, **cls.env}
        cls.daemon = CodexDaemon(env=env).start()
        cls.addClassCleanup(cls.daemon.close)
        cls.client = cls.daemon.client

    def run(self, result=None):
        """As ever; what the daemon said is shown when a test fails."""
        before = len(result.failures) + len(result.errors) if result else 0
        super().run(result)
        if result and len(result.failures) + len(result.errors) > before:
            print(f"{self.id()}: the daemon's log ends\n{self.daemon.log_tail(300)}", file=sys.stderr)
        return result

    # ---- projects and chats

    def own_project(self):
        """A project with the test's name."""
        return self.client.new_project(self._testMethodName[:120])["projectId"]

    def chat(self, project=None, **members):
        """A chat in a folder of its own."""
        folder = tempfile.mkdtemp(prefix="lanekeeper-work-")
        self.addCleanup(shutil.rmtree, folder, True)
        body = {"cwd": folder, "approvalPolicy": "never", "filesystemSandbox": "workspace-write", **members}
        if project:
            body["projectId"] = project
        return self.client.expect(200, "POST", "/api/sessions", body)["session"]["sessionId"]

    def view(self, chat):
        return self.client.expect(200, "GET", f"/api/sessions/{chat}")

    def send(self, chat, text, status=202, **members):
        return self.client.expect(status, "POST", f"/api/sessions/{chat}/messages", {"text": text, **members})

    def turn(self, chat, turn_id):
        return next((turn for turn in self.view(chat)["thread"]["turns"] if turn["id"] == turn_id), None)

    def ended(self, chat, turn_id, timeout=30.0):
        """The turn's status once it has ended and its rows are closed."""
        def look():
            view = self.view(chat)
            turn = next((turn for turn in view["thread"]["turns"] if turn["id"] == turn_id), None)
            open_rows = [row for row in view["transcript"] if row["status"] == "streaming" and row["turnId"] == turn_id]
            return turn["status"] if turn and turn["status"] != "inProgress" and not open_rows else None
        return eventually(look, timeout, f"turn {turn_id} does not end")

    def said(self, chat, role="assistant"):
        return [row["content"] for row in self.view(chat)["transcript"] if row["role"] == role]

    # ---- codex

    def health(self):
        return self.client.expect(200, "GET", "/api/health")

    def codex_pid(self):
        return self.health()["codex"]["pid"]

    def kill_codex(self):
        """SIGKILL; returns the pid that is gone."""
        pid = eventually(self.codex_pid, 30.0, "codex does not run")
        os.kill(pid, signal.SIGKILL)
        return pid

    def back_after(self, pid, timeout=30.0):
        """Once another codex answers."""
        def look():
            health = self.health()
            return health["status"] == "ok" and health["codex"]["pid"] not in (None, pid)
        eventually(look, timeout, "codex does not come back")
