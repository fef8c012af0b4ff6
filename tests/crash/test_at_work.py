"""Edits of what is at work, and of what is stopped for them, with the controller killed at every boundary on the way.

A run takes an edit while it is in a certain state; a notebook is stopped, updated and started, unless its user stopped it.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from controller.decide import declared as declared_
from simulator.faults import rule_from
from tests.crash.lives import Stage, end, one_and_only, settled, stage
from tests.crash.test_boundaries import DOWN, begin, quiet  # noqa: F401 -- quiet: for this module too

Described = Mapping[str, Any]
LASTS = 400.0  # seconds of a run: each of a job's four secondary states outlives two restarts of 20 s
INSTANCES = {"instanceType": "ml.m5.large", "instanceCount": 1, "volumeSizeInGB": 10}
RULE = {"ruleConfigurationName": "r", "ruleEvaluatorImage": "i"}
PROFILED = {"profilerConfig": {"s3OutputPath": "s3://bucket/one"}}


@dataclass(frozen=True)
class Edit:
    """What is edited of a resource in which state, and how SageMaker shows that it was."""

    kind: str
    when: Callable[[Described], bool]
    change: Mapping[str, Any]
    shown: Callable[[Described], bool]
    spec: Mapping[str, Any] = field(default_factory=dict)


def trains(d: Described) -> bool:
    return bool(d.get("SecondaryStatus") == "Training")


EDITS = {
    "profiler": Edit(
        "TrainingJob",
        trains,
        {"profilerConfig": {"s3OutputPath": "s3://bucket/two"}},
        lambda d: d["ProfilerConfig"]["S3OutputPath"] == "s3://bucket/two",
        PROFILED,
    ),
    "profiler off": Edit(
        "TrainingJob",
        trains,
        {"profilerConfig": None},
        lambda d: d["ProfilingStatus"] == "Disabled",
        PROFILED,
    ),
    "rules": Edit(
        "TrainingJob",
        trains,
        {"profilerRuleConfigurations": [RULE]},
        lambda d: len(d.get("ProfilerRuleConfigurations") or ()) == 1,
        PROFILED,
    ),
    "warm pool": Edit(
        "TrainingJob",
        lambda d: d["TrainingJobStatus"] == "Completed",
        {"resourceConfig": {"keepAlivePeriodInSeconds": 900}},
        lambda d: d["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 900,
        {"resourceConfig": {**INSTANCES, "keepAlivePeriodInSeconds": 600}},
    ),
    "execution": Edit(
        "PipelineExecution",
        lambda d: d["PipelineExecutionStatus"] == "Executing",
        {"pipelineExecutionDisplayName": "other"},
        lambda d: d["PipelineExecutionDisplayName"] == "other",
    ),
    "experiment": Edit(
        "InferenceExperiment",
        lambda d: d["Status"] == "Running",
        {"description": "other"},
        lambda d: d.get("Description") == "other",
    ),
    "notebook": Edit(
        "NotebookInstance",
        lambda d: d["NotebookInstanceStatus"] == "InService",
        {"instanceType": "ml.t3.large"},
        lambda d: d["InstanceType"] == "ml.t3.large" and d["NotebookInstanceStatus"] == "InService",
    ),
    "stopped notebook": Edit(
        "NotebookInstance",
        lambda d: d["NotebookInstanceStatus"] == "Stopped",
        {"instanceType": "ml.t3.large"},
        lambda d: d["InstanceType"] == "ml.t3.large",
    ),
}


@functools.cache
def staged(kind: str) -> Stage:
    """Shared by the edits of a kind."""
    on = stage(kind)
    on.rig.sagemaker.settings.change({"durations": {"TrainingJob.create": LASTS, "PipelineExecution": LASTS}})
    return on


def describe(on: Stage, name: str) -> Described:
    """What SageMaker shows of it, to nobody's notice; empty while it is not there."""
    obj = on.rig.get(on.kind, name) or {}
    declared = declared_.read(on.kind, obj)
    identity = declared_.identity(declared, declared_.request(declared), declared.arn)
    return on.somebody(on.kind.verbs.describe, identity) if declared.arn and identity else {}


def lead(what: str, mishaps: Mapping[int, str], down: float = 1.0) -> list[str]:
    """A life with this edit and one of its tags; ``mishaps`` are counted from the edit on. Answers what was crossed since."""
    edit = EDITS[what]
    on = staged(edit.kind)
    rig, kind, name = on.rig, on.kind, begin(on, {}, down)
    rig.trail.append(f"{what} {dict(mishaps)}:")
    rig.apply(kind, name, {**on.spec(name), **edit.spec})
    if what == "stopped notebook":
        rig.until(lambda: settled(rig, kind, name), "created")
        on.somebody("StopNotebookInstance", {"NotebookInstanceName": name})
    rig.until(lambda: bool(seen := describe(on, name)) and edit.when(seen), "at work")
    before = len(rig.crossed)
    rig.mishaps = {before + at: mishap for at, mishap in mishaps.items()}
    rig.sagemaker.forget_calls()
    rig.edit(kind, name, {"spec": edit.change})
    rig.until(lambda: edit.shown(describe(on, name)), "edited", LASTS / 2)
    if kind.taggable and kind.tags:
        rig.edit(kind, name, {"spec": {"tags": [{"key": "team", "value": "b"}]}})
        rig.until(lambda: rig.resources(kind)[0].tags.get("team") == "b", "tagged", LASTS / 2)
    rig.until(lambda: settled(rig, kind, name), "settled")
    crossed = rig.crossed[before:]
    one_and_only(on)
    assert edit.shown(describe(on, name)), rig.story()
    assert (rig.get(kind, name) or {})["status"].get("stoppedByControllerMetadata") is None, rig.story()
    if what == "stopped notebook":
        rig.rest(600)
        assert rig.sagemaker.counts["StartNotebookInstance"] == 0, rig.story()
        assert describe(on, name)["NotebookInstanceStatus"] == "Stopped", rig.story()
    if not mishaps:
        assert rig.sagemaker.counts[str(kind.verbs.update)] == 1, rig.story()
    end(on, name)
    return crossed


@functools.cache
def way(what: str) -> tuple[str, ...]:
    """What is crossed between the edit and the end of all it leads to."""
    return tuple(lead(what, {}))


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_of_what_is_at_work_survives_kills(what: str) -> None:
    for at in range(1, len(way(what)) + 1):
        lead(what, {at: "kill"}, DOWN[at % 2])
        lead(what, {at: "kill", at + 1 + at % 3: "kill"}, DOWN[(at + 1) % 2])


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_of_what_is_at_work_survives_lost_answers(what: str) -> None:
    for at in range(1, len(way(what)) + 1):
        lead(what, {at: "lose"})
        lead(what, {at: "lose", at + 1: "kill"})


def test_what_has_failed_and_takes_no_edit_says_why_it_failed() -> None:
    """And goes on saying so after a restart, asking once in a drift period."""
    on = staged("MlflowTrackingServer")
    rig, kind, name = on.rig, on.kind, begin(on, {}, 1.0)
    rig.apply(kind, name, on.spec(name))
    rig.until(lambda: settled(rig, kind, name), "created")
    (resource,) = rig.resources(kind)
    rig.sagemaker.lifecycle.force(resource, "CreateFailed", None)
    refusal = {"operation": "UpdateMlflowTrackingServer", "effect": "error", "code": "ConflictException"}
    rig.sagemaker.faults.rules.append(rule_from({**refusal, "text": "It cannot be updated.", "status": 400}))
    rig.edit(kind, name, {"spec": {"trackingServerSize": "Large"}})

    def says_both() -> bool:
        said = {c["type"]: c["message"] for c in (rig.get(kind, name) or {})["status"]["conditions"]}
        return (
            said.get("ACK.Terminal") == "MlflowTrackingServer is in CreateFailed status."
            and said.get("ACK.Advisory") == "It cannot be updated."
        )

    rig.until(says_both, "told", 3600)
    rig.sagemaker.forget_calls()
    rig.kill()
    for _ in range(100):
        rig.rest(60)
        assert says_both(), rig.story()
    assert rig.sagemaker.counts["UpdateMlflowTrackingServer"] <= 2


def advisory(on: Stage, name: str) -> str:
    said = {c["type"]: c["message"] for c in (on.rig.get(on.kind, name) or {})["status"]["conditions"]}
    return str(said.get("ACK.Advisory", ""))


@pytest.mark.parametrize("kind", ["Action", "Workteam", "Pipeline"])
@pytest.mark.parametrize("stale", [12.0, 10_000.0])
def test_a_change_that_is_not_shown_yet_is_not_called_impossible_too_early(kind: str, stale: float) -> None:
    """SageMaker is eventually consistent; what it never shows is said, too, and asked for no more."""
    on = staged(kind)
    rig, name = on.rig, begin(on, {}, 1.0)
    rig.apply(on.kind, name, on.spec(name))
    rig.until(lambda: settled(rig, on.kind, name), "created")
    rig.rest(60)
    rig.sagemaker.settings.change({"stale_seconds": stale})
    try:
        rig.sagemaker.forget_calls()
        rig.edit(on.kind, name, {"spec": dict(on.edit or {})})
        rig.rest(10)
        assert not settled(rig, on.kind, name) and advisory(on, name) == "", rig.story()
        rig.rest(80)
        assert settled(rig, on.kind, name) and bool(advisory(on, name)) is (stale > 80), rig.story()
        assert rig.sagemaker.counts[str(on.kind.verbs.update)] == 1
    finally:
        rig.sagemaker.settings.change({"stale_seconds": 0.0})
