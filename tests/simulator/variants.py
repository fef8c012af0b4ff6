"""Second values: for a value that a shape of the service model takes, another one that it takes as well."""

from __future__ import annotations

from typing import Any

from simulator.validation import fits

# What a text may become, tried in this order: a longer one, one that ends otherwise, one that begins otherwise.
_TRIES = ("{0}2", "{0}b", "{0}-b", "{1}2", "{1}b", "2{2}", "b{2}")

BY_NAME = {"OnCreate": "ZWNobyAy", "OnStart": "ZWNobyAy", "Content": "ZWNobyAy"}
"""What only some encoding reads."""


def other(shape: Any, value: Any, name: str = "") -> Any:
    """Another value, as different as the shape allows; the same one where it allows no second."""
    kind = shape.type_name
    if kind == "structure":
        return {m: other(shape.members[m], inner, m) for m, inner in value.items()}
    if kind == "list":
        return [_kept(shape.member, item, other(shape.member, item, name)) for item in value]
    if kind == "map":
        return {key: other(shape.value, inner, name) for key, inner in value.items()}
    if kind == "boolean":
        return not value
    if kind == "timestamp":
        return value + 86_400
    if kind in ("integer", "long", "float", "double"):
        most = shape.metadata.get("max")
        return value + 1 if most is None or value < most else max(value - 1, shape.metadata.get("min", 0))
    return _other_text(shape, value, name)


def renamed(element: Any, item: Any) -> Any:
    """An element of a list under another name; itself where it has none."""
    if element.type_name != "structure":
        return other(element, item)
    return {m: other(element.members[m], v, m) if m in _names(element) else v for m, v in item.items()}


def _names(element: Any) -> list[str]:
    """The texts that tell a list's elements apart."""
    members = element.members if element.type_name == "structure" else {}
    return [
        m
        for m in getattr(element, "required_members", ())
        if m in members
        and m.endswith(("Name", "Key"))
        and members[m].type_name == "string"
        and not getattr(members[m], "enum", None)
    ]


def _kept(element: Any, item: Any, changed: Any) -> Any:
    """A changed element under the name it had."""
    return {**changed, **{m: item[m] for m in _names(element)}} if _names(element) else changed


def _other_text(shape: Any, text: str, name: str) -> str:
    if getattr(shape, "enum", None):
        rest = [choice for choice in shape.enum if choice != text]
        return str(rest[0] if rest else text)
    if name in BY_NAME:
        return BY_NAME[name]
    matcher = fits(shape.metadata["pattern"]) if "pattern" in shape.metadata else None
    most = shape.metadata.get("max") or 10_000
    for form in _TRIES:
        made = form.format(text, text[:-1], text[1:])
        if made != text and len(made) <= most and (matcher is None or matcher(made)):
            return made
    return text


def without_one(shape: Any, value: Any) -> tuple[str, ...] | None:
    """The way to a member deep in a structure that may be left out while another stays; None where there is none."""
    if shape.type_name != "structure" or getattr(shape, "is_tagged_union", False):
        return None
    for member, inner in value.items():
        deeper = without_one(shape.members[member], inner)
        if deeper:
            return (member, *deeper)
    if len(value) < 2:
        return None
    return next(((m,) for m in value if m not in shape.required_members), None)
