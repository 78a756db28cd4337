#!/usr/bin/env python3
"""Every line of the Testing Matrix (orchestrator-queue.md) has a test that bears its words in its name."""
import re
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent

MATRIX = {
    'Scheduler': ['per-project serialization', 'fairness/aging starvation prevention'],
    'Dedupe': ['suggest single-flight duplicates return existing job', 'file explain duplicates drop/merge as configured'],
    'Cancellation': ['queued cancel', 'running cancel with interrupt path', 'running cancel fallback on interrupt timeout'],
    'Recovery': ['restart requeues previous running jobs', 'sink idempotency after recovery replay'],
    'WebSocket routing': ['suggest completion reaches selected session-scoped client', 'no cross-session leakage'],
    'Session isolation': ['system-owned session hidden in list', 'user operation denial on system-owned session'],
    'Explainability transcript': ['placeholder -> complete lifecycle', 'anchored placement after fileChange item',
                                  'survives transcript reload without duplication'],
}

CPP_NAME = re.compile(r'^\s*(?:TEST_CASE|SCENARIO)\(\s*"((?:\\.|[^"\\])*)"', re.MULTILINE)
PYTHON_NAME = re.compile(r'^\s*def (test_\w+)\(', re.MULTILINE)


def words(text):
    return ' ' + ' '.join(re.findall(r'[a-z0-9]+', text.lower())) + ' '


def test_names():
    """(file, name) of every test there is."""
    for path in sorted(TESTS.rglob('*')):
        pattern = {'.cpp': CPP_NAME, '.py': PYTHON_NAME}.get(path.suffix)
        if pattern and path.is_file():
            for name in pattern.findall(path.read_text(encoding='utf-8', errors='replace')):
                yield path.relative_to(TESTS), name


def main():
    names = [(path, name, words(name)) for path, name in test_names()]
    missing = 0
    for part, lines in MATRIX.items():
        for line in lines:
            found = [f'{path}: {name}' for path, name, spelled in names if words(line) in spelled]
            missing += not found
            print(f'{part} — {line}')
            print('\n'.join('    ' + test for test in found) if found else '    MISSING: no test bears these words')
    return 1 if missing else 0


if __name__ == '__main__':
    sys.exit(main())
