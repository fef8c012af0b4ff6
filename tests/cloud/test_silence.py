"""Who may call a place of which nobody knows whether it answers, and one of which it is known that it does not."""

import math

from controller.cloud.session import Place
from controller.cloud.silence import APART, DOUBTED, FRESH, TRIAL, Silence

PLACE, OTHER = Place("eu-west-1"), Place("us-east-1")


class Scene:
    """A clock, and what is known by it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.silence = Silence(lambda: self.now)

    def begin(self, count: int) -> list[float]:
        return [self.silence.begin(PLACE) for _ in range(count) if self.silence.wait(PLACE) == 0.0]

    def end(self, began: float, answered: bool | None) -> None:
        self.silence.ended(PLACE, began, answered)


def test_few_may_try_a_place_at_first_and_all_once_it_has_answered() -> None:
    scene = Scene()
    calls = scene.begin(16)
    assert len(calls) == TRIAL and 0 < scene.silence.wait(PLACE) < 1
    assert scene.silence.wait(OTHER) == 0
    scene.end(calls.pop(), answered=True)
    assert len(scene.begin(16)) == 16
    scene.now += FRESH + 1  # those under way are as old, and it has said nothing since
    assert 0 < scene.silence.wait(PLACE) < math.inf


def test_a_place_that_hesitates_gets_no_more_than_it_has() -> None:
    scene = Scene()
    (first,) = scene.begin(1)
    scene.end(first, answered=True)
    scene.now += 1
    assert len(scene.begin(TRIAL)) == TRIAL
    scene.now += DOUBTED + 0.1
    assert 0 < scene.silence.wait(PLACE) < math.inf


def test_a_silent_place_is_tried_with_one_call_at_a_time_until_it_answers() -> None:
    scene = Scene()
    (first,) = scene.begin(1)
    scene.now += 10
    scene.end(first, answered=False)
    (call,) = scene.begin(16)
    scene.now += 5
    assert math.isinf(scene.silence.wait(PLACE))
    scene.end(call, answered=False)
    (call,) = scene.begin(16)
    scene.end(call, answered=False)
    assert math.isinf(scene.silence.wait(PLACE)), "it was tried just now"
    scene.now += APART
    (call,) = scene.begin(16)
    scene.end(call, answered=True)
    assert len(scene.begin(16)) == 16


def test_one_call_that_takes_too_long_beside_others_that_are_answered_says_nothing() -> None:
    scene = Scene()
    slow, quick = scene.begin(2)
    scene.now += 9
    scene.end(quick, answered=True)
    scene.now += 1
    scene.end(slow, answered=False)
    assert len(scene.begin(16)) == 16


def test_what_was_not_sent_says_nothing() -> None:
    scene = Scene()
    (call,) = scene.begin(1)
    scene.end(call, answered=None)
    assert not math.isinf(scene.silence.wait(PLACE)) and len(scene.begin(16)) == TRIAL
