"""Finds the statements that await, in code whose comments and strings are blanked out."""
import re
from dataclasses import dataclass

AWAIT = re.compile(r'\bco_await\b')
CONTROL = {'if', 'while', 'switch', 'for', 'constexpr'}
NOT_CALLS = CONTROL | {'return', 'co_return', 'co_await', 'co_yield', 'throw', 'case', 'else', 'do'}
OPEN, CLOSE = '([', ')]'
BODY = re.compile(r'\{[^{}]*;[^{}]*\}')


@dataclass
class Await:
    offset: int
    inside: str     # what encloses it within the statement: '', 'call', 'condition', 'braces'
    statement: str  # from the statement's beginning to its end, bodies of nested lambdas taken out
    operand: str    # from co_await to the end, the same
    whole: str      # from co_await to the end, everything


def word_before(code, at):
    return re.search(r'(\w*)\s*$', code[max(0, at - 80):at]).group(1)


def matching_open(code, close):
    """Offset of the bracket that belongs to the one at `close`."""
    depth, opening = 0, {')': '(', '}': '{'}[code[close]]
    for at in range(close, -1, -1):
        if code[at] == code[close]:
            depth += 1
        elif code[at] == opening:
            depth -= 1
            if depth == 0:
                return at
    return 0


def is_argument_list(code, at):
    """Whether the bracket at `at` belongs to a call or a subscript, not to a grouping or a lambda."""
    before = code[:at].rstrip()
    if not before or not re.match(r'[\w>\])]', before[-1]):
        return False
    if before[-1] == ')' and word_before(code, matching_open(code, len(before) - 1)) in CONTROL:
        return False
    return word_before(code, at) not in NOT_CALLS


def is_condition(code, at):
    return code[at] == '(' and word_before(code, at) in CONTROL


def is_initialiser(code, at):
    """Whether the brace at `at` opens a braced value rather than a block."""
    before = code[:at].rstrip()
    if not before or before[-1] in ';{}:)':
        return False
    if before[-1] in '=,(<&|?':
        return True
    lead = re.split(r'[;{}]', before)[-1]
    block = re.search(r'\b(else|do|try|namespace|struct|class|enum|union|const|noexcept|mutable|override|final|export)\b|->', lead)
    return not block and bool(re.match(r'[\w>\]]', before[-1]))


def begin(code, offset):
    """(start of the statement, what encloses the await in it)."""
    depth, inside, at = 0, '', offset - 1
    while at >= 0:
        c = code[at]
        if c in CLOSE:
            depth += 1
        elif c in OPEN and depth > 0:
            depth -= 1
        elif c in OPEN:
            if is_condition(code, at):
                inside = 'condition'
            elif not inside and is_argument_list(code, at):
                inside = 'call'
        elif c == '}' and re.match(r'\s*[,)]', code[at + 1:at + 40]):
            at = matching_open(code, at)
        elif c == '{' and not depth and is_initialiser(code, at):
            inside = inside or 'braces'
        elif c in '{}' or (c == ';' and not depth):
            break
        at -= 1
    return at + 1, inside


def end(code, offset):
    depth, at = 0, offset
    while at < len(code):
        c = code[at]
        if c in '([{':
            depth += 1
        elif c in ')]}':
            depth -= 1
            if c == '}' and depth < 0:
                break
        elif c == ';' and depth <= 0:
            break
        at += 1
    return at


def without_bodies(text):
    """Lambda bodies taken out, so that what they await is not taken for the outer statement's."""
    shorter = BODY.sub(' ', text)
    return text if shorter == text else without_bodies(shorter)


def without_control(text):
    """Drops `if (…)`, `for (…)`, `else` and labels that stand before the statement proper."""
    text = text.lstrip()
    while True:
        lead = re.match(r'(else\b|do\b|case\b[^:]*:|default\s*:)\s*', text)
        head = re.match(r'(if|while|for|switch)\b\s*(constexpr\s*)?\(', text)
        if lead:
            text = text[lead.end():]
        elif head:
            depth, at = 1, head.end()
            while at < len(text) and depth:
                depth += {'(': 1, ')': -1}.get(text[at], 0)
                at += 1
            text = text[at:].lstrip()
        else:
            return text


def awaits(code):
    for match in AWAIT.finditer(code):
        start, inside = begin(code, match.start())
        stop = end(code, match.start())
        whole = code[start:stop]
        statement = without_bodies(whole if inside == 'condition' else without_control(whole))
        whole_operand = code[match.start():stop]
        yield Await(match.start(), inside, statement, without_bodies(whole_operand), whole_operand)


def blocks(code, opening):
    """(start, end) of the braces that follow each match of `opening`."""
    for match in re.finditer(opening, code):
        depth, at = 0, match.end() - 1
        while at < len(code):
            depth += {'{': 1, '}': -1}.get(code[at], 0)
            if depth == 0:
                break
            at += 1
        yield match.end(), at
