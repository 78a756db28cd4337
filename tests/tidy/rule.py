"""What a rule is: a check that yields (line, what to write instead), and snippets that show that it is awake."""
from source import Source

RULES = []


class Rule:
    def __init__(self, name, check, bad, good):
        self.name = name
        self.check = check
        self.bad = [Source(path, text) for path, text in bad]
        self.good = [Source(path, text) for path, text in good]


def rule(name, bad, good=()):
    """Registers a check. `bad` must each be found, `good` must each pass: lists of (path, text)."""
    def register(check):
        RULES.append(Rule(name, check, bad, good))
        return check
    return register
