"""What is said of an object after a pass: one status patch if something changed, one Event on a transition, the next look."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from controller.cluster.api import Api
from controller.cluster.errors import Conflict
from controller.cluster.writes import write_status
from controller.decide import pauses, periods, status, writers
from controller.decide.actions import Yield
from controller.decide.applied import Applied
from controller.decide.conditions import Row, Verdict, condition, is_true
from controller.decide.declared import Declared, read
from controller.decide.faults import Fault, Meaning
from controller.decide.periods import Bounds, Periods
from controller.decide.situation import Seen, class_of, is_observed, lingers
from controller.decide.sweeping import watched
from controller.kinds.names import key_of
from controller.kinds.states import StateClass
from controller.loop.history import Streak
from controller.loop.secrets import Secrets
from controller.loop.work import Next, Watch, Work

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
        secrets: Secrets,
        bounds: Bounds,
        terminal_after: float,
        now: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._events = events
        self._learn = learn
        self._secrets = secrets
        self._bounds = bounds
        self._terminal_after = terminal_after
        self._now = now

    def show(
        self,
        work: Work,
        description: Mapping[str, Any],
        advisory: str | None,
        applied: Applied,
        *,
        arn: str | None = None,
        updating: bool = False,
    ) -> Next:
        """Show what SageMaker says; ``applied`` is what goes on record of what was asked for.

        ``updating``: SageMaker has taken a change that it does not show yet.
        """
        kind = work.declared.kind
        description = self._secrets.cleared(work.declared, description)
        verdict = status.verdict_of(kind, description, advisory=advisory, resolved=work.resolved)
        verdict = status.while_stopped(work.declared, verdict)
        verdict = status.while_updating(verdict) if updating else verdict
        arn = arn or work.arn or description.get(kind.described_arn or "")
        written = self._composed(work, verdict, description, arn)
        written["applied"] = applied.written() or None
        done = self._write(work, written, verdict)
        return done if updating else replace(done, watch=self._watch(work, done.obj))

    def tell(self, work: Work, summary: Mapping[str, Any], pause: float) -> Next:
        """Show the end of a run as List has told of it, beside all that was shown before; the rest is asked for later."""
        kind = work.declared.kind
        verdict = status.verdict_of(kind, summary, advisory=None, resolved=work.resolved)
        applied = replace(Applied.of(work.declared.status), partial=True)
        written = {
            **self._composed(work, verdict, None, work.arn),
            **status.shown(kind, summary),
            "applied": applied.written(),
        }
        return Next(pause, self._write(work, written, verdict).obj)

    def _watch(self, work: Work, obj: Mapping[str, Any] | None) -> Watch | None:
        """What is left to be heard of once everything has been done."""
        own, kind = self._periods(work), work.declared.kind
        one = watched(read(kind, obj), work.asked, own) if obj is not None else None
        if one is None:
            return None
        full = periods.until_resync(
            periods.spread(work.declared.uid), self._now().timestamp(), own, busy=one.busy
        )
        return Watch(kind, work.place, one, full)

    def wait(self, work: Work, reason: str, message: str, pause: float, seen: Seen | None) -> Next:
        """Show what is waited for. An object that is being deleted is busy, not held up."""
        row = Row.BUSY if work.declared.deleting else Row.HELD_UP
        verdict = Verdict(row, reason, message, None, work.resolved)
        written = self._composed(work, verdict, self._shown(work, seen), work.arn)
        done = self._write(work, written, verdict, passing=reason in status.EXPECTED)
        return Next(min(pause, done.pause) if done.pause is not None and row is Row.BUSY else pause, done.obj)

    def leave(self, work: Work, other: Yield) -> Next:
        """Show that another controller writes the object. What stands there already, whoever of the two said it, is not repeated."""
        pause = min(other.pause, pauses.LONGEST_RETRY)
        if other.said and not other.anew and is_observed(work.declared):
            return Next.after(pause)
        verdict = Verdict(Row.HELD_UP, writers.REASON, other.message, None, work.resolved)
        written = status.yielded(work.declared, verdict, self._now(), said=other.said)
        return Next(pause, self._write(work, written, verdict).obj)

    def reject(self, work: Work, reason: str, message: str, seen: Seen | None = None) -> Next:
        """Show that this cannot be done as declared, beside what SageMaker has."""
        verdict = Verdict(Row.MALFORMED, reason, message, None, work.resolved)
        description = self._shown(work, seen)
        written = self._composed(work, verdict, description, work.arn)
        done = self._write(work, written, verdict)
        if work.arn is not None and description is not None:
            if class_of(work.declared.kind, description) is StateClass.BUSY:
                return Next(self._soon(work, written), done.obj)
            return done  # what is there goes on being looked at
        # What may mend itself is tried again once a resync; what the model forbids waits for an edit.
        return Next(None if reason == "Invalid" else self._periods(work).resync, done.obj)

    def lose(self, work: Work, message: str) -> Next:
        """Show that the resource is gone, and that there will be no other."""
        verdict = Verdict(Row.FAILED, "Gone", message, None, work.resolved)
        written = self._composed(work, verdict, None, work.arn)
        return Next(self._periods(work).resync, self._write(work, written, verdict).obj)

    def advise(self, work: Work, advisory: str) -> Next:
        """Say something beside what was shown before, of a run that is over and that nobody can look at any more."""
        description = status.remembered(work.declared)
        verdict = status.verdict_of(
            work.declared.kind, description, advisory=advisory, resolved=work.resolved
        )
        written = self._composed(work, verdict, None, work.arn)
        return self._write(work, written, verdict)

    def record(self, work: Work, applied: Applied) -> Work:
        """Put on record what is about to be asked for."""
        return self.note_state(work, "applied", applied.written())

    def note_state(self, work: Work, key: str, value: Any) -> Work:
        """Put a note into the status before the call that it is about: a crash after the call finds it."""
        obj = write_status(self._api, work.ref, work.obj, {**work.declared.status, key: value})
        self._learn(work.declared.kind, obj)
        return work.after(obj)

    def start_over(self, work: Work) -> Work:
        """Take a resource that is no more off the record, before another one is made."""
        verdict = Verdict(
            Row.BUSY, "Creating", "It is gone from SageMaker and is created again.", None, work.resolved
        )
        written = {**self._composed(work, verdict, {}, None), "ackResourceMetadata": None, "applied": None}
        obj = write_status(self._api, work.ref, work.obj, written)
        self._learn(work.declared.kind, obj)
        return replace(work.after(obj), arn=None)

    def trouble(
        self, work: Work, fault: Fault, streak: Streak, pause: float, seen: Seen | None = None
    ) -> Next:
        """Show a fault: at once on what is being created or changed, on what rests or works only once it persists.

        ``seen`` is what SageMaker said before the call that met it.
        """
        declared = work.declared
        if declared.status != read(declared.kind, work.obj).status:
            # what a call has led to is put on record, whatever is said of the fault that came after it
            work = work.after(write_status(self._api, work.ref, work.obj, declared.status))
            declared = work.declared
        if status.settled_at_this_generation(declared):
            if streak.count >= status.TROUBLE_AFTER:
                verdict = status.held_up(fault, work.resolved)
                troubled = status.troubled(declared, verdict, self._now())
                self._write(work, troubled, verdict, lasts=streak.count == status.TROUBLE_AFTER)
            return Next(pause)
        if not declared.deleting and self._is_final(declared, fault, streak):
            if seen is not None and class_of(declared.kind, seen.description) is StateClass.FAILED:
                # why it failed comes first; that it takes no edit is said beside it
                shown = self.show(work, seen.description, fault.message, Applied.of(declared.status))
                return Next(self._periods(work).resync, shown.obj)
            return Next(self._periods(work).resync, self.reject(work, fault.reason, fault.message, seen).obj)
        at_work = is_observed(declared) and declared.arn is not None and not declared.deleting
        if (
            at_work
            and streak.count < status.TROUBLE_AFTER
            and not is_true(declared.status, "ACK.Recoverable")
        ):
            return Next(pause)
        verdict = status.held_up(fault, work.resolved)
        description = seen.description if seen is not None and seen.ours else None
        written = self._composed(work, verdict, description, work.arn)
        passing, lasts = streak.count < status.TROUBLE_AFTER, streak.count == status.TROUBLE_AFTER
        return Next(pause, self._write(work, written, verdict, passing=passing, lasts=lasts).obj)

    def keep(self, work: Work, pause: float) -> Next:
        """Say nothing, but put on record what the calls of a pass have led to that could not be ended."""
        if work.declared.status == (work.obj.get("status") or {}):
            return Next(pause)
        obj = write_status(self._api, work.ref, work.obj, work.declared.status)
        self._learn(work.declared.kind, obj)
        return Next(pause, obj)

    def _is_final(self, declared: Declared, fault: Fault, streak: Streak) -> bool:
        """Whether a person is to act: the same thing has been missing for long, or was when it was last tried."""
        if fault.meaning not in {Meaning.ELSEWHERE, Meaning.BUSY}:
            return False
        said = condition(declared.status, "ACK.Terminal") or {}
        beside = condition(declared.status, "ACK.Advisory") or {}
        same = said.get("reason") == fault.reason or beside.get("message") == fault.message
        known = is_observed(declared) and said.get("status") == "True" and same
        return known or streak.lasted(self._now()).total_seconds() > self._terminal_after

    def note(self, work: Work, note: str) -> None:
        """Say something that is no state."""
        self._events.tell(work.obj, reason="Released", note=note, action="Delete")

    def _shown(self, work: Work, seen: Seen | None) -> Mapping[str, Any] | None:
        """What may be shown of what was seen: nothing of somebody else's, and no secret."""
        ours = seen is not None and seen.ours
        return self._secrets.cleared(work.declared, seen.description) if seen is not None and ours else None

    def _composed(
        self, work: Work, verdict: Verdict, description: Mapping[str, Any] | None, arn: str | None
    ) -> dict[str, Any]:
        return status.compose(work.declared, verdict, self._now(), arn=arn, description=description)

    def _write(
        self,
        work: Work,
        written: Mapping[str, Any],
        verdict: Verdict,
        *,
        passing: bool = False,
        lasts: bool = False,
    ) -> Next:
        """Write and tell. ``passing``: it may be part of a normal life; ``lasts``: it is told once more, for now it is not."""
        before = _said(work.declared.status)
        try:
            obj = write_status(self._api, work.ref, work.obj, written)
        except Conflict:
            self._keep(work, written)
            raise
        self._learn(work.declared.kind, obj)
        if before != _said(written) or lasts:
            warning = verdict.row in {Row.FAILED, Row.STOPPED, Row.MALFORMED, Row.HELD_UP} and not passing
            warning &= not (verdict.row is Row.STOPPED and work.declared.deleting)  # that is how it ends
            self._events.tell(
                obj, reason=verdict.reason, note=verdict.message, action="Reconcile", warning=warning
            )
            log.log(
                logging.WARNING if warning else logging.INFO,
                "%s: %s",
                verdict.reason,
                verdict.message,
                extra={
                    "kind": work.key.kind,
                    "namespace": work.key.namespace,
                    "object": work.key.name,
                    "reason": verdict.reason,
                },
            )
        return Next(self._pause(work, written, verdict), obj)

    def _keep(self, work: Work, written: Mapping[str, Any]) -> None:
        """Put on record what calls have led to, though somebody wrote in between: the next pass judges by it.

        Nothing is said of the edit itself. NB: without this a new resource is nobody's once the edit asks for something that its
        token refuses, and a tag that the edit takes away again is taken for somebody else's.
        """
        obj = self._api.get(work.ref, work.key.namespace, work.key.name)
        if obj is None or obj["metadata"].get("uid") != work.declared.uid:
            return
        led_to = {key: written[key] for key in ("ackResourceMetadata", "applied") if written.get(key)}
        write_status(self._api, work.ref, obj, {**(obj.get("status") or {}), **led_to})

    def _pause(self, work: Work, written: Mapping[str, Any], verdict: Verdict) -> float | None:
        if verdict.row in {Row.BUSY, Row.HELD_UP} or work.declared.deleting:
            return self._soon(work, written)
        kind, own = work.declared.kind, self._periods(work)
        if lingers(kind, written):
            return own.lingering
        state = written.get(key_of(kind.status)) if kind.status else None
        moment = periods.spread(work.declared.uid)
        return periods.until_settled_look(kind, state, own, moment, self._now().timestamp())

    def _soon(self, work: Work, written: Mapping[str, Any]) -> float:
        """Seconds until the next look at what is at work."""
        declared = work.declared
        course = periods.course(declared.kind, declared.spec, written, declared.uid)
        return course.pause(self._now().timestamp(), self._periods(work))

    def _periods(self, work: Work) -> Periods:
        return self._bounds.of(work.declared.kind, work.declared.annotations)


def _said(shown: Mapping[str, Any]) -> tuple[Any, Any, bool]:
    """What a transition is a change of."""
    ready = condition(shown, "Ready") or {}
    return ready.get("status"), ready.get("reason"), is_true(shown, "ACK.Recoverable")
