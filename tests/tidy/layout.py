"""What a file looks like from outside: its size, its guard, the words that do not belong into it."""
import re
import sys

from rule import rule
from spellings import HERE

LIMIT = 300
MEASURED = ('.hpp', '.cpp', '.py', '.sh', 'CMakeLists.txt', '/run')


def oversize_list():
    allowed = {}
    for line in (HERE / 'oversize.txt').read_text().splitlines():
        if line.strip() and not line.startswith('#'):
            path, lines = line.split()[:2]
            allowed[path] = int(lines)
    return allowed


OVERSIZE = oversize_list()


@rule('file-size',
      bad=[('lib/base/a.cpp', 'int x;\n' * (LIMIT + 1)), ('tests/system/a.py', 'x = 1\n' * (LIMIT + 1))],
      good=[('lib/base/a.cpp', 'int x;\n' * LIMIT), ('README.md', 'x\n' * 1000)])
def file_size(file):
    if not file.path.endswith(MEASURED) or file.is_sample:
        return
    known, lines = OVERSIZE.get(file.path), file.lines()
    if known is None and lines > LIMIT:
        yield lines, f'{lines} lines, {LIMIT} at most: it is missing a name for one of its parts; split it'
    if known is not None and lines > known:
        yield lines, f'{lines} lines, but tests/tidy/oversize.txt has {known}, and numbers there only fall'
    if known is not None and lines <= LIMIT:
        yield 1, 'short enough now: take it off tests/tidy/oversize.txt'


@rule('pragma-once', bad=[('lib/base/a.hpp', '#include "base/time.hpp"\n'), ('tests/support/a.hpp', '// #pragma once\n')],
      good=[('lib/base/a.hpp', '// why\n#pragma once\n'), ('lib/base/a.cpp', 'int x;\n')])
def pragma_once(file):
    if file.is_header and not file.is_sample and not re.search(r'^#pragma once$', file.code, re.MULTILINE):
        yield 1, 'a header begins with #pragma once'


# Spelled in halves, so that this file does not find itself.
MACHINE = re.compile(r'(?<![\w.~$}\])])/(wo' r'rk|ro' r'ot|ho' r'me/\w+|tm' r'p/lk)(?=[/\s\'"`),;:]|$)', re.MULTILINE)


@rule('machine-path',
      bad=[('README.md', 'see /wo' 'rk/shared\n'), ('tests/run', 'cd /ro' 'ot/x\n'), ('lib/base/a.cpp', '// /tm' 'p/lk\n'),
           ('lib/base/a.cpp', 'auto p = "/ho' 'me/ann/x";\n')],
      good=[('README.md', 'homework/x ./work/y $ROOT/root/x https://x.example/root/y\n')])
def machine_path(file):
    if file.is_sample:
        return
    for match in MACHINE.finditer(file.text):
        yield file.line_of(match.start()), f'{match.group()} is a path of one machine: write a relative one, or name the document'


@rule('workplace-word', bad=[('lib/base/a.hpp', '// shar' 'ed/spec/queue.md, 4\n')], good=[('lib/base/a.hpp', '// queue.md 4\n')])
def workplace_word(file):
    for match in re.finditer(r'\bshar' r'ed/(spec|mission|tools)\b', '' if file.is_sample else file.text):
        yield file.line_of(match.start()), f'{match.group()}: cite the document by its name, as in "queue.md 4"'


@rule('left-to-do', bad=[('lib/base/a.cpp', 'int x;  // TO' 'DO: later\n'), ('tests/run', '# FIX' 'ME\n')],
      good=[('lib/base/a.cpp', 'words = {"TO' 'DO"};\n')])
def left_to_do(file):
    if file.is_sample:
        return
    for match in re.finditer(r'(//|#|/\*|<!--)[^\n"]*\b(TO' r'DO|FIX' r'ME|XX' r'X)\b', file.text):
        yield file.line_of(match.start()), f'{match.group(2)}: do it, or say in the documents what is missing'


@rule('python-stdlib', bad=[('tests/system/a.py', 'import os\nimport requests\n'), ('daemon/demo.py', 'from yaml import load\n')],
      good=[('tests/system/a.py', 'import os.path\nfrom json import dumps\nfrom . import x\n')])
def python_stdlib(file):
    if not file.path.endswith('.py') or file.is_sample:
        return
    for match in re.finditer(r'^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w*)', file.text, re.MULTILINE):
        name = match.group(1)
        if name not in sys.stdlib_module_names and name not in LOCAL_MODULES:
            yield file.line_of(match.start()), f'{name}: tests and tools use the standard library only'


LOCAL_MODULES = set()


def learn_modules(paths):
    """Folders and files of the repository that Python can import by name."""
    for path in paths:
        if path.endswith('.py'):
            parts = path[:-3].split('/')
            LOCAL_MODULES.update(parts)
