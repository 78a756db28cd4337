#!/usr/bin/env python3
"""What proto/routes.json says of queries is what the daemon does: each rule refuses what breaks it, and other names are passed over."""

import json
import pathlib
import unittest

from support.one_daemon import OneDaemon

ROUTES = json.loads((pathlib.Path(__file__).parents[2] / "proto" / "routes.json").read_text())


def breaking(schema):
    """Texts that the schema refuses; none where any text will do."""
    bad = []
    if "enum" in schema:
        bad.append("neither")
    if "pattern" in schema:
        bad.append("soon")
    if schema.get("type") == "integer":
        bad += ["x", "-1", "1.5"]
    if "maximum" in schema:
        bad += [str(schema["minimum"] - 1), str(schema["maximum"] + 1)]
    if "maxLength" in schema:
        bad += ["", "a" * (schema["maxLength"] + 1)]
    return bad


class Queries(OneDaemon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chat = cls.client.new_chat()["sessionId"]
        cls.project = cls.client.new_project("asked")["projectId"]
        cls.job = cls.client.enqueue("noop", cls.project)["jobId"]

    def place(self, route):
        verb, path = route["route"].split(" ")
        where = self.project if path.startswith("/api/projects") else self.chat
        return verb, path.replace(":id", where).replace(":jobId", self.job).replace(":key", "colour")

    def test_each_rule_refuses_what_breaks_it(self):
        refused = set()
        for route in ROUTES:
            if route["answers"] == "websocket":
                continue
            verb, path = self.place(route)
            for parameter in route["query"]:
                for text in breaking(parameter["schema"]):
                    with self.subTest(route["route"], name=parameter["name"], text=text[:20]):
                        refusal = self.client.expect(400, verb, f"{path}?{parameter['name']}={text}")
                        issue, = refusal.get("details", refusal)["issues"]
                        self.assertEqual(issue["path"], ["query", parameter["name"]])
                        refused.add(parameter["name"])
        self.assertEqual(refused, {"archived", "includeSystemOwned", "jobId", "limit", "offset", "scope", "since", "threadId",
                                   "wait", "workflowId"})

    def test_each_word_that_a_rule_names_is_taken_and_so_is_its_default(self):
        for route in ROUTES:
            verb, path = self.place(route)
            if verb != "GET" or route["answers"] != "reply":
                continue
            for parameter in route["query"]:
                words = list(parameter["schema"].get("enum", []))
                words += [] if parameter["default"] is None else [parameter["default"]]
                for word in words:
                    with self.subTest(route["route"], name=parameter["name"], word=word):
                        self.client.expect(200, verb, f"{path}?{parameter['name']}={word}")

    def test_a_name_that_a_route_does_not_list_is_passed_over(self):
        for route in ROUTES:
            verb, path = self.place(route)
            if verb == "GET" and route["query"] and route["answers"] == "reply":
                with self.subTest(route["route"]):
                    self.client.expect(200, verb, f"{path}?Limit=none&unheard=of")


if __name__ == "__main__":
    unittest.main()
