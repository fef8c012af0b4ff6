"""State machines: what a resource goes through, what it refuses meanwhile, how it fails, on a clock that tests move."""

from __future__ import annotations

import itertools
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
    make_notebook,
    make_pipeline,
)
from tests.simulator.requests import training_job as job

MACHINES = model.data("states")
WITH_STATES = [model.kinds()[name] for name in MACHINES]


def status(raw: Raw, kind: Kind, key: dict[str, Any]) -> str:
    shown = raw.ok(kind.describe, key)
    shown = shown[kind.wrapper] if kind.wrapper else shown
    return str(shown[MACHINES[kind.name]["status"]])


def training(raw: Raw, name: str = "job") -> dict[str, Any]:
    return raw.ok("DescribeTrainingJob", {"TrainingJobName": name})


@pytest.mark.parametrize("kind", WITH_STATES, ids=lambda k: k.name)
def test_every_state_on_the_way_is_seen(kind: Kind, raw: Raw, maker: Maker) -> None:
    rule = MACHINES[kind.name]["create"]
    raw.control.settings(durations={f"{kind.name}.create": 10.0})
    _, key = maker.create(kind, "thing")
    seen = [status(raw, kind, key)]
    for _ in range(20):
        raw.control.advance(1)
        now = status(raw, kind, key)
        if now != seen[-1]:
            seen.append(now)
    assert seen == [*rule["through"], rule["to"]]


@pytest.mark.parametrize(
    "kind", [k for k in WITH_STATES if "failed" in MACHINES[k.name]["create"]], ids=lambda k: k.name
)
def test_a_name_with_fail_fails(kind: Kind, raw: Raw, maker: Maker) -> None:
    machine = MACHINES[kind.name]
    if kind.name == "PipelineExecution":
        request = maker.request(kind, "x") | {"PipelineExecutionDisplayName": "will-fail"}
        key = {"PipelineExecutionArn": raw.ok(kind.create, request)["PipelineExecutionArn"]}
    elif kind.name == "ImageVersion":
        raw.ok("CreateImage", {"ImageName": "fails-not", "RoleArn": ROLE})
        raw.control.settings(failing_name="")
        raw.control.advance(60)
        raw.control.set_state("Image", "fails-not", "CREATED")
        raw.control.settings(failing_name="fail")
        raw.ok(kind.create, {"ImageName": "fails-not", "BaseImage": "i", "ClientToken": "t"})
        key = {"ImageName": "fails-not"}
    else:
        _, key = maker.create(kind, "willfail" if kind.name == "PartnerApp" else "will-fail")
    raw.control.advance(1000)
    assert status(raw, kind, key) == machine["create"]["failed"]
    if machine["failure"]:
        shown: Any = raw.ok(kind.describe, key)
        for word in machine["failure"].split("."):
            shown = shown[kind.wrapper][word] if kind.wrapper and word not in shown else shown[word]
        assert len(shown) > 10


@pytest.mark.parametrize("kind", [k for k in WITH_STATES if "stop" in MACHINES[k.name]], ids=lambda k: k.name)
def test_stop(kind: Kind, raw: Raw, maker: Maker) -> None:
    machine = MACHINES[kind.name]
    if kind.name == "AutoMLJobV2":
        kind = model.kinds()["AutoMLJob"]
    _, key = maker.create(kind, "thing")
    if not machine.get("job"):
        raw.control.advance(1000)
    body = dict(key)
    if kind.name == "PipelineExecution":
        body["ClientRequestToken"] = "t" * 32
    if kind.name == "InferenceExperiment":
        body["ModelVariantActions"] = {"a": "Retain"}
    raw.ok(kind.stop or "", body)
    assert status(raw, kind, key) == machine["stop"]["through"][0]
    raw.control.advance(1000)
    assert status(raw, kind, key) == machine["stop"]["to"]
    if "ignored_in" not in machine["stop"]:
        assert raw.refused(kind.stop or "", body).status == 400


@pytest.mark.parametrize(
    "kind",
    [k for k in WITH_STATES if k.delete and "not_in" in MACHINES[k.name].get("delete", {})],
    ids=lambda k: k.name,
)
def test_what_is_busy_is_not_deleted(kind: Kind, raw: Raw, maker: Maker) -> None:
    _, key = maker.create(kind, "thing")
    body = key | ({"ClientToken": "t" * 32} if kind.name == "PartnerApp" else {})
    if status(raw, kind, key) in MACHINES[kind.name]["delete"]["not_in"]:
        refusal = model.data("texts")["refusals"][MACHINES[kind.name]["delete"]["refusal"]]
        assert raw.refused(kind.delete or "", body).code == refusal["code"]
    raw.control.advance(1000)
    raw.control.set_state(
        kind.name, "thing", MACHINES[kind.name]["create"]["to"]
    ) if kind.name != "ImageVersion" else None
    raw.control.advance(1000)
    if kind.name not in ("InferenceExperiment", "TrainingSession"):  # these run until they are stopped
        raw.ok(kind.delete or "", body)


def test_the_stages_of_a_training_job(raw: Raw) -> None:
    raw.control.settings(durations={"TrainingJob": 40.0})
    raw.ok("CreateTrainingJob", job("job"))
    seen = []
    for _ in range(5):
        shown = training(raw)
        seen.append((shown["TrainingJobStatus"], shown["SecondaryStatus"]))
        raw.control.advance(10.01)
    assert seen == [
        ("InProgress", "Starting"),
        ("InProgress", "Downloading"),
        ("InProgress", "Training"),
        ("InProgress", "Uploading"),
        ("Completed", "Completed"),
    ]
    shown = training(raw)
    transitions = shown["SecondaryStatusTransitions"]
    assert [t["Status"] for t in transitions] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert all(a["EndTime"] == b["StartTime"] for a, b in itertools.pairwise(transitions))
    assert shown["ModelArtifacts"] == {"S3ModelArtifacts": "s3://bucket/out/job/output/model.tar.gz"}
    assert shown["TrainingEndTime"] - shown["TrainingStartTime"] == pytest.approx(40)
    assert (shown["TrainingTimeInSeconds"], shown["BillableTimeInSeconds"]) == (40, 80)
    assert shown["LastModifiedTime"] == shown["TrainingEndTime"]


def test_a_training_job_that_fails_says_why(raw: Raw) -> None:
    raw.ok("CreateTrainingJob", job("job-fail"))
    raw.control.advance(60)
    shown = training(raw, "job-fail")
    assert (shown["TrainingJobStatus"], shown["SecondaryStatus"]) == ("Failed", "Failed")
    assert shown["FailureReason"].startswith("AlgorithmError: ")
    assert "exit code: 1" in shown["FailureReason"]
    assert "ModelArtifacts" not in shown
    raw.ok("CreateTrainingJob", job("job"))
    assert "FailureReason" not in training(raw)


def test_stopping_a_training_job(raw: Raw) -> None:
    raw.ok("CreateTrainingJob", job("job"))
    raw.ok("StopTrainingJob", {"TrainingJobName": "job"})
    assert training(raw)["SecondaryStatus"] == "Stopping"
    raw.control.advance(60)
    shown = training(raw)
    assert (shown["TrainingJobStatus"], shown["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert raw.refused("StopTrainingJob", {"TrainingJobName": "job"}).text == (
        "The request was rejected because the training job is in status Stopped."
    )


def test_rules_go_on_when_the_job_has_ended(raw: Raw) -> None:
    rule = {"RuleConfigurationName": "LossNotDecreasing", "RuleEvaluatorImage": "image"}
    raw.control.settings(durations={"TrainingJob.create": 10.0, "TrainingJob.rules": 30.0})
    raw.ok("CreateTrainingJob", job("job", DebugRuleConfigurations=[rule], ProfilerRuleConfigurations=[rule]))

    def rules() -> set[str]:
        shown = training(raw)
        both = [*shown["DebugRuleEvaluationStatuses"], *shown["ProfilerRuleEvaluationStatuses"]]
        return {entry["RuleEvaluationStatus"] for entry in both}

    raw.control.advance(11)
    assert (training(raw)["TrainingJobStatus"], rules()) == ("Completed", {"InProgress"})
    raw.control.advance(30)
    assert rules() == {"NoIssuesFound"}


def test_a_warm_pool_outlives_its_job(raw: Raw) -> None:
    config = {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 1,
        "KeepAlivePeriodInSeconds": 600,
    }
    raw.ok("CreateTrainingJob", job("job", ResourceConfig=config))
    assert "WarmPoolStatus" not in training(raw)
    raw.control.advance(60)
    assert training(raw)["WarmPoolStatus"]["Status"] == "Available"
    raw.control.advance(600)
    assert training(raw)["WarmPoolStatus"]["Status"] == "Terminated"


def test_profiling_is_changed_while_the_job_runs_only(raw: Raw) -> None:
    update = {"TrainingJobName": "job", "ProfilerConfig": {"DisableProfiler": True}}
    raw.control.settings(durations={"TrainingJob": 40.0})
    raw.ok("CreateTrainingJob", job("job", ProfilerConfig={"S3OutputPath": "s3://b/p"}))
    assert raw.refused("UpdateTrainingJob", update).code == "ValidationException"  # Starting
    raw.control.advance(11)
    raw.ok("UpdateTrainingJob", update)
    assert training(raw)["ProfilerConfig"] == {"S3OutputPath": "s3://b/p", "DisableProfiler": True}
    raw.control.advance(60)
    assert raw.refused("UpdateTrainingJob", update).code == "ValidationException"


def endpoint(raw: Raw) -> dict[str, Any]:
    return raw.ok("DescribeEndpoint", {"EndpointName": "endpoint"})


def test_an_endpoint_serves_its_configuration(raw: Raw) -> None:
    make_endpoint(raw)
    shown = endpoint(raw)
    assert shown["EndpointStatus"] == "InService"
    assert shown["ProductionVariants"] == [
        {
            "VariantName": "AllTraffic",
            "CurrentWeight": 1.0,
            "DesiredWeight": 1.0,
            "CurrentInstanceCount": 1,
            "DesiredInstanceCount": 1,
            "DeployedImages": shown["ProductionVariants"][0]["DeployedImages"],
        }
    ]


def test_an_endpoint_takes_its_new_configuration_when_the_update_is_done(raw: Raw) -> None:
    make_endpoint(raw)
    make_config(raw, "second", InitialInstanceCount=3)
    raw.ok("UpdateEndpoint", {"EndpointName": "endpoint", "EndpointConfigName": "second"})
    shown = endpoint(raw)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("Updating", "config")
    assert shown["PendingDeploymentSummary"]["EndpointConfigName"] == "second"
    for call in ("DeleteEndpoint", "UpdateEndpoint"):
        body = {"EndpointName": "endpoint"} | ({"EndpointConfigName": "second"} if call[0] == "U" else {})
        assert raw.refused(call, body).text.startswith("Cannot update in-progress endpoint ")
    raw.control.advance(60)
    shown = endpoint(raw)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "second")
    assert shown["ProductionVariants"][0]["CurrentInstanceCount"] == 3
    assert "PendingDeploymentSummary" not in shown
    assert "FailureReason" not in shown


def test_an_update_that_fails_leaves_the_old_configuration_serving(raw: Raw) -> None:
    make_endpoint(raw)
    make_config(raw, "will-fail")
    raw.ok("UpdateEndpoint", {"EndpointName": "endpoint", "EndpointConfigName": "will-fail"})
    raw.control.advance(60)
    shown = endpoint(raw)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "config")
    assert shown["FailureReason"].startswith("Request to service failed")
    make_config(raw, "good")
    raw.ok("UpdateEndpoint", {"EndpointName": "endpoint", "EndpointConfigName": "good"})
    raw.control.advance(60)
    assert "FailureReason" not in endpoint(raw)


def test_an_update_may_keep_weights_and_counts(raw: Raw) -> None:
    make_endpoint(raw)
    make_config(raw, "second", InitialInstanceCount=3)
    wanted = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 4, "DesiredWeight": 0.5}]
    raw.ok(
        "UpdateEndpointWeightsAndCapacities",
        {"EndpointName": "endpoint", "DesiredWeightsAndCapacities": wanted},
    )
    raw.control.advance(60)
    update = {"EndpointName": "endpoint", "EndpointConfigName": "second", "RetainAllVariantProperties": True}
    raw.ok(
        "UpdateEndpoint",
        update | {"ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}]},
    )
    raw.control.advance(60)
    shown = endpoint(raw)["ProductionVariants"][0]
    assert (shown["CurrentInstanceCount"], shown["CurrentWeight"]) == (4, 1.0)


def test_weights_and_capacities(raw: Raw) -> None:
    make_endpoint(raw)
    wanted = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 4, "DesiredWeight": 0.5}]
    raw.ok(
        "UpdateEndpointWeightsAndCapacities",
        {"EndpointName": "endpoint", "DesiredWeightsAndCapacities": wanted},
    )
    assert endpoint(raw)["EndpointStatus"] == "Updating"
    raw.control.advance(60)
    shown = endpoint(raw)["ProductionVariants"][0]
    assert (shown["CurrentInstanceCount"], shown["CurrentWeight"]) == (4, 0.5)


def test_a_failed_endpoint_can_only_be_deleted(raw: Raw) -> None:
    make_model(raw)
    make_config(raw)
    raw.ok("CreateEndpoint", {"EndpointName": "e-fail", "EndpointConfigName": "config"})
    raw.control.advance(60)
    assert (
        raw.refused("UpdateEndpoint", {"EndpointName": "e-fail", "EndpointConfigName": "config"}).status
        == 400
    )
    raw.ok("DeleteEndpoint", {"EndpointName": "e-fail"})


def notebook(raw: Raw) -> dict[str, Any]:
    return raw.ok("DescribeNotebookInstance", {"NotebookInstanceName": "notebook"})


def test_a_notebook_is_changed_and_deleted_only_when_stopped(raw: Raw) -> None:
    name = {"NotebookInstanceName": "notebook"}
    make_notebook(raw)
    raw.control.advance(60)
    arn = notebook(raw)["NotebookInstanceArn"]
    assert raw.refused("DeleteNotebookInstance", name).text == (
        f"Status (InService) not in ([Stopped, Failed]). Unable to transition to (Deleting) for Notebook Instance ({arn})"
    )
    assert raw.refused("UpdateNotebookInstance", name | {"VolumeSizeInGB": 9}).code == "ValidationException"
    raw.ok("StopNotebookInstance", name)
    assert notebook(raw)["NotebookInstanceStatus"] == "Stopping"
    raw.control.advance(60)
    raw.ok("UpdateNotebookInstance", name | {"VolumeSizeInGB": 9})
    assert notebook(raw)["NotebookInstanceStatus"] == "Updating"
    raw.control.advance(60)
    assert (notebook(raw)["NotebookInstanceStatus"], notebook(raw)["VolumeSizeInGB"]) == ("Stopped", 9)
    raw.ok("StartNotebookInstance", name)
    raw.control.advance(60)
    assert notebook(raw)["NotebookInstanceStatus"] == "InService"


def test_a_schedule_is_paused_and_goes_on(raw: Raw) -> None:
    name = {"MonitoringScheduleName": "s"}
    inline = {
        "MonitoringInputs": [{"EndpointInput": {"EndpointName": "e", "LocalPath": "/opt"}}],
        "MonitoringOutputConfig": {
            "MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://b/o", "LocalPath": "/opt"}}]
        },
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "MonitoringAppSpecification": {"ImageUri": "i"},
        "RoleArn": ROLE,
    }
    raw.ok(
        "CreateMonitoringSchedule", name | {"MonitoringScheduleConfig": {"MonitoringJobDefinition": inline}}
    )
    assert raw.refused("DeleteMonitoringSchedule", name).text == "Monitoring schedule in status Pending"
    raw.control.advance(60)
    raw.ok("StopMonitoringSchedule", name)
    raw.control.advance(60)
    assert raw.ok("DescribeMonitoringSchedule", name)["MonitoringScheduleStatus"] == "Stopped"
    raw.ok("StopMonitoringSchedule", name)  # again: nothing happens
    assert raw.ok("DescribeMonitoringSchedule", name)["MonitoringScheduleStatus"] == "Stopped"
    raw.ok("StartMonitoringSchedule", name)
    raw.control.advance(60)
    shown = raw.ok("DescribeMonitoringSchedule", name)
    assert (shown["MonitoringScheduleStatus"], shown["EndpointName"]) == ("Scheduled", "e")


def test_a_pipeline_execution_is_retried(raw: Raw) -> None:
    make_pipeline(raw)
    request = {
        "PipelineName": "pipeline",
        "ClientRequestToken": "e" * 32,
        "PipelineExecutionDisplayName": "fail-once",
    }
    arn = raw.ok("StartPipelineExecution", request)["PipelineExecutionArn"]
    key = {"PipelineExecutionArn": arn}
    raw.control.advance(60)
    assert raw.ok("DescribePipelineExecution", key)["PipelineExecutionStatus"] == "Failed"
    raw.ok("RetryPipelineExecution", key | {"ClientRequestToken": "r" * 32})
    assert raw.ok("DescribePipelineExecution", key)["PipelineExecutionStatus"] == "Executing"
    raw.control.advance(60)
    shown = raw.ok("DescribePipelineExecution", key)
    assert (shown["PipelineExecutionStatus"], "FailureReason" in shown) == ("Succeeded", False)
    assert raw.ok("DescribePipeline", {"PipelineName": "pipeline"})["LastRunTime"] == shown["CreationTime"]


def test_a_deleted_app_is_described_for_a_day_and_its_name_is_free(raw: Raw) -> None:
    domain = make_domain(raw)
    raw.ok("CreateUserProfile", {"DomainId": domain, "UserProfileName": "ann"})
    raw.control.advance(60)
    app = {"DomainId": domain, "UserProfileName": "ann", "AppType": "JupyterServer", "AppName": "default"}
    raw.ok("CreateApp", app)
    assert raw.refused("DeleteApp", app).code == "ResourceInUse"  # Pending
    raw.control.advance(60)
    raw.ok("DeleteApp", app)
    raw.control.advance(60)
    assert raw.ok("DescribeApp", app)["Status"] == "Deleted"
    raw.control.advance(86_400)
    assert raw.refused("DescribeApp", app).code == "ResourceNotFound"
    raw.ok("CreateApp", app)
    raw.control.advance(60)
    raw.ok("DeleteApp", app)
    raw.control.advance(60)
    raw.ok("CreateApp", app)
    assert raw.ok("DescribeApp", app)["Status"] == "Pending"


def test_deleting_an_image_deletes_its_versions(raw: Raw) -> None:
    raw.ok("CreateImage", {"ImageName": "i", "RoleArn": ROLE})
    raw.control.advance(60)
    version = {"ImageName": "i", "BaseImage": "b"}
    for n in (1, 2):
        arn = raw.ok("CreateImageVersion", version | {"ClientToken": f"t{n}", "Aliases": [f"a{n}"]})[
            "ImageVersionArn"
        ]
        assert arn.endswith(f":image-version/i/{n}")
    raw.control.advance(60)
    assert raw.ok("DescribeImageVersion", {"ImageName": "i"})["Version"] == 2
    assert raw.ok("DescribeImageVersion", {"ImageName": "i", "Alias": "a1"})["Version"] == 1
    raw.ok("DeleteImageVersion", {"ImageName": "i", "Version": 2})
    raw.control.advance(60)
    again = raw.ok("CreateImageVersion", version | {"ClientToken": "t3"})["ImageVersionArn"]
    assert again.endswith("/3")  # a number is never given twice
    raw.control.advance(60)
    raw.ok("DeleteImage", {"ImageName": "i"})
    raw.control.advance(60)
    assert raw.refused("DescribeImageVersion", {"ImageName": "i", "Version": 1}).code == "ResourceNotFound"
