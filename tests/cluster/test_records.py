"""What is kept of an object: little, and enough to know whether somebody else changed it."""

from __future__ import annotations

import tracemalloc

import pytest

from controller.cluster.api import Api
from controller.cluster.records import Ours, record_of
from controller.cluster.reflector import Reflector
from tests.cluster.fake_api_server import FakeApiServer, Request, merge
from tests.cluster.listener import FINALIZER, OURS, WIDGETS, Listener

BASE = {
    "metadata": {
        "namespace": "ns",
        "name": "a",
        "uid": "u",
        "generation": 3,
        "labels": {"l": "1"},
        "annotations": {"a": "1"},
        "finalizers": [FINALIZER, "other"],
    },
    "status": {"observedGeneration": 3, "ackResourceMetadata": {"arn": "arn:x"}},
}


@pytest.mark.parametrize(
    ("change", "news"),
    [
        ({"metadata": {"generation": 4}}, True),
        ({"metadata": {"uid": "v"}}, True),
        # A ConfigMap or a Namespace has no generation: there every write is news.
        ({"metadata": {"generation": None, "resourceVersion": "9"}}, True),
        ({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}, True),
        ({"metadata": {"labels": {"l": "2"}}}, True),
        ({"metadata": {"annotations": {"a": "2"}}}, True),
        ({"metadata": {"annotations": {"test.example/arn": "arn:x"}}}, False),
        ({"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}}, False),
        ({"metadata": {"finalizers": [FINALIZER]}}, True),
        ({"metadata": {"finalizers": ["other"]}}, True),
        ({"metadata": {"resourceVersion": "9", "managedFields": [{}]}}, False),
        ({"status": {"state": "Completed", "observedGeneration": 4}}, False),
        ({"status": {"ackResourceMetadata": {"arn": None}}}, True),
        ({"status": {"observedGeneration": -1}}, True),
        ({"status": {"observedGeneration": None}}, True),
        ({"status": None}, True),
        # Our own note of the ARN follows the status that has it; without one it is a claim of somebody else's.
        ({"status": None, "metadata": {"annotations": {"test.example/arn": "arn:y"}}}, True),
    ],
)
def test_what_causes_a_pass(api: Api, ear: Listener, change: object, news: bool) -> None:
    reflector = ear.mirror(api)
    reflector._take(BASE, initial=False)
    ear.forget()
    reflector._take(merge(BASE, change), initial=False)
    assert bool(ear.changes) == news


NOTED = merge(BASE, {"metadata": {"annotations": {"test.example/arn": "arn:x"}}})
UNSEEN = merge(NOTED, {"status": None})


@pytest.mark.parametrize(
    ("before", "change", "news"),
    [
        (NOTED, {"metadata": {"annotations": {"test.example/arn": None}}}, True),
        (NOTED, {"metadata": {"annotations": {"test.example/arn": "arn:y"}}}, False),
        (UNSEEN, {"metadata": {"annotations": {"test.example/arn": "arn:y"}}}, True),
        (UNSEEN, {"metadata": {"resourceVersion": "9"}}, False),
        (UNSEEN, {"status": {"observedGeneration": 3, "ackResourceMetadata": {"arn": "arn:x"}}}, False),
        (merge(BASE, {"status": None}), {"metadata": {"annotations": {"test.example/arn": "arn:x"}}}, True),
    ],
)
def test_an_arn_that_the_annotation_loses_or_alone_claims_causes_a_pass(
    api: Api, ear: Listener, before: dict[str, object], change: object, news: bool
) -> None:
    reflector = ear.mirror(api)
    reflector._take(before, initial=False)
    ear.forget()
    reflector._take(merge(before, change), initial=False)
    assert bool(ear.changes) == news


def test_a_list_holds_one_page_at_a_time(fake: FakeApiServer, api: Api, ear: Listener) -> None:
    text = "x" * 20_000
    for n in range(200):
        fake.put("ns", f"w{n:03}", lambda obj: obj["spec"].update(text=text))
    reflector = ear.mirror(api)
    asked: list[int] = []

    def measure(request: Request) -> None:
        if request.is_list:
            asked.append(tracemalloc.get_traced_memory()[0])

    fake.script = measure
    tracemalloc.start()
    reflector._list()
    tracemalloc.stop()
    assert len(asked) == 7, "200 objects in pages of 30"
    # A page is 600 KB: when a page is asked for, the one before it must be gone.
    assert max(asked) - asked[0] < 300_000, asked


def test_ten_thousand_records_take_less_than_six_hundred_bytes_each(api: Api) -> None:
    tracemalloc.start()
    reflector: Reflector[tuple[str, ...]] = Reflector(
        api,
        WIDGETS,
        on_change=lambda key, record, initial: None,
        on_gone=lambda key, record: None,
        extract=lambda obj: (f"{obj['metadata']['name']}-in-aws", "an-execution-role"),
        ours=OURS,
    )
    before, _ = tracemalloc.get_traced_memory()
    for n in range(10_000):
        metadata = {
            "namespace": f"team-{n % 20}",
            "name": f"training-job-{n:06}",
            "uid": str(n),
            "generation": 1,
        }
        metadata["resourceVersion"] = str(10_000_000 + n)
        reflector._take(
            {"metadata": metadata, "spec": {"k": [n] * 10}, "status": {"a": "b" * 100}}, initial=True
        )
    del metadata
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    each = (after - before) / 10_000
    assert len(reflector) == 10_000
    assert each <= 600, f"{each:.0f} bytes each"


def test_a_record_does_not_depend_on_the_order_of_keys() -> None:
    one = {"metadata": {"name": "a", "labels": {"x": "1", "y": "2"}}}
    two = {"metadata": {"labels": {"y": "2", "x": "1"}, "name": "a"}}
    assert record_of(one, Ours(), None) == record_of(two, Ours(), None)
