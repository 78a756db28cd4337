#!/usr/bin/env python3
"""Holds the repository to the plan of the house. Each finding: file:line, the rule, what to write instead.

    tests/tidy/tidy.py [--self-test]
"""
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))

import arrows  # noqa: F401  (each registers its rules)
import coroutines  # noqa: F401
import layout
import spellings
from rule import RULES
from source import Source

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {'.git', 'build', '.data', '.cache', '__pycache__', 'LICENSE'}
LARGEST = 4 << 20


def from_git():
    """Tracked files and those that could be added, or nothing outside a git checkout."""
    listing = subprocess.run(['git', '-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
                             cwd=ROOT, capture_output=True, check=False)
    return listing.stdout.decode().split('\0')[:-1] if listing.returncode == 0 else []


def from_walk():
    return [str(path.relative_to(ROOT)) for path in ROOT.rglob('*') if path.is_file()]


def paths():
    try:
        found = from_git()
    except OSError:
        found = []
    wanted = [path for path in found or from_walk() if not SKIPPED & set(path.split('/'))]
    return sorted(path for path in wanted if (ROOT / path).is_file() and not (ROOT / path).is_symlink())


def read(path):
    """None for what is no text."""
    file = ROOT / path
    if file.stat().st_size > LARGEST:
        return None
    try:
        return Source(path, file.read_text(encoding='utf-8'))
    except UnicodeDecodeError:
        return None


def stale_entries(all_paths):
    for name, entries in (('locks.txt', spellings.LOCKS), ('oversize.txt', layout.OVERSIZE)):
        for path in sorted(set(entries) - set(all_paths)):
            yield f'tests/tidy/{name}:1: stale-entry: {path} is gone: take it off the list'


def findings():
    all_paths = paths()
    layout.learn_modules(all_paths)
    for file in filter(None, map(read, all_paths)):
        for rule in RULES:
            for line, instead in rule.check(file):
                yield f'{file.path}:{line}: {rule.name}: {instead}'
    yield from stale_entries(all_paths)


def self_test():
    """Every rule must find all its bad snippets and none of the good ones."""
    for rule in RULES:
        if not rule.bad:
            yield f'{rule.name}: has no bad snippet'
        for snippet in rule.bad:
            if not list(rule.check(snippet)):
                yield f'{rule.name}: sleeps on {snippet.path}: {snippet.text[:200]!r}'
        for snippet in rule.good:
            for line, _ in rule.check(snippet):
                yield f'{rule.name}: false alarm in line {line} of {snippet.path}: {snippet.text[:200]!r}'


def main():
    problems = list(self_test() if '--self-test' in sys.argv else findings())
    for problem in problems:
        print(problem)
    print(f'{len(RULES)} rules, {len(problems)} findings')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
