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
    """An object as its controller left it, and the request by which its resource was made (empty: there is none to be made)."""

    obj: Mapping[str, Any]
    request: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Of which kind."""
        return str(self.obj["kind"])

    def named(self, name: str, age: float) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """The object, its status and the request under another name; what it says of times is ``age`` seconds ago."""
        metadata = {k: v for k, v in self.obj["metadata"].items() if k in {"annotations", "finalizers"}}
        text = json.dumps([metadata, self.obj["spec"], self.obj["status"], dict(self.request)])
        text = text.replace(self.obj["metadata"]["name"], name)
        if age:
            then = (datetime.now(UTC) - timedelta(seconds=age)).strftime("%Y-%m-%dT%H:%M:%SZ")
            text = _TIME.sub(then, text)
        kept, spec, status, request = json.loads(text)
        body = custom(self.kind, name, spec)
        return {**body, "metadata": {**kept, "name": name}}, status, request

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
    if known and like.request:
        made_by = f"Create{like.kind}"
        call(made, made_by, (like.named(name, age)[2] for name in names))

    def one(name: str) -> None:
        body, status, _ = like.named(name, age)
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


def call(made: Bed, operation: str, requests: Iterable[Mapping[str, Any]]) -> None:
    """Call SageMaker without anybody's leave, and without waiting 50 ms for each answer."""
    latency = made.control.settings()["latency"]
    made.control.settings(latency=0.0)
    pool = urllib3.PoolManager(retries=False)
    headers = {"X-Amz-Target": f"SageMaker.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    for request in requests:
        answer = pool.request("POST", made.simulator, body=json.dumps(request), headers=headers)
        if answer.status != 200:
            raise RuntimeError(f"the simulator refused {operation}: {answer.data.decode()}")
    pool.clear()
    made.control.settings(latency=latency)
