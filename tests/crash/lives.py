"""A whole life of every kind, as a user leads it: created, edited, tagged, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from controller.decide.translate import to_manifest
from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from controller.kinds.states import StateClass
from scripts.demonstration.kstatus import kstatus
from simulator import model
from simulator.clock import Clock
from tests.crash.assembly import KINDS
from tests.crash.cloud import Raw, sagemaker
from tests.crash.rig import Defect, Rig
from tests.simulator import inputs
from tests.simulator.inputs import Maker

# Members whose values no shape tells: of another resource that is made for it, or of a form of its own.
REFERRING = {"Endpoint": ("EndpointConfig", "endpointConfigName")}
EDITS = {
    "MonitoringSchedule": {
        "monitoringScheduleConfig": {"scheduleConfig": {"scheduleExpression": "cron(0 * ? * * *)"}}
    }
}
# What a kind that SageMaker does not forget at once is called meanwhile.
LINGERING = {"Deleted", "DELETED", "DeleteCompleted"}


@dataclass
class Stage:
    """One kind, with all that its request refers to, and what of it a user edits."""

    kind: Kind
    rig: Rig
    request: Mapping[str, Any]
    edit: Mapping[str, Any] | None = None
    number: int = 0
    refused: list[str] = field(default_factory=list)

    def name(self) -> str:
        """A name that nobody had before; letters and digits do for every kind."""
        self.number += 1
        return f"x{self.number}"

    def somebody(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """What SageMaker answers somebody else."""
        return Raw(self.rig.sagemaker).ok(operation, request)

    def spec(self, name: str) -> dict[str, Any]:
        """A manifest's spec."""
        request = {**self.request}
        kind = self.kind
        for member in (kind.own_name, kind.token, "ModelPackageName"):
            if member in request:
                request[str(member)] = name if member != kind.token else request[str(member)]
        if kind.name_optional == "always":
            request.pop(kind.own_name or "", None)
        spec: dict[str, Any] = to_manifest(kind.create, request)
        if kind.name == "ModelCard":
            spec["content"] = request["Content"]  # sensitive: to_manifest never shows it
        if kind.tags and kind.taggable:
            spec["tags"] = [{"key": "team", "value": "a"}]
        return spec


def stage(name: str, clock: Clock | None = None, **settings: Any) -> Stage:
    """A new SageMaker in which everything is there that a kind refers to."""
    service = sagemaker(clock, **settings)
    kind = KINDS[name]
    maker = Maker(Raw(service))  # type: ignore[arg-type]
    request = maker.request(model.kinds()[name], "placeholder")
    Raw(service).advance(1000)
    edit: Mapping[str, Any] | None = EDITS.get(name)
    if name in REFERRING:
        referred, key = REFERRING[name]
        maker.create(model.kinds()[referred], "other")
        edit = {key: "other"}
    rig = Rig(service)
    rig.remember()
    made = Stage(kind, rig, request)
    made.edit = edit or edit_of(made)
    return made


def edit_of(on: Stage) -> Mapping[str, Any] | None:
    """The first change of one member that SageMaker takes and shows, found by trying; None for a kind without Update."""
    kind, rig = on.kind, on.rig
    if kind.verbs.update is None or kind.lifecycle == "run":
        return None
    for member in sorted(kind.changeable, key=lambda m: (kind.shape_of(m).type != "string", m)):
        spec = _changed(on, member)
        if spec is None:
            continue
        name = on.name()
        rig.apply(kind, name, on.spec(name))
        try:
            rig.until(lambda: settled(rig, kind, name), "ready")  # noqa: B023
            rig.sagemaker.forget_calls()
            rig.edit(kind, name, {"spec": spec})
            rig.until(lambda: settled(rig, kind, name), "edited", 1800)  # noqa: B023
            taken = rig.sagemaker.counts[kind.verbs.update] == 1
        except (AssertionError, Defect) as why:
            on.refused.append(f"{member}: {str(why)[:200]}")
            taken = False
        rig.clean()
        if taken:
            return spec
    return None


def _changed(on: Stage, member: str) -> dict[str, Any] | None:
    kind = on.kind
    operation = kind.verbs.create if member in kind.create.members else str(kind.verbs.update)
    shape = model.input_shape(operation).members[member]
    before = on.request.get(member)
    for made in (inputs.minimal(shape, member), inputs.full(shape, member)):
        value = made
        if shape.type_name == "string" and not getattr(shape, "enum", None) and value == before:
            value = f"{value}2"
        if shape.type_name == "boolean":
            value = not before
        if value in (before, {}, []):
            continue
        asked = {**on.request, member: value}
        if member in kind.create.members and kind.validate(asked):
            continue
        return {key_of(member): to_manifest(kind.shape_of(member), value)}
    return None


def settled(rig: Rig, kind: Kind, name: str) -> bool:
    """Whether everybody who reads it takes it for done."""
    obj = rig.get(kind, name)
    return obj is not None and kstatus(obj) == "Current"


def lead(on: Stage, name: str) -> None:
    """A life, whatever happens meanwhile; what must hold at each of its stations is asserted."""
    kind, rig = on.kind, on.rig
    rig.apply(kind, name, on.spec(name))
    rig.until(lambda: settled(rig, kind, name), "created")
    one_and_only(on)
    if on.edit is not None:
        rig.edit(kind, name, {"spec": on.edit})
        rig.until(lambda: settled(rig, kind, name), "edited")
        one_and_only(on)
    if kind.taggable and kind.tags:
        rig.edit(
            kind, name, {"spec": {"tags": [{"key": "team", "value": "b"}, {"key": "more", "value": ""}]}}
        )
        rig.until(lambda: settled(rig, kind, name), "tagged")
        (resource,) = rig.resources(kind)
        tags = {k: v for k, v in resource.tags.items() if not k.startswith("services.k8s.aws/")}
        assert tags == {"team": "b", "more": ""}, rig.story()
    end(on, name)


def end(on: Stage, name: str) -> None:
    """Deletion, and what is left after it."""
    kind, rig = on.kind, on.rig
    rig.delete(kind, name)
    rig.until(lambda: rig.get(kind, name) is None, "deleted")
    rig.rest(300)
    nothing_left(on)


def one_and_only(on: Stage) -> None:
    """One resource is there, and there never was another."""
    found = on.rig.resources(on.kind)
    assert len(found) == 1, f"{[r.arn for r in found]}\n{on.rig.story()}"
    assert len(on.rig.made[on.kind.name]) == 1, f"{on.rig.made}\n{on.rig.story()}"


def nothing_left(on: Stage) -> None:
    """What is deleted is gone; a run that is only stopped is over."""
    kind = on.kind
    left = on.rig.resources(kind)
    if kind.end_with in {"delete", "stop-delete"}:
        assert [r for r in left if r.status not in LINGERING] == [], on.rig.story()
    elif kind.end_with == "stop" and kind.states is not None:
        assert all(kind.states.of(str(r.status)) is not StateClass.BUSY for r in left), on.rig.story()
