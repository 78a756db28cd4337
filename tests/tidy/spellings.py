"""Spellings that do not stand here, each with what to write instead."""
import re
from pathlib import Path

from rule import rule

HERE = Path(__file__).parent


def listed(name):
    """The first words of the lines of a list beside this file; # begins a comment."""
    lines = (HERE / name).read_text().splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.startswith('#')}


LOCKS = listed('locks.txt')


def under(*starts):
    return lambda file: file.path.startswith(starts)


def ban(name, pattern, instead, bad, good=(), allowed=lambda file: False, where=('lib/', 'daemon/', 'tests/')):
    """A pattern over code without comments and strings. Snippets are lines of `lib/queue/a.cpp` unless they are pairs."""
    expression = re.compile(pattern)

    def check(file):
        if not file.is_cpp or not file.path.startswith(where) or allowed(file):
            return
        for match in expression.finditer(file.code):
            spelled = ' '.join(match.group().split())
            yield file.line_of(match.start()), f'`{spelled}`: {instead}'

    def placed(snippets):
        return [s if isinstance(s, tuple) else ('lib/queue/a.cpp', s) for s in snippets]
    rule(name, placed(bad), placed(good))(check)


ban('detached', r'\basio\s*::\s*detached(_t)?\b|\.\s*detach\s*\(',
    'nothing is detached; start it in a Nursery (async/nursery.hpp), which logs, cancels and can be awaited',
    bad=['asio::co_spawn(ex, run(), asio::detached);', 'worker.detach();'], good=['// asio::detached\n'])

ban('blocking-sleep', r'\bsleep_for\b|this_thread\s*::\s*sleep_until|\b(u|nano)sleep\s*\(|(?<![\w.>])(::\s*)?\bsleep\s*\(\s*\d',
    'it stops every lane; await a timer of async/time_source.hpp',
    bad=['std::this_thread::sleep_for(1s);', 'usleep(10);', '::sleep(1);',
         ('tests/unit/job/a.cpp', 'std::this_thread::sleep_until(t);')],
    good=['co_await sleep_until(time, deadline);'], allowed=under('tests/bench/', 'tests/system/'))

ban('wall-clock', r'\bsystem_clock\s*::\s*now|\bstd\s*::\s*time\s*\(|(?<![\w.>:])time\s*\(\s*(nullptr|NULL|0)\s*\)'
    r'|\bgettimeofday\s*\(|\bclock_gettime\s*\(|\b(localtime|gmtime|mktime|strftime)(_r)?\s*\(|\bhigh_resolution_clock\b',
    'take a `Clock&` (base/time.hpp), so that a test can own the time',
    bad=['auto t = std::chrono::system_clock::now();', 'auto t = std::time(nullptr);', 'x = time(nullptr);',
         'gmtime_r(&a, &b);', 'using C = std::chrono::high_resolution_clock;'],
    good=['auto t = clock.wall();', ('lib/base/time.cpp', 'std::chrono::system_clock::now()')],
    allowed=under('lib/base/time.', 'lib/base/local_time.', 'tests/bench/', 'tests/support/', 'tests/system/'))

ban('monotonic-clock', r'\bsteady_clock\s*::\s*now\s*\(',
    'take a `Clock&` (base/time.hpp) and ask it for mono()',
    bad=['auto t = std::chrono::steady_clock::now();'],
    allowed=under('lib/base/time.', 'lib/async/', 'tests/'))

ban('randomness', r'\bstd\s*::\s*(random_device|mt19937(_64)?|default_random_engine)\b|(?<![\w.>:])s?rand\s*\(',
    'take a `Random&` (base/random.hpp), so that a seed replays the run',
    bad=['std::mt19937 engine;', 'int x = rand();'], good=['random.below(3);'],
    allowed=under('lib/base/random.', 'tests/'))

ban('locks-and-threads',
    r'\bstd\s*::\s*(jthread|thread|(recursive_|shared_|timed_)?mutex|condition_variable(_any)?|counting_semaphore'
    r'|binary_semaphore|latch|barrier|async)\b(?!\s*::\s*(id|hardware))',
    'one writer per thing: own it by a strand or a WorkerThread; where that truly cannot be, name file and reason in '
    'tests/tidy/locks.txt',
    bad=['std::mutex mutex_;', 'std::thread t;', 'std::condition_variable c;', 'auto f = std::async(g);'],
    good=[('lib/async/worker_thread.hpp', 'std::mutex mutex_;'), 'std::thread::id owner;'],
    allowed=lambda file: file.path in LOCKS or file.top == 'tests')

ban('parser-get', r'\b(async_)?read(_header|_some)?\s*\([^;]*\bparser\w*\s*(\.|->)\s*get\s*\(\s*\)',
    'read the parser itself: limits of a parser do not hold when its message is read',
    bad=[('lib/web/a.cpp', 'http::async_read(stream, buffer, parser.get(), token);')],
    good=[('lib/web/a.cpp', 'http::async_read(stream, buffer, parser, token);\nauto request = parser.get();')])

ban('awaitable-operators', r'\bawaitable_operators\b',
    'it loses the loser: bound a call by a deadline of lib/async, and close a socket to end its read',
    bad=['using namespace asio::experimental::awaitable_operators;'])

ban('co-spawn', r'\bco_spawn\s*\((?![^;]*\buse_awaitable\b)[^;]*;',
    'start it in a Nursery (async/nursery.hpp); only co_spawn(strand, named_op, use_awaitable) is awaited where it stands',
    bad=['asio::co_spawn(ex, run(), on_end);'],
    good=['auto op = asio::co_spawn(strand_, std::move(task), asio::use_awaitable);'],
    allowed=under('lib/async/', 'tests/'))

ban('spawned-closure', r'\bco_spawn\s*\([^;{]*\[\s*[^\]\s][^\]]*\]',
    'a lambda coroutine does not own its captures: name a function that takes what it needs by value',
    bad=['co_spawn(ex, [self]() -> Task<void> { co_return; }, asio::use_awaitable);'],
    good=['co_spawn(ex, []() -> Task<void> { co_return; }, asio::use_awaitable);'])

ban('console', r'\bstd\s*::\s*(cout|cerr|clog|print|println)\b|\bfmt\s*::\s*print\s*\(|(?<![\w:.])f?printf\s*\(',
    'write a line with log_info and its like (base/log.hpp)',
    bad=['std::cerr << 1;', 'fmt::print("x");', 'printf("x");'], good=['log_info("started");'],
    allowed=under('tests/', 'daemon/'))

ban('environment', r'\b(secure_)?getenv\s*\(|\bsetenv\s*\(|(?<!\w)environ\b(?!\s*\()',
    'take a value from `Settings` (base/settings.hpp)',
    bad=['auto x = std::getenv("HOME");'], allowed=under('lib/base/settings.cpp', 'lib/base/zone.cpp', 'tests/', 'daemon/', 'lib/async/process/', 'lib/runtime/codex/'))

ban('locale-numbers', r'\b(std\s*::\s*)?(sto(i|l|ll|ul|ull|d|f)|ato(i|l|ll|f)|strto(l|ll|ul|ull|d|f))\s*\(',
    'use std::from_chars, and look at what it left unread',
    bad=['int x = std::stoi(text);', 'int y = atoi(p);'], good=['store(1);', 'auto [end, ec] = std::from_chars(a, b, v);'],
    allowed=under('tests/'))

ban('swallowed', r'\bcatch\s*\([^)]*\)\s*\{\s*\}',
    'a failure that nobody hears: log it, or say in a Result what it means',
    bad=['try { f(); } catch (...) {\n}\n', 'try { f(); } catch (const std::exception&) { // never mind\n }'],
    good=['try { f(); } catch (const std::exception& e) { log_warn("f", {{"error", e.what()}}); }'])

ban('using-namespace-in-header', r'\busing\s+namespace\s+(?![\w:]*literals\s*;)[\w:]+',
    'write the names out, or alias one namespace inside ours',
    bad=[('lib/base/a.hpp', 'using namespace std;')],
    good=[('lib/base/a.hpp', 'using namespace std::chrono_literals;'), ('lib/base/a.cpp', 'using namespace setting;')],
    allowed=lambda file: not file.is_header)
