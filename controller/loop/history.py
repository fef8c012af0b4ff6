"""What this process remembers of an object's last tries: faults in a row, and whether a Create is surely without effect.

Forgotten with a restart, which only makes the next process more patient and more careful.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from controller.decide.faults import Fault
from controller.loop.key import Key


@dataclass(frozen=True, slots=True)
class Streak:
    """Faults in a row: how many there were, and since when they have been of one reason at one generation."""

    count: int
    generation: int
    reason: str
    began: datetime

    def lasted(self, now: datetime) -> timedelta:
        """For how long."""
        return now - self.began


@dataclass(frozen=True, slots=True)
class Tries:
    """How often an update was sent at one generation, and since when the last one is seen to have failed in passing."""

    count: int
    generation: int
    failed: datetime | None = None


class History:
    """By key. NB: an entry goes when its object does (``forget``), so this is no leak; one worker at a time has a key."""

    def __init__(self) -> None:
        self._streaks: dict[Key, Streak] = {}
        self._certain: set[Key] = set()
        self._tries: dict[Key, Tries] = {}

    def fault(self, key: Key, fault: Fault, generation: int, now: datetime) -> Streak:
        """One more fault in a row."""
        before = self._streaks.get(key)
        count = before.count + 1 if before else 1
        same = before is not None and (before.generation, before.reason) == (generation, fault.reason)
        began = before.began if before is not None and same else now
        self._streaks[key] = Streak(count, generation, fault.reason, began)
        return self._streaks[key]

    def well(self, key: Key) -> None:
        """A pass without a fault."""
        self._streaks.pop(key, None)

    def sent(self, key: Key, generation: int) -> None:
        """An update was sent."""
        before = self._tries.get(key)
        again = before is not None and before.generation == generation
        self._tries[key] = Tries(before.count + 1 if before is not None and again else 1, generation)

    def failed_in_passing(self, key: Key, generation: int, now: datetime) -> Tries:
        """The last update is seen to have failed for the service's own reasons; one of an earlier process was the first."""
        tries = self._tries.get(key)
        if tries is None or tries.generation != generation:
            tries = Tries(1, generation)
        self._tries[key] = tries if tries.failed else replace(tries, failed=now)
        return self._tries[key]

    def refused(self, key: Key, *, certain: bool) -> None:
        """A Create was answered with a refusal, or with nothing. ``certain``: no Create can have had its effect."""
        if certain:
            self._certain.add(key)
        else:
            self._certain.discard(key)

    def is_refused(self, key: Key) -> bool:
        """Whether no Create that was tried can have had its effect."""
        return key in self._certain

    def forget(self, key: Key) -> None:
        """The object is gone, or its resource is there."""
        self._streaks.pop(key, None)
        self._certain.discard(key)
        self._tries.pop(key, None)
