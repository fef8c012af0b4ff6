"""Specs that the service model allows, for any kind: the smallest, and full ones that together have all there is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from controller.kinds.kind import Kind
from controller.kinds.names import key_of, ref_key_of
from controller.kinds.shape import Shape
from simulator import model
from tests.simulator import inputs

NAME = "sample"
"""The name that every sample gives its resource."""


def minimal(kind: Kind) -> dict[str, Any]:
    """The smallest spec."""
    return _spec(kind, inputs.minimal(model.input_shape(kind.verbs.create)))


def full(kind: Kind, branch: int = 0) -> dict[str, Any]:
    """A spec with every member, also those that only Update knows or that are ignored; unions have one branch."""
    spec = _spec(kind, inputs.full(model.input_shape(kind.verbs.create), branch=branch))
    for member in kind.update_only:
        assert kind.update is not None and kind.verbs.update is not None
        value = inputs.full(model.input_shape(kind.verbs.update).members[member], member, branch)
        spec[key_of(member)] = manifest(kind.update.members[member], value)
    return spec | {key_of(member): "ignored" for member in kind.ignored}


def branches(kind: Kind) -> list[dict[str, Any]]:
    """Full specs, as many as the largest union has branches, so that every branch is in one of them."""
    most = max((len(shape.members) for shape in _shapes(kind) if shape.union), default=1)
    return [full(kind, branch) for branch in range(most)]


def referring(kind: Kind) -> list[dict[str, Any]]:
    """The same, with every name that can be taken from another object taken from one; none where there is no such name."""
    return [_referring(kind, spec) for spec in branches(kind)] if kind.references else []


def _referring(kind: Kind, spec: dict[str, Any]) -> dict[str, Any]:
    for reference in kind.references:
        *way, last = reference.path.replace("[]", "").split(".")
        for holder in _holders(spec, [key_of(member) for member in way]):
            del holder[key_of(last)]
            holder[ref_key_of(last)] = {"from": {"name": "other", "namespace": "elsewhere"}}
    return spec


def _spec(kind: Kind, request: dict[str, Any]) -> dict[str, Any]:
    request.pop(kind.token or "", None)
    spec: dict[str, Any] = manifest(kind.create, request)
    if kind.name_key and kind.own_name:
        spec[kind.name_key] = NAME
    return spec


def manifest(shape: Shape, value: Any) -> Any:
    """A request as a manifest, secrets included."""
    if shape.members:
        return {key_of(name): manifest(shape.members[name], inner) for name, inner in value.items()}
    if shape.element is not None:
        return [manifest(shape.element, item) for item in value]
    if shape.value is not None:
        return {key: manifest(shape.value, item) for key, item in value.items()}
    if shape.type == "timestamp":
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def _shapes(kind: Kind) -> Iterator[Shape]:
    """Every shape that a manifest of a kind is made of."""
    found: dict[str, Shape] = {}
    left = [kind.create]
    if kind.update is not None:
        left += [kind.update.members[member] for member in kind.update_only]
    while left:
        shape = left.pop()
        if shape.name not in found:
            found[shape.name] = shape
            left += [*shape.members.values(), *filter(None, (shape.element, shape.value))]
    yield from found.values()


def _holders(value: Any, way: list[str]) -> Iterator[dict[str, Any]]:
    """What stands at the end of a way, in every element of the lists on it."""
    if isinstance(value, list):
        for item in value:
            yield from _holders(item, way)
    elif not way:
        yield value
    elif way[0] in value:
        yield from _holders(value[way[0]], way[1:])
