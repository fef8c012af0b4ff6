"""A controller that is killed, or loses an answer, at any boundary of any kind's life leaves nothing behind and makes nothing twice.

The boundaries are those of a rehearsal: before and after each call that changes something, before each that reads.
"""

import functools
import itertools
import logging
from collections.abc import Iterable, Iterator, Mapping

import pytest

from tests.crash.assembly import KINDS
from tests.crash.cloud import SPOILT
from tests.crash.lives import Stage, end, lead, nothing_left, one_and_only, settled, stage

# Seconds between a kill and the next controller: a restart in place, and a lease that had to run out.
DOWN = (1.0, 20.0)
# Boundaries between two kills in a row: of each two, at every other boundary, which with 68 kinds is all of them everywhere.
APART = ((1, 3), (2, 5))
each_kind = pytest.mark.parametrize("name", list(KINDS))


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    """Tens of thousands of passes say nothing."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@functools.cache
def staged(name: str) -> Stage:
    """One SageMaker a kind, with what its request refers to."""
    return stage(name)


@functools.cache
def boundaries(name: str) -> tuple[str, ...]:
    """What is crossed in a whole life."""
    on = staged(name)
    on.rig.clean()
    lead(on, on.name())
    return tuple(on.rig.crossed)


@functools.cache
def birth(name: str) -> int:
    """How many boundaries there are until it is settled for the first time."""
    on = staged(name)
    on.rig.clean()
    mine = on.name()
    on.rig.apply(on.kind, mine, on.spec(mine))
    on.rig.until(lambda: settled(on.rig, on.kind, mine), "created")
    return len(on.rig.crossed)


def begin(on: Stage, mishaps: Mapping[int, str], down: float) -> str:
    """A new life, and what will happen in it."""
    on.rig.clean()
    on.rig.mishaps = dict(mishaps)
    on.rig.down = down
    on.rig.trail.append(f"{on.kind.name} {dict(mishaps)}, {down} s down:")
    return on.name()


def in_turn(name: str, at: int) -> str:
    """One of the answers that are none."""
    return tuple(SPOILT)[(at + len(name)) % len(SPOILT)]


def spoilt(on: Stage, at: int, crossed: str) -> Iterable[str]:
    """What comes instead of answers there: of Create's whatever there is, of other calls one thing in turn."""
    if crossed == f"after {on.kind.verbs.create}":
        return SPOILT
    is_call = crossed.startswith("after ") and not crossed.endswith("write")
    return (in_turn(on.kind.name, at),) if is_call else ()


@each_kind
def test_killed_once(name: str) -> None:
    on, missed = staged(name), 0
    for at in range(1, len(boundaries(name)) + 1):
        # how long nobody was there matters to a Create; later on one of both in turn
        for down in DOWN if at <= birth(name) else (DOWN[at % 2],):
            lead(on, begin(on, {at: "kill"}, down))
            # NB: each object has moments of its own for looks, so that one life may have a look more than the rehearsal
            assert on.rig.restarts == (at <= len(on.rig.crossed))
            missed += 1 - on.rig.restarts
    assert missed <= 1


@each_kind
def test_killed_twice_in_a_row(name: str) -> None:
    on = staged(name)
    for at in range(1, len(boundaries(name)) + 1):
        for apart, down in zip(APART[at % 2], DOWN, strict=True):
            lead(on, begin(on, {at: "kill", at + apart: "kill"}, down))


@each_kind
def test_an_answer_is_lost(name: str) -> None:
    on = staged(name)
    for at, crossed in enumerate(boundaries(name), 1):
        lead(on, begin(on, {at: "lose"}, 0))
        lead(on, begin(on, {at: "lose", at + 1: "kill"}, 1))
        for mishap in spoilt(on, at, crossed):
            lead(on, begin(on, {at: mishap}, 0))


@each_kind
def test_killed_while_lists_lag(name: str) -> None:
    on = staged(name)
    on.rig.sagemaker.settings.change({"list_delay": 10.0})
    try:
        for at in range(1, birth(name) + 1):
            again = at + 2
            for mishaps in (
                {at: "kill"},
                {at: "kill", again: "kill"},
                {at: "lose"},
                {at: "lose", again: "kill"},
                {at: in_turn(name, at)},
            ):
                mine = begin(on, mishaps, 1)
                on.rig.apply(on.kind, mine, on.spec(mine))
                on.rig.until(lambda: settled(on.rig, on.kind, mine), "created")  # noqa: B023
                on.rig.rest(60)
                one_and_only(on)
    finally:
        on.rig.sagemaker.settings.change({"list_delay": 0.0})


@each_kind
def test_killed_and_deleted_before_the_next_controller_came(name: str) -> None:
    on = staged(name)
    for at, down in itertools.product(range(1, birth(name) + 1), DOWN):
        for mishap in ({at: "kill"}, {at: "lose", at + 1: "kill"}):
            mine = begin(on, mishap, down)
            on.rig.while_down = functools.partial(on.rig.delete, on.kind, mine)
            on.rig.apply(on.kind, mine, on.spec(mine))
            on.rig.until(lambda: on.rig.restarts > 0 or settled(on.rig, on.kind, mine), "begun")  # noqa: B023
            on.rig.delete(on.kind, mine)
            on.rig.until(lambda: on.rig.get(on.kind, mine) is None, "deleted")  # noqa: B023
            on.rig.rest(300)
            nothing_left(on)
            assert len(on.rig.made.get(name, ())) <= 1, on.rig.story()


@pytest.mark.parametrize("name", [n for n, k in KINDS.items() if k.lifecycle == "run"])
def test_a_run_that_vanished_is_not_run_again(name: str) -> None:
    """Wherever the controller is killed in finding out, and whether the run had ended or not."""
    on = staged(name)
    for at, ended in itertools.product(range(6), (True, False)):
        mine = begin(on, {}, 1)
        on.rig.apply(on.kind, mine, on.spec(mine))
        on.rig.until(lambda: bool(_arn(on, mine)), "created")  # noqa: B023
        if ended:
            on.rig.until(lambda: settled(on.rig, on.kind, mine), "settled")  # noqa: B023
        on.rig.rest(60)  # longer than SageMaker may not know of what it has just made
        for resource in on.rig.resources(on.kind):
            on.rig.sagemaker.store.remove(resource)
        if at:
            on.rig.mishaps = {len(on.rig.crossed) + at: "kill"}
        on.rig.edit(on.kind, mine, {"metadata": {"annotations": {"somebody": "asks"}}})
        on.rig.rest(600)
        assert on.rig.resources(on.kind) == [], on.rig.story()
        assert len(on.rig.made[name]) == 1, on.rig.story()
        end(on, mine)


def _arn(on: Stage, name: str) -> str:
    obj = on.rig.get(on.kind, name) or {}
    return str(((obj.get("status") or {}).get("ackResourceMetadata") or {}).get("arn", ""))
