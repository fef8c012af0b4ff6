"""What SageMaker says of an object's resource, and whose that is: by the record, the name, the ownership tag, or a List."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from controller.cloud.calls import Absent, Calls
from controller.decide import declared as declared_
from controller.decide import periods
from controller.decide.applied import Applied
from controller.decide.conditions import is_true
from controller.decide.declared import OWNER_TAG, Declared
from controller.decide.faults import Fault, Meaning
from controller.decide.ownership import is_ours
from controller.decide.reach import found_by_list
from controller.decide.situation import Seen, class_of, is_observed
from controller.decide.status import metadata_of
from controller.kinds.states import StateClass
from controller.loop.habits import Habits
from controller.loop.waiting import Directory
from controller.loop.work import Work


class Looker:
    """Asks SageMaker about one resource, with as few calls as it takes to know whose it is."""

    def __init__(
        self, calls: Calls, directory: Directory, habits: Habits, now: Callable[[], datetime]
    ) -> None:
        self._calls = calls
        self._directory = directory
        self._habits = habits
        self._now = now

    def look(self, work: Work, *, nameless: bool) -> Seen | Fault | None:
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

    def tags(self, work: Work, seen: Seen) -> dict[str, str] | Fault | None:
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

    def _is_drift_due(self, declared: Declared) -> bool:
        """Whether the object's own moment of the drift period fell within the last look."""
        own = self._habits.bounds.of(declared.kind, declared.annotations)
        phase = periods.phase(periods.spread(declared.uid), self._now().timestamp(), own.resync)
        return (1.0 - phase) * own.resync <= own.living
