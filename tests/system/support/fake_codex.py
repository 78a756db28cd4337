"""The daemon in front of an app server that does as it is told (tests/support/fake_app_server.py)."""

import os
import sys
import tempfile

from .daemon import ROOT, Daemon

SCRIPT = os.path.join(ROOT, "tests", "support", "fake_app_server.py")


def fake_codex(test, *flags):
    """An executable that is such an app server; gone with the test."""
    folder = tempfile.TemporaryDirectory(prefix="lanekeeper-fake-codex-")
    test.addCleanup(folder.cleanup)
    path = os.path.join(folder.name, "codex")
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nexec " + " ".join([sys.executable, "-B", SCRIPT, *flags]) + "\n")
    os.chmod(path, 0o755)
    return path


def fake_codex_daemon(test, *flags, **env):
    """A daemon with one; ended with the test."""
    daemon = Daemon(env={"LANEKEEPER_RUNTIME": "codex", "CODEX_BIN": fake_codex(test, *flags), **env})
    test.addCleanup(daemon.close)
    return daemon.start()
