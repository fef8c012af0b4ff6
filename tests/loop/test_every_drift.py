"""What Update cannot change and somebody else has changed is named, left alone, and forgotten once it is as it was.

The manifests have every member there is, and SageMaker adds all its defaults: none of them is a difference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from controller.kinds.load import kinds
from controller.kinds.names import key_of
from scripts.control_plane.plane import ControlPlane
from tests.loop.manifests import declare, name_of
from tests.loop.test_whole_manifests import declared_of
from tests.loop.world import Object, World, condition, is_ready, wait_until

# A run that is over is not looked at again.
KINDS = {name: kind for name, kind in kinds().items() if kind.lifecycle != "run" and kind.frozen}
KEYS = {name: (name, name_of(kind, "x")) for name, kind in KINDS.items()}
READS = ("Describe", "List")


@dataclass
class Found:
    """By kind. ``moved`` are the members that somebody changed; ``calls`` what was called that is no look."""

    settled: dict[str, Object] = field(default_factory=dict)
    moved: dict[str, list[str]] = field(default_factory=dict)
    drifted: dict[str, Object] = field(default_factory=dict)
    restored: dict[str, Object] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)


def leaf(wished: Any, shown: Any, path: str) -> tuple[str, Any] | None:
    """The path and value of the first thing in a structure that is declared and shown alike."""
    if isinstance(wished, dict) and isinstance(shown, dict):
        found = (leaf(value, shown.get(name), f"{path}.{name}") for name, value in wished.items())
        return next((one for one in found if one is not None), None)
    alike = isinstance(wished, str | int | float) and wished == shown
    return (path, wished) if alike else None


def other(value: Any) -> Any:
    """Something else of the same type."""
    if isinstance(value, bool):
        return not value
    return f"{value}-else" if isinstance(value, str) else value + 1


def lead(world: World) -> Found:
    """Declare, drift, restore: all kinds at once."""
    found = Found()
    for name, kind in KINDS.items():
        declare(world, kind, declared_of(name), KEYS[name][1])
    for name, key in KEYS.items():
        found.settled[name] = world.until(*key, is_ready)
    look(world)
    world.control.forget_calls()
    changed: dict[str, dict[str, Any]] = {}
    for name, kind in KINDS.items():
        shown = resource_of(world, found, name)["described"]
        leaves = {
            member: leaf(declared_of(name)[member], shown.get(kind.same_as.get(member, member)), member)
            for member in sorted(
                kind.frozen - kind.unread - {kind.own_name} - {i.member for i in kind.identity}
            )
            if member in declared_of(name)
        }
        found.moved[name] = [member for member, one in leaves.items() if one]
        changed[name] = {}
        for member, one in leaves.items():
            if one:
                path = kind.same_as.get(member, member) + one[0].removeprefix(member)
                changed[name][path] = one[1]
    for change, objects in ((other, found.drifted), (lambda value: value, found.restored)):
        for name, values in changed.items():
            told = {path: change(value) for path, value in values.items()}
            world.control.change(name, "", arn=resource_of(world, found, name)["arn"], set=told)
        look(world)
        objects.update({name: world.get(*key) or {} for name, key in KEYS.items()})
    found.calls = [c["operation"] for c in world.control.calls() if not c["operation"].startswith(READS)]
    return found


def resource_of(world: World, found: Found, name: str) -> dict[str, Any]:
    arn = found.settled[name]["status"]["ackResourceMetadata"]["arn"]
    return next(r for r in world.control.resources(name) if r["arn"] == arn)


def look(world: World) -> None:
    """A pass over everything, that nothing else asks for."""
    made = world.passes()
    for key in KEYS.values():
        obj = world.get(*key) or {}
        asks = int((obj["metadata"].get("annotations") or {}).get("somebody.example.com/asks", 0)) + 1
        world.patch(*key, {"metadata": {"annotations": {"somebody.example.com/asks": str(asks)}}})

    def missed() -> list[str]:
        now = world.passes()
        return [name for name in KINDS if now.get(name, 0) <= made.get(name, 0)]

    wait_until(lambda: not missed(), lambda: f"no pass was made over {missed()}")
    world.rest()


@pytest.fixture(scope="module")
def found(crds: ControlPlane) -> Iterator[Found]:
    """What came of it."""
    world = World(crds, simulation={"check_references": False, "fill_defaults": True, "speed": 200})
    try:
        yield lead(world)
    finally:
        world.close()


def advisory(obj: Mapping[str, Any]) -> str:
    """What is said beside the state."""
    return str(condition(obj, "ACK.Advisory").get("message", ""))


def test_there_is_much_to_drift(found: Found) -> None:
    assert sum(map(len, found.moved.values())) > 60


def test_nothing_of_it_calls_anything(found: Found) -> None:
    assert found.calls == []


@pytest.mark.parametrize("name", list(KINDS))
def test_what_is_as_declared_is_no_drift(found: Found, name: str) -> None:
    assert advisory(found.settled[name]) == ""
    assert advisory(found.restored[name]) == ""


@pytest.mark.parametrize("name", list(KINDS))
def test_drift_that_cannot_be_mended_is_named(found: Found, name: str) -> None:
    assert [m for m in found.moved[name] if key_of(m) not in advisory(found.drifted[name])] == []
    assert condition(found.drifted[name], "Ready")["status"] == "True"
