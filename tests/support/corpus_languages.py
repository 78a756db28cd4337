"""How functions are written and found in each language of the corpus."""


def snake(words):
    return "_".join(words)


def camel(words):
    return words[0] + "".join(word.capitalize() for word in words[1:])


def pascal(words):
    return "".join(word.capitalize() for word in words)


class Language:
    """`block` finds whole functions (group "name"); `template` takes name, a number and a word."""

    def __init__(self, ending, folder, comment, name, block, template, parameter, head="", gap=1):
        self.ending = ending
        self.folder = folder
        self.comment = comment
        self.name = name
        self.block = block
        self.template = template
        self.parameter = parameter
        self.head = head
        self.gap = gap

    def function(self, words, rng):
        name = self.name(words)
        return name, self.template.format(name=name, n=rng.randint(1, 99), word=words[-1])


LANGUAGES = [
    Language(
        ".cpp", "berth", "//", snake,
        r"^(?:[\w:<>&]+ )+(?:\w+::)*(?P<name>\w+)\([^\n]*\{\n(?:[ \t\n][^\n]*\n|\n)*?\}\n",
        "double {name}(double {word}, int steps) {{\n    double sum = {n};\n    for (int i = 0; i < steps; ++i) {{\n"
        "        sum += {word} / (i + 1);\n    }}\n    return sum;\n}}\n",
        "int %s", '#include "berth/berth.hpp"\n\nnamespace harbour {\n\n'),
    Language(
        ".py", "tide", "#", snake,
        r"^def (?P<name>\w+)\([^\n]*\n(?:[ \t][^\n]*\n|\n(?=[ \t]))*",
        "def {name}({word}, steps=3):\n    total = {n}\n    for step in range(steps):\n        total += {word} * step\n"
        "    return total\n",
        "%s=None", '"""More about tides."""\nimport math\n\n\n', 2),
    Language(
        ".ts", "board/src", "//", camel,
        r"^export function (?P<name>\w+)\([^\n]*\{\n(?:[ \t\n][^\n]*\n|\n)*?\}\n",
        "export function {name}({word}: number, steps: number): number {{\n  let sum = {n};\n"
        "  while (steps-- > 0) {{\n    sum += {word} % 7;\n  }}\n  return sum;\n}}\n",
        "%s?: string", 'import { Arrival } from "./types";\n\n'),
    Language(
        ".go", "gate", "//", pascal,
        r"^func (?:\([^)]*\) )?(?P<name>\w+)\([^\n]*\{\n(?:[ \t\n][^\n]*\n|\n)*?\}\n",
        "func {name}({word} int, steps int) int {{\n\tsum := {n}\n\tfor i := 0; i < steps; i++ {{\n"
        "\t\tsum += {word} * i\n\t}}\n\treturn sum\n}}\n",
        "%s string", "package gate\n\n"),
    Language(
        ".rs", "scale/src", "//", snake,
        r"^(?:pub )?fn (?P<name>\w+)\([^\n]*\{\n(?:[ \t\n][^\n]*\n|\n)*?\}\n",
        "pub fn {name}({word}: u32, steps: u32) -> u32 {{\n    let mut sum = {n};\n    for step in 0..steps {{\n"
        "        sum += {word} * step;\n    }}\n    sum\n}}\n",
        "%s: &str", "use std::collections::HashMap;\n\n"),
    Language(
        ".java", "ledger/src/main/java/harbour", "//", camel,
        r"^    (?:public|private) (?:static )?[\w<>]+ (?P<name>\w+)\([^\n]*\{\n(?:        [^\n]*\n|\n)*?    \}\n",
        "    public static int {name}(int {word}, int steps) {{\n        int sum = {n};\n"
        "        for (int i = 0; i < steps; i++) {{\n            sum += {word} - i;\n        }}\n        return sum;\n    }}\n",
        "String %s", "package harbour;\n\nimport java.util.List;\n\n"),
    Language(
        ".rb", "scripts", "#", snake,
        r"^    def (?P<name>\w+)(?:\([^\n]*\))?\n(?:      [^\n]*\n|\n)*?    end\n",
        "    def {name}({word})\n      {word} + {n}\n    end\n",
        "%s = nil", "# More reports.\n"),
    Language(
        ".sh", "scripts", "#", snake,
        r"^(?P<name>\w+)\(\) \{\n(?:[ \t\n][^\n]*\n|\n)*?\}\n",
        "{name}() {{\n    local {word}=${{1:-{n}}}\n    log \"{name} ${word}\"\n}}\n",
        "", "#!/usr/bin/env bash\n\n"),
]


def language_of(path):
    return next((language for language in LANGUAGES if path.endswith(language.ending)), None)
