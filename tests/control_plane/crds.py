"""The CRDs as the API server serves them: what the tests of each subject share."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from controller.kinds.kind import GROUP, VERSION, Kind
from controller.kinds.load import kinds
from controller.kinds.names import key_of
from scripts.control_plane.plane import ControlPlane

Schema = dict[str, Any]
Spec = dict[str, Any]

KINDS = list(kinds().values())
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
MERGE = "application/merge-patch+json"
OPERATIONS = "application/json-patch+json"
ARN = "arn:aws:sagemaker:us-east-1:111122223333:thing/sample"

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def path(kind: Kind, name: str = "", dry: bool = False) -> str:
    """The API server's path of a kind's objects, or of one."""
    base = f"/apis/{GROUP}/{VERSION}/namespaces/default/{kind.plural}"
    return base + (f"/{name}" if name else "") + ("?dryRun=All" if dry else "")


def body(kind: Kind, name: str, spec: Spec | None) -> dict[str, Any]:
    """An object."""
    made: dict[str, Any] = {"apiVersion": f"{GROUP}/{VERSION}", "kind": kind.name, "metadata": {"name": name}}
    return made if spec is None else {**made, "spec": spec}


def create(
    plane: ControlPlane, kind: Kind, name: str, spec: Spec | None, dry: bool = True
) -> tuple[int, Any]:
    """Try to create an object, or really do."""
    return plane.request("POST", path(kind, dry=dry), body(kind, name, spec))


def patch(plane: ControlPlane, kind: Kind, name: str, change: Any, sub: str = "") -> tuple[int, Any]:
    """Merge a change into an object or its status."""
    return plane.request("PATCH", path(kind, name) + sub, change, MERGE)


def try_edit(
    plane: ControlPlane, kind: Kind, name: str, put: Mapping[str, Any], remove: tuple[str, ...] = ()
) -> tuple[int, Any]:
    """What an edit of whole members of the spec would be answered.

    NB: a merge patch would merge structures, and so never take a member out of one.
    """
    operations: list[dict[str, Any]] = [
        {"op": "add", "path": f"/spec/{key}", "value": value} for key, value in put.items()
    ]
    operations += [{"op": "remove", "path": f"/spec/{key}"} for key in remove]
    return plane.request("PATCH", path(kind, name, dry=True), operations, OPERATIONS)


def record_arn(plane: ControlPlane, kind: Kind, name: str) -> None:
    """Say that the resource exists, as a controller does."""
    recorded = {"ackResourceMetadata": {"arn": ARN, "region": "us-east-1", "ownerAccountID": "111122223333"}}
    status, answer = patch(plane, kind, name, {"status": recorded}, "/status")
    assert status == 200, answer["message"]


@contextmanager
def stored(
    plane: ControlPlane, kind: Kind, name: str, spec: Spec | None, *, exists: bool = False
) -> Iterator[None]:
    """An object for the length of a block; with ``exists`` its resource is there."""
    status, answer = create(plane, kind, name, spec, dry=False)
    assert status == 201, answer["message"]
    try:
        if exists:
            record_arn(plane, kind, name)
        yield
    finally:
        plane.request("DELETE", path(kind, name))


def refusals(answer: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Each field that an answer names, with reason and sentence; less the remark that CEL was not run."""
    found: dict[str, list[tuple[str, str]]] = {}
    for cause in (answer.get("details") or {}).get("causes", ()):
        if cause["field"] != "<nil>":
            found.setdefault(cause["field"], []).append((cause["reason"], cause["message"]))
    return found


def fixed_keys(kind: Kind) -> set[str]:
    """The manifest keys that cannot change once the resource exists: the frozen members, and what identifies it."""
    identifying = {identifier.member for identifier in kind.identity if identifier.source != "arn"}
    return {key_of(member) for member in kind.create.members if member in kind.frozen | identifying}


def wait_for(holds: Callable[[], bool], what: str) -> None:
    """Wait until a change of a CRD is in force.

    NB: Established says nothing of it; the handlers of the version before go on answering for a moment.
    """
    end = time.monotonic() + 60  # seconds; it takes less than one, but test machines are shared
    while not holds():
        assert time.monotonic() < end, f"{what} never came into force"
        time.sleep(0.05)
