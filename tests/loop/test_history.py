"""How long an update that failed for SageMaker's own reasons waits to be sent again."""

from datetime import UTC, datetime, timedelta

from controller.decide.pauses import LONGEST_RETRY, before_retry
from controller.loop.history import History
from controller.loop.key import Key

KEY = Key("Endpoint", "team", "e")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_each_failure_waits_longer_and_an_edit_starts_afresh() -> None:
    history, waits = History(), []
    for tried in range(12):
        history.sent(KEY, 1)
        waits.append(before_retry(history.failed_in_passing(KEY, 1, NOW + timedelta(hours=tried)).count))
    assert waits[:4] == [5.0, 10.0, 20.0, 40.0] and waits[-1] == LONGEST_RETRY
    history.sent(KEY, 2)
    assert history.failed_in_passing(KEY, 2, NOW).count == 1


def test_looking_again_does_not_put_the_next_try_off() -> None:
    history = History()
    history.sent(KEY, 1)
    first = history.failed_in_passing(KEY, 1, NOW)
    again = history.failed_in_passing(KEY, 1, NOW + timedelta(seconds=4))
    assert again == first and first.failed == NOW


def test_a_new_process_waits_as_after_a_first_failure() -> None:
    assert History().failed_in_passing(KEY, 1, NOW).count == 1
