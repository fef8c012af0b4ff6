"""Malformed requests are refused in SageMaker's words, before anything happens."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import model, validation
from simulator.model import Kind
from tests.simulator.inputs import ROLE, Maker, minimal
from tests.simulator.raw import Raw
from tests.simulator.requests import make_model, training_job, variant


def job_with(**changes: Any) -> dict[str, Any]:
    return {k: v for k, v in (training_job("job") | changes).items() if v is not None}


def refusal(raw: Raw, operation: str, request: dict[str, Any]) -> str:
    error = raw.refused(operation, request)
    assert (error.status, error.code) == (400, "ValidationException")
    return error.text


def test_pattern(raw: Raw) -> None:
    pattern = model.input_shape("CreateTrainingJob").members["TrainingJobName"].metadata["pattern"]
    assert refusal(raw, "CreateTrainingJob", job_with(TrainingJobName="no_such")) == (
        "1 validation error detected: Value 'no_such' at 'trainingJobName' failed to satisfy constraint: "
        f"Member must satisfy regular expression pattern: {pattern}"
    )


def test_missing_member(raw: Raw) -> None:
    assert refusal(raw, "CreateTrainingJob", job_with(RoleArn=None)) == (
        "1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null"
    )


def test_missing_member_inside(raw: Raw) -> None:
    text = refusal(raw, "CreateTrainingJob", job_with(OutputDataConfig={}))
    assert (
        "Value null at 'outputDataConfig.s3OutputPath' failed to satisfy constraint: Member must not be null"
        in text
    )


def test_length(raw: Raw) -> None:
    text = refusal(raw, "CreateTrainingJob", job_with(TrainingJobName="a" * 64))
    assert "Member must have length less than or equal to 63" in text
    assert text.startswith("2 validation errors detected: ")  # the pattern bounds the length too


def test_range(raw: Raw) -> None:
    config = {"InstanceType": "ml.m5.large", "InstanceCount": -1, "VolumeSizeInGB": 10}
    assert "Value '-1' at 'resourceConfig.instanceCount' failed to satisfy constraint: " in refusal(
        raw, "CreateTrainingJob", job_with(ResourceConfig=config)
    )


def test_enum_in_a_list(raw: Raw) -> None:
    make_model(raw)
    request = {"EndpointConfigName": "c", "ProductionVariants": [variant(InstanceType="ml.huge")]}
    text = refusal(raw, "CreateEndpointConfig", request)
    assert text.startswith(
        "1 validation error detected: Value 'ml.huge' at 'productionVariants.1.member.instanceType' "
        "failed to satisfy constraint: Member must satisfy enum value set: ["
    )


def test_plain_values_in_a_list(raw: Raw) -> None:
    vpc = {"SecurityGroupIds": ["no good"], "Subnets": ["subnet-1"]}
    text = refusal(raw, "CreateTrainingJob", job_with(VpcConfig=vpc))
    assert "Value '[no good]' at 'vpcConfig.securityGroupIds' failed to satisfy constraint: " in text
    assert "Member must satisfy constraint: [" in text


def test_several_problems_are_counted(raw: Raw) -> None:
    text = refusal(raw, "CreateTrainingJob", job_with(RoleArn=None, OutputDataConfig=None))
    assert text.startswith("2 validation errors detected: ")
    assert text.count("Member must not be null") == 2


def test_a_wrong_type_is_a_serialization_error(raw: Raw) -> None:
    error = raw.refused("CreateTrainingJob", job_with(TrainingJobName=7))
    assert (error.code, error.text) == (
        "SerializationException",
        "NUMBER_VALUE can not be converted to a String",
    )


def test_no_json_is_a_serialization_error(raw: Raw) -> None:
    assert raw.send("CreateTrainingJob", b"{")[1]["__type"] == "SerializationException"
    assert raw.send("CreateTrainingJob", b"[]")[1]["__type"] == "SerializationException"


def test_unknown_members_are_refused_unless_ignored(raw: Raw) -> None:
    assert "Unknown member 'Color'" in refusal(raw, "CreateTrainingJob", job_with(Color="red"))
    raw.control.settings(unknown_members="ignore")
    raw.ok("CreateTrainingJob", job_with(Color="red"))


def test_nothing_happens_when_refused(raw: Raw) -> None:
    refusal(raw, "CreateModel", {"ModelName": "-"})
    assert raw.control.resources() == []


def test_role_pattern_is_checked_before_the_role(raw: Raw) -> None:
    assert "at 'roleArn' failed to satisfy constraint" in refusal(
        raw, "CreateTrainingJob", job_with(RoleArn=ROLE[:-18])
    )


def test_an_operation_nobody_models_is_named(raw: Raw) -> None:
    for operation in ("QueryLineage", "NoSuchOperation"):
        error = raw.refused(operation, {})
        assert (error.status, error.code) == (404, "UnknownOperationException")
        assert f"'{operation}'" in error.text


@pytest.mark.parametrize("kind", model.kinds().values(), ids=lambda k: k.name)
def test_each_required_member_is_required(kind: Kind, raw: Raw, maker: Maker) -> None:
    request = maker.request(kind, "thing")
    for member in model.input_shape(kind.create).required_members:
        text = refusal(raw, kind.create, {k: v for k, v in request.items() if k != member})
        assert f"Value null at '{validation.camel(member)}' failed" in text


def test_every_operation_has_a_checker() -> None:
    """Shapes that contain themselves, patterns Python cannot read: building a check never fails."""
    for operation in sorted(model.operations()):
        shape = model.input_shape(operation)
        if shape is not None:
            validation.check(operation, minimal(shape), refuse_unknown=True) if operation in CHECKED else None


CHECKED = {operation for operation in model.operations() if operation.startswith(("Describe", "List"))}
