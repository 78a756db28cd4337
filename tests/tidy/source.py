"""A file of the repository, and its text with comments and literals blanked out."""
import re

LITERAL = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)


def blank(text, keep_strings=False):
    """The same text, every comment and literal replaced by blanks; strings keep their quotes."""
    def replace(match):
        found = match.group()
        if found.startswith('/'):
            return re.sub(r'[^\n]', ' ', found)
        if keep_strings:
            return found
        inner = re.sub(r'[^\n]', ' ', found[1:-1])
        return found[0] + inner + found[-1]
    return LITERAL.sub(replace, text)


class Source:
    """`path` is relative to the root, with forward slashes."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.is_cpp = path.endswith(('.hpp', '.cpp'))
        self.is_header = path.endswith('.hpp')
        self.code = blank(text) if self.is_cpp else text

    @property
    def top(self):
        return self.path.split('/')[0]

    @property
    def folder(self):
        """The folder of lib that it belongs to, or 'daemon', 'tests' …"""
        parts = self.path.split('/')
        return parts[1] if parts[0] == 'lib' and len(parts) > 2 else parts[0]

    @property
    def is_sample(self):
        """Material that tests read: it comes from elsewhere and is kept as it is."""
        return bool(re.search(r'/(corpus|golden|data|samples)/', '/' + self.path))

    def line_of(self, offset):
        return self.text.count('\n', 0, offset) + 1

    def lines(self):
        return self.text.count('\n') + (0 if self.text.endswith('\n') or not self.text else 1)
