"""Who waits for news of what, in the groups of which one List tells; and a List under way. Times are the queue's clock."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from controller.cloud.session import Place
from controller.decide import sweeping
from controller.decide.sweeping import Watched
from controller.kinds.kind import Kind
from controller.loop.key import Key


@dataclass(slots=True)
class Member:
    """``due`` is when it is looked at if no event would tell of a move, ``told`` if one would, ``full`` in any case."""

    one: Watched
    due: float
    told: float
    full: float
    woken: bool = False  # an event has told of it


@dataclass(slots=True)
class Sweep:
    """A sweep under way: whom it is about, which page is next, what the pages have told."""

    everyone: Mapping[Key, Watched]
    request: dict[str, Any]
    began: float
    by_name: Mapping[tuple[str, ...], Key]
    pages: int = 0
    marks: dict[Key, bytes] = field(default_factory=dict)
    news: dict[Key, Mapping[str, Any]] = field(default_factory=dict)

    @staticmethod
    def over(group: Group, now: float) -> Sweep:
        """A sweep over all that a group watches."""
        everyone = {key: member.one for key, member in group.members.items()}
        request = sweeping.request(group.kind, everyone.values())
        return Sweep(everyone, request, now, {one.name: key for key, one in everyone.items()})


@dataclass(slots=True)
class Group:
    """All that one List tells of. Times are the queue's clock."""

    kind: Kind
    place: Place
    members: dict[Key, Member] = field(default_factory=dict)
    soonest: float = math.inf  # nobody is due before; NB: a bound, for going through ten thousand takes time
    pages: float = 1.0  # what the last sweep took, or was given up at
    swept: float = -math.inf  # when the last sweep began
    held: float = -math.inf  # no sweep before
    refused: bool = False
    attempts: int = 0
    working: bool = False
    sweep: Sweep | None = None


def due_of(group: Group) -> float:
    """When something has to be done about a group: as soon as a member is due, but no sweep before its time."""
    held = -math.inf if group.refused else group.held
    if group.sweep is not None:
        return held
    between = group.swept + sweeping.period(group.pages)
    return max(group.soonest, between, held)
