"""Every edit of every member that an Update changes: one call, with what differs; what SageMaker then has; and rest."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from controller.kinds.names import key_of
from scripts.control_plane.plane import ControlPlane
from simulator import model
from tests.loop.edit_walk import Found, Outcome, Walk
from tests.loop.edits import DATA, KINDS, UPDATED, steps
from tests.loop.world import World


@pytest.fixture(scope="module")
def walk(crds: ControlPlane) -> Iterator[Mapping[str, Outcome]]:
    """Every step of every kind that has an Update."""
    world = World(crds, simulation={"speed": 200})
    try:
        walk = Walk(world)
        walk.create()
        walk.run()
        yield Found(walk)
    finally:
        world.close()


def _named(*words: str) -> pytest.MarkDecorator:
    """Every step of these words."""
    names = [step.name for name in UPDATED for step in steps(name) if step.word in words]
    return pytest.mark.parametrize("name", names)


@_named("added", "changed", "drifted")
def test_what_differs_is_updated_once(walk: Mapping[str, Outcome], name: str) -> None:
    """One call; afterwards SageMaker has what is declared, and nobody is told that anything is amiss with it."""
    outcome = walk[name]
    assert len(outcome.updates) == 1
    assert outcome.others == []
    assert _has(outcome.held.get(outcome.step.member), outcome.step.value), json.dumps(outcome.held)
    assert key_of(outcome.step.member) not in outcome.advisory and outcome.step.member not in outcome.advisory


@_named("added", "changed", "drifted", "trimmed", "removed")
def test_an_update_has_what_differs_and_what_is_required(walk: Mapping[str, Outcome], name: str) -> None:
    outcome = walk[name]
    kind, simulated = KINDS[outcome.step.kind], model.kinds()[outcome.step.kind]
    member = outcome.step.member
    allowed = {
        member,
        *(
            m
            for m, s in model.input_shape(str(kind.verbs.update)).members.items()
            if s.metadata.get("idempotencyToken")
        ),
        *simulated.identity,
        *simulated.by,
        *model.input_shape(str(kind.verbs.update)).required_members,
        *(m for m, target in simulated.updates.items() if target == member),
        *(m for m, target in simulated.removes.items() if target in {member, "*"}),
        *(m for m, target in simulated.appends.items() if target == member),
        *(further.member for further in kind.steps.also_updates if further.declared_as == member),
        *DATA.get(kind.name, {}).get("with", ()),
    }
    for request in outcome.updates:
        assert set(request) <= allowed, sorted(set(request) - allowed)


@_named("trimmed", "removed")
def test_what_is_declared_no_longer_goes_or_is_named(walk: Mapping[str, Outcome], name: str) -> None:
    """SageMaker has it no longer, or the advisory says that SageMaker keeps it; either way at most one call."""
    outcome = walk[name]
    assert len(outcome.updates) <= 1
    assert outcome.others == []
    value: Any = outcome.held
    for part in (outcome.step.member, *outcome.step.way):
        value = value.get(part) if isinstance(value, dict) else None
    kept = value not in (None, {}, [], "")
    path = ".".join(key_of(part) for part in (outcome.step.member, *outcome.step.way))
    assert kept == (path in outcome.advisory), (value, outcome.advisory)


@_named("reordered")
def test_an_order_that_means_nothing_is_no_difference(walk: Mapping[str, Outcome], name: str) -> None:
    assert walk[name].updates == []


@_named("added", "changed", "drifted", "trimmed", "reordered", "removed")
def test_it_rests_after_every_step(walk: Mapping[str, Outcome], name: str) -> None:
    """The next pass neither calls nor writes."""
    outcome = walk[name]
    assert outcome.later == []
    assert outcome.statuses[1] == outcome.statuses[0]


def _has(held: Any, wished: Any) -> bool:
    """Whether all that is wished is held; what nobody declares may be beside it. Lists of texts have no order."""
    if isinstance(wished, dict):
        return isinstance(held, dict) and all(_has(held.get(key), value) for key, value in wished.items())
    if isinstance(wished, list):
        return isinstance(held, list) and all(any(_has(one, item) for one in held) for item in wished)
    return bool(held == wished)
