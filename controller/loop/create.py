"""Making what is missing: the intent on record before the call, and what the answer means for whom it is."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from controller.cloud.calls import Absent, Answer, Calls
from controller.cluster.api import Api
from controller.cluster.writes import write_metadata
from controller.decide import actions, legible
from controller.decide import declared as declared_
from controller.decide.applied import first
from controller.decide.declared import (
    ARN_ANNOTATION,
    ASKED_ANNOTATION,
    FOR_ANNOTATION,
    INTENT_ANNOTATION,
    OWNER_TAG,
    Declared,
)
from controller.decide.ending import LOOK_AGAIN
from controller.decide.faults import Fault, Meaning
from controller.decide.ownership import is_ours, taken
from controller.decide.situation import Seen, Situation
from controller.decide.translate import timestamp
from controller.loop.history import History
from controller.loop.report import Reporter
from controller.loop.secrets import LOOK, Secrets
from controller.loop.update import logged
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


class Records(Protocol):
    """Who sees to the annotation that has the ARN."""

    def __call__(
        self, work: Work, description: Mapping[str, Any], arn: str | None = None, *, created: bool = False
    ) -> Work:
        """The work once it stands there."""


class Creator:
    """Creates. ``tags`` are the installation's own, set under the manifest's; ``release`` lets go of an object."""

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
        record: Records,
        release: Callable[[Work, str | None], Next],
    ) -> None:
        self._api = api
        self._calls = calls
        self._reporter = reporter
        self._history = history
        self._secrets = secrets
        self._owner_id = owner_id
        self._tags = tags
        self._now = now
        self._record = record
        self._release = release

    def create(self, work: Work, action: actions.Create, situation: Situation) -> Next | Trouble:
        """Create, its intent on record before, and look at what it has made."""
        kind = work.declared.kind
        # before anything is written: what only waits was never tried
        sealed = self._secrets.seal(work.declared, action.request)
        if isinstance(sealed, str):
            waiting = replace(work, resolved=False)
            return self._reporter.wait(waiting, "WaitingForReference", sealed, LOOK, situation.seen)
        if away := self._calls.turn(kind, work.place):
            return Next.after(away.wait) if away.wait else Trouble(work, away)
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
