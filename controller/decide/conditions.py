"""What a GitOps tool, ``kubectl wait`` and a person read: one verdict becomes the whole list of conditions, in order.

The order matters: Argo CD's built-in script and kstatus return at the first condition they know. ACK.Terminal stands before
Ready, and Reconciling and Stalled are never both True.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from controller.decide.translate import timestamp

ORDER = (
    "ACK.Terminal",
    "ACK.Recoverable",
    "ACK.Advisory",
    "ACK.ReferencesResolved",
    "ACK.ResourceSynced",
    "Ready",
    "Reconciling",
    "Stalled",
)


class Row(Enum):
    """A row of the contract's table."""

    BUSY = "busy"
    SETTLED = "settled"
    RESTING = "resting"
    FAILED = "failed"
    STOPPED = "stopped"
    MALFORMED = "malformed"
    HELD_UP = "held up"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of an object: a row, a reason in CamelCase and a sentence; ``advisory`` is a sentence beside it.

    ``resolved``: whether the object's references are resolved, None for one without any.
    """

    row: Row
    reason: str
    message: str
    advisory: str | None = None
    resolved: bool | None = None


def conditions(
    verdict: Verdict, before: Sequence[Mapping[str, Any]], generation: int, now: datetime
) -> list[dict[str, Any]]:
    """The conditions of an object, in order; a transition time moves only when the condition's status does."""
    holding = _holding(verdict)
    earlier = {condition.get("type"): condition for condition in before}
    written = []
    for name in ORDER:
        if name not in holding:
            continue
        status, reason, message = holding[name]
        was = earlier.get(name)
        since = was.get("lastTransitionTime") if was is not None and was.get("status") == status else None
        written.append(
            {
                "type": name,
                "status": status,
                "reason": reason,
                # 32,768: what metav1.Condition allows for a message
                "message": message[:32768],
                "observedGeneration": generation,
                "lastTransitionTime": since or timestamp(now),
            }
        )
    return written


def _holding(verdict: Verdict) -> dict[str, tuple[str, str, str]]:
    reason, message = verdict.reason, verdict.message
    holding: dict[str, tuple[str, str, str]] = {}
    if verdict.row in {Row.FAILED, Row.STOPPED, Row.MALFORMED}:
        holding["ACK.Terminal"] = ("True", reason, message)
        holding["Stalled"] = ("True", reason, message)
    if verdict.row is Row.HELD_UP:
        holding["ACK.Recoverable"] = ("True", reason, message)
    if verdict.advisory:
        holding["ACK.Advisory"] = ("True", "Advisory", verdict.advisory)
    if verdict.resolved is not None:
        holding["ACK.ReferencesResolved"] = (
            ("True", "Resolved", "every reference is resolved")
            if verdict.resolved
            else ("Unknown", reason, message)
        )
    if verdict.row in {Row.BUSY, Row.HELD_UP}:
        holding["Reconciling"] = ("True", reason, message)
    holding["Ready"] = ("True" if verdict.row in {Row.SETTLED, Row.RESTING} else "False", reason, message)
    holding["ACK.ResourceSynced"] = (_synced(verdict), reason, message)
    return holding


def _synced(verdict: Verdict) -> str:
    if verdict.row in {Row.BUSY, Row.MALFORMED}:
        return "False"
    if verdict.row is Row.HELD_UP:
        return "False" if verdict.reason in {"WaitingForReference", "Busy"} else "Unknown"
    return "True"


def condition(status: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """One condition of a status, or None."""
    return next((c for c in status.get("conditions") or () if c.get("type") == name), None)


def is_true(status: Mapping[str, Any], name: str) -> bool:
    """Whether a condition of a status is True."""
    found = condition(status, name)
    return found is not None and found.get("status") == "True"
