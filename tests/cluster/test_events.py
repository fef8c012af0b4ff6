"""Events are told and forgotten: counted when repeated, cut off when too many, and never in anybody's way."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from controller.cluster.api import Api
from controller.cluster.events import Events
from tests.cluster.fake_api_server import Answer, FakeApiServer, failure
from tests.cluster.waiting import Eventually

JOB: dict[str, Any] = {
    "apiVersion": "sagemaker.services.k8s.aws/v1alpha1",
    "kind": "TrainingJob",
    "metadata": {"namespace": "team", "name": "churn", "uid": "u-1", "resourceVersion": "7"},
    "spec": {"big": "x" * 1000},
}


class Stage:
    """Events with a clock and a meter of the test."""

    def __init__(self, api: Api) -> None:
        self.now = 0.0
        self.outcomes: Counter[str] = Counter()
        self.events = Events(api, "pod-1", queue_length=50, meter=self, clock=lambda: self.now)

    def event(self, outcome: str) -> None:
        self.outcomes[outcome] += 1

    def tell(self, note: str = "made", uid: str = "u-1") -> None:
        obj = {**JOB, "metadata": {**JOB["metadata"], "uid": uid}}
        self.events.tell(obj, reason="Created", action="Create", note=note)


@pytest.fixture
def stage(api: Api) -> Iterator[Stage]:
    made = Stage(api)
    made.events.start()
    yield made
    made.events.stop(30)
    assert not made.events._thread.is_alive()


def stored(fake: FakeApiServer) -> list[dict[str, Any]]:
    return list(fake.objects.values())


def test_an_event_says_who_what_and_why(fake: FakeApiServer, stage: Stage, eventually: Eventually) -> None:
    stage.events.tell(JOB, reason="Failed", action="Describe", note="é" * 1000, warning=True)
    eventually(lambda: stage.outcomes["written"] == 1, "written")
    (event,) = stored(fake)
    assert fake.requests[0].path == "/apis/events.k8s.io/v1/namespaces/team/events"
    assert event["regarding"] == {
        "apiVersion": "sagemaker.services.k8s.aws/v1alpha1",
        "kind": "TrainingJob",
        "namespace": "team",
        "name": "churn",
        "uid": "u-1",
        "resourceVersion": "7",
    }
    assert (event["type"], event["reason"], event["action"]) == ("Warning", "Failed", "Describe")
    assert event["metadata"]["name"].startswith("churn.")
    assert len(event["note"].encode()) <= 1024
    assert event["note"].endswith("é…")
    assert event["reportingInstance"] == "pod-1"


def test_repeats_become_one_event_whose_count_is_written_once_a_minute(
    fake: FakeApiServer, stage: Stage, eventually: Eventually
) -> None:
    for _ in range(50):
        stage.tell()
    eventually(lambda: stage.outcomes["counted"] == 49, "counted")
    assert len(fake.requests) == 1
    stage.now = 61
    stage.tell()
    eventually(lambda: len(fake.requests) == 2, "the count is written")
    (event,) = stored(fake)
    assert event["series"]["count"] == 51
    stage.tell()
    stage.now = 66
    stage.tell("something else")
    eventually(lambda: stage.outcomes["written"] == 2, "another note is another event")
    assert [request.method for request in fake.requests] == ["POST", "PATCH", "POST"]


def test_after_ten_minutes_it_is_news_again(
    fake: FakeApiServer, stage: Stage, eventually: Eventually
) -> None:
    stage.tell()
    eventually(lambda: stage.outcomes["written"] == 1, "written")
    stage.now = 601
    stage.tell()
    eventually(lambda: stage.outcomes["written"] == 2, "written anew")


def test_an_event_the_server_has_forgotten_is_written_anew(
    fake: FakeApiServer, stage: Stage, eventually: Eventually
) -> None:
    stage.tell()
    stage.tell()
    eventually(lambda: stage.outcomes["counted"] == 1, "counted")
    fake.objects.clear()
    stage.now = 61
    stage.tell("wake up")
    eventually(lambda: stage.outcomes["written"] == 2, "written")
    eventually(lambda: any(request.method == "PATCH" for request in fake.requests), "count written")
    stage.tell()
    eventually(lambda: stage.outcomes["written"] == 3, "written anew")


def test_an_object_that_talks_too_much_is_cut_off_and_others_are_not(
    fake: FakeApiServer, stage: Stage, eventually: Eventually
) -> None:
    for n in range(40):
        stage.tell(f"note {n}")
    stage.tell("quiet", uid="u-2")
    eventually(lambda: stage.outcomes == Counter(written=26, suppressed=15), "25 and the other one")
    stage.now = 301
    stage.tell("later")
    stage.tell("and later")
    eventually(lambda: stage.outcomes == Counter(written=27, suppressed=16), "one token in five minutes")


def test_nothing_is_remembered_of_who_has_been_silent_for_long(stage: Stage, eventually: Eventually) -> None:
    """Else four thousand objects that are long gone would take 4 MiB."""
    for number in range(40):
        stage.tell(uid=f"gone-{number}")
    eventually(lambda: stage.outcomes["written"] == 40, "written")
    assert len(stage.events._series) == len(stage.events._buckets) == 40
    stage.now = 601  # the count is over, and what was taken from a bucket is in it again
    stage.tell(uid="here")
    eventually(lambda: [*stage.events._buckets] == ["here"], "forgotten")
    assert len(stage.events._series) == 1


def test_telling_never_waits_and_never_fails(
    fake: FakeApiServer, stage: Stage, eventually: Eventually
) -> None:
    hold = threading.Event()
    fake.script = lambda _: refuse_when(hold)
    stage.tell("the first hangs")
    eventually(lambda: fake.requests, "hanging")
    for n in range(55):
        stage.tell(f"note {n}", uid=str(n))
    assert stage.outcomes == Counter(dropped=5)
    fake.script = lambda _: Answer(403, failure(403, "Forbidden", "namespace is being terminated"))
    hold.set()
    eventually(lambda: stage.outcomes == Counter(dropped=5, failed=51), "all failed, nobody minds")
    stage.events.tell({}, reason="Odd", action="Odd", note="no object at all")
    eventually(lambda: stage.outcomes["failed"] == 52, "odd")


def refuse_when(event: threading.Event) -> Answer:
    event.wait(60)
    return Answer(403, failure(403, "Forbidden"))


def test_stopping_writes_what_is_waiting(fake: FakeApiServer, api: Api) -> None:
    stage = Stage(api)
    for _ in range(3):
        stage.tell()
    stage.tell("other")
    stage.events.start()
    stage.events.stop(30)
    assert sorted(event.get("series", {}).get("count", 1) for event in stored(fake)) == [1, 3]
    stage.tell("late")
    assert stage.outcomes["dropped"] == 1
