"""For tests that share a daemon."""

import unittest

from .daemon import Daemon


class OneDaemon(unittest.TestCase):
    """One daemon for all tests of a class."""

    env = {}

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(env=cls.env)
        cls.addClassCleanup(cls.daemon.close)
        cls.daemon.start()
        cls.client = cls.daemon.client
