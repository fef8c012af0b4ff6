"""Manifests with every member the service model allows arrive in SageMaker as they were declared: every kind, every depth."""

from collections.abc import Iterator
from typing import Any

import pytest

from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from tests import samples
from tests.loop.manifests import OUR_TAGS, declare, name_of
from tests.loop.world import World, has_arn

KINDS = kinds()
each_kind = pytest.mark.parametrize("name", list(KINDS))

# The model lets these stand together and SageMaker does not: a package is either a version of a group or has a name of its own.
APART = {"ModelPackage": "ModelPackageGroupName"}


def declared_of(name: str) -> dict[str, Any]:
    """The request that the manifest stands for, in the words of the API."""
    request = samples.full_request(KINDS[name])
    request.pop(APART.get(name, ""), None)
    if KINDS[name].own_name:
        request[str(KINDS[name].own_name)] = name_of(KINDS[name], "x")
    return request


@pytest.fixture(scope="module")
def received(crds: ControlPlane) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """What the simulated SageMaker has of each kind once all have been declared whole."""
    # what the samples refer to is nowhere: whether references are honoured is tried in test_neighbours.py
    world = World(crds, simulation={"check_references": False})
    try:
        for name, kind in KINDS.items():
            declare(world, kind, declared_of(name), name_of(kind, "x"))
        for name, kind in KINDS.items():
            world.until(name, name_of(kind, "x"), has_arn)
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in KINDS}
        for resource in world.control.resources():
            found[resource["kind"]].append(resource["request"])
        yield found
    finally:
        world.close()


def leaves(value: Any) -> int:
    """How many values there are in a value."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    return sum(map(leaves, value)) if isinstance(value, list) else 1


def test_the_samples_are_whole() -> None:
    """An empty sample would prove nothing."""
    assert sum(leaves(declared_of(name)) for name in KINDS) > 2000
    assert {
        name: set(KINDS[name].create.members) - set(declared_of(name)) - {APART.get(name)}
        for name in KINDS
        if set(KINDS[name].create.members) - set(declared_of(name)) - {APART.get(name)}
    } == {}


@each_kind
def test_everything_declared_is_received_as_declared(
    received: dict[str, list[dict[str, Any]]], name: str
) -> None:
    """Nothing is lost, renamed, retyped or added, but for our tags and the token."""
    kind = KINDS[name]
    (request,) = received[name]
    beside = {"Tags", kind.token}
    assert {m: v for m, v in request.items() if m not in beside} == {
        m: v for m, v in declared_of(name).items() if m not in beside
    }


@each_kind
def test_declared_tags_stand_beside_ours(received: dict[str, list[dict[str, Any]]], name: str) -> None:
    kind = KINDS[name]
    (request,) = received[name]
    declared, there = declared_of(name).get("Tags", []), request.get("Tags", [])
    assert [tag for tag in declared if tag not in there] == []
    ours = {tag["Key"] for tag in there if tag not in declared}
    assert all(key.startswith(OUR_TAGS) for key in ours)
    assert (f"{OUR_TAGS}owner" in ours) == (kind.tags and kind.taggable)
