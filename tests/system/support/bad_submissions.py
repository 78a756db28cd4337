"""Submissions that are refused: (what is wrong, route, body, status, error, path of the issue or None, members of details)."""

ONE, BULK, WORKFLOW = "/api/jobs", "/api/jobs/bulk", "/api/jobs/workflow"
BAD = "invalid_request"
DEEP = {"type": "noop", "metadata": {}}
inner = DEEP["metadata"]
for _ in range(70):
    inner["in"] = {}
    inner = inner["in"]


def noop(**members):
    return {"type": "noop", "payload": {}, **members}


def one(what, member, path, **members):
    return (what, ONE, noop(**members) if member is None else member, 400, BAD, path, {})


def second(what, path, **members):
    """The second of three in a bulk submission."""
    return (what, BULK, {"jobs": [noop(), noop(**members), noop()]}, 400, BAD, ["jobs", 1, *path], {"index": 1})


def flow(what, path, status=400, error=BAD, details=None, jobs=None, **members):
    body = {"name": "w", "mode": "dag", "jobs": [noop(key="a"), noop(key="b")] if jobs is None else jobs, **members}
    return (what, WORKFLOW, {k: v for k, v in body.items() if v is not ...}, status, error, path, details or {})


OF_ONE = [
    one("no members", {}, ["type"]),
    one("no object", [], []),
    one("a text", "noop", []),
    ("null", ONE, b"null", 400, BAD, [], {}),
    one("no type", {"payload": {}}, ["type"]),
    one("an empty type", {"type": ""}, ["type"]),
    one("a type that is a number", {"type": 7}, ["type"]),
    one("a type over two lines", {"type": "a\nb"}, ["type"]),
    one("a type that is too long", {"type": "x" * 129}, ["type"]),
    one("the word of workflows as a type", {"type": "workflow", "prompt": "x"}, ["type"]),
    one("a type that has rules of its own", {"type": "suggest_reply", "payload": {}}, ["type"]),
    one("a priority above 10", None, ["priority"], priority=11),
    one("a priority below 0", None, ["priority"], priority=-1),
    one("a priority between two", None, ["priority"], priority=1.5),
    one("a priority in words", None, ["priority"], priority="high"),
    one("a prompt that is a list", {"type": "x", "prompt": ["a"]}, ["prompt"]),
    one("a free type without a prompt", {"type": "own word"}, ["payload", "prompt"]),
    one("a payload that is a text", None, ["payload"], payload="x"),
    one("a payload that its type refuses", None, ["payload", "sleepMs"], payload={"sleepMs": "long"}),
    one("a payload with a member that its type does not know", None, ["payload", "color"], payload={"color": 1}),
    one("dependencies that are a text", None, ["dependencies"], dependencies="x"),
    one("a dependency that is a number", None, ["dependencies", 1], dependencies=["done", 1]),
    one("an empty dependency", None, ["dependencies", 0], dependencies=[""]),
    one("metadata that are a list", None, ["metadata"], metadata=[]),
    one("the pool as a project", None, ["projectId"], projectId="pool"),
    one("a project of odd letters", None, ["projectId"], projectId="a b"),
    one("an id like ours", None, ["jobId"], jobId="job_mine"),
    one("an id that is a word of the routes", None, ["jobId"], jobId="workflow"),
    one("an id of odd letters", None, ["jobId"], jobId="a/b"),
    one("an id that is too long", None, ["jobId"], jobId="x" * 65),
    one("no time at all", None, ["timeout"], timeout=0),
    one("a time that is a text", None, ["timeout"], timeout="5s"),
    one("a day without a zone", None, ["scheduledFor"], scheduledFor="2030-01-01T00:00:00"),
    one("a day in words", None, ["scheduledFor"], scheduledFor="tomorrow, at eight o'clock"),
    one("a deadline that has passed", None, ["expiresAt"], expiresAt="2020-01-01T00:00:00Z"),
    one("a deadline before its time", None, ["expiresAt"], scheduledFor="2090-01-02T00:00:00Z", expiresAt="2090-01-01T00:00:00Z"),
    one("a deadline in words", None, ["expiresAt"], expiresAt="at the end of the day"),
    one("retries below 0", None, ["maxRetries"], maxRetries=-1),
    one("a hundred retries", None, ["maxRetries"], maxRetries=100),
    one("an empty dedupe key", None, ["dedupeKey"], dedupeKey=""),
    one("an executor that there is not", None, ["executor"], executor="nobody"),
    one("a member that there is not", None, ["depends_on"], depends_on=[]),
    one("a key outside of a workflow", None, ["key"], key="a"),
    ("an unknown dependency", ONE, noop(dependencies=["done", "nobody", "job_000000000000"]), 400, "unknown_dependency", None,
     {"ids": ["nobody", "job_000000000000"]}),
    ("itself as a dependency", ONE, noop(jobId="me", dependencies=["me"]), 400, "cyclic_dependency", None, {"cycle": ["me", "me"]}),
    ("an id that is taken", ONE, noop(jobId="done"), 409, "duplicate_job_id", None, {"jobId": "done"}),
    ("a chat that there is not", ONE, noop(projectId="session:thread_none"), 404, "not_found", None, {"sessionId": "thread_none"}),
    ("too deep", ONE, DEEP, 400, "invalid_json", None, {}),
    ("cut off", ONE, b'{"type": "noop"', 400, "invalid_json", None, {}),
    ("a member twice", ONE, b'{"type": "noop", "type": "noop"}', 400, "invalid_json", None, {}),
    ("no UTF-8", ONE, b'{"type": "\xff"}', 400, "invalid_json", None, {}),
    ("nothing", ONE, b"", 400, "invalid_json", None, {}),
]

OF_MANY = [
    ("a text", BULK, b'"noop"', 400, BAD, [], {}),
    ("no jobs", BULK, {}, 400, BAD, ["jobs"], {}),
    ("an empty array", BULK, [], 400, BAD, [], {}),
    ("an empty list of jobs", BULK, {"jobs": []}, 400, BAD, ["jobs"], {}),
    ("jobs that are an object", BULK, {"jobs": {}}, 400, BAD, ["jobs"], {}),
    ("one job alone", BULK, noop(), 400, BAD, ["jobs"], {}),
    ("a member beside the jobs", BULK, {"jobs": [noop()], "mode": "dag"}, 400, BAD, ["mode"], {}),
    ("a thousand and one", BULK, [noop()] * 1001, 400, BAD, [], {}),
    ("a job that is a number", BULK, [noop(), 5], 400, BAD, [1], {"index": 1}),
    ("a job of an array without a type", BULK, [noop(), {"payload": {}}], 400, BAD, [1, "type"], {"index": 1}),
    second("a priority that is too high", ["priority"], priority=99),
    second("a payload that its type refuses", ["payload", "sleepMs"], payload={"sleepMs": -1}),
    second("an id like ours", ["jobId"], jobId="job_1"),
    second("an executor that there is not", ["executor"], executor="nobody"),
    second("a time that is none", ["scheduledFor"], scheduledFor="2026-13-01T00:00:00Z"),
    second("a project of odd letters", ["projectId"], projectId="a/b"),
    second("a key outside of a workflow", ["key"], key="a"),
    ("an unknown dependency of the last", BULK, [noop(), noop(), noop(dependencies=["nobody"])], 400, "unknown_dependency", None,
     {"ids": ["nobody"], "index": 2}),
    ("an id twice in one request", BULK, [noop(jobId="x"), noop(jobId="x")], 409, "duplicate_job_id", None, {"jobId": "x", "index": 1}),
    ("an id that is taken", BULK, [noop(jobId="done")], 409, "duplicate_job_id", None, {"jobId": "done", "index": 0}),
    ("a cycle of own ids", BULK, [noop(jobId="A", dependencies=["C"]), noop(jobId="B", dependencies=["A"]), noop(jobId="C", dependencies=["B"])],
     400, "cyclic_dependency", None, {"cycle": ["A", "C", "B", "A"]}),
    ("one that waits for itself", BULK, [noop(), noop(jobId="me", dependencies=["me"])], 400, "cyclic_dependency", None, {"cycle": ["me", "me"]}),
    ("a chat that there is not", BULK, [noop(), noop(projectId="session:thread_none")], 404, "not_found", None, {"index": 1}),
    ("one of the kind of workflows", BULK, [noop(), {"type": "workflow", "prompt": "x"}], 400, BAD, [1, "type"], {"index": 1}),
    ("a payload of more than 1 MiB", BULK, [noop(), noop(payload={"result": {"x": "x" * 1_050_000}})], 400, BAD, [1, "payload"], {"index": 1}),
    ("an array that is cut off", BULK, b'[{"type": "noop"}', 400, "invalid_json", None, {}),
]

OF_WORKFLOWS = [
    flow("no name", ["name"], name=...),
    flow("an empty name", ["name"], name=""),
    flow("a mode that there is not", ["mode"], mode="random"),
    flow("a member that there is not", ["priority"], priority=3),
    flow("no jobs", ["jobs"], jobs=...),
    flow("an empty list", ["jobs"], jobs=[]),
    flow("jobs that are a text", ["jobs"], jobs="a"),
    flow("jobs and steps", ["steps"], steps=[noop()]),
    flow("more than ten thousand", ["jobs"], jobs=[{"type": "noop"}] * 10_001),
    ("an array alone", WORKFLOW, [noop()], 400, BAD, [], {}),
    flow("a job that is null", ["jobs", 0], jobs=[None, noop()], details={"index": 0}),
    flow("a job without a type", ["jobs", 1, "type"], jobs=[noop(), {"key": "b"}], details={"index": 1}),
    flow("a key of odd letters", ["jobs", 0, "key"], jobs=[noop(key="a b")], details={"index": 0}),
    flow("an empty key", ["jobs", 0, "key"], jobs=[noop(key="")], details={"index": 0}),
    flow("a key that is too long", ["jobs", 0, "key"], jobs=[noop(key="k" * 65)], details={"index": 0}),
    flow("a key that looks like a place", ["jobs", 0, "key"], jobs=[noop(key="#0")], details={"index": 0}),
    flow("a key twice", None, error="duplicate_key", jobs=[noop(key="a"), noop(), noop(key="a")],
         details={"key": "a", "indexes": [0, 2], "index": 2}),
    flow("a key that is the id of another", None, error="duplicate_key", jobs=[noop(jobId="a"), noop(key="a")], details={"indexes": [0, 1]}),
    flow("a place beyond the end", None, error="unknown_dependency", jobs=[noop(), noop(dependencies=["#2"])],
         details={"ids": ["#2"], "index": 1}),
    flow("neither a key nor an id", None, error="unknown_dependency", jobs=[noop(key="a"), noop(dependencies=["a", "nobody"])],
         details={"ids": ["nobody"], "index": 1}),
    flow("the cycle of the document", None, error="cyclic_dependency", details={"cycle": ["A", "C", "B", "A"]},
         jobs=[noop(key="A", dependencies=["C"]), noop(key="B", dependencies=["A"]), noop(key="C", dependencies=["B"])]),
    flow("a cycle of places", None, error="cyclic_dependency", jobs=[noop(dependencies=["#1"]), noop(dependencies=["#0"])],
         details={"cycle": ["#0", "#1", "#0"]}),
    flow("one that waits for itself", None, error="cyclic_dependency", jobs=[noop(), noop(key="b", dependencies=["b"])],
         details={"cycle": ["b", "b"]}),
    flow("a sequence whose first waits for its last", None, error="cyclic_dependency", mode="sequential",
         jobs=[noop(key="a", dependencies=["c"]), noop(key="b"), noop(key="c")], details={"cycle": ["a", "c", "b", "a"]}),
    flow("a duplicate by wish", ["jobs", 0, "dedupeKey"], jobs=[noop(dedupeKey="x")], details={"index": 0}),
    flow("an id that is taken", None, status=409, error="duplicate_job_id", jobs=[noop(), noop(jobId="done")], details={"index": 1}),
    flow("a payload that its type refuses", ["steps", 1, "payload", "fail"], jobs=..., steps=[noop(), noop(payload={"fail": "maybe"})],
         details={"index": 1}),
    flow("an executor that there is not", ["jobs", 0, "executor"], jobs=[noop(executor="nobody")], details={"index": 0}),
    flow("a workflow in a workflow", ["jobs", 0, "type"], jobs=[{"type": "workflow", "prompt": "x"}], details={"index": 0}),
    ("more than fifty thousand dependencies", WORKFLOW,
     {"name": "w", "mode": "dag", "jobs": [noop(dependencies=[f"k{i}" for i in range(10_000)])] * 6}, 400, BAD, ["jobs", 5, "dependencies"], {"index": 5}),
    ("cut off", WORKFLOW, b'{"name": "w", "jobs": [', 400, "invalid_json", None, {}),
]
