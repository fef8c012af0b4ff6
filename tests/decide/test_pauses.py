"""When somebody tries again."""

import pytest

from controller.decide import pauses
from controller.decide.faults import Fault, Meaning

LOST = Fault(Meaning.UNKNOWN, "ReadTimeout", "no answer")
MISSING = Fault(Meaning.ELSEWHERE, "ValidationException", "no such role")


@pytest.mark.parametrize(
    ("meaning", "seconds", "enough"),
    [
        (Meaning.ELSEWHERE, 61, True),
        (Meaning.LIMIT, 61, True),
        (Meaning.DENIED, 61, True),
        (Meaning.BUSY, 61, True),
        (Meaning.ELSEWHERE, 60, False),
        (Meaning.UNKNOWN, 61, False),  # SageMaker has said nothing of the update yet
        (Meaning.THROTTLED, 1800, False),
        (Meaning.UNKNOWN, 1801, True),
    ],
)
def test_nothing_stands_still_for_long_for_an_update_that_is_refused(
    meaning: Meaning, seconds: float, enough: bool
) -> None:
    assert pauses.stood_long_enough(Fault(meaning, "Code", "text"), seconds, 1800.0) is enough


@pytest.mark.parametrize(
    ("fault", "attempt", "pause"),
    [
        (LOST, 1, 1),
        (LOST, 2, 2),
        (LOST, 3, 4),
        (LOST, 9, 256),
        (LOST, 10, 512),
        (LOST, 11, 600),
        (LOST, 5000, 600),
        (MISSING, 1, 5),
        (MISSING, 2, 10),
        (MISSING, 7, 320),
        (MISSING, 8, 600),
        (MISSING, 5000, 600),
    ],
)
def test_each_fault_in_a_row_doubles_the_pause_up_to_ten_minutes(
    fault: Fault, attempt: int, pause: float
) -> None:
    assert pauses.after_fault(fault, attempt, 0.5) == pause


@pytest.mark.parametrize("meaning", [Meaning.THROTTLED, Meaning.NETWORK, Meaning.UNKNOWN])
def test_what_may_be_over_in_a_moment_is_tried_again_after_one(meaning: Meaning) -> None:
    assert pauses.after_fault(Fault(meaning, "", ""), 1, 0.5) == 1


@pytest.mark.parametrize(
    "meaning", sorted(set(Meaning) - {Meaning.THROTTLED, Meaning.NETWORK, Meaning.UNKNOWN}, key=str)
)
def test_what_somebody_has_to_mend_is_left_for_five_seconds(meaning: Meaning) -> None:
    assert pauses.after_fault(Fault(meaning, "", ""), 1, 0.5) == 5


def test_what_was_called_awaits_no_turn() -> None:
    assert Fault(Meaning.UNKNOWN, "", "").wait == 0.0


def test_the_pauses_of_many_objects_are_spread_a_quarter_either_way() -> None:
    assert pauses.after_fault(LOST, 3, 0.0) == 3
    assert pauses.after_fault(LOST, 3, 1.0) == 5


def test_what_is_being_deleted_is_tried_again_within_half_a_minute() -> None:
    assert pauses.after_fault(MISSING, 100, 0.5, deleting=True) == 30
    assert pauses.after_fault(LOST, 1, 0.5, deleting=True) == 1


@pytest.mark.parametrize(("count", "pause"), [(1, 5), (2, 10), (7, 320), (8, 600), (5000, 600)])
def test_an_update_that_failed_in_passing_is_sent_again_ever_more_seldom(count: int, pause: float) -> None:
    assert pauses.before_retry(count) == pause


def test_a_person_is_told_to_act_after_half_an_hour_if_nothing_else_is_set() -> None:
    assert pauses.TERMINAL_AFTER == 30 * 60
