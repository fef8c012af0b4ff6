"""How a resource looks from outside: Describe's answer, and the members other answers take from it.

Everything is in JSON's words already (timestamps are seconds since the epoch), so that rendering is `json.dumps`.
"""

from __future__ import annotations

import copy
from typing import Any

from simulator import defaults, model
from simulator.settings import Settings
from simulator.store import Resource

CREATED = ("CreationTime", "CreatedAt", "CreateDate")
MODIFIED = ("LastModifiedTime", "LastModifiedAt", "LastUpdatedDate")


def project(value: Any, shape: Any) -> Any:
    """The parts of a value that a shape has."""
    if shape.type_name == "structure" and isinstance(value, dict):
        members = shape.members
        return {m: project(v, members[m]) for m, v in value.items() if m in members and v is not None}
    if shape.type_name == "list" and isinstance(value, list):
        return [project(item, shape.member) for item in value]
    return value


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    for word in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(word)
    return value


def _rename_inner(target: Any, path: list[str], names: list[str]) -> None:
    """Show the value at a path under other names beside it, in place."""
    head, rest = path[0], path[1:]
    if head.endswith("[]"):
        for item in target.get(head[:-2]) or ():
            _rename_inner(item, rest, names)
    elif rest:
        if isinstance(target.get(head), dict):
            _rename_inner(target[head], rest, names)
    elif head in target:
        value = target.pop(head)
        for name in names:
            *parents, last = name.split(".")
            place = target
            for parent in parents:
                place = place.setdefault(parent, {})
            place[last] = value


def record(resource: Resource, *, at: dict[str, Any] | None = None) -> dict[str, Any]:
    """All that is known of a resource, in Describe's words; `at` is an older state to show instead."""
    kind = resource.kind
    declared = at["declared"] if at else resource.declared
    observed = at["observed"] if at else resource.observed
    shown: dict[str, Any] = {}
    for member, value in declared.items():
        target = kind.renames.get(member, member)
        head, _, rest = target.partition(".")
        if rest:
            shown.setdefault(head, {})[rest] = value
        else:
            shown[target] = value
    for path, targets in kind.inner.items():
        head = path.split(".")[0].removesuffix("[]")
        if head in shown:
            shown[head] = copy.deepcopy(shown[head])
            _rename_inner(shown, path.split("."), targets)
    shown |= observed
    for member in kind.arn_members:
        shown[member] = resource.arn
    status = model.data("states").get(kind.name, {}).get("status")
    if status:
        shown[status] = at["status"] if at else resource.status
    modified = at["modified"] if at else resource.modified
    shown |= dict.fromkeys(CREATED, resource.created) | dict.fromkeys(MODIFIED, modified)
    return shown


def describe(
    resource: Resource, settings: Settings, operation: str, *, at: dict[str, Any] | None = None
) -> Any:
    """The answer of a Describe operation."""
    kind = resource.kind
    outer = model.output_shape(operation)
    whole = record(resource, at=at)
    shape = outer.members[kind.wrapper] if kind.wrapper else outer
    shown = project(whole, shape)
    defaults.add_known(kind.name, shown)
    if settings.fill_defaults:
        defaults.fill(kind, shown, shape)
    return {kind.wrapper: shown} if kind.wrapper else shown


def answer(resource: Resource, operation: str) -> dict[str, Any]:
    """What Create, Update, Delete … answer: the members of their output, most often the ARN alone."""
    shape = model.output_shape(operation)
    if shape is None:
        return {}
    kind = resource.kind
    whole = record(resource)
    if kind.wrapper and kind.wrapper in shape.members:
        return {kind.wrapper: project(whole, shape.members[kind.wrapper])}
    if "Success" in shape.members:  # DeleteWorkteam
        return {"Success": True}
    shown: dict[str, Any] = project(whole, shape)
    return shown
