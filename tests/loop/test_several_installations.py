"""Several installations in one cluster, each with its label selector, as docs/scaling.md splits the work."""

from collections.abc import Callable

import pytest

from tests.loop.test_little_talk import JOB, MODEL
from tests.loop.world import World, condition, has_arn, is_ready

Make = Callable[..., World]
READS = ("Describe", "List", "Get")


@pytest.fixture
def halves(world: Make) -> tuple[World, World]:
    """Two installations that share a namespace, a cluster and an account, and split the objects between them."""
    one = world(watch_selectors="part=a", simulation={"durations": {"TrainingJob": 3600}})
    return one, world(beside=one, watch_selectors="part=b")


def creates(made: World) -> list[str]:
    """The names of what was created, in order."""
    calls = made.control.calls()
    return [call["name"] for call in calls if call["operation"].startswith("Create")]


def test_each_cares_for_its_own_and_costs_nothing_twice(halves: tuple[World, World]) -> None:
    one, other = halves
    for number in range(10):
        one.apply("TrainingJob", f"j{number}", JOB, labels={"part": "ab"[number % 2]})
    one.apply("TrainingJob", "nobody", JOB)
    for number in range(10):
        one.until("TrainingJob", f"j{number}", has_arn)
    one.rest()
    other.rest()
    assert sorted(creates(one)) == [f"j{number}" for number in range(10)]
    assert one.get("TrainingJob", "nobody") and not has_arn(one.get("TrainingJob", "nobody") or {})
    assert one.passes()["TrainingJob"] and other.passes()["TrainingJob"]


def test_what_is_labelled_anew_changes_hands_and_nothing_is_made_or_changed(
    halves: tuple[World, World],
) -> None:
    one, _ = halves
    one.apply("Model", "m", MODEL, labels={"part": "a"})
    one.until("Model", "m", is_ready)
    one.rest()
    one.control.forget_calls()
    one.patch("Model", "m", {"metadata": {"labels": {"part": "b"}}})
    one.stop()
    one.delete("Model", "m")
    one.until_gone("Model", "m")
    mutating = [call["operation"] for call in one.control.calls() if not call["operation"].startswith(READS)]
    assert mutating == ["DeleteModel"]


def test_a_reference_does_not_reach_into_another_part(halves: tuple[World, World]) -> None:
    one, _ = halves
    variant = {"variantName": "v", "initialInstanceCount": 1, "instanceType": "ml.m5.large"}
    one.apply("Model", "m", MODEL, labels={"part": "a"})
    one.until("Model", "m", is_ready)
    config = {"productionVariants": [variant | {"modelRef": {"from": {"name": "m"}}}]}
    one.apply("EndpointConfig", "e", config, labels={"part": "b"})
    waiting = one.until("EndpointConfig", "e", lambda obj: bool(condition(obj, "Ready")))
    assert condition(waiting, "Ready")["message"].endswith("/m is not there yet")
    one.patch("EndpointConfig", "e", {"metadata": {"labels": {"part": "a"}}})
    one.until("EndpointConfig", "e", is_ready)
