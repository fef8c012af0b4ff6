"""Who may act: one holder of a Lease at a time, with fencing by time. What the holder does is not known here.

No clock is compared with another machine's. A lease of somebody else has run out when we have not seen it change
for its length; ours lasts, for us, from the moment *before* its renewal was sent, so it has always ended here when
it ends for others.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from controller.cluster.api import Api
from controller.cluster.errors import ApiError, Conflict
from controller.cluster.resources import LEASES

# The incumbent's name for it, so that the two controllers exclude each other where both elect in one namespace.
LEASE_NAME: Final = "ack-sagemaker.services.k8s.aws"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds. client-go's defaults, so that it and we wait equally long for each other.

    A renewal is a call of at most 1.5 + 2.5 s, tried every 2 s: three tries fit before the deadline, and between
    the deadline and the end of the lease there are 5 s in which nobody acts.
    """

    duration: float = 15.0
    renew_deadline: float = 10.0
    retry: float = 2.0
    timeout: tuple[float, float] = (1.5, 2.5)


class Leadership(Protocol):
    """What the loop asks before it acts."""

    @property
    def held(self) -> bool:
        """Whether we may act now."""

    def holds_for(self, seconds: float) -> bool:
        """Whether we may begin a call that ends within so many seconds."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until we may act; False when the time-out was first."""

    def start(self) -> None:
        """Begin to strive for it."""

    def stop(self, timeout: float = 4.0, *, hand_over: bool = True) -> None:
        """Let go of it."""


class NoLease:
    """Leader election is off: we always may."""

    def __init__(self, on_gained: Callable[[], None] = lambda: None) -> None:
        self._on_gained = on_gained
        self.held = True

    def holds_for(self, seconds: float) -> bool:
        """Always."""
        return True

    def wait(self, timeout: float | None = None) -> bool:
        """At once."""
        return True

    def start(self) -> None:
        """Say that we may act."""
        self._on_gained()

    def stop(self, timeout: float = 4.0, *, hand_over: bool = True) -> None:
        """There is nothing to let go of."""


class Lease:
    """Strive for the lease on a thread of its own; no error of the API server ever leaves it.

    `on_gained` and `on_lost` are called on that thread, each at most once. Who loses the lease does not strive
    again: the process is to end, because what it has in hand may be somebody else's by now.
    """

    def __init__(
        self,
        api: Api,
        namespace: str,
        identity: str,
        *,
        name: str = LEASE_NAME,
        on_gained: Callable[[], None] = lambda: None,
        on_lost: Callable[[], None] = lambda: None,
        terms: Terms | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        rng: random.Random | None = None,
    ) -> None:
        self.namespace, self.name, self.identity = namespace, name, identity
        self.fault = ""  # the sentence of the last failed try; empty after a good one
        self._api = api
        self._on_gained, self._on_lost = on_gained, on_lost
        self._terms = terms or Terms()
        self._clock, self._now = clock, now
        self._rng = rng or random.Random()
        self._renewed_at: float | None = None
        self._mine: dict[str, Any] | None = None  # the Lease as our last write left it
        self._seen: tuple[Any, ...] = ()
        self._seen_at = 0.0
        self._gained = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    @property
    def held(self) -> bool:
        """Whether we hold it and renewed it before the deadline, however long our thread hangs in a call."""
        return self._lasts(self._terms.renew_deadline, 0.0)

    def holds_for(self, seconds: float) -> bool:
        """Whether nobody else can hold it before a call that takes at most so many seconds has ended."""
        return self.held and self._lasts(self._terms.duration, seconds)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is ours."""
        return self._gained.wait(timeout)

    def start(self) -> None:
        """Begin to strive."""
        self._thread.start()

    def stop(self, timeout: float = 4.0, *, hand_over: bool = True) -> None:
        """Stop striving within so many seconds and, when it is ours, hand it over at once.

        ``hand_over`` is False while something is still in hand: then the lease runs out by itself.
        """
        self._stopping.set()
        end = self._clock() + timeout
        if self._thread.is_alive():
            self._thread.join(timeout / 2)
        mine, held = self._mine, self.held and not self._thread.is_alive()
        self._renewed_at = self._mine = None
        if mine is None or not held or not hand_over:
            return
        left = max(end - self._clock(), 0.1)
        try:
            # As client-go lets go: nobody holds it, and one second is the shortest a Lease may last.
            at = self._stamp()
            changes = {"holderIdentity": "", "leaseDurationSeconds": 1, "acquireTime": at, "renewTime": at}
            self._write(mine, timeout=(left, left), **changes)
        except ApiError as error:
            log.info(
                "lease %s/%s was not handed over, it runs out by itself: %s", self.namespace, self.name, error
            )

    def _run(self) -> None:
        while not self._stopping.is_set():
            had = self._renewed_at is not None
            try:
                self._try()
                self.fault = ""
            except ApiError as error:
                self._complain(str(error))
            except Exception as error:
                log.exception("striving for the lease failed")
                self._complain(str(error))
            if had and not self.held:
                self._renewed_at = self._mine = None
                log.error("lease %s/%s is lost: %s", self.namespace, self.name, self.fault or "taken")
                self._call(self._on_lost)
                return
            if not had and self.held:
                log.info("lease %s/%s is ours", self.namespace, self.name)
                self._gained.set()
                self._call(self._on_gained)
            self._stopping.wait(self._terms.retry * self._rng.uniform(0.8, 1.2))

    def _try(self) -> None:
        """One try to renew it, or to take it when nobody has it."""
        if self._mine is not None:
            try:
                self._take(self._mine)
                return
            except Conflict:
                # Perhaps our own renewal, whose answer was lost; perhaps another holder. Only a look tells.
                self._mine = None
        lease = self._api.get(LEASES, self.namespace, self.name, timeout=self._terms.timeout)
        if lease is None:
            self._create()
        elif self._is_free(lease):
            self._take(lease)
        elif (lease.get("spec") or {}).get("holderIdentity") != self.identity:
            self._renewed_at = None

    def _is_free(self, lease: dict[str, Any]) -> bool:
        spec = lease.get("spec") or {}
        holder = spec.get("holderIdentity")
        if not holder or holder == self.identity:
            return True
        seen = (holder, spec.get("renewTime"), spec.get("leaseTransitions"))
        if seen != self._seen:
            self._seen, self._seen_at = seen, self._clock()
        length = max(self._terms.duration, float(spec.get("leaseDurationSeconds") or 0))
        return self._clock() >= self._seen_at + length

    def _create(self) -> None:
        sent = self._clock()
        body = {
            "apiVersion": LEASES.api_version,
            "kind": "Lease",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {**self._claim(), "acquireTime": self._stamp(), "leaseTransitions": 0},
        }
        self._mine = self._api.create(LEASES, self.namespace, body, timeout=self._terms.timeout)
        self._renewed_at = sent

    def _take(self, lease: dict[str, Any]) -> None:
        spec = lease.get("spec") or {}
        changes = self._claim()
        if spec.get("holderIdentity") != self.identity:
            changes["acquireTime"] = self._stamp()
            changes["leaseTransitions"] = int(spec.get("leaseTransitions") or 0) + 1
        sent = self._clock()
        self._mine = self._write(lease, **changes)
        self._renewed_at = sent

    def _claim(self) -> dict[str, Any]:
        return {
            "holderIdentity": self.identity,
            "leaseDurationSeconds": max(1, round(self._terms.duration)),
            "renewTime": self._stamp(),
        }

    def _write(
        self, lease: dict[str, Any], *, timeout: tuple[float, float] | None = None, **changes: Any
    ) -> dict[str, Any]:
        body = {**lease, "spec": {**(lease.get("spec") or {}), **changes}}
        return self._api.update(
            LEASES, self.namespace, self.name, body, timeout=timeout or self._terms.timeout
        )

    def _lasts(self, length: float, seconds: float) -> bool:
        renewed_at = self._renewed_at
        return renewed_at is not None and self._clock() + seconds < renewed_at + length

    def _call(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception:
            # NB: a thread that dies here would let the lease run out without anybody being told.
            log.exception("a listener to the lease failed")

    def _complain(self, message: str) -> None:
        if message != self.fault:
            log.warning("lease %s/%s: %s", self.namespace, self.name, message)
        self.fault = message

    def _stamp(self) -> str:
        # NB: a Lease holds MicroTime; without the six digits the API server refuses it.
        return self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
