"""When somebody looks again."""

import pytest

from controller.decide import pauses
from controller.decide.faults import Fault, Meaning
from controller.kinds.load import kinds

LOST = Fault(Meaning.UNKNOWN, "ReadTimeout", "no answer")
MISSING = Fault(Meaning.ELSEWHERE, "ValidationException", "no such role")
RESYNC = 36000.0


@pytest.mark.parametrize(
    ("age", "pause"), [(0, 1), (3, 1), (4, 1), (8, 2), (60, 15), (119, 29.75), (120, 30), (86400, 30)]
)
def test_the_longer_it_works_the_more_seldom_it_is_looked_at(age: float, pause: float) -> None:
    assert pauses.while_busy(age) == pause


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


@pytest.mark.parametrize(
    ("kind", "state", "pause"),
    [
        ("Model", None, 9000),  # without states: at its own moment of the drift period
        ("Endpoint", None, 9000),
        ("Endpoint", "InService", 60),
        ("Endpoint", "Failed", 60),  # it may be mended, or deleted, by somebody else
        ("TrainingJob", "Completed", None),
        ("TrainingJob", "Failed", None),
        ("TrainingJob", "Stopped", None),
        ("ModelPackage", "Completed", 9000),
    ],
)
def test_what_rests_is_looked_at_in_its_own_time(kind: str, state: str | None, pause: float | None) -> None:
    assert pauses.after_settling(kinds()[kind], state, RESYNC, 0.25) == pause


def test_nothing_is_looked_at_more_often_than_every_second_nor_less_often_than_an_installation_asks() -> None:
    assert pauses.after_settling(kinds()["Model"], None, RESYNC, 0.0) == 1
    assert pauses.after_settling(kinds()["ModelPackage"], "Completed", RESYNC, 0.0) == 1
    assert pauses.after_settling(kinds()["Endpoint"], "InService", 20.0, 0.25) == 20
    assert pauses.after_settling(kinds()["TrainingSession"], "Running", 20.0, 0.25) == 20
    assert pauses.after_settling(kinds()["TrainingSession"], "Running", RESYNC, 0.25) == 60


def test_an_objects_moment_is_fixed_on_the_wall_clock() -> None:
    assert pauses.drift_phase(1_000_030, 1_000_000.0, 100.0) == pytest.approx(0.3)
    assert pauses.drift_phase(30, 60.0, 100.0) == pytest.approx(0.7)
    assert pauses.drift_phase(30, 30.0, 100.0) == 0.0
    assert pauses.drift_phase(7, 0.0, 0.5) == 0.0  # a period below a second has one moment
