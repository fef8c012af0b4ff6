"""As fast as SageMaker allows, found out from what it refuses; nobody sleeps, nobody is forgotten."""

import pytest

from controller.cloud.pacing import LONGEST, OPEN, SLOWEST, Pacing
from controller.cloud.session import Place

HERE, THERE = Place("us-east-1", ""), Place("eu-west-1", "")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Service:
    """Allows so many calls a second, a second's worth at once, as SageMaker's own buckets do."""

    def __init__(self, rate: float) -> None:
        self.rate, self.tokens, self.at = rate, rate, 0.0
        self.refused = self.answered = 0

    def takes(self, now: float) -> bool:
        self.tokens = min(self.tokens + (now - self.at) * self.rate, self.rate)
        self.at = now
        if self.tokens < 1:
            self.refused += 1
            return False
        self.tokens -= 1
        self.answered += 1
        return True


def drive(pacing: Pacing, clock: Clock, service: Service, callers: int, seconds: float) -> int:
    """Callers who each call, and call again, as often as they are let; how often they were sent away."""
    due = dict.fromkeys(range(callers), clock.now)
    end, sent_away = clock.now + seconds, 0
    while (soonest := min(due.values())) < end:
        clock.now = max(clock.now, soonest)
        one = min(due, key=lambda name: due[name])
        wait = pacing.admit(HERE, "DescribeTrainingJob")
        if wait:
            sent_away += 1
            due[one] = clock.now + wait
        elif service.takes(clock.now):
            due[one] = clock.now + 0.001
        else:
            pacing.throttled(HERE, "DescribeTrainingJob")
            due[one] = clock.now + 1.0
    return sent_away


def test_nothing_is_held_back_before_anything_was_refused() -> None:
    pacing = Pacing(clock=Clock())
    assert [pacing.admit(HERE, "CreateTrainingJob") for _ in range(1000)] == [0.0] * 1000


def test_it_comes_to_the_rate_that_is_allowed() -> None:
    clock, service = Clock(), Service(5.0)
    pacing = Pacing(clock=clock)
    drive(pacing, clock, service, callers=50, seconds=60)
    before = service.refused, service.answered
    drive(pacing, clock, service, callers=50, seconds=120)
    refused, answered = service.refused - before[0], service.answered - before[1]
    assert answered > 0.75 * 5 * 120
    assert refused < 0.1 * answered


def test_who_is_sent_away_comes_in_turn_and_seldom_in_vain() -> None:
    clock, service = Clock(), Service(5.0)
    pacing = Pacing(clock=clock)
    drive(pacing, clock, service, callers=50, seconds=60)
    before = service.answered
    sent_away = drive(pacing, clock, service, callers=50, seconds=120)
    assert sent_away < 3 * (service.answered - before)


def test_one_operation_and_one_place_do_not_slow_another() -> None:
    pacing = Pacing(clock=Clock())
    pacing.throttled(HERE, "DescribeTrainingJob")
    pacing.admit(HERE, "DescribeTrainingJob")
    assert pacing.admit(HERE, "DescribeTrainingJob") > 0
    assert pacing.admit(HERE, "CreateTrainingJob") == 0
    assert pacing.admit(THERE, "DescribeTrainingJob") == 0


def test_refusals_of_calls_that_were_under_way_together_count_once() -> None:
    clock = Clock()
    pacing = Pacing(clock=clock)
    for _ in range(20):
        pacing.admit(HERE, "x")
    for _ in range(20):
        pacing.throttled(HERE, "x")
    assert pacing.rates() == {("us-east-1", "x"): pytest.approx(14.0)}


def test_it_is_open_again_in_the_end() -> None:
    clock = Clock()
    pacing = Pacing(clock=clock)
    pacing.throttled(HERE, "x")
    clock.now += OPEN / 0.25
    assert pacing.rates() == {}


def test_it_never_stands_still() -> None:
    clock = Clock()
    pacing = Pacing(clock=clock)
    for _ in range(100):
        clock.now += 1.1
        pacing.throttled(HERE, "x")
    assert pacing.rates()["us-east-1", "x"] >= SLOWEST
    assert all(pacing.admit(HERE, "x") <= LONGEST for _ in range(500))


def test_a_rate_that_is_set_is_never_exceeded() -> None:
    clock, service = Clock(), Service(1000.0)
    pacing = Pacing(2.0, clock)
    drive(pacing, clock, service, callers=20, seconds=100)
    assert 190 <= service.answered <= 203
