"""Which places do not answer. A call there holds a worker until its time-out: few have to do, to find out, and later one at a time.

A place that answers, if only to deny everything, holds nobody up: it is none of these.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from controller.cloud.session import Place

# Calls that may be under way to a place of which nobody knows whether it answers: a quarter of the 16 workers.
TRIAL = 4
# Seconds after an answer in which a place is taken to answer; and after which a call that has none yet makes one doubt it. SageMaker
# answers within half a second.
FRESH, DOUBTED = 60.0, 1.0
# Seconds between two calls by which a silent place is tried, beside that the first one has ended.
APART = 1.0
# Seconds until who finds too many under way comes again, at the least: an answer opens the place for all.
SOON = 0.2


@dataclass(slots=True)
class _Place:
    """Times are the clock's. ``silent``: a call has ended in vain, and none was answered since that one began."""

    silent: bool = False
    heard: float = -math.inf
    tried: float = -math.inf
    under_way: list[float] = field(default_factory=list)  # when each began


class Silence:
    """Kept by place, from what becomes of every call. A place is as long as a region that somebody names."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._places: dict[Place, _Place] = {}

    def wait(self, place: Place) -> float:
        """0 if a call may be made; else the seconds until it is known more, infinite where the place is known to be silent."""
        with self._lock:
            known, now = self._places.setdefault(place, _Place()), self._clock()
            if known.silent:
                if known.under_way or now < known.tried + APART:
                    return math.inf
                known.tried = now
                return 0.0
            oldest = min(known.under_way, default=now)
            doubted = now - known.heard > FRESH or (now - oldest > DOUBTED and known.heard < oldest)
            if not doubted or len(known.under_way) < TRIAL:
                return 0.0
            return max(SOON, (now - oldest) / 2)

    def begin(self, place: Place) -> float:
        """A call is under way: its beginning, for ``ended``."""
        with self._lock:
            began = self._clock()
            self._places.setdefault(place, _Place()).under_way.append(began)
            return began

    def ended(self, place: Place, began: float, answered: bool | None) -> None:
        """Whether it was answered, whatever the answer said; None where it was not sent."""
        with self._lock:
            known = self._places[place]
            known.under_way.remove(began)
            if answered:
                known.silent, known.heard = False, max(known.heard, self._clock())
            elif answered is False and known.heard < began:
                known.silent = True
