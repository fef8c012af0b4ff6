"""A wish that SageMaker never shows is not sent for ever; drift of what it once showed is set right each time."""

from typing import Any

import pytest

from controller.decide import applied
from controller.decide.applied import MOST_TIMES, mark, was_sent
from controller.decide.compare import Difference
from controller.decide.updates import under_way
from controller.kinds.load import kinds
from tests.decide.test_plan import SERVING


def difference(wished: Any, shown: Any) -> Difference:
    return Difference("Description", wished, shown, {"Description": wished})


def test_what_was_sent_and_changed_nothing_is_not_sent_again() -> None:
    record = mark(difference("new", "old"))
    assert was_sent(difference("new", "old"), record)


def test_another_wish_is_sent() -> None:
    record = mark(difference("new", "old"))
    assert not was_sent(difference("newer", "old"), record)
    assert not was_sent(difference("new", "old"), None)


@pytest.mark.parametrize("most", [1, MOST_TIMES, 5])
def test_what_comes_out_otherwise_each_time_is_sent_a_few_times(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applied, "MOST_TIMES", most)
    record, sent = None, 0
    for number in range(10):
        one = difference("new", f"spelling {number}")
        if not was_sent(one, record):
            record, sent = mark(one, record), sent + 1
    assert sent == most


def test_another_wish_counts_anew() -> None:
    record = None
    for number in range(MOST_TIMES):
        record = mark(difference("new", number), record)
    record = mark(difference("newer", 0), record)
    assert not was_sent(difference("newer", 1), record)


def test_what_was_changed_is_under_way_in_a_state_of_its_kind_if_there_is_one_that_says_so() -> None:
    assert under_way(kinds()["Endpoint"], SERVING) == {**SERVING, "EndpointStatus": "Updating"}
    assert under_way(kinds()["Model"], {"ModelName": "m"}) == {"ModelName": "m"}
    job = {"TrainingJobStatus": "InProgress"}
    assert under_way(kinds()["TrainingJob"], job) == job
