"""Waiting for a condition instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

Eventually = Callable[..., None]


def wait_until(condition: Callable[[], object], what: str = "", limit: float = 60.0) -> None:
    """Wait until a condition holds; the limit is generous because machines are slow, not because we are."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, f"did not come true in {limit} s: {what}"
        time.sleep(0.01)
