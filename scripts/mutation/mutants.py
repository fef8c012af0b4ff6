"""What is changed, one thing at a time: cosmic-ray's operators at every place of the code, of which a seed draws some.

A place is drawn first and then one change of it, for a comparison can be changed in many ways and a missing call in one. Each
place has dice of its own, so that an edit draws anew what it touches and leaves the rest of a seed as it was.
"""

import ast
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

# Left out, because nothing could tell it from what was there, or because it cannot but break whatever reaches it: identity
# against equality (what is compared by identity here is an enumeration or None), and an order of what has none.
POINTLESS = frozenset(
    f"core/ReplaceComparisonOperator_{one}_{other}"
    for one, other in (
        ("Eq", "Is"),
        ("NotEq", "IsNot"),
        *(("Is", other) for other in ("Eq", "Lt", "LtE", "Gt", "GtE")),
        *(("IsNot", other) for other in ("NotEq", "Lt", "LtE", "Gt", "GtE")),
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something can be changed, and by which operators: (name, which of its occurrences in the module).

    ``lot`` tells it from all others whatever stands above it: its line's text, where in it, and which one of equal lines.
    """

    module: str
    line: int
    column: int
    changes: tuple[tuple[str, int], ...]
    lot: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one thing changed. ``was`` and ``becomes`` are the lines that differ, without their indentation."""

    module: str
    line: int
    was: str
    becomes: str
    code: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}\n    was:     {self.was}\n    becomes: {self.becomes}"


def drawn(root: Path, modules: Sequence[str], count: int, seed: int) -> list[Mutant]:
    """As many mutants as are asked for, or as there are."""
    found = [place for module in modules for place in places(module, (root / module).read_text())]
    diced = [(random.Random(f"{seed} {place.module} {place.lot}"), place) for place in found]
    made: list[Mutant] = []
    for _, dice, place in sorted(((d.random(), d, p) for d, p in diced), key=lambda drawn: drawn[0]):
        if len(made) == count:
            break
        operator, occurrence = dice.choice(place.changes)
        mutant = _mutant(place, (root / place.module).read_text(), operator, occurrence)
        made += [mutant] if mutant else []
    return made


def places(module: str, source: str) -> list[Place]:
    """Every place of a module, in its order; annotations are none, for they decide nothing."""
    found: dict[tuple[int, int], list[tuple[str, int]]] = {}
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in _operators():
        positions = ((node, start) for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, (node, start) in enumerate(positions):
            if not _annotates(node, start):
                found.setdefault(start, []).append((name, occurrence))
    return _told_apart(module, source.splitlines(), found)


def _told_apart(
    module: str, lines: Sequence[str], found: Mapping[tuple[int, int], list[tuple[str, int]]]
) -> list[Place]:
    made, alike = [], Counter[tuple[str, int]]()
    for (line, column), changes in sorted(found.items()):
        text = lines[line - 1].lstrip()
        within = column - (len(lines[line - 1]) - len(text))
        alike[text, within] += 1
        made.append(Place(module, line, column, tuple(changes), f"{text} {within} {alike[text, within]}"))
    return made


def _operators() -> Iterator[tuple[str, Any]]:
    for name in sorted(plugins.operator_names()):
        operator = plugins.get_operator(name)
        if name not in POINTLESS and name != "core/NoOp" and not operator.arguments():
            yield name, operator()


def _annotates(node: Any, start: tuple[int, int]) -> bool:
    """Whether what begins at a position is part of an annotation."""
    while node is not None:
        parts = {"annassign": node.children[1:2], "tfpdef": node.children[2:]} if _has_children(node) else {}
        noted = [*parts.get(node.type, ()), *([node.annotation] if node.type == "funcdef" else ())]
        if any(part is not None and part.start_pos <= start < part.end_pos for part in noted):
            return True
        node = node.parent
    return False


def _has_children(node: Any) -> bool:
    return hasattr(node, "children")


def _mutant(place: Place, source: str, operator: str, occurrence: int) -> Mutant | None:
    """None where the change makes no Python, or no difference."""
    code = mutate_code(source, plugins.get_operator(operator)(), occurrence)
    if code is None:
        return None
    try:
        if ast.dump(ast.parse(code)) == ast.dump(ast.parse(source)):
            return None
    except SyntaxError:
        return None
    before, after = source.splitlines(), code.splitlines()
    first = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    last = next((n for n, (a, b) in enumerate(zip(before[::-1], after[::-1], strict=False)) if a != b), 0)
    return Mutant(
        place.module,
        place.line,
        _plain(before[first : max(len(before) - last, first + 1)]),
        _plain(after[first : max(len(after) - last, first)]),
        code,
    )


def _plain(lines: Sequence[str]) -> str:
    return " ".join(line.strip() for line in lines)
