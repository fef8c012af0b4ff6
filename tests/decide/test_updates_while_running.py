"""Updates of what runs: which members can be changed when, what has to wait, and what comes too late."""

from typing import Any

import pytest

from controller.decide.actions import Action, Reject, Show, Update, Wait
from controller.decide.differing import recorded
from controller.decide.plan import plan
from controller.decide.situation import Seen, lingers, must_look
from controller.kinds.load import kinds
from tests.decide.objects import declared, status
from tests.decide.test_plan import ENDPOINT_ARN, chosen, situation


def job(state: str, secondary: str, changes: dict[str, Any], **more: Any) -> Action:
    has = {
        "TrainingJobName": "job",
        "TrainingJobStatus": state,
        "SecondaryStatus": secondary,
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "KeepAlivePeriodInSeconds": 60},
        "ProfilerConfig": {"S3OutputPath": "s3://bucket/one"},
        "ProfilerRuleConfigurations": [rule("first")],
        "RemoteDebugConfig": {"EnableRemoteDebug": False},
        "ProfilingStatus": "Enabled",
        **more,
    }
    shown = status("trainingJobStatus", state, ready="False", generation=1)
    return plan(situation(spec=changes, seen=has, held=True, status=shown, generation=2))


def rule(name: str, image: str = "image") -> dict[str, Any]:
    return {"RuleConfigurationName": name, "RuleEvaluatorImage": image}


def asks_rule(name: str, image: str = "image") -> dict[str, Any]:
    return {"ruleConfigurationName": name, "ruleEvaluatorImage": image}


KEEP = {
    "resourceConfig": {"instanceType": "ml.m5.large", "instanceCount": 1, "keepAlivePeriodInSeconds": 120}
}
PROFILE = {"profilerConfig": {"s3OutputPath": "s3://bucket/two"}}
RULES = {"profilerRuleConfigurations": [asks_rule("first"), asks_rule("second")]}
POOL = {"WarmPoolStatus": {"Status": "Available"}}
NEW_POOL_TIME = {"ResourceConfig": {"KeepAlivePeriodInSeconds": 120}}
TOGETHER = Reject("Invalid", "cannot update Warm pool and Profiler at the same time")
JOBS: dict[str, tuple[Action, Action | dict[str, Any] | str]] = {
    "a pool's time waits for the end of the job": (job("InProgress", "Training", KEEP), Show()),
    "and is changed while there is a pool": (job("Completed", "Completed", KEEP, **POOL), NEW_POOL_TIME),
    "also while it is in use": (
        job("Completed", "Completed", KEEP, WarmPoolStatus={"Status": "InUse"}),
        NEW_POOL_TIME,
    ),
    "not when it is gone": (
        job("Completed", "Completed", KEEP, WarmPoolStatus={"Status": "Terminated"}),
        "Show",
    ),
    "nor when there was none": (job("Completed", "Completed", KEEP), "Show"),
    "instances cannot be changed at all": (
        job("Completed", "Completed", {"resourceConfig": {"instanceCount": 2}}, **POOL),
        "Show",
    ),
    "the profiler waits for the start": (job("InProgress", "Starting", PROFILE), Show()),
    "and is changed while the job runs": (
        job("InProgress", "Training", PROFILE),
        {"ProfilerConfig": {"S3OutputPath": "s3://bucket/two"}},
    ),
    "not when it has ended": (job("Completed", "Completed", PROFILE), "Show"),
    "only the new rules are sent": (
        job("InProgress", "Training", RULES),
        {"ProfilerRuleConfigurations": [rule("second")]},
    ),
    "a rule is not changed": (
        job("InProgress", "Training", {"profilerRuleConfigurations": [asks_rule("first", "other")]}),
        "Show",
    ),
    "remote debugging waits for its states": (
        job("InProgress", "Starting", {"remoteDebugConfig": {"enableRemoteDebug": True}}),
        Show(),
    ),
    "never both at once": (job("InProgress", "Training", {**KEEP, **PROFILE}), TOGETHER),
    "whenever that is": (job("Completed", "Completed", {**KEEP, **RULES}, **POOL), TOGETHER),
}


def test_what_is_edited_too_late_is_named_beside_a_job_that_did_all_it_should() -> None:
    for edit, field in ((KEEP, "resourceConfig.keepAlivePeriodInSeconds"), (PROFILE, "profilerConfig")):
        said = job("Completed", "Completed", edit)
        assert isinstance(said, Show) and field in str(said.advisory)


@pytest.mark.parametrize("name", list(JOBS))
def test_a_training_job(name: str) -> None:
    action, expected = JOBS[name]
    if isinstance(expected, dict):
        assert isinstance(action, Update) and action.members == expected
    else:
        assert (chosen(action) if isinstance(expected, str) else action) == expected


def test_a_profiler_that_is_off_is_not_switched_off_again() -> None:
    fields: dict[str, Any] = {"profilerConfig": {"s3OutputPath": {}}}
    shown = status("trainingJobStatus", "InProgress") | {"applied": {"fields": fields}}
    seen = {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Training", "ProfilingStatus": "Enabled"}
    seen |= {"ProfilerConfig": {"S3OutputPath": "s3://bucket/one"}}  # type: ignore[dict-item]
    on = plan(situation(spec={}, seen=seen, held=True, status=shown))
    assert isinstance(on, Update) and on.members == {"ProfilerConfig": {"DisableProfiler": True}}
    off = situation(spec={}, seen=seen | {"ProfilingStatus": "Disabled"}, held=True, status=shown)
    assert plan(off) == Show()
    assert recorded(off, off.seen.description if off.seen else {}).sent == {}


@pytest.mark.parametrize(("pool", "looks"), [("Available", True), ("InUse", True), ("Reused", False)])
def test_a_job_is_looked_at_while_its_pool_is_there(pool: str, looks: bool) -> None:
    shown = status("trainingJobStatus", "Completed", ready="True") | {"warmPoolStatus": {"status": pool}}
    assert lingers(kinds()["TrainingJob"], shown) is looks
    assert must_look(declared(spec={}, held=True, status=shown)) is looks


SCHEDULE: dict[str, Any] = {
    "held": True,
    "spec": {
        "monitoringScheduleConfig": {"monitoringJobDefinitionName": "new", "monitoringType": "DataQuality"}
    },
    "status": status("monitoringScheduleStatus", "Scheduled", arn=ENDPOINT_ARN, ready="True"),
}


@pytest.mark.parametrize("execution", ["Pending", "InProgress", "Stopping", "Completed", None])
@pytest.mark.parametrize("deleting", [True, False])
def test_a_schedule_waits_for_its_execution(execution: str | None, deleting: bool) -> None:
    seen: dict[str, Any] = {
        "MonitoringScheduleStatus": "Scheduled",
        "MonitoringScheduleConfig": {"MonitoringJobDefinitionName": "old", "MonitoringType": "DataQuality"},
    }
    if execution:
        seen["LastMonitoringExecutionSummary"] = {"MonitoringExecutionStatus": execution}
    action = plan(situation("MonitoringSchedule", seen=seen, deleting=deleting, **SCHEDULE))
    if execution in {"Pending", "InProgress", "Stopping"}:
        assert isinstance(action, Wait) and action.reason == ("Deleting" if deleting else "Busy")
    else:
        assert chosen(action) == ("Delete" if deleting else "Update")


def test_a_schedule_as_declared_is_ready_while_it_runs() -> None:
    seen = {
        "MonitoringScheduleStatus": "Scheduled",
        "MonitoringScheduleConfig": {"MonitoringJobDefinitionName": "new", "MonitoringType": "DataQuality"},
        "LastMonitoringExecutionSummary": {"MonitoringExecutionStatus": "InProgress"},
    }
    given = situation("MonitoringSchedule", seen=seen, **SCHEDULE)
    assert plan(given) == Show()
    assert given.seen == Seen(seen)
