"""What the simulated SageMaker remembers: resources by account, region, kind and key, and by ARN.

A resource keeps what the caller declared (`declared`, in Create's words) apart from what SageMaker itself says
(`observed`, in Describe's words). Nothing here knows states, texts or HTTP.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator.model import Kind

Key = tuple[str, ...]
Place = tuple[str, str]


@dataclass(slots=True)
class Step:
    """Something that will happen to a resource: a new status, changed members, or its end."""

    at: float
    status: str | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    declared: dict[str, Any] | None = None
    gone: bool = False


@dataclass(slots=True, eq=False)
class Resource:
    """One object of SageMaker's."""

    kind: Kind
    place: Place
    key: Key
    name: str
    arn: str
    number: int
    created: float
    modified: float
    request: dict[str, Any]
    declared: dict[str, Any]
    observed: dict[str, Any]
    caller: str = ""
    status: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    token: str | None = None
    listed_from: float = 0.0
    found_from: float = 0.0
    version: int = 0
    past: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    shown: tuple[int, str, bytes] | None = None

    def touch(self) -> None:
        """Forget the rendered answer: something about the resource changed."""
        self.version += 1
        self.shown = None


class Store:
    """All resources of all accounts and regions."""

    def __init__(self) -> None:
        self._collections: dict[tuple[Place, str], dict[Key, Resource]] = {}
        self._by_arn: dict[str, Resource] = {}
        self._numbers = itertools.count(1)
        self._due: list[tuple[float, int, Resource]] = []
        self._sequence = itertools.count()
        self.tokens: dict[tuple[Place, str, str], tuple[str, Resource]] = {}
        self.counters: dict[tuple[str, ...], int] = {}

    def number(self) -> int:
        """A number that grows with every resource: order of creation, and the seed of generated ids."""
        return next(self._numbers)

    def of(self, place: Place, kind: Kind) -> dict[Key, Resource]:
        """All resources of a kind in one account and region, oldest first."""
        return self._collections.setdefault((place, kind.collection), {})

    def find(self, place: Place, kind: Kind, key: Key) -> Resource | None:
        """The resource with this key, if there is one."""
        return self.of(place, kind).get(key)

    def by_arn(self, arn: str) -> Resource | None:
        """The resource with this ARN, if there is one."""
        return self._by_arn.get(arn)

    def add(self, resource: Resource) -> None:
        """Remember a new resource and its coming steps."""
        self.of(resource.place, resource.kind)[resource.key] = resource
        self._by_arn[resource.arn] = resource
        self.plan(resource, resource.steps)

    def remove(self, resource: Resource) -> None:
        """Forget a resource; its coming steps find nothing any more."""
        self.of(resource.place, resource.kind).pop(resource.key, None)
        if self._by_arn.get(resource.arn) is resource:
            del self._by_arn[resource.arn]
        resource.steps = []
        if resource.token:
            self.tokens.pop((resource.place, resource.kind.name, resource.token), None)

    def plan(self, resource: Resource, steps: list[Step]) -> None:
        """Replace what is going to happen to a resource."""
        resource.steps = steps
        if steps:
            heapq.heappush(self._due, (steps[0].at, next(self._sequence), resource))

    def due(self, now: float) -> Iterator[tuple[Resource, Step]]:
        """Take every step whose time has come, in order of time."""
        while self._due and self._due[0][0] <= now:
            _, _, resource = heapq.heappop(self._due)
            if not resource.steps or resource.steps[0].at > now:
                continue
            step = resource.steps.pop(0)
            if resource.steps:
                heapq.heappush(self._due, (resource.steps[0].at, next(self._sequence), resource))
            yield resource, step

    def every(self) -> Iterator[Resource]:
        """All resources, oldest first within a kind."""
        for collection in self._collections.values():
            yield from collection.values()

    def clear(self) -> None:
        """Forget everything, as if the simulator had just been started."""
        self._collections.clear()
        self._by_arn.clear()
        self._due.clear()
        self.tokens.clear()
        self.counters.clear()
