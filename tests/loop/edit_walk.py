"""All kinds in one world, each taking its steps of edits.py; and what came of every step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator import model
from tests.loop.edits import KINDS, UPDATED, Step, base, steps
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
    updates: list[dict[str, Any]]  # requests of the kind's Update, and of what else updates it
    others: list[str]  # what else was called that changes something
    obj: dict[str, Any]
    held: dict[str, Any]  # what SageMaker has been told and keeps, in Create's words
    described: dict[str, Any]
    later: list[str] = field(default_factory=list)  # what was called in the pass that followed
    statuses: list[Any] = field(default_factory=list)  # before that pass and after it

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
        """One object of each kind, as its base says."""
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
        if "NotebookInstance" in UPDATED:
            world.control.set_state("NotebookInstance", self._name("NotebookInstance"), "Stopped")
        if "TrainingJob" in UPDATED:
            world.control.change(
                "TrainingJob", self._name("TrainingJob"), set={"SecondaryStatus": "Training"}
            )
        self._ping(UPDATED)

    def run(self) -> None:
        """Every step of every kind."""
        for number in range(max(len(steps(name)) for name in UPDATED)):
            if number == PLAIN_ROUNDS:
                self.world.control.settings(durations={**AT_WORK, "*.update": 0.0})
            going = [name for name in UPDATED if name not in self.lost and len(steps(name)) > number]
            self.round([steps(name)[number] for name in going])

    def round(self, taken: list[Step]) -> None:
        """One step each of several kinds."""
        world = self.world
        world.control.forget_calls()
        for step in taken:
            if step.word != "drifted":
                world.patch(step.kind, self._name(step.kind), {"spec": step.spec()})
        drifted = [step for step in taken if step.word == "drifted"]
        for step in drifted:
            self._drift(step)
        self._ping([step.kind for step in drifted])
        at_work = [step.kind for step in taken if step.kind in WHILE_IT_RUNS]
        for name in at_work:
            self._until_done(name)
        self._ping(at_work)  # these are never Ready: another look tells what an update has led to
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
                [call["request"] for call in log if call["operation"] in _updating(step.kind)],
                [call["operation"] for call in log if call["operation"] not in _updating(step.kind)],
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
            outcome.statuses = [before[step.kind]["status"], now["status"]]

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

    def _ping(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
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
        own = {*KINDS[name].operations} - {KINDS[name].verbs.describe, KINDS[name].verbs.list}
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


def _updating(name: str) -> set[str]:
    """The operations that change a resource of a kind."""
    kind = KINDS[name]
    return {str(kind.verbs.update), *(further.operation for further in kind.steps.also_updates)}


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
