"""Golden samples: what clients were promised a reply or an event looks like, in proto/samples.

A sample is compared by shape: the same members, the same types, the same words; ids, times and figures are put in their
place first. LANEKEEPER_WRITE_SAMPLES=1 writes the samples anew from what the daemon says.
"""

import json
import os
import re
import shutil

from . import schema

FOLDER = os.path.join(schema.PROTO, "samples")
WRITE = bool(os.environ.get("LANEKEEPER_WRITE_SAMPLES"))

ID = re.compile(r"\b(job|thread|turn|item|proj|request|msg|epoch|err|req|approval|input|call|sch)_[0-9a-z]{13,}\b")
TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SECONDS, MILLISECONDS = 1767323045, 1767323045678
OPAQUE = {"version": "0.1.0", "nextCursor": "where-the-next-page-begins"}
FIGURES = {"seq": 42, "oldest": 1, "duration": 12, "lastCommitMs": 1.5, "retryAfterMs": 1000}


class Normal:
    """One sample with its ids numbered in the order in which they appear, and its times and figures fixed."""

    def __init__(self, replace=()):
        self.ids = {}
        self.replace = replace

    def text(self, text):
        for found, instead in self.replace:
            text = text.replace(found, instead)
        return TIME.sub("2026-01-02T03:04:05.678Z", ID.sub(self.number, text))

    def number(self, match):
        kind = match.group(1)
        same_kind = sum(1 for known in self.ids if known.startswith(kind + "_"))
        return self.ids.setdefault(match.group(0), f"{kind}_{same_kind + 1}")

    def of(self, value, name=""):
        if isinstance(value, str):
            return OPAQUE.get(name) or self.text(value)
        if isinstance(value, dict):
            return {self.text(member): self.of(inner, member) for member, inner in value.items()}
        if isinstance(value, list):
            return [self.of(inner) for inner in value]
        if isinstance(value, bool) or value is None:
            return value
        return self.figure(value, name)

    @staticmethod
    def figure(value, name):
        if value > 1e12:
            return MILLISECONDS
        if value > 1e9:
            return SECONDS
        if name in FIGURES:
            return FIGURES[name]
        return 12 if name.endswith("Ms") and name not in ("sleepMs",) else value


def differences(golden, actual, at="$"):
    """Where two normal samples differ in shape, a line each."""
    number = (int, float)
    if isinstance(golden, bool) or isinstance(actual, bool) or not isinstance(golden, number):
        if type(golden) is not type(actual):
            return [f"{at}: {json.dumps(actual)[:120]}, and the sample has {json.dumps(golden)[:120]}"]
    elif not isinstance(actual, number):
        return [f"{at}: {json.dumps(actual)[:120]} is not a number"]
    if isinstance(golden, dict):
        found = [f"{at}: {name} is missing" for name in golden if name not in actual]
        found += [f"{at}: {name} is not in the sample" for name in actual if name not in golden]
        for name in golden:
            found += differences(golden[name], actual[name], f"{at}.{name}") if name in actual else []
        return found
    if isinstance(golden, list):
        if len(golden) != len(actual):
            return [f"{at}: {len(actual)} elements, and the sample has {len(golden)}"]
        return [line for i, pair in enumerate(zip(golden, actual)) for line in differences(*pair, at=f"{at}[{i}]")]
    if isinstance(golden, str) and golden != actual:
        return [f"{at}: {actual[:200]!r}, and the sample has {golden[:200]!r}"]
    return []


class Samples:
    """The samples of one folder as the daemon gave them, file by file, in the order in which they came."""

    def __init__(self, folder):
        self.folder = os.path.join(FOLDER, folder)
        self.files = {}  # name -> {"title": …, "examples": […]}
        self.replace = []

    def add(self, name, title, when, **sides):
        example = {"when": when}
        example.update(Normal(self.replace).of(sides))
        file = self.files.setdefault(name, {**title, "examples": []})
        file["examples"].append(example)

    def write(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        for name, file in self.files.items():
            with open(os.path.join(self.folder, name + ".json"), "w", encoding="utf-8") as out:
                out.write(json.dumps(file, indent=2, ensure_ascii=False) + "\n")

    def compare(self, only_here=()):
        """What differs from the samples that are kept; `only_here`: names of files that others compare."""
        if WRITE:
            self.write_over(only_here)
        kept = {name[:-5] for name in os.listdir(self.folder) if name.endswith(".json")} - set(only_here)
        found = [f"{name}.json is a sample that nothing was seen of" for name in kept - set(self.files)]
        for name, file in self.files.items():
            if name not in kept:
                found.append(f"{name}.json is missing among the samples")
                continue
            with open(os.path.join(self.folder, name + ".json"), encoding="utf-8") as golden:
                found += [f"{name}.json: {line}" for line in differences(json.load(golden), file)]
        return found

    def write_over(self, spared):
        texts = {}
        for name in spared:
            path = os.path.join(self.folder, name + ".json")
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    texts[path] = file.read()
        self.write()
        for path, text in texts.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)


def file_name(route):
    """"POST /api/sessions/:id/rename" -> "post.api.sessions.id.rename"."""
    verb, path = route.lower().split(" ", 1)
    return verb + "." + path.strip("/").replace(":", "").replace("/", ".")
