"""When to try again: from a fault to seconds. Time and jitter are arguments. When to look again is in periods.py."""

from controller.decide.faults import Fault, Meaning
from controller.decide.periods import LONGEST_BUSY

FIRST_RETRY = 5.0  # seconds; design §4, errors about something else
LONGEST_RETRY = 600.0  # seconds
TERMINAL_AFTER = (
    1800.0  # seconds that something else may be missing before a person is told to act; design §4
)

# Seconds that somebody's work stands still at the most for an update that is refused. IAM and quotas are eventually consistent
# and mostly known everywhere within one; the tries at 0, 5, 15, 35 and 75 s are five.
STANDING_STILL = 60.0
# What SageMaker said of the update itself. All else may be about the way to SageMaker, and stands in the way of a start as well.
_OF_THE_UPDATE = frozenset({Meaning.ELSEWHERE, Meaning.BUSY, Meaning.LIMIT, Meaning.DENIED})


def stood_long_enough(fault: Fault, seconds: float, terminal_after: float) -> bool:
    """Whether what was stopped for an update is to be started again, after ``seconds`` of the same refusal."""
    return seconds > (
        min(STANDING_STILL, terminal_after) if fault.meaning in _OF_THE_UPDATE else terminal_after
    )


def after_fault(fault: Fault, attempt: int, jitter: float, *, deleting: bool = False) -> float:
    """Seconds until the next try after the ``attempt``-th fault in a row (from 1); ``jitter`` is in [0, 1).

    Somebody waits for the end of what is being deleted, a namespace perhaps: that is tried again within half a minute.
    """
    first = 1.0 if fault.meaning in {Meaning.THROTTLED, Meaning.NETWORK, Meaning.UNKNOWN} else FIRST_RETRY
    # 2 ** 10 already exceeds the longest pause from any first one
    wait: float = min(first * 2 ** min(attempt - 1, 10), LONGEST_RETRY)
    spread = wait * (0.75 + 0.5 * jitter)
    return min(spread, LONGEST_BUSY) if deleting else spread


def before_retry(count: int) -> float:
    """Seconds from when an update was seen to have failed in passing for the ``count``-th time until it is sent again."""
    return min(FIRST_RETRY * 2.0 ** min(count - 1, 10), LONGEST_RETRY)
