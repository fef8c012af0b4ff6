"""What holds objects back: which of a cluster's objects have our finalizers, what they leave behind, and letting them go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from controller.cluster.api import Api
from controller.cluster.errors import ApiError, Conflict, NotFound
from controller.cluster.lease import LEASE_NAME
from controller.cluster.resources import LEASES, ResourceRef
from controller.decide.declared import ARN_ANNOTATION, INTENT_ANNOTATION
from controller.kinds.kind import GROUP, VERSION

PREFIX = f"finalizers.{GROUP}/"  # the incumbent's too
TRIES = 5  # somebody else may write in between; five times in a row is nobody's luck


@dataclass(frozen=True, slots=True)
class Held:
    """An object with a finalizer of ours. ``leaves`` says what stays in AWS once it is let go."""

    ref: ResourceRef
    kind: str
    namespace: str
    name: str
    uid: str
    deleting: bool
    leaves: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


def held(api: Api, namespaces: tuple[str, ...], plurals: tuple[str, ...]) -> Iterator[Held]:
    """Every such object; in all namespaces if none is named, and of these resources.

    Raises:
        ApiError: the API server refused or did not answer.
    """
    for plural in plurals:
        ref = ResourceRef(GROUP, VERSION, plural)
        for namespace in namespaces or (None,):
            for page in api.list_pages(ref, namespace):
                yield from (_read(ref, obj) for obj in page.items if _ours(obj))


def _ours(obj: Mapping[str, Any]) -> list[str]:
    return [f for f in obj["metadata"].get("finalizers") or () if f.startswith(PREFIX)]


def _read(ref: ResourceRef, obj: Mapping[str, Any]) -> Held:
    metadata = obj["metadata"]
    return Held(
        ref=ref,
        kind=_ours(obj)[0].removeprefix(PREFIX),
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        deleting="deletionTimestamp" in metadata,
        leaves=_leaves(obj),
    )


def _leaves(obj: Mapping[str, Any]) -> str:
    annotations = obj["metadata"].get("annotations") or {}
    recorded = ((obj.get("status") or {}).get("ackResourceMetadata") or {}).get("arn")
    arn = recorded or annotations.get(ARN_ANNOTATION)
    if arn:
        return str(arn)
    if INTENT_ANNOTATION in annotations:
        return "not on record, but its creation was tried: look for it in AWS"
    return "nothing on record"


def release(api: Api, one: Held) -> None:
    """Take our finalizers off; those of others stay.

    Raises:
        ApiError: the API server refused or did not answer, or somebody else wrote to the object all the time.
    """
    for attempt in range(1, TRIES + 1):
        obj = api.get(one.ref, one.namespace, one.name)
        if obj is None or obj["metadata"]["uid"] != one.uid or not _ours(obj):
            return  # gone meanwhile, or another object of the name that nobody has looked at
        kept = [f for f in obj["metadata"]["finalizers"] if not f.startswith(PREFIX)]
        version = obj["metadata"]["resourceVersion"]
        patch = {"metadata": {"resourceVersion": version, "finalizers": kept}}
        try:
            api.patch(one.ref, one.namespace, one.name, patch)
            return
        except NotFound:
            return
        except Conflict:
            if attempt == TRIES:
                raise


def controller_at_work(api: Api) -> str | None:
    """The namespace and holder of a controller's lease that has not run out; None if there is none, or nobody may say."""
    try:
        leases = [lease for page in api.list_pages(LEASES, None) for lease in page.items]
    except ApiError as error:
        if error.status == 403:
            return None
        raise
    for lease in leases:
        metadata, spec = lease["metadata"], lease.get("spec") or {}
        if metadata["name"] == LEASE_NAME and spec.get("holderIdentity") and _runs(spec):
            return f"{spec['holderIdentity']} (lease {metadata['namespace']}/{LEASE_NAME})"
    return None


def _runs(spec: Mapping[str, Any]) -> bool:
    try:
        renewed = datetime.fromisoformat(str(spec["renewTime"]).replace("Z", "+00:00"))
    except (KeyError, ValueError):
        return False
    return (datetime.now(UTC) - renewed).total_seconds() < float(spec.get("leaseDurationSeconds") or 15)
