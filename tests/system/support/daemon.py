"""The real binary on a free port, with a data directory of its own.

    with Daemon(env={"ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY": "1"}) as daemon:
        daemon.client.get("/api/health")

The binary is named by LANEKEEPERD (ctest sets it); without it the newest one below build/ is taken.
"""

import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from .client import Client

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))


def binary():
    named = os.environ.get("LANEKEEPERD")
    if named:
        return named
    built = glob.glob(os.path.join(ROOT, "build", "*", "daemon", "lanekeeperd"))
    if not built:
        raise RuntimeError("no lanekeeperd: build it, or name it in LANEKEEPERD")
    return max(built, key=os.path.getmtime)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Daemon:
    """One life or several of a daemon over one data directory. Its log is kept in `log_path` and shown on failure."""

    def __init__(self, env=None, data_dir=None, args=(), port=None, keep=False, ready_timeout=30.0, preexec=None):
        self.extra = dict(env or {})
        self.own_dir = data_dir is None
        self.data_dir = data_dir or tempfile.mkdtemp(prefix="lanekeeper-test-")
        self.log_path = os.path.join(self.data_dir, "daemon.log") if self.own_dir else self.data_dir.rstrip("/") + ".log"
        self.args = list(args)
        self.port = port or free_port()
        self.keep = keep
        self.ready_timeout = ready_timeout
        self.preexec = preexec
        self.process = None
        self.of_thread = threading.local()
        self.clients = []

    # Environment: nothing of the caller's that the daemon would read.
    def environment(self):
        kept = ("PATH", "HOME", "LANG", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH")
        env = {name: os.environ[name] for name in kept if name in os.environ}
        env.update({
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATA_DIR": self.data_dir,
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "info",
            "LANEKEEPER_RUNTIME": "builtin",
        })
        env.update({name: str(value) for name, value in self.extra.items()})
        return {name: value for name, value in env.items() if value != ""}

    def start(self, wait=True):
        assert self.process is None or self.process.poll() is not None, "it runs already"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([binary(), *self.args], env=self.environment(), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True, preexec_fn=self.preexec)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, timeout=None):
        deadline = time.monotonic() + (timeout or self.ready_timeout)
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"the daemon ended with {self.process.returncode} at start:\n{self.log_tail()}")
            try:
                client = Client(self.port, timeout=2)
                ready = client.get("/readyz")
                if ready.status == 200 or ready.json["code"] == "queue_disabled":  # never ready, and all there is
                    return
            except OSError:
                pass
            finally:
                client.close()
            if time.monotonic() > deadline:
                raise RuntimeError(f"the daemon is not ready after {timeout or self.ready_timeout} s:\n{self.log_tail()}")
            time.sleep(0.02)

    def stop(self, timeout=30.0, sig=signal.SIGTERM):
        """Asks it to end and returns its exit code; kills it when it does not end in time, and says so."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"the daemon did not stop within {timeout} s:\n{self.log_tail()}")

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def restart(self, **stop_options):
        self.stop(**stop_options)
        return self.start()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        return 0

    def log(self):
        try:
            with open(self.log_path, errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def log_tail(self, lines=40):
        return "\n".join(self.log().splitlines()[-lines:])

    @property
    def client(self):
        """A client with a connection of its own to each thread that asks."""
        if getattr(self.of_thread, "client", None) is None:
            self.of_thread.client = Client(self.port)
            self.clients.append(self.of_thread.client)
        return self.of_thread.client

    def close(self):
        """Kills what still runs and hangs up; the clients of threads too, which must have ended."""
        self.kill()
        for client in self.clients:
            client.close()
        if self.own_dir and not self.keep:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        if kind is not None:
            print(f"--- daemon log ({self.log_path}) ---\n{self.log_tail()}\n---", flush=True)
        try:
            if kind is None and self.alive():
                code = self.stop()
                if code != 0:
                    raise AssertionError(f"a clean stop exited with {code}:\n{self.log_tail()}")
        finally:
            self.close()
