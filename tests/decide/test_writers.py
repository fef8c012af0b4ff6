"""Whose write counts as that of a second controller, and for how long."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from controller.decide.actions import Show, Yield
from controller.decide.plan import plan
from controller.decide.situation import Seen, Situation
from controller.decide.writers import ILLEGIBLE, QUIET, SOLE_ANNOTATION, Rival, rival
from controller.kinds.load import kinds
from controller.kinds.names import key_of
from tests.decide.objects import declared, status

OURS = "sagemaker-operators@ack-system"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
BOTH = ("conditions", "ackResourceMetadata")
SAID = {
    "type": "ACK.Recoverable",
    "status": "True",
    "reason": "SecondWriter",
    "message": "somebody else",
    "lastTransitionTime": "2026-01-01T11:00:30Z",
}

ENDED = status("trainingJobStatus", "Completed", ready="True")


def wrote(manager: str, time: str, *fields: str, subresource: str = "status") -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": "Update",
        "subresource": subresource,
        "time": f"2026-01-01T{time}Z",
        "fieldsV1": {"f:status": {f"f:{name}": {} for name in fields}},
    }


FIRST = wrote(OURS, "11:00:00", "trainingJobStatus")

# What managedFields has, and whether somebody else is at work.
EXAMPLES: dict[str, tuple[list[dict[str, Any]], bool]] = {
    "after us": ([FIRST, wrote("controller", "11:00:01", *BOTH)], True),
    "after us, only the ARN": ([FIRST, wrote("controller", "11:00:01", "ackResourceMetadata")], True),
    "before us: the switch from it": ([wrote("controller", "10:59:59", *BOTH), FIRST], False),
    "alone: the switch from it, too": ([wrote("controller", "11:00:01", *BOTH)], False),
    "in the same second, and its conditions stand": (
        [FIRST, wrote("controller", "11:00:00", *BOTH)],
        True,
    ),
    "in the same second, and ours stand": (
        [wrote(OURS, "11:00:00", "conditions"), wrote("controller", "11:00:00", "ackResourceMetadata")],
        False,
    ),
    "another installation of ours": (
        [FIRST, wrote("sagemaker-operators@elsewhere", "11:30:00", *BOTH)],
        True,
    ),
    "another replica of ours": ([FIRST, wrote(OURS, "11:30:00", *BOTH)], False),
    "somebody who wrote neither": ([FIRST, wrote("kubectl-edit", "11:00:01", "trainingJobStatus")], False),
    "somebody who wrote no status": ([FIRST, wrote("argocd", "11:00:01", *BOTH, subresource="")], False),
    "long ago": ([wrote(OURS, "01:00:00", "x"), wrote("controller", "01:43:20", *BOTH)], False),
    "not so long ago": ([wrote(OURS, "01:00:00", "x"), wrote("controller", "01:43:21", *BOTH)], True),
    "a time that is none": ([FIRST, {**wrote("controller", "11:00:01", *BOTH), "time": "soon"}], False),
}


def found(entries: list[dict[str, Any]], **parts: Any) -> Rival | None:
    parts = {"held": True, "status": status("trainingJobStatus", "InProgress"), **parts}
    return rival(declared(**parts), entries, OURS, float(QUIET), NOW)


@pytest.mark.parametrize("example", list(EXAMPLES))
def test_whose_write_counts(example: str) -> None:
    entries, counts = EXAMPLES[example]
    assert (found(entries) is not None) is counts


def test_it_says_who_and_what_to_do() -> None:
    other = found([FIRST, wrote("controller", "11:00:01", *BOTH)])
    assert other is not None and other.quiet_in == QUIET - 3599 and not other.said
    for word in ('"controller"', "2026-01-01T11:00:01Z", "nothing is created", "stop it", SOLE_ANNOTATION):
        assert word in other.message


def test_of_several_it_names_the_last() -> None:
    other = found([FIRST, wrote("a", "11:00:02", *BOTH), wrote("b", "11:00:01", "ackResourceMetadata")])
    assert other is not None and '"a"' in other.message


def test_a_status_that_somebody_has_stripped_was_written_by_nobody() -> None:
    """The API server puts the CRD's default there, and the list in it is the stripper's."""
    entries = [FIRST, wrote("kubectl-patch", "11:00:01", "conditions", "observedGeneration")]
    assert found(entries, status={"observedGeneration": -1, "conditions": []}) is None


def test_our_own_statement_outlives_our_writing_it() -> None:
    shown = {**status("trainingJobStatus", "InProgress"), "conditions": [SAID]}
    written = [wrote(OURS, "11:00:30", "conditions"), wrote("controller", "11:00:01", "ackResourceMetadata")]
    other = found(written, status=shown)
    assert other == Rival("somebody else", QUIET - 3570.0, said=True)
    again = found([*written, wrote("controller", "11:50:00", *BOTH)], status=shown)
    assert again is not None and again.quiet_in == QUIET - 600  # its silence begins anew


@pytest.mark.parametrize(
    ("since", "goes_on"), [("11:00:30", True), ("11:00:29", False), ("23:00:00", True), ("", False)]
)
def test_who_says_that_it_was_stopped_is_believed(since: str, goes_on: bool) -> None:
    shown = {**status("trainingJobStatus", "InProgress"), "conditions": [SAID]}
    annotations = {SOLE_ANNOTATION: f"2026-01-01T{since}Z" if since else "since yesterday"}
    entries = [wrote(OURS, "11:00:30", "conditions")]
    assert (found(entries, status=shown, annotations=annotations) is None) is goes_on


def test_a_time_that_is_none_is_said_once_and_taken_back() -> None:
    odd = {SOLE_ANNOTATION: "since yesterday"}
    entries = [wrote(OURS, "11:00:30", "conditions")]
    shown = {**status("trainingJobStatus", "InProgress"), "conditions": [SAID]}
    first = found(entries, status=shown, annotations=odd)
    assert first == Rival(f"somebody else{ILLEGIBLE}", QUIET - 3570.0, said=True, anew=True)
    told = {**shown, "conditions": [{**SAID, "message": first.message}]}
    assert found(entries, status=told, annotations=odd) == replace(first, anew=False)
    assert found(entries, status=told) == Rival("somebody else", QUIET - 3570.0, said=True, anew=True)
    new = found([FIRST, wrote("controller", "11:00:01", *BOTH)], annotations=odd)
    assert new is not None and new.message.endswith(ILLEGIBLE) and not new.said


def test_a_time_that_is_none_is_said_though_nobody_else_writes() -> None:
    one = declared(held=True, status=ENDED, annotations={SOLE_ANNOTATION: "since yesterday"})
    said = plan(Situation(one, {}, seen=Seen({"TrainingJobStatus": "Completed"})))
    assert said == Show(ILLEGIBLE.removeprefix("; "))


def test_it_can_be_turned_off() -> None:
    entries = [FIRST, wrote("controller", "11:00:01", *BOTH)]
    one = declared(held=True, status=status("trainingJobStatus", "InProgress"))
    assert rival(one, entries, OURS, 0.0, NOW) is None


COMPLETED = ENDED
ENDPOINT = status("endpointStatus", "InService", ready="True")
OTHER = Rival("somebody else", 10.0, said=False)

# Whether an object is left to the other controller.
LEFT: dict[str, tuple[Situation, bool]] = {
    "one to be created": (Situation(declared(spec={}), {}, rival=OTHER), True),
    "one that serves": (
        Situation(declared("Endpoint", spec={}, held=True, status=ENDPOINT), {}, rival=OTHER),
        True,
    ),
    "one to be deleted": (
        Situation(
            declared("Endpoint", deleting=True, held=True, status=ENDPOINT), {}, rival=OTHER, seen=Seen({})
        ),
        True,
    ),
    "a retained one to be deleted": (
        Situation(
            declared("Endpoint", deleting=True, held=True, status=ENDPOINT), {}, rival=OTHER, retain=True
        ),
        False,
    ),
    "a job that has ended, of which nobody asks anything": (
        Situation(declared(spec={}, held=True, status=COMPLETED), {}, rival=OTHER),
        False,
    ),
    "an ended job that is edited": (
        Situation(declared(spec={}, held=True, generation=2, status=COMPLETED), {}, rival=OTHER),
        True,
    ),
    "an ended job to be deleted, which takes no call": (
        Situation(declared(deleting=True, held=True, status=COMPLETED), {}, rival=OTHER),
        False,
    ),
}


RUNS_THAT_END = [
    kind.name for kind in kinds().values() if kind.lifecycle == "run" and kind.states is not None
]


@pytest.mark.parametrize("name", RUNS_THAT_END)
def test_the_end_of_a_run_that_is_over_is_left_to_another_where_it_takes_a_call(name: str) -> None:
    kind = kinds()[name]
    assert kind.states is not None
    over = next(state for state in kind.states.classes if kind.states.ended(state))
    ended = status(key_of(str(kind.status)), over, ready="True")
    one = declared(name, deleting=True, held=True, status=ended)
    chosen = plan(Situation(one, {}, rival=OTHER, looked=True, seen=Seen({str(kind.status): over})))
    assert isinstance(chosen, Yield) is (kind.end_with in {"delete", "stop-delete"})


@pytest.mark.parametrize("example", list(LEFT))
def test_what_is_left_to_another_controller(example: str) -> None:
    situation, left = LEFT[example]
    assert (plan(situation) == Yield("somebody else", 10.0, False)) is left
