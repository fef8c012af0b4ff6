"""Specs that the service model allows: the smallest, and one with every member, for any kind."""

from datetime import UTC, datetime
from typing import Any

from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from controller.kinds.shape import Shape
from simulator import model
from tests.simulator import inputs


def manifest(shape: Shape, value: Any) -> Any:
    """A request as a manifest, secrets included."""
    if shape.members:
        return {key_of(name): manifest(shape.members[name], inner) for name, inner in value.items()}
    if shape.element is not None:
        return [manifest(shape.element, item) for item in value]
    if shape.value is not None:
        return {key: manifest(shape.value, item) for key, item in value.items()}
    if shape.type == "timestamp":
        return moment(value)
    return value


def moment(seconds: float) -> str:
    """A moment on the wire (seconds since the epoch), as manifests and statuses have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _request(kind: Kind, request: dict[str, Any]) -> dict[str, Any]:
    request.pop(kind.token or "", None)
    if kind.own_name:
        request[kind.own_name] = "sample"
    return request


def minimal(kind: Kind) -> dict[str, Any]:
    """The smallest spec."""
    made: dict[str, Any] = manifest(
        kind.create, _request(kind, inputs.minimal(model.input_shape(kind.verbs.create)))
    )
    return made


def full_request(kind: Kind) -> dict[str, Any]:
    """A request of Create with every member, structures four deep; no token."""
    return _request(kind, inputs.full(model.input_shape(kind.verbs.create)))


def full(kind: Kind) -> dict[str, Any]:
    """A spec with every member, structures four deep."""
    made: dict[str, Any] = manifest(kind.create, full_request(kind))
    return made
