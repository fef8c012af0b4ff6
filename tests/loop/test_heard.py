"""What Lists said is not remembered for as long as an object lives."""

from controller.loop.heard import WHILE, Heard
from controller.loop.key import Key

ONE, OTHER = Key("TrainingJob", "ns", "one"), Key("TrainingJob", "ns", "other")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_while_it_is_watched_and_passes_are_made_the_mark_stays() -> None:
    heard = Heard(clock := Clock())
    heard.said(ONE, b"1", {"news": 1})
    assert (heard.mark(ONE), heard.news(ONE)) == (b"1", {"news": 1})
    heard.watched(ONE)
    clock.now += 100 * WHILE
    heard.left(OTHER)
    assert (heard.mark(ONE), heard.news(ONE)) == (b"1", None)


def test_for_a_while_after_a_pass_that_is_to_be_made_again_its_summary_is_still_known() -> None:
    heard = Heard(clock := Clock())
    heard.said(ONE, b"1", {"news": 1})
    heard.left(ONE)
    clock.now += WHILE
    heard.left(ONE)
    assert heard.news(ONE) == {"news": 1}


def test_what_is_not_watched_again_is_forgotten_after_a_while() -> None:
    """Such as an object that failed, or that is settled and that no List tells of."""
    heard = Heard(clock := Clock())
    for key in (ONE, OTHER):
        heard.said(key, b"1", {"news": 1})
    heard.left(ONE)
    clock.now += WHILE / 2
    heard.left(OTHER)
    heard.left(ONE)  # passes over it begin no new while
    clock.now += WHILE / 2 + 1
    heard.left(OTHER)
    assert len(heard) == 1 and heard.mark(ONE) is None and heard.mark(OTHER) == b"1"
    heard.watched(OTHER)
    clock.now += 10 * WHILE
    heard.left(ONE)
    assert heard.mark(OTHER) == b"1", "it is watched again"


def test_what_is_gone_is_forgotten_at_once() -> None:
    heard = Heard(Clock())
    heard.said(ONE, b"1", {"news": 1})
    heard.left(ONE)
    heard.forget(ONE)
    assert len(heard) == 0 and (heard.mark(ONE), heard.news(ONE)) == (None, None)


def test_what_no_list_has_told_of_takes_no_room() -> None:
    heard = Heard(Clock())
    heard.left(ONE)
    assert heard._left == {}
