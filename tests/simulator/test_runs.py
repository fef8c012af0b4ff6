"""What runs go through: stages of a training job, rules, warm pools, stopping, retries."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.simulator.raw import Raw
from tests.simulator.requests import make_pipeline
from tests.simulator.requests import training_job as job


def training(raw: Raw, name: str = "job") -> dict[str, Any]:
    return raw.ok("DescribeTrainingJob", {"TrainingJobName": name})


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
