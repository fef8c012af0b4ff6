"""List: pages, order and filters, for every kind and by every filter the model gives it."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import model
from simulator.model import Kind
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw
from tests.simulator.requests import make_domain, make_endpoint, make_model, make_pipeline, training_job


def names(raw: Raw, **request: Any) -> list[str]:
    return [s["TrainingJobName"] for s in raw.ok("ListTrainingJobs", request)["TrainingJobSummaries"]]


def jobs(raw: Raw, *given: str) -> None:
    for name in given:
        raw.ok("CreateTrainingJob", training_job(name))
        raw.control.advance(1)


def pages(raw: Raw, operation: str, member: str, request: dict[str, Any]) -> list[list[dict[str, Any]]]:
    found = []
    while True:
        page = raw.ok(operation, request)
        found.append(page[member])
        if "NextToken" not in page:
            return found
        request = request | {"NextToken": page["NextToken"]}


def test_pages_hold_ten_unless_asked(raw: Raw) -> None:
    jobs(raw, *(f"job-{i:02d}" for i in range(23)))
    found = pages(raw, "ListTrainingJobs", "TrainingJobSummaries", {})
    assert [len(page) for page in found] == [10, 10, 3]
    assert [
        len(page) for page in pages(raw, "ListTrainingJobs", "TrainingJobSummaries", {"MaxResults": 23})
    ] == [23]
    assert raw.refused("ListTrainingJobs", {"MaxResults": 101}).code == "ValidationException"


def test_a_job_made_between_two_pages_shifts_nothing(raw: Raw) -> None:
    newest = {"MaxResults": 3, "SortOrder": "Descending"}
    jobs(raw, *(f"job-{i}" for i in range(6)))
    first = raw.ok("ListTrainingJobs", newest)
    jobs(raw, "late")
    second = raw.ok("ListTrainingJobs", newest | {"NextToken": first["NextToken"]})
    both = [s["TrainingJobName"] for s in first["TrainingJobSummaries"] + second["TrainingJobSummaries"]]
    assert both == ["job-5", "job-4", "job-3", "job-2", "job-1", "job-0"]


def test_a_token_belongs_to_its_query(raw: Raw) -> None:
    jobs(raw, "a", "b")
    token = raw.ok("ListTrainingJobs", {"MaxResults": 1})["NextToken"]
    for request in ({"NextToken": token, "NameContains": "a"}, {"NextToken": "garbage"}):
        assert raw.refused("ListTrainingJobs", request).code == "ValidationException"


def test_order(raw: Raw) -> None:
    jobs(raw, "b", "c", "a")
    assert names(raw) == ["b", "c", "a"]  # oldest first, as the model documents
    assert names(raw, SortOrder="Descending") == ["a", "c", "b"]
    assert names(raw, SortBy="Name", SortOrder="Ascending") == ["a", "b", "c"]
    raw.ok("StopTrainingJob", {"TrainingJobName": "c"})
    assert names(raw, SortBy="Status", SortOrder="Descending")[0] == "c"


def test_filters(raw: Raw) -> None:
    raw.control.settings(durations={"TrainingJob": 1000.0})
    jobs(raw, "blue-1", "red-2", "Blue-3")
    second = raw.ok("DescribeTrainingJob", {"TrainingJobName": "red-2"})["CreationTime"]
    assert names(raw, NameContains="blue") == ["blue-1", "Blue-3"]
    assert names(raw, CreationTimeAfter=second - 0.5) == ["red-2", "Blue-3"]
    assert names(raw, CreationTimeBefore=second - 0.5) == ["blue-1"]
    raw.ok("StopTrainingJob", {"TrainingJobName": "blue-1"})
    stopped = raw.ok("DescribeTrainingJob", {"TrainingJobName": "blue-1"})["LastModifiedTime"]
    assert names(raw, LastModifiedTimeAfter=stopped - 0.5) == ["blue-1"]
    assert names(raw, StatusEquals="Stopping") == ["blue-1"]
    assert names(raw, StatusEquals="Completed") == []


def test_training_jobs_are_filtered_by_status_after_the_page_is_cut(raw: Raw) -> None:
    """The model documents it: a page may come back empty, and the next is not."""
    jobs(raw, "old", "middle", "new")
    raw.ok("StopTrainingJob", {"TrainingJobName": "new"})
    found = pages(
        raw, "ListTrainingJobs", "TrainingJobSummaries", {"StatusEquals": "Stopping", "MaxResults": 1}
    )
    assert [[s["TrainingJobName"] for s in page] for page in found] == [[], [], ["new"]]


def test_a_new_job_may_be_listed_late(raw: Raw) -> None:
    raw.control.settings(list_delay=5)
    raw.ok("CreateTrainingJob", training_job("job"))
    assert names(raw) == []
    raw.ok("DescribeTrainingJob", {"TrainingJobName": "job"})
    raw.control.advance(6)
    assert names(raw) == ["job"]


def test_studio_is_listed_by_domain(raw: Raw) -> None:
    first, second = make_domain(raw, "one"), make_domain(raw, "two")
    for domain, name in ((first, "ann"), (first, "bob"), (second, "ann")):
        raw.ok("CreateUserProfile", {"DomainId": domain, "UserProfileName": name})
    assert len(raw.ok("ListUserProfiles")["UserProfiles"]) == 3
    assert len(raw.ok("ListUserProfiles", {"DomainIdEquals": first})["UserProfiles"]) == 2
    found = raw.ok("ListUserProfiles", {"DomainIdEquals": first, "UserProfileNameContains": "bo"})[
        "UserProfiles"
    ]
    assert [s["UserProfileName"] for s in found] == ["bob"]
    raw.control.advance(60)
    app = {"AppType": "JupyterServer", "AppName": "default"}
    raw.ok("CreateApp", {"DomainId": first, "UserProfileName": "ann", **app})
    raw.ok("CreateApp", {"DomainId": first, "UserProfileName": "bob", **app})
    listed = raw.ok("ListApps", {"DomainIdEquals": first, "UserProfileNameEquals": "bob"})["Apps"]
    assert [(a["UserProfileName"], a["Status"]) for a in listed] == [("bob", "Pending")]


def test_executions_are_listed_by_pipeline(raw: Raw) -> None:
    for name in ("one", "two"):
        make_pipeline(raw, name, token=name * 12)
        raw.ok("StartPipelineExecution", {"PipelineName": name, "ClientRequestToken": name * 11})
    listed = raw.ok("ListPipelineExecutions", {"PipelineName": "two"})["PipelineExecutionSummaries"]
    assert [":pipeline/two/" in s["PipelineExecutionArn"] for s in listed] == [True]
    assert set(listed[0]) >= {"StartTime", "PipelineExecutionStatus"}
    assert len(raw.ok("ListPipelines", {"PipelineNamePrefix": "tw"})["PipelineSummaries"]) == 1
    assert raw.refused("ListPipelineExecutions", {}).code == "ValidationException"


def test_model_packages_are_listed_by_type_and_group(raw: Raw) -> None:
    raw.ok("CreateModelPackageGroup", {"ModelPackageGroupName": "g"})
    for request in (
        {"ModelPackageGroupName": "g"},
        {"ModelPackageGroupName": "g"},
        {"ModelPackageName": "alone"},
    ):
        raw.ok("CreateModelPackage", request)

    def versions(**request: Any) -> list[int | None]:
        listed = raw.ok("ListModelPackages", request)["ModelPackageSummaryList"]
        return [s.get("ModelPackageVersion") for s in listed]

    assert versions() == [None]
    assert versions(ModelPackageType="Versioned") == [1, 2]
    assert versions(ModelPackageGroupName="g") == [1, 2]
    assert versions(ModelPackageType="Both") == [1, 2, None]


def test_components_are_listed_by_endpoint(raw: Raw) -> None:
    make_endpoint(raw)
    raw.ok("CreateInferenceComponent", {"InferenceComponentName": "ic", "EndpointName": "endpoint"})
    found = raw.ok("ListInferenceComponents", {"EndpointNameEquals": "endpoint"})["InferenceComponents"]
    assert [(s["InferenceComponentName"], s["VariantName"]) for s in found] == [("ic", "AllTraffic")]
    assert raw.ok("ListInferenceComponents", {"EndpointNameEquals": "other"})["InferenceComponents"] == []


@pytest.mark.parametrize("kind", model.kinds().values(), ids=lambda k: k.name)
def test_every_filter_finds_what_it_describes(kind: Kind, raw: Raw, maker: Maker) -> None:
    """Each filter of the List operation, with the value the resource has, keeps the resource."""
    request, key = maker.create(kind, "thing")
    shown = raw.ok(kind.describe, key)
    shown = request | (shown[kind.wrapper] if kind.wrapper else shown)
    resource = next(
        r for r in raw.control.resources(kind.name) if r["arn"] in shown.values() or r["name"] == "thing"
    )
    shape = model.input_shape(kind.listing or "")
    base = {m: request[m] for m in shape.required_members}
    if kind.name == "ModelPackage":
        base["ModelPackageType"] = "Both"
    member = next(
        m for m, s in model.output_shape(kind.listing or "").members.items() if s.type_name == "list"
    )
    for name in shape.members:
        value = filter_value(kind, name, shown, resource)
        if value is not None:
            listed = [
                s for page in pages(raw, kind.listing or "", member, base | {name: value}) for s in page
            ]
            assert listed, f"{name}={value}"


def filter_value(kind: Kind, name: str, shown: dict[str, Any], resource: dict[str, Any]) -> Any:
    if name.endswith("After"):
        return resource["created"] - 10
    if name.endswith("Before"):
        return resource["created"] + 10
    if name in ("NameContains", "NamePrefix", f"{kind.name}NamePrefix", f"{kind.name}NameContains"):
        return resource["name"][:2]
    if name in ("StatusEquals", f"{kind.name}StatusEquals"):
        return resource["status"]
    member = name.removesuffix("Equals")
    value = shown.get(member)
    return value if isinstance(value, str) and member != "DeviceFleetName" else None


def test_the_model_documents_some_defaults(raw: Raw) -> None:
    """Endpoints come newest first, models of the same second in order of creation: the order is total."""
    for name in ("a", "b"):
        make_model(raw, name)
    assert [m["ModelName"] for m in raw.ok("ListModels")["Models"]] == ["b", "a"]
