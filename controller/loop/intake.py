"""From what the mirrors see to what the queue holds: who needs a pass, when, and how urgently."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from controller.cloud.session import Place
from controller.cluster.records import Record
from controller.decide import periods
from controller.decide.sweeping import Watched
from controller.kinds.kind import Kind
from controller.loop.key import Key
from controller.loop.queue import Priority, Queue
from controller.loop.sweeps import Sweeps
from controller.loop.waiting import Directory, Facts
from controller.loop.work import Watch


class Intake:
    """Feeds one queue from any number of mirrors."""

    def __init__(
        self,
        queue: Queue[Key],
        directory: Directory,
        forget: Callable[[Key], None],
        sweeps: Sweeps,
        endpoint: str = "",
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._queue = queue
        self._directory = directory
        self._forget = forget
        self._sweeps = sweeps
        self._endpoint = endpoint
        self._clock = clock
        self._wall = wall

    def learn(self, kind: Kind) -> Callable[[Mapping[str, Any]], Facts]:
        """What a kind's mirror keeps of an object: the directory's facts, which are thereby up to date."""
        return lambda obj: self._directory.learn(kind, obj)

    def changed(self, kind: Kind) -> Callable[[tuple[str, str], Record[Facts], bool], None]:
        """What a kind's mirror calls for an object that somebody else has changed."""

        def on_change(name: tuple[str, str], record: Record[Facts], initial: bool) -> None:
            key = Key(kind.name, *name)
            if not initial:
                self._queue.add(key, Priority.EDIT)
                return
            due = self._due_at_start(kind, record.extra)
            if due is not None and record.extra is not None and record.extra.watched is not None:
                self._sweeps.watch(key, self._watch(kind, record.extra, record.extra.watched), due)
            elif due is not None:
                self._queue.add(key, Priority.START if due <= 0 else Priority.RESYNC, due=self._clock() + due)

        return on_change

    def gone(self, kind: Kind) -> Callable[[tuple[str, str], Record[Facts]], None]:
        """What a kind's mirror calls for an object that is there no more."""

        def on_gone(name: tuple[str, str], _: Record[Facts]) -> None:
            key = Key(kind.name, *name)
            self._queue.forget(key)
            self._sweeps.forget(key)
            self._forget(key)

        return on_gone

    def _watch(self, kind: Kind, facts: Facts, one: Watched) -> Watch:
        full = periods.until_resync(periods.spread(facts.born), self._wall(), facts.periods, busy=one.busy)
        return Watch(kind, Place(facts.region, self._endpoint), one, full)

    def wake(self, keys: Iterable[Key]) -> None:
        """Somebody these keys wait for has changed."""
        for key in keys:
            self._queue.add(key, Priority.LOOK)

    def _due_at_start(self, kind: Kind, facts: Facts | None) -> float | None:
        """Seconds until the first pass: at once for what can still change, in its own time for what rests, None for never."""
        if facts is None or not (facts.quiet or facts.over):
            return 0.0
        if facts.over:
            return None
        own = facts.periods
        period = own.living if kind.states is not None and kind.lifecycle != "version" else own.resync
        return periods.phase(periods.spread(facts.born), self._wall(), period) * period
