"""One pass over one object: read it, look at SageMaker if need be, plan, perform at most one mutating call, report once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from controller.cloud.calls import Absent, Calls, FencedOff
from controller.cloud.session import Place
from controller.cluster.api import Api
from controller.cluster.errors import Conflict, NotFound
from controller.decide import declared as declared_
from controller.decide import legible, pauses, references
from controller.decide.actions import Start
from controller.decide.applied import Applied
from controller.decide.conditions import condition, is_true
from controller.decide.declared import OWNER_TAG, Declared
from controller.decide.deletion import is_protected, is_retained, unclear
from controller.decide.faults import Fault, Meaning
from controller.decide.ownership import is_ours
from controller.decide.place import region_of, unclear_region
from controller.decide.plan import plan
from controller.decide.reach import found_by_list
from controller.decide.references import Resolution
from controller.decide.situation import (
    Seen,
    Situation,
    class_of,
    ended,
    is_observed,
    may_end_unseen,
    must_look,
    state_of,
)
from controller.decide.status import UPDATING, metadata_of
from controller.decide.translate import moment
from controller.decide.updates import failed_in_passing, is_stopped_by_us
from controller.decide.writers import QUIET, Rival, rival
from controller.kinds.kind import Kind
from controller.kinds.states import StateClass
from controller.loop.history import History
from controller.loop.key import Key
from controller.loop.perform import Performer
from controller.loop.report import Reporter, spread
from controller.loop.secrets import Secrets
from controller.loop.waiting import Directory
from controller.loop.work import Next, Trouble, Work, ref_of

# Seconds in which a Create that got no answer may still be invisible: SageMaker is eventually consistent (design §4).
SETTLING = 30.0


@dataclass(frozen=True, slots=True)
class Habits:
    """What an installation sets for every pass. Times in seconds."""

    region: str
    owner_id: str
    endpoint: str = ""
    deletion_policy: str = "delete"
    resync: float = 36000.0  # 10 h, the incumbent's
    settling: float = SETTLING
    quiet: float = QUIET  # how long another controller has to be silent; 0: none is looked for


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
        self._calls = calls
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
        nowhere = unclear_region(declared)
        return legible.told({**declared.illegible, **({"region": nowhere} if nowhere else {})})

    def _refuse_the_illegible(self, work: Work, why: str) -> Next:
        """Nothing is changed that was declared in part; what is there is looked at all the same."""
        declared = work.declared
        nameless = declared_.identity(declared, work.asked, declared.arn) is None
        known = declared.held and declared.arn is not None and must_look(declared)
        seen = self._look(work, nameless=nameless) if known else None
        if isinstance(seen, Fault):  # whose it is has not been answered: this is said now, and asked again
            shown = self._reporter.reject(work, "Invalid", why)
            streak = self._history.fault(work.key, seen, declared.generation, self._now())
            return Next(pauses.after_fault(seen, streak.count, self._jitter()), shown.obj)
        if seen is None:
            return self._reporter.reject(work, "Invalid", why)
        if is_stopped_by_us(declared, seen.description) and seen.ours and self._rival(work) is None:
            # nobody's work stands still for an update that cannot be made
            begun = self._performer.perform(
                replace(work, arn=declared.arn), Start(why), Situation(declared, work.asked)
            )
            return self._trouble(begun, seen) if isinstance(begun, Trouble) else begun
        return self._reporter.reject(replace(work, arn=declared.arn), "Invalid", why, seen)

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
        seen = self._look(work, nameless=nameless) if looked else None
        if isinstance(seen, Fault):
            return seen
        tags = self._tags(work, seen) if seen is not None and seen.ours else None
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

    def _look(self, work: Work, *, nameless: bool) -> Seen | Fault | None:
        """What SageMaker says of the resource; ownership is asked only where it is not on record."""
        declared = work.declared
        if declared.arn is None:
            return self._recover(work, nameless=nameless)
        strange = self._strange_account(declared.arn)
        if strange is not None:
            return strange
        said = self._described(work, declared.arn)
        if said is None and self._calls.account is None and not nameless:
            # in another account everything seems gone: nothing may be made anew or let go on that ground
            return Fault(
                Meaning.NETWORK, "UnknownAccount", "which AWS account this is has not been answered yet"
            )
        if said is None or isinstance(said, Fault):
            return said
        own = str(said.description.get(declared.kind.described_arn or "") or "")
        if own and own.lower() != declared.arn.lower():
            # NB: the manifest names one resource, and claims or has on record another: nothing proves the first to be ours
            return replace(said, ours=False, arn=own)
        return self._proven(work, said, declared.arn) if declared.is_claimed else said

    def _strange_account(self, arn: str) -> Fault | None:
        account, recorded = self._calls.account, metadata_of(arn)["ownerAccountID"]
        if account is None or recorded in {"", account}:
            return None
        message = f"{arn} is in account {recorded}, and the controller's credentials are of account {account}"
        return Fault(Meaning.DENIED, "OtherAccount", message)

    def _described(self, work: Work, arn: str | None) -> Seen | Fault | None:
        identity = declared_.identity(work.declared, work.asked, arn)
        if identity is None:
            return None
        said = self._calls.describe(work.declared.kind, work.place, identity)
        if isinstance(said, Fault):
            return said
        if isinstance(said, Absent):
            return None
        if not work.declared.deleting and class_of(work.declared.kind, said.output) is StateClass.GONE:
            return None  # there is nothing any more, though Describe goes on answering for a while
        return Seen(said.output, arn=arn or said.output.get(work.declared.kind.described_arn or ""))

    def _recover(self, work: Work, *, nameless: bool) -> Seen | Fault | None:
        """Find what an earlier Create may have made: by name and ownership tag, or by List where SageMaker names it.

        None when there is nothing, and where nothing but the same token in the same Create would answer. NB: where a tag tells
        too, the token alone will not do: it refuses what was edited since.
        """
        declared, kind = work.declared, work.declared.kind
        if kind.found_by_token:
            return None
        if not nameless:
            found = self._named(work)
            if isinstance(found, Fault) or (found is not None and found.ours):
                return found
            if declared_.renamed(declared, work.asked):  # nothing of ours has the name that it had at first
                found = self._named(replace(work, declared=declared_.without_record(declared)))
            return found
        if not found_by_list(kind):
            return None
        owner = declared.owner(self._habits.owner_id)
        required = {member: work.asked[member] for member in kind.listed_by if member in work.asked}
        # a name that an update can change tells nothing: the tag does
        name = declared_.recorded_identity(declared).get(kind.own_name or "", declared.own_name)
        if kind.own_name in kind.changeable:
            name = None
        arn = self._calls.owned(kind, work.place, required, name, owner)
        if isinstance(arn, str) and not kind.taggable and self._directory.holder(work.key, arn):
            return None
        return self._described(work, arn) if isinstance(arn, str) else arn

    def _named(self, work: Work) -> Seen | Fault | None:
        """What has the name, and whether it is ours."""
        said = self._described(work, None)
        return said if said is None or isinstance(said, Fault) else self._proven(work, said, said.arn)

    def _proven(self, work: Work, seen: Seen, arn: str | None) -> Seen | Fault:
        """What was seen, and whether its ownership tag makes it ours."""
        declared = work.declared
        if declared.is_claimed and arn is not None and (holder := self._directory.holder(work.key, arn)):
            return replace(seen, ours=False, holder=str(holder))
        if not declared.kind.taggable or arn is None:
            return replace(seen, ours=declared.is_claimed)
        tags = self._calls.tags(work.place, arn)
        if isinstance(tags, Fault):
            return tags
        owner = tags.get(OWNER_TAG)
        return replace(seen, ours=is_ours(declared, owner, self._habits.owner_id), owner=owner)

    def _tags(self, work: Work, seen: Seen) -> dict[str, str] | Fault | None:
        """What tags SageMaker has; asked after an edit and once a drift period, for what has or had tags of the manifest's."""
        declared = work.declared
        ours = work.asked.get("Tags") or Applied.of(declared.status).tags
        arn = declared.arn or seen.arn  # one that was found in this pass is not on record yet
        if not (ours and arn and declared.kind.taggable):
            return None
        # an edit that met a fault is on record as observed, but not as done
        edited = not is_observed(declared) or is_true(declared.status, "ACK.Recoverable")
        if not edited and not self._is_drift_due(declared):
            return None
        return self._calls.tags(work.place, arn)

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

    def _is_drift_due(self, declared: Declared) -> bool:
        """Whether the object's own moment of the drift period fell within the last look."""
        resync = self._habits.resync
        phase = pauses.drift_phase(spread(declared.uid), self._now().timestamp(), resync)
        return (1.0 - phase) * resync <= pauses.LIVING

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
        return self._reporter.trouble(work, fault, streak, pause, seen)
