"""What the commits of a git repository changed, in the shape that runtimes report file changes."""
import os
import subprocess

# The machine's own settings must not change what a diff looks like.
QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
DIFF = ["-c", "core.quotepath=off", "-c", "diff.renames=true", "diff", "-M", "--no-color", "--no-ext-diff"]


def git(repo, *arguments):
    return subprocess.run(["git", "-C", repo, *arguments], check=True, stdout=subprocess.PIPE,
                          env={**os.environ, **QUIET}).stdout


def text(data):
    return data.decode("utf-8", "replace")


def numstat(repo, old, new):
    """{new path: (added, removed, old path or None)}; None for the counts of binary files."""
    fields = git(repo, *DIFF, "--numstat", "-z", old, new).split(b"\0")
    found = {}
    at = 0
    while at < len(fields) and fields[at]:
        added, removed, path = fields[at].split(b"\t")
        before = None
        if not path:
            before, path = text(fields[at + 1]), fields[at + 2]
            at += 2
        at += 1
        counts = (None, None) if added == b"-" else (int(added), int(removed))
        found[text(path)] = (*counts, before)
    return found


def kinds(repo, old, new):
    """{new path: (letter, old path or None)}"""
    fields = git(repo, *DIFF, "--name-status", "-z", old, new).split(b"\0")
    found = {}
    at = 0
    while at < len(fields) and fields[at]:
        letter = text(fields[at])[0]
        if letter in "RC":
            found[text(fields[at + 2])] = (letter, text(fields[at + 1]))
            at += 3
        else:
            found[text(fields[at + 1])] = (letter, None)
            at += 2
    return found


def sections(repo, old, new):
    """The full diff, cut at each file, in git's order."""
    whole = git(repo, *DIFF, old, new)
    parts = (b"\n" + whole).split(b"\ndiff --git ")[1:]
    return ["diff --git " + text(part) + ("" if part.endswith(b"\n") else "\n") for part in parts]


def hunks_of(section):
    at = section.find("\n@@ ")
    return "" if at < 0 else section[at + 1:]


def blob(repo, revision, path):
    return git(repo, "cat-file", "blob", f"{revision}:{path}")


def change_between(repo, old, new):
    counts = numstat(repo, old, new)
    files = []
    for (path, (letter, before)), section in zip(kinds(repo, old, new).items(), sections(repo, old, new)):
        added, removed, _ = counts[path]
        kind = {"A": "add", "D": "delete"}.get(letter, "update")
        if kind == "add":
            diff = text(blob(repo, new, path))
        elif kind == "delete":
            diff = text(blob(repo, old, path))
        else:
            diff = hunks_of(section)
        files.append({"path": before or path, "movePath": path if before else "", "kind": kind, "diff": diff,
                      "full": section, "added": added, "removed": removed, "letter": letter})
    return files


def commit_changes(repo, most):
    """One {commit, message, files} for each commit that changed something, newest first."""
    log = text(git(repo, "log", "--no-merges", "--format=%H %P", f"-n{most}"))
    for line in log.splitlines():
        commit, *parents = line.split()
        if not parents:
            continue
        files = change_between(repo, parents[0], commit)
        if files:
            message = text(git(repo, "log", "-1", "--format=%B", commit)).strip()
            yield {"commit": commit, "message": message, "files": files}
