"""Patterns of the service model (Java's dialect) as the API server takes them (RE2). Text in, text out; no kind is named here.

The model's patterns describe whole values, an API server's are searched for, so every result is anchored. What RE2 cannot
say is left out, which only ever accepts more: SageMaker still refuses it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

# RE2 refuses repeats above 1,000 (its own limit, which keeps programs small); lengths stay as minLength and maxLength.
MOST_REPEATS = 1000

# Java names some classes as RE2 does not: \p{Alnum} is POSIX there (java.util.regex.Pattern).
_POSIX = {"Alnum": "[:alnum:]", "Alpha": "[:alpha:]", "Digit": "[:digit:]", "Punct": "[:punct:]"}

# Every character beyond the 16-bit plane, written in Java as a range of surrogate pairs.
_PAIRS = "\\uD800\\uDC00-\\uDBFF\\uDFFF"

# The last is a pipeline's definition: up to a megabyte, of which RE2 would look at each byte to refuse nothing.
_ANYTHING = {r"[\s\S]*", r"[\S\s]*", r".*(?:[ \r\n\t].*)*"}
_SOMETHING = {r"[\s\S]+", r"[\S\s]+"}


@lru_cache(maxsize=1024)  # 152 patterns in what the kinds' Creates take
def to_re2(pattern: str) -> str | None:
    """The anchored RE2 pattern that accepts what ``pattern`` accepts, or None where that is any text at all."""
    text = "".join(_converted(_without_look_arounds(pattern.replace(_PAIRS, "\\x{10000}-\\x{10FFFF}"))))
    if text in _ANYTHING | _SOMETHING:
        return None
    return f"^(?:{text})$" if "|" in text else f"^{text}$"


def lengths(pattern: str) -> tuple[int | None, int | None]:
    """The least and greatest length that a pattern states for the whole text: ``.{0,1024}``, ``(?=.{1,32}$)…``."""
    if pattern in _SOMETHING:
        return 1, None
    stated = re.match(r"\(\?=\.\{(\d+),(\d+)\}\$\)", pattern) or re.fullmatch(
        r"(?:\.|\[[^\]]*\])\{(\d+),(\d+)\}", pattern
    )
    return (int(stated[1]), int(stated[2])) if stated else (None, None)


def _without_look_arounds(pattern: str) -> str:
    """Remove every ``(?=…)``, ``(?!…)``, ``(?<=…)`` and ``(?<!…)`` with what is inside."""
    kept: list[str] = []
    at = 0
    while at < len(pattern):
        if re.match(r"\(\?<?[=!]", pattern[at:]):
            at = _end_of_group(pattern, at)
        else:
            width = 2 if pattern[at] == "\\" else 1
            kept.append(pattern[at : at + width])
            at += width
    return "".join(kept)


def _end_of_group(pattern: str, start: int) -> int:
    depth, at, in_class = 0, start, False
    while True:
        char = pattern[at]
        if char == "\\":
            at += 1
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        else:
            depth += (char == "(") - (char == ")")
        at += 1
        if depth == 0:
            return at


def _converted(pattern: str) -> Iterator[str]:
    token = re.compile(
        r"\\x\{\w+\}|\\u(?P<code>[0-9A-Fa-f]{4})|\\p\{(?P<posix>\w+)\}|(?P<lost>\$)(?=\{\d)"
        r"|(?P<repeat>\{(?P<least>\d+)(?P<comma>,?)(?P<most>\d*)\})|\\.|.",
        re.DOTALL,
    )
    after_anchor = False
    for match in token.finditer(pattern):
        if match["lost"]:  # `${1,256}`: a length put behind the end of the text, where it means nothing
            after_anchor = True
        elif match["code"]:
            yield f"\\x{{{match['code'].upper()}}}"
        elif match["posix"]:
            yield _POSIX.get(match["posix"], match[0])
        elif match["repeat"]:
            if not after_anchor:
                yield _repeat(int(match["least"]), match["comma"], match["most"])
            after_anchor = False
        else:
            yield match[0]


def _repeat(least: int, comma: str, most: str) -> str:
    if max(least, int(most or 0)) <= MOST_REPEATS:
        return f"{{{least}{comma}{most}}}"
    return {0: "*", 1: "+"}.get(least, f"{{{min(least, MOST_REPEATS)},}}")
