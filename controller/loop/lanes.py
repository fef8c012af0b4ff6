"""Who is due, in the order of priority; among equals each lane has its turn, so that ten thousand of one team delay nobody else."""

import heapq
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Due(NamedTuple, Generic[Key]):
    """A key that is due; ordered within a lane, ``turn`` being unique."""

    priority: int
    due: float
    turn: int
    key: Key


class Lanes(Generic[Key]):
    """``lane`` says to whom a key belongs. Not for threads: the queue has the lock."""

    def __init__(self, lane: Callable[[Key], Hashable]) -> None:
        self._lane = lane
        # NB: the lanes of a priority are in the order of their turns: the first is next, and goes to the end
        self._heaps: dict[int, dict[Hashable, list[Due[Key]]]] = {}
        self._count = 0

    def push(self, item: Due[Key]) -> None:
        """One more is due."""
        lanes = self._heaps.setdefault(item.priority, {})
        heapq.heappush(lanes.setdefault(self._lane(item.key), []), item)
        self._count += 1

    def pop(self) -> Due[Key] | None:
        """The next one; None if there is none."""
        if not self._count:
            return None
        priority = min(p for p, lanes in self._heaps.items() if lanes)
        lanes = self._heaps[priority]
        lane, heap = next(iter(lanes.items()))
        item = heapq.heappop(heap)
        self._count -= 1
        del lanes[lane]
        if heap:
            lanes[lane] = heap
        return item

    def keep(self, wanted: Callable[[Due[Key]], bool]) -> None:
        """Drop all others."""
        for lanes in self._heaps.values():
            for lane, heap in list(lanes.items()):
                heap[:] = [item for item in heap if wanted(item)]
                heapq.heapify(heap)
                if not heap:
                    del lanes[lane]
        self._count = sum(len(heap) for lanes in self._heaps.values() for heap in lanes.values())

    def __iter__(self) -> Iterator[Due[Key]]:
        return (item for lanes in self._heaps.values() for heap in lanes.values() for item in heap)

    def __len__(self) -> int:
        return self._count


def one_lane(_: Any) -> None:
    """The lane of everybody where nobody is to be told apart."""
