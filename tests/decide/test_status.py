"""The whole status of an object, and what it says of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from controller.decide import status as status_
from controller.decide.conditions import Row, Verdict, condition
from controller.decide.faults import Fault, Meaning
from controller.kinds.load import kinds
from tests.decide.objects import ARN, declared, status

NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)
THEN = "2026-01-01T00:00:00Z"
SETTLED = Verdict(Row.SETTLED, "Completed", "it is done")
JOB = kinds()["TrainingJob"]


@pytest.mark.parametrize(
    ("kind", "description", "row", "reason"),
    [
        ("TrainingJob", {"TrainingJobStatus": "InProgress"}, Row.BUSY, "InProgress"),
        ("TrainingJob", {"TrainingJobStatus": "Completed"}, Row.SETTLED, "Completed"),
        ("TrainingJob", {"TrainingJobStatus": "Failed"}, Row.FAILED, "Failed"),
        ("TrainingJob", {"TrainingJobStatus": "Stopped"}, Row.STOPPED, "Stopped"),
        ("NotebookInstance", {"NotebookInstanceStatus": "Stopped"}, Row.RESTING, "Stopped"),
        ("NotebookInstance", {"NotebookInstanceStatus": "InService"}, Row.SETTLED, "InService"),
        ("Endpoint", {"EndpointStatus": "OutOfService"}, Row.FAILED, "Failed"),
        ("App", {"Status": "Deleted"}, Row.FAILED, "Gone"),
        ("Model", {}, Row.SETTLED, "Available"),
    ],
)
def test_a_state_has_its_row(kind: str, description: dict[str, Any], row: Row, reason: str) -> None:
    verdict = status_.verdict_of(kinds()[kind], description, advisory="by the way", resolved=True)
    assert (verdict.row, verdict.reason) == (row, reason)
    assert (verdict.advisory, verdict.resolved) == ("by the way", True)


@pytest.mark.parametrize("state", ["Failed", "Stopped"])
def test_what_failed_is_told_in_sagemakers_own_words(state: str) -> None:
    description = {"TrainingJobStatus": state, "FailureReason": "out of memory"}
    assert status_.verdict_of(JOB, description, advisory=None, resolved=None).message == "out of memory"
    silent = status_.verdict_of(JOB, {"TrainingJobStatus": state}, advisory=None, resolved=None)
    assert "TrainingJob" in silent.message and state.lower() in silent.message.lower()


@pytest.mark.parametrize(
    ("advisory", "said"),
    [(None, "Model is there as declared."), ("SageMaker keeps x", "Model is there.")],
)
def test_what_has_no_state_is_said_to_be_as_declared_only_where_it_is(
    advisory: str | None, said: str
) -> None:
    assert status_.verdict_of(kinds()["Model"], {}, advisory=advisory, resolved=None).message == said


def test_an_arn_is_taken_apart() -> None:
    assert status_.metadata_of("arn:aws-cn:sagemaker:cn-north-1:111122223333:model/m:x") == {
        "arn": "arn:aws-cn:sagemaker:cn-north-1:111122223333:model/m:x",
        "ownerAccountID": "111122223333",
        "partition": "aws-cn",
        "region": "cn-north-1",
    }
    assert status_.metadata_of("x") == {"arn": "x", "ownerAccountID": "", "partition": "", "region": ""}


def composed(before: dict[str, Any], **more: Any) -> dict[str, Any]:
    one = declared(status=before, generation=7)
    return status_.compose(one, SETTLED, NOW, **{"arn": None, "description": None, **more})


def test_without_a_description_what_was_shown_is_shown_on() -> None:
    before = {**status("trainingJobStatus", "InProgress"), "secondaryStatus": "Training"}
    made = composed(before)
    assert made["secondaryStatus"] == "Training" and made["trainingJobStatus"] == "InProgress"
    assert made["ackResourceMetadata"] == before["ackResourceMetadata"]
    assert made["observedGeneration"] == 7


def test_with_a_description_what_it_does_not_say_is_gone_but_what_is_others_stays() -> None:
    before = {**status("trainingJobStatus", "InProgress"), "secondaryStatus": "Training", "others": 1}
    made = composed(before, description={"TrainingJobStatus": "Completed"}, arn=ARN)
    assert "secondaryStatus" not in made
    assert made["others"] == 1 and made["trainingJobStatus"] == "Completed"
    assert made["ackResourceMetadata"]["arn"] == ARN


def test_a_status_shows_only_what_the_manifest_cannot_say() -> None:
    said = {"TrainingJobName": "job", "RoleArn": "r", "TrainingJobStatus": "Completed", "CreationTime": NOW}
    assert status_.shown(JOB, said) == {
        "trainingJobStatus": "Completed",
        "creationTime": "2026-01-31T08:00:00Z",
    }


def test_a_run_that_is_over_is_remembered_as_it_was_shown() -> None:
    one = declared(status={"trainingJobStatus": "Failed", "failureReason": "why", "creationTime": THEN})
    assert status_.remembered(one) == {"TrainingJobStatus": "Failed", "FailureReason": "why"}
    assert status_.remembered(declared()) == {}


FAULT = Fault(Meaning.THROTTLED, "Throttling", "slow down")


def test_trouble_beside_what_is_settled_changes_nothing_else() -> None:
    before = status("trainingJobStatus", "Completed", ready="True")
    made = status_.troubled(declared(status=before), status_.held_up(FAULT), NOW)
    assert [c["type"] for c in made["conditions"]] == ["ACK.Recoverable", "Ready"]
    assert made["conditions"][1] == before["conditions"][0]
    said = condition(made, "ACK.Recoverable") or {}
    assert (said["status"], said["reason"], said["message"]) == ("True", "Throttled", "slow down")
    again = status_.troubled(declared(status=made), status_.held_up(FAULT), datetime(2027, 1, 1, tzinfo=UTC))
    assert again == made


@pytest.mark.parametrize("ready", ["True", "False"])
@pytest.mark.parametrize("said", [True, False])
def test_what_is_left_to_another_keeps_its_conditions_and_tells_when_ours_began(
    ready: str, said: bool
) -> None:
    before = status("trainingJobStatus", "InProgress", ready=ready)
    theirs = {"type": "ACK.Recoverable", "status": "True", "lastTransitionTime": THEN}
    one = declared(status={**before, "conditions": [theirs, *before["conditions"]]})
    made = status_.yielded(one, status_.held_up(FAULT), NOW, said=said)
    assert (condition(made, "Ready") or {})["lastTransitionTime"] == THEN, "it is as ready as it was"
    began = (condition(made, "ACK.Recoverable") or {})["lastTransitionTime"]
    assert began == (THEN if said else "2026-01-31T08:00:00Z")


def test_a_settled_object_says_nothing_of_two_faults_in_a_row() -> None:
    assert status_.TROUBLE_AFTER == 3


@pytest.mark.parametrize(
    ("parts", "settled"),
    [
        ({"status": status("trainingJobStatus", "Completed", ready="True")}, True),
        ({"status": status("trainingJobStatus", "Completed", ready="False")}, False),
        ({"status": status("trainingJobStatus", "Completed", ready="True"), "generation": 2}, False),
        ({"status": status("trainingJobStatus", "Completed", ready="True"), "deleting": True}, False),
        ({}, False),
    ],
)
def test_what_is_settled_at_this_generation(parts: dict[str, Any], settled: bool) -> None:
    assert status_.settled_at_this_generation(declared(**parts)) is settled


def test_what_is_stopped_to_be_updated_is_being_updated() -> None:
    noted = {"stoppedByControllerMetadata": "UpdatePending"}
    notebook = declared("NotebookInstance", status=noted)
    for row in (Row.RESTING, Row.SETTLED):
        said = status_.while_stopped(notebook, Verdict(row, "Stopped", "it rests", "by the way", True))
        assert (said.row, said.reason, said.advisory, said.resolved) == (
            Row.BUSY,
            "Updating",
            "by the way",
            True,
        )
    failed = Verdict(Row.FAILED, "Failed", "why")
    assert status_.while_stopped(notebook, failed) == failed
    rests = Verdict(Row.RESTING, "Stopped", "it rests")
    assert status_.while_stopped(declared("NotebookInstance"), rests) == rests
