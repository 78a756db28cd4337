"""Who may include whom: the plan of the house."""
import re

from rule import rule
from source import blank

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)

BELOW_QUEUE = {'base', 'job', 'async', 'store', 'events', 'transcript', 'session', 'runtime'}
MAY_INCLUDE = {
    'base': set(),
    'job': {'base'},
    'async': {'base'},
    'store': {'base', 'job', 'async'},
    'events': {'base', 'job', 'async'},
    'transcript': {'base', 'job'},
    'session': {'base', 'job'},
    'runtime': {'base', 'job', 'async'},
    'queue': BELOW_QUEUE,
    'agents': BELOW_QUEUE | {'queue'},
    'jobs': BELOW_QUEUE | {'queue', 'agents'},
    'wire': {'base', 'job', 'transcript', 'session'},
}
MAY_INCLUDE['web'] = BELOW_QUEUE - {'store'} | {'queue', 'agents', 'jobs', 'wire'}
NO_ASIO = {folder for folder, below in MAY_INCLUDE.items() if 'async' not in below} - {'async'}


def includes(file):
    """(line, quoted or angled, what) of every include."""
    for match in INCLUDE.finditer(blank(file.text, keep_strings=True)):
        yield file.line_of(match.start()), match.group(1) == '"', match.group(2)


@rule('include-arrow',
      bad=[('lib/base/a.cpp', '#include "async/nursery.hpp"\n'),
           ('lib/job/a.hpp', '#include "store/store.hpp"\n'),
           ('lib/wire/a.hpp', '#include "queue/queue.hpp"\n'),
           ('lib/web/a.cpp', '#include "store/store.hpp"\n'),
           ('lib/web/a.cpp', '#include "daemon/app.hpp"\n'),
           ('lib/store/a.cpp', '#include "support/fake.hpp"\n'),
           ('lib/attic/a.cpp', '#include "base/time.hpp"\n'),
           ('daemon/a.cpp', '#include "tests/support/x.hpp"\n')],
      good=[('lib/queue/a.cpp', '#include "store/store.hpp"\n#include "queue/lane.hpp"\n'),
            ('lib/base/a.cpp', '// #include "async/nursery.hpp"\n#include "base/time.hpp"\n'),
            ('daemon/app.cpp', '#include "store/store.hpp"\n#include "daemon/app.hpp"\n'),
            ('tests/unit/job/a.cpp', '#include "store/store.hpp"\n')])
def include_arrow(file):
    if not file.is_cpp or file.top not in ('lib', 'daemon'):
        return
    if file.top == 'lib' and file.folder not in MAY_INCLUDE:
        yield 1, f'lib/{file.folder} is not in the plan of the house: add it to tests/tidy/arrows.py with its arrows'
        return
    allowed = set(MAY_INCLUDE) | {'daemon'} if file.top == 'daemon' else MAY_INCLUDE[file.folder] | {file.folder}
    for line, quoted, what in includes(file):
        target = what.split('/')[0]
        if quoted and '/' in what and target not in allowed:
            yield line, (f'{file.folder} may not include "{what}", only {", ".join(sorted(allowed))}: move what both need '
                         'to the left, or hand it in as a value or an interface')


@rule('include-form',
      bad=[('lib/base/a.cpp', '#include "../base/time.hpp"\n'),
           ('lib/base/a.cpp', '#include "time.hpp"\n'),
           ('lib/base/a.cpp', '#include <base/time.hpp>\n')],
      good=[('lib/base/a.cpp', '#include "base/time.hpp"\n#include <boost/json.hpp>\n#include <ctime>\n')])
def include_form(file):
    if not file.is_cpp or file.top not in ('lib', 'daemon'):
        return
    for line, quoted, what in includes(file):
        ours = what.split('/')[0] in MAY_INCLUDE and what.endswith('.hpp')
        if quoted and ('/' not in what or what.startswith('.')) or not quoted and ours:
            yield line, f'write the path from lib in quotes, as in "base/time.hpp", instead of {what}'


def foreign(name, prefix, allowed, instead, bad, good):
    """A library whose headers may be included only where `allowed(file)` says so."""
    def check(file):
        if not file.is_cpp or allowed(file):
            return
        for line, _, what in includes(file):
            if what.startswith(prefix):
                yield line, f'<{what}> may not be included here: {instead}'
    rule(name, bad, good)(check)


foreign('asio-free', ('boost/asio', 'boost/beast'), lambda file: file.top != 'lib' or file.folder not in NO_ASIO,
        'this folder decides and does not wait; let a coroutine further right carry the bytes and the time',
        bad=[('lib/job/a.cpp', '#include <boost/asio/post.hpp>\n'), ('lib/base/a.hpp', '#include <boost/asio.hpp>\n'),
             ('lib/wire/a.cpp', '#include <boost/beast/core.hpp>\n')],
        good=[('lib/async/a.hpp', '#include <boost/asio/post.hpp>\n')])

foreign('beast-in-web', ('boost/beast',), lambda file: file.top == 'tests' or file.path.startswith('lib/web/'),
        'Beast appears only in lib/web; use the interfaces there',
        bad=[('lib/queue/a.cpp', '#include <boost/beast/http.hpp>\n'), ('daemon/a.cpp', '#include <boost/beast.hpp>\n')],
        good=[('lib/web/a.cpp', '#include <boost/beast/http.hpp>\n'), ('tests/bench/a.cpp', '#include <boost/beast.hpp>\n')])

foreign('sqlite-in-its-driver', ('sqlite3',),
        lambda file: file.top == 'tests' or file.path.startswith('lib/store/sqlite/'),
        'sqlite3.h appears only in lib/store/sqlite; use the store interface',
        bad=[('lib/store/a.cpp', '#include <sqlite3.h>\n'), ('daemon/a.cpp', '#include "sqlite3.h"\n')],
        good=[('lib/store/sqlite/a.cpp', '#include <sqlite3.h>\n')])

foreign('abseil-behind-zones', ('absl/',), lambda file: file.path == 'lib/base/zone.cpp',
        'Abseil reads time zones in lib/base/zone.cpp and nothing else; use base/zone.hpp',
        bad=[('lib/job/a.cpp', '#include <absl/time/time.h>\n'), ('tests/unit/base/a.cpp', '#include <absl/time/time.h>\n')],
        good=[('lib/base/zone.cpp', '#include <absl/time/time.h>\n')])
