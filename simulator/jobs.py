"""What runs show besides their state: secondary states, times, rule evaluations, warm pools, counters.

Members' names and states are the service model's; who calls these functions when is in particulars.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator import model
from simulator.errors import validation
from simulator.identity import last_part
from simulator.store import Resource, Step, Store
from simulator.texts import refusal

RULES = {
    "DebugRuleConfigurations": "DebugRuleEvaluationStatuses",
    "ProfilerRuleConfigurations": "ProfilerRuleEvaluationStatuses",
}
RULE_SECONDS = 3.0
"""How long rule evaluations go on after the job; really minutes. Setting: durations `TrainingJob.rules`."""


def with_detail(detail: dict[str, Any], action: str, planned: list[Step], fails: bool) -> list[Step]:
    """Spread the secondary states over the time of the action."""
    first, end, member = planned[0], planned[-1], detail["member"]
    if action == "create":
        first.changes[member] = detail["through"][0]
        end.changes[member] = detail["failed"] if fails else detail["to"]
        share = (end.at - first.at) / len(detail["through"])
        between = [
            Step(round(first.at + share * i, 3), changes={member: s})
            for i, s in enumerate(detail["through"])
            if i
        ]
        return [*planned[:-1], *between, end]
    if action == "stop":
        first.changes[member] = detail["stopping"]
        end.changes[member] = detail["stopped"]
    return planned


def times(resource: Resource, machine: dict[str, Any], step: Step) -> None:
    """Set the members that say when a run began and ended."""
    finals = {machine["create"]["to"], machine["create"].get("failed"), machine.get("stop", {}).get("to")}
    for member in resource.kind.output:
        if step.status in machine["create"]["through"] and member.endswith("StartTime"):
            resource.observed.setdefault(member, step.at)
        elif step.status in finals and (member.endswith("EndTime") or member == "CompletionTime"):
            resource.observed[member] = step.at


def transition(resource: Resource, detail: dict[str, Any], step: Step) -> None:
    """Add to the record of secondary states."""
    record = [dict(entry) for entry in resource.observed.get(detail["transitions"], [])]
    if record:
        record[-1]["EndTime"] = step.at
    state = step.changes[detail["member"]]
    record.append({"Status": state, "StartTime": step.at, "StatusMessage": f"The job is in state {state}"})
    resource.observed[detail["transitions"]] = record


def training(store: Store, resource: Resource) -> None:
    """A new training job: its rules are being evaluated from the beginning."""
    profiler = resource.declared.get("ProfilerConfig")
    off = profiler is None or profiler.get("DisableProfiler", False)
    resource.observed["ProfilingStatus"] = "Disabled" if off else "Enabled"
    for asked, shown in RULES.items():
        if resource.declared.get(asked):
            resource.observed[shown] = _evaluations(resource, asked, "InProgress", resource.created)


def _evaluations(resource: Resource, asked: str, status: str, at: float) -> list[dict[str, Any]]:
    job = resource.arn.replace(":training-job/", ":processing-job/")
    return [
        {
            "RuleConfigurationName": rule["RuleConfigurationName"],
            "RuleEvaluationJobArn": f"{job}-{rule['RuleConfigurationName'].lower()}",
            "RuleEvaluationStatus": status,
            "LastModifiedTime": at,
        }
        for rule in resource.declared.get(asked) or ()
    ]


def after_training(
    resource: Resource, end: Step, fails: bool, seconds: Callable[[str, float], float]
) -> list[Step]:
    """What goes on when a training job has ended: rule evaluations, a warm pool."""
    later = []
    at = end.at + seconds("rules", RULE_SECONDS)
    status = "IssuesFound" if fails else "NoIssuesFound"
    changes = {
        shown: _evaluations(resource, asked, status, at)
        for asked, shown in RULES.items()
        if resource.declared.get(asked)
    }
    if changes:
        later.append(Step(at, changes=changes))
    if not fails:
        later += _warm_pool(resource, end)
    return later


def _warm_pool(resource: Resource, end: Step) -> list[Step]:
    """Instances stay for KeepAlivePeriodInSeconds: real seconds, an agreement and not a duration of ours."""
    kept = resource.declared.get("ResourceConfig", {}).get("KeepAlivePeriodInSeconds", 0)
    if not kept:
        return []
    end.changes["WarmPoolStatus"] = {"Status": "Available", "ResourceRetainedBillableTimeInSeconds": 0}
    gone = {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": kept}
    return [Step(end.at + kept, changes={"WarmPoolStatus": gone})]


def training_arrived(store: Store, resource: Resource, step: Step) -> None:
    """The end of a training job: its artifacts and what it cost. A stopped one's rules stop with it."""
    if step.status not in ("Completed", "Failed", "Stopped"):
        return
    seconds = max(1, round(step.at - resource.observed.get("TrainingStartTime", resource.created)))
    instances = resource.declared.get("ResourceConfig", {}).get("InstanceCount", 1)
    resource.observed["TrainingTimeInSeconds"] = seconds
    resource.observed["BillableTimeInSeconds"] = seconds * instances
    if step.status == "Completed":
        prefix = resource.declared.get("OutputDataConfig", {}).get("S3OutputPath", "").rstrip("/")
        artifacts = f"{prefix}/{resource.name}/output/model.tar.gz"
        resource.observed["ModelArtifacts"] = {"S3ModelArtifacts": artifacts}
    if step.status == "Stopped":
        for asked, shown in RULES.items():
            if resource.observed.get(shown):
                resource.observed[shown] = _evaluations(resource, asked, "Stopped", step.at)


def check_training_update(resource: Resource, request: dict[str, Any]) -> None:
    """Profiling can be changed while the job runs and has started; instances can only be kept for longer or shorter."""
    profiling = "ProfilerConfig" in request or "ProfilerRuleConfigurations" in request
    starting = resource.observed.get("SecondaryStatus") == "Starting"
    if profiling and (resource.status != "InProgress" or starting):
        raise refusal("update_finished", resource)
    if "ResourceConfig" in request and resource.status == "Completed":
        pool = resource.observed.get("WarmPoolStatus", {}).get("Status")
        if pool not in ("Available", "InUse"):
            raise validation("The warm pool of the training job is not available.")  # text assumed


def training_updated(store: Store, resource: Resource, request: dict[str, Any]) -> None:
    """A profiler is on or off; a warm pool stays as long as it is told now, from the end of the job on."""
    if "ProfilerConfig" in request:
        off = request["ProfilerConfig"].get("DisableProfiler", False)
        resource.observed["ProfilingStatus"] = "Disabled" if off else "Enabled"
    if "ResourceConfig" in request and "WarmPoolStatus" in resource.observed:
        kept = request["ResourceConfig"].get("KeepAlivePeriodInSeconds", 0)
        gone = {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": kept}
        others = [step for step in resource.steps if "WarmPoolStatus" not in step.changes]
        end = Step(resource.observed["TrainingEndTime"] + kept, changes={"WarmPoolStatus": gone})
        store.plan(resource, sorted([*others, end], key=lambda step: step.at))


def tuning(store: Store, resource: Resource) -> None:
    """A new tuning job has started no training jobs yet."""
    jobs = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    resource.observed["TrainingJobStatusCounters"] = dict.fromkeys(jobs, 0)
    resource.observed["ObjectiveStatusCounters"] = dict.fromkeys(("Succeeded", "Pending", "Failed"), 0)


def automl(store: Store, resource: Resource) -> None:
    """Describe names the problem type that was configured."""
    chosen = next(iter(resource.declared.get("AutoMLProblemTypeConfig", {})), "")
    resource.observed["AutoMLProblemTypeConfigName"] = chosen.removesuffix("JobConfig")


def labeling(store: Store, resource: Resource) -> None:
    """A new labeling job has labelled nothing yet."""
    counters = ("TotalLabeled", "HumanLabeled", "MachineLabeled", "FailedNonRetryableError", "Unlabeled")
    resource.observed["LabelCounters"] = dict.fromkeys(counters, 0)
    resource.observed["JobReferenceCode"] = f"REF{resource.number:010d}"


def pipeline_execution(store: Store, resource: Resource) -> None:
    """A new execution knows its pipeline, and the pipeline when it last ran."""
    kind = model.kinds()["Pipeline"]
    pipeline = store.find(resource.place, kind, (last_part(resource.request["PipelineName"]),))
    resource.observed["PipelineArn"] = resource.arn.rpartition("/execution/")[0]
    if pipeline:
        pipeline.observed["LastRunTime"] = resource.created
        pipeline.touch()
