"""One pass over one object: read it, look at SageMaker if need be, plan, perform at most one mutating call, report once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.cloud.calls import Absent, Calls, FencedOff
from controller.cloud.session import Place
from controller.cluster.api import Api
from controller.cluster.errors import Conflict, NotFound
from controller.decide import declared as declared_
from controller.decide import pauses, references
from controller.decide.conditions import is_true
from controller.decide.declared import OWNER_TAG, Declared
from controller.decide.faults import Fault
from controller.decide.place import is_retained, region_of
from controller.decide.plan import Seen, Situation, must_look, plan
from controller.decide.translate import moment
from controller.kinds.kind import Kind
from controller.loop.key import Key
from controller.loop.perform import Performer
from controller.loop.report import Reporter
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
        habits: Habits,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
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
        self._faults: dict[
            Key, int
        ] = {}  # faults in a row; forgotten with a restart, which only makes us quicker

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
        self._faults.pop(key, None)

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
                work, "Duplicate", f"{elder} declares the same SageMaker resource and is older"
            )
        situation = self._situation(work, resolution.waits)
        if isinstance(situation, Fault):
            return self._trouble(Trouble(work, situation))
        action = plan(situation)
        outcome = self._performer.perform(work, action, situation)
        if isinstance(outcome, Trouble):
            return self._trouble(outcome)
        self._faults.pop(key, None)
        return outcome

    def _situation(self, work: Work, waits: tuple[str, ...]) -> Situation | Fault:
        declared = work.declared
        complaints = () if declared.deleting else declared.kind.validate(work.asked)
        users = tuple(map(str, self._directory.dying_users(work.key))) if declared.deleting else ()
        retain = is_retained(declared, self._habits.deletion_policy)
        seen: Seen | None = None
        looked = (
            must_look(declared)
            and not (declared.deleting and retain)
            and not (waits and declared.arn is None)
        )
        if looked:
            found = self._look(work)
            if isinstance(found, Fault):
                return found
            seen = found
        tags = self._tags(work) if seen is not None else None
        if isinstance(tags, Fault):
            return tags
        return Situation(
            declared=declared,
            asked=work.asked,
            complaints=complaints,
            waits=waits,
            users=users,
            looked=looked,
            seen=seen,
            retain=retain,
            recent=self._is_recent(declared),
            settling=self._is_recent(declared) and not _found_by_name_or_token(declared.kind),
            tags=tags,
        )

    def _look(self, work: Work) -> Seen | Fault | None:
        """What SageMaker says of the resource; ownership is asked only where it is not on record."""
        declared, kind = work.declared, work.declared.kind
        arn = declared.arn
        if arn is None:
            found = self._recover(work)
            if found is None or isinstance(found, Fault | Seen):
                return found
            arn = found
        identity = declared_.identity(declared, work.asked, arn)
        if identity is None:
            return None
        said = self._calls.describe(kind, work.place, identity)
        if isinstance(said, Fault):
            return said
        if isinstance(said, Absent):
            return None
        return Seen(said.output, ours=None if declared.arn else True)

    def _recover(self, work: Work) -> Seen | str | Fault | None:
        """Find what an earlier Create may have made: by name and ownership tag, or by List where SageMaker names it.

        Answers with the description, or the ARN to describe, or None when there is nothing. A kind whose Create takes a
        token is not looked for: the same token gives the same resource.
        """
        declared, kind = work.declared, work.declared.kind
        owner = declared.owner(self._habits.owner_id)
        identity = declared_.identity(declared, work.asked, None)
        if identity is None:
            if kind.token is not None:
                return None
            required = {i.member: work.asked[i.member] for i in kind.identity if i.member in work.asked}
            return self._calls.owned(kind, work.place, required, declared.own_name, owner)
        said = self._calls.describe(kind, work.place, identity)
        if isinstance(said, Fault):
            return said
        if isinstance(said, Absent):
            return None
        arn = said.output.get(kind.described_arn or "")
        if not kind.taggable or arn is None:
            return Seen(said.output, ours=True)
        tags = self._calls.tags(work.place, arn)
        if isinstance(tags, Fault):
            return tags
        return Seen(said.output, ours=tags.get(OWNER_TAG) == owner)

    def _tags(self, work: Work) -> dict[str, str] | Fault | None:
        """What tags SageMaker has; asked only after an edit, for a kind whose tags can be changed."""
        declared = work.declared
        # an edit that met a fault is on record as observed, but not as done
        edited = declared.observed_generation != declared.generation or is_true(
            declared.status, "ACK.Recoverable"
        )
        if not (edited and declared.arn and declared.kind.taggable and work.asked.get("Tags")):
            return None
        return self._calls.tags(work.place, declared.arn)

    def _is_recent(self, declared: Declared) -> bool:
        """Whether Create was tried so lately that SageMaker may not show the resource yet."""
        tried = moment(declared.intent_moment)
        return tried is not None and (self._now() - tried).total_seconds() < self._habits.settling

    def _trouble(self, trouble: Trouble) -> Next:
        work, fault = trouble.work, trouble.fault
        count = self._faults.get(work.key, 0) + 1
        self._faults[work.key] = count
        pause = pauses.after_fault(fault, count, self._jitter())
        return self._reporter.trouble(work, fault, count, pause)


def _found_by_name_or_token(kind: Kind) -> bool:
    return kind.token is not None or all(i.source != "arn" for i in kind.identity)
