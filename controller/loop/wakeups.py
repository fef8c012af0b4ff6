"""Events wake objects up, so that nobody need ask how they are; and whether events can be relied on, kind by kind.

An event is worth one look at one object, nothing more. Sweeps of a kind become rare only while its queue is read well and its
events have been seen to come; a move that no event told of, or a queue that cannot be read, brings them back, and it is said.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from controller.cloud.wakeups import AT_ONCE, POLL, Mailbox, Message
from controller.decide import pauses, wakeups
from controller.decide.faults import Fault, Meaning
from controller.decide.wakeups import Ignored, Wakeup
from controller.kinds.kind import Kind
from controller.loop.key import Key
from controller.loop.queue import Priority, Queue
from controller.loop.waiting import Directory

log = logging.getLogger(__name__)

# Seconds without a poll that went well after which a queue counts as lost: three long polls, so that one lost answer does not.
UNHEARD = 3 * POLL
# Seconds between tries to read a queue that cannot be read: one that is made again is found within a minute.
LONGEST_RETRY = 60.0
# Seconds that an event may be later than the look that found the move; EventBridge says near real time.
LATE = 60.0
# Seconds for which a kind whose events have failed to come is swept as if there were none: each failure may have cost
# somebody ten minutes, and one an hour is what may be borne.
DISTRUST = 3600.0
# Messages that wait for their passes at once, a few hundred bytes each. SQS keeps the others: nothing is received until fewer wait.
MOST = 1000

HOPELESS = {Meaning.DENIED, Meaning.GONE, Meaning.MALFORMED}


class Sweeps(Protocol):
    """Who looks where no event comes."""

    def woken(self, key: Key) -> None:
        """A pass is about to be made for an event."""

    def reconsider(self) -> None:
        """What events can be relied on has changed."""


class Meter(Protocol):
    """Who counts."""

    def message(self, outcome: str) -> None:
        """A message was received: "woken", "ended", "foreign" or "poison"."""

    def heard(self, queue: str, well: bool) -> None:
        """Whether a queue is read well."""

    def relied_on(self, kinds: int) -> None:
        """For how many kinds and regions sweeps are rare."""


@dataclass(slots=True)
class _Box:
    """A queue and how reading it goes. Times are the clock's."""

    mailbox: Mailbox
    well_at: float
    heard: bool | None = None  # None: not known yet
    attempts: int = 0
    done: list[str] = field(default_factory=list)  # receipts of what may be deleted


class Wakeups:
    """One thread a queue. ``account`` is whose events are listened to, None while it is not known."""

    def __init__(
        self,
        mailboxes: Iterable[Mailbox],
        kinds: Mapping[str, Kind],
        directory: Directory,
        queue: Queue[Key],
        sweeps: Sweeps,
        meter: Meter,
        account: Callable[[], str | None],
        jitter: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
        poll: float = POLL,
    ) -> None:
        self._poll = poll
        self._known = wakeups.about(kinds.values())
        self._directory = directory
        self._queue = queue
        self._sweeps = sweeps
        self._meter = meter
        self._account = account
        self._jitter = jitter
        self._clock = clock
        self._lock = threading.Lock()
        self._boxes = [_Box(mailbox, clock()) for mailbox in mailboxes]
        # By key and message: a message that is delivered twice is deleted by its newer receipt.
        self._waiting: dict[Key, dict[str, tuple[_Box, str]]] = {}
        self._proofs: dict[
            tuple[str, str], _Box
        ] = {}  # kind and region -> the queue that has brought its events
        self._distrusted: dict[tuple[str, str], float] = {}  # until when
        self._suspects: dict[
            Key, tuple[str, float]
        ] = {}  # what moved without an event: its region, and when it was found
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin."""
        for box in self._boxes:
            name = f"events {box.mailbox.name}"
            threading.Thread(target=self._work, args=(box,), name=name, daemon=True).start()

    def stop(self) -> None:
        """End; a poll under way is not waited for: what it brings comes again."""
        self._stopped.set()

    def relied_on(self, kind: str, region: str) -> bool:
        """Whether a move of such a resource would be told of.

        NB: without the lock, and cheap: each turn of the sweeps asks it for each group.
        """
        box = self._proofs.get((kind, region))
        return box is not None and box.heard is True

    def taken(self, key: Key) -> Mapping[str, tuple[_Box, str]]:
        """A pass begins: what it is made for."""
        with self._lock:
            return self._waiting.pop(key, {})

    def answered(self, messages: Mapping[str, tuple[_Box, str]]) -> None:
        """That pass has ended well. What it failed at is not deleted, and comes again."""
        with self._lock:
            for box, receipt in messages.values():
                box.done.append(receipt)

    def unannounced(self, key: Key, region: str) -> None:
        """A look has found that a resource moved, and no event had come."""
        with self._lock:
            self._suspects.setdefault(key, (region, self._clock()))

    def turn(self, box: _Box) -> float:
        """Delete what is done with, receive, wake up. Seconds until the next turn."""
        self._judge_suspects()
        self._delete(box)
        with self._lock:
            if sum(map(len, self._waiting.values())) >= MOST:
                return 1.0
        began = self._clock()
        said = box.mailbox.receive(self._poll)
        if isinstance(said, Fault):
            return self._fail(box, said)
        box.attempts, box.well_at = 0, self._clock()
        self._hear(box, True, "")
        for message in said:
            self._meter.message(self._one(box, message))
        # NB: who answers before a long poll is over with nothing (something on the way, another SQS) must not be asked without end
        return 0.0 if said or self._clock() - began >= self._poll / 2 else self._poll / 2

    def _work(self, box: _Box) -> None:
        while not self._stopped.is_set():
            try:
                wait = self.turn(box)
            except Exception:
                log.exception("reading the event queue %s failed", box.mailbox.url)
                self._hear(box, False, "a defect, which the log has")
                wait = LONGEST_RETRY
            self._stopped.wait(wait)

    def _one(self, box: _Box, message: Message) -> str:
        """What becomes of a message."""
        said = wakeups.read(message.body, self._known)
        if isinstance(said, Wakeup) and self._is_another_accounts(said):
            said = Ignored("foreign")
        if isinstance(said, Ignored):
            box.done.append(message.receipt)
            return said.outcome
        found = self._directory.about(said)
        if found is None:
            box.done.append(message.receipt)
            return "foreign"
        key, over = found
        self._trust(box, key.kind, said.region)
        with self._lock:
            self._suspects.pop(key, None)
            if over:
                box.done.append(message.receipt)
                return "ended"
            self._waiting.setdefault(key, {})[message.id] = (box, message.receipt)
        self._sweeps.woken(key)
        self._queue.add(key, Priority.LOOK)
        return "woken"

    def _is_another_accounts(self, said: Wakeup) -> bool:
        ours = self._account()
        return ours is not None and said.account not in {"", ours}

    def forget(self, key: Key) -> None:
        """The object is gone: what it was woken up for is over."""
        with self._lock:
            self._suspects.pop(key, None)
        self.answered(self.taken(key))

    def _delete(self, box: _Box) -> None:
        with self._lock:
            done, box.done = box.done, []
        for at in range(0, len(done), AT_ONCE):
            if box.mailbox.delete(done[at : at + AT_ONCE]) is not None:
                return  # NB: not tried again: it comes again, and is deleted then

    def _fail(self, box: _Box, fault: Fault) -> float:
        box.attempts += 1
        if fault.meaning in HOPELESS or self._clock() - box.well_at > UNHEARD:
            self._hear(box, False, fault.message)
        return min(pauses.after_fault(fault, box.attempts, self._jitter()), LONGEST_RETRY)

    def _hear(self, box: _Box, well: bool, why: str) -> None:
        if box.heard is well:
            return
        box.heard = well
        self._meter.heard(box.mailbox.url, well)
        if well:
            log.info("the event queue %s is read", box.mailbox.url)
        else:
            log.warning(
                "the event queue %s cannot be read, so that sweeps do its work: %s", box.mailbox.url, why
            )
        self._say()

    def _trust(self, box: _Box, kind: str, region: str) -> None:
        place = (kind, region)
        with self._lock:
            if self._proofs.get(place) is box or self._distrusted.get(place, 0.0) > self._clock():
                return
            self._distrusted.pop(place, None)
            self._proofs[place] = box
        log.info("events of %s come from %s: it is swept once in ten minutes", kind, region)
        self._say()

    def _judge_suspects(self) -> None:
        now = self._clock()
        with self._lock:
            late = {key: region for key, (region, at) in self._suspects.items() if now - at > LATE}
            for key in late:
                del self._suspects[key]
            lost = {}
            for key, region in late.items():
                if self._proofs.pop((key.kind, region), None) is not None:
                    self._distrusted[key.kind, region] = now + DISTRUST
                    lost[key.kind, region] = key
        for (kind, region), key in lost.items():
            log.warning(
                "%s moved and no event told of it: %s is swept as if there were none in %s", key, kind, region
            )
        if lost:
            self._say()

    def _say(self) -> None:
        with self._lock:
            self._meter.relied_on(sum(box.heard is True for box in self._proofs.values()))
        self._sweeps.reconsider()
