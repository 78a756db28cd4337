#!/usr/bin/env python3
"""Disk full: admission is refused, nothing acknowledged is lost, reads go on, and it recovers by itself.

Twice: with a file-size limit that is put on the running daemon and lifted again, and (where mounting is allowed) on a small
file system that fills up.
"""

import os
import resource
import shutil
import subprocess
import tempfile
import time
import unittest

from support.client import eventually
from support.daemon import Daemon
from support.work import file_change, said, sanitized

PATIENCE = 60.0 if sanitized() else 20.0
SETTINGS = {"ORCHESTRATOR_QUEUE_MAX_PER_PROJECT": 100000, "ORCHESTRATOR_QUEUE_MAX_GLOBAL": 100000}
RUN_S = 4  # of a job that must still run when the disk has become full
REFUSED = (503, "storage_unavailable")


class FileSizeLimit:
    """No file of the daemon may grow past its first kilobyte: every write to its database fails."""

    def __init__(self):
        self.data_dir = tempfile.mkdtemp(prefix="lanekeeper-full-")

    def fill(self, daemon):
        _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (1024, hard))

    def free(self, daemon):
        _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (hard, hard))

    def close(self):
        shutil.rmtree(self.data_dir, ignore_errors=True)


class SmallDisk:
    """A file system of a few megabytes with a file on it that leaves no room."""

    SIZE = "24m"

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="lanekeeper-disk-")
        self.image = os.path.join(self.folder, "image")
        self.mounted_at = os.path.join(self.folder, "disk")
        os.mkdir(self.mounted_at)
        try:
            self.mount()
        except Exception:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self.data_dir = os.path.join(self.mounted_at, "data")
        self.filler = os.path.join(self.mounted_at, "filler")

    def mount(self):
        """A loop mount where there are loop devices and mkfs, else a tmpfs; OSError where neither may be."""
        loop = [["truncate", "-s", self.SIZE, self.image], ["mkfs.ext4", "-q", "-m", "0", self.image],
                ["mount", "-o", "loop", self.image, self.mounted_at]]
        memory = [["mount", "-t", "tmpfs", "-o", f"size={self.SIZE}", "lanekeeper", self.mounted_at]]
        for commands in (loop, memory):
            try:
                for command in commands:
                    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                return
            except (OSError, subprocess.CalledProcessError):
                continue
        raise OSError("no mount")

    def fill(self, _):
        with open(self.filler, "wb", buffering=0) as filler:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        filler.write(b"x" * size)
                except OSError:
                    pass

    def free(self, _):
        os.unlink(self.filler)

    def close(self):
        subprocess.run(["umount", "-l", self.mounted_at], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class DiskFull:
    """The tests; the kind of disk is said below."""

    def new_disk(self):
        raise NotImplementedError

    def setUp(self):
        self.disk = self.new_disk()
        self.addCleanup(self.disk.close)
        self.daemon = Daemon(env=SETTINGS, data_dir=self.disk.data_dir)
        log = tempfile.NamedTemporaryFile(prefix="lanekeeper-full-", suffix=".log")
        self.addCleanup(log.close)
        self.daemon.log_path = log.name
        self.addCleanup(self.daemon.close)
        self.daemon.start()
        self.client = self.daemon.client

    def enqueue(self, owner, payload=None):
        return self.client.post("/api/orchestrator/jobs", {"type": "noop", "projectId": owner, "payload": payload or {}})

    def use_up(self, owner, acknowledged):
        """Enqueues until it is refused: what was allocated already may still be written."""
        def refusal():
            reply = self.enqueue(owner, {"result": {"padding": "x" * 20000}})
            if reply.status == 202:
                acknowledged.append(reply.json["jobId"])
            return reply if reply.status != 202 else None
        return eventually(refusal, PATIENCE, "the full disk is not noticed")

    def assert_refused(self, reply):
        self.assertEqual((reply.status, reply.json["code"]), REFUSED, reply)
        self.assertIn("retry-after", reply.headers)

    def recover(self):
        self.disk.free(self.daemon)
        def accepted():
            reply = self.enqueue("after")
            if reply.status != 202:
                self.assert_refused(reply)
            return reply.json["jobId"] if reply.status == 202 else None
        return eventually(accepted, PATIENCE, "it does not recover without a restart")

    def test_admission_is_refused_reads_go_on_and_it_recovers_without_a_restart(self):
        self.client.lane("kept", "pause")
        acknowledged = [self.client.enqueue("noop", "kept", {"result": {"n": n}})["jobId"] for n in range(20)]
        done = self.client.wait_job(self.client.enqueue("noop", "before", {"result": {"early": True}})["jobId"])
        self.disk.fill(self.daemon)
        self.assert_refused(self.use_up("kept", acknowledged))
        with self.subTest("reads go on"):
            self.assertEqual(self.client.job(done["id"]), done)
            for job_id in acknowledged:
                self.assertEqual(self.client.job(job_id)["state"], "queued")
            self.client.expect(200, "GET", "/api/orchestrator/lanes")
            self.client.expect(200, "GET", "/api/projects")
            self.assertEqual(self.client.get("/metrics").status, 200)
        with self.subTest("health says so"):
            health = self.client.expect(200, "GET", "/api/health")
            self.assertEqual((health["status"], health["store"]["ok"]), ("degraded", False))
            self.assertEqual(self.client.get("/healthz").status, 200)
            self.assertEqual(self.client.get("/readyz").status, 503)
        with self.subTest("every way of changing something is refused in the same words"):
            for path, body in (("/api/projects", {"name": "full"}), ("/api/sessions", {}),
                               (f"/api/orchestrator/jobs/{acknowledged[0]}/cancel", None),
                               ("/api/orchestrator/lanes/kept/resume", None)):
                reply = self.client.post(path, body)
                self.assertEqual((path, reply.status, reply.json["code"]), (path, *REFUSED))
        process = self.daemon.process.pid
        after = self.recover()
        self.assertEqual(self.client.wait_job(after)["state"], "completed")
        eventually(lambda: self.client.expect(200, "GET", "/api/health")["status"] == "ok", PATIENCE)
        self.assertEqual(self.client.get("/readyz").status, 200)
        self.client.lane("kept", "resume")
        for n, job_id in enumerate(acknowledged):
            job = self.client.wait_job(job_id)
            self.assertEqual((job["state"], job["run"]), ("completed", 1))
            if n < 20:
                self.assertEqual(job["result"], {"n": n})
        self.assertEqual(process, self.daemon.process.pid)
        self.assert_the_same_after_a_restart([*acknowledged, done["id"], after])

    def assert_the_same_after_a_restart(self, jobs):
        before = {job_id: self.client.job(job_id) for job_id in jobs}
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.start()
        self.assertEqual({job_id: self.client.job(job_id) for job_id in jobs}, before)
        health = self.client.expect(200, "GET", "/api/health")
        self.assertEqual((health["status"], health["store"]["ok"]), ("ok", True))
        self.assertEqual(self.daemon.stop(), 0)

    def test_a_job_that_ends_on_a_full_disk_is_completed_when_there_is_room(self):
        running = self.client.enqueue("noop", "busy", {"sleepMs": RUN_S * 1000, "result": {"kept": True}})["jobId"]
        behind = self.client.enqueue("noop", "busy", {"result": {"behind": True}})["jobId"]
        eventually(lambda: self.client.job(running)["state"] == "running")
        self.client.lane("filler", "pause")
        acknowledged = []
        self.disk.fill(self.daemon)
        self.assert_refused(self.use_up("filler", acknowledged))
        eventually(lambda: '"result not written yet"' in self.daemon.log() or self.slept_long_enough(running), PATIENCE)
        self.assertEqual(self.client.job(running)["state"], "running", "an end that is not committed did not happen")
        self.assertEqual(self.client.job(behind)["state"], "queued", "nothing starts that could not be written down")
        self.recover()
        ended = self.client.wait_job(running)
        self.assertEqual((ended["state"], ended["result"], ended["run"]), ("completed", {"kept": True}, 1))
        behind = self.client.wait_job(behind)
        self.assertEqual((behind["state"], behind["run"]), ("completed", 1), "the lane goes on")
        self.assert_the_same_after_a_restart([running, behind["id"], *acknowledged])

    def slept_long_enough(self, job_id):
        """The log of the daemon may be subject to the same limit; then the clock has to do."""
        started = self.client.job(job_id)["startedAt"]
        return bool(started) and time.time() > time.mktime(time.strptime(started[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone + RUN_S + 2.5

    def test_a_file_change_is_accepted_whole_or_not_at_all(self):
        project = self.client.new_project("disk")["projectId"]
        chat = self.client.new_chat(project)["sessionId"]
        path = f"/api/sessions/{chat}/notifications"
        self.client.expect(202, "POST", path, said(chat, "t0", "q", "hello", user=True))
        self.client.lane("filler", "pause")
        self.disk.fill(self.daemon)
        self.assert_refused(self.use_up("filler", []))
        self.assert_refused(self.client.post(path, file_change(chat, "t1", "i1")))
        rows = self.client.expect(200, "GET", f"/api/sessions/{chat}")["transcript"]
        self.assertEqual([row["messageId"] for row in rows], ["q"])
        self.recover()
        self.client.expect(202, "POST", path, file_change(chat, "t1", "i1"))
        def explained():
            rows = self.client.expect(200, "GET", f"/api/sessions/{chat}")["transcript"]
            return [row["messageId"] for row in rows if row["status"] == "complete"]
        eventually(lambda: len(explained()) == 3, PATIENCE, "no explanation")
        self.assertEqual(explained()[:2], ["q", "i1"])

    def test_a_kill_while_the_disk_is_full_loses_nothing_that_was_acknowledged(self):
        self.client.lane("kept", "pause")
        acknowledged = [self.client.enqueue("noop", "kept", {"result": {"n": n}})["jobId"] for n in range(20)]
        self.disk.fill(self.daemon)
        self.assert_refused(self.use_up("kept", acknowledged))
        before = {job_id: self.client.job(job_id) for job_id in acknowledged}
        self.daemon.kill()
        self.disk.free(self.daemon) if isinstance(self.disk, SmallDisk) else None
        self.daemon.start()
        self.assertEqual({job_id: self.client.job(job_id) for job_id in acknowledged}, before)
        self.assertEqual(self.daemon.stop(), 0)

    def test_a_stop_while_the_disk_is_full_is_bounded(self):
        self.client.lane("kept", "pause")
        job_id = self.client.enqueue("noop", "kept")["jobId"]
        self.disk.fill(self.daemon)
        self.assert_refused(self.use_up("kept", []))
        began = time.monotonic()
        self.daemon.stop(timeout=40)
        self.assertLess(time.monotonic() - began, 7 + PATIENCE)
        self.disk.free(self.daemon) if isinstance(self.disk, SmallDisk) else None
        self.daemon.start()
        self.assertEqual(self.client.job(job_id)["state"], "queued")
        self.assertEqual(self.daemon.stop(), 0)


class FilesMayNotGrow(DiskFull, unittest.TestCase):
    def new_disk(self):
        return FileSizeLimit()


class TheDiskIsFull(DiskFull, unittest.TestCase):
    def new_disk(self):
        try:
            return SmallDisk()
        except OSError:
            self.skipTest("mounting is not allowed here; the file-size limit is tested above")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
