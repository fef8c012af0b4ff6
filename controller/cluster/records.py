"""What is kept of an object between its events: a few hundred bytes that tell whether it needs a pass.

Pure: no thread, no network. What causes a pass is decided here and nowhere else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Generic, TypeVar

from controller.decide import legible

Extra = TypeVar("Extra")
Key = tuple[str, str]  # namespace, name

# What only we ever give an object. Gaining one of them is our own write and no news; losing one is.
HELD = 1  # our finalizer
IDENTIFIED = 2  # an ARN in the status
OBSERVED = 4  # an observedGeneration that is not the default of -1
NOTED = 8  # the annotation that has the ARN too

# A copy of the manifest that kubectl keeps: it moves with spec, and is the largest annotation there is.
_NOISE = frozenset({"kubectl.kubernetes.io/last-applied-configuration"})


@dataclass(frozen=True, slots=True)
class Record(Generic[Extra]):
    """One object as it was last seen; `extra` is what the reader of the reflector wanted kept."""

    resource_version: str
    digest: bytes
    marks: int
    extra: Extra | None
    claim: str = ""  # the ARN that the annotation alone has: a restore, or somebody's word


@dataclass(frozen=True, slots=True)
class Ours:
    """What we write into metadata ourselves, so that our own writes cause no pass."""

    finalizer: str = ""
    annotations: frozenset[str] = frozenset()
    arn: str = ""  # the one of the annotations that has the ARN


def key_of(obj: Mapping[str, Any]) -> Key:
    """Namespace and name. The namespace is shared between all the keys in it."""
    metadata = obj["metadata"]
    return sys.intern(metadata.get("namespace") or ""), metadata["name"]


def record_of(obj: Mapping[str, Any], ours: Ours, extra: Extra | None) -> Record[Extra]:
    """The record of an object."""
    marks, noted = _marks(obj, ours), legible.metadata(obj["metadata"])["annotations"].get(ours.arn, "")
    version = str(obj["metadata"].get("resourceVersion") or "")
    return Record(version, _digest(obj, ours), marks, extra, "" if marks & IDENTIFIED else noted)


def causes_pass(old: Record[Extra], new: Record[Extra]) -> bool:
    """Whether the step from one record to the next is somebody else's doing."""
    return old.digest != new.digest or bool(old.marks & ~new.marks) or new.claim not in {"", old.claim}


def _digest(obj: Mapping[str, Any], ours: Ours) -> bytes:
    metadata = legible.metadata(obj["metadata"])
    skipped = ours.annotations | _NOISE
    told = [
        metadata.get("uid"),  # the same name with another uid is another object
        metadata["generation"] or metadata.get("resourceVersion"),  # core kinds have no generation
        metadata.get("deletionTimestamp"),
        [name for name in metadata["finalizers"] if name != ours.finalizer],
        {name: value for name, value in metadata["annotations"].items() if name not in skipped},
        metadata["labels"],
    ]
    return blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=16).digest()


def _marks(obj: Mapping[str, Any], ours: Ours) -> int:
    metadata = legible.metadata(obj["metadata"])
    status = _map(obj.get("status"))
    identity = _map(status.get("ackResourceMetadata"))
    observed = status.get("observedGeneration")
    marks = NOTED if metadata["annotations"].get(ours.arn) else 0
    # Letting go of an object that is being deleted is our own write too.
    if ours.finalizer in metadata["finalizers"] and not metadata.get("deletionTimestamp"):
        marks |= HELD
    if identity.get("arn"):
        marks |= IDENTIFIED
    if isinstance(observed, int) and observed >= 0:
        marks |= OBSERVED
    return marks


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
