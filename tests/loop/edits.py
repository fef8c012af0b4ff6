"""Every edit there is: for each kind that has an Update, each member that it changes, by itself, one step after the other."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from controller.kinds.names import key_of
from simulator import model
from tests.samples import manifest
from tests.simulator import inputs
from tests.simulator.variants import other, renamed, without_one

KINDS = kinds()
DATA: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("edits.yaml").read_text())
# What names a Secret is changed through the Secret: tests/loop/test_secrets.py.
UPDATED = tuple(name for name, kind in KINDS.items() if kind.update is not None and not kind.secrets)


@dataclass(frozen=True)
class Step:
    """One edit of one member. ``value`` is what SageMaker is to have then, in the API's words; None is nothing any more.

    ``word``: added, changed, trimmed (a part of it deep inside goes), reordered, drifted (SageMaker's is changed behind the
    controller's back), removed.
    """

    kind: str
    member: str
    word: str
    value: Any
    way: tuple[str, ...] = ()  # trimmed: to the part that goes

    @property
    def name(self) -> str:
        """For the test's name."""
        return f"{self.kind}-{self.member}-{self.word}"

    def spec(self) -> dict[str, Any]:
        """The merge patch of the spec."""
        key, shape = key_of(self.member), KINDS[self.kind].shape_of(self.member)
        if self.word == "drifted":
            return {}
        if self.value is None:
            return {key: None}
        if self.way:
            gone: Any = None
            for part in reversed(self.way):
                gone = {key_of(part): gone}
            return {key: gone}
        return {key: manifest(shape, self.value)}


@functools.cache
def steps(name: str) -> tuple[Step, ...]:
    """The edits of a kind, in order."""
    kind, found = KINDS[name], []
    for member in kind.changeable:
        found += _steps(kind, member)
    left_out = DATA.get(name, {}).get("leave", ())
    return tuple(s for s in found if s.member not in left_out and f"{s.member}-{s.word}" not in left_out)


def _steps(kind: Kind, member: str) -> list[Step]:
    one, two = values(kind, member)
    shape = _shape(kind, member)
    optional = member not in model.input_shape(kind.verbs.create).required_members
    found = []
    if optional and member not in base(kind):
        found.append(Step(kind.name, member, "added", one))
    if two != one:
        found.append(Step(kind.name, member, "changed", two))
    if member not in kind.unread:
        found.append(Step(kind.name, member, "drifted", two))
    if isinstance(two, list) and len(two) > 1:
        two = two[::-1]
        found.append(Step(kind.name, member, "reordered", two))
    way = without_one(shape, two)
    if way:
        two = _without(two, way)
        found.append(Step(kind.name, member, "trimmed", two, way))
    if optional:
        found.append(Step(kind.name, member, "removed", None))
    return found


def values(kind: Kind, member: str) -> tuple[Any, Any]:
    """Two values of a member, the first of them what a manifest begins with."""
    given = DATA.get(kind.name, {}).get("values", {}).get(member)
    if given:
        return given[0], given[1]
    shape = _shape(kind, member)
    one = base(kind)[member] if member in base(kind) else inputs.full(shape, member)
    two = other(shape, one, member)
    if two == one:  # there is nothing in it to change
        two = other(shape, inputs.full(shape, member), member)
    if isinstance(two, list) and shape.metadata.get("max", 10) > len(two):
        more = [renamed(shape.member, item) for item in inputs.full(shape, member)]
        two = [*two, *(item for item in more if item not in two)][: shape.metadata.get("max", 10)]
    if isinstance(two, dict) and shape.type_name == "map":
        two = {**two, **{f"{key}2": value for key, value in two.items()}}
    return one, two


def base(kind: Kind) -> Mapping[str, Any]:
    """The smallest Create request there is of a kind, references left as the model makes them."""
    return {
        **inputs.minimal(model.input_shape(kind.verbs.create)),
        **inputs.AT_LEAST.get(kind.name, {}),
        **DATA.get(kind.name, {}).get("base", {}),
    }


def _shape(kind: Kind, member: str) -> Any:
    members = model.input_shape(kind.verbs.create).members
    return members[member] if member in members else model.input_shape(str(kind.verbs.update)).members[member]


def _without(value: Any, way: tuple[str, ...]) -> Any:
    head, *rest = way
    if not rest:
        return {m: v for m, v in value.items() if m != head}
    return {**value, head: _without(value[head], tuple(rest))}
