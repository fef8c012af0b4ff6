"""Every edit of every member that an Update changes: one call, with what differs; what SageMaker then has; and rest."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from controller.kinds.names import key_of
from scripts.control_plane.plane import ControlPlane
from simulator import model
from tests.loop.edits import DATA, KINDS, OPEN, UPDATED, Step, base, steps
from tests.loop.manifests import name_of
from tests.loop.world import World, condition, wait_until
from tests.samples import manifest

# Runs are at work for as long as these tests last: only then do they take changes.
AT_WORK = {"TrainingJob.create": 1e9, "PipelineExecution.create": 1e9}
WHILE_IT_RUNS = ("TrainingJob", "PipelineExecution")
PLAIN_ROUNDS = 4  # rounds in which updates take their time; after them they take none


@dataclass
class Outcome:
    """What came of a step."""

    step: Step
    updates: list[dict[str, Any]]  # requests of the kind's Update
    others: list[str]  # what else was called that changes something
    obj: dict[str, Any]
    held: dict[str, Any]  # what SageMaker has been told and keeps, in Create's words
    described: dict[str, Any]
    later: list[str] = field(default_factory=list)  # what was called in the pass that followed
    written_later: bool = False

    @property
    def advisory(self) -> str:
        return str(condition(self.obj, "ACK.Advisory").get("message", ""))


class Walk:
    """All kinds in one world, each taking its steps; round by round, all kinds at once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.found: dict[str, Outcome] = {}
        self.lost: dict[
            str, str
        ] = {}  # kinds that stopped short, and what was waited for: they take no step more
        self.pings = 0

    def create(self) -> None:
        world = self.world
        requests = {n: world.maker.request(model.kinds()[n], name_of(KINDS[n], "e")) for n in UPDATED}
        world.control.settings(check_references=False, durations=AT_WORK)
        for name, request in requests.items():
            kind = KINDS[name]
            request |= {m: v for m, v in base(kind).items() if m not in request}
            if kind.name_optional == "always":
                request.pop(kind.own_name or "", None)
            request.pop(kind.token or "", None)
            world.apply(name, name_of(kind, "e"), manifest(kind.create, request))
        for name in UPDATED:
            self._until_done(name)
        world.control.set_state("NotebookInstance", name_of(KINDS["NotebookInstance"], "e"), "Stopped")
        world.control.change(
            "TrainingJob", name_of(KINDS["TrainingJob"], "e"), set={"SecondaryStatus": "Training"}
        )
        self._ping(UPDATED)

    def run(self) -> None:
        for number in range(max(len(steps(name)) for name in UPDATED)):
            if number == PLAIN_ROUNDS:
                self.world.control.settings(durations={**AT_WORK, "*.update": 0.0})
            going = [name for name in UPDATED if name not in self.lost and len(steps(name)) > number]
            self._round([steps(name)[number] for name in going])

    def _round(self, taken: list[Step]) -> None:
        world = self.world
        world.control.forget_calls()
        for step in taken:
            if step.word != "drifted":
                world.patch(step.kind, self._name(step.kind), {"spec": step.spec()})
        drifted = [step for step in taken if step.word == "drifted"]
        for step in drifted:
            self._drift(step)
        self._ping([step.kind for step in drifted])
        for step in taken:
            try:
                obj = self._until_done(step.kind)
            except AssertionError as short:
                self.lost[step.kind] = f"after {step.name}: {short}"
                continue
            held = self._held(step.kind)
            log = self._log(step.kind)
            self.found[step.name] = Outcome(
                step,
                [call["request"] for call in log if call["operation"] == KINDS[step.kind].verbs.update],
                [call["operation"] for call in log if call["operation"] != KINDS[step.kind].verbs.update],
                obj,
                held["declared"],
                held["described"],
            )
        world.control.forget_calls()
        taken = [step for step in taken if step.kind not in self.lost]
        before = self._ping([step.kind for step in taken])
        for step in taken:
            outcome = self.found[step.name]
            outcome.later = [call["operation"] for call in self._log(step.kind)]
            now = world.get(step.kind, self._name(step.kind)) or {}
            outcome.written_later = now["status"] != before[step.kind]["status"]

    def _drift(self, step: Step) -> None:
        """Somebody else takes the member away, or gives it back as it was before."""
        kind = KINDS[step.kind]
        found = self._held(step.kind)
        held = found["declared"].get(step.member)
        if held is None:
            return  # the step before failed, and says so
        first = base(kind).get(step.member)
        value = first if first is not None and first != held else _drifted(held)
        self.world.control.change(step.kind, "", arn=found["arn"], set={_shown(step): value})

    def _ping(self, names: Any) -> dict[str, dict[str, Any]]:
        """Ask for two passes, one after the other: once the second has begun, the first has ended. The first's objects."""
        before: dict[str, dict[str, Any]] = {}
        for _ in range(2):
            self.pings += 1
            counts = self.world.control.counts()
            for name in names:
                note = {"metadata": {"annotations": {"somebody.example.com/asks": str(self.pings)}}}
                obj = self.world.patch(name, self._name(name), note)
                before.setdefault(name, obj)
            asked = {n: (KINDS[n].verbs.describe, counts.get(KINDS[n].verbs.describe, 0)) for n in names}
            self._until_described(asked)
        return before

    def _until_described(self, asked: Mapping[str, tuple[str, int]]) -> None:
        """``asked``: by kind, the operation and how often it had been called."""

        def waiting() -> list[str]:
            counts = self.world.control.counts()
            return [name for name, (operation, before) in asked.items() if counts.get(operation, 0) <= before]

        wait_until(lambda: not waiting(), lambda: f"not looked at: {waiting()}")

    def _until_done(self, name: str) -> dict[str, Any]:
        def holds(obj: Mapping[str, Any]) -> bool:
            status = obj.get("status") or {}
            if status.get("observedGeneration") != obj["metadata"]["generation"]:
                return False
            return name in WHILE_IT_RUNS or condition(obj, "Ready").get("status") == "True"

        return self.world.until(name, self._name(name), holds)

    def _held(self, name: str) -> dict[str, Any]:
        arn = (self.world.get(name, self._name(name)) or {})["status"]["ackResourceMetadata"]["arn"]
        return next(r for r in self.world.control.resources(name) if r["arn"] == arn)

    def _log(self, name: str) -> list[dict[str, Any]]:
        own = {*KINDS[name].verbs.all()} - {KINDS[name].verbs.describe, KINDS[name].verbs.list}
        return [call for call in self.world.control.calls() if call["operation"] in own]

    @staticmethod
    def _name(name: str) -> str:
        return name_of(KINDS[name], "e")


class Found(dict[str, Outcome]):
    """The outcomes; asked for one that its kind did not come to, it says where that kind stopped."""

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk.found)
        self._lost = walk.lost

    def __missing__(self, name: str) -> Outcome:
        raise AssertionError(self._lost.get(name.partition("-")[0], f"{name} was not taken"))


def _drifted(value: Any) -> Any:
    """Something else of the same type, or nothing."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 7
    return None


def _shown(step: Step) -> str:
    """The member's name in Describe's words."""
    return model.kinds()[step.kind].renames.get(step.member, step.member)


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


def _named(test: str, words: tuple[str, ...]) -> pytest.MarkDecorator:
    """Every step of these words; what is known not to hold yet (edits-open.yaml) must fail, or the list is out of date.

    What holds or not by the moment at which it is looked at stands there under "at times", and may do either.
    """
    names = [step.name for name in UPDATED for step in steps(name) if step.word in words]
    missing = [pytest.mark.xfail(reason="edits-open.yaml", strict=True)]
    at_times = [pytest.mark.xfail(reason="edits-open.yaml, at times", strict=False)]
    marks = {
        **dict.fromkeys(OPEN.get(test, ()), missing),
        **dict.fromkeys(OPEN.get(f"{test}, at times", ()), at_times),
    }
    return pytest.mark.parametrize("name", [pytest.param(n, marks=marks.get(n, [])) for n in names])


@_named("updated once", ("added", "changed", "drifted"))
def test_what_differs_is_updated_once(walk: Mapping[str, Outcome], name: str) -> None:
    """One call; afterwards SageMaker has what is declared, and nobody is told that anything is amiss with it."""
    outcome = walk[name]
    assert len(outcome.updates) == 1
    assert outcome.others == []
    assert _has(outcome.held.get(outcome.step.member), outcome.step.value), json.dumps(outcome.held)
    assert key_of(outcome.step.member) not in outcome.advisory and outcome.step.member not in outcome.advisory


@_named("what differs", ("added", "changed", "drifted", "trimmed", "removed"))
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
        *DATA.get(kind.name, {}).get("with", ()),
    }
    for request in outcome.updates:
        assert set(request) <= allowed, sorted(set(request) - allowed)


@_named("goes or is named", ("trimmed", "removed"))
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


@_named("order", ("reordered",))
def test_an_order_that_means_nothing_is_no_difference(walk: Mapping[str, Outcome], name: str) -> None:
    assert walk[name].updates == []


@_named("rests", ("added", "changed", "drifted", "trimmed", "reordered", "removed"))
def test_it_rests_after_every_step(walk: Mapping[str, Outcome], name: str) -> None:
    """The next pass neither calls nor writes."""
    outcome = walk[name]
    assert outcome.later == []
    assert not outcome.written_later


def _has(held: Any, wished: Any) -> bool:
    """Whether all that is wished is held; what nobody declares may be beside it. Lists of texts have no order."""
    if isinstance(wished, dict):
        return isinstance(held, dict) and all(_has(held.get(key), value) for key, value in wished.items())
    if isinstance(wished, list):
        return isinstance(held, list) and all(any(_has(one, item) for one in held) for item in wished)
    return bool(held == wished)
