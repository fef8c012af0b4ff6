"""What a state's name implies: busy, settled, resting, failed or gone. The table corrects it where names mislead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum


class StateClass(Enum):
    """What a state means for the one who waits."""

    BUSY = "busy"  # SageMaker is at work; it will leave this state by itself
    SETTLED = "settled"  # as declared
    RESTING = "resting"  # stopped on purpose, and can go on
    FAILED = "failed"  # ended, and not as declared (a run that somebody stopped among them)
    GONE = "gone"  # Describe still answers, but there is nothing any more


@dataclass(frozen=True, slots=True)
class States:
    """The class of every state a kind can be in."""

    classes: Mapping[str, StateClass]

    def of(self, state: str) -> StateClass:
        """The class of a state; one that botocore's model does not know yet is judged by its name."""
        return self.classes.get(state) or classify(state, run=False)

    def named(self, plain: str) -> str | None:
        """The state of this name, however it is spelt; None if there is none."""
        return next((state for state in self.classes if _plain(state) == plain), None)

    def where(self, wanted: StateClass) -> tuple[str, ...]:
        """The states of one class, in the model's order."""
        return tuple(state for state, held in self.classes.items() if held is wanted)

    def ended(self, state: str) -> bool:
        """Whether a run in this state is over. A session that is Running is as declared, but not over."""
        held = self.of(state)
        return held is StateClass.FAILED or (
            held in {StateClass.SETTLED, StateClass.RESTING} and _plain(state) in _ENDS
        )


# The names of states in which a run is over as it should be (the failed ones are of class FAILED).
_ENDS = frozenset({"completed", "succeeded"})


def _plain(state: str) -> str:
    return state.lower().replace("_", "")


def classify(state: str, *, run: bool) -> StateClass:
    """The class that a state's name implies. ``run``: whether the kind is a run, which cannot go on once stopped."""
    name = _plain(state)
    if "fail" in name:
        return StateClass.FAILED
    if name in {"deleted", "deletecompleted"}:
        return StateClass.GONE
    if name.endswith(("ing", "pending", "inprogress", "rollingback")):
        return StateClass.BUSY
    if name in {"stopped", "cancelled"}:
        return StateClass.FAILED if run else StateClass.RESTING
    return StateClass.SETTLED


def is_stopped(state: str) -> bool:
    """Whether a state says that somebody stopped it, as opposed to a failure."""
    return _plain(state) in {"stopped", "cancelled"}


def infer(values: Iterable[str], *, run: bool) -> dict[str, StateClass]:
    """The class of every value of a state enumeration, by its name."""
    return {value: classify(value, run=run) for value in values}


# The order in which a new run passes through its first states; the first one an enumeration has is where it begins.
_BEGINNINGS = ("creating", "pending", "initializing", "starting", "inprogress", "executing", "scheduled")


def first(values: Iterable[str]) -> str | None:
    """The state in which something of this enumeration begins, or None when no name tells."""
    by_name = {_plain(value): value for value in values}
    return next((by_name[name] for name in _BEGINNINGS if name in by_name), None)
