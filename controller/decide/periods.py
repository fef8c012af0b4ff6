"""How often one object is looked at: what its kind, the installation and its own annotation say of it. Pure.

Times are arguments, and so is chance: what spreads objects over a period is their uid, which a restart does not change.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from controller.decide.conditions import condition, is_true
from controller.decide.translate import moment
from controller.kinds.kind import GROUP, Kind
from controller.kinds.names import key_of

# How often this one object is looked at once it is settled, in seconds.
RESYNC_ANNOTATION = f"{GROUP}/resync-seconds"
# Seconds. At 10 one object takes a twentieth of the two calls a second that one operation gets in a region (sweeping.py); the
# other is a year, as the flags have it.
SHORTEST_ASKED, LONGEST_ASKED = 10, 31_536_000

# Seconds between two looks at what is at work, at the least: an answer takes a part of one.
SHORTEST = 1.0
LONGEST_BUSY = 30.0  # seconds; the contract: never over 30 s while busy or deleting
# Seconds. What lives changes by itself (endpoints, notebooks, a session that runs): one look a minute (design §5).
LIVING = 60.0
RESYNC = 36000.0  # seconds; 10 h, the incumbent's

# A busy resource is looked at when as much time again has passed as a quarter of what has gone by since the transition
# began: a job of ten minutes is seen ended within 30 s and costs about 30 looks, a notebook of one minute within 12 s.
SHARE = 0.25
# Where a state is known to last, the first looks are for what fails at once, and come half as often.
SHARE_OF_LASTING = 0.5
# An end near the time when it is expected is seen within a thirtieth of that time: of five minutes within ten seconds.
FINEST = 1 / 30
# Seconds between two looks at a run about to be cut off: it is given some to end by itself first.
NEAR_CUT_OFF = 5.0
# Seconds between two whole passes over what is busy, at the least, though an object or kind asks for more: ten of the longest
# looks and ten again, beside which one more does not count.
WHOLE_WHILE_BUSY = 600.0
# A pause is shortened by up to this share, differently for each object: what began together is not looked at together.
JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of one object, in seconds. ``shortest`` and ``longest`` are of looks at it while it is busy."""

    shortest: float = SHORTEST
    longest: float = LONGEST_BUSY
    living: float = LIVING
    lingering: float = LIVING
    resync: float = RESYNC


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an installation sets, in seconds; ``resyncs`` by kind."""

    shortest: float = SHORTEST
    longest: float = LONGEST_BUSY
    living: float = LIVING
    resync: float = RESYNC
    resyncs: Mapping[str, float] = field(default_factory=dict)

    def of(self, kind: Kind, annotations: Mapping[str, str]) -> Periods:
        """The periods of one object: its annotation goes before the kind's, and that before the installation's.

        What is asked for by object or kind is how often it is looked at once it is settled, as with the incumbent; while it is
        busy that can only make looks more frequent.
        """
        asked = _asked(annotations) or self.resyncs.get(kind.name)
        living = asked or max(self.living, kind.periods.living or 0.0)
        resync = asked or self.resync
        return _shared(
            self.shortest,
            min(self.longest, max(asked or self.longest, self.shortest)),
            min(living, resync),
            min(kind.periods.lingering or living, living, resync),
            resync,
        )


@lru_cache(maxsize=4096)
def _shared(*periods: float) -> Periods:
    """NB: ten thousand objects have few different ones, and each remembers its own."""
    return Periods(*periods)


def _asked(annotations: Mapping[str, str]) -> float | None:
    said = annotations.get(RESYNC_ANNOTATION, "")
    legible = re.fullmatch(r"[0-9]{1,8}", said) and SHORTEST_ASKED <= int(said) <= LONGEST_ASKED
    return float(said) if legible else None


def unclear_period(annotations: Mapping[str, str]) -> str | None:
    """The sentence for an annotation that is no period."""
    said = annotations.get(RESYNC_ANNOTATION)
    if said is None or _asked(annotations) is not None:
        return None
    return (
        f"annotation {RESYNC_ANNOTATION} is {said[:64]!r}: set it to whole seconds from {SHORTEST_ASKED} to {LONGEST_ASKED}, "
        "or take it away"
    )


@dataclass(frozen=True, slots=True)
class Course:
    """How far along something is that SageMaker is at work on. ``began`` and ``cut_off`` are seconds since the epoch.

    ``lasts`` is how long it usually takes, ``cut_off`` when it is ended at the latest, where these are known; ``share`` in
    [0, 1) is the object's own.
    """

    began: float
    lasts: float | None = None
    cut_off: float | None = None
    share: float = 0.0

    def pause(self, now: float, periods: Periods) -> float:
        """Seconds until the next look: few at the start and near the end that is to be expected, more in between."""
        age = max(now - self.began, 0.0)
        wait = max(age * (SHARE if self.lasts is None else SHARE_OF_LASTING), periods.shortest)
        if self.lasts is not None:
            wait = min(wait, max(abs(self.lasts - age) * SHARE, self.lasts * FINEST))
        if self.cut_off is not None:
            wait = min(wait, max(abs(self.cut_off - now) * SHARE, NEAR_CUT_OFF))
        return max(min(wait, periods.longest) * (1.0 - JITTER * self.share), periods.shortest)


def course(kind: Kind, spec: Mapping[str, Any] | None, status: Mapping[str, Any], uid: str) -> Course:
    """How far along an object is, by what its status shows."""
    state = status.get(key_of(kind.status)) if kind.status else None
    # what failed and is then deleted has not been ready for long, but begins to end only now
    since = condition(status, "Reconciling" if is_true(status, "Reconciling") else "Ready") or {}
    began = moment(since.get("lastTransitionTime"))
    return Course(
        began.timestamp() if began else 0.0,
        kind.periods.lasts.get(state) if isinstance(state, str) else None,
        _cut_off(kind, spec, status),
        spread(uid) % 997 / 997,  # a prime: the digits of uids repeat
    )


def _cut_off(kind: Kind, spec: Mapping[str, Any] | None, status: Mapping[str, Any]) -> float | None:
    known = kind.periods.cut_off
    if known is None:
        return None
    limit: Any = spec
    for member in known.limit.split("."):
        limit = limit.get(key_of(member)) if isinstance(limit, Mapping) else None
    started = status.get(key_of(known.since))
    at = moment(started) if isinstance(started, str) else None
    return at.timestamp() + limit if at is not None and type(limit) is int else None


def spread(uid: str) -> int:
    """A number by which objects are spread over a period; ``uid`` may have anything before it."""
    # NB: not hash(): it differs from process to process, and the moment must outlive a restart
    return int.from_bytes(uid.encode()[-8:].ljust(8, b"0"), "big")


def phase(uid_hash: int, now: float, period: float) -> float:
    """The share of the period until this object's moment, which is fixed on the wall clock by its uid."""
    own = uid_hash % max(int(period), 1)
    return ((own - now) % period) / period


def until_resync(uid_hash: int, now: float, periods: Periods, *, busy: bool = False) -> float:
    """Seconds until the object's own moment of the drift period, at which a whole pass is made.

    What is ``busy`` is looked at as often as was asked for anyway: a short period makes no second row of looks beside these.
    """
    if busy and periods.resync < WHOLE_WHILE_BUSY:
        return WHOLE_WHILE_BUSY
    return max(phase(uid_hash, now, periods.resync) * periods.resync, 1.0)


def until_settled_look(
    kind: Kind, state: str | None, periods: Periods, uid_hash: int, now: float
) -> float | None:
    """Seconds until an object that is not at work is looked at again, at its own moment; None for never.

    ``state`` is what its status shows. A restart neither resets nor bunches these moments.
    """
    if kind.states is None or state is None or kind.lifecycle == "version":
        return until_resync(uid_hash, now, periods)
    if kind.lifecycle == "run" and kind.states.ended(state):
        return None
    wait = phase(uid_hash, now, periods.living) * periods.living
    # NB: a look that comes a little early, as clocks differ, must not be followed by another one at once
    return wait if wait >= periods.living / 10 else wait + periods.living
