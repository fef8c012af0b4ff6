"""Doing what was planned: one method per action, at most one mutating call each, and what it led to is reported once."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from controller.cloud.calls import Absent, Calls
from controller.cluster.api import Api
from controller.cluster.writes import write_metadata
from controller.decide import actions
from controller.decide import declared as declared_
from controller.decide.applied import Applied
from controller.decide.declared import (
    ARN_ANNOTATION,
    ASKED_ANNOTATION,
    FOR_ANNOTATION,
    Declared,
)
from controller.decide.deletion import chosen
from controller.decide.differing import recorded
from controller.decide.faults import Fault, Meaning
from controller.decide.plan import plan
from controller.decide.situation import Situation, class_of
from controller.decide.updates import note_of
from controller.kinds.states import StateClass
from controller.loop.create import Creator
from controller.loop.history import History
from controller.loop.report import Reporter
from controller.loop.secrets import Secrets
from controller.loop.update import Updater, ended, logged
from controller.loop.work import Next, Trouble, Work


class Performer:
    """Carries out actions. ``tags`` are the installation's own, set at Create under the manifest's."""

    def __init__(
        self,
        *,
        api: Api,
        calls: Calls,
        reporter: Reporter,
        history: History,
        secrets: Secrets,
        owner_id: str,
        tags: Callable[[Declared], Mapping[str, str]],
        now: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._calls = calls
        self._reporter = reporter
        self._owner_id = owner_id
        self._updater = Updater(
            api=api, calls=calls, reporter=reporter, history=history, secrets=secrets, show=self._show
        )
        self._creator = Creator(
            api=api,
            calls=calls,
            reporter=reporter,
            history=history,
            secrets=secrets,
            owner_id=owner_id,
            tags=tags,
            now=now,
            record=self._record,
            release=self._release,
        )

    def perform(  # noqa: C901, PLR0912 -- one case an action
        self, work: Work, action: actions.Action, situation: Situation
    ) -> Next | Trouble:
        """Do it. A fault is for the caller to weigh; everything else has been reported."""
        match action:
            case actions.Show(advisory, pending):
                return self._show(work, situation, advisory, pending=pending)
            case actions.Create():
                return self._creator.create(work, action, situation)
            case actions.Wait(reason, message, pause):
                return self._reporter.wait(work, reason, message, pause, situation.seen)
            case actions.Yield():
                return self._reporter.leave(work, action)
            case actions.Reject(reason, message):
                return self._reporter.reject(work, reason, message, situation.seen)
            case actions.Lost(message):
                return self._reporter.lose(work, message)
            case actions.Hold():
                return self._hold(work)
            case actions.Update():
                return self._updater.update(work, action, situation)
            case actions.StopFirst():
                return self._updater.stop_first(work)
            case actions.Start(then):
                return self._updater.start(work, then)
            case actions.Tag():
                return self._tag(work, action, situation)
            case actions.Stop() | actions.Delete():
                return self._end(work, action)
            case actions.Release(note):
                return self._release(work, note)

    def _show(self, work: Work, situation: Situation, advisory: str | None, *, pending: bool = False) -> Next:
        if situation.seen is not None:
            description = situation.seen.description
            work = self._record(ended(work, description), description)
            applied = recorded(situation, description)
            shown = self._reporter.show(work, description, advisory, applied, updating=pending)
            return self._forget_asked(work, shown)
        if not work.declared.deleting:
            work = self._record(work, {})
        if advisory is not None:
            return self._reporter.advise(work, advisory)
        return Next.never()

    def _forget_asked(self, work: Work, shown: Next) -> Next:
        """Take away what Create was asked for, once the status has it."""
        obj = shown.obj or work.obj
        kept = write_metadata(self._api, work.ref, obj, annotations={ASKED_ANNOTATION: None})
        return replace(shown, obj=kept)

    def _hold(self, work: Work) -> Next:
        write_metadata(self._api, work.ref, work.obj, hold=work.declared.kind.finalizer)
        return Next.at_once()

    def _record(
        self, work: Work, description: Mapping[str, Any], arn: str | None = None, *, created: bool = False
    ) -> Work:
        """See that the ARN stands in the annotation that outlives a stripped status.

        ``created``: the status has what Create was asked for, so that its annotation has nothing to say any more.
        """
        arn = arn or work.arn or description.get(work.declared.kind.described_arn or "")
        if arn is None or work.declared.annotations.get(ARN_ANNOTATION) == arn:
            return work
        noted: dict[str, str | None] = {ARN_ANNOTATION: arn, FOR_ANNOTATION: work.declared.full_name}
        noted |= {ASKED_ANNOTATION: None} if created else {}
        return work.after(write_metadata(self._api, work.ref, work.obj, annotations=noted))

    def _tag(self, work: Work, action: actions.Tag, situation: Situation) -> Next | Trouble:
        arn, tags = str(work.arn), dict(situation.tags or {})
        before = Applied.of(work.declared.status)
        if new := tuple(key for key in action.add if key not in before.tags):
            # NB: before the call. Whatever cuts this pass short, an edit may take the tag away again before the next one
            work = self._reporter.record(work, replace(before, tags=(*before.tags, *new)))
        if action.add:
            said = logged(work, "AddTags", self._calls.add_tags(work.place, arn, action.add))
            tags |= action.add
        else:
            said = logged(work, "DeleteTags", self._calls.delete_tags(work.place, arn, action.remove))
            tags = {key: value for key, value in tags.items() if key not in action.remove}
        if isinstance(said, Fault):
            if said.meaning is Meaning.MALFORMED:
                shown = self._reporter.reject(work, said.reason, said.message, situation.seen)
                return Next.at_once() if note_of(work.declared) else shown  # and it is started again
            return Trouble(work, said, changing=True)
        situation = replace(situation, tags=tags)
        following = plan(situation)
        if isinstance(following, actions.Show):
            return self._show(work, situation, following.advisory)
        return Next.at_once()  # there is more to change, and a pass makes one change

    def _end(self, work: Work, action: actions.Stop | actions.Delete) -> Next | Trouble:
        kind = work.declared.kind
        request = declared_.identity(work.declared, work.asked, work.arn) or {}
        stopping = isinstance(action, actions.Stop)
        request |= self._constants(work, "stop" if stopping else "delete")
        verb, operation = (
            (self._calls.stop, kind.verbs.stop) if stopping else (self._calls.delete, kind.verbs.delete)
        )
        request |= self._ending_token(work, str(operation))
        request = request if stopping else chosen(work.declared, request)
        said = logged(work, str(operation), verb(kind, work.place, request))
        if isinstance(said, Fault):
            if said.meaning is Meaning.GONE:
                return self._release(work, None)
            if said.meaning is Meaning.BUSY:
                message = f"SageMaker does not let go of it yet: {said.message}"
                return self._reporter.wait(work, "Deleting", message, 10.0, None)
            return Trouble(work, said)
        if isinstance(action, actions.Delete) and kind.states is None:
            return self._release(work, None)  # without states there is nothing in between
        return self._look_again(work)

    def _constants(self, work: Work, role: str) -> dict[str, Any]:
        return declared_.constants(work.declared.kind.fixed.get(role, {}), work.asked)

    def _ending_token(self, work: Work, operation: str) -> Mapping[str, str]:
        member = work.declared.kind.ending_tokens.get(operation)
        return {member: work.declared.token(self._owner_id)} if member else {}

    def _look_again(self, work: Work, applied: Applied | None = None) -> Next | Trouble:
        """Show what a call that was just made has led to; ``applied`` is what goes on record of it."""
        kind = work.declared.kind
        identity = declared_.identity(work.declared, work.asked, work.arn) or {}
        said = self._calls.describe(kind, work.place, identity)
        if isinstance(said, Fault):
            return Trouble(work, said)
        if isinstance(said, Absent):
            return self._release(work, None) if work.declared.deleting else Next.at_once()
        if work.declared.deleting and class_of(kind, said.output) is StateClass.GONE:
            return self._release(work, None)
        return self._reporter.show(work, said.output, None, applied or Applied.of(work.declared.status))

    def _release(self, work: Work, note: str | None) -> Next:
        if note:
            self._reporter.note(work, note)
        write_metadata(self._api, work.ref, work.obj, release=work.declared.kind.finalizer)
        return Next.never()
