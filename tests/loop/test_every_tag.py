"""Tags of every kind that takes them: edited, drifted, and those of others left as they are."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from controller.kinds.load import kinds
from controller.kinds.states import StateClass
from scripts.control_plane.plane import ControlPlane
from tests.loop.manifests import declare, name_of, request_of
from tests.loop.world import World, condition, is_ready, wait_until

TAGGED = {name: kind for name, kind in kinds().items() if kind.taggable and kind.tags}
KEYS = {name: (name, name_of(kind, "t")) for name, kind in TAGGED.items()}
FOREIGN = {"somebody.example.com/team": "theirs"}
OURS = "services.k8s.aws/"  # what every tag begins with that the controller sets of its own accord
MUTATING = ("Create", "Update", "Delete", "Stop", "Start", "Add")


@dataclass
class Step:
    """Tags and calls by kind after a step; calls as operation and the keys it was about."""

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: dict[str, list[tuple[str, tuple[str, ...]]]] = field(default_factory=dict)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)


class Walk:
    """All kinds at once, step by step. Tags are looked at in every pass: a drift period is as short as the time between looks."""

    def __init__(self, plane: ControlPlane) -> None:
        self.world = World(plane, simulation={"speed": 200, "check_references": False}, resync=60.0)
        self.steps: dict[str, Step] = {}
        self.asked = 0

    def run(self) -> None:
        """Every step there is."""
        for name, kind in TAGGED.items():
            tags = [
                {"Key": "kept", "Value": "1"},
                {"Key": "goes", "Value": "2"},
                {"Key": "empty", "Value": ""},
            ]
            request = {**request_of(kind, self.world.maker, KEYS[name][1]), "Tags": tags}
            declare(self.world, kind, request, KEYS[name][1])
        self._take("created", lambda: None)
        self._take("joined", lambda: self._change({**FOREIGN}))
        self._take("edited", lambda: self._edit({"kept": "new", "empty": "", "came": "3"}))
        self._take("drifted", lambda: self._change({"kept": "drifted", "came": None}))
        self._take("kept", lambda: None)
        self._take("cleared", lambda: self._edit({}))
        self._take("rested", lambda: None)

    def _take(self, name: str, happens: Callable[[], object]) -> None:
        """One step: what happens, and what the passes make of it that follow."""
        self.world.control.forget_calls()
        happens()
        for key in KEYS.values():
            self.world.until(*key, is_ready)
        self._look()
        step = self.steps[name] = Step()
        for kind, key in KEYS.items():
            obj = step.objects[kind] = self.world.get(*key) or {}
            arn = obj["status"]["ackResourceMetadata"]["arn"]
            step.tags[kind] = self._tags(kind, arn)
            step.calls[kind] = [
                (call["operation"], _about(call["request"]))
                for call in self.world.control.calls()
                if call["operation"].startswith(MUTATING) and call["request"].get("ResourceArn") == arn
            ]

    def _look(self) -> None:
        """A pass over everything, whether anything asks for one or not."""
        made = self.world.passes()
        self.asked += 1
        for key in KEYS.values():
            self.world.patch(
                *key, {"metadata": {"annotations": {"somebody.example.com/asks": str(self.asked)}}}
            )

        def missed() -> list[str]:
            now = self.world.passes()
            return [kind for kind in KEYS if now.get(kind, 0) <= made.get(kind, 0)]

        wait_until(lambda: not missed(), lambda: f"no pass was made over {missed()}")
        self.world.rest()

    def _edit(self, tags: Mapping[str, str]) -> None:
        listed = [{"key": key, "value": value} for key, value in tags.items()]
        for key in KEYS.values():
            self.world.patch(*key, {"spec": {"tags": listed or None}})

    def _change(self, tags: Mapping[str, str | None]) -> None:
        """Somebody else sets tags, or takes them away."""
        for kind, key in KEYS.items():
            arn = (self.world.get(*key) or {})["status"]["ackResourceMetadata"]["arn"]
            after = {k: v for k, v in {**self._tags(kind, arn), **tags}.items() if v is not None}
            self.world.control.change(kind, "", arn=arn, tags=after)

    def _tags(self, kind: str, arn: str) -> dict[str, str]:
        return next(dict(r["tags"]) for r in self.world.control.resources(kind) if r["arn"] == arn)


def _about(request: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted([tag["Key"] for tag in request.get("Tags", ())] + list(request.get("TagKeys", ()))))


@pytest.fixture(scope="module")
def steps(crds: ControlPlane) -> Iterator[Mapping[str, Step]]:
    """What came of every step."""
    walk = Walk(crds)
    try:
        walk.run()
        yield walk.steps
    finally:
        walk.world.close()


def declared(tags: Mapping[str, str]) -> dict[str, str]:
    """What is not the controller's own."""
    return {key: value for key, value in tags.items() if not key.startswith(OURS)}


# A run that is over is never looked at again, so drift of its tags is not seen: they are set right at the next edit.
# (One that is Running is as it should be, and not over.)
LOOKED_AT = [
    n
    for n, k in TAGGED.items()
    if k.lifecycle != "run" or (k.states and k.states.classes.get("Running") is StateClass.SETTLED)
]
each_kind = pytest.mark.parametrize("kind", list(TAGGED))


@each_kind
def test_tags_go_with_create(steps: Mapping[str, Step], kind: str) -> None:
    assert declared(steps["created"].tags[kind]) == {"kept": "1", "goes": "2", "empty": ""}
    assert f"{OURS}owner" in steps["created"].tags[kind]
    assert steps["created"].calls[kind] == []


@each_kind
def test_what_others_add_stays_and_calls_nothing(steps: Mapping[str, Step], kind: str) -> None:
    assert steps["joined"].calls[kind] == []
    for step in ("joined", "edited", "cleared"):
        assert FOREIGN.items() <= steps[step].tags[kind].items()


@each_kind
def test_an_edit_adds_changes_and_removes(steps: Mapping[str, Step], kind: str) -> None:
    assert declared(steps["edited"].tags[kind]) == {"kept": "new", "empty": "", "came": "3", **FOREIGN}
    assert sorted(steps["edited"].calls[kind]) == [("AddTags", ("came", "kept")), ("DeleteTags", ("goes",))]


@pytest.mark.parametrize("kind", LOOKED_AT)
def test_drift_is_repaired_once(steps: Mapping[str, Step], kind: str) -> None:
    assert steps["drifted"].tags[kind] == steps["edited"].tags[kind]
    assert steps["drifted"].calls[kind] == [("AddTags", ("came", "kept"))]
    assert steps["kept"].calls[kind] == []


@each_kind
def test_tags_that_are_declared_no_longer_go(steps: Mapping[str, Step], kind: str) -> None:
    assert declared(steps["cleared"].tags[kind]) == FOREIGN
    there = ("came", "empty", "kept") if kind in LOOKED_AT else ("empty", "kept")
    assert steps["cleared"].calls[kind] == [("DeleteTags", there)]


@each_kind
def test_the_controllers_own_tags_stay_as_they_were_created(steps: Mapping[str, Step], kind: str) -> None:
    own = [{k: v for k, v in step.tags[kind].items() if k.startswith(OURS)} for step in steps.values()]
    assert own == [own[0]] * len(own) and own[0]


@each_kind
def test_it_rests(steps: Mapping[str, Step], kind: str) -> None:
    assert steps["rested"].calls[kind] == []
    assert steps["rested"].objects[kind]["status"] == steps["cleared"].objects[kind]["status"]
    assert condition(steps["rested"].objects[kind], "ACK.Advisory") == {}
