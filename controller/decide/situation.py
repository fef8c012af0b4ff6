"""Everything that is known of one object when something is decided about it, and what that already says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from controller.decide.actions import Reject
from controller.decide.conditions import condition, is_true
from controller.decide.declared import Declared
from controller.decide.reach import found_by_list
from controller.decide.translate import values_at
from controller.decide.writers import Rival
from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from controller.kinds.states import StateClass
from controller.kinds.steps import Conditions

# What a refusal is called that only an edit ends; the second is of what was stopped to be updated, and could not be.
INVALID, UPDATE_REFUSED = "Invalid", "UpdateRefused"
FOR_GOOD = frozenset({INVALID, UPDATE_REFUSED})


@dataclass(frozen=True, slots=True)
class Seen:
    """What Describe answered, unwrapped.

    ``ours`` is whether the ownership tag says so: True also for what is on record as ours, False where nothing proves it.
    ``arn`` is the resource's own, where the description or the search for it told; ``owner`` is its ownership tag, if asked for.
    """

    description: Mapping[str, Any]
    ours: bool = True
    arn: str | None = None
    owner: str | None = None
    holder: str = ""  # another object of this cluster whose resource it is


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything ``plan`` judges by. ``seen`` is None for a resource that is not there; ``looked`` whether anybody asked."""

    declared: Declared
    asked: Mapping[str, Any]  # Create's request, references replaced
    complaints: tuple[str, ...] = ()  # what the model forbids in it
    waits: tuple[str, ...] = ()  # a sentence for every neighbour to wait for
    unresolved: bool = False  # whether one of these has no value yet that could be declared
    users: tuple[str, ...] = ()  # objects that use this one and are being deleted too
    looked: bool = False
    seen: Seen | None = None
    nameless: bool = (
        False  # whether SageMaker cannot be asked: what identifies the resource is not known (yet)
    )
    retain: bool = False
    protected: bool = False  # whether a deletion has to wait
    unclear: tuple[
        str, ...
    ] = ()  # a sentence for every annotation about the deletion that says nothing it could
    recent: bool = False  # whether a Create was tried lately, so that Describe may not know of it yet
    lately_changed: bool = False  # whether an Update was sent so lately that Describe may not show it yet
    refused: bool = False  # whether the last Create was surely without effect
    tags: Mapping[str, str] | None = None  # what SageMaker has, if anybody asked
    retry_in: float = 0.0  # seconds until an update that failed in passing may be sent again
    rival: Rival | None = None  # another controller that writes this object

    @property
    def kind(self) -> Kind:
        """The object's kind."""
        return self.declared.kind

    @property
    def arn(self) -> str | None:
        """The ARN of what is ours: on record, or found in this pass. A claim counts once it was looked at."""
        if self.seen is not None:
            return (self.declared.arn or self.seen.arn) if self.seen.ours else None
        return None if self.declared.is_claimed else self.declared.arn

    @property
    def edited(self) -> bool:
        """Whether the manifest asks for something that was not done yet."""
        # what met a fault or waits is on record as observed, but not as done
        return not is_observed(self.declared) or is_true(self.declared.status, "ACK.Recoverable")


def state_of(kind: Kind, description: Mapping[str, Any]) -> str | None:
    """The state that a description shows; None for a kind without states."""
    return description.get(kind.status) if kind.status else None


def class_of(kind: Kind, description: Mapping[str, Any]) -> StateClass:
    """The class of what a description shows. A settled run whose rules are still being judged is busy."""
    state = state_of(kind, description)
    if kind.states is None or state is None:
        return StateClass.SETTLED
    held = kind.states.of(state)
    if held in {StateClass.SETTLED, StateClass.FAILED} and _still_judged(kind, description):
        return StateClass.BUSY
    return held


def _still_judged(kind: Kind, description: Mapping[str, Any]) -> bool:
    return any(holds(description, {path: values}) for path, values in kind.busy_while.items())


def holds(description: Mapping[str, Any], conditions: Conditions) -> bool:
    """Whether at every path of the conditions stands one of its values."""
    return all(
        any(value in values for value in values_at(description, path.split(".")))
        for path, values in conditions.items()
    )


def is_held(kind: Kind, description: Mapping[str, Any]) -> bool:
    """Whether something runs that update and delete have to wait for, though the resource itself is as declared."""
    held = kind.steps.held_while
    return bool(held) and holds(description, held)


def lingers(kind: Kind, status: Mapping[str, Any]) -> bool:
    """Whether a status shows a run that is over and has left something behind that can still change."""
    kept = {
        ".".join(map(key_of, path.split("."))): values for path, values in kind.steps.lingers_while.items()
    }
    return bool(kept) and holds(status, kept)


def must_look(declared: Declared) -> bool:
    """Whether SageMaker has to be asked before anything can be decided. What cannot change is never asked about.

    What was never tried is created without looking, but for what SageMaker would make twice: an API server that is restored
    from a backup, and a cluster made anew from Git, have forgotten that it was tried, and a second domain is worse than a List.
    NB: nor is a token relied on for that; nobody says for how long SageMaker remembers one.
    """
    if not declared.held:
        return found_by_list(declared.kind) and declared.arn is None and not declared.deleting
    if declared.deleting:
        return declared.kind.end_with != "leave" and not ended(declared)
    return declared.arn is None or not is_over(declared)


def is_over(declared: Declared) -> bool:
    """Whether a run has ended, was not edited since and has left nothing behind: nothing about it can change any more."""
    return ended(declared) and is_observed(declared) and not lingers(declared.kind, declared.status)


def is_observed(declared: Declared) -> bool:
    """Whether the status speaks of this very generation."""
    return declared.observed_generation == declared.generation


def ended(declared: Declared) -> bool:
    """Whether the status shows a run that is over: nothing will ever change it again."""
    kind, status = declared.kind, declared.status
    if kind.lifecycle != "run" or kind.states is None or declared.state is None or declared.arn is None:
        return False
    if not kind.states.ended(declared.state) or (status.get("applied") or {}).get("partial"):
        return False
    ready = condition(status, "Ready")
    return ready is not None and not is_true(status, "Reconciling")


def may_end_unseen(declared: Declared) -> bool:
    """Whether a run is known well enough to take its state alone for its end: nothing is judged after it."""
    judged = {key_of(path.partition(".")[0].rstrip("[]")) for path in declared.kind.busy_while}
    described = any(key_of(member) in declared.status for member in declared.kind.status_members)
    return described and not judged & declared.status.keys()


def refusal(declared: Declared) -> Reject | None:
    """The refusal of this very generation for good, by the model or by SageMaker; None if there was none."""
    said = condition(declared.status, "ACK.Terminal") or {}
    # the API server raises the generation by one when an object is deleted
    judged = declared.observed_generation + (1 if declared.deleting else 0) >= declared.generation
    if judged and said.get("status") == "True" and said.get("reason") in FOR_GOOD:
        return Reject(str(said["reason"]), str(said.get("message", "")))
    return None
