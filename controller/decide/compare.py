"""Where SageMaker differs from what is declared: declared ⊆ described, walked by shape. What nobody declared never differs."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.decide.translate import moment
from controller.kinds.kind import Kind
from controller.kinds.shape import Shape


@dataclass(frozen=True, slots=True)
class Differences:
    """Top-level members of Create that differ: those Update can change, with the wished value, and the names of the others."""

    changeable: Mapping[str, Any]
    frozen: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.changeable or self.frozen)


def differences(kind: Kind, asked: Mapping[str, Any], description: Mapping[str, Any]) -> Differences:
    """Every declared member that Describe shows otherwise.

    ``asked`` is Create's request, ``description`` the unwrapped output of Describe. Tags and identity are not compared.
    """
    left_out = {"Tags", kind.own_name, *(i.member for i in kind.identity)}
    changeable: dict[str, Any] = {}
    frozen: list[str] = []
    for member, wished in asked.items():
        shown_as = kind.same_as.get(member, member)
        if member in left_out or member in kind.unread or shown_as not in kind.described.members:
            continue
        unread = frozenset(p.partition(".")[2] for p in kind.unread if _first(p) == member)
        shape = kind.create.members.get(member) or (kind.update or kind.create).members[member]
        if not _same(shape, wished, description.get(shown_as), unread):
            if member in kind.frozen:
                frozen.append(member)
            else:
                changeable[member] = wished
    return Differences(changeable, tuple(frozen))


def _first(path: str) -> str:
    return path.partition(".")[0].rstrip("[]{}")


def _same(shape: Shape, wished: Any, shown: Any, unread: frozenset[str]) -> bool:
    if wished in ({}, []):
        return True  # an empty list or map declares nothing
    if shown is None:
        # A structure of nothing but empty or unread things says nothing that could differ.
        return wished is None or (isinstance(wished, Mapping) and _says_nothing(wished, unread))
    if shape.type == "structure" and isinstance(wished, Mapping) and isinstance(shown, Mapping):
        return all(
            _same(shape.members[name], value, shown.get(name), _below(unread, name))
            for name, value in wished.items()
            if name not in unread
        )
    if shape.element is not None and isinstance(wished, Sequence) and isinstance(shown, Sequence):
        return _same_list(shape.element, wished, shown, unread)
    if shape.value is not None and isinstance(wished, Mapping) and isinstance(shown, Mapping):
        value_shape = shape.value
        return set(wished) == set(shown) and all(
            _same(value_shape, value, shown[key], unread) for key, value in wished.items()
        )
    return _same_scalar(shape, wished, shown)


def _says_nothing(wished: Mapping[str, Any], unread: frozenset[str]) -> bool:
    return all(name in unread or value in ({}, [], None) for name, value in wished.items())


def _below(unread: frozenset[str], name: str) -> frozenset[str]:
    return frozenset(p.partition(".")[2] for p in unread if "." in p and _first(p) == name)


def _same_list(element: Shape, wished: Sequence[Any], shown: Sequence[Any], unread: frozenset[str]) -> bool:
    if len(wished) != len(shown):
        return False
    key = natural_key(element)
    if key is not None and all(isinstance(item, Mapping) and key in item for item in wished):
        by_key = {item.get(key): item for item in shown if isinstance(item, Mapping)}
        if len(by_key) == len(shown):
            return all(
                item.get(key) in by_key and _same(element, item, by_key[item.get(key)], unread)
                for item in wished
            )
    if element.type == "string":
        return sorted(map(str, wished)) == sorted(map(str, shown))
    return all(_same(element, one, other, unread) for one, other in zip(wished, shown, strict=True))


def natural_key(element: Shape) -> str | None:
    """The required text member by which a list's elements are told apart, when their order means nothing: …Name or Key."""
    named = [
        name
        for name, member in element.members.items()
        if name in element.required
        and member.type == "string"
        and not member.enum
        and name.endswith(("Name", "Key"))
    ]
    return named[0] if len(named) == 1 else None


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
