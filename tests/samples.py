"""Specs that the service model allows: the smallest, and one with every member, for any kind."""

from typing import Any

from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from controller.kinds.shape import Shape
from simulator import model
from tests.simulator import inputs


def _spec(kind: Kind, request: dict[str, Any]) -> dict[str, Any]:
    request.pop(kind.token or "", None)
    spec: dict[str, Any] = _manifest(kind.create, request)
    if kind.name_key and kind.own_name:
        spec[kind.name_key] = "sample"
    return spec


def _manifest(shape: Shape, value: Any) -> Any:
    """A request as a manifest, secrets included."""
    if shape.members:
        return {key_of(name): _manifest(shape.members[name], inner) for name, inner in value.items()}
    if shape.element is not None:
        return [_manifest(shape.element, item) for item in value]
    if shape.value is not None:
        return {key: _manifest(shape.value, item) for key, item in value.items()}
    return "2026-01-01T00:00:00Z" if shape.type == "timestamp" else value


def minimal(kind: Kind) -> dict[str, Any]:
    """The smallest spec."""
    return _spec(kind, inputs.minimal(model.input_shape(kind.verbs.create)))


def full(kind: Kind) -> dict[str, Any]:
    """A spec with every member, structures four deep."""
    return _spec(kind, inputs.full(model.input_shape(kind.verbs.create)))
