"""Every kind's whole life at once: declared, settled, left in peace through a restart, deleted; and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from controller.decide import declared as declared_
from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from tests.loop.manifests import declare, name_of, request_of
from tests.loop.watcher import Watcher, told, transitions
from tests.loop.world import Object, World, is_ready, wait_until
from tests.remains import remains
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw

KINDS = kinds()
KEYS = {kind.name: (kind.name, name_of(kind, "x")) for kind in KINDS.values()}


@dataclass
class Lives:
    """What came of all kinds at once, by kind. ``left`` is what SageMaker still has when all objects are gone."""

    declared: dict[str, dict[str, Any]] = field(default_factory=dict)
    settled: dict[str, Object] = field(default_factory=dict)
    rested: dict[str, Object] = field(
        default_factory=dict
    )  # after a restart and a pass that nothing asked for
    described: dict[str, dict[str, Any]] = field(default_factory=dict)  # as Describe answers over the wire
    received: list[dict[str, Any]] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)
    counts_later: Mapping[str, int] = field(default_factory=dict)
    events_settled: list[Object] = field(default_factory=list)
    events_rested: list[Object] = field(default_factory=list)
    events: list[Object] = field(default_factory=list)
    seen: Mapping[tuple[str, str], list[Object]] = field(default_factory=dict)
    left: list[dict[str, Any]] = field(default_factory=list)
    held: Mapping[str, int] = field(default_factory=dict)  # what the controller speaks of while all are there
    remaining: Mapping[str, int] = field(default_factory=dict)  # and when all are gone

    def arn(self, name: str) -> str:
        """The ARN that the kind's object showed."""
        return str(self.settled[name]["status"]["ackResourceMetadata"]["arn"])

    def resource(self, name: str) -> dict[str, Any]:
        """The one resource that carries it in SageMaker, as it was when all had settled."""
        (found,) = (r for r in self.received if r["arn"] == self.arn(name))
        return found


def live(plane: ControlPlane) -> Lives:
    """Lead all kinds through one controller, with every default that SageMaker could add."""
    world = World(plane, simulation={"fill_defaults": True})
    watcher = Watcher(world, KINDS)
    found = Lives(seen=watcher.seen())
    try:
        raw = Raw(world.simulator.url)
        maker = Maker(raw)
        for name, kind in KINDS.items():
            found.declared[name] = request_of(kind, maker, KEYS[name][1])
        world.control.forget_calls()
        for name, kind in KINDS.items():
            declare(world, kind, found.declared[name], KEYS[name][1])
        for name, key in KEYS.items():
            found.settled[name] = world.until(*key, is_ready)
        found.counts = world.control.counts()
        found.received = world.control.resources()
        found.described = {n: _described(raw, kind, found.settled[n]) for n, kind in KINDS.items()}
        _let_them_rest(world, found)
        _let_them_go(world, watcher, found)
    finally:
        watcher.stop()
        world.close()
    return found


def _described(raw: Raw, kind: Kind, obj: Object) -> dict[str, Any]:
    declared = declared_.read(kind, obj)
    identity = declared_.identity(declared, declared_.request(declared), declared.arn)
    answer = raw.ok(kind.verbs.describe, identity)
    inner: dict[str, Any] = answer[kind.wrapped_in] if kind.wrapped_in else answer
    return inner


def _let_them_rest(world: World, found: Lives) -> None:
    """Start anew, make a pass over everything, and see whether anything is called or written."""
    world.rest()
    _until_told(world, {KEYS[name]: [obj] for name, obj in found.settled.items()})
    world.stop()
    found.events_settled = world.events()
    world.control.forget_calls()
    world.start()
    world.rest()
    made = world.passes()
    for key in KEYS.values():  # an annotation of somebody else's asks for a pass
        world.patch(*key, {"metadata": {"annotations": {"somebody.example.com/asks": "1"}}})
    wait_until(
        lambda: _missed(world, made) == [],
        lambda: f"no pass was made over {_missed(world, made)}",
    )
    world.rest()  # NB: what a pass has led to is queued behind it; counting before that would prove nothing
    found.counts_later = world.control.counts()
    found.rested = {name: world.get(*key) or {} for name, key in KEYS.items()}
    world.stop()
    found.events_rested = world.events()
    world.start()


def _missed(world: World, before: Mapping[str, float]) -> list[str]:
    now = world.passes()
    return [name for name in KINDS if now.get(name, 0) <= before.get(name, 0)]


def _let_them_go(world: World, watcher: Watcher, found: Lives) -> None:
    found.held = remains([world.app], world.namespace)
    for key in KEYS.values():
        world.delete(*key)
    watcher.until_gone(KEYS.values())
    world.rest()
    _until_told(world, watcher.seen())
    found.remaining = remains([world.app], world.namespace)
    world.stop()
    found.events = world.events()
    found.left = world.control.resources()


def _until_told(world: World, seen: Mapping[tuple[str, str], list[Object]]) -> None:
    """Wait for the Events about what was seen: they are written behind the passes, and a controller that ends does not wait long."""

    def missing() -> list[tuple[str, str]]:
        there = {
            (e["regarding"]["kind"], e["regarding"]["name"], *said)
            for e in world.events()
            for said in told([e])
        }
        return [
            key
            for key, versions in seen.items()
            if not {(*key, c["reason"], c["message"][:1000]) for c in transitions(versions)} <= there
        ]

    wait_until(lambda: not missing(), lambda: f"no Event about {missing()}")
