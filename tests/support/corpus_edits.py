"""The edits that the corpus is grown by. Each takes the tree and a random source, changes the tree and returns a
note of what it did, or None when it found nothing to do."""
import re

from corpus_languages import LANGUAGES, language_of

WORDS_A = ["load", "check", "merge", "count", "plan", "drop", "round", "sort", "print", "split", "read", "store"]
WORDS_B = ["berth", "tide", "lorry", "pilot", "quay", "cargo", "crane", "buoy", "manifest", "invoice", "anchor"]
WORDS_C = ["window", "rate", "limit", "queue", "table", "list", "report", "alarm", "zone"]


class Tree:
    """The files of one revision, and the names already in use."""

    def __init__(self, files, rng):
        self.files = files
        self.rng = rng
        self.used = set()
        self.step = 0

    def text(self, path):
        return self.files[path].decode()

    def put(self, path, text):
        self.files[path] = text.encode()

    def pick(self, wanted):
        paths = [path for path in sorted(self.files) if b"\0" not in self.files[path] and wanted(path)]
        return self.rng.choice(paths) if paths else None

    def words(self):
        while True:
            words = [self.rng.choice(WORDS_A), self.rng.choice(WORDS_B), self.rng.choice(WORDS_C)]
            if self.rng.random() < 0.5:
                words.pop()
            if tuple(words) not in self.used:
                self.used.add(tuple(words))
                return words
            if len(self.used) > 1000:
                self.used.clear()


def has_functions(path):
    return language_of(path) is not None


def blocks_of(language, text):
    return [match for match in re.finditer(language.block, text, re.M | re.S)]


def add_function(tree, rng):
    path = tree.pick(has_functions)
    language = language_of(path)
    name, code = language.function(tree.words(), rng)
    text = tree.text(path)
    blocks = blocks_of(language, text)
    at = rng.choice(blocks).end() if blocks else len(text)
    tree.put(path, text[:at] + "\n" * language.gap + code + text[at:])
    return {"op": "add_function", "path": path, "name": name}


def remove_function(tree, rng):
    path = tree.pick(has_functions)
    language = language_of(path)
    blocks = blocks_of(language, tree.text(path))
    if len(blocks) < 3:
        return None
    block = rng.choice(blocks)
    text = tree.text(path)
    tree.put(path, text[:block.start()] + text[block.end():].lstrip("\n"))
    return {"op": "remove_function", "path": path, "name": block.group("name")}


def rename_function(tree, rng):
    path = tree.pick(has_functions)
    language = language_of(path)
    blocks = blocks_of(language, tree.text(path))
    if not blocks:
        return None
    old = rng.choice(blocks).group("name")
    new, _ = language.function(tree.words(), rng)
    tree.put(path, re.sub(r"\b%s\b" % re.escape(old), new, tree.text(path)))
    return {"op": "rename_function", "path": path, "name": new}


def change_signature(tree, rng):
    path = tree.pick(lambda p: has_functions(p) and language_of(p).parameter)
    language = language_of(path)
    text = tree.text(path)
    blocks = blocks_of(language, text)
    if not blocks:
        return None
    block = rng.choice(blocks)
    open_at = text.find("(", block.start("name"))
    close = text.find(")", open_at)
    if open_at < 0 or close < 0 or "\n" in text[open_at:close]:
        return None
    inside = text[open_at + 1:close]
    extra = language.parameter % rng.choice(WORDS_C)
    tree.put(path, text[:close] + (", " if inside.strip() else "") + extra + text[close:])
    return {"op": "change_signature", "path": path, "name": block.group("name")}


def edit_number(tree, rng):
    path = tree.pick(lambda p: re.search(r"\b\d{1,4}\b", tree.text(p)))
    text = tree.text(path)
    number = rng.choice(list(re.finditer(r"(?<![\w.\"])\d{1,4}\b(?![\w.\"])", text)) or [None])
    if number is None:
        return None
    tree.put(path, text[:number.start()] + str(int(number.group()) + rng.randint(1, 9)) + text[number.end():])
    return {"op": "edit_number", "path": path}


def edit_lines(tree, rng):
    """Doubles a line here and drops one there, as unfinished work does."""
    path = tree.pick(lambda p: tree.text(p).count("\n") > 12)
    lines = tree.text(path).split("\n")
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(lines) - 1)
        if rng.random() < 0.5:
            lines.insert(at, lines[at].replace("berth", "quay"))
        elif lines[at].startswith((" ", "\t")):
            del lines[at]
    tree.put(path, "\n".join(lines))
    return {"op": "edit_lines", "path": path}


def add_comment(tree, rng):
    path = tree.pick(has_functions)
    language = language_of(path)
    blocks = blocks_of(language, tree.text(path))
    if not blocks:
        return None
    note = rng.choice(["Measured on the quay.", "TODO: ask the pilots.", "Metres, not feet.", "Kept for the old board."])
    at = rng.choice(blocks).start()
    text = tree.text(path)
    indent = re.match(r"[ \t]*", text[at:]).group()
    tree.put(path, text[:at] + f"{indent}{language.comment} {note}\n" + text[at:])
    return {"op": "add_comment", "path": path}


def rename_file(tree, rng):
    path = tree.pick(lambda p: "/" in p and not p.startswith("config/") and not p.endswith((".mod", ".toml", ".json")))
    folder, name = path.rsplit("/", 1)
    stem, dot, ending = name.partition(".")
    new = f"{folder}/{rng.choice(WORDS_B)}_{stem[:12]}{dot}{ending}"
    if new in tree.files:
        return None
    text = tree.files.pop(path)
    if rng.random() < 0.5 and b"\n" in text:
        text += (b"" if text.endswith(b"\n") else b"\n") + b"\n"
    tree.files[new] = text
    return {"op": "rename_file", "path": path, "to": new}


def add_file(tree, rng):
    language = rng.choice(LANGUAGES)
    words = tree.words()
    path = f"{language.folder}/{'_'.join(words)}{language.ending}"
    functions = [language.function(tree.words(), rng) for _ in range(rng.randint(1, 6))]
    code = language.head + ("\n" * language.gap).join(text for _, text in functions)
    if rng.random() < 0.15:
        code = code.rstrip("\n")
    tree.put(path, code)
    return {"op": "add_function", "path": path, "name": functions[0][0]}


def delete_file(tree, rng):
    if len(tree.files) < 30:
        return None
    path = tree.pick(has_functions)
    blocks = blocks_of(language_of(path), tree.text(path))
    del tree.files[path]
    name = blocks[0].group("name") if blocks else ""
    return {"op": "remove_function", "path": path, "name": name}


def heading(tree, rng):
    path = tree.pick(lambda p: p.endswith((".md", ".rst")))
    words = " ".join(tree.words()).capitalize()
    text = tree.text(path).rstrip("\n")
    section = f"## {words}" if path.endswith(".md") else f"{words}\n{'-' * len(words)}"
    body = rng.choice(["Ask the harbour master first.", "One quay at a time.", "`make all` does it.\n\n- first\n- second"])
    tree.put(path, f"{text}\n\n{section}\n\n{body}\n")
    return {"op": "add_heading", "path": path, "name": words}


def reword_heading(tree, rng):
    path = tree.pick(lambda p: p.endswith(".md"))
    found = list(re.finditer(r"^#{2,3} (.+)$", tree.text(path), re.M))
    if not found:
        return None
    match = rng.choice(found)
    text = tree.text(path)
    title = match.group(1) + " in " + rng.choice(WORDS_C)
    tree.put(path, text[:match.start(1)] + title + text[match.end(1):])
    return {"op": "reword_heading", "path": path, "name": title}


def bump_dependency(tree, rng):
    path = tree.pick(lambda p: p.endswith(("package.json", "Cargo.toml", "go.mod", "requirements.txt")))
    found = list(re.finditer(r"(?P<name>[\w./-]+)\"?(?: = \{ version = \"|==|\": \"\^| v| = \")(?P<version>\d+\.\d+\.\d+)",
                             tree.text(path)))
    found = [match for match in found if match.group("name") != "version"]
    if not found:
        return None
    match = rng.choice(found)
    text = tree.text(path)
    major, minor, patch = match.group("version").split(".")
    version = rng.choice([f"{int(major) + 1}.0.0", f"{major}.{int(minor) + 1}.0", f"{major}.{minor}.{int(patch) + 1}"])
    tree.put(path, text[:match.start("version")] + version + text[match.end("version"):])
    return {"op": "bump_dependency", "path": path, "name": match.group("name")}


def change_setting(tree, rng):
    path = tree.pick(lambda p: p.startswith("config/"))
    if path is None:
        return None
    found = list(re.finditer(r"^ *(?P<name>\w+)(?:: | = )(?P<value>\d+)$", tree.text(path), re.M))
    if not found:
        return None
    match = rng.choice(found)
    text = tree.text(path)
    tree.put(path, text[:match.start("value")] + str(rng.randint(1, 9000)) + text[match.end("value"):])
    return {"op": "change_setting", "path": path, "name": match.group("name")}


def migration(tree, rng):
    tree.step += 1
    table = "_".join(tree.words())
    verb = rng.choice(["create", "alter", "drop"])
    text = {
        "create": f"CREATE TABLE IF NOT EXISTS {table} (\n    id INTEGER PRIMARY KEY,\n    note TEXT\n);\n",
        "alter": f"CREATE TABLE {table} (id INTEGER);\nALTER TABLE stays ADD COLUMN {table}_id INTEGER;\n",
        "drop": f"CREATE VIEW {table} AS SELECT * FROM stays;\nDROP VIEW IF EXISTS open_stays;\n",
    }[verb]
    path = f"migrations/{tree.step + 1:03d}_{table}.sql"
    tree.put(path, text)
    return {"op": "add_function", "path": path, "name": table}


def other_line_ends(tree, rng):
    path = tree.pick(lambda p: p.endswith((".py", ".ts", ".md", ".java")))
    data = tree.files[path]
    tree.files[path] = data.replace(b"\r\n", b"\n") if b"\r\n" in data else data.replace(b"\n", b"\r\n")
    return {"op": "line_ends", "path": path}


def odd_file(tree, rng):
    """Binary, empty, without a last line end, with letters of other scripts, or with lines that look like a diff."""
    kind = rng.choice(["binary", "empty", "open", "letters", "diff"])
    data = {
        "binary": bytes(rng.randrange(256) for _ in range(300)) + b"\0\n",
        "empty": b"",
        "open": b"one line\nand one that does not end",
        "letters": "# Заголовок\n\nПричал «Север» — свободен.\n港の予定\n".encode(),
        "diff": b"--- a/berth.hpp\n+++ b/berth.hpp\n@@ -1,2 +1,2 @@ class BerthPlan\n-old\n+new\n same\n-- \n+++ x\n",
    }[kind]
    name = "_".join(tree.words())
    ending = {"binary": ".bin", "letters": ".md", "diff": ".patch"}.get(kind, ".txt")
    tree.files[f"assets/{name}{ending}"] = data
    return {"op": "odd_file", "path": f"assets/{name}{ending}"}


def change_odd_file(tree, rng):
    path = tree.pick(lambda p: p.startswith("assets/"))
    if path is None:
        return None
    lines = tree.files[path].split(b"\n")
    at = rng.randrange(len(lines))
    lines[at:at] = rng.choice([[b"-- a removed-looking line"], [b"++ an added-looking line", b""], [b"@@ -1 +1 @@"]])
    if rng.random() < 0.4:
        del lines[rng.randrange(len(lines))]
    tree.files[path] = b"\n".join(lines)
    return {"op": "change_odd_file", "path": path}


EDITS = [(add_function, 14), (remove_function, 5), (rename_function, 4), (change_signature, 9), (edit_number, 8),
         (edit_lines, 10), (add_comment, 4), (rename_file, 5), (add_file, 7), (delete_file, 3), (heading, 5),
         (reword_heading, 3), (bump_dependency, 6), (change_setting, 5), (migration, 3), (other_line_ends, 1),
         (odd_file, 3), (change_odd_file, 4)]
