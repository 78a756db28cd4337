#!/usr/bin/env python3
"""Explanations of real changes: counts are git's, and every name mentioned stands in the diff or in the path.

    explain_corpus.py --tool build/dev/tests/support/explain_tool [--repo DIR …]

Uses a repository made from tests/support/corpus, the repository this file stands in when it has a history, and
any other given with --repo.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORT = os.path.join(os.path.dirname(HERE), "support")
sys.path.insert(0, SUPPORT)
import make_corpus  # noqa: E402
from git_changes import QUIET, commit_changes  # noqa: E402

LEAST_CHANGES = 300
LEAST_LANGUAGES = 5
LEAST_NOTICED = 0.95
LANGUAGES = {".cpp": "C++", ".hpp": "C++", ".h": "C", ".c": "C", ".py": "Python", ".ts": "TypeScript", ".js": "JavaScript",
             ".go": "Go", ".rs": "Rust", ".java": "Java", ".rb": "Ruby", ".sh": "shell", ".sql": "SQL", ".md": "Markdown"}
CODE_SPAN = re.compile(r"(`+)(.+?)(?<!`)\1(?!`)", re.S)


def code_spans(text):
    for match in CODE_SPAN.finditer(text):
        span = match.group(2)
        yield span[1:-1] if len(match.group(1)) > 1 else span


def run_tool(tool, requests):
    lines = "\n".join(json.dumps(request) for request in requests) + "\n"
    done = subprocess.run([tool], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def as_runtime(files):
    return {"changes": [{key: file[key] for key in ("path", "kind", "movePath", "diff")} for file in files]}


def as_full_diff(files):
    """The same change as one git diff with all its headers, as other senders give it."""
    return {"changes": [{"path": files[0]["path"], "kind": "update", "diff": "".join(file["full"] for file in files)}]}


class Check:
    def __init__(self):
        self.problems = []
        self.changes = 0
        self.languages = collections.Counter()
        self.asked = 0
        self.noticed = 0
        self.missed = []

    def fail(self, commit, message):
        self.problems.append(f"{commit['commit'][:12]}: {message}")

    def counts(self, commit, facts, shape):
        if len(facts) != len(commit["files"]):
            return self.fail(commit, f"{shape}: {len(facts)} files instead of {len(commit['files'])}")
        for file, fact in zip(commit["files"], facts):
            if file["added"] is None:
                continue
            if (fact["added"], fact["removed"]) != (file["added"], file["removed"]):
                self.fail(commit, f"{shape} {file['path']}: +{fact['added']} -{fact['removed']} instead of "
                                  f"+{file['added']} -{file['removed']}")
            if fact["malformed"]:
                self.fail(commit, f"{shape} {file['path']}: called malformed")

    def names(self, commit, answer, shown):
        for span in code_spans(answer["text"]):
            if span not in shown:
                self.fail(commit, f"mentions {span!r}, which is in no diff and no path")
        for fact in answer["facts"]:
            for name in fact["names"]:
                for text in (name["name"], name["before"], name["after"]):
                    if text not in shown:
                        self.fail(commit, f"fact {text!r} is in no diff and no path")

    def notes(self, commit, answer):
        """The generated history says what was done; the explanation's facts should have it."""
        try:
            done = json.loads(commit["message"])
        except ValueError:
            return
        changed = {file["path"] for file in commit["files"]} | {file["movePath"] for file in commit["files"]}
        found = {name["name"] for fact in answer["facts"] for name in fact["names"]}
        found |= {name.rsplit("::", 1)[-1] for name in found}
        last_on = {note["path"]: note for note in done}
        for note in last_on.values():
            if not note.get("name") or note["path"] not in changed:
                continue
            self.asked += 1
            if note["name"] in found:
                self.noticed += 1
            else:
                self.missed.append(f"{commit['commit'][:12]} {note}")

    def commits(self, tool, commits):
        runtime = run_tool(tool, [as_runtime(commit["files"]) for commit in commits])
        full = run_tool(tool, [as_full_diff(commit["files"]) for commit in commits])
        for commit, answer, other in zip(commits, runtime, full):
            self.changes += len(commit["files"])
            for file in commit["files"]:
                self.languages[LANGUAGES.get(os.path.splitext(file["movePath"] or file["path"])[1])] += 1
            shown = "\n".join(file["path"] + "\n" + file["movePath"] + "\n" + file["diff"].replace("\r\n", "\n")
                              for file in commit["files"])
            self.counts(commit, answer["facts"], "hunks")
            self.counts(commit, other["facts"], "full diff")
            self.names(commit, answer, shown)
            self.notes(commit, answer)


def has_history(repo):
    return subprocess.run(["git", "-C", repo, "rev-parse", "-q", "--verify", "HEAD~1"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False, env={**os.environ, **QUIET}).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--repo", action="append", default=[])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    check = Check()
    with tempfile.TemporaryDirectory() as folder:
        corpus = os.path.join(folder, "corpus")
        make_corpus.build(corpus, options.seed, 320)
        check.commits(options.tool, list(commit_changes(corpus, 1000)))
    generated = check.changes
    for repo in [os.path.dirname(os.path.dirname(HERE)), *options.repo]:
        if has_history(repo):
            check.commits(options.tool, list(commit_changes(repo, 150)))

    languages = {name for name, count in check.languages.items() if name and count >= 5}
    share = check.noticed / max(check.asked, 1)
    print(f"{check.changes} changes ({generated} generated) in {len(languages)} languages: {', '.join(sorted(languages))}; "
          f"{check.noticed} of {check.asked} known edits noticed")
    if generated < LEAST_CHANGES or len(languages) < LEAST_LANGUAGES:
        check.problems.append("the corpus is too small")
    if share < LEAST_NOTICED:
        check.problems.append(f"only {share:.0%} of the known edits were noticed: " + "; ".join(check.missed[:20]))
    for problem in check.problems[:40]:
        print(problem)
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(main())
