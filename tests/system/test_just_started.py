#!/usr/bin/env python3
"""What a daemon says that was started a moment ago."""

import unittest

from support.client import Client, eventually
from support.daemon import Daemon


class JustStarted(unittest.TestCase):
    def test_the_address_that_it_listens_on_is_a_name_of_its_own(self):
        daemon = Daemon(env={"HOST": "127.0.0.2"})
        self.addCleanup(daemon.close)
        daemon.start(wait=False)
        eventually(lambda: is_ready("127.0.0.2", daemon.port), 20)

    def test_a_commit_is_in_the_metrics_at_once(self):
        with Daemon() as daemon:
            before = commits(daemon.client)
            daemon.client.new_project("counted")
            self.assertGreater(commits(daemon.client), before)
            self.assertIn("# HELP lanekeeper_commit_batch_size Mutations", daemon.client.get("/metrics").text)


def is_ready(host, port):
    client = Client(port, host, timeout=2)
    try:
        return client.get("/readyz").status == 200
    except OSError:
        return False
    finally:
        client.close()


def commits(client):
    line, = [line for line in client.get("/metrics").text.splitlines() if line.startswith("lanekeeper_commit_seconds_count ")]
    return float(line.split()[1])


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
