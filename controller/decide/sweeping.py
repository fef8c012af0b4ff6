"""Many looks in one: what a List tells of resources that are being watched, and when it is worth asking. Pure.

A summary is never trusted for more than "something moved": what moved is described.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from controller.decide.conditions import is_true
from controller.decide.declared import Declared, identity
from controller.decide.periods import LONGEST_BUSY, Course, Periods, course
from controller.decide.situation import class_of, ended, is_observed
from controller.decide.translate import moment
from controller.kinds.kind import Kind, Listing
from controller.kinds.names import key_of
from controller.kinds.states import StateClass

PAGE = 100  # items; MaxResults of every List operation of the model allows that many
# Seconds between the pages that one kind's sweeps ask for: ListTrainingJobs takes two a second in an account and region, the
# only figure AWS has let be known; three quarters of it are left to whoever else is there.
A_PAGE_EACH = 1.5
# Seconds between two sweeps over what is at work, at the least: 1,000 jobs that end at random are then seen ended after
# 7.5 s in the middle, for 40 pages a minute.
SHORTEST = 15.0
# Seconds until somebody looks all the same where events tell of every move: they are delivered at best effort (EventBridge's
# reference), and whoever waits for one that was lost waits that long.
WITH_EVENTS = 600.0
# Seconds by which a List asks further back than the oldest resource was created: clocks differ, ours from SageMaker's too.
MARGIN = 300.0
# Seconds ahead for which the Describes are counted that a sweep would save.
AHEAD = 30.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A resource of which nothing is wanted but to hear when it moves.

    ``name`` is what its summaries are known by; ``asked`` the List's required members; ``created`` is in seconds since the
    epoch; ``course`` is how far along it is, None for a state that does not lead on by itself.
    """

    name: tuple[str, ...]
    asked: tuple[tuple[str, str], ...]
    state: str
    created: float | None
    periods: Periods
    course: Course | None

    @property
    def busy(self) -> bool:
        """Whether its state leads on by itself."""
        return self.course is not None

    def pause(self, now: float) -> float:
        """Seconds until it is to be looked at again."""
        return self.course.pause(now, self.periods) if self.course else self.periods.living


def watched(declared: Declared, asked: Mapping[str, Any], periods: Periods) -> Watched | None:
    """What is to be watched of an object whose status is up to date; None where only Describe tells.

    That is so for a kind whose List shows no states, for a run whose age is not known (a List of all runs there ever were
    costs more than it saves), and where something beside the state keeps it busy.
    """
    kind, listing, state = declared.kind, declared.kind.listing, declared.state
    if listing is None or state is None or kind.states is None or declared.arn is None:
        return None
    if not is_observed(declared) or is_true(declared.status, "ACK.Recoverable"):
        return None
    if declared.deleting or ended(declared):
        return (
            None  # what is to end is waited for, and what a run has left behind (a warm pool) no state tells
        )
    busy = class_of(kind, {kind.status: state} if kind.status else {}) is StateClass.BUSY
    if busy != is_true(declared.status, "Reconciling"):
        return None
    created = _created(declared)
    if created is None and kind.lifecycle == "run":
        return None
    name = _name(declared, listing, asked)
    wanted = tuple((member, str(asked.get(member) or "")) for member in listing.wanted)
    if name is None or not all(value for _, value in wanted):
        return None
    along = course(kind, declared.spec, declared.status, declared.uid) if busy else None
    return Watched(name, wanted, state, created, periods, along)


def _created(declared: Declared) -> float | None:
    """When SageMaker says that it was created; before it has said so, when Create was tried."""
    members = [m for m in declared.kind.described.members if m in {"CreationTime", "CreatedAt", "CreateDate"}]
    shown = [declared.status.get(key_of(member)) for member in members]
    # NB: what others put in the place of a time is of any type
    texts = [text for text in (*shown, declared.intent_moment) if isinstance(text, str)]
    at = next((one for one in map(moment, texts) if one is not None), None)
    return at.timestamp() if at is not None else None


def _name(declared: Declared, listing: Listing, asked: Mapping[str, Any]) -> tuple[str, ...] | None:
    if listing.matched_by == (declared.kind.arn,):
        return ((declared.arn or "").lower(),)
    known = identity(declared, asked, declared.arn)
    return tuple(str(known.get(m) or "").lower() for m in listing.matched_by) if known else None


def named(listing: Listing, summary: Mapping[str, Any]) -> tuple[str, ...]:
    """What a summary is known by. NB: in lower case, as ARNs and Describe's answers differ in it."""
    return tuple(str(summary.get(member) or "").lower() for member in listing.matched_by)


def mark(summary: Mapping[str, Any]) -> bytes:
    """A digest of all that a summary says."""
    return blake2b(json.dumps(summary, sort_keys=True, default=str).encode(), digest_size=8).digest()


def has_moved(listing: Listing, one: Watched, summary: Mapping[str, Any], before: bytes | None) -> bool:
    """Whether a summary says anything else than the status, or than it said last."""
    return summary.get(listing.state) != one.state or (before is not None and mark(summary) != before)


def request(kind: Kind, all_of: Iterable[Watched]) -> dict[str, Any]:
    """What List is asked with to be told of all of them."""
    listing, everyone = kind.listing, list(all_of)
    assert listing is not None
    asked: dict[str, Any] = {**dict(everyone[0].asked), **listing.constants, "MaxResults": PAGE}
    ages = [one.created for one in everyone]
    if listing.created_after and all(age is not None for age in ages):
        asked[listing.created_after] = min(age for age in ages if age is not None) - MARGIN
    return asked


def is_worth_it(looks: int, pages: float) -> bool:
    """Whether a sweep of so many pages costs less than so many Describes."""
    return looks > max(pages, 1.0)


def period(pages: float, longest: float = LONGEST_BUSY) -> float:
    """Seconds from the beginning of a sweep of so many pages over what is busy to that of the next, at most ``longest``."""
    return min(max(pages * A_PAGE_EACH, SHORTEST), longest)


def least_pages(resources: int) -> float:
    """How many pages it takes at the least to be told of so many."""
    return float(math.ceil(resources / PAGE))
