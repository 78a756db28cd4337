"""Tests in which codex is behind a proxy that holds lines back: moments that nobody reaches by chance."""

import contextlib
import glob
import json
import os
import shlex
import stat
import tempfile

from .client import eventually
from .codex import CodexTest, find_codex
from .daemon import ROOT

PROXY = os.path.join(ROOT, "tests", "support", "codex_proxy.py")


# While there is a file "broken", codex does not start.
LAUNCHER = """\
#!/bin/sh
[ -e {gates}/broken ] && exit 3
exec python3 {proxy} {codex} {gates} "$@"
"""


class GatedTest(CodexTest):
    """`self.gate("say", "turn/completed")` holds such lines from now on."""

    @classmethod
    def setUpClass(cls):
        codex = find_codex()
        if codex is not None:
            cls.gates = tempfile.mkdtemp(prefix="lanekeeper-gates-")
            cls.addClassCleanup(os.system, f"rm -rf {shlex.quote(cls.gates)}")
            launcher = os.path.join(cls.gates, "codex")
            with open(launcher, "w", encoding="utf-8") as file:
                file.write(LAUNCHER.format(proxy=shlex.quote(PROXY), codex=shlex.quote(codex), gates=shlex.quote(cls.gates)))
            os.chmod(launcher, stat.S_IRWXU)
            cls.env = {**cls.env, "CODEX_BIN": launcher}
        super().setUpClass()

    def gate(self, kind, method, content=None):
        path = os.path.join(self.gates, f"{kind}.{method.replace('/', '.')}")
        self.open_gate(path)
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + ".held")
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(json.dumps(content) if content is not None else "")
        os.rename(path + ".new", path)
        self.addCleanup(self.open_gate, path)
        return path

    def written(self, words):
        """Codex has this in a thread, and has ended the turn that it is in."""
        def look():
            for path in glob.glob(os.path.join(self.home, "sessions", "*", "*", "*", "*.jsonl")):
                with open(path, encoding="utf-8", errors="replace") as file:
                    text = file.read()
                if words in text and "task_complete" in text[text.index(words):]:
                    return True
            return False
        eventually(look, what=f"codex does not finish the turn that says {words}")

    @staticmethod
    def open_gate(path):
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)

    @staticmethod
    def held_at(path, timeout=10.0):
        """The message that waits there."""
        eventually(lambda: os.path.exists(path + ".held"), timeout, f"nothing comes to {os.path.basename(path)}")
        with open(path + ".held", encoding="utf-8") as file:
            return json.load(file)
