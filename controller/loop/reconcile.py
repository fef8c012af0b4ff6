"""One pass over one object: read it, look at SageMaker if need be, plan, perform at most one mutating call, report once."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from controller.cloud.calls import Calls, FencedOff
from controller.cloud.session import Place
from controller.cluster.api import Api
from controller.cluster.errors import Conflict, NotFound
from controller.decide import declared as declared_
from controller.decide import legible, pauses, references
from controller.decide.actions import Reject, Start
from controller.decide.conditions import condition, is_true
from controller.decide.declared import Declared
from controller.decide.deletion import is_protected, is_retained, unclear
from controller.decide.faults import Fault
from controller.decide.periods import unclear_period
from controller.decide.place import region_of, unclear_region
from controller.decide.plan import plan
from controller.decide.references import Resolution
from controller.decide.situation import (
    INVALID,
    UPDATE_REFUSED,
    Seen,
    Situation,
    class_of,
    ended,
    is_observed,
    may_end_unseen,
    must_look,
    state_of,
)
from controller.decide.status import UPDATING
from controller.decide.translate import moment
from controller.decide.updates import failed_in_passing, given_up, is_stopped_by_us
from controller.decide.writers import Rival, rival
from controller.kinds.kind import Kind
from controller.kinds.states import StateClass
from controller.loop.habits import Habits
from controller.loop.history import History
from controller.loop.key import Key
from controller.loop.look import Looker
from controller.loop.perform import Performer
from controller.loop.report import Reporter
from controller.loop.secrets import Secrets
from controller.loop.waiting import Directory
from controller.loop.work import Next, Trouble, Work, ref_of


class Reconciler:
    """Brings objects one step closer to what their manifests say."""

    def __init__(
        self,
        *,
        kinds: Mapping[str, Kind],
        api: Api,
        calls: Calls,
        directory: Directory,
        performer: Performer,
        reporter: Reporter,
        history: History,
        secrets: Secrets,
        habits: Habits,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        told: Callable[[Key], Mapping[str, Any] | None],
    ) -> None:
        self._kinds = kinds
        self._api = api
        self._looker = Looker(calls, directory, habits, now)
        self._directory = directory
        self._performer = performer
        self._reporter = reporter
        self._habits = habits
        self._now = now
        self._jitter = jitter
        self._told = told
        self._history = history
        self._secrets = secrets

    def reconcile(self, key: Key) -> Next:
        """One pass. Answers when to look again.

        Raises:
            ApiError: the API server refused or did not answer; the pass is to be made again.
        """
        kind = self._kinds[key.kind]
        obj = self._api.get(ref_of(kind), key.namespace, key.name)
        if obj is None:
            self.forget(key)
            return Next.never()
        self._directory.learn(kind, obj)
        try:
            return self._pass(key, kind, obj)
        except Conflict:
            return Next.at_once()  # somebody else wrote in between: read again
        except NotFound:
            return Next.at_once()
        except FencedOff:
            return Next.after(1.0)  # the lease decides within seconds who goes on

    def forget(self, key: Key) -> None:
        """The object is gone."""
        self._directory.forget(key)
        self._history.forget(key)
        self._secrets.forget(key)

    def _pass(self, key: Key, kind: Kind, obj: Mapping[str, Any]) -> Next:
        declared = declared_.read(kind, obj)
        place = Place(region_of(declared, self._habits.region), self._habits.endpoint)
        resolution = references.resolve(declared, self._directory, place.region)
        asked = declared_.request(declared, resolution.spec)
        work = Work(
            key=key,
            obj=obj,
            declared=declared,
            place=place,
            asked=asked,
            resolved=not resolution.waits if resolution.referring else None,
        )
        if (
            (elder := self._directory.elder(key)) is not None
            and declared.arn is None
            and not declared.deleting
        ):
            return self._reporter.reject(
                work,
                "Duplicate",
                f"{elder} declares the same SageMaker resource and is older: give this object another name",
            )
        over = ended(declared) and is_observed(declared)  # nothing hangs on its manifest any more
        if (why := self._illegible(declared)) and not (declared.deleting or over):
            return self._refuse_the_illegible(work, why)
        situation = self._situation(work, resolution)
        if isinstance(situation, Fault):
            return self._trouble(Trouble(work, situation))
        work = replace(work, arn=situation.arn)
        outcome = self._performer.perform(work, plan(situation), situation)
        if isinstance(outcome, Trouble):
            return self._trouble(outcome, situation.seen)
        self._history.well(key)
        return outcome

    def _illegible(self, declared: Declared) -> str:
        """What of a manifest is not legible, one sentence; empty if all is."""
        said = {"region": unclear_region(declared), "period": unclear_period(declared.annotations)}
        unclear = {about: sentence for about, sentence in said.items() if sentence}
        return legible.told({**declared.illegible, **unclear})

    def _refuse_the_illegible(self, work: Work, why: str) -> Next:
        """Nothing is changed that was declared in part; what is there is looked at all the same."""
        declared = work.declared
        # NB: an annotation that is corrected raises no generation, and what is Invalid stays so for one
        reason = "Invalid" if declared.illegible else "InvalidAnnotation"
        nameless = declared_.identity(declared, work.asked, declared.arn) is None
        known = declared.held and declared.arn is not None and must_look(declared)
        seen = self._looker.look(work, nameless=nameless) if known else None
        if isinstance(seen, Fault):  # whose it is has not been answered: this is said now, and asked again
            shown = self._reporter.reject(work, reason, why)
            streak = self._history.fault(work.key, seen, declared.generation, self._now())
            return Next(pauses.after_fault(seen, streak.count, self._jitter()), shown.obj)
        if seen is None:
            return self._reporter.reject(work, reason, why)
        if is_stopped_by_us(declared, seen.description) and seen.ours and self._rival(work) is None:
            # nobody's work stands still for an update that cannot be made
            begun = self._performer.perform(
                replace(work, arn=declared.arn), Start(Reject(INVALID, why)), Situation(declared, work.asked)
            )
            return self._trouble(begun, seen) if isinstance(begun, Trouble) else begun
        return self._reporter.reject(replace(work, arn=declared.arn), reason, why, seen)

    def _situation(self, work: Work, resolution: Resolution) -> Situation | Fault:
        declared, waits = work.declared, resolution.waits
        complaints = () if declared.deleting else declared.kind.validate(work.asked)
        users = tuple(map(str, self._directory.dying_users(work.key))) if declared.deleting else ()
        retain = is_retained(declared, self._habits.deletion_policy)
        protected, doubts = is_protected(declared), unclear(declared)
        other = self._rival(work)
        idle = retain or protected or bool(doubts)  # a deletion that needs no look, or must not happen yet
        # what only waits was never tried, so there is nothing to look for; what is being deleted may have been
        needless = idle if declared.deleting else waits and declared.arn is None
        looked = must_look(declared) and other is None and not needless
        nameless = declared_.identity(declared, work.asked, declared.arn) is None
        seen = self._looker.look(work, nameless=nameless) if looked else None
        if isinstance(seen, Fault):
            return seen
        tags = self._looker.tags(work, seen) if seen is not None and seen.ours else None
        if isinstance(tags, Fault):
            return tags
        return Situation(
            declared=declared,
            asked=work.asked,
            complaints=complaints,
            waits=waits,
            unresolved=resolution.unresolved,
            users=users,
            looked=looked,
            seen=seen,
            nameless=nameless,
            retain=retain,
            protected=protected,
            unclear=doubts,
            recent=self._is_recent(declared),
            lately_changed=self._lately_changed(declared),
            refused=self._history.is_refused(work.key),
            tags=tags,
            retry_in=self._retry_in(work, seen) if seen is not None else 0.0,
            rival=other,
        )

    def _rival(self, work: Work) -> Rival | None:
        """Another controller that writes this object."""
        managed = legible.managed(work.obj["metadata"].get("managedFields"))
        return rival(work.declared, managed, self._api.field_manager, self._habits.quiet, self._now())

    def _retry_in(self, work: Work, seen: Seen) -> float:
        """Seconds until an update that failed for SageMaker's own reasons may be sent again."""
        kind = work.declared.kind
        busy = class_of(kind, seen.description) is StateClass.BUSY
        if busy or not failed_in_passing(kind, seen.description):
            return 0.0
        now = self._now()
        tries = self._history.failed_in_passing(work.key, work.declared.generation, now)
        waited = (now - (tries.failed or now)).total_seconds()
        return max(pauses.before_retry(tries.count) - waited, 0.0)

    def _told_by_list(self, trouble: Trouble) -> Next | None:
        """A run that is over as it should be, shown as List has told of it, while it is not our turn to ask for the rest."""
        work, kind, declared = trouble.work, trouble.work.declared.kind, trouble.work.declared
        summary = self._told(work.key)
        if summary is None or kind.lifecycle != "run" or kind.states is None or declared.deleting:
            return None
        if not is_observed(declared) or is_true(declared.status, "ACK.Recoverable"):
            return None
        if not may_end_unseen(declared):
            return None
        known = {member: value for member, value in summary.items() if member in kind.described.members}
        over = kind.states.ended(state_of(kind, known) or "")
        if not over or class_of(kind, known) is not StateClass.SETTLED:
            return None
        return self._reporter.tell(work, known, trouble.fault.wait)

    def _lately_changed(self, declared: Declared) -> bool:
        """Whether the status says that an Update was taken, and has said so for less than SageMaker may need to show it."""
        said = condition(declared.status, "Reconciling") or {}
        since = moment(said.get("lastTransitionTime"))
        if since is None or said.get("reason") != UPDATING or not is_observed(declared):
            return False
        return (self._now() - since).total_seconds() < self._habits.settling

    def _is_recent(self, declared: Declared) -> bool:
        """Whether Create was tried so lately that SageMaker may not show the resource yet."""
        tried = moment(declared.intent_moment)
        return tried is not None and (self._now() - tried).total_seconds() < self._habits.settling

    def _trouble(self, trouble: Trouble, seen: Seen | None = None) -> Next:
        work, fault = trouble.work, trouble.fault
        if fault.wait:
            return self._told_by_list(trouble) or self._reporter.keep(work, fault.wait)
        streak = self._history.fault(work.key, fault, work.declared.generation, self._now())
        deleting = work.declared.deleting
        pause = pauses.after_fault(fault, streak.count, self._jitter(), deleting=deleting)
        if trouble.changing and seen is not None and is_stopped_by_us(work.declared, seen.description):
            lasted = streak.lasted(self._now()).total_seconds()
            if pauses.stood_long_enough(fault, lasted, self._habits.terminal_after):
                self._reporter.reject(work, UPDATE_REFUSED, given_up(work.declared.kind, fault), seen)
                return Next.at_once()  # and it is started again
        return self._reporter.trouble(work, fault, streak, pause, seen)
