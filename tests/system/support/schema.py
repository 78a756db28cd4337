"""A checker for the part of JSON Schema that proto/ uses. Standard library only.

`strict`: an object that lists its members may have no others, also where the schema leaves room for members to come.
"""

import json
import os
import re

from .daemon import ROOT

PROTO = os.path.join(ROOT, "proto")


def load(path):
    with open(os.path.join(PROTO, path), encoding="utf-8") as file:
        return json.load(file)


def is_kind(value, kind):
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}[kind])


KNOWN = {"$schema", "title", "description", "type", "enum", "properties", "required", "additionalProperties", "items",
         "minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "pattern"}


def faults(schema, value, strict=False, at="$"):
    """What is wrong with the value, a line each; nothing when it fits."""
    unknown = set(schema) - KNOWN
    if unknown:
        return [f"{at}: the schema uses {sorted(unknown)}, which this checker does not know"]
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(is_kind(value, kind) for kind in kinds):
        return [f"{at}: {json.dumps(value)[:80]} is not {' or '.join(kinds)}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is not one of {schema['enum']}")
    if isinstance(value, str):
        found += text_faults(schema, value, at)
    elif isinstance(value, dict):
        found += object_faults(schema, value, strict, at)
    elif isinstance(value, list):
        found += array_faults(schema, value, strict, at)
    elif is_kind(value, "number"):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            found.append(f"{at}: {value} is out of bounds")
    return found


def text_faults(schema, value, at):
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return [f"{at}: its length {len(value)} is out of bounds"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{at}: {value[:80]!r} does not match {schema['pattern']}"]
    return []


def object_faults(schema, value, strict, at):
    members = schema.get("properties", {})
    found = [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value]
    closed = schema.get("additionalProperties", True) is False or (strict and members)
    for name, member in value.items():
        if name in members:
            found += faults(members[name], member, strict, f"{at}.{name}")
        elif closed:
            found.append(f"{at}: {name} is not known")
    return found


def array_faults(schema, value, strict, at):
    found = []
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        found.append(f"{at}: {len(value)} elements are out of bounds")
    for i, element in enumerate(value):
        found += faults(schema.get("items", {}), element, strict, f"{at}[{i}]")
    return found
