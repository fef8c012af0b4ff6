"""What a status and a description already say."""

from typing import Any

import pytest

from controller.decide.actions import Reject
from controller.decide.declared import ARN_ANNOTATION
from controller.decide.situation import (
    Seen,
    Situation,
    class_of,
    ended,
    holds,
    is_held,
    is_observed,
    lingers,
    must_look,
    refusal,
)
from controller.kinds.load import kinds
from controller.kinds.states import StateClass
from tests.decide.objects import ARN, declared, status

DONE = status("trainingJobStatus", "Completed", ready="True")


def refused(reason: str = "Invalid", terminal: str = "True", generation: int = 1) -> dict[str, Any]:
    said = {"type": "ACK.Terminal", "status": terminal, "reason": reason, "message": "because"}
    return {"observedGeneration": generation, "conditions": [said]}


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"status": refused()}, "because"),
        ({"status": refused(), "generation": 2}, None),  # edited since
        ({"status": refused(), "generation": 2, "deleting": True}, "because"),  # a deletion counts as one
        ({"status": refused(), "generation": 3, "deleting": True}, None),
        ({"status": refused("Failed")}, None),
        ({"status": refused(terminal="False")}, None),
        ({"status": {"observedGeneration": 1, "conditions": []}}, None),
        ({}, None),
    ],
)
def test_a_refusal_holds_for_the_generation_that_was_refused(parts: dict[str, Any], why: str | None) -> None:
    assert refusal(declared(**parts)) == (Reject("Invalid", why) if why else None)


@pytest.mark.parametrize(
    ("kind", "shown", "over"),
    [
        ("TrainingJob", DONE, True),
        ("TrainingJob", status("trainingJobStatus", "Failed"), True),
        ("TrainingJob", status("trainingJobStatus", "Stopped"), True),
        ("TrainingJob", status("trainingJobStatus", "InProgress"), False),
        ("TrainingJob", status("trainingJobStatus", "Completed", arn=""), False),
        ("TrainingJob", {**DONE, "trainingJobStatus": None}, False),
        ("TrainingJob", {**DONE, "conditions": []}, False),
        (
            "TrainingJob",
            {**DONE, "conditions": [*DONE["conditions"], {"type": "Reconciling", "status": "True"}]},
            False,
        ),
        ("Endpoint", status("endpointStatus", "Failed"), False),
        (
            "Model",
            {"ackResourceMetadata": DONE["ackResourceMetadata"], "conditions": DONE["conditions"]},
            False,
        ),
    ],
)
def test_a_run_is_over_when_its_status_says_so_and_nothing_is_judged_any_more(
    kind: str, shown: dict[str, Any], over: bool
) -> None:
    assert ended(declared(kind, status=shown)) is over


@pytest.mark.parametrize(
    ("kind", "parts", "look"),
    [
        ("TrainingJob", {}, False),  # never tried
        ("Domain", {}, True),  # SageMaker would make a second one
        ("Domain", {"deleting": True}, False),
        ("Domain", {"status": status("status", "InService")}, False),  # held first
        ("TrainingJob", {"held": True}, True),
        ("TrainingJob", {"held": True, "status": DONE}, False),
        ("TrainingJob", {"held": True, "status": DONE, "generation": 2}, True),
        ("TrainingJob", {"held": True, "status": status("trainingJobStatus", "InProgress")}, True),
        ("TrainingJob", {"held": True, "status": DONE, "deleting": True}, False),
        (
            "TrainingJob",
            {"held": True, "status": status("trainingJobStatus", "InProgress"), "deleting": True},
            True,
        ),
        ("TrainingJob", {"held": True, "status": {**DONE, "warmPoolStatus": {"status": "Available"}}}, True),
        (
            "TrainingJob",
            {"held": True, "status": {**DONE, "warmPoolStatus": {"status": "Terminated"}}},
            False,
        ),
    ],
)
def test_what_cannot_have_changed_is_not_asked_about(kind: str, parts: dict[str, Any], look: bool) -> None:
    assert must_look(declared(kind, **parts)) is look


def test_a_status_speaks_of_its_own_generation() -> None:
    assert is_observed(declared(status=DONE))
    assert not is_observed(declared(status=DONE, generation=2))
    assert not is_observed(declared())
    assert declared().observed_generation == -1, "as the CRD's default says it of what was never looked at"


def situation(seen: Seen | None, **parts: Any) -> Situation:
    return Situation(declared=declared(**parts), asked={}, seen=seen)


def test_the_arn_is_that_of_what_is_ours() -> None:
    claimed = {"annotations": {ARN_ANNOTATION: ARN}}
    assert situation(None, status=DONE).arn == ARN
    assert situation(None, **claimed).arn is None  # a claim counts once it was looked at
    assert situation(Seen({}, ours=True), **claimed).arn == ARN
    assert situation(Seen({}, ours=False), **claimed).arn is None
    assert situation(Seen({}, ours=True, arn="found")).arn == "found"
    assert situation(Seen({}, ours=True, arn="found"), status=DONE).arn == ARN
    assert situation(None).arn is None


def test_what_met_a_fault_is_not_done() -> None:
    assert situation(None, status=DONE, generation=2).edited
    assert not situation(None, status=DONE).edited
    tried = {**DONE, "conditions": [{"type": "ACK.Recoverable", "status": "True"}]}
    assert situation(None, status=tried).edited
    assert situation(None).kind is kinds()["TrainingJob"]


JUDGED = {
    "TrainingJobStatus": "Completed",
    "DebugRuleEvaluationStatuses": [{"RuleEvaluationStatus": "InProgress"}],
}


def test_a_job_is_busy_while_its_rules_are_judged() -> None:
    job = kinds()["TrainingJob"]
    assert class_of(job, JUDGED) is StateClass.BUSY
    assert class_of(job, {**JUDGED, "TrainingJobStatus": "Failed"}) is StateClass.BUSY
    assert class_of(job, {"TrainingJobStatus": "Completed"}) is StateClass.SETTLED
    assert class_of(job, {"TrainingJobStatus": "Failed"}) is StateClass.FAILED
    assert class_of(job, {}) is StateClass.SETTLED
    assert class_of(kinds()["Model"], {"Status": "Failed"}) is StateClass.SETTLED


def test_conditions_hold_when_every_path_has_one_of_its_values() -> None:
    both = {"A.B": ("1", "2"), "C[]": ("x",)}
    assert holds({"A": {"B": "2"}, "C": ["y", "x"]}, both)
    assert not holds({"A": {"B": "2"}, "C": ["y"]}, both)
    assert not holds({"C": ["x"]}, both)
    assert holds({}, {})


def test_a_schedule_is_held_by_its_running_execution_and_a_model_by_nothing() -> None:
    schedule = kinds()["MonitoringSchedule"]
    running = {"LastMonitoringExecutionSummary": {"MonitoringExecutionStatus": "InProgress"}}
    over = {"LastMonitoringExecutionSummary": {"MonitoringExecutionStatus": "Completed"}}
    assert is_held(schedule, running) and not is_held(schedule, over)
    assert not is_held(kinds()["Model"], running)
    assert not lingers(kinds()["Model"], {"warmPoolStatus": {"status": "Available"}})
