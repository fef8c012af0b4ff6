"""Not found, already exists, not ready: the codes and texts that clients test for."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import model
from simulator.model import Kind
from tests.simulator.inputs import ROLE, Maker
from tests.simulator.raw import Raw
from tests.simulator.requests import (
    make_config,
    make_domain,
    make_endpoint,
    make_model,
    make_pipeline,
    training_job,
    variant,
)

BASE = "arn:aws:sagemaker:us-east-1:111122223333"
NOT_FOUND = [
    (
        "DescribeEndpoint",
        {"EndpointName": "x"},
        "ValidationException",
        f'Could not find endpoint "{BASE}:endpoint/x".',
    ),
    (
        "DescribeEndpointConfig",
        {"EndpointConfigName": "x"},
        "ValidationException",
        f'Could not find endpoint configuration "{BASE}:endpoint-config/x".',
    ),
    ("DescribeModel", {"ModelName": "x"}, "ValidationException", f'Could not find model "{BASE}:model/x".'),
    ("DescribeTrainingJob", {"TrainingJobName": "x"}, "ValidationException", "Requested resource not found."),
    (
        "DescribeProcessingJob",
        {"ProcessingJobName": "x"},
        "ValidationException",
        "Could not find requested job with name: x",
    ),
    (
        "DescribeTransformJob",
        {"TransformJobName": "x"},
        "ValidationException",
        "Could not find requested job with name: x",
    ),
    ("DescribeNotebookInstance", {"NotebookInstanceName": "x"}, "ValidationException", "RecordNotFound"),
    (
        "DescribeModelPackageGroup",
        {"ModelPackageGroupName": "x"},
        "ValidationException",
        f"ModelPackageGroup {BASE}:model-package-group/x does not exist.",
    ),
    (
        "DescribeModelPackage",
        {"ModelPackageName": f"{BASE}:model-package/g/9"},
        "ValidationException",
        f"ModelPackage {BASE}:model-package/g/9 does not exist.",
    ),
    (
        "DescribePipeline",
        {"PipelineName": "x"},
        "ResourceNotFound",
        f"Pipeline '{BASE}:pipeline/x' does not exist.",
    ),
    (
        "DescribePipelineExecution",
        {"PipelineExecutionArn": f"{BASE}:pipeline/p/execution/000000000000"},
        "ResourceNotFound",
        f"PipelineExecution '{BASE}:pipeline/p/execution/000000000000' does not exist",
    ),
]


@pytest.mark.parametrize(
    ("operation", "request_", "code", "text"), NOT_FOUND, ids=[row[0] for row in NOT_FOUND]
)
def test_not_found(operation: str, request_: dict[str, str], code: str, text: str, raw: Raw) -> None:
    error = raw.refused(operation, request_)
    assert (error.status, error.code, error.text) == (400, code, text)


@pytest.mark.parametrize("kind", model.kinds().values(), ids=lambda k: k.name)
def test_every_verb_says_not_found_alike(kind: Kind, raw: Raw, maker: Maker) -> None:
    """Update, Delete, Stop and Start of what is not there answer what Describe answers."""
    _, key = maker.create(kind, "thing")
    raw.control.reset()
    expected = raw.refused(kind.describe, key).code
    for operation in filter(None, (kind.delete, kind.stop, kind.start)):
        members = model.input_shape(operation)
        body = {m: v for m, v in key.items() if m in members.members}
        for member in members.required_members:
            body.setdefault(member, {"ModelVariantActions": {"a": "Retain"}}.get(member, "t" * 32))
        assert raw.refused(operation, body).code == expected


@pytest.mark.parametrize("kind", model.kinds().values(), ids=lambda k: k.name)
def test_a_name_is_taken_once(kind: Kind, raw: Raw, maker: Maker) -> None:
    """Kinds whose names SageMaker gives can be made twice; all others refuse in the kind's words."""
    request, _ = maker.create(kind, "thing")
    again = {m: v for m, v in request.items() if m != kind.token} | (
        {kind.token: "z" * 36} if kind.token else {}
    )
    if kind.assigned:
        raw.ok(kind.create, again)
        return
    error = raw.refused(kind.create, again)
    table = model.data("texts")["already_exists"]
    assert error.code == table.get(kind.name, table["*"])["code"]
    assert len(raw.control.resources(kind.name, "thing")) == 1


def test_already_exists_in_the_words_clients_test_for(raw: Raw) -> None:
    make_endpoint(raw)
    raw.ok("CreateTrainingJob", training_job("job"))
    make_pipeline(raw)
    again: dict[str, dict[str, Any]] = {
        "CreateModel": {"ModelName": "model", "PrimaryContainer": {"Image": "i"}},
        "CreateEndpointConfig": {"EndpointConfigName": "config", "ProductionVariants": [variant()]},
        "CreateEndpoint": {"EndpointName": "endpoint", "EndpointConfigName": "config"},
        "CreateTrainingJob": training_job("job"),
        "CreatePipeline": {
            "PipelineName": "pipeline",
            "ClientRequestToken": "u" * 32,
            "RoleArn": ROLE,
            "PipelineDefinition": "{}",
        },
    }
    texts = {operation: str(raw.refused(operation, request)) for operation, request in again.items()}
    assert texts == {
        "CreateModel": f'400 ValidationException: Cannot create already existing model "{BASE}:model/model".',
        "CreateEndpointConfig": "400 ValidationException: Cannot create already existing endpoint configuration "
        f'"{BASE}:endpoint-config/config".',
        "CreateEndpoint": "400 ValidationException: Cannot create already existing endpoint "
        f'"{BASE}:endpoint/endpoint".',
        "CreateTrainingJob": "400 ResourceInUse: Training job names must be unique within an AWS account and region, "
        f"and a training job with this name already exists ({BASE}:training-job/job)",
        "CreatePipeline": "400 ValidationException: Pipeline names must be unique within an AWS account and region. "
        "Pipeline with name (pipeline) already exists.",
    }


def test_what_a_request_names_must_be_there(raw: Raw) -> None:
    endpoint = {"EndpointName": "e", "EndpointConfigName": "nowhere"}
    assert raw.refused(
        "CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": [variant("m")]}
    ).text == (f'Could not find model "{BASE}:model/m".')
    assert raw.refused("CreateEndpoint", endpoint).text == (
        f'Could not find endpoint configuration "{BASE}:endpoint-config/nowhere".'
    )
    raw.control.settings(check_references=False)
    raw.ok("CreateEndpoint", endpoint)


@pytest.mark.parametrize("kind", [k for k in model.data("references")], ids=str)
def test_each_reference_is_checked(kind: str, raw: Raw, maker: Maker) -> None:
    made = maker.request(model.kinds()[kind], "thing")
    checked = 0
    for rule in model.data("references")[kind]:
        if "kind" not in rule or "." in rule["path"] or rule["path"] not in made:
            continue
        wrong = made | {rule["path"]: _other(str(made[rule["path"]]))}
        error = raw.refused(model.kinds()[kind].create, wrong)
        assert error.code == model.data("texts")["refusals"][rule["text"]]["code"]
        checked += 1
    assert checked or kind in NESTED


NESTED = {
    "EndpointConfig",
    "MonitoringSchedule",
    "NotebookInstance",
    "DataQualityJobDefinition",
    "ModelBiasJobDefinition",
    "ModelExplainabilityJobDefinition",
    "ModelPackage",
    "ModelQualityJobDefinition",
    "Workteam",
}
"""References that are inside structures, or in members that the smallest request leaves out: tests of their own."""


def _other(value: str) -> str:
    return f"{value[:-1]}{'a' if value[-1] != 'a' else 'b'}"


def test_what_a_request_names_must_be_ready(raw: Raw) -> None:
    make_model(raw)
    make_config(raw)
    raw.ok("CreateEndpoint", {"EndpointName": "endpoint", "EndpointConfigName": "config"})
    component = {
        "InferenceComponentName": "ic",
        "EndpointName": "endpoint",
        "Specification": {"ModelName": "model"},
        "RuntimeConfig": {"CopyCount": 1},
    }
    assert "is in Creating state" in raw.refused("CreateInferenceComponent", component).text
    raw.control.advance(60)
    raw.ok("CreateInferenceComponent", component)


def test_a_domain_that_is_coming_up_takes_no_profiles(raw: Raw) -> None:
    domain = make_domain(raw)
    raw.control.set_state("Domain", "studio", "Pending")
    profile = {"DomainId": domain, "UserProfileName": "ann"}
    assert raw.refused("CreateUserProfile", profile).code == "ResourceInUse"
    raw.control.set_state("Domain", "studio", "InService")
    raw.ok("CreateUserProfile", profile)


def test_what_is_lived_in_is_not_deleted(raw: Raw) -> None:
    domain = make_domain(raw)
    profile = {"DomainId": domain, "UserProfileName": "ann"}
    raw.ok("CreateUserProfile", profile)
    raw.control.advance(60)
    error = raw.refused("DeleteDomain", {"DomainId": domain})
    assert error.code == "ResourceInUse"
    assert (
        error.text
        == f"Unable to delete Domain [{BASE}:domain/{domain}] because UserProfile(s) are associated with it."
    )
    app = profile | {"AppType": "JupyterServer", "AppName": "default"}
    raw.ok("CreateApp", app)
    raw.control.advance(60)
    assert raw.refused("DeleteUserProfile", profile).code == "ResourceInUse"
    raw.ok("DeleteApp", app)
    raw.control.advance(60)
    assert raw.ok("DescribeApp", app)["Status"] == "Deleted"
    raw.ok("DeleteUserProfile", profile)
    raw.control.advance(60)
    raw.ok("DeleteDomain", {"DomainId": domain})


def test_an_endpoint_with_components_is_not_deleted(raw: Raw) -> None:
    make_endpoint(raw)
    raw.ok("CreateInferenceComponent", {"InferenceComponentName": "ic", "EndpointName": "endpoint"})
    assert raw.refused("DeleteEndpoint", {"EndpointName": "endpoint"}).code == "ValidationException"


def test_a_group_with_packages_is_not_deleted(raw: Raw) -> None:
    raw.ok("CreateModelPackageGroup", {"ModelPackageGroupName": "g"})
    arn = raw.ok("CreateModelPackage", {"ModelPackageGroupName": "g"})["ModelPackageArn"]
    assert raw.refused("DeleteModelPackageGroup", {"ModelPackageGroupName": "g"}).code == "ConflictException"
    raw.ok("DeleteModelPackage", {"ModelPackageName": arn})
    raw.control.advance(60)
    raw.ok("DeleteModelPackageGroup", {"ModelPackageGroupName": "g"})


def test_roles_that_are_not_there(raw: Raw) -> None:
    role = "arn:aws:iam::111122223333:role/service-role/missing"
    error = raw.refused("CreateTrainingJob", training_job("job", RoleArn=role))
    assert (error.code, error.text) == (
        "ValidationException",
        f"Could not assume role {role}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role.",
    )
    raw.control.missing_roles(ROLE)
    assert raw.refused("CreateTrainingJob", training_job("job")).code == "ValidationException"
    raw.control.missing_roles()
    raw.ok("CreateTrainingJob", training_job("job"))


def test_iam_is_slow(raw: Raw) -> None:
    raw.control.settings(iam_delay=10)
    assert "Could not assume role" in raw.refused("CreateTrainingJob", training_job("job")).text
    raw.control.advance(11)
    raw.ok("CreateTrainingJob", training_job("job"))
