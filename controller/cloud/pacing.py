"""How fast SageMaker may be asked: as fast as it answers, and slower for a while where it says that this is too fast.

AWS publishes no rates for SageMaker's control plane, and counts each operation by itself in each account and region. So there
is one bucket per place and operation; it is open until the first throttling, and then follows the rate that gets through
(additive increase, multiplicative decrease). Nobody sleeps here: who comes too early is told when to come again.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from controller.cloud.session import Place

# A throttled operation goes on at this share of the rate at which it was called, and gets faster by this much each second:
# after a cut it takes 6 s to come back to 5 calls a second, and 85 % of what SageMaker allows is used.
SHARE = 0.7
FASTER = 0.25  # calls a second, each second
SLOWEST = 0.2  # calls a second
OPEN = 100.0  # calls a second at which a bucket is open again: more than one process makes
# Seconds in which several refusals count as one: the calls were under way together.
TOGETHER = 1.0
# Seconds that anybody is sent away for at the most: who waits longer comes and asks again.
LONGEST = 300.0


@dataclass(slots=True)
class _Bucket:
    """``rate`` is in calls a second, infinite while nothing was throttled. Times are the clock's."""

    rate: float = math.inf
    tokens: float = 0.0
    at: float = 0.0
    called: float = 0.0  # calls of the last second, as a decaying sum
    cut: float = -math.inf
    promised: deque[float] = field(default_factory=deque)


class Pacing:
    """``most`` is the rate that no operation exceeds in any place, in calls a second; infinite for none."""

    def __init__(self, most: float = math.inf, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple[Place, str], _Bucket] = {}

    def admit(self, place: Place, operation: str) -> float:
        """0 if the call may be made now; else the seconds after which it is this caller's turn."""
        with self._lock:
            bucket, now = self._bucket(place, operation)
            wait = self._wait(bucket, now)
            if wait == 0:
                bucket.called += 1
            return wait

    def throttled(self, place: Place, operation: str) -> None:
        """SageMaker has refused a call for its frequency."""
        with self._lock:
            bucket, now = self._bucket(place, operation)
            if now - bucket.cut < TOGETHER:
                return
            if math.isinf(bucket.rate):
                bucket.tokens = 0.0
            bucket.rate = max(min(bucket.rate, max(bucket.called, 1.0)) * SHARE, SLOWEST)
            bucket.cut = now

    def rates(self) -> dict[tuple[str, str], float]:
        """The calls a second that are made at the most now, by region and operation, where something limits them."""
        with self._lock:
            rates = {key: self._bucket(*key)[0].rate for key in self._buckets}
        return {
            (place.region, operation): rate
            for (place, operation), rate in rates.items()
            if not math.isinf(rate)
        }

    def _bucket(self, place: Place, operation: str) -> tuple[_Bucket, float]:
        """A bucket, filled up to now."""
        now = self._clock()
        bucket = self._buckets.get((place, operation))
        if bucket is None:
            bucket = self._buckets[place, operation] = _Bucket(self._most, max(self._most, 1.0), now)
        passed = now - bucket.at
        bucket.at = now
        bucket.called *= math.exp(-passed)
        if not math.isinf(bucket.rate):
            # as many as one second's worth may be saved up, one at the least
            bucket.tokens = min(bucket.tokens + passed * bucket.rate, max(bucket.rate, 1.0))
            faster = bucket.rate + passed * FASTER
            bucket.rate = min(faster if faster < OPEN else math.inf, self._most)
        return bucket, now

    def _wait(self, bucket: _Bucket, now: float) -> float:
        if math.isinf(bucket.rate):
            bucket.promised.clear()
            return 0.0
        ripe = not bucket.promised or bucket.promised[0] <= now
        if ripe and bucket.tokens >= 1.0:
            bucket.tokens -= 1.0
            if bucket.promised:
                bucket.promised.popleft()
            return 0.0
        while bucket.promised and bucket.promised[0] < now - LONGEST:
            bucket.promised.popleft()  # whoever it was does not come any more
        last = max(bucket.promised[-1] if bucket.promised else now, now)
        bucket.promised.append(last + 1.0 / bucket.rate)
        return min(bucket.promised[-1] - now, LONGEST)
