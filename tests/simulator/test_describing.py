"""What Describe gives back: other names, other shapes, defaults, what an update leaves."""

from __future__ import annotations

import pytest

from simulator import model
from simulator.model import Kind
from tests.simulator.inputs import ROLE, Maker, contains
from tests.simulator.raw import Raw
from tests.simulator.requests import (
    make_domain,
    make_endpoint,
    make_model,
    make_notebook,
    make_pipeline,
    training_job,
)


def test_defaults_are_shown_where_the_caller_said_nothing(raw: Raw) -> None:
    make_model(raw)
    shown = raw.ok("DescribeModel", {"ModelName": "model"})
    assert (shown["EnableNetworkIsolation"], shown["PrimaryContainer"]["Mode"]) == (False, "SingleModel")
    raw.ok(
        "CreateModel",
        {"ModelName": "two", "EnableNetworkIsolation": True, "PrimaryContainer": {"Image": "i"}},
    )
    assert raw.ok("DescribeModel", {"ModelName": "two"})["EnableNetworkIsolation"] is True
    raw.ok("CreateTrainingJob", training_job("job"))
    shown = raw.ok("DescribeTrainingJob", {"TrainingJobName": "job"})
    assert shown["OutputDataConfig"] == {
        "S3OutputPath": "s3://bucket/out",
        "KmsKeyId": "",
        "CompressionType": "GZIP",
    }


@pytest.mark.parametrize("kind", model.kinds().values(), ids=lambda k: k.name)
def test_fill_defaults_fills_every_member_and_keeps_what_was_given(
    kind: Kind, raw: Raw, maker: Maker
) -> None:
    request, key = maker.create(kind, "thing")
    plain = raw.ok(kind.describe, key)
    raw.control.settings(fill_defaults=True)
    filled = raw.ok(kind.describe, key)
    if kind.wrapper:
        plain, filled = plain[kind.wrapper], filled[kind.wrapper]
    shape = model.described_shape(kind.name)
    expected = {kind.renames.get(m, m) for m in model.input_shape(kind.create).members} & set(
        shape.members
    ) - {"Tags"}
    assert expected - set(kind.identity) <= set(filled)
    assert contains(filled, plain)
    assert request


def test_members_with_another_name_in_describe(raw: Raw) -> None:
    raw.ok("CreateNotebookInstanceLifecycleConfig", {"NotebookInstanceLifecycleConfigName": "lc"})
    make_notebook(raw, SecurityGroupIds=["sg-1"], LifecycleConfigName="lc", SubnetId="subnet-1")
    shown = raw.ok("DescribeNotebookInstance", {"NotebookInstanceName": "notebook"})
    assert (shown["SecurityGroups"], shown["NotebookInstanceLifecycleConfigName"]) == (["sg-1"], "lc")
    assert "SecurityGroupIds" not in shown
    raw.control.advance(60)
    raw.ok("StopNotebookInstance", {"NotebookInstanceName": "notebook"})
    raw.control.advance(60)
    raw.ok(
        "UpdateNotebookInstance", {"NotebookInstanceName": "notebook", "DisassociateLifecycleConfig": True}
    )
    shown = raw.ok("DescribeNotebookInstance", {"NotebookInstanceName": "notebook"})
    assert "NotebookInstanceLifecycleConfigName" not in shown


def test_members_shown_in_another_shape(raw: Raw) -> None:
    make_endpoint(raw)
    container = {
        "Container": {"Image": "image"},
        "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024},
    }
    request = {
        "InferenceComponentName": "ic",
        "EndpointName": "endpoint",
        "Specification": container,
        "RuntimeConfig": {"CopyCount": 2},
    }
    raw.ok("CreateInferenceComponent", request)
    shown = raw.ok("DescribeInferenceComponent", {"InferenceComponentName": "ic"})
    assert shown["RuntimeConfig"] == {"DesiredCopyCount": 2, "CurrentCopyCount": 2}
    assert shown["Specification"]["Container"]["DeployedImage"]["SpecifiedImage"] == "image"
    assert shown["VariantName"] == "AllTraffic"
    raw.control.advance(60)
    update = {"InferenceComponentName": "ic", "DesiredRuntimeConfig": {"CopyCount": 3}}
    raw.ok("UpdateInferenceComponentRuntimeConfig", update)
    assert (
        raw.ok("DescribeInferenceComponent", {"InferenceComponentName": "ic"})["RuntimeConfig"][
            "DesiredCopyCount"
        ]
        == 2
    )
    raw.control.advance(60)
    assert (
        raw.ok("DescribeInferenceComponent", {"InferenceComponentName": "ic"})["RuntimeConfig"][
            "DesiredCopyCount"
        ]
        == 3
    )


def test_a_cluster_shows_wanted_and_present_counts(raw: Raw) -> None:
    group = {
        "InstanceGroupName": "workers",
        "InstanceType": "ml.m5.large",
        "InstanceCount": 2,
        "ExecutionRole": ROLE,
        "LifeCycleConfig": {"SourceS3Uri": "s3://sagemaker-b/x", "OnCreate": "x.sh"},
    }
    other = group | {"InstanceGroupName": "others"}
    raw.ok("CreateCluster", {"ClusterName": "c", "InstanceGroups": [group, other]})
    raw.control.advance(60)
    raw.ok("UpdateCluster", {"ClusterName": "c", "InstanceGroups": [group | {"InstanceCount": 5}]})
    raw.control.advance(60)
    groups = raw.ok("DescribeCluster", {"ClusterName": "c"})["InstanceGroups"]
    assert [(g["InstanceGroupName"], g["CurrentCount"], g["TargetCount"]) for g in groups] == [
        ("workers", 5, 5),
        ("others", 2, 2),
    ]
    raw.ok("UpdateCluster", {"ClusterName": "c", "InstanceGroupsToDelete": ["others"]})
    assert len(raw.ok("DescribeCluster", {"ClusterName": "c"})["InstanceGroups"]) == 1


def test_secrets_and_templates_are_never_shown(raw: Raw) -> None:
    raw.ok("CreateHumanTaskUi", {"HumanTaskUiName": "ui", "UiTemplate": {"Content": "<secret/>"}})
    assert set(raw.ok("DescribeHumanTaskUi", {"HumanTaskUiName": "ui"})["UiTemplate"]) == {
        "Url",
        "ContentSha256",
    }
    oidc = {m: "https://x.example" for m in model.service().shape_for("OidcConfig").required_members}
    raw.ok(
        "CreateWorkforce",
        {"WorkforceName": "w", "OidcConfig": oidc | {"ClientId": "id", "ClientSecret": "secret"}},
    )
    shown = raw.ok("DescribeWorkforce", {"WorkforceName": "w"})["Workforce"]
    assert "ClientSecret" not in shown["OidcConfig"]
    assert (shown["Status"], "CreateDate" in shown) == ("Initializing", True)


def test_an_update_replaces_what_it_names_and_nothing_else(raw: Raw) -> None:
    make_pipeline(raw, PipelineDescription="old", PipelineDisplayName="name")
    raw.ok("UpdatePipeline", {"PipelineName": "pipeline", "PipelineDescription": "new"})
    shown = raw.ok("DescribePipeline", {"PipelineName": "pipeline"})
    assert (shown["PipelineDescription"], shown["PipelineDisplayName"]) == ("new", "name")
    assert shown["LastModifiedTime"] >= shown["CreationTime"]


def test_settings_of_a_domain_are_merged(raw: Raw) -> None:
    identifier = make_domain(raw)
    change = {"SecurityGroups": ["sg-9"]}
    raw.ok("UpdateDomain", {"DomainId": identifier, "DefaultUserSettings": change})
    shown = raw.ok("DescribeDomain", {"DomainId": identifier})
    assert shown["Status"] == "Updating"
    assert {k: shown["DefaultUserSettings"][k] for k in ("ExecutionRole", "SecurityGroups")} == {
        "ExecutionRole": ROLE,
        "SecurityGroups": ["sg-9"],
    }
    assert shown["Url"] == f"https://{identifier}.studio.us-east-1.sagemaker.aws"


def test_properties_are_added_and_removed(raw: Raw) -> None:
    source = {"SourceUri": "s3://x"}
    raw.ok(
        "CreateContext",
        {"ContextName": "c", "Source": source, "ContextType": "t", "Properties": {"a": "1", "b": "2"}},
    )
    raw.ok("UpdateContext", {"ContextName": "c", "Properties": {"c": "3"}, "PropertiesToRemove": ["a"]})
    assert raw.ok("DescribeContext", {"ContextName": "c"})["Properties"] == {"b": "2", "c": "3"}


def test_features_are_added(raw: Raw) -> None:
    feature = {"FeatureName": "id", "FeatureType": "String"}
    request = {
        "FeatureGroupName": "g",
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "at",
        "FeatureDefinitions": [feature],
    }
    raw.ok("CreateFeatureGroup", request)
    raw.control.advance(60)
    raw.ok(
        "UpdateFeatureGroup",
        {"FeatureGroupName": "g", "FeatureAdditions": [feature | {"FeatureName": "new"}]},
    )
    shown = raw.ok("DescribeFeatureGroup", {"FeatureGroupName": "g"})
    assert (shown["LastUpdateStatus"], shown["FeatureGroupStatus"]) == ({"Status": "InProgress"}, "Created")
    raw.control.advance(60)
    shown = raw.ok("DescribeFeatureGroup", {"FeatureGroupName": "g"})
    assert [f["FeatureName"] for f in shown["FeatureDefinitions"]] == ["id", "new"]
    assert (shown["LastUpdateStatus"], shown["FeatureGroupStatus"]) == ({"Status": "Successful"}, "Created")


def test_features_that_cannot_be_added_are_told_of_beside_the_state(raw: Raw) -> None:
    feature = {"FeatureName": "id", "FeatureType": "String"}
    named = {"FeatureGroupName": "g"}
    definition = {"RecordIdentifierFeatureName": "id", "EventTimeFeatureName": "at"}
    raw.ok("CreateFeatureGroup", named | definition | {"FeatureDefinitions": [feature]})
    raw.control.advance(60)
    for name, outcome, reason in (("fails", "Failed", "could not be added"), ("new", "Successful", "")):
        raw.ok("UpdateFeatureGroup", named | {"FeatureAdditions": [feature | {"FeatureName": name}]})
        raw.control.advance(60)
        shown = raw.ok("DescribeFeatureGroup", named)
        assert (shown["LastUpdateStatus"]["Status"], shown["FeatureGroupStatus"]) == (outcome, "Created")
        assert reason in shown["LastUpdateStatus"].get("FailureReason", "")
        assert ("FailureReason" in shown["LastUpdateStatus"]) is bool(reason)
    assert [f["FeatureName"] for f in shown["FeatureDefinitions"]] == ["id", "new"]


def test_versions_guard_an_update(raw: Raw, maker: Maker) -> None:
    kind = model.kinds()["ComputeQuota"]
    _, key = maker.create(kind, "quota")
    raw.control.advance(60)
    assert raw.refused("UpdateComputeQuota", key | {"TargetVersion": 7}).code == "ConflictException"
    raw.ok("UpdateComputeQuota", key | {"TargetVersion": 1, "Description": "new"})
    shown = raw.ok("DescribeComputeQuota", key)
    assert (shown["ComputeQuotaVersion"], shown["Description"], shown["Status"]) == (2, "new", "Updating")


def test_a_package_version_waits_for_approval(raw: Raw) -> None:
    raw.ok("CreateModelPackageGroup", {"ModelPackageGroupName": "g"})
    arn = raw.ok("CreateModelPackage", {"ModelPackageGroupName": "g"})["ModelPackageArn"]
    assert arn.endswith(":model-package/g/1")
    shown = raw.ok("DescribeModelPackage", {"ModelPackageName": arn})
    assert (shown["ModelPackageVersion"], shown["ModelApprovalStatus"]) == (1, "PendingManualApproval")
    update = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved", "ApprovalDescription": "fine"}
    raw.ok("UpdateModelPackage", update)
    shown = raw.ok("DescribeModelPackage", {"ModelPackageName": arn})
    assert (shown["ModelApprovalStatus"], shown["ApprovalDescription"]) == ("Approved", "fine")
    assert raw.refused("CreateModelPackage", {}).text == "Missing ARN."


def test_v1_and_v2_of_automl_are_one_kind_of_job(raw: Raw, maker: Maker) -> None:
    maker.create(model.kinds()["AutoMLJobV2"], "thing")
    assert raw.ok("DescribeAutoMLJob", {"AutoMLJobName": "thing"})["AutoMLJobStatus"] == "InProgress"
    assert len(raw.ok("ListAutoMLJobs")["AutoMLJobSummaries"]) == 1
    taken = maker.request(model.kinds()["AutoMLJob"], "thing")
    assert raw.refused("CreateAutoMLJob", taken).status == 400
    raw.ok("StopAutoMLJob", {"AutoMLJobName": "thing"})
    assert raw.ok("DescribeAutoMLJobV2", {"AutoMLJobName": "thing"})["AutoMLJobStatus"] == "Stopping"
