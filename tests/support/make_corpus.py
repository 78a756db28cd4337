#!/usr/bin/env python3
"""Real changes for the tests of the explanations.

    make_corpus.py --build DIR [--seed N] [--commits N]   make a git repository from tests/support/corpus
    make_corpus.py --repo DIR [--most N]                  print the changes of any repository, one JSON a line

The repository is made by a seeded sequence of the edits that people make: functions come, go and change,
files are renamed, copied and deleted, headings reworded, dependencies bumped. The message of each commit is a
JSON list of what was done, so that a test can ask whether the explanation noticed.
"""
import argparse
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from corpus_edits import EDITS, Tree  # noqa: E402
from git_changes import commit_changes  # noqa: E402

SEEDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def read_seeds(folder):
    files = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, folder).replace(os.sep, "/")] = file.read()
    return files


def revisions(seed, commits):
    """Yields (message, {path: bytes}) for each commit, the first being the seeds themselves."""
    rng = random.Random(seed)
    tree = Tree(read_seeds(SEEDS), rng)
    yield json.dumps([{"op": "start"}]), dict(tree.files)
    for _ in range(commits):
        done = []
        for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 5])):
            names = [name for name, _ in EDITS]
            weights = [weight for _, weight in EDITS]
            note = rng.choices(names, weights)[0](tree, rng)
            if note:
                done.append(note)
        yield json.dumps(done), dict(tree.files)


def fast_import(stream, before, after, mark, message):
    stream.append(b"commit refs/heads/main\nmark :%d\n" % mark)
    stream.append(b"committer Corpus <corpus@example.org> %d +0000\n" % (1700000000 + mark * 60))
    text = message.encode()
    stream.append(b"data %d\n%s\n" % (len(text), text))
    if mark > 1:
        stream.append(b"from :%d\n" % (mark - 1))
    for path in sorted(set(before) - set(after)):
        stream.append(b"D %s\n" % path.encode())
    for path in sorted(after):
        if before.get(path) == after[path]:
            continue
        mode = b"100755" if path.endswith(".sh") else b"100644"
        stream.append(b"M %s inline %s\ndata %d\n" % (mode, path.encode(), len(after[path])))
        stream.append(after[path] + b"\n")


def build(folder, seed, commits):
    stream = []
    before = {}
    for mark, (message, files) in enumerate(revisions(seed, commits), 1):
        fast_import(stream, before, files, mark, message)
        before = files
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    subprocess.run(["git", "-C", folder, "fast-import", "--quiet"], input=b"".join(stream), check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", metavar="DIR")
    parser.add_argument("--repo", metavar="DIR")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commits", type=int, default=320)
    parser.add_argument("--most", type=int, default=400)
    options = parser.parse_args()
    if options.build:
        build(options.build, options.seed, options.commits)
    if options.repo:
        for commit in commit_changes(options.repo, options.most):
            json.dump(commit, sys.stdout)
            print()
    return 0 if options.build or options.repo else 2


if __name__ == "__main__":
    sys.exit(main())
