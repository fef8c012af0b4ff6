"""Every version of every object of some kinds, as a watch of our own saw them: what was shown even for a moment is here."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import urllib3

from tests.loop.world import Object, World, condition, wait_until


class Watcher:
    """Watches kinds in a world's namespace from its making to ``stop``; one connection a kind."""

    def __init__(self, world: World, kinds: Iterable[str]) -> None:
        self._kinds = tuple(kinds)
        self._seen: dict[tuple[str, str], list[Object]] = defaultdict(list)
        self._gone: set[tuple[str, str]] = set()
        self._broken: list[str] = []
        self._stopping = False
        self._pool = urllib3.PoolManager(
            num_pools=1, maxsize=len(self._kinds), ca_certs=str(world.plane.ca_file)
        )
        self._streams = [self._open(world, kind) for kind in self._kinds]
        self._threads = [
            threading.Thread(target=self._read, args=(kind, stream), name=f"watch {kind}", daemon=True)
            for kind, stream in zip(self._kinds, self._streams, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    def _open(self, world: World, kind: str) -> urllib3.BaseHTTPResponse:
        answer = self._pool.request(
            "GET",
            f"{world.plane.url}{world.path(kind)}?watch=1",
            headers={"Authorization": f"Bearer {world.plane.admin_token}"},
            preload_content=False,
            timeout=urllib3.Timeout(connect=30.0, read=None),
        )
        assert answer.status == 200, (kind, answer.status)
        return answer

    def _read(self, kind: str, stream: urllib3.BaseHTTPResponse) -> None:
        rest = b""
        try:
            for chunk in stream.stream(65536):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._take(kind, json.loads(line))
        except urllib3.exceptions.HTTPError as error:
            if not self._stopping:
                self._broken.append(f"{kind}: {error}")
        else:
            self._broken.append(f"{kind}: the API server ended it")

    def _take(self, kind: str, event: Mapping[str, Any]) -> None:
        key = kind, event["object"]["metadata"]["name"]
        self._seen[key].append(event["object"])
        if event["type"] == "DELETED":
            self._gone.add(key)

    def stop(self) -> None:
        """End; what was seen stays.

        Raises:
            AssertionError: a watch broke before, so that something may have been missed.
        """
        self._stopping = True
        for stream in self._streams:
            stream.shutdown()
        for thread in self._threads:
            thread.join()
        self._pool.clear()
        assert self._broken == []

    def until_gone(self, keys: Iterable[tuple[str, str]]) -> None:
        """Wait until the watch has told the end of these objects, (kind, name)."""
        wanted = set(keys)
        wait_until(lambda: wanted <= self._gone, lambda: f"still there: {sorted(wanted - self._gone)}")

    def seen(self) -> Mapping[tuple[str, str], list[Object]]:
        """(kind, name) -> every version, oldest first."""
        return self._seen


def transitions(versions: Iterable[Object]) -> list[Mapping[str, Any]]:
    """The Ready conditions with which an object changed what it says of itself: another status, or another reason."""
    found: list[Mapping[str, Any]] = []
    for obj in versions:
        ready = condition(obj, "Ready")
        if not ready:
            continue
        if not found or _said(found[-1]) != _said(ready):
            found.append(ready)
    return found


def _said(ready: Mapping[str, Any]) -> tuple[str, str]:
    return ready["status"], ready["reason"]


def alarms(versions: Iterable[Object]) -> list[str]:
    """The sentences of every version that called itself Terminal or Stalled."""
    return [
        f"{name}: {condition(obj, name)['message']}"
        for obj in versions
        for name in ("ACK.Terminal", "Stalled")
        if condition(obj, name).get("status") == "True"
    ]


def told(events: Iterable[Object]) -> Counter[tuple[str, str]]:
    """How often each (reason, note) was told: an Event that is repeated has a series with a count."""
    found: Counter[tuple[str, str]] = Counter()
    for event in events:
        found[event["reason"], event["note"][:1000]] += (event.get("series") or {}).get("count", 1)
    return found
