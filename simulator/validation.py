"""Checks a request against the service model and words the answer as SageMaker does.

A check per shape is built once and kept. Only form is checked here: whether a name exists is not.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from simulator import model
from simulator.errors import ServiceError, validation

Problems = list[str]
Check = Callable[[Any, str, Problems], None]

JSON_TYPES = {
    str: "STRING_VALUE",
    bool: "TRUE_VALUE",
    int: "NUMBER_VALUE",
    float: "DECIMAL_VALUE",
    list: "START_ARRAY",
    dict: "START_OBJECT",
}
JAVA_TYPES = {
    "string": "String",
    "integer": "Integer",
    "long": "Long",
    "boolean": "Boolean",
    "float": "Float",
    "double": "Double",
    "timestamp": "Date",
    "list": "List",
    "map": "Map",
    "structure": "Structure",
}
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


def check(operation: str, request: dict[str, Any], *, refuse_unknown: bool) -> None:
    """Raise ValidationException, or SerializationException for a wrong JSON type, if the request is malformed."""
    shape = model.input_shape(operation)
    if shape is None:
        return
    problems: Problems = []
    _checker(shape, refuse_unknown)(request, "", problems)
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise validation(count + "; ".join(problems))


def spoken(value: Any) -> str:
    """A value as Java prints it in an error text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(spoken(v) for v in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}={spoken(v)}" for k, v in value.items()) + "}"
    return str(value)


def camel(member: str) -> str:
    """`TrainingJobName` → `trainingJobName`: error texts name members by their Java property."""
    return member[:1].lower() + member[1:]


def fits(shape_pattern: str) -> Callable[[str], object] | None:
    """A full match of a pattern of the model; None for what Python cannot read (Unicode classes, as Java has)."""
    try:
        return re.compile(shape_pattern).fullmatch
    except re.error:
        return None


@functools.cache
def _constraints(shape: Any) -> tuple[tuple[Callable[[Any], bool], str], ...]:
    """Each constraint on a value itself: whether it holds, and the sentence for when it does not."""
    found: list[tuple[Callable[[Any], bool], str]] = []
    meta = shape.metadata
    sized = shape.type_name in ("string", "list", "map")
    measure: Callable[[Any], Any] = len if sized else lambda value: value
    noun = "length" if sized else "value"
    if shape.type_name in ("string", "list", "map", "integer", "long", "float", "double"):
        if "max" in meta:
            limit = meta["max"]
            found.append(
                (lambda v: measure(v) <= limit, f"Member must have {noun} less than or equal to {limit}")
            )
        if "min" in meta and (meta["min"] or not sized):
            least = meta["min"]
            found.append(
                (lambda v: measure(v) >= least, f"Member must have {noun} greater than or equal to {least}")
            )
    enum = list(getattr(shape, "enum", None) or ()) if shape.type_name == "string" else []
    if enum:
        found.append((lambda v: v in enum, f"Member must satisfy enum value set: [{', '.join(enum)}]"))
    matcher = fits(meta["pattern"]) if "pattern" in meta else None
    if matcher:
        found.append(
            (
                lambda v: matcher(v) is not None,
                f"Member must satisfy regular expression pattern: {meta['pattern']}",
            )
        )
    return tuple(found)


def _own(shape: Any) -> Check:
    """Type and constraints of a value itself."""
    constraints = _constraints(shape)
    wanted = PYTHON_TYPES.get(shape.type_name, (object,))
    strict_number = shape.type_name in ("integer", "long", "float", "double")

    def run(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, wanted) or (strict_number and isinstance(value, bool)):
            found = JSON_TYPES.get(type(value), "VALUE")
            raise ServiceError(
                "SerializationException", f"{found} can not be converted to a {JAVA_TYPES[shape.type_name]}"
            )
        for holds, sentence in constraints:
            if not holds(value):
                problems.append(
                    f"Value '{spoken(value)}' at '{path}' failed to satisfy constraint: {sentence}"
                )

    return run


@functools.cache
def _checker(shape: Any, refuse_unknown: bool) -> Check:
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, refuse_unknown)
    if kind == "list":
        return _list(shape, refuse_unknown)
    if kind == "map":
        return _map(shape, refuse_unknown)
    return _own(shape)


def _structure(shape: Any, refuse_unknown: bool) -> Check:
    own = _own(shape)
    required = tuple(shape.required_members)
    # NB: a shape may contain itself, so the members' checks are built when they are first needed.
    members = dict(shape.members)
    union = getattr(shape, "is_tagged_union", False)
    checks: dict[str, Check] = {}

    def run(value: Any, path: str, problems: Problems) -> None:
        own(value, path, problems)
        prefix = f"{path}." if path else ""
        for member in required:
            if value.get(member) is None:
                problems.append(
                    f"Value null at '{prefix}{camel(member)}' failed to satisfy constraint: Member must not be null"
                )
        if union and sum(inner is not None for inner in value.values()) != 1:
            problems.append(
                f"Value '{spoken(value)}' at '{path}' failed to satisfy constraint: "
                f"Exactly one of {', '.join(map(camel, members))} must be set"  # text assumed
            )
        for member, inner in value.items():
            if member not in members:
                if refuse_unknown:
                    problems.append(
                        f"Unknown member '{prefix}{member}' (the simulator refuses what SageMaker ignores)"
                    )
                continue
            if inner is None:
                continue
            if member not in checks:
                checks[member] = _checker(members[member], refuse_unknown)
            checks[member](inner, prefix + camel(member), problems)

    return run


def _list(shape: Any, refuse_unknown: bool) -> Check:
    own = _own(shape)
    if shape.member.type_name in ("structure", "list", "map"):

        def run(value: Any, path: str, problems: Problems) -> None:
            own(value, path, problems)
            inner = _checker(shape.member, refuse_unknown)
            for i, item in enumerate(value, 1):
                inner(item, f"{path}.{i}.member", problems)

        return run
    return _scalars(own, shape.member)


def _scalars(own: Check, member: Any) -> Check:
    """Lists of plain values: SageMaker says which constraints members have, not which member broke them."""
    typed = _own(member)
    constraints = _constraints(member)
    sentence = ", ".join(text for _, text in constraints)

    def run(value: Any, path: str, problems: Problems) -> None:
        own(value, path, problems)
        for item in value:
            typed(item, path, [])
            if not all(holds(item) for holds, _ in constraints):
                problems.append(
                    f"Value '{spoken(value)}' at '{path}' failed to satisfy constraint: "
                    f"Member must satisfy constraint: [{sentence}]"
                )
                return

    return run


def _map(shape: Any, refuse_unknown: bool) -> Check:
    own = _own(shape)

    def run(value: Any, path: str, problems: Problems) -> None:
        own(value, path, problems)
        keys, values = _checker(shape.key, refuse_unknown), _checker(shape.value, refuse_unknown)
        for key, inner in value.items():
            keys(key, f"{path}.key", problems)
            if inner is not None:
                values(
                    inner, f"{path}.{key}.member" if shape.value.type_name == "structure" else path, problems
                )

    return run
