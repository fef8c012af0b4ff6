"""Workers: each takes the next key, has it reconciled, and says when it is due again. No decision is made here."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from controller.cluster.errors import ApiError
from controller.loop.key import Key
from controller.loop.queue import Priority, Queue
from controller.loop.work import Next, Watch

log = logging.getLogger(__name__)

# Seconds until a pass that the API server or a defect cut short is made again: doubled each time, up to 60.
FIRST_RETRY = 1.0
LONGEST_RETRY = 60.0


class Reconciles(Protocol):
    """Who makes a pass."""

    def reconcile(self, key: Key) -> Next:
        """One pass over one object."""

    def forget(self, key: Key) -> None:
        """The object is gone."""


class Watches(Protocol):
    """Who waits for news of what has nothing more to do."""

    def watch(self, key: Key, watch: Watch) -> None:
        """From now on."""

    def leave(self, key: Key) -> None:
        """Not now: a pass will be made."""

    def over(self, key: Key) -> None:
        """Its run has ended: not any more."""

    def forget(self, key: Key) -> None:
        """The object is gone."""


class Answers(Protocol):
    """Who wants to know for what a pass was made, and that it has ended well."""

    def taken(self, key: Key) -> Any:
        """A pass begins: what it is made for."""

    def answered(self, messages: Any) -> None:
        """It has ended well."""


class Workers:
    """``count`` threads over one queue. ``passed`` is told the kind and result of each pass."""

    def __init__(
        self,
        queue: Queue[Key],
        reconciler: Reconciles,
        count: int,
        passed: Callable[[str, str], None],
        sweeps: Watches,
        clock: Callable[[], float] = time.monotonic,
        wakeups: Answers | None = None,
    ) -> None:
        self._queue = queue
        self._reconciler = reconciler
        self._passed = passed
        self._sweeps = sweeps
        self._wakeups = wakeups
        self._clock = clock
        self._failures: dict[Key, int] = {}
        self._threads = [
            threading.Thread(target=self._work, name=f"worker {n}", daemon=True) for n in range(count)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self, timeout: float) -> bool:
        """Wait until every worker has finished what it was at, at most ``timeout`` seconds; the queue is closed before."""
        end = self._clock() + timeout
        for thread in self._threads:
            thread.join(max(end - self._clock(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)

    def forget(self, key: Key) -> None:
        """The object is gone: another one of its name has not failed yet."""
        self._failures.pop(key, None)

    def _work(self) -> None:
        while (key := self._queue.get()) is not None:
            self.serve(key)

    def serve(self, key: Key) -> None:
        """A pass over a key that the queue has handed out."""
        try:
            self._one(key)
        finally:
            if self._queue.is_forgotten(key):
                self._forget_again(key)
            self._queue.done(key)

    def _forget_again(self, key: Key) -> None:
        """Its object went during the pass, and all forgot it then; what the pass has told of it since is no news.

        NB: before the key is free. A new object of this name gets a pass of its own, which tells all anew.
        """
        self._sweeps.forget(key)
        self._reconciler.forget(key)
        self.forget(key)

    def _one(self, key: Key) -> None:
        messages = self._wakeups.taken(key) if self._wakeups else None
        try:
            following = self._reconciler.reconcile(key)
        except ApiError as error:
            self._retry(key, "api-error", f"the API server: {error.message}")
            return
        except Exception:
            # A defect must not take a worker with it, nor be silent: the object is tried again, and the log has it all.
            log.exception("pass failed", extra=_about(key))
            self._retry(key, "defect", None)
            return
        self._failures.pop(key, None)
        self._passed(key.kind, "ok")
        self._wait_for_the_next(key, following)
        if self._wakeups and messages:
            self._wakeups.answered(messages)

    def _wait_for_the_next(self, key: Key, following: Next) -> None:
        if following.pause is None:
            self._sweeps.over(key)
        elif following.watch is not None:
            self._sweeps.watch(key, following.watch)
        else:
            self._sweeps.leave(key)
            self._queue.add(key, Priority.LOOK, due=self._clock() + following.pause)

    def _retry(self, key: Key, result: str, sentence: str | None) -> None:
        count = self._failures.get(key, 0)
        self._failures[key] = count + 1
        self._passed(key.kind, result)
        if sentence:
            log.warning(sentence, extra=_about(key))
        pause = min(FIRST_RETRY * 2.0 ** min(count, 10), LONGEST_RETRY)
        self._queue.add(key, Priority.LOOK, due=self._clock() + pause)


def _about(key: Key) -> dict[str, str]:
    return {"kind": key.kind, "namespace": key.namespace, "object": key.name}
