"""What a controller still holds of objects that are gone: every text below its parts is looked at, whatever container has it."""

from __future__ import annotations

import types
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

# The model is read once and speaks of no object; it is most of what there is.
STATIC = "controller.kinds"


def remains(roots: Iterable[Any], word: str) -> Counter[str]:
    """How many texts with this word are reachable from the roots, by the way that leads there; keys of containers left out.

    Only what the controller made is walked through: its own objects, what they call back, and plain containers.
    """
    found: Counter[str] = Counter()
    seen: set[int] = set()
    kept: list[Any] = []  # NB: an id may be given anew to what is made on the way
    waiting = [(root, type(root).__name__) for root in roots]
    while waiting:
        one, way = waiting.pop()
        if isinstance(one, str):
            found[way] += word in one
            continue
        if id(one) in seen:
            continue
        seen.add(id(one))
        kept.append(one)
        waiting += ((inner, f"{way}{step}") for step, inner in _below(one))
    return +found


def _below(one: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(one, Mapping):
        for key, value in list(one.items()):
            yield "[]", key
            yield "[]", value
    elif isinstance(one, list | tuple | set | frozenset | deque):
        yield from (("[]", item) for item in list(one))
    elif isinstance(one, types.MethodType):
        yield "", one.__self__
    elif isinstance(one, types.FunctionType):
        yield from ((f"({cell})", value) for cell, value in _cells(one))
    elif type(one).__module__.startswith("controller") and not type(one).__module__.startswith(STATIC):
        yield from ((f".{name}", getattr(one, name)) for name in _attributes(one))


def _attributes(one: Any) -> list[str]:
    slots = [name for each in type(one).__mro__ for name in getattr(each, "__slots__", ())]
    return (
        [name for name in (*vars(one), *slots) if hasattr(one, name)] if hasattr(one, "__dict__") else slots
    )


def _cells(function: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    cells = getattr(function, "__closure__", None) or ()
    for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
        yield name, cell.cell_contents
