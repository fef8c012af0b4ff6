"""A service that answers an Update and keeps another value, or the old one: it is not asked for ever, and people are told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from controller.decide.applied import MOST_TIMES
from controller.kinds.names import key_of
from scripts.control_plane.plane import ControlPlane
from tests.loop.edit_walk import Found, Outcome, Walk
from tests.loop.edits import KINDS, UPDATED, Step, steps
from tests.loop.world import World

# What the service does with an Update (simulator/faults.py): nothing; or it keeps every text in another spelling.
EFFECTS = ("ignore", "respell")


@dataclass(frozen=True)
class Told:
    """What came of one step of every kind under an effect."""

    effect: str
    found: Mapping[str, Outcome]


def step_of(name: str) -> Step:
    """A kind's first change of something that Describe shows: of a text if there is one."""
    kind = KINDS[name]
    found = [s for s in steps(name) if s.word in {"added", "changed"} and s.member not in kind.unread]
    return next((s for s in found if isinstance(s.value, str)), found[0])


@pytest.fixture(scope="module", params=EFFECTS)
def told(crds: ControlPlane, request: pytest.FixtureRequest) -> Iterator[Told]:
    """What came of one step of every kind that has an Update."""
    world = World(crds, simulation={"speed": 200})
    try:
        walk = Walk(world)
        walk.create()
        world.control.fault(request.param, "Update*")
        walk.round([step_of(name) for name in UPDATED])
        yield Told(request.param, Found(walk))
    finally:
        world.close()


@pytest.mark.parametrize("name", UPDATED)
def test_it_is_not_asked_for_ever(told: Told, name: str) -> None:
    """What stays as it was is asked for once; what comes out otherwise once more, for it may be somebody's drift."""
    outcome = told.found[step_of(name).name]
    assert len(outcome.updates) in ({1} if told.effect == "ignore" else {1, MOST_TIMES})
    assert outcome.later == []
    assert outcome.statuses[1] == outcome.statuses[0]


@pytest.mark.parametrize("name", UPDATED)
def test_what_stays_different_is_named(told: Told, name: str) -> None:
    outcome = told.found[step_of(name).name]
    differs: Any = outcome.held.get(outcome.step.member) != outcome.step.value
    named = outcome.step.member in outcome.advisory or key_of(outcome.step.member) in outcome.advisory
    assert named == differs, (outcome.held, outcome.advisory)
