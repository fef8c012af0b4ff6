"""Objects that the incumbent stored with looser rules can be worked on, and leave, under ours: validation ratchets."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from controller.kinds.kind import GROUP, Kind
from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from tests import samples
from tests.control_plane.breaks import Break, broken, every_break, together
from tests.control_plane.crds import (
    DEFINITIONS,
    MERGE,
    Schema,
    Spec,
    create,
    patch,
    path,
    record_arn,
    wait_for,
)

# With states and updatable members, with states alone, with a job's end, and with a parent in its identity.
NAMES = ("Endpoint", "FeatureGroup", "TrainingJob", "UserProfile")

LOOSE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
HARMLESS = {"no-spec", "duplicate-tags"}
"""What our CRDs do not refuse to anybody."""


@dataclass(frozen=True)
class LeftOver:
    plane: ControlPlane
    specs: Mapping[str, Mapping[str, Spec | None]]  # name of the kind -> what is wrong -> spec


def bad_specs(kind: Kind, schema: Schema) -> dict[str, Spec | None]:
    """What may lie in etcd: for each word of the schema a spec that breaks it, and what breaks no word."""
    plain = samples.minimal(kind)
    tags = [{"key": "team", "value": "a"}, {"key": "team", "value": "b"}]
    nameless = {key: value for key, value in plain.items() if key != kind.name_key}
    found: dict[str, Spec | None] = {"no-spec": None, "duplicate-tags": {**plain, "tags": tags}}
    found["illegal-name"] = nameless  # for objects named with a dot
    for sample, wanted in every_break(kind, schema):
        for group in together([one for one in wanted if can_be_stored(one)]):
            word = group[0].word.lower()
            # of rules all are tried: both of a name and a reference, and neither
            found.setdefault(f"{word}-{len(found)}" if word.startswith("x-") else word, broken(sample, group))
    return found


def can_be_stored(one: Break) -> bool:
    """Whether an object can be broken so, and still be worked on.

    The incumbent's CRDs state the same types. NB: Kubernetes 1.31 runs rules on the items of a list at every write of the
    status: an item with neither a name nor a reference keeps its object's status from being written there.
    """
    in_list = any(isinstance(key, int) for key in one.trail)
    if one.word in {"type", "format"} or (one.word == "x-kubernetes-validations" and in_list):
        return False
    return one.size < 10_000  # a list of 2,501 items proves no more than one of 51, and takes seconds


def object_name(wrong: str, exists: bool) -> str:
    return f"bad.{wrong}-{'with' if exists else 'without'}-arn"


@pytest.fixture(scope="module")
def left_over(served: ControlPlane, schemas: Mapping[str, Schema]) -> Iterator[LeftOver]:
    """Bad objects, each once with and once without an ARN recorded, and our CRDs in force again."""
    chosen = [kinds()[name] for name in NAMES]
    specs = {kind.name: bad_specs(kind, schemas[kind.name]) for kind in chosen}
    for kind in chosen:
        strict = versions(served, kind)
        loose = copy.deepcopy(strict)
        loose[0]["schema"]["openAPIV3Schema"] = LOOSE
        required = specs[kind.name]["required"]
        try:
            put_in_force(served, kind, loose, required, 201)
            for wrong, spec in specs[kind.name].items():
                for exists in (False, True):
                    name = object_name(wrong, exists)
                    assert create(served, kind, name, spec, dry=False)[0] == 201
                    if exists:
                        record_arn(served, kind, name)
        finally:
            put_in_force(served, kind, strict, required, 422)
    yield LeftOver(served, specs)


def versions(plane: ControlPlane, kind: Kind) -> list[dict[str, Any]]:
    """The versions of a CRD: its schema and what belongs to it."""
    status, crd = plane.request("GET", f"{DEFINITIONS}/{kind.plural}.{GROUP}")
    assert status == 200
    found: list[dict[str, Any]] = crd["spec"]["versions"]
    return found


def put_in_force(
    plane: ControlPlane, kind: Kind, wanted: list[dict[str, Any]], spec: Spec | None, answer: int
) -> None:
    """Change a CRD and wait until an object with this spec is answered so."""
    change = {"spec": {"versions": wanted}}
    status, said = plane.request("PATCH", f"{DEFINITIONS}/{kind.plural}.{GROUP}", change, MERGE)
    assert status == 200, said["message"]
    wait_for(lambda: create(plane, kind, "probe", spec)[0] == answer, f"the change of {kind.name}")


@pytest.mark.parametrize("exists", [False, True], ids=["without-arn", "with-arn"])
@pytest.mark.parametrize("name", NAMES)
def test_what_was_stored_with_looser_rules_is_worked_on_and_leaves(
    left_over: LeftOver, name: str, exists: bool
) -> None:
    plane, kind = left_over.plane, kinds()[name]
    assert {"enum", "pattern", "minimum", "required", "maxitems"} < set(left_over.specs[name])
    for wrong, spec in left_over.specs[name].items():
        called = object_name(wrong, exists)
        fresh, _ = create(plane, kind, f"{called}.new", spec)
        assert fresh == (201 if wrong in HARMLESS else 422), f"{wrong} is no longer wrong"
        failed = {"type": "Ready", "status": "False", "reason": "Failed", "message": "no"}
        for change, sub in (
            ({"metadata": {"annotations": {"services.k8s.aws/region": "eu-west-1"}}}, ""),
            ({"metadata": {"finalizers": [kind.finalizer]}}, ""),
            ({"status": {"observedGeneration": 1, "conditions": [failed]}}, "/status"),
            ({"metadata": {"labels": {"team": "a"}, "annotations": None}}, ""),
        ):
            status, answer = patch(plane, kind, called, change, sub)
            assert status == 200, f"{called}: {answer['message']}"
        assert answer.get("spec") == spec, called
        assert answer["status"]["conditions"] == [failed]
        assert plane.request("DELETE", path(kind, called))[0] == 200
        status, answer = patch(plane, kind, called, {"status": {"conditions": []}}, "/status")
        assert status == 200, f"{called}, while it is deleted: {answer['message']}"
        status, answer = patch(plane, kind, called, {"metadata": {"finalizers": None}})
        assert status == 200, f"{called}, leaving: {answer['message']}"
        assert plane.request("GET", path(kind, called))[0] == 404
