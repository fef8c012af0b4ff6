"""Doing what was planned: one method per action, at most one mutating call each, and what it led to is reported once."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from controller.cloud.calls import Absent, Answer, Calls
from controller.cluster.api import Api
from controller.cluster.writes import write_metadata
from controller.decide import actions, legible
from controller.decide import declared as declared_
from controller.decide.applied import Applied, first
from controller.decide.declared import (
    ARN_ANNOTATION,
    ASKED_ANNOTATION,
    FOR_ANNOTATION,
    INTENT_ANNOTATION,
    OWNER_TAG,
    Declared,
)
from controller.decide.deletion import chosen
from controller.decide.differing import recorded
from controller.decide.ending import LOOK_AGAIN
from controller.decide.faults import Fault, Meaning
from controller.decide.ownership import is_ours, taken
from controller.decide.plan import plan
from controller.decide.situation import Seen, Situation, class_of
from controller.decide.translate import timestamp
from controller.kinds.states import StateClass
from controller.loop.history import History
from controller.loop.report import Reporter
from controller.loop.secrets import LOOK, Secrets
from controller.loop.update import Updater, ended, logged
from controller.loop.work import Next, Trouble, Work

# Answers after which a Create that was repeated with its token has made nothing; others leave that open.
_DEFINITE = frozenset({Meaning.EXISTS, Meaning.MALFORMED, Meaning.ELSEWHERE, Meaning.LIMIT})


# Characters of a request that an annotation may have: all of an object's annotations together have 262,144, and kubectl keeps a
# copy of the manifest there.
_LONGEST_REQUEST = 32_768


def _asked(work: Work, then: Mapping[str, Any]) -> str:
    """What Create is asked for, for whoever comes after a crash. Where only a token finds it, the request that used it first."""
    written: dict[str, Any] = first(work.declared, work.asked).written()
    request = json.dumps(then or work.asked, default=str)
    if work.declared.kind.found_by_token and len(request) <= _LONGEST_REQUEST:
        written["request"] = json.loads(request)
    return json.dumps(written, separators=(",", ":"))


def _asked_before(declared: Declared) -> dict[str, Any]:
    """The request of an earlier try, where only a token tells what it made; else empty."""
    said = declared.annotations.get(ASKED_ANNOTATION, "")
    return legible.request(said) if said and declared.kind.found_by_token else {}


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
        self._secrets = secrets
        self._calls = calls
        self._reporter = reporter
        self._history = history
        self._owner_id = owner_id
        self._tags = tags
        self._now = now
        self._updater = Updater(
            api=api, calls=calls, reporter=reporter, history=history, secrets=secrets, show=self._show
        )

    def perform(  # noqa: C901, PLR0912 -- one case an action
        self, work: Work, action: actions.Action, situation: Situation
    ) -> Next | Trouble:
        """Do it. A fault is for the caller to weigh; everything else has been reported."""
        match action:
            case actions.Show(advisory, pending):
                return self._show(work, situation, advisory, pending=pending)
            case actions.Create():
                return self._create(work, action, situation)
            case actions.Wait(reason, message, pause):
                return self._reporter.wait(work, reason, message, pause, situation.seen)
            case actions.Yield(message, pause, said):
                return self._reporter.leave(work, message, pause, said=said)
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
            case actions.Start(refused):
                return self._updater.start(work, refused)
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

    def _create(self, work: Work, action: actions.Create, situation: Situation) -> Next | Trouble:
        kind = work.declared.kind
        # before anything is written: what only waits was never tried
        sealed = self._secrets.seal(work.declared, action.request)
        if isinstance(sealed, str):
            waiting = replace(work, resolved=False)
            return self._reporter.wait(waiting, "WaitingForReference", sealed, LOOK, situation.seen)
        if wait := self._calls.turn(kind, work.place):
            return Next.after(wait)
        again = work.declared.arn is not None
        then = {} if again or situation.refused else _asked_before(work.declared)
        if again:
            # NB: the status first. Were the ARN still in it, a crash now would leave the new resource to nobody.
            work = self._reporter.start_over(work)
        work = self._intend(work, then, again=again)
        request = dict(sealed.request)
        if kind.tags and kind.taggable:
            request["Tags"] = self._with_our_tags(work.declared, request.get("Tags", ()))
        if kind.token:
            request[kind.token] = work.declared.token(self._owner_id)
        answer = replace(sealed, request=request).send(lambda r: self._calls.create(kind, work.place, r))
        said = logged(work, kind.verbs.create, answer)
        if isinstance(said, Fault) and said.meaning is Meaning.EXISTS and then not in ({}, work.asked):
            # NB: the token was used, for what the manifest asked for before an edit: only that request is answered with its ARN
            once = {**then, str(kind.token): request[str(kind.token)]}
            said = logged(work, kind.verbs.create, self._calls.create(kind, work.place, once))
            work = replace(work, asked=then)
        if isinstance(said, Fault):
            # a look finds what an earlier Create made once it is old enough; for what only a token finds nobody looks
            absent = not situation.recent and not kind.found_by_token
            sure = action.fresh or again or situation.refused or absent
            self._history.refused(work.key, certain=sure and said.meaning is not Meaning.UNKNOWN)
            return self._after_refusal(work, said, doubtful=not sure)
        self._history.forget(work.key)
        made = self._created(work, said.output.get(kind.arn) if kind.arn else None)
        edited = isinstance(made, Next) and work.asked is then
        return replace(made, pause=0.0) if edited and isinstance(made, Next) else made

    def _intend(self, work: Work, then: Mapping[str, Any], *, again: bool) -> Work:
        """Put on record that Create is tried, and when: whoever comes after a crash looks before trying again."""
        kind, attempt = work.declared.kind, work.declared.attempt + (1 if again else 0)
        intent = {
            INTENT_ANNOTATION: f"{attempt}@{timestamp(self._now())}",
            ASKED_ANNOTATION: _asked(work, then),
            ARN_ANNOTATION: None,
            FOR_ANNOTATION: None,
        }
        # an object on its way out takes no finalizer any more, and has ours
        hold = None if work.declared.deleting else kind.finalizer
        return work.after(write_metadata(self._api, work.ref, work.obj, hold=hold, annotations=intent))

    def _created(self, work: Work, arn: str | None) -> Next | Trouble:
        """Show a new resource. A new run's state is known without a look; everything else is looked at."""
        kind = work.declared.kind
        if arn is not None and kind.lifecycle == "run" and kind.status and kind.first_state:
            description: Mapping[str, Any] = {kind.status: kind.first_state}
        else:
            identity = declared_.identity(work.declared, work.asked, arn)
            said = self._calls.describe(kind, work.place, identity) if identity else Absent()
            if isinstance(said, Answer):
                description = said.output
            else:  # not visible yet, or throttled: what is known is shown, and the next look says more
                description = {kind.status: kind.first_state} if kind.status and kind.first_state else {}
        arn = arn or description.get(kind.described_arn or "")
        if arn is None:
            message = f"SageMaker does not show this {kind.name} yet"
            return self._reporter.wait(work, "Creating", message, LOOK_AGAIN, None)
        applied = first(work.declared, work.asked)
        shown = self._reporter.show(work, description, None, applied, arn=arn)
        # NB: the annotation comes last: between Create and the status every moment counts for the one who watches
        self._record(work.after(shown.obj or work.obj), description, arn, created=True)
        return shown

    def _after_refusal(self, work: Work, fault: Fault, *, doubtful: bool) -> Next | Trouble:
        """What a refused Create means. ``doubtful``: an earlier one may have had its effect and not be visible yet."""
        if fault.meaning is Meaning.EXISTS:
            found = self._existing(work)
            if isinstance(found, Fault):
                return Trouble(work, found)
            if found is not None and found.ours:
                self._record(work, found.description, found.arn)
                return Next.at_once()  # and with its ARN it is looked at as any other
            if found is None and doubtful and not work.declared.kind.found_by_token:
                return Trouble(work, replace(fault, meaning=Meaning.BUSY))
            if not work.declared.deleting:
                arn, owner = (found.arn, found.owner) if found is not None else (None, None)
                why = taken(work.declared, arn, owner, fault.message)
                return self._reporter.reject(work, "AlreadyExists", why)
        if work.declared.deleting and fault.meaning in _DEFINITE:
            return self._release(work, None)
        if fault.meaning is Meaning.MALFORMED:
            return self._reporter.reject(work, fault.reason, fault.message)
        return Trouble(work, fault)

    def _existing(self, work: Work) -> Seen | Fault | None:
        """The resource that has the name already, and whether its tag says that it is ours; None if nobody can ask for it."""
        kind = work.declared.kind
        identity = declared_.identity(work.declared, work.asked, None)
        if identity is None:
            return None
        said = self._calls.describe(kind, work.place, identity)
        if isinstance(said, Fault | Absent):
            return said if isinstance(said, Fault) else None
        arn = said.output.get(kind.described_arn or "")
        tags = self._calls.tags(work.place, arn) if arn and kind.taggable else {}
        if isinstance(tags, Fault):
            return tags
        owner = tags.get(OWNER_TAG)
        ours = kind.taggable and is_ours(work.declared, owner, self._owner_id)
        return Seen(said.output, ours, arn, owner)

    def _with_our_tags(self, declared: Declared, wished: Any) -> list[dict[str, str]]:
        tags = {**self._tags(declared), OWNER_TAG: declared.owner(self._owner_id)}
        tags |= {tag["Key"]: tag.get("Value", "") for tag in wished}
        return [{"Key": key, "Value": value} for key, value in tags.items()]

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
                return self._reporter.reject(work, said.reason, said.message, situation.seen)
            return Trouble(work, said)
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
