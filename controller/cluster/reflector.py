"""A mirror of one kind: lists it, watches it, and says which objects changed and which are gone.

It keeps a small record per object, never the object. It survives whatever an API server does: what was edited
while it could not listen is found when it can again. What a change means, and when it is acted upon, is the
loop's business; this file only says that there is one.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from controller.cluster.api import PAGE_SIZE, Api
from controller.cluster.errors import ApiError, Gone, NotFound, Silence, Unreachable, from_status
from controller.cluster.records import Key, Ours, Record, causes_pass, key_of, record_of
from controller.cluster.resources import ResourceRef
from controller.cluster.watching import WatchStream

Extra = TypeVar("Extra")
State = Literal["starting", "listing", "watching", "waiting", "missing", "stopped"]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between tries, and how many tries are enough.

    The first pause is short because most faults are over in a second (a rolling API server, a new leader of
    etcd); 30 s keep 68 kinds at two calls a second while nobody answers.
    """

    first_pause: float = 1.0
    longest_pause: float = 30.0
    steady_after: float = 30.0  # a watch that lived so long ends the trouble before it
    short_watch: float = 1.0  # a watch that ends sooner, though politely, is trouble
    missing_check: float = 10.0  # how often a CRD that is not installed is looked for
    patience: int = 3  # how often the same version may be refused before a new list is made
    page_size: int = PAGE_SIZE


class Meter(Protocol):
    """What the metrics are told."""

    def listed(self, kind: str, objects: int, seconds: float) -> None:
        """A list ended well."""

    def watched(self, kind: str, seconds: float) -> None:
        """A watch ended, well or not."""

    def faulted(self, kind: str, reason: str) -> None:
        """Something went wrong; it is being dealt with."""


class Reflector(Generic[Extra]):
    """The mirror of one kind, in one namespace or (None) in all; it has a thread of its own.

    `on_change` and `on_gone` are called on that thread, must be quick and must not fail; `initial` is true
    during the first list, for what was there when we started.
    """

    def __init__(
        self,
        api: Api,
        ref: ResourceRef,
        namespace: str | None = None,
        *,
        on_change: Callable[[Key, Record[Extra], bool], None],
        on_gone: Callable[[Key, Record[Extra]], None],
        extract: Callable[[Mapping[str, Any]], Extra],
        ours: Ours | None = None,
        label_selector: str = "",
        pace: Pace | None = None,
        meter: Meter | None = None,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self.ref = ref
        self.namespace = namespace
        self.synced = threading.Event()
        self.state: State = "starting"
        self.fault = ""  # the sentence of the last trouble; empty while all is well
        self._api = api
        self._on_change = on_change
        self._on_gone = on_gone
        self._extract = extract
        self._ours = ours or Ours()
        self._label_selector = label_selector
        self._pace = pace or Pace()
        self._meter = meter
        self._clock = clock
        self._rng = rng or random.Random()
        self._records: dict[Key, Record[Extra]] = {}
        self._version: str | None = None
        self._doubtful = False  # nobody was there since the version was known to be good
        self._fresh = False  # the version comes from a list and no event has confirmed it yet
        self._trouble = 0
        self._refusals = 0
        self._absences = 0
        self._stream: WatchStream | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"reflect {ref}", daemon=True)

    def start(self) -> None:
        """Begin; `synced` is set when everything that was there has been reported."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End; the thread is a daemon, so a call that hangs holds nobody up."""
        self._stopping.set()
        stream = self._stream
        if stream is not None:
            stream.close()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def get(self, key: Key) -> Record[Extra] | None:
        """The record of an object, or None when there is no such object."""
        return self._records.get(key)

    def records(self) -> list[tuple[Key, Record[Extra]]]:
        """All records, as they are now."""
        return list(self._records.items())

    def __len__(self) -> int:
        return len(self._records)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                try:
                    if self._version is not None and self._doubtful:
                        self._verify(self._version)
                    if self._version is None:
                        self._list()
                    else:
                        self._watch(self._version)
                    continue
                except ApiError as error:
                    pause = self._judge(error)
            except Exception as error:
                # A defect must not silence a kind for ever: all is read anew, and the log says what happened.
                log.exception("mirror of %s failed", self.ref)
                self._version = None
                self._report(type(error).__name__, str(error))
                pause = self._earned_pause()
            self._stopping.wait(pause)
        self.state = "stopped"

    def _verify(self, version: str) -> None:
        """Whether the server has come to our version at all.

        NB: one that was restored from a backup takes a watch from its future without a word, and tells nothing until it
        gets there.
        """
        pages = self._api.list_pages(self.ref, self.namespace, label_selector=self._label_selector, limit=1)
        current = next(iter(pages)).resource_version
        if current.isdecimal() and version.isdecimal() and int(current) < int(version):
            log.warning(
                "%s: the API server has gone back from %s to %s; all is read anew", self.ref, version, current
            )
            self._version = None
        self._doubtful = False

    def _list(self) -> None:
        if self.state != "missing":
            self.state = "listing"
        began = self._clock()
        initial = not self.synced.is_set()
        unseen = set(self._records)
        pages = self._api.list_pages(
            self.ref, self.namespace, label_selector=self._label_selector, limit=self._pace.page_size
        )
        version = ""
        for page in pages:
            version = page.resource_version
            # NB: emptied as it is read, because the loop variable keeps it alive while the next page comes.
            while page.items:
                unseen.discard(self._take(page.items.pop(), initial))
            if self._stopping.is_set():
                return
        for key in unseen:
            self._drop(key)
        self._version, self._fresh, self._absences, self._refusals = version, True, 0, 0
        self.synced.set()
        if self._meter:
            self._meter.listed(str(self.ref), len(self._records), self._clock() - began)

    def _watch(self, version: str) -> None:
        # NB: opened outside the clock: a server that lets us wait for its first byte has not served a watch.
        stream = self._api.watch(self.ref, self.namespace, version, label_selector=self._label_selector)
        began = self._clock()
        try:
            self._stream = stream
            self.state = "watching"
            if self._stopping.is_set():
                stream.close()
            for event in stream:
                self._hear(event)
        finally:
            self._stream = None
            lived = self._clock() - began
            if lived >= self._pace.steady_after:
                self._trouble, self.fault = 0, ""
            if self._meter:
                self._meter.watched(str(self.ref), lived)
        if lived < self._pace.short_watch and not self._stopping.is_set():
            self._report("ShortWatch", f"the watch ended after {lived:.3f} s")
            self._stopping.wait(self._earned_pause())

    def _hear(self, event: Mapping[str, Any]) -> None:
        kind, obj = event.get("type"), event.get("object")
        obj = obj if isinstance(obj, dict) else {}
        if kind == "ERROR":
            raise from_status(obj)
        if kind in ("ADDED", "MODIFIED"):
            self._take(obj, initial=False)
        elif kind == "DELETED":
            self._drop(key_of(obj))
        version = (obj.get("metadata") or {}).get("resourceVersion")
        if version:
            self._version, self._fresh, self._refusals, self.fault = str(version), False, 0, ""

    def _take(self, obj: Mapping[str, Any], initial: bool) -> Key:
        key = key_of(obj)
        new = record_of(obj, self._ours, self._kept(key, obj))
        old = self._records.get(key)
        self._records[key] = new
        if old is None or causes_pass(old, new):
            try:
                self._on_change(key, new, initial)
            except Exception:
                # Unreported is unseen: the new list that follows finds it again.
                del self._records[key]
                raise
        return key

    def _drop(self, key: Key) -> None:
        record = self._records.pop(key, None)
        if record is None:
            return
        try:
            self._on_gone(key, record)
        except Exception:
            self._records[key] = record
            raise

    def _kept(self, key: Key, obj: Mapping[str, Any]) -> Extra | None:
        try:
            return self._extract(obj)
        except Exception:
            # One odd object must not silence its kind; its pass will say what is wrong with it.
            log.exception("%s %s/%s cannot be read for the mirror", self.ref, *key)
            return None

    def _judge(self, error: ApiError) -> float:
        """What an error means for the version we stand at, and how long to pause."""
        if isinstance(error, NotFound):
            return self._absent(error)
        self._report(error.reason, error.message)
        self._doubtful |= isinstance(error, Unreachable)  # who answers next may be another, or have gone back
        if isinstance(error, Silence):
            # It was waited for long enough, and nothing says that our version is too old.
            return 0.0
        if isinstance(error, Gone):
            # NB: a server that starts up refuses even the version it has just listed. Asking again for the
            # same loses nothing and spares a list.
            if not self._fresh:
                self._version = None
            self._fresh = False
        elif error.status:
            # Refused, not unanswered: a version from the future (a restored etcd) never becomes good again.
            self._refusals += 1
            if self._refusals >= self._pace.patience:
                self._version, self._refusals = None, 0
        return max(self._earned_pause(), error.retry_after or 0.0)

    def _absent(self, error: ApiError) -> float:
        self._report("Missing", error.message)
        self.state = "missing"
        self._version = None
        self._absences += 1
        # Once may be a server that has not read its CRDs yet; twice, ten seconds apart, is no CRD.
        if self._absences >= 2:
            for key in list(self._records):
                self._drop(key)
        return self._pace.missing_check * self._rng.uniform(0.9, 1.1)

    def _report(self, reason: str, message: str) -> None:
        self.state = "waiting"
        self.fault = f"{reason}: {message}"
        if self._meter:
            self._meter.faulted(str(self.ref), reason)

    def _earned_pause(self) -> float:
        """One more trouble in a row, and the pause it earns, spread so that kinds do not march in step."""
        doubled = self._pace.first_pause * 2.0 ** min(self._trouble, 16)
        self._trouble += 1
        return min(self._pace.longest_pause, doubled) * self._rng.uniform(0.5, 1.0)
