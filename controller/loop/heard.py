"""What Lists have said of each resource, for as long as it may matter; and whether events would have told of it before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from controller.loop.key import Key

# Seconds for which something is remembered of an object that is not watched any more: passes that are throttled follow each
# other by ten minutes at the most, and one of them may still want to know.
WHILE = 900.0


class Announced(Protocol):
    """What events tell of."""

    def relied_on(self, kind: str, region: str) -> bool:
        """Whether a move of such a resource would be told of."""

    def unannounced(self, key: Key, region: str) -> None:
        """One has moved, and nothing had told of it."""


class Nothing:
    """No event tells of anything."""

    def relied_on(self, kind: str, region: str) -> bool:
        """No."""
        return False

    def unannounced(self, key: Key, region: str) -> None:
        """Of course."""


class Heard:
    """What was last said of each, kept while a pass is made over it, so that it is no news afterwards."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._marks: dict[Key, bytes] = {}
        # The summaries of those that are sent for, until a pass has been made.
        self._news: dict[Key, Mapping[str, Any]] = {}
        # When a pass left those behind that are not watched any more, the first one first.
        self._left: dict[Key, float] = {}

    def mark(self, key: Key) -> bytes | None:
        """The digest of what was last said of it."""
        return self._marks.get(key)

    def news(self, key: Key) -> Mapping[str, Any] | None:
        """The summary for which it is sent for."""
        return self._news.get(key)

    def said(self, key: Key, mark: bytes, news: Mapping[str, Any] | None) -> None:
        """A List has told of it; ``news``: the summary that says something else than before."""
        self._marks[key] = mark
        if news is not None:
            self._news[key] = news

    def watched(self, key: Key) -> None:
        """A pass has been made, and it is watched from now on."""
        self._news.pop(key, None)
        self._left.pop(key, None)

    def left(self, key: Key) -> None:
        """A pass has been made, and another one will be: it is not watched now, and perhaps never again."""
        now = self._clock()
        if key in self._marks or key in self._news:
            self._left.setdefault(key, now)
        while self._left and (oldest := next(iter(self._left))) and now - self._left[oldest] > WHILE:
            self.forget(oldest)

    def forget(self, key: Key) -> None:
        """It is gone, or over."""
        self._marks.pop(key, None)
        self._news.pop(key, None)
        self._left.pop(key, None)

    def __len__(self) -> int:
        return len(self._marks.keys() | self._news.keys())
