"""The CRDs on both ends of the Kubernetes we support: what is accepted, what is refused, and with which words."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.kinds.kind import GROUP, VERSION, Kind
from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from tests import samples

ROOT = Path(__file__).resolve().parents[2]
KINDS = list(kinds().values())
COMPAT = sorted((ROOT / "tests" / "compat" / "samples").glob("*.yaml"))
MERGE = "application/merge-patch+json"
ARN = "arn:aws:sagemaker:us-east-1:111122223333:thing/x"
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@pytest.fixture(scope="module", params=["plane", "old_plane"])
def served(request: pytest.FixtureRequest) -> ControlPlane:
    """Each API server with every CRD of ours."""
    plane: ControlPlane = request.getfixturevalue(request.param)
    plane.kubectl("apply", "--server-side", "--force-conflicts", "-k", str(ROOT / "kustomize" / "crds"))
    plane.wait_for_crds()
    return plane


def path(kind: Kind, name: str = "", dry: bool = False) -> str:
    base = f"/apis/{GROUP}/{VERSION}/namespaces/default/{kind.plural}"
    return base + (f"/{name}" if name else "") + ("?dryRun=All" if dry else "")


def body(kind: Kind, name: str, spec: dict[str, Any] | None) -> dict[str, Any]:
    made: dict[str, Any] = {"apiVersion": f"{GROUP}/{VERSION}", "kind": kind.name, "metadata": {"name": name}}
    return made if spec is None else {**made, "spec": spec}


def create(
    plane: ControlPlane, kind: Kind, name: str, spec: dict[str, Any] | None, dry: bool = True
) -> tuple[int, Any]:
    return plane.request("POST", path(kind, dry=dry), body(kind, name, spec))


def patch(
    plane: ControlPlane, kind: Kind, name: str, change: dict[str, Any], sub: str = ""
) -> tuple[int, Any]:
    return plane.request("PATCH", path(kind, name) + sub, change, MERGE)


@pytest.fixture
def stored(served: ControlPlane) -> Iterator[tuple[ControlPlane, str]]:
    """A finished TrainingJob that the API server has."""
    kind, name = kinds()["TrainingJob"], "stored"
    spec = {k: v for k, v in samples.minimal(kind).items() if k != kind.name_key}
    assert create(served, kind, name, spec, dry=False)[0] == 201
    status = {
        "ackResourceMetadata": {"arn": ARN, "region": "us-east-1", "ownerAccountID": "1" * 12},
        "trainingJobStatus": "Completed",
    }
    assert patch(served, kind, name, {"status": status}, "/status")[0] == 200
    yield served, name
    served.request("DELETE", path(kind, name))


@each_kind
def test_a_spec_with_every_member_is_accepted(served: ControlPlane, kind: Kind) -> None:
    status, answer = create(served, kind, "sample", samples.full(kind))
    assert status == 201, answer.get("message")


def first(value: Any, holds: Any, trail: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
    """The trail to the first part of a schema's sample for which something holds."""
    if holds(trail):
        return trail
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return next((found for key, inner in items if (found := first(inner, holds, (*trail, key)))), None)


def schema_at(root: dict[str, Any], trail: tuple[Any, ...]) -> dict[str, Any]:
    for key in trail:
        if isinstance(key, int):
            root = root.get("items", {})
        else:
            root = root.get("properties", {}).get(key) or root.get("additionalProperties") or {}
        if not isinstance(root, dict):
            return {}
    return root


BREAKS: dict[str, Any] = {
    "enum": lambda schema: "no-such-value" if "enum" in schema else None,
    "pattern": lambda schema: "\u0000\n" if schema.get("pattern", "").startswith("^[a-z") else None,
    "maximum": lambda schema: (
        schema["maximum"] + 1 if "maximum" in schema and schema["maximum"] < 2**52 else None
    ),
}


@pytest.mark.parametrize("word", list(BREAKS))
@each_kind
def test_what_the_model_forbids_is_refused_by_name(served: ControlPlane, kind: Kind, word: str) -> None:
    spec = samples.full(kind)
    root = yaml.safe_load((ROOT / "kustomize" / "crds" / f"{kind.plural}.yaml").read_text())
    schema = root["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    trail = first(spec, lambda t: bool(t) and BREAKS[word](schema_at(schema, t)) is not None)
    if trail is None:
        assert word != "enum" or "enum" not in str(schema.keys())
        return
    broken = copy.deepcopy(spec)
    holder = broken
    for key in trail[:-1]:
        holder = holder[key]
    holder[trail[-1]] = BREAKS[word](schema_at(schema, trail))
    status, answer = create(served, kind, "sample", broken)
    assert status == 422, (trail, answer)
    assert str(next(key for key in reversed(trail) if isinstance(key, str))) in answer["message"]


def test_a_missing_nested_field_is_named(served: ControlPlane) -> None:
    kind = kinds()["TrainingJob"]
    spec = samples.full(kind)
    del spec["outputDataConfig"]["s3OutputPath"]
    status, answer = create(served, kind, "sample", spec)
    assert status == 422 and "spec.outputDataConfig.s3OutputPath" in answer["message"]


def test_identity_is_free_before_and_fixed_once_the_arn_is_recorded(served: ControlPlane) -> None:
    kind = kinds()["Model"]
    assert create(served, kind, "before", samples.minimal(kind), dry=False)[0] == 201
    assert patch(served, kind, "before", {"spec": {"modelName": "another"}})[0] == 200
    patch(served, kind, "before", {"status": {"ackResourceMetadata": {"arn": ARN}}}, "/status")
    status, answer = patch(served, kind, "before", {"spec": {"modelName": "third"}})
    assert status == 422 and "fixed once the resource exists" in answer["message"]
    assert patch(served, kind, "before", {"spec": {"tags": [{"key": "a", "value": "b"}]}})[0] == 200
    served.request("DELETE", path(kind, "before"))


def test_a_name_left_out_may_be_written_out_and_not_changed(stored: tuple[ControlPlane, str]) -> None:
    plane, name = stored
    kind = kinds()["TrainingJob"]
    assert patch(plane, kind, name, {"spec": {"trainingJobName": name}})[0] == 200
    status, answer = patch(plane, kind, name, {"spec": {"trainingJobName": "another"}})
    assert status == 422 and "trainingJobName" in answer["message"]


def test_tags_of_a_finished_job_may_be_edited_and_its_image_may_not(stored: tuple[ControlPlane, str]) -> None:
    plane, name = stored
    kind = kinds()["TrainingJob"]
    assert patch(plane, kind, name, {"spec": {"tags": [{"key": "team", "value": "a"}]}})[0] == 200
    status, answer = patch(plane, kind, name, {"spec": {"roleARN": "arn:aws:iam::111122223333:role/other"}})
    assert status == 422 and "make a new object" in answer["message"]


def test_an_illegal_name_is_refused_with_advice(served: ControlPlane) -> None:
    kind = kinds()["TrainingJob"]
    spec = {k: v for k, v in samples.minimal(kind).items() if k != kind.name_key}
    status, answer = create(served, kind, "dots.are.illegal", spec)
    assert status == 422 and "spec.trainingJobName" in answer["message"]
    assert create(served, kind, "dots.are.illegal", {**spec, "trainingJobName": "legal"})[0] == 201


def test_an_object_without_spec_can_be_made_annotated_and_deleted(served: ControlPlane) -> None:
    kind = kinds()["Endpoint"]
    assert create(served, kind, "adopted", None, dry=False)[0] == 201
    note = {
        "metadata": {
            "annotations": {"services.k8s.aws/adoption-policy": "adopt"},
            "finalizers": [kind.finalizer],
        }
    }
    assert patch(served, kind, "adopted", note)[0] == 200
    assert served.request("DELETE", path(kind, "adopted"))[0] == 200
    assert patch(served, kind, "adopted", {"metadata": {"finalizers": None}})[0] == 200


def test_a_new_object_is_not_yet_looked_at(served: ControlPlane) -> None:
    _, answer = create(served, kinds()["Model"], "fresh", samples.minimal(kinds()["Model"]))
    assert answer["status"] == {"observedGeneration": -1, "conditions": []}


FILLED = {
    r"s3://<YOUR[^>]*>": "s3://bucket",
    r"<YOUR[ _]SAGEMAKER[ _]ROLE[ _]ARN>": "arn:aws:iam::111122223333:role/execution",
    r"<YOUR WORKTEAM ARN>": "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/team",
    r"<YOUR MONITORING_TYPE>": "DataQuality",
    r"<YOUR S3 PATH[^>]*>": "s3://bucket/key",
    r"<YOUR BUCKET[^>]*>": "bucket",
    r"<YOUR[^>]*>": "sample",
}


@pytest.mark.parametrize("file", COMPAT, ids=lambda file: file.stem)
def test_every_manifest_users_have_is_accepted(served: ControlPlane, file: Path) -> None:
    text = file.read_text()
    for placeholder, value in FILLED.items():
        text = re.sub(placeholder, value, text)
    for document in filter(None, yaml.safe_load_all(text)):
        kind = kinds()[document["kind"]]
        document["metadata"].pop("namespace", None)
        status, answer = served.request("POST", path(kind, dry=True), document)
        assert status == 201, answer.get("message")


def test_what_the_incumbent_stored_with_looser_rules_can_still_be_worked_on(served: ControlPlane) -> None:
    """Validation ratchets: what is bad already does not stand in the way of status, annotations and finalizers."""
    kind = kinds()["FeatureGroup"]
    file = ROOT / "kustomize" / "crds" / f"{kind.plural}.yaml"
    crd = yaml.safe_load(file.read_text())
    crd["metadata"]["resourceVersion"] = None
    loose = copy.deepcopy(crd)
    loose["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = {
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": True,
    }
    where = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{crd['metadata']['name']}"
    try:
        assert served.request("PATCH", where, {"spec": loose["spec"]}, MERGE)[0] == 200
        bad = {
            "featureGroupName": "a bad name!",
            "tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}],
        }
        _until(served, kind, bad)
    finally:
        served.kubectl("replace", "-f", str(file))
        served.wait_for_crds()
    for change, sub in (
        ({"metadata": {"annotations": {"a": "b"}}}, ""),
        ({"metadata": {"finalizers": [kind.finalizer]}}, ""),
        ({"status": {"failureReason": "x", "conditions": []}}, "/status"),
        ({"metadata": {"finalizers": None}}, ""),
    ):
        status, answer = patch(served, kind, "loose", change, sub)
        assert status == 200, answer.get("message")
    served.request("DELETE", path(kind, "loose"))


def _until(plane: ControlPlane, kind: Kind, spec: dict[str, Any]) -> None:
    """Store an object once the loosened CRD is in force."""
    for _ in range(100):
        if create(plane, kind, "loose", spec, dry=False)[0] in {201, 409}:
            return
        import time

        time.sleep(0.1)
    raise AssertionError("the loosened CRD never came into force")
