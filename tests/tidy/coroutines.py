"""Shapes of `co_await` that a compiler we support gets wrong, or that readers do."""
import re

from rule import rule
from statements import awaits, blocks

LAMBDA = re.compile(r'(?<![\w\])\[])\s*\[\s*[^\]\[\s][^\]\[]*\]\s*(\(|\{|mutable)')


def await_rule(name, instead, bad, good=()):
    """Registers a test over one await. Snippets are statements of a coroutine in lib/queue/a.cpp."""
    def register(test):
        def check(file):
            if not file.is_cpp or file.top not in ('lib', 'daemon', 'tests') or 'co_await' not in file.code:
                return
            seen = set()
            for found in awaits(file.code):
                line = file.line_of(found.offset)
                if line not in seen and test(found):
                    seen.add(line)
                    yield line, instead

        def placed(snippets):
            return [('lib/queue/a.cpp', 'Task<void> f() {\n    ' + s + '\n}\n') for s in snippets]
        rule(name, placed(bad), placed(good))(check)
        return test
    return register


NAMED = 'name the value first: `auto x = co_await f(a);`, then use x'

FINE = [
    'auto row = co_await store.read(key);',
    'co_await std::move(op);',
    'if (ready && !done) co_await lane.wake();',
    'for (const auto& key : keys) co_await drop(key);',
    'for (int i = 0; i < n; ++i) co_await step(i);',
    'while (time.mono() < deadline) co_await alarm->wait_until(deadline);',
    'int x = a ? b : c;\n    co_await f(x);',
    'auto executor = co_await asio::this_coro::executor;',
    'Row row{1, 2};\n    co_await write(std::move(row));',
    'auto&& reply = co_await ask(list[i]);',
    'auto n = (co_await ask()).size();',
    'switch (kind) {\n        case Kind::a: co_await f(); break;\n        default: co_return co_await g();\n    }',
    'try {\n        co_await f();\n    } catch (const Error& e) {\n        failed = true;\n    }\n    if (failed) co_await g();',
    'auto op = [](int x) -> Task<void> { co_await f(x); co_await g(x); };',
    'if (x) {\n        co_await f();\n    } else {\n        co_await g();\n    }',
    'std::vector<int> list{1, 2};\n    co_await f(list);',
    'auto body = [this]() -> Task<int> {\n        auto x = co_await f();\n        co_return x;\n    };\n    co_await g(body);',
    'co_await g([](int x) { return x; }, list[i], table[f(x)](y));',
]


@await_rule('one-await', 'one co_await a statement: ' + NAMED,
            bad=['auto x = co_await f() + co_await g();', 'co_await (co_await f());'], good=FINE)
def one_await(found):
    return len(re.findall(r'\bco_await\b', found.statement)) > 1


@await_rule('await-in-arguments', 'no co_await among arguments or in braces: ' + NAMED,
            bad=['use(co_await f());', 'co_spawn(co_await asio::this_coro::executor, g(), t);', 'Row row{co_await f()};',
                 'list[co_await f()] = 1;', 'g([x] { return x; }, co_await f());'], good=FINE)
def await_in_arguments(found):
    return found.inside in ('call', 'braces')


@await_rule('await-in-condition', 'no co_await in a condition or a loop head: ' + NAMED,
            bad=['if (co_await f()) g();', 'while (co_await f()) g();', 'for (auto x : co_await f()) g(x);',
                 'if (auto x = co_await f(); x) g();'], good=FINE)
def await_in_condition(found):
    return found.inside == 'condition'


@await_rule('await-conditional', 'no ?:, && or || around co_await: write if and else, each with its own statement',
            bad=['auto x = a ? co_await f() : 0;', 'co_await f(a ? b : c);', 'bool x = a && co_await f();',
                 'auto r = co_await (ws.async_read(b, t) || timer.async_wait(t));'], good=FINE)
def await_conditional(found):
    return bool(re.search(r'(?<=\s)(&&|\|\|)\s|\?', found.statement))


@await_rule('await-braces', 'GCC 12 destroys a braced temporary twice: name it in a statement of its own, then await',
            bad=['co_await f(Row{1, 2});', 'co_await f({.id = 1});', 'auto x = co_await f(Row{}, 2);'], good=FINE)
def await_braces(found):
    return '{' in found.operand


@await_rule('await-closure', 'GCC 12 destroys the closure twice: name the lambda, or better a function, then await',
            bad=['co_await g([x] { return x; });', 'co_await co_spawn(ex, [this, y]() -> Task<void> { co_await h(); }, t);'],
            good=FINE)
def await_closure(found):
    return bool(LAMBDA.search(found.whole))


@rule('await-in-catch',
      bad=[('lib/queue/a.cpp', 'try { f(); } catch (const E& e) {\n    co_await g();\n}\n'),
           ('daemon/a.cpp', 'try { f(); } catch (...) { if (x) { co_await g(); } }\n')],
      good=[('lib/queue/a.cpp', 'try { co_await f(); } catch (const E& e) { seen = true; }\nco_await g();\n')])
def await_in_catch(file):
    if not file.is_cpp:
        return
    for start, stop in blocks(file.code, r'\bcatch\s*\([^)]*\)\s*\{'):
        at = file.code.find('co_await', start, stop)
        if at >= 0:
            yield file.line_of(at), 'no co_await in a catch: remember what happened, leave the block, then await'
