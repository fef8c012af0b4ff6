"""Which key is worked on next, and when. It knows no objects and no clouds, only keys, due times, priorities.

A key is in here once, is handed to one worker at a time, and comes back when it was added meanwhile.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, NamedTuple, TypeVar

from controller.loop.lanes import Due, Lanes, one_lane

Key = TypeVar("Key", bound=Hashable)


class Priority(IntEnum):
    """Who goes first among the keys that are due; smaller goes first."""

    EDIT = 0  # somebody waits in front of a screen
    LOOK = 1  # something in flight may have moved
    START = 2  # what was there when we started
    RESYNC = 3  # nothing is expected to have changed


@dataclass(frozen=True, slots=True)
class Depth:
    """How many keys are due, wait for their time, and are being worked on."""

    ready: int
    waiting: int
    working: int


class _Place(NamedTuple, Generic[Key]):
    """Where a key stands; ordered as the heap of waiting keys needs it, `turn` being unique."""

    due: float
    priority: int
    turn: int
    key: Key


class Queue(Generic[Key]):
    """Keys with due times and priorities, for any number of threads.

    ``lane`` says to whom a key belongs: among keys of one priority each lane has its turn.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, lane: Callable[[Key], Hashable] = one_lane
    ) -> None:
        self._clock = clock
        self._changed = threading.Condition(threading.Lock())
        self._turn = 0
        self._closed = False
        # A key that moves leaves its old place behind in the heaps; only its newest place counts.
        self._places: dict[Key, _Place[Key]] = {}
        self._waiting: list[_Place[Key]] = []
        self._ready: Lanes[Key] = Lanes(lane)
        self._working: dict[Key, tuple[float, int] | None] = {}
        self._forgotten: set[Key] = set()  # of those that are being worked on

    def add(self, key: Key, priority: Priority = Priority.EDIT, *, due: float | None = None) -> None:
        """Ask for a pass over a key, at once or at `due` on the queue's clock.

        Of several requests the earliest time and the best priority win. A key that is being worked on comes
        back after the pass.
        """
        with self._changed:
            if self._closed:
                return
            when = self._clock() if due is None else due
            if key in self._working:
                self._working[key] = _merged(self._working[key], when, priority)
                self._forgotten.discard(key)
                return
            self._put(key, when, priority)

    def get(self, timeout: float | None = None) -> Key | None:
        """The next key that is due, or None after `timeout` seconds or at the end; answer with `done`."""
        end = None if timeout is None else self._clock() + timeout
        with self._changed:
            while not self._closed:
                now = self._clock()
                self._promote(now)
                key = self._take()
                if key is not None:
                    return key
                if end is not None and now >= end:
                    return None
                times = [end] if end is not None else []
                if self._waiting:
                    times.append(self._waiting[0].due)
                self._changed.wait(min(times) - now if times else None)
        return None

    def done(self, key: Key) -> None:
        """The pass over a key has ended."""
        with self._changed:
            again = self._working.pop(key, None)
            self._forgotten.discard(key)
            if again is not None and not self._closed:
                self._put(key, *again)

    def forget(self, key: Key) -> None:
        """Nothing is to be done about a key any more, unless it is asked for again."""
        with self._changed:
            self._places.pop(key, None)
            self._tidy()
            if key in self._working:
                self._working[key] = None
                self._forgotten.add(key)

    def is_forgotten(self, key: Key) -> bool:
        """Whether a key that is being worked on was forgotten meanwhile, and not asked for since."""
        return key in self._forgotten

    def close(self) -> None:
        """Wake every getter with None and take no key any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def depth(self) -> Depth:
        """The numbers for the metrics."""
        with self._changed:
            self._promote(self._clock())
            working = len(self._working)
            ready = sum(1 for item in self._ready if self._is_current(item.key, item.turn))
            return Depth(ready, len(self._places) - ready, working)

    def __len__(self) -> int:
        """The keys that are due or wait for their time, without those being worked on."""
        return len(self._places)

    def _put(self, key: Key, due: float, priority: int) -> None:
        old = self._places.get(key)
        if old is not None:
            best = _merged((old.due, old.priority), due, priority)
            if best == (old.due, old.priority):
                return
            due, priority = best
        self._turn += 1
        place = _Place(due, priority, self._turn, key)
        self._places[key] = place
        heapq.heappush(self._waiting, place)
        self._tidy()
        self._changed.notify()

    def _promote(self, now: float) -> None:
        """Move what has become due from the order of time into the order of priority."""
        while self._waiting and (
            self._waiting[0].due <= now or not self._is_current(self._waiting[0].key, self._waiting[0].turn)
        ):
            place = heapq.heappop(self._waiting)
            if self._is_current(place.key, place.turn):
                self._ready.push(Due(place.priority, place.due, place.turn, place.key))

    def _take(self) -> Key | None:
        while (item := self._ready.pop()) is not None:
            if self._is_current(item.key, item.turn):
                del self._places[item.key]
                self._working[item.key] = None
                return item.key
        return None

    def _is_current(self, key: Key, turn: int) -> bool:
        place = self._places.get(key)
        return place is not None and place.turn == turn

    def _tidy(self) -> None:
        """Drop abandoned places once they outnumber the keys: amortised, this costs nothing per key."""
        if len(self._waiting) + len(self._ready) <= 2 * len(self._places) + 64:
            return
        self._waiting = [place for place in self._waiting if self._is_current(place.key, place.turn)]
        heapq.heapify(self._waiting)
        self._ready.keep(lambda item: self._is_current(item.key, item.turn))


def _merged(old: tuple[float, int] | None, due: float, priority: int) -> tuple[float, int]:
    return (due, priority) if old is None else (min(old[0], due), min(old[1], priority))
