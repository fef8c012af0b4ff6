"""Between the two ways of writing one thing: a manifest's keys and values, and the API's members and values, by shape."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from controller.kinds.names import key_of
from controller.kinds.shape import Shape


def to_request(shape: Shape, value: Any) -> Any:
    """What a manifest declares, as the API wants it. Keys the shape does not know are dropped; null is absent."""
    if shape.type == "structure" and isinstance(value, Mapping):
        return {
            name: to_request(member, value[key_of(name)])
            for name, member in shape.members.items()
            if value.get(key_of(name)) is not None
        }
    if shape.element is not None and isinstance(value, list):
        return [to_request(shape.element, item) for item in value if item is not None]
    if shape.value is not None and isinstance(value, Mapping):
        return {key: to_request(shape.value, item) for key, item in value.items() if item is not None}
    if shape.type in {"float", "double"} and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def to_manifest(shape: Shape, value: Any) -> Any:
    """What the API answered, as a status shows it. Timestamps become RFC 3339 text in UTC, whole seconds; secrets go."""
    if shape.type == "structure" and isinstance(value, Mapping):
        return {
            key_of(name): to_manifest(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None and not member.sensitive
        }
    if shape.element is not None and isinstance(value, list):
        return [to_manifest(shape.element, item) for item in value]
    if shape.value is not None and isinstance(value, Mapping):
        return {key: to_manifest(shape.value, item) for key, item in value.items()}
    if isinstance(value, datetime):
        return timestamp(value)
    return value


def timestamp(moment: datetime) -> str:
    """RFC 3339 as Kubernetes writes it: ``2026-01-31T08:00:00Z``. A moment without a zone is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str | None) -> datetime | None:
    """The moment that a Kubernetes timestamp names; None for text that is none. Without a zone it is UTC."""
    if not text:
        return None
    try:
        named = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return named if named.tzinfo else named.replace(tzinfo=UTC)


def values_at(value: Any, parts: list[str]) -> Iterable[Any]:
    """Every value at a path such as ``["A[]", "B"]``."""
    if not parts:
        yield value
        return
    if not isinstance(value, Mapping):
        return
    inner = value.get(parts[0].removesuffix("[]"))
    for item in inner if parts[0].endswith("[]") and isinstance(inner, list) else [inner]:
        if item is not None:
            yield from values_at(item, parts[1:])


def put_at(holder: dict[str, Any], parts: list[str], value: Any) -> None:
    """Set what stands at a path such as ``["A", "B"]``. NB: what is below ``holder`` is copied on the way: it may be shared."""
    if len(parts) == 1:
        holder[parts[0]] = value
        return
    holder[parts[0]] = dict(holder.get(parts[0]) or {})
    put_at(holder[parts[0]], parts[1:], value)
