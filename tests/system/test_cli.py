#!/usr/bin/env python3
"""The command line: what it prints, what it refuses and with which words, and starts that must not happen."""

import json
import os
import re
import subprocess
import tempfile
import unittest

from support.daemon import ROOT, Daemon, binary, free_port

BAD_USAGE, BAD_CONFIG, FAILED_START = 64, 78, 1


class CommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lanekeeper-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_daemon(self, *words, **environment):
        """Nothing of the caller's environment counts; 30 s are enough for a start that is refused."""
        kept = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH")
        env = {name: os.environ[name] for name in kept if name in os.environ}
        env.update({"DATA_DIR": os.path.join(self.folder, "data")})
        env.update({name: str(value) for name, value in environment.items()})
        done = subprocess.run([binary(), *words], env=env, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=30, check=False)
        return done.returncode, done.stdout, done.stderr

    def file(self, text):
        path = os.path.join(self.folder, "lanekeeper.env")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def printed(self, *words, **environment):
        code, out, err = self.run_daemon(*words, "--print-config", **environment)
        self.assertEqual((code, err), (0, ""))
        return dict(line.split("=", 1) for line in out.splitlines() if re.match(r"[A-Z_]+=", line))

    def assert_refused(self, answer, code, *said):
        self.assertEqual(answer[0], code, answer)
        self.assertEqual(answer[1], "")
        for words in said:
            self.assertIn(words, answer[2])
        self.assertNotIn("terminate called", answer[2])

    def test_version_and_help_are_printed(self):
        with open(os.path.join(ROOT, "CMakeLists.txt"), encoding="utf-8") as file:
            version = re.search(r"project\(lanekeeper VERSION (\S+)", file.read()).group(1)
        self.assertEqual(self.run_daemon("--version"), (0, f"lanekeeperd {version}\n", ""))
        code, out, _ = self.run_daemon("--help")
        self.assertEqual(code, 0)
        self.assertTrue(out.startswith("usage: lanekeeperd"))

    def test_an_option_that_is_not_known_is_named(self):
        self.assert_refused(self.run_daemon("--verbose"), BAD_USAGE, "lanekeeperd: unknown option --verbose\n")
        self.assert_refused(self.run_daemon("--config"), BAD_USAGE, "--config needs a file")

    def test_good_settings_are_called_fine_and_nothing_is_started_or_made(self):
        self.assertEqual(self.run_daemon("--check-config"), (0, "the settings are fine\n", ""))
        self.assertFalse(os.path.exists(os.path.join(self.folder, "data")))

    def test_the_shipped_example_is_fine(self):
        example = os.path.join(ROOT, "config", "lanekeeper.env")
        self.assertEqual(self.run_daemon("--config", example, "--check-config")[0], 0)

    def test_all_settings_are_printed_with_their_values_and_secrets_masked(self):
        settings = self.printed(OPENAI_API_KEY="sk-very-secret", PORT="4001")
        self.assertEqual(settings["PORT"], "4001")
        self.assertEqual(settings["ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY"], "2")
        self.assertEqual(settings["OPENAI_API_KEY"], "********")
        with open(os.path.join(ROOT, "config", "lanekeeper.env"), encoding="utf-8") as file:
            self.assertEqual(set(settings), set(re.findall(r"^#?([A-Z_]+)=", file.read(), re.MULTILINE)))

    def test_a_file_sets_what_the_environment_does_not(self):
        path = self.file("# mine\nPORT=4001\nLOG_LEVEL=debug\n")
        settings = self.printed("--config", path, PORT="4002")
        self.assertEqual((settings["PORT"], settings["LOG_LEVEL"]), ("4002", "debug"))

    def test_a_file_that_is_not_there_or_has_unknown_names_is_refused(self):
        missing = os.path.join(self.folder, "missing.env")
        self.assert_refused(self.run_daemon("--config", missing, "--check-config"), BAD_CONFIG, missing)
        path = self.file("PORT=4001\nBOGUS=1\n")
        self.assert_refused(self.run_daemon("--config", path, "--check-config"), BAD_CONFIG, "BOGUS", "line 2")

    def test_a_bad_value_is_refused_with_its_name_value_and_rule(self):
        for name, value, rule in (("PORT", "x", "a whole number from 0 to 65535"), ("PORT", "70000", "65535"),
                                  ("LANEKEEPER_STORE", "oracle", "one of sqlite, json, memory"),
                                  ("ORCHESTRATOR_QUEUE_ENABLED", "maybe", "true or false"),
                                  ("JOB_WORKERS_MIN", "20", "at most JOB_WORKERS_MAX")):
            with self.subTest(name=name, value=value):
                self.assert_refused(self.run_daemon("--check-config", **{name: value}), BAD_CONFIG, name, value, rule)

    def test_an_unknown_name_of_ours_in_the_environment_is_refused_and_others_are_let_be(self):
        for name in ("ORCHESTRATOR_BOGUS", "JOB_BOGUS", "LANEKEEPER_BOGUS"):
            self.assert_refused(self.run_daemon("--check-config", **{name: "1"}), BAD_CONFIG, name)
        self.assertEqual(self.run_daemon("--check-config", BOGUS="1")[0], 0)

    def test_a_start_on_codex_without_an_executable_is_refused_with_its_name(self):
        self.assert_refused(self.run_daemon(LANEKEEPER_RUNTIME="codex", CODEX_BIN="/nowhere/codex"), FAILED_START,
                            "LANEKEEPER_RUNTIME=codex", "/nowhere/codex", "use auto or builtin")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "data")))

    def test_a_mistake_in_the_folder_of_agents_is_refused_by_the_check_and_at_start(self):
        agents = os.path.join(self.folder, "agents")
        os.mkdir(agents)
        with open(os.path.join(agents, "namer.json"), "w", encoding="utf-8") as file:
            json.dump({"instructions": "Name things.", "capabilities": ["shell"]}, file)
        for words in (["--check-config"], []):
            self.assert_refused(self.run_daemon(*words, LANEKEEPER_AGENTS_DIR=agents), BAD_CONFIG,
                                os.path.join(agents, "namer.json"), "capabilities[0]", "must be one of")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "data")))
        self.assert_refused(self.run_daemon("--check-config", LANEKEEPER_AGENTS_DIR="/nowhere"), BAD_CONFIG,
                            "LANEKEEPER_AGENTS_DIR", "/nowhere")

    def test_a_mistake_in_the_file_of_executors_is_refused_by_the_check_and_at_start(self):
        file = os.path.join(self.folder, "executors.json")
        for declared, said in (({"build": {"kind": "exec", "argv": ["make"], "shell": True}}, ("build", "shell")),
                               ({"noop": {"kind": "exec", "argv": ["true"]}}, ("noop", "registered job type")),
                               ({"post": {"kind": "http", "url": "https://a.example/"}}, ("post", "url", "https://"))):
            with open(file, "w", encoding="utf-8") as out:
                json.dump(declared, out)
            for words in (["--check-config"], []):
                self.assert_refused(self.run_daemon(*words, LANEKEEPER_EXECUTORS_FILE=file), BAD_CONFIG,
                                    "LANEKEEPER_EXECUTORS_FILE", file, *said)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "data")))
        self.assert_refused(self.run_daemon("--check-config", LANEKEEPER_EXECUTORS_FILE="/nowhere.json"), BAD_CONFIG,
                            "LANEKEEPER_EXECUTORS_FILE", "/nowhere.json", "cannot be read")

    def test_an_address_beyond_loopback_is_refused_at_start(self):
        self.assert_refused(self.run_daemon(HOST="0.0.0.0"), BAD_CONFIG, "HOST=0.0.0.0", "loopback")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "data")))

    def test_a_second_daemon_on_the_same_data_is_refused_and_the_first_one_goes_on(self):
        with Daemon() as first:
            answer = self.run_daemon(DATA_DIR=first.data_dir, PORT=free_port())
            self.assert_refused(answer, FAILED_START, f"{first.data_dir} is in use by process {first.process.pid}")
            self.assertEqual(first.client.get("/readyz").status, 200)

    def test_a_port_that_is_taken_is_named(self):
        with Daemon() as first:
            answer = self.run_daemon(PORT=first.port)
            self.assert_refused(answer, FAILED_START, f"cannot listen on 127.0.0.1:{first.port}", "in use")
            self.assertEqual(first.client.get("/readyz").status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
