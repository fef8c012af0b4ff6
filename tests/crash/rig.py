"""A controller in one thread between the stand-in and the simulated SageMaker, on one clock, that can be killed at any boundary."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ReadTimeoutError

from controller.cloud.silence import Silence
from controller.cluster.api import FIELD_MANAGER
from controller.cluster.errors import Unreachable
from controller.cluster.records import Ours, Record, causes_pass, key_of, record_of
from controller.cluster.resources import ResourceRef
from controller.decide.declared import ACKNOWLEDGEMENTS, ARN_ANNOTATION
from controller.decide.periods import Bounds
from controller.kinds.kind import GROUP, VERSION, Kind
from controller.loop.intake import Intake
from controller.loop.waiting import Facts
from controller.loop.work import ref_of
from simulator.service import SageMaker
from simulator.store import Resource
from tests.crash.assembly import KINDS, RESYNC, assemble
from tests.crash.cloud import READS, Direct
from tests.crash.stand_in import Object, StandIn

__all__ = ["KINDS", "NAMESPACE", "RESYNC", "Defect", "Rig"]

NAMESPACE = "crash"
# Seconds on the simulator's clock that anything here may take: a fault's pauses grow to ten minutes, a job takes some.
PATIENCE = 4 * 3600.0


class Killed(BaseException):
    """The process ends here, whatever it is at. NB: no Exception, so that nothing in the controller handles it."""


class Defect(BaseException):
    """The controller met an error of its own."""


class Door(StandIn):
    """The stand-in as the controller reaches it: each write is a boundary on either side."""

    def __init__(self, rig: Rig, behind: StandIn) -> None:
        self._rig, self._behind = rig, behind
        self.field_manager = FIELD_MANAGER

    def get(self, ref: ResourceRef, namespace: str | None, name: str, **_: Any) -> Object | None:
        return self._behind.get(ref, namespace, name)

    def patch(
        self,
        ref: ResourceRef,
        namespace: str | None,
        name: str,
        body: Any,
        *,
        subresource: Any = None,
        **_: Any,
    ) -> Object:
        what = f"{subresource or 'metadata'} write"
        self._rig.cross(f"before {what}")
        before = self._behind.get(ref, namespace, name)
        after = self._behind.patch(ref, namespace, name, body, subresource=subresource)
        self._rig.written(before, after)
        self._rig.cross(f"after {what}")
        return after


class Rig:
    """The whole: ``api`` is the user's way to the objects. ``mishaps`` says what happens at which boundary, counted from 1."""

    def __init__(
        self, sagemaker: SageMaker, *, settling: float = 30.0, seed: int = 0, bounds: Bounds | None = None
    ) -> None:
        self.sagemaker, self.clock = sagemaker, sagemaker.clock
        self.api = StandIn(self.clock.now)
        self.api.changed = self._changed
        self._settling = settling
        self._bounds = bounds or Bounds()
        self.random = random.Random(seed)
        self.mishaps: dict[int, str] = {}
        self.meddling: dict[int, Callable[[], object]] = {}  # what users do at which boundary
        self.down = 1.0  # seconds between a kill and the next controller
        self.crossed: list[str] = []
        self.trail: list[str] = []
        self.while_down: Callable[[], object] = lambda: None  # what users do while there is no controller
        self.restarts = 0
        self.watchers: list[Callable[[Object | None, Object], None]] = []
        self.known: set[str] = set()  # resources that were there before
        self.made: dict[str, set[str]] = {}  # every resource that ever came to be, by kind
        self.start()

    # --- the controller

    def start(self) -> None:
        """A new controller, which knows nothing but what the API server holds."""
        self._records: dict[tuple[str, str, str], Record[Facts]] = {}
        made = assemble(
            door=Door(self, self.api),
            session=self.session(),
            clock=self.clock,
            settling=self._settling,
            jitter=self.random.random,
            passed=self._passed,
            silence=self.silence(),
            bounds=self._bounds,
        )
        self.queue, self._worker, self.sweeps = made.queue, made.workers, made.sweeps
        self._intake: Intake | None = made.intake
        for obj in self.api.every():
            self._see(obj, initial=True)

    def session(self) -> Direct:
        """The way to SageMaker."""
        return Direct(self.sagemaker, self.cross)

    def silence(self) -> Silence:
        """What is known of who does not answer."""
        return Silence(self.clock.now)

    def kill(self) -> None:
        """End the controller; nothing is left of it."""
        self._intake = None
        self.while_down()
        self.advance(self.down)
        self.restarts += 1
        self.trail.append("restart")
        self.start()

    def cross(self, boundary: str) -> str:
        """A boundary is crossed, if nothing happens there; answers what becomes of an answer of AWS' there."""
        self.crossed.append(boundary)
        self.trail.append(boundary)
        self.meddling.pop(len(self.crossed), lambda: None)()
        mishap = self.mishaps.pop(len(self.crossed), None)
        if mishap == "kill":
            self.trail.append("KILLED")
            raise Killed(boundary)
        if mishap == "lose":
            self.trail.append("LOST")
            if boundary.endswith("write"):
                raise Unreachable(0, "Unreachable", f"lost: {boundary}")
            raise ReadTimeoutError(endpoint_url="memory:")
        self.trail += [mishap] if mishap else []
        return mishap or ""

    def step(self) -> bool:
        """The next pass that is due, at its time; False when none ever will be."""
        self._note()
        try:
            due = self._next()
            if due is None:
                return False
            if due > self.clock.now():
                # NB: the clock is rounded to the millisecond
                self.advance(due - self.clock.now() + 0.001)
            key = self.queue.get(timeout=0.0)
            if key is not None:
                self._worker.serve(key)
        except Killed:
            self._note()
            self.kill()
            return True
        self._note()
        return True

    def _next(self) -> float | None:
        """When a pass or a sweep is due next; the sweeps that are due are made."""
        while (wait := self.sweeps.turn()) == 0.0:
            pass
        times = [place.due for place in self.queue._places.values()]
        times += [self.clock.now() + wait] if wait is not None else []
        return min(times, default=None)

    def until(self, holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Go on until something holds.

        Raises:
            AssertionError: nobody will look again, or it takes too long; the message has the whole way there.
        """
        end, steps = self.clock.now() + patience, 0
        while not holds():
            steps += 1
            assert self.step(), f"{what}: nobody looks any more\n{self.story()}"
            assert self.clock.now() < end and steps < 2000, f"{what}: not within {patience} s\n{self.story()}"

    def rest(self, seconds: float) -> None:
        """Let time go by."""
        end = self.clock.now() + seconds
        while (due := self._next()) is not None and due <= end:
            self.step()
        self.advance(max(end - self.clock.now(), 0.0))
        self._note()

    def advance(self, seconds: float) -> None:
        """Move the clock; what falls due in SageMaker happens."""
        self.clock.advance(seconds)
        self.sagemaker.lifecycle.run_due()

    # --- the user

    def apply(
        self, kind: Kind, name: str, spec: Mapping[str, Any], annotations: Mapping[str, str] | None = None
    ) -> None:
        """Create an object."""
        metadata: dict[str, Any] = {"name": name, "namespace": NAMESPACE}
        metadata |= {"annotations": dict(annotations)} if annotations else {}
        body = {"apiVersion": f"{GROUP}/{VERSION}", "kind": kind.name, "metadata": metadata, "spec": spec}
        self.api.create(ref_of(kind), NAMESPACE, body)

    def get(self, kind: Kind, name: str) -> Object | None:
        """An object, or None."""
        return self.api.get(ref_of(kind), NAMESPACE, name)

    def edit(self, kind: Kind, name: str, patch: Mapping[str, Any]) -> None:
        """Merge-patch an object."""
        self.api.patch(ref_of(kind), NAMESPACE, name, patch)

    def delete(self, kind: Kind, name: str) -> None:
        """Ask for an object's end."""
        self.api.delete(ref_of(kind), NAMESPACE, name)

    # --- what came of it

    def resources(self, kind: Kind) -> list[Resource]:
        """The kind's resources that were not there before."""
        return [
            r for r in self.sagemaker.store.every() if r.kind.name == kind.name and r.arn not in self.known
        ]

    def story(self) -> str:
        """What happened, for a failing test."""
        lines = [" > ".join(self.trail[-120:])]
        lines += [f"{obj['kind']} {obj['metadata']} {obj.get('status')}" for obj in self.api.every()]
        return "\n".join(lines)[:6000]

    def written(self, before: Object | None, after: Object) -> None:
        """The controller has written an object."""
        for watcher in self.watchers:
            watcher(before, after)

    def remember(self) -> None:
        """What is there now is nobody's concern."""
        self.known = {r.arn for r in self.sagemaker.store.every()}
        self.made = {}

    def clean(self) -> None:
        """Take away what is not known, objects too, and begin anew."""
        for resource in list(self.sagemaker.store.every()):
            if resource.arn not in self.known:
                self.sagemaker.store.remove(resource)
        self.sagemaker.faults.clear()
        self.api._objects.clear()
        self.mishaps.clear()
        self.meddling.clear()
        self.crossed.clear()
        self.trail.clear()
        self.made = {}
        self.restarts = 0
        self.down = 1.0
        self.while_down = lambda: None
        self.start()

    def _note(self) -> None:
        for resource in self.sagemaker.store.every():
            if resource.arn not in self.known:
                self.made.setdefault(resource.kind.name, set()).add(f"{resource.arn} {resource.number}")

    def _passed(self, _: str, result: str) -> None:
        if result == "defect":
            raise Defect

    def _changed(self, obj: Object, gone: bool) -> None:
        if self._intake is None:
            return
        if not gone:
            self._see(obj, initial=False)
            return
        kind, key = KINDS[obj["kind"]], key_of(obj)
        record = self._records.pop((kind.name, *key), None)
        if record is not None:
            self._intake.gone(kind)(key, record)

    def _see(self, obj: Object, *, initial: bool) -> None:
        """As the reflector does."""
        assert self._intake is not None
        kind, key = KINDS[obj["kind"]], key_of(obj)
        new = record_of(
            obj, Ours(kind.finalizer, ACKNOWLEDGEMENTS, ARN_ANNOTATION), self._intake.learn(kind)(obj)
        )
        old = self._records.get((kind.name, *key))
        self._records[kind.name, *key] = new
        if old is None or causes_pass(old, new):
            self._intake.changed(kind)(key, new, initial)


def is_mutating(boundary: str) -> bool:
    """Whether a boundary belongs to a call that changes something."""
    return not boundary.split()[1].startswith(READS)
