"""Requests whose replies become samples. Each is held to the schemas of proto/ on its way."""

import urllib.parse

from . import schema
from .samples import file_name

ROUTES = {route["route"]: route for route in schema.load("routes.json")}
OBJECTS = {name: schema.load(f"objects/{name}.json")
           for name in ("approval", "entry", "error", "job", "jobs-error", "submitted-job", "claimed-job", "lane", "project", "schedule", "session", "thread", "tool-call", "tool-input")}
LISTS = {"GET /api/projects": "project", "GET /api/sessions": "session", "GET /api/orchestrator/lanes": "lane",
         "GET /api/projects/:id/orchestrator/jobs": "job", "GET /api/sessions/:id/approvals": "approval",
         "GET /api/sessions/:id/tool-input": "tool-input", "GET /api/sessions/:id/tool-calls": "tool-call"}
NO_BODY = object()


def request_faults(route, body):
    """A body that is sent and accepted is one that the published schema takes."""
    if ROUTES[route]["request"] is None or body is NO_BODY:
        return []
    wanted = schema.load(ROUTES[route]["request"])
    return [line for one in (body if isinstance(body, list) else [body]) for line in schema.faults(wanted, one)]


def reply_faults(route, status, body):
    if status >= 400:
        return schema.faults(OBJECTS["jobs-error" if of_pool(route) else "error"], body)
    if route == "POST /api/workers/claim" and body:
        return schema.faults(OBJECTS["claimed-job"], body["job"], strict=True)
    if of_pool(route) and "type" in body:
        return schema.faults(OBJECTS["submitted-job"], body, strict=True)
    if "cron" in body:
        return schema.faults(OBJECTS["schedule"], body, strict=True)
    found = []
    for name, value in body.items():
        if name in OBJECTS and isinstance(value, dict):
            found += schema.faults(OBJECTS[name], value, strict=True, at=f"$.{name}")
    for i, value in enumerate(body.get("data", []) if route in LISTS else []):
        found += schema.faults(OBJECTS[LISTS[route]], value, strict=True, at=f"$.data[{i}]")
    for i, value in enumerate(body.get("schedules", [])):
        found += schema.faults(OBJECTS["schedule"], value, strict=True, at=f"$.schedules[{i}]")
    for i, value in enumerate(body.get("transcript", [])):
        found += schema.faults(OBJECTS["entry"], value, strict=True, at=f"$.transcript[{i}]")
    return found


def of_pool(route):
    """These routes have words of their own, for jobs and for refusals."""
    return route.split(" ")[1].startswith(("/api/jobs", "/api/schedules", "/api/workers"))


def refusal_word(body):
    """The code, or the route's own word where the code is the general job_conflict."""
    if "error" in body and "code" not in body:
        return body["error"]
    return body["status"] if body["code"] == "job_conflict" and body["status"] != "error" else body["code"]


class Calls:
    """`calls("POST /api/projects/:id/rename", "what is special", id=…, body={…})` -> the reply's JSON."""

    def __init__(self, client, samples, by_code=False):
        self.client, self.samples, self.by_code = client, samples, by_code
        self.faults = []

    def __call__(self, route, when, body=NO_BODY, status=200, query="", headers=None, **ids):
        verb, pattern = route.split(" ", 1)
        words = [urllib.parse.quote(ids[word[1:]], safe="") if word.startswith(":") else word for word in pattern.split("/")]
        path = "/".join(words) + query
        reply = self.client.request(verb, path, None if body is NO_BODY else body, headers=headers)
        if reply.status != status:
            raise AssertionError(f"{route} ({when}): {reply.status} instead of {status}: {reply.text[:600]}")
        answer = reply.json if reply.body else {}
        found = reply_faults(route, status, answer)
        if status < 300:
            found += request_faults(route, body)
        self.faults += [f"{route} ({when}): {line}" for line in found]
        request = {"path": path}
        if headers:
            request["headers"] = headers
        if body is not NO_BODY:
            request["body"] = body
        said = {"status": status}
        if "retry-after" in reply.headers:
            said["headers"] = {"Retry-After": int(reply.headers["retry-after"])}
        if reply.body:
            said["body"] = answer
        name = refusal_word(answer) if self.by_code else file_name(route)
        title = {"refusal": name} if self.by_code else {"route": route}
        if self.by_code:
            request = {"route": route, **request}
        self.samples.add(name, title, when, request=request, reply=said)
        return answer
