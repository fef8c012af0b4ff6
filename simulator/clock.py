"""Time as the simulated SageMaker sees it; whoever needs to know the time asks here and nowhere else.

The clock either follows real time (durations are divided by `speed`, so that timestamps stay comparable with
the caller's own clock) or stands still until somebody advances it.
"""

from __future__ import annotations

import threading
import time


class Clock:
    """Real time plus an offset, or a time that only `advance` moves."""

    def __init__(self, *, speed: float = 1.0, manual: bool = False) -> None:
        self._lock = threading.Lock()
        self._offset = 0.0
        self._frozen_at = time.time() if manual else None
        self.speed = speed

    @property
    def manual(self) -> bool:
        """Whether time stands still until it is advanced."""
        return self._frozen_at is not None

    def now(self) -> float:
        """Seconds since the epoch, to the millisecond: SageMaker's timestamps are no finer."""
        frozen = self._frozen_at
        return round((time.time() if frozen is None else frozen) + self._offset, 3)

    def span(self, seconds: float) -> float:
        """How long something that takes SageMaker `seconds` takes here."""
        return seconds / self.speed if self.speed > 0 else 0.0

    def advance(self, seconds: float) -> float:
        """Jump forward; answers the new time."""
        with self._lock:
            self._offset += seconds
        return self.now()

    def freeze(self, manual: bool) -> None:
        """Switch between real and manual time without a jump."""
        with self._lock:
            at = self.now()
            self._frozen_at = at if manual else None
            self._offset = 0.0 if manual else at - time.time()
