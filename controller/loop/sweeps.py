"""Who only waits for news of a resource waits here: one List for many, or a pass each where that costs fewer calls."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from controller.cloud.calls import Calls, Page
from controller.cloud.session import Place
from controller.decide import pauses, sweeping
from controller.decide.faults import Fault, Meaning
from controller.loop.groups import Group, Member, Sweep, due_of
from controller.loop.heard import Announced, Heard, Nothing
from controller.loop.key import Key
from controller.loop.queue import Priority, Queue
from controller.loop.work import Watch

log = logging.getLogger(__name__)

# Threads: one account that answers slowly must not hold back the others, and AWS takes a few Lists a second at the most.
SWEEPERS = 2
# Seconds for which a List that is refused is not asked for again, and a cost that was found counts as known.
WHILE = 600.0


class Sweeps:
    """``queue`` gets the keys that need a pass. Times are of the queue's clock, but for ``wall``, which is the world's."""

    def __init__(
        self,
        calls: Calls,
        queue: Queue[Key],
        jitter: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        announced: Announced | None = None,
    ) -> None:
        self._calls = calls
        self.announced: Announced = announced or Nothing()
        self._queue = queue
        self._jitter = jitter
        self._clock = clock
        self._wall = wall
        self._changed = threading.Condition()
        self._stopped = False
        self._groups: dict[tuple[Place, str, tuple[tuple[str, str], ...]], Group] = {}
        self._where: dict[Key, Group] = {}
        self._heard = Heard(clock)
        # What was looked at although an event would have told, and in which state it was watched until then.
        self._silent: dict[Key, tuple[str, str]] = {}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin."""
        self._threads = [
            threading.Thread(target=self._work, name=f"sweeper {n}", daemon=True) for n in range(SWEEPERS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; a call under way is not waited for: it changes nothing."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def watch(self, key: Key, watch: Watch, due: float | None = None) -> None:
        """Wait for news of a resource, until it is to be looked at anyway: in ``due`` seconds, else in its own time."""
        now, one = self._clock(), watch.one
        pause = one.pause(self._wall()) if due is None else due
        self._compare(key, one.state)
        with self._changed:
            before = self._leave(key)
            self._heard.watched(key)
            place = (watch.place, watch.kind.name, one.asked)
            group = self._groups.setdefault(place, Group(watch.kind, watch.place))
            # NB: SageMaker may show to the first look what was before the event, so that one more is made in the usual time
            unmoved = before is not None and before.woken and before.one.state == one.state
            told = pause if unmoved else max(pause, sweeping.WITH_EVENTS)
            group.members[key] = Member(one, now + pause, now + told, now + watch.full)
            group.soonest = min(group.soonest, now + pause, now + watch.full)
            self._where[key] = group
            self._changed.notify()

    def leave(self, key: Key) -> None:
        """Nothing is to be heard of it for now: a pass will be made."""
        with self._changed:
            self._leave(key)
            self._silent.pop(key, None)
            self._heard.left(key)

    def over(self, key: Key) -> None:
        """Its run has ended."""
        self._compare(key, "")
        self.forget(key)

    def woken(self, key: Key) -> None:
        """An event has told of it; a pass is about to be made."""
        with self._changed:
            self._silent.pop(key, None)
            if (group := self._where.get(key)) is not None:
                group.members[key].woken = True

    def reconsider(self) -> None:
        """What events tell of has changed, and thereby who is due when."""
        with self._changed:
            for group in self._groups.values():
                group.soonest = -math.inf
            self._changed.notify_all()

    def forget(self, key: Key) -> None:
        """The object is gone."""
        with self._changed:
            self._leave(key)
            self._silent.pop(key, None)
            self._heard.forget(key)

    def told(self, key: Key) -> Mapping[str, Any] | None:
        """The summary for which this one was sent for, if that is what a pass is made for."""
        return self._heard.news(key)

    def __len__(self) -> int:
        return len(self._where)

    def turn(self) -> float | None:
        """Do what is due for one group: ask for one page, or send for who is due. Seconds until something is due; None: never."""
        with self._changed:
            now = self._clock()
            waiting = (g for g in self._groups.values() if (g.members or g.sweep) and not g.working)
            group = min(waiting, key=due_of, default=None)
            if group is None:
                return None
            if (wait := due_of(group) - now) > 0:
                return wait
            group.soonest = self._soonest(group, now)
            if due_of(group) > now:
                return 0.0  # the bound was too low: another one may be due
            if group.sweep is None:
                self._send_for_a_whole_pass(group, now)
                if not self._is_worth_it(group, now):
                    for key in [k for k, due in self._times(group) if due <= now]:
                        self._look(key)
                    self._tidy()
                    return 0.0
                group.sweep = Sweep.over(group, now)
            group.working = True
        try:
            said = self._calls.page(group.kind, group.place, group.sweep.request)
        finally:
            with self._changed:
                group.working = False
        with self._changed:
            self._hear(group, group.sweep, said)
            self._tidy()
        return 0.0

    def _work(self) -> None:
        while True:
            try:
                wait = self.turn()
            except Exception:
                log.exception("a sweep failed, and is tried again")
                wait = 1.0
            with self._changed:
                if not self._stopped and (wait is None or wait > 0):
                    self._changed.wait(wait)
                if self._stopped:
                    return

    def _send_for_a_whole_pass(self, group: Group, now: float) -> None:
        for key in [k for k, m in group.members.items() if m.full <= now]:
            self._leave(key)
            self._queue.add(key, Priority.RESYNC)

    def _is_worth_it(self, group: Group, now: float) -> bool:
        if group.refused and now < group.held:
            return False
        looks = sum(due <= now + sweeping.AHEAD for _, due in self._times(group))
        known = now - group.swept < WHILE
        pages = max(group.pages if known else group.pages / 2, sweeping.least_pages(len(group.members)))
        return sweeping.is_worth_it(looks, pages)

    def _hear(self, group: Group, sweep: Sweep, said: Page | Fault) -> None:
        """What one page has told; the sweep goes on with the next one, or is over."""
        if isinstance(said, Fault):
            self._hold(group, sweep, said)
            return
        listing = group.kind.listing
        assert listing is not None
        group.attempts, group.refused, group.held = 0, False, -math.inf
        sweep.pages += 1
        for summary in said.items:
            key = sweep.by_name.get(sweeping.named(listing, summary))
            if key is None:
                continue
            sweep.marks[key] = sweeping.mark(summary)
            if sweeping.has_moved(listing, sweep.everyone[key], summary, self._heard.mark(key)):
                sweep.news[key] = summary
        everyone = len(sweep.everyone)
        if said.following is None or len(sweep.marks) == everyone:
            self._settle(group, sweep)
        elif not sweeping.is_worth_it(everyone, sweep.pages):
            self._settle(group, sweep)  # to look at each would have cost as much already, and now it is done
        else:
            sweep.request["NextToken"] = said.following

    def _settle(self, group: Group, sweep: Sweep) -> None:
        """Who has moved is looked at, and who was not told of: gone, or too new to be shown. Who has not waits on."""
        now, wall = self._clock(), self._wall()
        group.swept, group.pages, group.sweep = sweep.began, float(sweep.pages), None
        for key, one in sweep.everyone.items():
            member = group.members.get(key)
            if member is None or member.one is not one:
                continue  # a pass was made meanwhile, and knows better
            if key in sweep.marks:
                self._heard.said(key, sweep.marks[key], sweep.news.get(key))
            if key in sweep.news or key not in sweep.marks:
                self._look(key)
                continue
            pause = one.pause(wall)
            # NB: from the beginning: sixty pages take half a minute by themselves where SageMaker takes two a second
            following = max(now, sweep.began + sweeping.period(group.pages, one.periods.longest))
            member.due = min(now + pause, following) if one.busy else now + pause
            member.told = now + sweeping.WITH_EVENTS

    def _hold(self, group: Group, sweep: Sweep, fault: Fault) -> None:
        """A page that failed is asked for again later; a List that is refused gives way to looking at each."""
        now = self._clock()
        group.attempts += 0 if fault.wait else 1
        pause = fault.wait or pauses.after_fault(fault, group.attempts, self._jitter())
        if fault.meaning in {Meaning.DENIED, Meaning.MALFORMED} and "NextToken" not in sweep.request:
            if not group.refused:
                log.warning(
                    "%s is refused, so that each %s is looked at by itself: %s",
                    group.kind.verbs.list,
                    group.kind.name,
                    fault.message,
                )
            group.refused, group.sweep, pause = True, None, WHILE
        elif fault.meaning is Meaning.MALFORMED or now - sweep.began > WHILE:
            group.sweep = None  # its token is not good any more
        group.held = now + pause

    def _look(self, key: Key) -> None:
        group, member = self._where.get(key), self._leave(key)
        if group is not None and member is not None and not member.woken and self._is_told(group):
            self._silent[key] = member.one.state, group.place.region
        self._queue.add(key, Priority.LOOK)

    def _compare(self, key: Key, state: str) -> None:
        """A pass has ended; if it was made for no event, and yet something moved, then events are not to be relied on."""
        before = self._silent.pop(key, None)
        if before is not None and before[0] != state:
            self.announced.unannounced(key, before[1])

    def _leave(self, key: Key) -> Member | None:
        group = self._where.pop(key, None)
        return None if group is None else group.members.pop(key)

    def _is_told(self, group: Group) -> bool:
        return self.announced.relied_on(group.kind.name, group.place.region)

    def _times(self, group: Group) -> Iterable[tuple[Key, float]]:
        """When each is due."""
        told = self._is_told(group)
        return ((key, member.told if told else member.due) for key, member in group.members.items())

    def _soonest(self, group: Group, now: float) -> float:
        """When the next one is due; within a minute it is asked again, for what events tell of may have changed by then."""
        full = (member.full for member in group.members.values())
        return min(
            min(full, default=now), min((due for _, due in self._times(group)), default=now), now + 60.0
        )

    def _tidy(self) -> None:
        """Forget about groups without anybody, once what was found out about them is not worth knowing any more."""
        now = self._clock()
        empty = [place for place, g in self._groups.items() if not (g.members or g.sweep or g.working)]
        for place in empty:
            if now - self._groups[place].swept > WHILE and now >= self._groups[place].held:
                del self._groups[place]
