#!/usr/bin/env python3
"""What the README and proto/README.md show in ```sh blocks works when it is pasted, one block after the other."""

import os
import re
import subprocess
import unittest

from support.daemon import ROOT, Daemon

ADDRESS = "127.0.0.1:3001"


def page(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def blocks(path, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", page(path), re.MULTILINE | re.DOTALL)


class PastedExamples(unittest.TestCase):
    def paste(self, path, daemon):
        """All blocks in one shell, as one who follows the page would; each marked in the output."""
        script = "set -euo pipefail\n" + "\n".join(f"echo '#### {i}'\n{block}" for i, block in enumerate(blocks(path, "sh")))
        self.assertIn(ADDRESS, script)
        script = script.replace(ADDRESS, f"127.0.0.1:{daemon.port}")
        environment = {"PATH": os.environ["PATH"], "HOME": daemon.data_dir, "LANG": "C.UTF-8", "no_proxy": "127.0.0.1"}
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:])
        return done.stdout.split("#### ")[1:]

    def test_the_tour_works_when_it_is_pasted(self):
        with Daemon() as daemon:
            said = self.paste("README.md", daemon)
        whole = "".join(said)
        refusals = re.findall(r'"code":"\w+"', whole)
        self.assertEqual(refusals, ['"code":"method_not_supported"'], whole)
        for promised in ('"status":"ok"', "lanekeeper_queue_depth", "fileChange.explainability", '"expectResponse":"assistant_text","source":"builtin"',
                         '"dedupe":"enqueued"',
                         '"suggestion":"', '"state":"canceled"', '"paused":true', '"unassignedSessionCount":0'):
            self.assertIn(promised, whole)
        stream = next(text for text in said if "orchestrator_job_completed" in text and "{" not in text)
        self.assertIn("orchestrator_job_queued", stream)

    def test_the_page_for_client_authors_works_when_it_is_pasted(self):
        with Daemon() as daemon:
            whole = "".join(self.paste("proto/README.md", daemon))
        for promised in ('"name":"lanekeeper"', '"projectId":"proj_', '"dedupe":"enqueued"', '"type":"ready"'):
            self.assertIn(promised, whole)

    def test_a_second_reading_finds_nothing_in_its_way(self):
        with Daemon() as daemon:
            self.paste("README.md", daemon)
            self.paste("README.md", daemon)

    def test_every_file_that_is_linked_or_installed_is_there(self):
        for path in ("README.md", "proto/README.md"):
            folder = os.path.dirname(os.path.join(ROOT, path))
            for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", page(path)):
                self.assertTrue(os.path.exists(os.path.join(folder, link)), f"{path} links {link}")
        for command in "".join(blocks("README.md", "console")).splitlines():
            for word in re.findall(r"(?<=\s)(?:systemd|config)/\S+|\./\S+/run", command):
                self.assertTrue(os.path.exists(os.path.join(ROOT, word)), f"{command}: {word} is not there")

    def test_the_table_of_settings_has_the_defaults_of_the_code(self):
        example = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", page("config/lanekeeper.env"), re.MULTILINE))
        table = page("README.md").split("## Settings")[1].split("\n## ")[0]
        rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
        self.assertGreater(len(rows), 8)
        for names, defaults in rows:
            full, prefix = re.findall(r"`([A-Z_…]+)`", names), ""
            values = [value.strip(" `") for value in defaults.split(",")]
            for name, value in zip(full, values * len(full) if len(values) == 1 else values):
                prefix = prefix if name.startswith("…") else name
                known = [n for n in example if n == name or (name.startswith("…") and n.endswith(name[1:])
                                                              and n.split("_")[0] == prefix.split("_")[0])]
                self.assertEqual(len(known), 1, f"{name}: {known}")
                if not known[0].startswith("LANEKEEPER_ALLOWED"):
                    self.assertEqual(example[known[0]], value, f"the README's default of {known[0]}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
