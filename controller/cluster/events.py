"""Events: what a person reads under `kubectl describe`. Told and forgotten: they never delay or fail a pass.

One background thread writes them. What is repeated within ten minutes becomes one Event with a count, and an object
that talks too much is cut off.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from controller.cluster.api import Api
from controller.cluster.errors import ApiError, NotFound
from controller.cluster.resources import EVENTS

REPORTING_CONTROLLER = "sagemaker.services.k8s.aws/controller"

# Waiting for the API server: at 2 KB an Event, 1,000 of them are 2 MB.
QUEUE_LENGTH = 1000
# client-go, tools/record/events_cache.go: maxLruCacheEntries, defaultSpamBurst, defaultSpamQPS.
REMEMBERED = 4096
BURST = 25
SECONDS_A_TOKEN = 300.0
# client-go, tools/record/events_cache.go: defaultAggregateIntervalInSeconds.
SERIES_SECONDS = 600.0
# A count is worth one call a minute.
WRITE_SECONDS = 60.0
# How often all series are gone through while there are any.
LOOK_SECONDS = 5.0
# events.k8s.io/v1 refuses longer ones.
NOTE_BYTES = 1024
WORD_LENGTH = 128

log = logging.getLogger(__name__)


class Meter(Protocol):
    """What the metrics are told."""

    def event(self, outcome: str) -> None:
        """One Event was `written`, `counted`, `suppressed`, `dropped` or `failed`."""


class _Said(NamedTuple):
    regarding: Mapping[str, Any]
    kind: str
    reason: str
    action: str
    note: str


@dataclass(slots=True)
class _Series:
    namespace: str
    name: str
    seen_at: float
    written_at: float
    count: int = 1
    unwritten: bool = False
    last: datetime = field(default_factory=lambda: datetime.now(UTC))


class Events:
    """Tell what happened to an object; any thread may."""

    def __init__(
        self,
        api: Api,
        instance: str,
        *,
        meter: Meter | None = None,
        queue_length: int = QUEUE_LENGTH,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._api = api
        self._instance = instance[:WORD_LENGTH]
        self._meter = meter
        self._queue_length = queue_length
        self._clock, self._now = clock, now
        self._said: deque[_Said] = deque()
        self._news = threading.Condition()
        self._stopping = False
        self._series: OrderedDict[tuple[str, ...], _Series] = OrderedDict()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._looked_at = 0.0
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def tell(
        self, obj: Mapping[str, Any], *, reason: str, note: str, action: str, warning: bool = False
    ) -> None:
        """Say that something happened to an object: never waits, never fails.

        `reason` and `action` are one word each (Created; Create), `note` is a sentence for a person.
        """
        metadata = obj.get("metadata") or {}
        regarding = {
            "apiVersion": obj.get("apiVersion", ""),
            "kind": obj.get("kind", ""),
            "namespace": metadata.get("namespace", ""),
            "name": metadata.get("name", ""),
            "uid": metadata.get("uid", ""),
            "resourceVersion": metadata.get("resourceVersion", ""),
        }
        said = _Said(regarding, "Warning" if warning else "Normal", reason, action, _cut(note))
        with self._news:
            full = len(self._said) >= self._queue_length or self._stopping
            if not full:
                self._said.append(said)
                self._news.notify()
        if full:
            self._count("dropped")

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """Write what is waiting, for at most so many seconds, and end."""
        with self._news:
            self._stopping = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            with self._news:
                if not self._said and not self._stopping:
                    self._news.wait(LOOK_SECONDS if self._series or self._buckets else None)
                said = self._said.popleft() if self._said else None
                ending = self._stopping
            if said is not None:
                self._attempt(self._write, said)
            self._attempt(self._write_counts, ending and said is None)
            if ending and said is None:
                return

    def _attempt(self, write: Callable[[Any], None], what: object) -> None:
        try:
            write(what)
        except ApiError as error:
            log.debug("an event was not written: %s", error)
            self._count("failed")
        except Exception:
            log.exception("an event was not written")
            self._count("failed")

    def _write(self, said: _Said) -> None:
        now = self._clock()
        key = (said.regarding["uid"], said.kind, said.reason, said.note)
        series = self._series.get(key)
        if series is not None and now - series.seen_at < SERIES_SECONDS:
            series.count += 1
            series.seen_at, series.last, series.unwritten = now, self._now(), True
            self._count("counted")
            return
        if not self._may(said.regarding["uid"] or said.regarding["name"], now):
            self._count("suppressed")
            return
        # 253 is the longest name; the suffix keeps two Events of one object apart.
        name = f"{said.regarding['name'][:236]}.{uuid.uuid4().hex[:16]}"
        namespace = said.regarding["namespace"] or "default"
        self._api.create(EVENTS, namespace, self._body(said, namespace, name))
        self._count("written")
        _remember(self._series, key, _Series(namespace, name, now, now))

    def _body(self, said: _Said, namespace: str, name: str) -> dict[str, Any]:
        return {
            "apiVersion": EVENTS.api_version,
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "eventTime": _stamp(self._now()),
            "type": said.kind,
            "reason": said.reason[:WORD_LENGTH],
            "action": said.action[:WORD_LENGTH],
            "note": said.note,
            "regarding": said.regarding,
            "reportingController": REPORTING_CONTROLLER,
            "reportingInstance": self._instance,
        }

    def _write_counts(self, all_of_them: bool) -> None:
        """Write the counts that are due, and forget the series that have ended."""
        now = self._clock()
        if not all_of_them and now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        for key, series in list(self._series.items()):
            if series.unwritten and (all_of_them or now - series.written_at >= WRITE_SECONDS):
                series.unwritten, series.written_at = False, now
                body = {"series": {"count": series.count, "lastObservedTime": _stamp(series.last)}}
                try:
                    self._api.patch(EVENTS, series.namespace, series.name, body)
                except NotFound:
                    del self._series[key]
            elif not series.unwritten and now - series.seen_at >= SERIES_SECONDS:
                del self._series[key]
        # a bucket that is full again is as good as none
        full = [who for who, (tokens, at) in self._buckets.items() if _filled(tokens, at, now) >= BURST]
        for who in full:
            del self._buckets[who]

    def _may(self, who: str, now: float) -> bool:
        """A bucket of 25 for each object, filled by one token in five minutes."""
        tokens, at = self._buckets.get(who, (float(BURST), now))
        tokens = _filled(tokens, at, now)
        may = tokens >= 1
        _remember(self._buckets, who, (tokens - 1 if may else tokens, now))
        return may

    def _count(self, outcome: str) -> None:
        if self._meter:
            self._meter.event(outcome)


def _filled(tokens: float, at: float, now: float) -> float:
    return min(float(BURST), tokens + (now - at) / SECONDS_A_TOKEN)


def _remember(table: OrderedDict[Any, Any], key: object, value: object) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > REMEMBERED:
        table.popitem(last=False)


def _cut(note: str) -> str:
    data = note.encode()
    return note if len(data) <= NOTE_BYTES else data[: NOTE_BYTES - 3].decode("utf-8", "ignore") + "…"


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
