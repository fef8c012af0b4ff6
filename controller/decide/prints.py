"""Edits of what Describe does not show: told by a print of what was applied last, kept in ``status.applied.prints``.

A print is a digest, by the manifest key of a member, of the part of it that is not shown; "" where nothing of the kind is declared.
A member without a print was applied by somebody else (the incumbent, an import): what is declared now counts as applied, so
that taking an object over calls nothing. Secrets have no print: nothing made of their values is kept (confidential.py).
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from controller.decide.compare import Difference, fitted, named
from controller.decide.shown import Shown
from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from controller.kinds.shape import Shape


def prints(kind: Kind, asked: Mapping[str, Any]) -> dict[str, str]:
    """The prints of what is declared of the members that Update can change."""
    return {key_of(member): _print(kind, member, asked.get(member)) for member in _hidden_members(kind)}


def moved(kind: Kind, asked: Mapping[str, Any], before: Mapping[str, str]) -> tuple[Difference, ...]:
    """The members of which something is declared otherwise than when it was applied, and that Describe shows nothing of."""
    now = prints(kind, asked)
    return tuple(
        _difference(kind, member, asked.get(member), before[key_of(member)])
        for member in _hidden_members(kind)
        if before.get(key_of(member), now[key_of(member)]) != now[key_of(member)]
    )


def _difference(kind: Kind, member: str, wished: Any, before: str) -> Difference:
    if wished in (None, {}, []):
        return Difference(member, None, before, dict(kind.removes.get(member, {})), unseen=True)
    return Difference(member, wished, before, fitted(kind, member, wished), unseen=True)


def _hidden_members(kind: Kind) -> list[str]:
    """What Update changes and Describe does not show, in whole or in part, and nothing else looks after."""
    spoken_of = {
        *kind.steps.arguments,
        *(further.declared_as for further in kind.steps.also_updates),
    }
    hidden = {path.partition(".")[0].rstrip("[]{}") for path in kind.unread - set(kind.secrets)}
    return [member for member in kind.changeable if member in hidden - spoken_of]


def _print(kind: Kind, member: str, value: Any) -> str:
    if member not in kind.unread:
        value = _hidden(kind.shape_of(member), value, Shown(kind.unread - set(kind.secrets)).below(member))
    if value in (None, {}, []):
        return ""
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _hidden(shape: Shape, value: Any, place: Shown) -> Any:
    """The parts of a value that Describe does not show; lists by the names of their elements where these have names."""
    if not place.hidden:
        return None
    if shape.type == "structure" and isinstance(value, Mapping):
        parts = {
            name: inner if place.hides(name) else _hidden(shape.members[name], inner, place.below(name))
            for name, inner in value.items()
        }
        return {name: part for name, part in parts.items() if part not in (None, {}, [])}
    if shape.element is not None and isinstance(value, list):
        element, by_name = shape.element, named(shape.element, value)
        items = by_name.items() if by_name is not None else enumerate(value)
        found = {str(name): _hidden(element, item, place) for name, item in items}
        return {name: part for name, part in found.items() if part}
    return None
