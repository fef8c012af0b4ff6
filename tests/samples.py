"""Specs that the service model allows, for any kind: the smallest, and full ones that together have all there is."""

from collections.abc import Callable, Iterator
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
    request = _request(kind, inputs.minimal(model.input_shape(kind.verbs.create)))
    return secrets_named(kind, manifest(kind.create, request), _elsewhere)


def full_request(kind: Kind, branch: int = 0) -> dict[str, Any]:
    """A request of Create with every member, as deep as the model goes; no token. Unions have one branch."""
    return _request(kind, inputs.full(model.input_shape(kind.verbs.create), branch=branch))


def full(kind: Kind, branch: int = 0) -> dict[str, Any]:
    """A spec with every member, also those that only Update knows or that are ignored; unions have one branch."""
    spec: dict[str, Any] = manifest(kind.create, full_request(kind, branch))
    updates = [kind.verbs.update, *(further.operation for further in kind.steps.also_updates)]
    for member, structure in kind.beside_create:
        known = (model.input_shape(operation).members for operation in updates if operation)
        value = inputs.full(next(m[member] for m in known if member in m), member, branch)
        spec[key_of(member)] = manifest(structure.members[member], value)
    return secrets_named(kind, spec, _elsewhere) | {key_of(member): "ignored" for member in kind.ignored}


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


def secrets_named(kind: Kind, spec: dict[str, Any], named: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """A spec whose confidential members name a Secret; ``named`` makes the pointer from the value that stood there."""
    for path in kind.secrets:
        *way, last = [key_of(member) for member in path.split(".")]
        for holder in _holders(spec, way):
            if last in holder:
                holder[last] = named(holder[last])
    return spec


def _elsewhere(_: str) -> dict[str, Any]:
    return {"name": "secret", "key": "key", "namespace": "elsewhere"}


def manifest(shape: Shape, value: Any) -> Any:
    """A request as a manifest, secrets included."""
    if shape.members:
        return {key_of(name): manifest(shape.members[name], inner) for name, inner in value.items()}
    if shape.element is not None:
        return [manifest(shape.element, item) for item in value]
    if shape.value is not None:
        return {key: manifest(shape.value, item) for key, item in value.items()}
    return moment(value) if shape.type == "timestamp" else value


def moment(seconds: float) -> str:
    """A moment on the wire (seconds since the epoch), as manifests and statuses have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _request(kind: Kind, request: dict[str, Any]) -> dict[str, Any]:
    request.pop(kind.token or "", None)
    if kind.own_name:
        request[kind.own_name] = NAME
    return request


def _shapes(kind: Kind) -> Iterator[Shape]:
    """Every shape that a manifest of a kind is made of."""
    found: dict[str, Shape] = {}
    left = [kind.create, *(structure.members[member] for member, structure in kind.beside_create)]
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
