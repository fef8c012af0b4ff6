"""Members that are secrets: a manifest names a key of a Secret, and the value is known only while a request is sent. Pure.

The value never meets a status, a record or a fingerprint: those are made of the request as declared, which holds the names.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from controller.decide.translate import put_at, values_at
from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from controller.kinds.shape import Shape

# Characters in a row that give a value away. Fewer occur in sentences by chance; AWS shortens what it repeats, so a part counts.
WINDOW = 8
HIDDEN = "***"
REPEATS = "the answer repeats the value of a Secret and is not shown"
UNTOLD = "SageMaker says why, and is not repeated: it may repeat a secret that another controller has sent; describe it in AWS"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the value of a member is: the member's ``path`` in the request, and a key of a Secret."""

    path: str
    namespace: str
    name: str
    key: str

    def __str__(self) -> str:
        return f"Secret {self.namespace}/{self.name}"


def pointers(kind: Kind, namespace: str, request: Mapping[str, Any]) -> tuple[Pointer, ...]:
    """What a request names of Secrets. ``namespace`` is the object's own."""
    return tuple(
        Pointer(path, str(said.get("namespace") or namespace), str(said.get("name")), str(said.get("key")))
        for path in kind.secrets
        for said in values_at(request, path.split("."))
        if isinstance(said, Mapping)
    )


def on_record(kind: Kind, request: Mapping[str, Any]) -> dict[str, str]:
    """What is remembered of them: by manifest path the Secret's name and key, so that another one is seen to be another."""
    return {
        ".".join(key_of(part) for part in pointer.path.split(".")): f"{pointer.name}/{pointer.key}"
        for pointer in pointers(kind, "", request)
    }


def filled(request: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """The request with values, by path, in place of the names; the one given is left as it is."""
    made = dict(request)
    for path, value in values.items():
        put_at(made, path.split("."), value)
    return made


def unfit(shape: Shape, value: str) -> str | None:
    """Why SageMaker would refuse a value, without a word of it; None if it would not."""
    least, most = int(shape.minimum or 0), int(shape.maximum or len(value))
    if not least <= len(value) <= most:
        return f"has {len(value)} characters and may have {least} to {most}"
    if shape.pattern and not re.fullmatch(shape.pattern, value):
        newline = ", perhaps for the newline at its end" if value.endswith("\n") else ""
        return f"does not match {shape.pattern}{newline}"
    return None


@dataclass(frozen=True, slots=True)
class Marks:
    """What tells values in a text, without having them: digests under ``key`` of each window of each way to write them."""

    key: bytes
    windows: frozenset[bytes]
    short: frozenset[tuple[int, bytes]]  # length and digest of what is shorter than a window


def marks(values: Iterable[str], key: bytes) -> Marks:
    """The marks of values. With a random key that nobody else has, they are worth nothing outside of the process."""
    forms = {form for value in values for form in _forms(value) if form}
    long = [form for form in forms if len(form) >= WINDOW]
    return Marks(
        key,
        frozenset(_digest(key, f[at : at + WINDOW]) for f in long for at in range(len(f) - WINDOW + 1)),
        frozenset((len(form), _digest(key, form)) for form in forms if len(form) < WINDOW),
    )


def cleared(text: str, known: Marks) -> str:
    """A text without any of the values, or a telling part of one, however it was written down."""
    for length, digest in known.short:
        if any(_digest(known.key, text[at : at + length]) == digest for at in range(len(text))):
            return REPEATS  # to blot out "a" would tell where it stood
    told: set[int] = set()
    for at in range(len(text)):
        if _digest(known.key, text[at : at + WINDOW]) in known.windows:
            told.update(range(at, at + WINDOW))
    kept = "".join("\0" if at in told else char for at, char in enumerate(text))
    return re.sub("\0+", HIDDEN, kept)


def all_cleared(value: Any, known: Marks) -> Any:
    """Every text of a description, cleared."""
    if isinstance(value, str):
        return cleared(value, known)
    if isinstance(value, Mapping):
        return {key: all_cleared(inner, known) for key, inner in value.items()}
    return [all_cleared(inner, known) for inner in value] if isinstance(value, list) else value


def withheld(kind: Kind, description: Mapping[str, Any], status: Mapping[str, Any]) -> Mapping[str, Any]:
    """A description of something to which an unknown value was sent: why it failed is told only as it was told before."""
    if not kind.failure or not description.get(kind.failure):
        return description
    return {**description, kind.failure: status.get(key_of(kind.failure)) or UNTOLD}


def _digest(key: bytes, text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="replace"), key=key, digest_size=8).digest()


def _forms(value: str) -> set[str]:
    raw = value.encode()
    encoded = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    return {
        value,
        json.dumps(value)[1:-1],
        repr(value)[1:-1],
        html.escape(value),
        _percent_encoded(value),
        *encoded,
    }


def _percent_encoded(value: str) -> str:
    return "".join(
        f"%{byte:02X}" if not chr(byte).isalnum() or byte > 127 else chr(byte) for byte in value.encode()
    )
