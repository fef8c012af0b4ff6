"""What a reflector reported, and how often it asked: the ear of its tests."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

from controller.cluster.api import Api
from controller.cluster.records import Key, Ours, Record
from controller.cluster.reflector import Pace, Reflector
from controller.cluster.resources import ResourceRef

WIDGETS = ResourceRef("test.example", "v1", "widgets")
FINALIZER = "finalizers.test.example/Widget"
OURS = Ours(FINALIZER, frozenset({"test.example/arn"}), "test.example/arn")

# The shape of the real pace at a fifth of its length and less.
QUICK = Pace(
    first_pause=0.2, longest_pause=6, steady_after=6, short_watch=0.02, missing_check=0.1, page_size=30
)


class Listener:
    """Wire it to a reflector with `mirror()`."""

    def __init__(self) -> None:
        self.changes: list[tuple[Key, Record[object], bool]] = []
        self.gone: list[Key] = []
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self._guard = threading.Lock()

    def on_change(self, key: Key, record: Record[Any], initial: bool) -> None:
        self.changes.append((key, record, initial))

    def on_gone(self, key: Key, record: Record[Any]) -> None:
        self.gone.append(key)

    def listed(self, kind: str, objects: int, seconds: float) -> None:
        with self._guard:
            self.counts["lists"] += 1

    def watched(self, kind: str, seconds: float) -> None:
        with self._guard:
            self.counts["watches"] += 1

    def faulted(self, kind: str, reason: str) -> None:
        with self._guard:
            self.faults.append(reason)

    def mirror(self, api: Api, ref: ResourceRef = WIDGETS, **options: Any) -> Reflector[object]:
        """A reflector that reports here."""
        wiring: dict[str, Any] = {
            "on_change": self.on_change,
            "on_gone": self.on_gone,
            "extract": what_is_wanted,
            "ours": OURS,
            "pace": QUICK,
            "meter": self,
        }
        return Reflector(api, ref, **{**wiring, **options})

    @property
    def changed(self) -> set[Key]:
        return {key for key, _, _ in list(self.changes)}

    def wanted(self) -> dict[Key, object]:
        """The last value of spec that was reported for each key."""
        return {key: record.extra for key, record, _ in list(self.changes)}

    def forget(self) -> None:
        """Listen only to what comes from now on."""
        self.changes.clear()
        self.gone.clear()
        self.faults.clear()
        self.counts.clear()


def what_is_wanted(obj: Mapping[str, Any]) -> object:
    """What the tests want kept of an object."""
    return (obj.get("spec") or {}).get("value")
