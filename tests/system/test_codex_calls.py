#!/usr/bin/env python3
"""Questions that go through to codex (api.md 4, its last paragraph), and how its refusals are told."""

import collections
import os
import signal
import tempfile
import unittest

from support.client import eventually
from support.codex import CodexTest
from support.fake_codex import fake_codex_daemon

PASSED_ON = {
    "/api/models": "model/list", "/api/account": "account/read", "/api/account/rate-limits": "account/rateLimits/read",
    "/api/config": "config/read", "/api/config/requirements": "configRequirements/read", "/api/apps": "app/list",
    "/api/skills": "skills/list", "/api/mcp/servers": "mcpServerStatus/list", "/api/collaboration/modes": "collaborationMode/list",
    "/api/features/experimental": "experimentalFeature/list",
}


class PassedOn(CodexTest):
    def test_every_question_is_answered_by_codex(self):
        table = {
            "/api/models": ("data",), "/api/models?limit=1": ("data",), "/api/models?includeHidden=true": ("data",),
            "/api/account": ("requiresOpenaiAuth",), "/api/config": ("config",), "/api/config/requirements": ("requirements",),
            "/api/apps": ("data",), "/api/skills": ("data",), "/api/mcp/servers": ("data",), "/api/collaboration/modes": ("data",),
            "/api/features/experimental?limit=2": ("data",),
        }
        for path, members in table.items():
            with self.subTest(path):
                reply = self.client.expect(200, "GET", path)
                self.assertLessEqual(set(members), set(reply))
        self.assertEqual(len(self.client.expect(200, "GET", "/api/features/experimental?limit=2")["data"]), 2)
        self.assertEqual(self.client.expect(200, "GET", "/api/config")["config"]["model"], "mock-model")
        self.assertEqual(self.client.expect(200, "POST", "/api/mcp/reload"), {})

    def test_refusals_have_the_words_of_the_contract(self):
        chat, unknown = self.chat(), "0199e9b5-0000-7000-8000-000000000000"
        table = (
            (401, "auth_required", "GET", "/api/account/rate-limits", None),
            (400, "invalid_params", "GET", "/api/models?limit=many", None),
            (400, "invalid_params", "GET", "/api/models?limit=-1", None),
            (400, "invalid_params", "GET", "/api/skills?cwds=here", None),
            (400, "invalid_params", "POST", "/api/mcp/reload", {"what": "all"}),
            (400, "invalid_params", "POST", f"/api/sessions/{chat}/review", {}),
            (400, "invalid_params", "POST", f"/api/sessions/{chat}/review", {"target": {"type": "everything"}}),
            (404, "not_found", "POST", f"/api/sessions/{unknown}/review", {}),
            (404, "not_found", "POST", f"/api/sessions/{unknown}/background-terminals/clean", {}),
            (404, "not_found", "GET", "/api/no-such-question", None),
            (405, "method_not_allowed", "POST", "/api/models", {}),
        )
        for status, code, verb, path, body in table:
            with self.subTest(f"{verb} {path}"):
                reply = self.client.expect(status, verb, path, body)
                self.assertEqual(reply["code"], code)
                if code in ("auth_required", "invalid_params"):
                    self.assertIn("method", reply["details"])
        refused = self.client.expect(400, "POST", f"/api/sessions/{chat}/review", {})
        self.assertEqual(refused["details"], {"method": "review/start", "sessionId": chat})
        self.assertEqual(self.ended(chat, self.send(chat, "unhurt?")["turnId"]), "completed")

    def test_capabilities_come_from_probes(self):
        methods = eventually(self.probed, what="the capabilities are not known")
        self.assertEqual({method for method, word in methods.items() if word != "available"}, set())
        self.assertLessEqual(set(PASSED_ON.values()) | {"thread/start", "turn/start", "turn/steer", "review/start"}, set(methods))
        before = [chat["sessionId"] for chat in self.client.expect(200, "GET", "/api/sessions?limit=200")["data"]]
        self.back_after(self.kill_codex())
        eventually(self.probed, what="the capabilities are not known again")
        self.assertEqual([chat["sessionId"] for chat in self.client.expect(200, "GET", "/api/sessions?limit=200")["data"]], before)

    def probed(self):
        methods = self.client.expect(200, "GET", "/api/capabilities")["methods"]
        return methods if "unknown" not in methods.values() else None

    def test_while_codex_is_away_the_hint_says_when_to_ask_again(self):
        pid = self.kill_codex()

        def refused():
            reply = self.client.get("/api/models")
            return reply if reply.status == 503 else None
        reply = eventually(refused, what="nobody misses codex")
        self.assertEqual((reply.json["code"], reply.json["details"]["method"]), ("runtime_unavailable", "model/list"))
        self.assertGreater(reply.json["retryAfterMs"], 0)
        self.assertGreaterEqual(int(reply.headers["retry-after"]), 1)
        self.back_after(pid)
        self.client.expect(200, "GET", "/api/models")


class StandIn(unittest.TestCase):
    def daemon(self, *flags):
        daemon = fake_codex_daemon(self, *flags)
        eventually(lambda: daemon.client.get("/api/health").json["status"] == "ok", what="the app server does not answer")
        return daemon.client

    def test_a_method_that_an_older_codex_does_not_know_is_told_as_such(self):
        for path, method in (("/api/apps", "app/list"), ("/api/collaboration/modes", "collaborationMode/list")):
            client = self.daemon(f"unknown={method}")
            reply = client.expect(501, "GET", path)
            self.assertEqual((reply["code"], reply["details"]["method"]), ("method_not_supported", method))

            def word():
                return client.expect(200, "GET", "/api/capabilities")["methods"][method] == "disabled"
            eventually(word, what=f"{method} does not count as disabled")

    def test_methods_are_probed_once_in_each_life_of_the_app_server(self):
        folder = tempfile.TemporaryDirectory(prefix="lanekeeper-calls-")
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "calls")
        client = self.daemon(f"calls={path}")
        life = client.get("/api/health").json["codex"]
        methods = client.expect(200, "GET", "/api/capabilities")["methods"]

        def probed():
            with open(path, encoding="utf-8") as file:
                calls = collections.Counter(file.read().split())
            return {method: calls[method] for method in methods if method != "thread/loaded/list"}  # asked for health, too
        eventually(lambda: 0 not in probed().values(), 30.0, "not everything is probed")
        for _ in range(5):
            known = client.expect(200, "GET", "/api/capabilities")["methods"]
        self.assertEqual(set(known.values()), {"available"})
        self.assertEqual(set(probed().values()), {1}, probed())
        os.kill(life["pid"], signal.SIGKILL)
        eventually(lambda: client.get("/api/health").json["codex"]["starts"] == life["starts"] + 1, 30.0, "it does not come back")
        eventually(lambda: min(probed().values()) > 1, 30.0, "not everything is probed again")
        for _ in range(5):
            client.expect(200, "GET", "/api/capabilities")
        self.assertEqual(set(probed().values()), {2}, probed())

    def test_an_app_server_that_does_not_answer_is_waited_for_ten_seconds(self):
        reply = self.daemon("deaf=app/list").expect(504, "GET", "/api/apps")
        self.assertEqual((reply["code"], reply["details"]["method"]), ("runtime_timeout", "app/list"))


if __name__ == "__main__":
    unittest.main()
