"""What the API server says of itself and of jobs while a measurement runs."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import urllib3

from scripts.control_plane.plane import ControlPlane

_COUNTER = re.compile(r"^apiserver_request_total\{(?P<labels>[^}]*)\} (?P<value>\S+)$", re.MULTILINE)
WRITES = frozenset({"POST", "PUT", "PATCH", "APPLY", "DELETE"})


@dataclass(slots=True)
class Seen:
    """The events of a watch, with the moment at which each arrived (seconds since the epoch)."""

    events: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)

    def of(self, name: str) -> list[tuple[float, str, dict[str, Any]]]:
        """The events of one object."""
        return [event for event in list(self.events) if event[2]["metadata"]["name"] == name]

    def writes(self, name: str) -> int:
        """How often an object was changed after its creation: each write that changes something is a resourceVersion."""
        versions = {event[2]["metadata"]["resourceVersion"] for event in self.of(name)}
        return len(versions) - 1


@contextmanager
def watching(plane: ControlPlane, path: str) -> Iterator[Seen]:
    """A watch from now on, in a thread of its own."""
    since = plane.request("GET", path)[1]["metadata"]["resourceVersion"]
    pool = urllib3.PoolManager(ca_certs=str(plane.ca_file), retries=False)
    answer = pool.request(
        "GET",
        f"{plane.url}{path}?watch=1&resourceVersion={since}",
        headers={"Authorization": f"Bearer {plane.admin_token}"},
        preload_content=False,
    )
    seen = Seen()

    def read() -> None:
        rest = b""
        try:
            while chunk := answer.read1():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    event = json.loads(line)
                    seen.events.append((time.time(), event["type"], event["object"]))
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError):
            return  # it was closed under the reader, which is how a watch ends here

    reader = threading.Thread(target=read, name="watch", daemon=True)
    reader.start()
    try:
        yield seen
    finally:
        answer.shutdown()
        reader.join(5)
        pool.clear()


def writes(plane: ControlPlane, resource: str) -> int:
    """How many writes of a resource the API server has answered; its own bookkeeping of other resources is not among them."""
    text = str(plane.request("GET", "/metrics")[1])
    total = 0.0
    for found in _COUNTER.finditer(text):
        labels = dict(re.findall(r'(\w+)="([^"]*)"', found["labels"]))
        if labels.get("resource") == resource and labels.get("verb") in WRITES:
            total += float(found["value"])
    return int(total)


def cpu(plane: ControlPlane) -> float:
    """CPU seconds of the API server so far, as it says itself."""
    text = str(plane.request("GET", "/metrics")[1])
    return float(text.partition("\nprocess_cpu_seconds_total ")[2].partition("\n")[0])
