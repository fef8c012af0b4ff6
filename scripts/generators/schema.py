"""Shapes of the service model as OpenAPI schemas: strict for what people declare, open for what SageMaker reports."""

from collections.abc import Mapping
from typing import Any

from controller.kinds.kind import Kind, Reference
from controller.kinds.names import key_of, ref_key_of
from controller.kinds.shape import Shape
from scripts.generators import rules, texts
from scripts.generators.open_enums import open_pattern
from scripts.generators.patterns import lengths, to_re2

Schema = dict[str, Any]

_TYPES: Mapping[str, Schema] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "float": {"type": "number"},
    "double": {"type": "number"},
    "timestamp": {"type": "string", "format": "date-time"},
    "blob": {"type": "string", "format": "byte"},
    "string": {"type": "string"},
}

_PREFIX = {"string": "Length", "list": "Items", "map": "Properties"}


def spec_schema(kind: Kind) -> Schema:
    """What a manifest declares: everything Create takes and what only updates know, with the model's limits.

    The own name is not required: metadata.name stands in for it, and a version is named by its group.
    """
    references = {reference.path: reference for reference in kind.references}
    schema = _structure(kind.create, references, "")
    for member, structure in kind.beside_create:
        schema["properties"][key_of(member)] = _described(
            _strict(structure.members[member], references, member), structure, member
        )
    for path in kind.secrets:
        _name_a_secret(schema, path)
    for member in kind.ignored:
        schema["properties"][key_of(member)] = {"type": "string", "description": "Accepted and ignored."}
    needed = [key for key in schema.pop("required", ()) if key != kind.name_key]
    return {
        "type": "object",
        "description": f"What SageMaker is to have, as {kind.verbs.create} takes it.",
        **({"required": needed} if needed else {}),
        **{word: value for word, value in schema.items() if word != "type"},
    }


def _strict(shape: Shape, references: Mapping[str, Reference], path: str) -> Schema:
    if shape.type == "structure":
        return _structure(shape, references, f"{path}.")
    if shape.element is not None:
        items = _strict(shape.element, references, f"{path}[]")
        return {"type": "array", "items": items, **_limits(shape)}
    if shape.value is not None:
        values = _strict(shape.value, references, f"{path}{{}}")
        return {"type": "object", "additionalProperties": values, **_limits(shape)}
    if shape.enum:
        pattern = open_pattern(shape.name, shape.enum)
        return {"type": "string", **({"pattern": pattern} if pattern else {"enum": list(shape.enum)})}
    schema = dict(_TYPES[shape.type])
    if shape.type == "string" and shape.pattern and (pattern := to_re2(shape.pattern)):
        schema["pattern"] = pattern
    return {**schema, **_limits(shape)}


def _structure(shape: Shape, references: Mapping[str, Reference], prefix: str) -> Schema:
    properties: Schema = {}
    needed, checks = [], []
    for member, inner in shape.members.items():
        path, key = f"{prefix}{member}", key_of(member)
        properties[key] = _described(_strict(inner, references, path), shape, member)
        required = member in shape.required
        if path in references:
            twin = ref_key_of(member)
            properties[twin] = _reference(references[path], key)
            checks.append(rules.either(key, twin, required=required, in_list="[]" in path))
        elif required:
            needed.append(key)
    schema: Schema = {"type": "object"}
    if needed:
        schema["required"] = needed
    if properties:
        schema["properties"] = properties
    if checks:
        schema["x-kubernetes-validations"] = checks
    return schema


def _reference(reference: Reference, key: str) -> Schema:
    text = {"type": "string", "minLength": 1, "maxLength": 253}  # 253: the longest name of an object
    return {
        "type": "object",
        "description": f"The {reference.kind} object that {key} is taken from.",
        "required": ["from"],
        "properties": {
            "from": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": text, "namespace": text},
            }
        },
    }


def _name_a_secret(schema: Schema, path: str) -> None:
    """In place of a secret's text: the key of a Secret in the object's namespace, in the incumbent's SecretKeyReference form."""
    *holders, member = [key_of(part) for part in path.split(".")]
    for holder in holders:
        schema = schema["properties"][holder]
    text = {
        "type": "string",
        "minLength": 1,
        "maxLength": 253,
    }  # 253: the longest name of an object, and of a key
    schema["properties"][member] = {
        "type": "object",
        "description": f"The Secret of the same namespace, and its key, that {member} is read from.",
        "required": ["name", "key"],
        "properties": {"name": text, "namespace": text, "key": text},
    }


def _limits(shape: Shape) -> Schema:
    least, most = shape.minimum, shape.maximum
    if shape.type == "string" and shape.pattern:
        stated = lengths(shape.pattern)
        least, most = (
            given if given is not None else said for given, said in zip((least, most), stated, strict=True)
        )
    kind_of_limit = _PREFIX.get(shape.type)
    if kind_of_limit is None:
        found = {"minimum": least, "maximum": most}
    else:
        found = {f"min{kind_of_limit}": least or None, f"max{kind_of_limit}": most}
    return {
        word: int(limit) if limit == int(limit) else limit
        for word, limit in found.items()
        if limit is not None
    }


def _described(schema: Schema, structure: Shape, member: str) -> Schema:
    sentence = texts.first_sentence(texts.of_member(structure.name, member))
    return {"description": sentence, **schema} if sentence else schema


def open_schema(shape: Shape) -> Schema:
    """A shape without any limit: what SageMaker reports is never refused, not even by CRDs older than the answer."""
    if shape.type == "structure":
        shown = {member: inner for member, inner in shape.members.items() if not inner.sensitive}
        members = {key_of(member): open_schema(inner) for member, inner in shown.items()}
        return {"type": "object", **({"properties": members} if members else {})}
    if shape.element is not None:
        return {"type": "array", "items": open_schema(shape.element)}
    if shape.value is not None:
        return {"type": "object", "additionalProperties": open_schema(shape.value)}
    schema = dict(_TYPES[shape.type])
    if schema["type"] == "integer":
        schema["format"] = "int64"
    return schema
