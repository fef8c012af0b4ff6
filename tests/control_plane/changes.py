"""Another valid value for any part of a spec, made from the one that is there and its schema."""

import re
from collections.abc import Iterator
from typing import Any

from tests.control_plane.crds import Schema

_PYTHON = {"[:alnum:]": "a-zA-Z0-9", "[:alpha:]": "a-zA-Z", "[:digit:]": "0-9", "[:punct:]": "!-/:-@"}
"""Classes of RE2 in Python's dialect. Only candidates are judged by these; the API server judges what comes out."""


def changed(value: Any, schema: Schema) -> Any:
    """Another value that the schema takes, of the same shape where that can be; None where there is none."""
    return next(_candidates(value, schema), None)


def _candidates(value: Any, schema: Schema) -> Iterator[Any]:
    if "properties" in schema:
        yield from _structures(value, schema)
    elif "additionalProperties" in schema:
        yield from (
            {**value, key: new} for key in value for new in _some(value[key], schema, "additionalProperties")
        )
    elif "items" in schema:
        yield from ([new, *value[1:]] for new in _some(value[0], schema, "items"))
        if len(value) < schema.get("maxItems", len(value) + 1):
            yield [*value, value[0]]
    elif "enum" in schema:
        yield from (other for other in schema["enum"] if other != value)
    elif schema["type"] == "boolean":
        yield not value
    elif schema["type"] == "string":
        yield from _strings(value, schema)
    else:
        least, most = schema.get("minimum", value - 1), schema.get("maximum", value + 1)
        yield from (other for other in (value + 1, value - 1) if least <= other <= most)


def _some(value: Any, schema: Schema, below: str) -> Iterator[Any]:
    new = changed(value, schema[below])
    if new is not None:
        yield new


def _structures(value: Any, schema: Schema) -> Iterator[Any]:
    """With one member changed, else with one left out."""
    for key, inner in value.items():
        new = changed(inner, schema["properties"][key])
        if new is not None:
            yield {**value, key: new}
    needed = schema.get("required", ())
    yield from ({k: v for k, v in value.items() if k != key} for key in value if key not in needed)


def _strings(value: str, schema: Schema) -> Iterator[str]:
    if schema.get("format") == "date-time":
        yield "2026-02-02T00:00:00Z"
        return
    texts = [value[:at] + letter + value[at + 1 :] for at in range(len(value)) for letter in "ab12"]
    texts += [value + letter for letter in "ab12"]
    pattern = re.compile(in_python(schema.get("pattern", ".*")))
    for text in texts:
        fits = len(text) <= schema.get("maxLength", len(text)) and pattern.search(text)
        if text != value and fits:
            yield text


def in_python(pattern: str) -> str:
    """A pattern of RE2 in Python's dialect."""
    for ours, python in _PYTHON.items():
        pattern = pattern.replace(ours, python)
    pattern = re.sub(r"\\p\{\w+\}", r"\\w", pattern)
    return re.sub(r"\\x\{(\w+)\}", lambda code: re.escape(chr(int(code[1], 16))), pattern)
