"""Every kind's object parted from what says which resource is its own, in one way a world, and what came of it."""

import copy
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from controller.decide.declared import ARN_ANNOTATION, FOR_ANNOTATION, INTENT_ANNOTATION
from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from tests.loop.manifests import name_of, referring
from tests.loop.recorded import spec_of
from tests.loop.world import PATIENCE, Object, World, condition, has_failed, is_ready, wait_until

KINDS = kinds()
RETAIN = {"metadata": {"annotations": {"services.k8s.aws/deletion-policy": "retain"}}}
NO_ANNOTATIONS = {
    "metadata": {"annotations": {ARN_ANNOTATION: None, FOR_ANNOTATION: None, INTENT_ANNOTATION: None}}
}
NO_STATUS = {"status": None}
NO_FINALIZER = {"metadata": {"finalizers": None}}


@dataclass(frozen=True, slots=True)
class Case:
    """One object; ``label`` is its kind, and what is special about it."""

    label: str
    kind: Kind
    name: str
    group: str = ""

    def spec(self, world: World, *, alone: bool) -> dict[str, Any]:
        """Its spec; unless ``alone`` every name of another kind in it is a reference to the object of that kind beside it."""
        spec = spec_of(world, self.kind, self.name)
        if self.group:
            del spec["modelPackageName"]
            spec["modelPackageGroupName"] = self.group
        return spec if alone else referring(self.kind, spec)


def _cases() -> Iterator[Case]:
    for kind in KINDS.values():
        yield Case(kind.name, kind, name_of(kind, "x"))
    group = name_of(KINDS["ModelPackageGroup"], "x")
    yield Case("ModelPackage of a group", KINDS["ModelPackage"], "version", group)


CASES = {case.label: case for case in _cases()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one object."""

    before: Object
    after: Object
    made: tuple[str, ...]  # ARNs of the kind that SageMaker had not before
    created: tuple[int, ...]  # the HTTP status of each Create that was sent for it
    ended: tuple[str, ...]  # operations that change or end something and were called for its kind

    @property
    def word(self) -> str:
        """What it is called in identities.yaml."""
        if has_failed(self.after):
            return "refused" if not self.made else "refused after all"
        if not is_ready(self.after):
            return "waits"
        if self.made or arn_of(self.after) != arn_of(self.before):
            return "second"
        if not self.created:
            return "found"
        return "answered" if 200 in self.created else "taken up"

    @property
    def message(self) -> str:
        """What its Ready condition says."""
        return str(condition(self.after, "Ready").get("message", ""))


def arn_of(obj: Object) -> str:
    """The ARN that an object shows."""
    return str(((obj.get("status") or {}).get("ackResourceMetadata") or {}).get("arn", ""))


@dataclass
class Scene:
    """All kinds settled in one world; ``there`` is where they are after what is done to them."""

    there: World
    before: dict[str, Object]
    worlds: list[World] = field(default_factory=list)

    def each(self, deed: Callable[[Case], object]) -> None:
        """Do something with each object."""
        for case in CASES.values():
            deed(case)

    def strip(self, *patches: Mapping[str, Any]) -> None:
        """Take things away from every object while no controller runs, and start one."""
        self.there.stop()
        self.there.control.forget_calls()
        for patch in patches:
            where = "status" if patch is NO_STATUS else ""
            self.each(lambda case: self.there.patch(case.kind.name, case.name, patch, where))  # noqa: B023
        self.there.start()

    def put_back(self, written: Callable[[Object], Object]) -> None:
        """Create every object anew, as ``written`` has it."""
        self.there.control.forget_calls()
        for label, case in CASES.items():
            obj = written(copy.deepcopy(self.before[label]))
            metadata = {k: v for k, v in obj["metadata"].items() if k != "name"}
            self.there.apply(case.kind.name, case.name, obj.get("spec"), **metadata)

    def let_go(self) -> None:
        """Delete every object and keep its resource."""
        self.each(lambda case: self.there.patch(case.kind.name, case.name, RETAIN))
        self.each(lambda case: self.there.delete(case.kind.name, case.name))
        self.each(lambda case: self.there.until_gone(case.kind.name, case.name))

    def move(self, plane: ControlPlane, **settings: Any) -> None:
        """The first cluster is lost; there is another one, without objects."""
        self.there.stop()
        self.there = World(plane, beside=self.there, **settings)
        self.worlds.append(self.there)


def exported(obj: Object) -> Object:
    """As ``kubectl get -o yaml`` gives it, less what no object can be created with: uid, resourceVersion and status."""
    metadata = {key: value for key, value in obj["metadata"].items() if key not in {"uid", "resourceVersion"}}
    return {**obj, "metadata": metadata, "status": None}


def unheld(obj: Object) -> Object:
    """The same without finalizers, which some tools leave out."""
    return {**exported(obj), "metadata": {**exported(obj)["metadata"], "finalizers": None}}


def committed(obj: Object) -> Object:
    """As it stands in Git: nothing of the controller's."""
    return {**obj, "metadata": {"name": obj["metadata"]["name"]}, "status": None}


def led(plane: ControlPlane, way: Callable[[Scene], None], *, alone: bool = False) -> Mapping[str, Outcome]:
    """Settle every kind, go a way with all at once, and say what came of each. ``alone``: none refers to another."""
    world = World(plane)
    scene = Scene(world, {}, [world])
    try:
        for case in CASES.values():
            world.apply(case.kind.name, case.name, case.spec(world, alone=alone))
        for label, case in CASES.items():
            scene.before[label] = world.until(case.kind.name, case.name, _is_noted)
        world.rest()
        # weeks pass before a backup is needed: no token may be relied on
        world.control.settings(token_memory=0.001)
        had = {resource["arn"] for resource in world.control.resources()}
        way(scene)
        return _outcomes(scene, had)
    finally:
        for one in reversed(scene.worlds):
            one.close()


def _is_noted(obj: Object) -> bool:
    return is_ready(obj) and ARN_ANNOTATION in obj["metadata"].get("annotations", {})


def _outcomes(scene: Scene, had: set[str]) -> Mapping[str, Outcome]:
    there = scene.there
    _wait(there)
    there.rest()
    after = {label: there.get(case.kind.name, case.name) or {} for label, case in CASES.items()}
    calls, counts, resources = there.control.calls(), there.control.counts(), there.control.resources()
    found = {}
    for label, case in CASES.items():
        kind = case.kind
        sent = [c for c in calls if c["operation"] == kind.verbs.create and _is_of(case, c)]
        made = [r for r in resources if r["kind"] == kind.name and r["arn"] not in had and _is_of(case, r)]
        found[label] = Outcome(
            scene.before[label],
            after[label],
            tuple(r["arn"] for r in made),
            tuple(c["status"] for c in sent),
            tuple(o for o in (kind.verbs.update, kind.verbs.stop, kind.verbs.delete) if o in counts),
        )
    return found


def _is_of(case: Case, seen: Mapping[str, Any]) -> bool:
    """Whether a call or a resource is of this object: there is one of each kind, and two of ModelPackage."""
    return case.kind.name != "ModelPackage" or ("ModelPackageGroupName" in seen["request"]) == bool(
        case.group
    )


def _wait(world: World) -> None:
    """Wait until every object is Ready or refused; what is neither in time tells of itself later."""
    found: dict[str, Object] = {}
    end = time.monotonic() + PATIENCE / 2

    def is_over() -> bool:
        for label, case in CASES.items():
            if label not in found or not (is_ready(found[label]) or has_failed(found[label])):
                found[label] = world.get(case.kind.name, case.name) or {"metadata": {}}
        return time.monotonic() > end or all(is_ready(o) or has_failed(o) for o in found.values())

    wait_until(is_over, lambda: str({label: o.get("status") for label, o in found.items()}))
