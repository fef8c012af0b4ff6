"""What of a stored object has the form that everything else relies on, found out once at the door. Pure.

The API server checks what users apply, but not what it has: a CRD is exchanged for a stricter one, etcd is edited by hand,
another controller wrote the status. What is not legible is left out; of a spec, each such part has a sentence. No sentence has
a value in it, for it may be the secret that somebody wrote where the name of a Secret belongs.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from controller.decide.compare import natural_key
from controller.decide.translate import moment
from controller.kinds.kind import Kind
from controller.kinds.names import key_of, ref_key_of
from controller.kinds.shape import Shape

ARN = re.compile(r"arn:[^:\s]+:sagemaker:[^:\s]+:\d{12}:\S+")
# What can stand in the name of a host; botocore refuses to make a client for any other.
REGION = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Sentences that are told at once: a person corrects some and sees the next.
TOLD = 10

_NOTHING: Any = object()
_WORDS = {
    "structure": "an object",
    "map": "an object",
    "list": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "long": "a whole number",
    "float": "a number",
    "double": "a number",
    "timestamp": "a moment such as 2026-01-31T08:00:00Z",
}


def metadata(said: Any) -> dict[str, Any]:
    """An object's metadata: names and numbers of their types, annotations and labels of texts, finalizers that are texts."""
    said = _map(said)
    found: dict[str, Any] = {
        name: said[name]
        for name in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp")
        if _is_text(said.get(name))
    }
    found["generation"] = said["generation"] if _is_whole(said.get("generation")) else 0
    found["annotations"], found["labels"] = _texts(said.get("annotations")), _texts(said.get("labels"))
    found["finalizers"] = _list_of_texts(said.get("finalizers"))
    return found


def managed(said: Any) -> list[dict[str, Any]]:
    """Who wrote which fields of an object: entries of ``metadata.managedFields``."""
    entries = said if isinstance(said, list) else []
    return [
        {**entry, "fieldsV1": {"f:status": _map(_map(entry.get("fieldsV1")).get("f:status"))}}
        for entry in entries
        if isinstance(entry, Mapping)
    ]


def status(kind: Kind, said: Any) -> dict[str, Any]:
    """A status whose parts that we read are of the form in which we write them; what others added stays as it is."""
    found = {name: value for name, value in _map(said).items() if value is not None}
    readers: dict[str, Callable[[Any], Any]] = {
        "ackResourceMetadata": _identity,
        "observedGeneration": lambda value: value if _is_whole(value) else None,
        "conditions": _conditions,
        "applied": _applied,
    }
    waiting = kind.steps.update_while
    for member in (kind.status, kind.failure, waiting.noted_in if waiting else None):
        if member:
            readers[key_of(member)] = lambda value: value if _is_text(value) else None
    for name in readers.keys() & found.keys():
        found[name] = readers[name](found[name])
    return {name: value for name, value in found.items() if value is not None}


def record(said: str) -> dict[str, Any] | None:
    """What an annotation says of what was applied; None if it says nothing."""
    try:
        return _applied(json.loads(said))
    except (ValueError, RecursionError):
        return None


def request(said: str) -> dict[str, Any]:
    """The request that an annotation has beside it; empty if none."""
    try:
        return dict(_map(_map(json.loads(said)).get("request")))
    except (ValueError, RecursionError):
        return {}


def region(said: Any) -> bool:
    """Whether a text could be a region's name."""
    return isinstance(said, str) and REGION.fullmatch(said) is not None


def spec(kind: Kind, said: Any) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """A spec with what its kind knows, and a sentence for each part of another type than it has to be, by its path."""
    faults: dict[str, str] = {}
    if said is None:
        return None, faults
    if not isinstance(said, Mapping):
        return None, {"spec": f"spec is {_kind_of(said)}: make it an object"}
    found: dict[str, Any] = _Reader(kind, faults).read(kind.create, said, "spec", "")
    beside = {m: kind.update.members[m] for m in kind.update_only if kind.update}
    beside |= {further.declared_as: further.shape for further in kind.steps.also_updates}
    for member, shape in beside.items():
        key = key_of(member)
        if key not in found and said.get(key) is not None and f"spec.{key}" not in faults:
            value = _Reader(kind, faults).read(shape, said[key], f"spec.{key}", member)
            found |= {key: value} if value is not _NOTHING else {}
    return found, faults


def told(faults: Mapping[str, str]) -> str:
    """The sentences as one, the first of them if there are many."""
    first = [*faults.values()][:TOLD]
    more = [f"and {len(faults) - TOLD} more"] if len(faults) > TOLD else []
    return "; ".join([*first, *more])


class _Reader:
    """Reads values by shape. ``faults`` is filled on the way."""

    def __init__(self, kind: Kind, faults: dict[str, str]) -> None:
        self._secrets = frozenset(kind.secrets)
        self._referring = frozenset(reference.path.rpartition(".")[2] for reference in kind.references)
        self._faults = faults

    def read(self, shape: Shape, value: Any, where: str, path: str) -> Any:
        """The value, or ``_NOTHING``. ``where`` names it to people, ``path`` in the model."""
        if path in self._secrets:
            return self._pointer(value, where)
        if not _fits(shape, value):
            word = _WORDS.get(shape.type, "a text")
            self._faults[where] = f"{where} is {_kind_of(value)}: make it {word}"
            return _NOTHING
        if shape.type == "structure":
            return self._structure(shape, value, where, path)
        if shape.element is not None:
            items = [
                self._element(shape.element, item, f"{where}[{at}]", path) for at, item in enumerate(value)
            ]
            return [item for item in items if item is not _NOTHING]
        if shape.value is not None:
            inner = {
                key: self.read(shape.value, item, f"{where}.{_short(key)}", f"{path}{{}}")
                for key, item in value.items()
                if item is not None
            }
            return {key: item for key, item in inner.items() if item is not _NOTHING}
        return value

    def _element(self, shape: Shape, value: Any, where: str, path: str) -> Any:
        """An element of a list. One without its natural key could not be told from the others."""
        read = self.read(shape, value, where, f"{path}[]") if value is not None else _NOTHING
        key = natural_key(shape)
        if key is None or read is _NOTHING or {key_of(key), ref_key_of(key)} & read.keys():
            return read
        self._faults.setdefault(f"{where}.{key_of(key)}", f"{where} has no {key_of(key)}: give it one")
        return _NOTHING

    def _structure(self, shape: Shape, value: Mapping[str, Any], where: str, path: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, member in shape.members.items():
            key = key_of(name)
            if value.get(key) is not None:
                inner = f"{path}.{name}" if path else name
                read = self.read(member, value[key], f"{where}.{key}", inner)
                found |= {key: read} if read is not _NOTHING else {}
            if name in self._referring and value.get(ref_key_of(name)) is not None:
                pointer = ref_key_of(name)
                read = self._reference(value[pointer], f"{where}.{pointer}")
                found |= {pointer: read} if read is not _NOTHING else {}
        return found

    def _reference(self, value: Any, where: str) -> Any:
        target = value.get("from") if isinstance(value, Mapping) else None
        if not isinstance(target, Mapping) or not _names(target, "name"):
            self._faults[where] = (
                f"{where} is no reference: write from: {{name: …}}, with the name of an object"
            )
            return _NOTHING
        return {"from": {name: target[name] for name in ("name", "namespace") if target.get(name)}}

    def _pointer(self, value: Any, where: str) -> Any:
        if not isinstance(value, Mapping) or not _names(value, "name", "key"):
            sentence = f"{where} is not a reference to a Secret: give its name and key, never the value"
            self._faults[where] = sentence
            return _NOTHING
        return {name: value[name] for name in ("name", "key", "namespace") if value.get(name)}


def _fits(shape: Shape, value: Any) -> bool:
    if shape.type in {"structure", "map"}:
        return isinstance(value, Mapping)
    if shape.type == "list":
        return isinstance(value, list)
    if shape.type == "boolean":
        return isinstance(value, bool)
    if shape.type in {"integer", "long"}:
        return _is_whole(value)
    if shape.type in {"float", "double"}:
        return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))
    if shape.type == "timestamp":
        return isinstance(value, str) and moment(value) is not None
    return _is_text(value)


def _is_text(value: Any) -> bool:
    """NB: half a character, which JSON can have, makes every later attempt to write the text down fail."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _names(value: Mapping[str, Any], *needed: str) -> bool:
    """Whether there is a text of each of these names, and of namespace too where there is one."""
    namespace = value.get("namespace")
    return all(_is_text(value.get(name)) and value[name] for name in needed) and (
        namespace is None or _is_text(namespace)
    )


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, float) and not math.isfinite(value):
        return "not a number"
    if isinstance(value, str) and not _is_text(value):
        return "a text with half a character in it"
    named = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return next((word for type_, word in named.items() if isinstance(value, type_)), "something else")


def _short(key: str) -> str:
    return key if len(key) <= 64 else f"{key[:64]}…"


def _is_whole(value: Any) -> bool:
    # 64 bits: JSON has more, neither the API server nor SageMaker has
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> dict[str, str]:
    return {key: inner for key, inner in _map(value).items() if _is_text(inner) and _is_text(key)}


def _list_of_texts(value: Any) -> list[str]:
    return [item for item in value if _is_text(item)] if isinstance(value, list) else []


def _identity(said: Any) -> dict[str, str] | None:
    found = _texts(said)
    if not ARN.fullmatch(found.get("arn", "")):
        found.pop("arn", None)
    if not region(found.get("region")):
        found.pop("region", None)
    return found or None


def _conditions(said: Any) -> list[dict[str, Any]]:
    if not isinstance(said, list):
        return []
    return [
        {**condition, "lastTransitionTime": since} if since else _without_moment(condition)
        for condition in said
        if isinstance(condition, dict) and isinstance(condition.get("type"), str)
        for since in [_moment_text(condition.get("lastTransitionTime"))]
    ]


def _moment_text(value: Any) -> str | None:
    return value if _is_text(value) and moment(value) is not None else None


def _without_moment(condition: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in condition.items() if key != "lastTransitionTime"}


def _applied(said: Any) -> dict[str, Any] | None:
    said = _map(said)
    parts: dict[str, Any] = {
        "identity": {
            k: v for k, v in _map(said.get("identity")).items() if isinstance(v, str) or _is_whole(v)
        },
        "fields": _outline(said.get("fields")),
        "tags": _list_of_texts(said.get("tags")),
        "sent": _texts(said.get("sent")),
        "secrets": _texts(said.get("secrets")),
        "prints": _texts(said.get("prints")),
        "partial": said.get("partial") is True,
    }
    return {name: part for name, part in parts.items() if part} or None


def _outline(said: Any) -> dict[str, Any]:
    return {key: _outline(inner) for key, inner in _map(said).items()}
