"""Values the server adds to what the caller left unset: known ones as data, and generated ones as a stress test.

`defaults.yaml` holds the known ones. The stress test fills every member that Create has too, at every depth.
"""

from __future__ import annotations

import copy
from typing import Any

from simulator import model
from simulator.model import Kind

DEPTH = 4
"""Shapes nest deeper only in tuning jobs and model packages, and some contain themselves."""


def add_known(kind: str, shown: dict[str, Any]) -> None:
    """Add the defaults SageMaker is known to show, in place."""
    for path, value in model.data("defaults").get(kind, {}).items():
        _add(shown, path.split("."), value)


def add_top(kind: str, shown: dict[str, Any]) -> None:
    """Add those that are members of their own, in place: what is inside structures is shared with the resource."""
    for path, value in model.data("defaults").get(kind, {}).items():
        if "." not in path:
            _add(shown, [path], value)


def _add(target: Any, path: list[str], value: Any) -> None:
    head, rest = path[0], path[1:]
    if head.endswith("[]"):
        for item in target.get(head[:-2], []):
            _add(item, rest, value)
    elif rest:
        if isinstance(target.get(head), dict):
            _add(target[head], rest, value)
    elif isinstance(value, str) and value.startswith("{") and value[1:-1] in target:
        target.setdefault(head, target[value[1:-1]])
    else:
        target.setdefault(head, copy.deepcopy(value))


def fill(kind: Kind, shown: dict[str, Any], shape: Any) -> None:
    """Give every member of Describe that Create has too, and that is unset, some value, in place."""
    from_create = model.input_shape(kind.create).members
    names = {kind.renames.get(m, m): s for m, s in from_create.items()}
    for member, inner in shape.members.items():
        if member in names and member != "Tags" and member not in kind.identity:
            shown[member] = _filled(shown.get(member), inner, 0)


def _filled(value: Any, shape: Any, depth: int) -> Any:
    if shape.type_name == "structure":
        return _filled_structure(value if isinstance(value, dict) else None, shape, depth)
    if shape.type_name == "list":
        if isinstance(value, list) and value:
            return [_filled(item, shape.member, depth + 1) for item in value]
        return [] if depth >= DEPTH else [_filled(None, shape.member, depth + 1)]
    if shape.type_name == "map":
        return value if value else {"server": _filled(None, shape.value, depth + 1)}
    return _scalar(shape) if value is None else value


def _filled_structure(value: dict[str, Any] | None, shape: Any, depth: int) -> dict[str, Any]:
    members = dict(shape.members)
    if getattr(shape, "is_tagged_union", False) or shape.metadata.get("union"):
        chosen = next(iter(value or members), None)
        members = {chosen: members[chosen]} if chosen else {}
    filled = dict(value or {})
    if depth >= DEPTH:
        return filled
    for member, inner in members.items():
        filled[member] = _filled(filled.get(member), inner, depth + 1)
    return filled


def _scalar(shape: Any) -> Any:
    kind = shape.type_name
    if kind == "boolean":
        return False
    if kind in ("integer", "long", "float", "double"):
        return shape.metadata.get("min", 1)
    if kind == "timestamp":
        return 1_700_000_000
    enum = getattr(shape, "enum", None)
    return enum[0] if enum else "server-default"
