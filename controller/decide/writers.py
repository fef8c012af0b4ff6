"""Who else writes an object's status. Two controllers on one object make two resources, or undo each other for ever. Pure.

The API server keeps who wrote a field last, and when (metadata.managedFields). Whoever wrote conditions or the ARN after we
had our say is another controller at work. One that wrote before we did is none: that is the switch from it to us.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.decide.conditions import condition
from controller.decide.declared import Declared
from controller.decide.translate import moment, timestamp
from controller.kinds.kind import GROUP

REASON = "SecondWriter"
# A time, RFC 3339: what was written until then counts for nothing. For whoever has stopped the other controller.
SOLE_ANNOTATION = f"{GROUP}/sole-writer-since"

# Ends the statement where the annotation is there in vain. NB: without its value, so that it can be told from the rest.
ILLEGIBLE = (
    f"; annotation {SOLE_ANNOTATION} is not a time: write one such as 2026-01-31T08:00:00Z, or take it away"
)

# Seconds. The incumbent writes a settled object at its resync, every 10 h, and after a run of faults up to 1,000 s later
# (the longest pause of controller-runtime's rate limiter). Whoever is silent for longer than both is gone.
QUIET = 37_000

# What only a controller writes into a status of these kinds.
_TELLING = ("conditions", "ackResourceMetadata")


@dataclass(frozen=True, slots=True)
class Rival:
    """Another controller that writes this object. ``said``: whether the status says so already."""

    message: str
    quiet_in: float  # seconds until it has been silent for long enough
    said: bool
    anew: bool = False  # whether the statement lacks a sentence, or has one too many


@dataclass(frozen=True, slots=True)
class _Wrote:
    """The last time that a manager wrote into the status, and whether the conditions that stand there are its own."""

    moment: datetime
    conditions: bool
    manager: str

    @property
    def order(self) -> tuple[datetime, bool]:
        # NB: times are whole seconds; of two writers in one second the later one has the conditions
        return self.moment, self.conditions


def rival(
    declared: Declared, managed: Iterable[Mapping[str, Any]], ours: str, quiet: float, now: datetime
) -> Rival | None:
    """Who else writes the status, if anybody did within ``quiet`` seconds; ``ours`` is our field manager. 0: nobody is looked for."""
    if quiet <= 0:
        return None
    entries = [entry for entry in managed if entry.get("subresource") == "status"]
    own = max(_wrote(entries, declared, ours=ours, own=True), key=lambda w: w.order, default=None)
    if own is None:
        return None  # whatever is there was written by somebody we take over from, or by a restore
    others = [w for w in _wrote(entries, declared, ours=ours, own=False) if w.order > own.order]
    latest = max(others, key=lambda w: w.order, default=None)
    statement = _statement(declared.status)
    # NB: our own statement makes the conditions ours again, so it is all that remembers what it was made for
    since = latest.moment if latest else _moment((statement or {}).get("lastTransitionTime"))
    alone = _moment(declared.annotations.get(SOLE_ANNOTATION))
    if since is None or (alone is not None and since <= alone):
        return None
    left = quiet - (now - since).total_seconds()
    if left <= 0:
        return None
    before = str((statement or {}).get("message", ""))
    message = _message(latest, quiet) if latest else before.removesuffix(ILLEGIBLE)
    more = ILLEGIBLE if unclear(declared) else ""
    return Rival(
        message + more, left, said=statement is not None, anew=before.endswith(ILLEGIBLE) != bool(more)
    )


def unclear(declared: Declared) -> tuple[str, ...]:
    """A sentence where the annotation is there and tells no time."""
    told = SOLE_ANNOTATION in declared.annotations and _moment(declared.annotations[SOLE_ANNOTATION]) is None
    return (ILLEGIBLE.removeprefix("; "),) if told else ()


def _wrote(
    entries: Sequence[Mapping[str, Any]], declared: Declared, *, ours: str, own: bool
) -> Iterable[_Wrote]:
    for entry in entries:
        if (entry.get("manager") == ours) is not own:
            continue
        fields = (entry.get("fieldsV1") or {}).get("f:status") or {}
        # an empty list is what the API server puts where somebody has stripped the status
        told = [name for name in _TELLING if f"f:{name}" in fields and declared.status.get(name)]
        at = _moment(entry.get("time"))
        if at is not None and (own or told):
            yield _Wrote(at, "conditions" in told, str(entry.get("manager") or "unknown"))


def _statement(status: Mapping[str, Any]) -> Mapping[str, Any] | None:
    said = condition(status, "ACK.Recoverable")
    return (
        said if said is not None and said.get("reason") == REASON and said.get("status") == "True" else None
    )


def _message(wrote: _Wrote, quiet: float) -> str:
    return (
        f'another controller writes this status (field manager "{wrote.manager}", last at {timestamp(wrote.moment)}): nothing '
        f"is created, changed or deleted in SageMaker until it has written nothing for {quiet:.0f} s; stop it, then annotate "
        f"{SOLE_ANNOTATION} with the time of that, written as here, to go on at once"
    )


def _moment(text: Any) -> datetime | None:
    return moment(text) if isinstance(text, str) else None
