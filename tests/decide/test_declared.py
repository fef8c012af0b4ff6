"""Names, claims and tokens of one object."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.decide.applied import outline
from controller.decide.declared import (
    ARN_ANNOTATION,
    ASKED_ANNOTATION,
    FOR_ANNOTATION,
    INTENT_ANNOTATION,
    acknowledgements,
)
from controller.kinds.load import kinds
from tests.decide.objects import ARN, declared, status

NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-.", min_size=1, max_size=253)


@given(namespace=NAMES.map(lambda name: name[:63]), one=NAMES, other=NAMES)
def test_an_ownership_tag_fits_and_names_one_object(namespace: str, one: str, other: str) -> None:
    mine = declared("ModelExplainabilityJobDefinition", namespace=namespace, name=one)
    owner = mine.owner("x" * 64)
    assert len(owner) <= 256
    assert mine.is_owned_by(owner) and mine.is_owned_by(mine.owner("another-cluster"))
    theirs = declared("ModelExplainabilityJobDefinition", namespace=namespace, name=other)
    assert theirs.is_owned_by(owner) is (one == other)


def test_an_arn_in_an_annotation_is_a_claim_and_one_in_the_status_is_a_record() -> None:
    claimed = declared(annotations={ARN_ANNOTATION: ARN, FOR_ANNOTATION: "team/job"})
    recorded = declared(annotations={ARN_ANNOTATION: ARN}, status=status("trainingJobStatus", "InProgress"))
    assert (claimed.arn, claimed.is_claimed) == (ARN, True)
    assert (recorded.arn, recorded.is_claimed) == (ARN, False)


def test_what_create_was_asked_for_is_on_record_until_the_status_has_an_arn() -> None:
    asked = {"identity": {"trainingJobName": "as it was asked for"}}
    noted: dict[str, Any] = {"annotations": {ASKED_ANNOTATION: json.dumps(asked)}}
    shown = status("trainingJobStatus", "InProgress") | {"applied": {"identity": {"trainingJobName": "job"}}}
    assert declared(**noted).status["applied"] == asked
    assert declared(status={**shown, "ackResourceMetadata": {}}, **noted).status["applied"] == asked
    assert declared(status=shown, **noted).status["applied"] == shown["applied"]
    assert declared(status={**shown, "ackResourceMetadata": {}}).status["applied"] == shown["applied"]


def test_what_we_write_ourselves_asks_for_nothing() -> None:
    ours = {ARN_ANNOTATION, ASKED_ANNOTATION, FOR_ANNOTATION, INTENT_ANNOTATION}
    assert acknowledgements(kinds()["Model"]) == ours
    latch = "sagemaker.services.k8s.aws/last-endpoint-config-for-update"
    assert acknowledgements(kinds()["Endpoint"]) == {*ours, latch}


def test_a_copied_manifest_claims_nothing() -> None:
    assert declared(annotations={ARN_ANNOTATION: ARN, FOR_ANNOTATION: "team/original"}).arn is None


def test_a_name_that_fits_into_a_tag_is_whole_and_a_longer_one_ends_in_a_digest() -> None:
    assert declared("Model", name="m").owner("cluster") == "cluster/team/Model/m"
    room = 191 - len("team/Model/")  # 256 of a tag's value, less 64 of the owner's id and the slash behind it
    assert declared("Model", name="m" * room).owner("c") == f"c/team/Model/{'m' * room}"
    longer = declared("Model", name="m" * (room + 1)).owner("c").removeprefix("c/")
    assert len(longer) == 191
    beginning, _, digest = longer.partition("@")
    assert f"team/Model/{'m' * (room + 1)}".startswith(beginning) and len(digest) == 16


@pytest.mark.parametrize(
    ("kind", "spec", "name"),
    [
        ("Model", {}, "job"),
        ("Model", {"modelName": "other"}, "other"),
        ("ModelPackage", {}, "job"),
        ("ModelPackage", {"modelPackageGroupName": "group"}, None),  # a version is named by its group
        ("ModelPackage", {"modelPackageGroupRef": {"from": {"name": "group"}}}, None),
        ("ModelPackage", {"modelPackageGroupName": "group", "modelPackageName": "own"}, "own"),
        ("ImageVersion", {"baseImage": "x"}, None),
    ],
)
def test_the_own_name_is_the_objects_unless_the_manifest_says_otherwise(
    kind: str, spec: dict[str, Any], name: str | None
) -> None:
    assert declared(kind, spec=spec).own_name == name


def test_what_is_declared_empty_is_not_on_record() -> None:
    one = declared("Endpoint", spec={"endpointConfigName": "c"})
    assert outline(one.kind, {"EndpointConfigName": "c"}) == {"endpointConfigName": {}}
    empty: tuple[Any, ...] = (None, {}, [])
    for nothing in empty:
        assert outline(one.kind, {"EndpointConfigName": nothing}) == {}
