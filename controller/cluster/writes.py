"""What we write to an object: finalizers, annotations and status, as merge patches bound to what was read.

Never spec. Every patch carries the resourceVersion of the object it was computed from, so a write over
somebody else's is refused (`Conflict`) and the caller drops the pass; finalizers and annotations of others
are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from controller.cluster.api import Api
from controller.cluster.resources import ResourceRef
from controller.decide import legible


def write_metadata(
    api: Api,
    ref: ResourceRef,
    obj: Mapping[str, Any],
    *,
    hold: str | None = None,
    release: str | None = None,
    annotations: Mapping[str, str | None] | None = None,
) -> Mapping[str, Any]:
    """Add (`hold`) or remove (`release`) a finalizer and set annotations (None removes), in one call or none.

    Answers with the object as the API server has it afterwards, or `obj` itself when nothing is to be said.
    """
    patch = metadata_patch(obj, hold=hold, release=release, annotations=annotations or {})
    if patch is None:
        return obj
    metadata = obj["metadata"]
    return api.patch(ref, metadata.get("namespace"), metadata["name"], patch)


def write_status(
    api: Api, ref: ResourceRef, obj: Mapping[str, Any], status: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Make the object's status equal to `status`, in one call or none; answers as `write_metadata` does."""
    before = obj.get("status")
    changes = status_patch(before if isinstance(before, Mapping) else {}, status)
    if changes is None:
        return obj
    metadata = obj["metadata"]
    body = {"metadata": {"resourceVersion": metadata["resourceVersion"]}, "status": changes}
    return api.patch(ref, metadata.get("namespace"), metadata["name"], body, subresource="status")


def metadata_patch(
    obj: Mapping[str, Any],
    *,
    hold: str | None = None,
    release: str | None = None,
    annotations: Mapping[str, str | None],
) -> dict[str, Any] | None:
    """The merge patch for finalizers and annotations, or None when the object has them so already."""
    metadata = legible.metadata(obj["metadata"])
    changes: dict[str, Any] = {}
    before = metadata["finalizers"]
    after = [name for name in before if name != release]
    if hold is not None and hold not in after:
        after.append(hold)
    if after != before:
        changes["finalizers"] = after
    has = metadata["annotations"]
    wanted = {key: value for key, value in annotations.items() if has.get(key) != value}
    if wanted:
        changes["annotations"] = wanted
    if not changes:
        return None
    return {"metadata": {"resourceVersion": obj["metadata"]["resourceVersion"], **changes}}


def status_patch(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any] | None:
    """The merge patch from `old` to `new`: nulls for what is gone, lists whole; None when they are equal."""
    changes: dict[str, Any] = {}
    for key in old:
        if new.get(key) is None and old[key] is not None:
            changes[key] = None
    for key, value in new.items():
        if value is None:
            continue
        was = old.get(key)
        if not isinstance(value, Mapping):
            if not _same(was, value):
                changes[key] = value
            continue
        # An empty map says something too ("there are none"), so it is written where there was no map.
        inner = status_patch(was if isinstance(was, Mapping) else {}, value)
        if inner is not None or not isinstance(was, Mapping):
            changes[key] = inner or {}
    return changes or None


def _same(left: object, right: object) -> bool:
    """Equality as JSON has it. NB: in Python True == 1, and a patch from 1 to true would be lost."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(_same(a, b) for a, b in zip(left, right, strict=True))
    return isinstance(left, bool) == isinstance(right, bool) and left == right
