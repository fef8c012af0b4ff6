"""A stand-in for the API server, in memory and single-threaded, so that thousands of lives fit into a minute.

Only for this room. What it does to one custom object with a status subresource is what kube-apiserver does; test_stand_in.py
replays a recorded life on both.
"""

from __future__ import annotations

import json
import marshal
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from controller.cluster.api import MERGE_PATCH, Api
from controller.cluster.errors import Conflict, Invalid, NotFound
from controller.cluster.resources import ResourceRef

Object = dict[str, Any]
T = TypeVar("T")
Name = tuple[str, str, str]  # plural, namespace, name
KEPT = ("name", "namespace", "uid", "creationTimestamp", "generation", "deletionTimestamp")


class StandIn(Api):
    """Objects by name. ``changed`` is called with every object as it was written, and whether it is gone thereby."""

    def __init__(self, now: Callable[[], float]) -> None:
        # NB: Api's own constructor is not called: there is no connection
        self._now = now
        self._objects: dict[Name, Object] = {}
        self._version = 0
        self._born = 0
        self.changed: Callable[[Object, bool], None] = lambda _obj, _gone: None

    def every(self) -> list[Object]:
        """All objects, as they are."""
        return [copied(obj) for obj in self._objects.values()]

    def get(
        self,
        ref: ResourceRef,
        namespace: str | None,
        name: str,
        *,
        timeout: tuple[float, float] | None = None,
    ) -> Object | None:
        """One object, or None."""
        found = self._objects.get((ref.plural, namespace or "", name))
        return copied(found)

    def create(
        self,
        ref: ResourceRef,
        namespace: str | None,
        body: Mapping[str, Any],
        *,
        timeout: tuple[float, float] | None = None,
    ) -> Object:
        """Make an object; what it says of its status does not count, and the CRD's default does."""
        self._born += 1
        obj = json.loads(json.dumps(body))
        metadata = obj["metadata"]
        metadata |= {
            "namespace": namespace or "",
            # in order of birth, as two of one second are told apart by it, and otherwise as spread as a real one
            "uid": f"{self._born:08x}{str(uuid.uuid5(uuid.NAMESPACE_OID, str(self._born)))[8:]}",
            "creationTimestamp": self._timestamp(),
            "generation": 1,
        }
        obj["status"] = {"observedGeneration": -1, "conditions": []}
        self._store((ref.plural, namespace or "", metadata["name"]), obj)
        return copied(obj)

    def patch(
        self,
        ref: ResourceRef,
        namespace: str | None,
        name: str,
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        subresource: str | None = None,
        content_type: str = MERGE_PATCH,
        timeout: tuple[float, float] | None = None,
    ) -> Object:
        """Merge-patch an object, or its status."""
        assert isinstance(body, Mapping) and content_type == MERGE_PATCH
        key = (ref.plural, namespace or "", name)
        old = self._objects.get(key)
        if old is None:
            raise NotFound(404, "NotFound", f'{ref} "{name}" not found')
        patch = json.loads(json.dumps(body))
        wanted = (patch.get("metadata") or {}).get("resourceVersion")
        if wanted is not None and wanted != old["metadata"]["resourceVersion"]:
            raise Conflict(409, "Conflict", f'Operation cannot be fulfilled on {ref} "{name}"')
        new = _with_status(old, patch) if subresource == "status" else _with_all_but_status(old, patch)
        return self._written(key, old, new)

    def delete(self, ref: ResourceRef, namespace: str | None, name: str, *, uid: str | None = None) -> bool:
        """Ask for the end of an object: it goes at once, or once its last finalizer does."""
        key = (ref.plural, namespace or "", name)
        old = self._objects.get(key)
        if old is None:
            return False
        if not old["metadata"].get("finalizers"):
            self._remove(key)
        elif "deletionTimestamp" not in old["metadata"]:
            new = copied(old)
            new["metadata"] |= {"deletionTimestamp": self._timestamp(), "deletionGracePeriodSeconds": 0}
            new["metadata"]["generation"] += 1
            self._store(key, new)
        return True

    def _written(self, key: Name, old: Object, new: Object) -> Object:
        if new == old:
            return copied(old)  # a write without a change is none
        if "deletionTimestamp" in old["metadata"]:
            added = set(new["metadata"].get("finalizers") or ()) - set(
                old["metadata"].get("finalizers") or ()
            )
            if added:
                raise Invalid(422, "Invalid", "no new finalizers can be added if the object is being deleted")
            if not new["metadata"].get("finalizers"):
                self._objects[key] = new
                self._remove(key)
                return copied(new)
        if _declared(new) != _declared(old):
            new["metadata"]["generation"] += 1
        self._store(key, new)
        return copied(new)

    def _store(self, key: Name, obj: Object) -> None:
        self._version += 1
        obj["metadata"]["resourceVersion"] = str(self._version)
        self._objects[key] = obj
        self.changed(copied(obj), False)

    def _remove(self, key: Name) -> None:
        gone = self._objects.pop(key)
        self.changed(copied(gone), True)

    def _timestamp(self) -> str:
        return datetime.fromtimestamp(self._now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def copied(obj: T) -> T:
    """A copy that shares nothing with what is stored. NB: of JSON's types only, and so a tenth of deepcopy's price."""
    whole: Any = obj
    copy: T = marshal.loads(marshal.dumps(whole))
    return copy


def merged(target: Any, patch: Any) -> Any:
    """RFC 7386: objects are merged, null takes away, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _with_status(old: Object, patch: Object) -> Object:
    new = copied(old)
    status = merged({"status": old.get("status")}, {"status": patch.get("status", {})})
    new["status"] = status.get("status") or {"observedGeneration": -1, "conditions": []}
    return new


def _with_all_but_status(old: Object, patch: Object) -> Object:
    new: Object = merged(copied(old), patch)
    new["status"] = copied(old["status"])
    metadata = new["metadata"]
    metadata |= {name: old["metadata"][name] for name in KEPT if name in old["metadata"]}
    metadata["resourceVersion"] = old["metadata"]["resourceVersion"]
    # an empty list or map of metadata is not kept
    for name in ("finalizers", "annotations", "labels"):
        if name in metadata and not metadata[name]:
            del metadata[name]
    return new


def _declared(obj: Object) -> Object:
    return {key: value for key, value in obj.items() if key not in {"metadata", "status"}}
