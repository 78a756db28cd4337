#!/usr/bin/env python3
"""What health says of codex's login: as codex sees it, wherever its credentials are and whether it wants any."""

import json
import os
import tempfile
import unittest

from support.client import eventually
from support.codex import CodexTest, make_codex_home
from support.daemon import Daemon


class Login(CodexTest):
    def home_of(self, wants_login, logged_in):
        """A HOME with a .codex in it."""
        folder = tempfile.TemporaryDirectory(prefix="lanekeeper-login-")
        self.addCleanup(folder.cleanup)
        home = make_codex_home(os.path.join(folder.name, ".codex"), self.model.url)
        path = os.path.join(home, "config.toml")
        with open(path, encoding="utf-8") as file:
            config = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(config.replace("requires_openai_auth = false", f"requires_openai_auth = {json.dumps(wants_login)}"))
        if logged_in:
            with open(os.path.join(home, "auth.json"), "w", encoding="utf-8") as file:
                json.dump({"OPENAI_API_KEY": "sk-test"}, file)
        return folder.name

    def auth(self, home, **env):
        env = {"LANEKEEPER_RUNTIME": "codex", "CODEX_BIN": self.binary, "HOME": home, **env}
        with Daemon(env=env) as daemon:
            def known():
                health = daemon.client.expect(200, "GET", "/api/health")
                return health if health["runtime"]["needsLogin"] is not None else None
            health = eventually(known, 60.0, "codex does not say it")
            self.assertEqual(health["runtime"]["needsLogin"], health["auth"]["likelyUnauthenticated"])
            return health["auth"]

    def test_a_provider_that_needs_no_login_is_not_said_to_lack_one(self):
        auth = self.auth(self.home_of(wants_login=False, logged_in=False))
        self.assertEqual(auth, {"hasOpenAiApiKey": False, "codexHomeAuthFile": False, "likelyUnauthenticated": False})

    def test_one_that_needs_it_is_also_when_there_is_a_key_that_codex_does_not_use(self):
        home = self.home_of(wants_login=True, logged_in=False)
        self.assertTrue(self.auth(home)["likelyUnauthenticated"])
        self.assertTrue(self.auth(home, OPENAI_API_KEY="sk-unused")["likelyUnauthenticated"])

    def test_a_login_is_found_wherever_codex_finds_it(self):
        home = self.home_of(wants_login=True, logged_in=True)
        self.assertFalse(self.auth(home)["likelyUnauthenticated"])
        auth = self.auth(home, CODEX_HOME=os.path.join(home, ".codex"))
        self.assertEqual((auth["codexHomeAuthFile"], auth["likelyUnauthenticated"]), (True, False))


if __name__ == "__main__":
    unittest.main()
