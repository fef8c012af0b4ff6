"""Where SageMaker differs from what is declared: declared ⊆ described, walked by shape. What nobody declared never differs."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from controller.decide.shown import Shown
from controller.decide.translate import moment
from controller.kinds import infer
from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from controller.kinds.shape import Shape

# What the names of a list's elements end with, beside the thing itself.
_WITHOUT = re.compile(r"(Config|Configuration|Definition|Info|Specification)$")


@dataclass(frozen=True, slots=True)
class Difference:
    """A top-level member that SageMaker has otherwise than it is declared.

    ``wished`` is None for one that is declared no longer; ``left`` are the parts of it that are not, as an outline.
    ``changes`` are the members of Update that would make it so; none where Update cannot.
    """

    member: str
    wished: Any
    shown: Any
    changes: Mapping[str, Any]
    left: Mapping[str, Any] = field(default_factory=dict)
    unseen: bool = False  # Describe shows nothing of it: told by what was applied before


def differences(
    kind: Kind,
    asked: Mapping[str, Any],
    description: Mapping[str, Any],
    left: Mapping[str, Any] | None = None,
) -> tuple[Difference, ...]:
    """Every declared member that Describe shows otherwise, and every one that was declared once and is still there.

    ``asked`` is Create's request, ``description`` the unwrapped output of Describe, ``left`` the outline of what was applied
    and is not declared any more (applied.left). Tags and identity are not compared.
    """
    left_out = {"Tags", *(i.member for i in kind.identity)}
    if kind.own_name not in kind.changeable:
        left_out.add(str(kind.own_name))
    found = []
    for member in dict.fromkeys([*asked, *(m for m in kind.changeable if key_of(m) in (left or {}))]):
        if member in left_out or member in kind.unread or not is_described(kind, member):
            continue
        wished, shown = asked.get(member), shown_of(kind, member, description)
        gone = (left or {}).get(key_of(member))
        same = wished is None or _same_member(kind, member, wished, shown)
        if same and gone is None:
            continue
        changes = _changes(kind, member, wished, shown, same=same, gone=gone)
        found.append(Difference(member, wished, shown, changes, gone or {}))
    return tuple(found)


def is_described(kind: Kind, member: str) -> bool:
    """Whether Describe has something to show of a member of Create."""
    return kind.same_as.get(member, member).partition(".")[0] in kind.described.members


def shown_of(kind: Kind, member: str, description: Mapping[str, Any]) -> Any:
    """What Describe shows of a member of Create."""
    return Shown(frozenset(), tuple(kind.same_as.items())).value(member, description)


def _same_member(kind: Kind, member: str, wished: Any, shown: Any) -> bool:
    place = Shown.of(kind, member)
    shape = kind.shape_of(member)
    if member in kind.takes_away and shape.element is not None and (have := named(shape.element, shown)):
        # Update adds to such a list, and another member takes away from it: what nobody declared stays
        declared = named(shape.element, wished)
        if declared is not None:
            return all(
                name in have and _same(shape.element, item, have[name], place)
                for name, item in declared.items()
            )
    return _same(shape, wished, shown, place)


def _changes(
    kind: Kind, member: str, wished: Any, shown: Any, *, same: bool, gone: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The members of Update that make SageMaker have what is wished; empty where it has no such member."""
    if member not in kind.changeable or kind.update is None:
        return {}
    changes: dict[str, Any] = {}
    if wished in (None, {}, []) and member not in kind.takes_away:
        return dict(kind.removes.get(member, {}))
    named_gone = sorted(name for name, parts in (gone or {}).items() if not parts)
    if named_gone and member in kind.takes_away:
        changes[kind.takes_away[member]] = named_gone
        gone = {name: parts for name, parts in (gone or {}).items() if parts}
    if gone or not same:
        changes[kind.updates_as.get(member, member)] = wished
    return _fitting(kind, member, changes, shown, gone)


def _fitting(
    kind: Kind, member: str, changes: dict[str, Any], shown: Any, gone: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What Update takes of it: only new elements where it adds to a list, only members that it knows."""
    into = kind.updates_as.get(member, member)
    if into not in changes or kind.update is None:
        return changes
    shape = kind.update.members[into]
    if member in kind.adds and shape.element is not None:
        have = named(kind.shape_of(member).element or shape.element, shown) or {}
        new = named(shape.element, changes[into]) or {}
        changes[into] = [item for name, item in new.items() if name not in have]
        return changes if changes[into] else {}
    fits = _known_to(shape, changes[into])
    if fits != changes[into] and (
        not fits or (not gone and _same(kind.shape_of(member), fits, shown, Shown.of(kind, member)))
    ):
        return {}  # what differs is in the part that Update does not know
    return {**changes, into: _in_words_of(shape, fits)}


def fitted(kind: Kind, member: str, wished: Any) -> dict[str, Any]:
    """The members of Update that send what is wished, as far as Update knows it; empty where it knows nothing of it."""
    into = kind.updates_as.get(member, member)
    if kind.update is None:
        return {}
    shape = kind.update.members[into]
    fits = _known_to(shape, wished)
    return {} if fits in (None, {}, []) else {into: _in_words_of(shape, fits)}


def _known_to(shape: Shape, value: Any) -> Any:
    """The part of a value that a narrower shape has: Update's structures lack members of Create's."""
    if shape.type == "structure" and isinstance(value, Mapping):
        known = {name: _called(shape, name) for name in value}
        return {name: _known_to(shape.members[known[name]], v) for name, v in value.items() if known[name]}
    if shape.element is not None and isinstance(value, list):
        return [_known_to(shape.element, item) for item in value]
    return value


def _in_words_of(shape: Shape, value: Any) -> Any:
    """A value whose members Update's structures have, called as these call them."""
    if shape.type == "structure" and isinstance(value, Mapping):
        known = {name: _called(shape, name) for name in value}
        return {known[name]: _in_words_of(shape.members[known[name]], v) for name, v in value.items()}
    if shape.element is not None and isinstance(value, list):
        return [_in_words_of(shape.element, item) for item in value]
    return value


def _called(shape: Shape, name: str) -> str:
    """What a structure of Update's calls a member of Create's: the same, or with ForUpdate behind it; empty if it lacks it."""
    return next((n for n in (name, f"{name}{infer.FOR_UPDATE}") if n in shape.members), "")


def named(element: Shape, items: Any) -> dict[str, Any] | None:
    """A list's elements by their natural key, where every one has its own; None where they have none."""
    key = natural_key(element)
    if key is None or not isinstance(items, Sequence) or isinstance(items, str):
        return None
    if not all(isinstance(item, Mapping) and key in item for item in items):
        return None
    by_key = {str(item[key]): item for item in items}
    return by_key if len(by_key) == len(items) else None


def places(kind: Kind, difference: Difference) -> list[str]:
    """The manifest paths at which it differs, as deep as structures lead; a list or a map is named as a whole."""
    member, key = difference.member, key_of(difference.member)
    if difference.unseen:
        return [key]
    place = Shown.of(kind, member)
    return _places(kind.shape_of(member), key, difference.wished, difference.shown, place)


def _places(shape: Shape, path: str, wished: Any, shown: Any, place: Shown) -> list[str]:
    if shape.type != "structure" or not isinstance(wished, Mapping) or not isinstance(shown, Mapping):
        return [path]
    found = []
    for name, value in wished.items():
        inner, below = place.value(name, shown), place.below(name)
        if not place.hides(name) and not _same(shape.members[name], value, inner, below):
            found += _places(shape.members[name], f"{path}.{key_of(name)}", value, inner, below)
    return found or [path]


def same(shape: Shape, wished: Any, shown: Any) -> bool:
    """Whether everything that is wished is shown."""
    return _same(shape, wished, shown, Shown())


def _same(shape: Shape, wished: Any, shown: Any, place: Shown) -> bool:
    if wished in ({}, []):
        return True  # an empty list or map declares nothing
    if shown is None:
        # A structure of nothing but empty or unread things says nothing that could differ.
        return isinstance(wished, Mapping) and _says_nothing(wished, place)
    if shape.members and isinstance(wished, Mapping) and isinstance(shown, Mapping):
        return all(
            _same(shape.members[name], value, place.value(name, shown), place.below(name))
            for name, value in wished.items()
            if not place.hides(name)
        )
    if shape.element is not None and isinstance(wished, Sequence) and isinstance(shown, Sequence):
        return _same_list(shape.element, wished, shown, place)
    if shape.value is not None and isinstance(wished, Mapping) and isinstance(shown, Mapping):
        value_shape = shape.value
        # a key that nobody declared is the service's own (SageMaker's hyperparameters) or somebody else's
        return all(
            key in shown and _same(value_shape, value, shown[key], place) for key, value in wished.items()
        )
    return _same_scalar(shape, wished, shown)


def _says_nothing(wished: Mapping[str, Any], place: Shown) -> bool:
    return all(place.hides(name) or value in ({}, []) for name, value in wished.items())


def _same_list(element: Shape, wished: Sequence[Any], shown: Sequence[Any], place: Shown) -> bool:
    if len(wished) != len(shown):
        return False
    declared, have = named(element, wished), named(element, shown)
    if declared is not None and have is not None:
        return all(
            name in have and _same(element, item, have[name], place) for name, item in declared.items()
        )
    if element.members:
        return all(_same(element, one, other, place) for one, other in zip(wished, shown, strict=True))
    return sorted(map(str, wished)) == sorted(map(str, shown))


def natural_key(element: Shape) -> str | None:
    """The text member by which a list's elements are told apart, when their order means nothing: …Name or Key.

    The only one that is required; else the one that is called after the element, as FeatureName of a FeatureDefinition is.
    """
    names = [
        name
        for name, member in element.members.items()
        if member.type == "string" and not member.enum and name.endswith(("Name", "Key"))
    ]
    required = [name for name in names if name in element.required]
    if len(required) == 1:
        return required[0]
    noun = _WITHOUT.sub("", element.name)
    own = [name for name in names if noun.endswith(name.removesuffix("Name").removesuffix("Key"))]
    return own[0] if len(own) == 1 else None


def _same_scalar(shape: Shape, wished: Any, shown: Any) -> bool:
    if shape.type == "timestamp" or isinstance(shown, datetime):
        one, other = _moment(wished), _moment(shown)
        return one is not None and other is not None and abs((one - other).total_seconds()) < 1
    if shape.document and isinstance(wished, str) and isinstance(shown, str):
        return bool(_parsed(wished) == _parsed(shown))
    if isinstance(wished, float) or isinstance(shown, float):
        # 1e-6: the service keeps some numbers as 32-bit floats, which hold seven digits
        return bool(isinstance(shown, int | float) and math.isclose(wished, shown, rel_tol=1e-6))
    return bool(wished == shown)


def _moment(value: Any) -> datetime | None:
    return value if isinstance(value, datetime) else moment(str(value))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
