"""A region that denies everything, or never answers, beside one that works: whoever waits for the second waits no longer for that.

Workers are counted on the simulator's clock: each of them is where its last pass has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from controller.cloud.session import READ_TIMEOUT, Place
from controller.cloud.silence import TRIAL, Silence
from controller.settings import Settings
from simulator.service import SageMaker
from tests.crash.cloud import Direct, sagemaker
from tests.crash.rig import KINDS, Rig

KIND = KINDS["Experiment"]
EACH = 60
GOOD, BAD = "us-east-1", "eu-west-1"
ANSWER = 0.05  # seconds; what an answer takes, as in design §8


class Abroad(Direct):
    """The client of a region that ``denies``, is ``silent``, or works as any other."""

    def __init__(self, home: Direct, rig: Two, sagemaker: SageMaker, how: str) -> None:
        super().__init__(sagemaker, rig.cross, BAD)
        self.account, self._rig, self._how = home.account, rig, how

    def _make_api_call(self, operation: str, request: Mapping[str, Any]) -> Any:
        self._rig.calls += 1
        self._rig.advance(READ_TIMEOUT if self._how == "silent" else ANSWER)
        if self._how == "silent":
            raise ReadTimeoutError(endpoint_url="memory:")
        if self._how == "denies":
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation)
        return super()._make_api_call(operation, request)


class Home(Direct):
    """The client of the region that works, and whoever knows the other one's."""

    abroad: Abroad
    rig: Two

    def client(self, place: Place) -> Direct:
        return self.abroad if place.region == BAD else self

    def _make_api_call(self, operation: str, request: Mapping[str, Any]) -> Any:
        self.rig.advance(ANSWER)
        return super()._make_api_call(operation, request)


class Hearsay(Silence):
    """What a worker finds out is known to another one when it is, though the first one's pass is led to its end before."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self._now = now
        self._later: list[tuple[float, Place, float, bool | None]] = []

    def wait(self, place: Place) -> float:
        known = sorted((one for one in self._later if one[0] <= self._now()), key=lambda one: one[0])
        self._later = [one for one in self._later if one not in known]
        for _, *ended in known:
            super().ended(*ended)  # type: ignore[arg-type]
        return super().wait(place)

    def ended(self, place: Place, began: float, answered: bool | None) -> None:
        self._later.append((self._now(), place, began, answered))


class Two(Rig):
    """A controller with its workers over both regions."""

    def __init__(self, how: str) -> None:
        self.how, self.calls = how, 0
        self.free = [0.0] * Settings(region=GOOD).workers
        super().__init__(sagemaker())
        self.free = [self.clock.now()] * len(self.free)

    def session(self) -> Direct:
        home = Home(self.sagemaker, self.cross)
        home.rig, home.abroad = self, Abroad(home, self, self.sagemaker, self.how)
        return home

    def silence(self) -> Silence:
        return Hearsay(self.clock.now)

    def declare(self, region: str) -> None:
        for n in range(EACH):
            self.apply(KIND, f"{region}-{n:02}", {}, {"services.k8s.aws/region": region})

    def work(self, seconds: float) -> None:
        """What all workers do in so much time."""
        end = self.clock.now() + seconds
        while True:
            at = min(range(len(self.free)), key=self.free.__getitem__)
            self.clock.advance(self.free[at] - self.clock.now())
            due = self._next()
            now = max(self.free[at], due if due is not None else end)
            if now >= end:
                break
            self.clock.advance(now - self.clock.now() + 0.001)
            key = self.queue.get(timeout=0.0)
            if key is not None:
                self._worker._one(key)
                self.queue.done(key)
            self.free[at] = self.clock.now()
        self.clock.advance(end - self.clock.now())
        self.free = [max(end, free) for free in self.free]


def waits(how: str) -> tuple[list[float], int]:
    """Seconds until each of the good region's objects was Ready, in order, and how many calls the other one got in a minute."""
    two = Two(how)
    began = two.clock.now()
    ready: dict[str, float] = {}

    def written(_: Any, obj: Any) -> None:
        conditions = (obj.get("status") or {}).get("conditions") or ()
        if any(c["type"] == "Ready" and c["status"] == "True" for c in conditions):
            ready.setdefault(obj["metadata"]["name"], two.clock.now() - began)

    two.watchers.append(written)
    two.declare(BAD)  # first come, first served, and these come first
    two.declare(GOOD)
    two.work(60)
    made = sorted(at for name, at in ready.items() if name.startswith(GOOD))
    assert len(made) == EACH, (how, made)
    return made, two.calls


def test_nobody_waits_longer_for_a_region_beside_one_that_does_not_work() -> None:
    beside_another, _ = waits("works")
    for how in ("denies", "silent"):
        found, calls = waits(how)
        longer = [(was, now) for was, now in zip(beside_another, found, strict=True) if now > was]
        assert longer == [], how
        if (
            how == "silent"
        ):  # a few at first, then one after the other; each holds a worker for as long as it lasts
            assert calls <= TRIAL + 60 / READ_TIMEOUT + 1
        else:
            assert calls >= EACH  # each is told why, and tried again later
