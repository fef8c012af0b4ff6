"""What is read of an object that went past the API server's checks."""

from typing import Any

import pytest

from controller.decide import legible
from controller.decide.declared import ARN_ANNOTATION, INTENT_ANNOTATION, REGION_ANNOTATION
from controller.decide.place import NAMESPACE_REGION_ANNOTATION, region_of, unclear_region
from controller.kinds.load import kinds
from tests.decide.objects import ARN, declared, status

JOB, ENDPOINT = kinds()["TrainingJob"], kinds()["Endpoint"]


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ([], "spec is a list: make it an object"),
        ("x", "spec is a text: make it an object"),
        ({"roleARN": 5}, "spec.roleARN is a number: make it a text"),
        ({"roleARN": True}, "spec.roleARN is true or false: make it a text"),
        ({"roleARN": {}}, "spec.roleARN is an object: make it a text"),
        ({"tags": {}}, "spec.tags is an object: make it a list"),
        ({"tags": ["x"]}, "spec.tags[0] is a text: make it an object"),
        ({"tags": [{"key": "k"}, {"value": "v"}]}, "spec.tags[1] has no key: give it one"),
        ({"tags": [{"key": 5}]}, "spec.tags[0].key is a number: make it a text"),
        ({"hyperParameters": []}, "spec.hyperParameters is a list: make it an object"),
        ({"hyperParameters": {"a": 1}}, "spec.hyperParameters.a is a number: make it a text"),
        ({"enableNetworkIsolation": "true"}, "spec.enableNetworkIsolation is a text: make it true or false"),
        (
            {"resourceConfig": {"instanceCount": 1.5}},
            "spec.resourceConfig.instanceCount is a number: make it a whole number",
        ),
        (
            {"resourceConfig": {"instanceCount": True}},
            "spec.resourceConfig.instanceCount is true or false: make it a whole number",
        ),
        (
            {"resourceConfig": {"instanceCount": 2**63}},
            "spec.resourceConfig.instanceCount is a number: make it a whole number",
        ),
    ],
)
def test_a_part_of_another_type_has_a_sentence_and_is_left_out(spec: Any, sentence: str) -> None:
    read, faults = legible.spec(JOB, spec)
    assert [*faults.values()] == [sentence]
    assert legible.spec(JOB, read)[1] == {}


@pytest.mark.parametrize(
    "wrong", ["x", {}, {"from": "x"}, {"from": {}}, {"from": {"name": 5}}, {"from": {"name": ""}}]
)
def test_a_reference_names_an_object(wrong: Any) -> None:
    read, faults = legible.spec(ENDPOINT, {"endpointConfigRef": wrong})
    assert read == {}
    assert [*faults] == ["spec.endpointConfigRef"]
    good = {"endpointConfigRef": {"from": {"name": "x", "namespace": "y"}}}
    assert legible.spec(ENDPOINT, good) == (good, {})


def test_numbers_that_are_none_are_none() -> None:
    alike = {"productionVariants": [{"variantName": "v", "initialVariantWeight": float("nan")}]}
    (said,) = legible.spec(kinds()["EndpointConfig"], alike)[1].values()
    assert said == "spec.productionVariants[0].initialVariantWeight is not a number: make it a number"
    whole = {"productionVariants": [{"variantName": "v", "initialVariantWeight": 1}]}
    assert legible.spec(kinds()["EndpointConfig"], whole) == (whole, {})


def test_half_a_character_is_told_of_and_written_down_nowhere() -> None:
    faults = legible.spec(JOB, {"roleARN": "r\ud800"})[1]
    assert [*faults.values()] == ["spec.roleARN is a text with half a character in it: make it a text"]
    assert legible.metadata({"annotations": {"a": "\udfff", "b": "c"}})["annotations"] == {"b": "c"}


def test_a_long_key_is_named_by_its_beginning() -> None:
    faults = legible.spec(JOB, {"hyperParameters": {"k" * 64: 1, "l" * 65: 1}})[1]
    assert [*faults] == [f"spec.hyperParameters.{'k' * 64}", f"spec.hyperParameters.{'l' * 64}…"]


@pytest.mark.parametrize("said", ["today", "2026-13-01T00:00:00Z", ""])
def test_a_moment_is_one(said: str) -> None:
    kind = kinds()["InferenceExperiment"]
    good = {"schedule": {"startTime": "2026-01-31T08:00:00Z", "endTime": "2026-02-01T08:00:00+01:00"}}
    assert legible.spec(kind, good) == (good, {})
    faults = legible.spec(kind, {"schedule": {"startTime": said}})[1]
    assert [*faults.values()] == [
        "spec.schedule.startTime is a text: make it a moment such as 2026-01-31T08:00:00Z"
    ]


def test_what_a_kind_does_not_know_and_what_is_null_says_nothing() -> None:
    assert legible.spec(JOB, {"unknown": {"a": 1}, "roleARN": None, "tags": [None]}) == ({"tags": []}, {})
    assert legible.spec(JOB, None) == (None, {})


def test_what_only_an_update_knows_is_read_by_its_shape() -> None:
    good = {"retainAllVariantProperties": False}
    assert legible.spec(ENDPOINT, good) == (good, {})
    assert [*legible.spec(ENDPOINT, {"retainAllVariantProperties": "no"})[1]] == [
        "spec.retainAllVariantProperties"
    ]


def test_many_faults_are_told_ten_at_a_time() -> None:
    _, faults = legible.spec(JOB, {"tags": [{"value": "v"}] * 12})
    assert legible.told(faults).count("has no key") == 10
    assert legible.told(faults).endswith("; and 2 more")
    _, few = legible.spec(JOB, {"tags": [{"value": "v"}] * 10})
    assert "more" not in legible.told(few)


def test_a_good_status_is_left_as_it_is() -> None:
    good = status("trainingJobStatus", "Completed") | {
        "applied": {"identity": {"a": "b"}, "fields": {"a": {"b": {}}}, "tags": ["t"], "sent": {"a": "1"}},
        "somebodyElses": [{"x": 1}],
    }
    assert legible.status(JOB, good) == good


@pytest.mark.parametrize("wrong", [5, "x", [], [5], True, None])
@pytest.mark.parametrize(
    "field", ["ackResourceMetadata", "observedGeneration", "applied", "trainingJobStatus", "failureReason"]
)
def test_what_is_ours_in_a_status_and_has_another_form_is_as_if_it_were_not_there(
    field: str, wrong: Any
) -> None:
    good = status("trainingJobStatus", "Completed")
    read = legible.status(JOB, {**good, field: wrong})
    fits = {"observedGeneration": 5, "trainingJobStatus": "x", "failureReason": "x"}
    if field in fits and type(wrong) is type(fits[field]):
        assert read[field] == wrong
    else:
        assert read == {key: value for key, value in good.items() if key != field}


def test_an_identity_holds_an_arn_of_sagemaker_and_a_region() -> None:
    def read(**said: Any) -> Any:
        return legible.status(JOB, {"ackResourceMetadata": said}).get("ackResourceMetadata")

    assert read(arn=ARN, region="us-east-1") == {"arn": ARN, "region": "us-east-1"}
    assert read(arn="arn:aws:s3:::bucket", region="us-east-1") == {"region": "us-east-1"}
    assert read(arn=ARN, region="us east") == {"arn": ARN}
    assert read(arn=["x"], region={}) is None


def test_conditions_without_a_type_or_with_no_moment_are_not_taken_for_ones() -> None:
    said = [
        {"type": "Ready", "status": "True", "lastTransitionTime": 5},
        "x",
        {"type": 5},
        {"status": "True"},
    ]
    assert legible.status(JOB, {"conditions": said}) == {"conditions": [{"type": "Ready", "status": "True"}]}
    assert legible.status(JOB, {"conditions": {"a": 1}}) == {"conditions": []}


def test_metadata_has_the_types_that_it_has() -> None:
    odd = {
        "name": "n",
        "uid": 5,
        "generation": "2",
        "finalizers": ["a", 5, None],
        "annotations": {"a": "b", "c": 5},
        "labels": "x",
        "deletionTimestamp": None,
    }
    assert legible.metadata(odd) == {
        "name": "n",
        "generation": 0,
        "annotations": {"a": "b"},
        "labels": {},
        "finalizers": ["a"],
    }
    assert legible.metadata("x")["annotations"] == {}


def test_a_name_that_cannot_be_read_is_not_the_objects_own() -> None:
    assert declared(spec={"trainingJobName": 5}).own_name is None
    assert declared(spec=[]).own_name is None
    assert declared(spec={}).own_name == "job"
    assert declared(spec={"roleARN": 5}).own_name == "job"


@pytest.mark.parametrize(
    ("said", "attempt"), [("3@x", 3), ("²@x", 0), ("٣@x", 0), ("9" * 5000, 0), ("", 0), ("-1@", 0)]
)
def test_an_attempt_is_a_number_as_we_write_it(said: str, attempt: int) -> None:
    assert declared(annotations={INTENT_ANNOTATION: said}).attempt == attempt


def test_a_region_that_is_none_is_told_of_as_long_as_nothing_says_where_the_resource_is() -> None:
    odd = {REGION_ANNOTATION: "us east\n1"}
    sentence = unclear_region(declared(annotations=odd))
    assert sentence is not None and "'us east\\n1'" in sentence and "us-east-1" in sentence
    assert region_of(declared(annotations=odd), "eu-west-1") == "eu-west-1"
    known = declared(annotations=odd, status=status("trainingJobStatus", "Completed"))
    assert unclear_region(known) is None
    assert region_of(known, "eu-west-1") == "us-east-1"
    long = unclear_region(declared(annotations={REGION_ANNOTATION: "x" * 64 + "y"})) or ""
    assert f"is {'x' * 64!r}: name" in long, "a name of a host has 63 characters at the most"
    for fine in ("", "eu-west-1"):
        assert unclear_region(declared(annotations={REGION_ANNOTATION: fine})) is None


def test_a_region_is_looked_for_where_the_resource_is_then_at_the_object_then_at_its_namespace() -> None:
    namespace = {NAMESPACE_REGION_ANNOTATION: "eu-west-2"}
    said: dict[str, Any] = {"annotations": {REGION_ANNOTATION: "eu-west-1"}}
    there = {**said, "status": status("trainingJobStatus", "Completed")}
    assert region_of(declared(**there), "eu-west-3", namespace) == "us-east-1"
    assert region_of(declared(**said), "eu-west-3", namespace) == "eu-west-1"
    assert region_of(declared(**said), "eu-west-3") == "eu-west-1"
    assert region_of(declared(), "eu-west-3", namespace) == "eu-west-2"
    assert region_of(declared(), "eu-west-3", {}) == "eu-west-3"
    # what a restored object claims is where its ARN says
    restored: dict[str, Any] = {"annotations": {REGION_ANNOTATION: "eu-west-1", ARN_ANNOTATION: ARN}}
    assert region_of(declared(**restored), "eu-west-3", namespace) == "us-east-1"
