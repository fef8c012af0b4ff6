"""What is said of an object after a pass: one status patch if something changed, one Event on a transition, the next look."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from controller.cluster.api import Api
from controller.cluster.writes import write_status
from controller.decide import pauses, status
from controller.decide.conditions import Row, Verdict, condition
from controller.decide.faults import Fault
from controller.decide.plan import Seen
from controller.decide.translate import moment
from controller.loop.work import Next, Work

log = logging.getLogger(__name__)


class Tells(Protocol):
    """Who writes Kubernetes Events; never waits, never fails."""

    def tell(
        self, obj: Mapping[str, Any], *, reason: str, note: str, action: str, warning: bool = False
    ) -> None:
        """Say that something happened to an object."""


class Reporter:
    """Writes status and Events. ``learn`` is told every object as it was written."""

    def __init__(
        self,
        *,
        api: Api,
        events: Tells,
        learn: Callable[[Any, Mapping[str, Any]], object],
        resync: float,
        now: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._events = events
        self._learn = learn
        self._resync = resync
        self._now = now

    def show(
        self, work: Work, description: Mapping[str, Any], advisory: str | None, *, arn: str | None = None
    ) -> Next:
        """Show what SageMaker says."""
        kind = work.declared.kind
        verdict = status.verdict_of(kind, description, advisory=advisory, resolved=work.resolved)
        arn = arn or work.declared.arn or description.get(kind.described_arn or "")
        written = status.compose(work.declared, verdict, self._now(), arn=arn, description=description)
        return self._write(work, written, verdict)

    def wait(self, work: Work, reason: str, message: str, pause: float, seen: Seen | None) -> Next:
        """Show what is waited for. An object that is being deleted is busy, not held up."""
        row = Row.BUSY if work.declared.deleting else Row.HELD_UP
        verdict = Verdict(row, reason, message, None, work.resolved)
        description = seen.description if seen is not None else None
        written = status.compose(
            work.declared, verdict, self._now(), arn=work.declared.arn, description=description
        )
        done = self._write(work, written, verdict)
        return Next(min(pause, done.pause) if done.pause is not None and row is Row.BUSY else pause, done.obj)

    def reject(self, work: Work, reason: str, message: str) -> Next:
        """Show that this cannot be done as declared."""
        verdict = Verdict(Row.MALFORMED, reason, message, None, work.resolved)
        written = status.compose(work.declared, verdict, self._now(), arn=work.declared.arn, description=None)
        done = self._write(work, written, verdict)
        # What may mend itself is tried again once a resync; what the model forbids waits for an edit.
        return Next(None if reason == "Invalid" else self._resync, done.obj)

    def trouble(self, work: Work, fault: Fault, count: int, pause: float) -> Next:
        """Show a fault: at once on what is being created or changed, on a settled object only once it persists."""
        declared = work.declared
        shown = declared.observed_generation == declared.generation and declared.arn is not None
        if shown and not declared.deleting:
            if count >= status.TROUBLE_AFTER:
                written = status.troubled(declared, fault, self._now())
                self._write(work, written, status.held_up(fault, work.resolved))
            return Next(pause)
        since = condition(declared.status, "ACK.Recoverable")
        began = moment(str(since["lastTransitionTime"])) if since else None
        verdict = status.held_up(fault, work.resolved)
        if (
            began is not None
            and (self._now() - began).total_seconds() > pauses.TERMINAL_AFTER
            and not declared.deleting
        ):
            return self.reject(work, fault.reason, fault.message)
        written = status.compose(declared, verdict, self._now(), arn=declared.arn, description=None)
        done = self._write(work, written, verdict)
        return Next(pause, done.obj)

    def nothing(self, work: Work) -> Next:
        """Nothing was asked and nothing is to be said."""
        return Next.never()

    def note(self, work: Work, note: str) -> None:
        """Say something that is no state."""
        self._events.tell(work.obj, reason="Released", note=note, action="Delete")

    def _write(self, work: Work, written: Mapping[str, Any], verdict: Verdict) -> Next:
        before = condition(work.declared.status, "Ready") or {}
        obj = write_status(self._api, work.ref, work.obj, written)
        self._learn(work.declared.kind, obj)
        if (before.get("status"), before.get("reason")) != _ready(written):
            warning = verdict.row in {Row.FAILED, Row.STOPPED, Row.MALFORMED, Row.HELD_UP}
            self._events.tell(
                obj, reason=verdict.reason, note=verdict.message, action="Reconcile", warning=warning
            )
            log.info(
                "%s: %s",
                verdict.row.value,
                verdict.message,
                extra={
                    "kind": work.key.kind,
                    "namespace": work.key.namespace,
                    "object": work.key.name,
                    "reason": verdict.reason,
                },
            )
        return Next(self._pause(work, written, verdict), obj)

    def _pause(self, work: Work, written: Mapping[str, Any], verdict: Verdict) -> float | None:
        now = self._now()
        if verdict.row in {Row.BUSY, Row.HELD_UP} or work.declared.deleting:
            ready = condition(written, "Ready") or {}
            began = moment(ready.get("lastTransitionTime")) or now
            return pauses.while_busy(max((now - began).total_seconds(), 0.0))
        phase = pauses.drift_phase(spread(work.declared.uid), now.timestamp(), self._resync)
        return pauses.after_settling(work.declared.kind, verdict, self._resync, phase)


def _ready(written: Mapping[str, Any]) -> tuple[Any, Any]:
    ready = condition(written, "Ready") or {}
    return ready.get("status"), ready.get("reason")


def spread(uid: str) -> int:
    """A number by which objects are spread over a period; ``uid`` may have anything before it."""
    # NB: not hash(): it differs from process to process, and the moment must outlive a restart
    return int.from_bytes(uid.encode()[-8:].ljust(8, b"0"), "big")
