"""Many objects as the controller leaves them, with their resources, made like one that it did itself.

To let it make them would take five requests for each, and ten minutes until ten thousand jobs are old.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import urllib3

from scripts.benchmarks.bed import CLIENTS, OURS, Bed, custom, until

FEW = 1000  # objects; their status is written as a controller would, as part of its own
GROUP = "sagemaker.services.k8s.aws"
_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_MERGE = "application/merge-patch+json"
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

    many = len(names) > FEW

    def one(name: str) -> None:
        body, status = like.named(name, moment, age)
        if filling:
            body["spec"]["environment"] = {f"KEY_{n}": filling for n in range(16)}
        if many:
            made.create(path_of(like.kind), [{**body, "status": status}])
            return
        made.create(path_of(like.kind), [body])
        told = made.plane.request(
            "PATCH",
            f"{path_of(like.kind)}/{name}/status?fieldManager={like.writer}",
            {"status": status},
            _MERGE,
        )
        if told[0] != 200:
            raise RuntimeError(f"the API server refused the status of {name}: {told[1]}")

    with _unchecked(made, like, moment) if many else nullcontext(), ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(one, names))


@contextmanager
def _unchecked(made: Bed, like: Pattern, moment: datetime) -> Iterator[None]:
    """Let the API server take what is known to be in order unread, status and all: a third of the time, for many objects."""
    path = f"{_CRDS}/{like.kind.lower()}s.{GROUP}"
    versions = made.plane.request("GET", path)[1]["spec"]["versions"]
    open_to_all = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    body, status = like.named("probe", moment, 0.0)

    def takes(wrong: Mapping[str, Any]) -> bool:
        answer = made.plane.request("POST", f"{path_of(like.kind)}?dryRun=All", {**body, **wrong})
        return answer[0] == 201 and "conditions" in (answer[1].get("status") or {})

    loose = [{**version, "schema": open_to_all, "subresources": {}} for version in versions]
    made.plane.request("PATCH", path, {"spec": {"versions": loose}}, _MERGE)
    try:
        # NB: each way is served only a moment after it was asked for
        until(lambda: takes({"status": status, "spec": "nonsense"}))
        yield
    finally:
        made.plane.request("PATCH", path, {"spec": {"versions": versions}}, _MERGE)
        until(
            lambda: (
                made.plane.request("POST", f"{path_of(like.kind)}?dryRun=All", {**body, "spec": "nonsense"})[
                    0
                ]
                == 422
            )
        )


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
