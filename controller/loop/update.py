"""Changing what is there: Update and what goes before and after it, each step on record before the next can be lost."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from controller.cloud.calls import Absent, Answer, Calls
from controller.cluster.api import Api
from controller.cluster.writes import write_metadata
from controller.decide import actions, updates
from controller.decide import declared as declared_
from controller.decide.applied import Applied
from controller.decide.confidential import on_record
from controller.decide.differing import differing
from controller.decide.ending import LOOK_AGAIN
from controller.decide.faults import Fault, Meaning
from controller.decide.plan import plan
from controller.decide.situation import Seen, Situation, class_of, state_of
from controller.kinds.names import key_of
from controller.kinds.states import StateClass
from controller.loop.history import History
from controller.loop.report import Reporter
from controller.loop.secrets import LOOK, Secrets
from controller.loop.work import Next, Trouble, Work

log = logging.getLogger(__name__)

Shows = Callable[[Work, Situation, str | None], Next]


class Updater:
    """Carries out what changes a resource. ``show`` is how a pass ends that has nothing more to do."""

    def __init__(
        self, *, api: Api, calls: Calls, reporter: Reporter, history: History, secrets: Secrets, show: Shows
    ) -> None:
        self._api = api
        self._secrets = secrets
        self._calls = calls
        self._reporter = reporter
        self._history = history
        self._show = show

    def update(self, work: Work, action: actions.Update, situation: Situation) -> Next | Trouble:
        """Send what differs: with Update, and what it wants besides, or with the operation that changes this alone."""
        kind = work.declared.kind
        assert situation.seen is not None and kind.update is not None
        description = situation.seen.description
        identity = declared_.identity(work.declared, work.asked, work.arn) or {}
        if action.operation is not None:
            said = self._calls.update(kind, work.place, {**identity, **action.members}, action.operation)
            return self._was_sent(work, action, situation, logged(work, action.operation, said), {})
        spec = updates.update_arguments(work.declared, work.asked)
        request: dict[str, Any] = {m: v for m, v in {**identity, **spec}.items() if m in kind.update.members}
        for member in kind.update.required:
            known = (
                work.asked,
                {str(kind.described_arn): work.arn},
                description,
                _renamed(kind.update_from, description),
            )
            value = next((source[member] for source in known if source.get(member) is not None), None)
            if member not in request and value is not None:
                request[member] = value
        constants = declared_.constants(kind.fixed.get("update", {}), work.asked)
        whole = {**constants, **request, **action.members}
        sealed = self._secrets.seal(work.declared, whole)
        if isinstance(sealed, str):
            waiting = replace(work, resolved=False)
            return self._reporter.wait(waiting, "WaitingForReference", sealed, LOOK, situation.seen)
        answer = sealed.send(lambda r: self._calls.update(kind, work.place, r))
        said = logged(work, str(kind.verbs.update), answer)
        return self._was_sent(work, action, situation, said, on_record(kind, whole))

    def _was_sent(
        self,
        work: Work,
        action: actions.Update,
        situation: Situation,
        said: Answer | Fault,
        secrets: Mapping[str, Any],
    ) -> Next | Trouble:
        """What a change that was sent has led to, put on record before anything is said of it.

        ``secrets`` says which Secrets it took values from.
        """
        declared = work.declared
        if isinstance(said, Fault):
            if said.meaning is Meaning.MALFORMED:
                shown = self._reporter.reject(work, said.reason, said.message, situation.seen)
                return Next.at_once() if updates.note_of(declared) else shown  # and it is started again
            return Trouble(work, said, changing=True)
        self._history.sent(work.key, declared.generation)
        note = updates.latch_note(declared, work.asked, action.members)
        if note is not None and (latch := declared.kind.steps.latch):
            # NB: after the call. Before it, a crash in between would take an older failure for this update's
            written = write_metadata(self._api, work.ref, work.obj, annotations={latch.annotation: note})
            work = work.after(written)
        before = Applied.of(declared.status)
        applied = replace(
            before,
            sent={**before.sent, **action.sent},
            secrets={**before.secrets, **secrets},
            prints={**before.prints, **action.prints},
        )
        work = work.with_status({"applied": applied.written() or None})
        if waiting := declared.kind.steps.update_while:
            noted = updates.TRIGGERED if updates.note_of(declared) else None
            work = work.with_status({key_of(waiting.noted_in): noted})
        return self._after_update(work, replace(situation, declared=work.declared), applied, action.sent)

    def _after_update(
        self, work: Work, situation: Situation, applied: Applied, sent: Mapping[str, str]
    ) -> Next | Trouble:
        """Look at what was changed, and say in the same write what follows from it."""
        kind = work.declared.kind
        identity = declared_.identity(work.declared, work.asked, work.arn) or {}
        said = self._calls.describe(kind, work.place, identity)
        if isinstance(said, Fault):
            return Trouble(work, said)
        if isinstance(said, Absent):
            return Next.at_once()
        seen = Seen(said.output, arn=work.arn)
        # NB: SageMaker is eventually consistent: what looks as before the call says nothing of what the call has led to
        moved = situation.seen is None or said.output != situation.seen.description
        situation = replace(situation, seen=seen)
        following = plan(situation)
        if moved:
            match following:
                case actions.Show(advisory) if not sent.keys() & differing(situation):
                    return self._show(work, situation, advisory)
                case actions.Reject(reason, message):
                    return self._reporter.reject(work, reason, message, seen)
                case actions.Wait(reason, message, pause):
                    return self._reporter.wait(work, reason, message, pause, seen)
        shown = self._reporter.show(work, updates.under_way(kind, said.output), None, applied, updating=True)
        there_is_more = moved and not isinstance(following, actions.Show)
        return Next(0.0 if there_is_more else LOOK_AGAIN, shown.obj)

    def stop_first(self, work: Work) -> Next | Trouble:
        """Stop what can be updated only at rest. NB: noted first; else a crash would leave it to a user who stopped nothing."""
        kind = work.declared.kind
        assert kind.steps.update_while is not None
        work = self._reporter.note_state(work, key_of(kind.steps.update_while.noted_in), updates.PENDING)
        request = declared_.identity(work.declared, work.asked, work.arn) or {}
        said = logged(work, str(kind.verbs.stop), self._calls.stop(kind, work.place, request))
        if isinstance(said, Fault):
            return Trouble(work, said)
        looked = self._calls.describe(kind, work.place, request)
        if not isinstance(looked, Answer):
            return Trouble(work, looked) if isinstance(looked, Fault) else Next.at_once()
        return self._reporter.show(work, looked.output, None, Applied.of(work.declared.status))

    def start(self, work: Work, then: actions.Reject | actions.Wait | None) -> Next | Trouble:
        """Start what an update had stopped; the note goes with the state that the call has led to."""
        kind = work.declared.kind
        assert kind.steps.update_while is not None
        request = declared_.identity(work.declared, work.asked, work.arn) or {}
        said = logged(work, str(kind.verbs.start), self._calls.start(kind, work.place, request))
        if isinstance(said, Fault):
            return Trouble(work, said)
        work = work.with_status({key_of(kind.steps.update_while.noted_in): None})
        looked = self._calls.describe(kind, work.place, request)
        if not isinstance(looked, Answer):
            return Trouble(work, looked) if isinstance(looked, Fault) else Next.at_once()
        description = looked.output
        if kind.status and state_of(kind, description) == kind.steps.update_while.state:
            description = {**description, kind.status: kind.first_state}  # it does not show yet
        seen = Seen(description, arn=work.arn)
        match then:
            case actions.Reject(reason, message):
                return self._reporter.reject(work, reason, message, seen)
            case actions.Wait(reason, message, pause):
                return self._reporter.wait(work, reason, message, pause, seen)
        return self._reporter.show(work, description, None, Applied.of(work.declared.status))


def ended(work: Work, description: Mapping[str, Any]) -> Work:
    """The end of an update that had stopped it, however it came to run again: the note has nothing to say any more."""
    waiting = work.declared.kind.steps.update_while
    if waiting is None or class_of(work.declared.kind, description) is StateClass.BUSY:
        return work
    return work.with_status({key_of(waiting.noted_in): None})


def _renamed(names: Mapping[str, str], description: Mapping[str, Any]) -> dict[str, Any]:
    return {wanted: description.get(shown) for wanted, shown in names.items()}


def logged(work: Work, operation: str, said: Answer | Fault) -> Answer | Fault:
    """One line for each mutating call, with the id under which AWS has it on record."""
    outcome = f"{said.code}: {said.message}" if isinstance(said, Fault) else "ok"
    about = {"kind": work.key.kind, "namespace": work.key.namespace, "object": work.key.name}
    log.info(
        "%s: %s", operation, outcome, extra={**about, "operation": operation, "requestID": said.request_id}
    )
    return said
