"""From a shape of the service model to a schema of the API server: what is wished (strict) and what is shown (loose)."""

import re
from collections.abc import Mapping
from typing import Any

from controller.kinds.kind import Kind
from controller.kinds.names import key_of, ref_key_of
from controller.kinds.shape import Shape
from scripts.generators.patterns import to_re2 as translated

Schema = dict[str, Any]

# Enumerations that AWS lengthens weekly: a schema that lists them would refuse what SageMaker takes next month. By shape name,
# or by size: beyond 60 values it is a catalogue, not a choice.
GROWING = re.compile(r"InstanceType|AlgorithmSpecVersion|ResourceIdentifierRegion")
CATALOGUE = 60
# ml.t3.micro, ml.m4.xlarge, ml.p4d.24xlarge, ml.u7i-12tb.224xlarge; some lists have "system" or "g5.xlarge" beside them
GROWING_PATTERN = r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,98}$"

REFERENCE: Schema = {
    "type": "object",
    "description": "Another object, instead of its name or ARN.",
    "required": ["from"],
    "properties": {
        "from": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string", "minLength": 1}, "namespace": {"type": "string"}},
        }
    },
}


def wished(kind: Kind, described: Mapping[str, str]) -> Schema:
    """The schema of spec. ``described`` gives a sentence for a member path (``docs.sentences``)."""
    pointing = {reference.path for reference in kind.references}
    schema = _strict(kind.create, "", pointing, described)
    for member in kind.update_only:
        assert kind.update is not None
        schema["properties"].setdefault(
            key_of(member), _strict(kind.update.members[member], f"{member}.", set(), described)
        )
    if kind.own_name and kind.name_optional:
        schema["required"] = [k for k in schema.get("required", []) if k != kind.name_key]
    if not schema.get("required"):
        schema.pop("required", None)
    return schema


def _strict(shape: Shape, prefix: str, pointing: set[str], described: Mapping[str, str]) -> Schema:
    if shape.type == "structure":
        return _structure(shape, prefix, pointing, described)
    if shape.element is not None:
        inner = _strict(shape.element, f"{prefix.removesuffix('.')}[].", pointing, described)
        return {"type": "array", "items": inner, **_bounds(shape, "minItems", "maxItems")}
    if shape.value is not None:
        inner = _strict(shape.value, f"{prefix.removesuffix('.')}{{}}.", pointing, described)
        return {
            "type": "object",
            "additionalProperties": inner,
            **_bounds(shape, "minProperties", "maxProperties"),
        }
    if shape.type in {"integer", "long"}:
        return {"type": "integer", "format": "int64", **_bounds(shape, "minimum", "maximum")}
    if shape.type in {"float", "double"}:
        return {"type": "number", **_bounds(shape, "minimum", "maximum")}
    if shape.type == "boolean":
        return {"type": "boolean"}
    if shape.type == "timestamp":
        return {"type": "string", "format": "date-time"}
    return _string(shape)


def _structure(shape: Shape, prefix: str, pointing: set[str], described: Mapping[str, str]) -> Schema:
    properties: dict[str, Schema] = {}
    required: list[str] = []
    rules: list[Schema] = []
    for name, member in shape.members.items():
        path = f"{prefix}{name}"
        properties[key_of(name)] = {
            **({"description": described[path]} if path in described else {}),
            **_strict(member, f"{path}.", pointing, described),
        }
        if path in pointing:
            properties[ref_key_of(name)] = REFERENCE
            if name in shape.required:
                rules.append(
                    {
                        "rule": f"has(self.{key_of(name)}) || has(self.{ref_key_of(name)})",
                        "message": f"{key_of(name)} or {ref_key_of(name)} is required",
                    }
                )
        elif name in shape.required:
            required.append(key_of(name))
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if rules:
        schema["x-kubernetes-validations"] = rules
    return schema


def _string(shape: Shape) -> Schema:
    if shape.enum and (len(shape.enum) > CATALOGUE or GROWING.search(shape.name)):
        return {"type": "string", "pattern": GROWING_PATTERN}
    if shape.enum:
        return {"type": "string", "enum": list(shape.enum)}
    schema: Schema = {"type": "string", **_bounds(shape, "minLength", "maxLength")}
    pattern = translated(shape.pattern) if shape.pattern else None
    if pattern is not None and pattern not in {"^(?:.*)$", "^(?:.+)$"}:
        schema["pattern"] = pattern
    return schema


def _bounds(shape: Shape, least: str, most: str) -> Schema:
    """NB: a length limit above 3 MiB says nothing (etcd takes 1.5 MiB) and 2**31-1 stands for "none"."""
    bounds: Schema = {}
    if shape.minimum:
        bounds[least] = _number(shape.minimum)
    if shape.maximum is not None and (shape.maximum < 2**31 - 1 or most == "maximum"):
        bounds[most] = _number(shape.maximum)
    if shape.minimum == 0 and least == "minimum":
        bounds[least] = 0
    return bounds


def _number(value: float | str) -> float | int:
    number = float(value)
    return int(number) if number.is_integer() else number


def shown(shape: Shape) -> Schema:
    """The schema of a part of status: the form alone, so that nothing SageMaker says is ever refused."""
    if shape.type == "structure":
        return {
            "type": "object",
            "properties": {key_of(n): shown(m) for n, m in shape.members.items() if not m.sensitive},
        }
    if shape.element is not None:
        return {"type": "array", "items": shown(shape.element)}
    if shape.value is not None:
        return {"type": "object", "additionalProperties": shown(shape.value)}
    if shape.type in {"integer", "long"}:
        return {"type": "integer", "format": "int64"}
    if shape.type in {"float", "double"}:
        return {"type": "number"}
    if shape.type == "boolean":
        return {"type": "boolean"}
    if shape.type == "timestamp":
        return {"type": "string", "format": "date-time"}
    return {"type": "string"}
