"""One object in one pass, and when to look again: what the steps of a pass hand to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from controller.cloud.session import Place
from controller.cluster.resources import ResourceRef
from controller.decide import declared as declared_
from controller.decide.declared import Declared
from controller.decide.faults import Fault
from controller.decide.sweeping import Watched
from controller.kinds.kind import GROUP, VERSION, Kind
from controller.loop.key import Key


def ref_of(kind: Kind) -> ResourceRef:
    """Where the API server has the objects of a kind."""
    return ResourceRef(GROUP, VERSION, kind.plural)


@dataclass(frozen=True, slots=True)
class Work:
    """One object in one pass. ``obj`` is as the API server last answered."""

    key: Key
    obj: Mapping[str, Any]
    declared: Declared
    place: Place
    asked: Mapping[str, Any]
    resolved: bool | None
    arn: str | None = None  # of what is ours: on record, or found in this pass

    @property
    def ref(self) -> ResourceRef:
        """Where the API server has it."""
        return ref_of(self.declared.kind)

    def after(self, obj: Mapping[str, Any]) -> "Work":
        """The same work once the object was written."""
        return replace(self, obj=obj, declared=declared_.read(self.declared.kind, obj))

    def with_status(self, changes: Mapping[str, Any]) -> "Work":
        """The same work with something in the status that the next write will put there; None takes away."""
        status = {**self.declared.status, **changes}
        kept = {key: value for key, value in status.items() if value is not None}
        return replace(self, declared=replace(self.declared, status=kept))


@dataclass(frozen=True, slots=True)
class Watch:
    """What a pass leaves behind that has nothing more to do. ``full``: seconds until a whole pass is made all the same."""

    kind: Kind
    place: Place
    one: Watched
    full: float


@dataclass(frozen=True, slots=True)
class Next:
    """When to look again, in seconds; None is never. ``obj`` is the object as it was written last, if it was.

    ``watch``: nothing but news of the resource is waited for, and a List may bring them.
    """

    pause: float | None
    obj: Mapping[str, Any] | None = None
    watch: Watch | None = None

    @staticmethod
    def never() -> "Next":
        """Only a change brings it back."""
        return Next(None)

    @staticmethod
    def at_once() -> "Next":
        """Read again now."""
        return Next(0.0)

    @staticmethod
    def after(seconds: float) -> "Next":
        """Look again after a pause."""
        return Next(seconds)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault, and the work as it stood when it came: the object may have been written since the pass began.

    ``changing``: it is what SageMaker said to a change, not to a look, a stop or a start.
    """

    work: Work
    fault: Fault
    changing: bool = False
