"""Many objects as the controller leaves them, with their resources, made like one that it did itself.

To let it make them would take five requests for each, and ten minutes until ten thousand jobs are old.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import urllib3

from scripts.benchmarks.bed import CLIENTS, OURS, Bed, custom

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class Pattern:
    """An object as its controller left it, and the request by which its resource was made."""

    obj: Mapping[str, Any]
    request: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Of which kind."""
        return str(self.obj["kind"])

    def request_for(self, name: str) -> dict[str, Any]:
        """The request under another name."""
        asked: dict[str, Any] = json.loads(self._renamed(self.request, name))
        return asked

    def named(self, name: str, made: datetime, age: float) -> tuple[dict[str, Any], dict[str, Any]]:
        """The object and its status under another name, of a resource that was ``made`` then, in its state for ``age`` seconds."""
        metadata = {k: v for k, v in self.obj["metadata"].items() if k in {"annotations", "finalizers"}}
        status = {k: v for k, v in self.obj["status"].items() if k != "conditions"}
        # NB: what SageMaker says of times must be what it will say again, or a look is news and ends in a write
        told = _TIME.sub(_written(made), self._renamed(status, name))
        ours = self._renamed([metadata, self.obj["status"]["conditions"]], name)
        kept, conditions = json.loads(
            _TIME.sub(_written(made - timedelta(seconds=age)), ours) if age else ours
        )
        body = custom(self.kind, name, json.loads(self._renamed(self.obj["spec"], name)))
        return {**body, "metadata": {**kept, "name": name}}, {**json.loads(told), "conditions": conditions}

    def _renamed(self, part: Any, name: str) -> str:
        return json.dumps(part).replace(self.obj["metadata"]["name"], name)

    @property
    def writer(self) -> str:
        """The field manager of its status: a status that somebody else wrote would be another controller's."""
        entries = self.obj["metadata"].get("managedFields", ())
        return next((e["manager"] for e in entries if e.get("subresource") == "status"), "benchmark")


def pattern(made: Bed, kind: str, name: str) -> Pattern:
    """The object of that name as it is."""
    obj = made.plane.request("GET", f"{path_of(kind)}/{name}")[1]
    return Pattern(obj, made.control.resource(kind, name)["request"])


def path_of(kind: str) -> str:
    """Where the API server has the objects of a kind."""
    return f"{OURS}/{kind.lower()}s"


def add(
    made: Bed, like: Pattern, names: Sequence[str], age: float = 0.0, filling: str = "", known: bool = True
) -> None:
    """Objects and their resources; ``filling`` makes jobs larger, ``known`` is whether SageMaker has their resources."""
    if known:
        moment = call(made, f"Create{like.kind}", map(like.request_for, names))
    else:
        moment = datetime.now(UTC)

    def one(name: str) -> None:
        body, status = like.named(name, moment, age)
        if filling:
            body["spec"]["environment"] = {f"KEY_{n}": filling for n in range(16)}
        made.create(path_of(like.kind), [body])
        told = made.plane.request(
            "PATCH",
            f"{path_of(like.kind)}/{name}/status?fieldManager={like.writer}",
            {"status": status},
            "application/merge-patch+json",
        )
        if told[0] != 200:
            raise RuntimeError(f"the API server refused the status of {name}: {told[1]}")

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(one, names))


def call(made: Bed, operation: str, requests: Iterable[Mapping[str, Any]]) -> datetime:
    """Call SageMaker without anybody's leave, and without 50 ms for each answer; all at one moment of its clock, which is answered."""
    latency = made.control.settings()["latency"]
    made.control.settings(latency=0.0)
    made.control.set_clock(manual=True)
    pool = urllib3.PoolManager(retries=False)
    headers = {"X-Amz-Target": f"SageMaker.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    for request in requests:
        answer = pool.request("POST", made.simulator, body=json.dumps(request), headers=headers)
        if answer.status != 200:
            raise RuntimeError(f"the simulator refused {operation}: {answer.data.decode()}")
    pool.clear()
    moment = datetime.fromtimestamp(made.control.now(), UTC)
    made.control.set_clock(manual=False)
    made.control.settings(latency=latency)
    return moment


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
