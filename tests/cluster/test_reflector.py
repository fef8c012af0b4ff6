"""The mirror misses nothing, whatever the API server does, and our own writes are no news to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controller.cluster.api import Api, Timeouts
from controller.cluster.records import Record
from controller.cluster.reflector import Reflector
from controller.cluster.writes import write_metadata, write_status
from tests.cluster.fake_api_server import Answer, FakeApiServer, Request, failure
from tests.cluster.listener import FINALIZER, QUICK, WIDGETS, Listener
from tests.cluster.waiting import Eventually

HUNDRED = [f"w{n:03}" for n in range(100)]
Faulty = Callable[[FakeApiServer], None]


@pytest.fixture
def mirror(
    fake: FakeApiServer, api: Api, ear: Listener, eventually: Eventually
) -> Iterator[Reflector[object]]:
    """A hundred objects, mirrored and watched; from here on only news is heard."""
    for name in HUNDRED:
        fake.put("ns", name)
    reflector = ear.mirror(api)
    reflector.start()
    eventually(lambda: reflector.synced.is_set() and reflector.state == "watching", "synced")
    assert ear.changed == {("ns", name) for name in HUNDRED}
    assert all(initial for _, _, initial in ear.changes)
    ear.forget()
    fake.requests.clear()
    yield reflector
    reflector.stop()
    assert not reflector._thread.is_alive()
    assert reflector.state == "stopped"


def edit_all(fake: FakeApiServer, value: object) -> None:
    for name in HUNDRED:
        fake.edit("ns", name, value)


def all_heard(ear: Listener, value: object) -> Callable[[], bool]:
    return lambda: ear.wanted() == {("ns", name): value for name in HUNDRED}


def test_edits_are_heard_once_each(
    fake: FakeApiServer, mirror: object, ear: Listener, eventually: Eventually
) -> None:
    edit_all(fake, 7)
    eventually(all_heard(ear, 7), "100 edits")
    assert len(ear.changes) == 100
    assert not any(initial for _, _, initial in ear.changes)
    assert fake.lists == 0


def answer_410_as_status(fake: FakeApiServer) -> None:
    fake.end_watches()
    fake.script = lambda r: Answer(410, failure(410, "Expired")) if r.is_watch else None


def answer_410_as_event(fake: FakeApiServer) -> None:
    gone = {"type": "ERROR", "object": failure(410, "Expired", "too old resource version")}
    fake.script = lambda r: Answer(200, gone) if r.is_watch else None
    fake.end_watches()


def answer_500_as_event(fake: FakeApiServer) -> None:
    broken = {"type": "ERROR", "object": failure(500, "InternalError", "decoding failed")}
    fake.script = lambda r: Answer(200, broken) if r.is_watch else None
    fake.end_watches()


def answer_429(fake: FakeApiServer) -> None:
    body = failure(429, "TooManyRequests", "storage is (re)initializing", retryAfterSeconds=1)
    fake.script = lambda _: Answer(429, body)
    fake.end_watches()


def answer_nonsense(fake: FakeApiServer) -> None:
    fake.script = lambda _: Answer(200, b"<html>maintenance</html>\n")
    fake.end_watches()


def forget_history(fake: FakeApiServer) -> None:
    answer_429(fake)
    fake.compact()


def refuse(fake: FakeApiServer) -> None:
    fake.stop()


def restart(fake: FakeApiServer) -> None:
    """Like `refuse`, and what the server knew of the past is gone when it comes back."""
    fake.stop()
    fake.compact()


def say_nothing(fake: FakeApiServer) -> None:
    fake.mute()


def mend(fake: FakeApiServer) -> None:
    fake.script = None
    if fake._server is None:
        fake.start()
    if fake.muted:
        fake.unmute()


@pytest.mark.parametrize(
    ("fault", "noticed_as", "relists"),
    [
        (answer_410_as_status, "Expired", 2),
        (answer_410_as_event, "Expired", 2),
        (answer_500_as_event, "InternalError", 1),
        (answer_429, "TooManyRequests", 1),
        (answer_nonsense, "Garbled", 2),
        (forget_history, "TooManyRequests", 2),
        (refuse, "Unreachable", 0),
        (restart, "Unreachable", 2),
        (say_nothing, "Silence", 0),
    ],
)
def test_a_hundred_edits_during_a_fault_are_all_heard(
    fake: FakeApiServer,
    mirror: Reflector[object],
    ear: Listener,
    eventually: Eventually,
    fault: Faulty,
    noticed_as: str,
    relists: int,
) -> None:
    fault(fake)
    for name in HUNDRED[:50]:
        fake.edit("ns", name, 7)
    # Half of the edits are made before the mirror has noticed and half after.
    eventually(lambda: noticed_as in ear.faults, "noticed")
    for name in HUNDRED[50:]:
        fake.edit("ns", name, 7)
    mend(fake)
    eventually(all_heard(ear, 7), f"100 of 100; {len(ear.wanted())} heard, fault {mirror.fault!r}")
    assert fake.lists <= relists
    assert len(ear.changes) == 100, "each once"
    assert ear.gone == []
    # And it is well afterwards.
    ear.forget()
    edit_all(fake, 8)
    eventually(all_heard(ear, 8), "after the fault")
    eventually(lambda: mirror.fault == "", "well again")


def test_a_burst_of_four_410_makes_two_lists(
    fake: FakeApiServer, mirror: Reflector[object], ear: Listener, eventually: Eventually
) -> None:
    answer_410_as_status(fake)
    eventually(lambda: len(fake.watches) >= 4, "four refused watches")
    mend(fake)
    edit_all(fake, 7)
    eventually(all_heard(ear, 7), "heard")
    assert fake.lists <= 2


def test_pauses_grow_and_shrink_only_after_a_steady_watch(
    fake: FakeApiServer, api: Api, ear: Listener, eventually: Eventually
) -> None:
    now = [0.0]
    reflector = ear.mirror(api, clock=lambda: now[0])
    fake.script = lambda _: Answer(500, failure(500, "InternalError"))
    reflector.start()
    eventually(lambda: reflector._trouble >= 4, "four troubles")
    fake.script = None
    eventually(lambda: reflector.state == "watching", "watching")
    assert reflector._trouble >= 4, "a watch that has just begun proves nothing"
    now[0] += QUICK.steady_after
    fake.end_watches()
    eventually(lambda: reflector._trouble == 0, "forgiven")
    reflector.stop()


def test_silence_resumes_from_the_last_version_without_a_list(
    fake: FakeApiServer, mirror: Reflector[object], ear: Listener, eventually: Eventually
) -> None:
    fake.edit("ns", "w000", 1)
    eventually(lambda: ear.changed, "heard")
    fake.mute()
    eventually(lambda: len(fake.watches) >= 2, "watched anew twice")
    assert {request.query["resourceVersion"] for request in fake.watches} == {str(fake.version)}
    assert fake.lists == 0


def test_bookmarks_keep_a_quiet_watch_alive_and_its_version_young(
    fake: FakeApiServer, mirror: Reflector[object], ear: Listener, eventually: Eventually
) -> None:
    fake.bookmarks_each = 0.2
    fake.version += 500  # what happens to other kinds
    eventually(lambda: mirror._version == str(fake.version), "bookmark")
    fake.compact()
    fake.version += 1
    eventually(lambda: mirror._version == str(fake.version), "bookmark after compaction")
    fake.end_watches()
    eventually(lambda: fake.watches, "watched anew")
    assert fake.watches[0].query["resourceVersion"] == str(fake.version)
    assert (fake.lists, ear.faults) == (0, []), "the old version would have been answered 410"


def test_what_was_deleted_or_replaced_in_the_dark_is_found(
    fake: FakeApiServer, mirror: Reflector[object], ear: Listener, eventually: Eventually
) -> None:
    restart(fake)
    fake.remove("ns", "w001")
    uid = fake.objects["ns/w002"]["metadata"]["uid"]
    fake.remove("ns", "w002")
    fake.put("ns", "w002")
    assert fake.objects["ns/w002"]["metadata"]["uid"] != uid
    fake.put("ns", "new")
    fake.compact()
    mend(fake)
    eventually(lambda: len(ear.changes) == 2 and len(ear.gone) == 1, "found")
    assert ear.changed == {("ns", "w002"), ("ns", "new")}
    assert ear.gone == [("ns", "w001")]
    assert mirror.get(("ns", "w001")) is None
    assert len(mirror) == 100


def test_our_own_writes_are_no_news(
    fake: FakeApiServer, api: Api, mirror: Reflector[object], ear: Listener, eventually: Eventually
) -> None:
    status = {
        "observedGeneration": 1,
        "ackResourceMetadata": {"arn": "arn:x"},
        "conditions": [{"type": "Ready"}],
    }
    for name in HUNDRED:
        obj = api.get(WIDGETS, "ns", name)
        assert obj is not None
        obj = dict(write_metadata(api, WIDGETS, obj, hold=FINALIZER))
        obj = dict(write_status(api, WIDGETS, obj, status))
        obj = dict(write_metadata(api, WIDGETS, obj, annotations={"test.example/arn": "arn:x"}))
        write_status(api, WIDGETS, obj, {**status, "state": "Completed"})
    eventually(lambda: mirror._version == str(fake.version), "all seen")
    assert ear.changes == []
    fake.put("ns", "w000", lambda obj: obj["metadata"].update(deletionTimestamp="2026-01-01T00:00:00Z"))
    eventually(lambda: len(ear.changes) == 1, "the deletion is news")
    obj = dict(api.get(WIDGETS, "ns", "w000") or {})
    write_metadata(api, WIDGETS, obj, release=FINALIZER)
    eventually(lambda: mirror._version == str(fake.version), "seen")
    assert len(ear.changes) == 1, "letting go is our own write"


def test_a_crd_that_is_missing_is_looked_for_until_it_comes(
    fake: FakeApiServer, api: Api, ear: Listener, eventually: Eventually
) -> None:
    fake.missing = True
    reflector = ear.mirror(api)
    reflector.start()
    eventually(lambda: reflector.state == "missing" and fake.lists >= 3, "looked for")
    assert not reflector.synced.is_set()
    fake.put("ns", "a")
    fake.missing = False
    eventually(lambda: ear.changed == {("ns", "a")}, "found")
    fake.missing = True
    fake.end_watches()
    eventually(lambda: ear.gone == [("ns", "a")], "the CRD was removed, and its objects with it")
    reflector.stop()


def test_a_kind_in_trouble_delays_no_other(
    fake: FakeApiServer, api: Api, ear: Listener, eventually: Eventually
) -> None:
    gadgets = type(WIDGETS)("test.example", "v1", "gadgets")
    hold = threading.Event()

    def hang(request: Request) -> Answer | None:
        return Answer(raw=lambda _: forever(hold)) if "gadgets" in request.path else None

    fake.script = hang
    fake.put("ns", "a")
    ill, well = Listener().mirror(api, gadgets), ear.mirror(api)
    ill.start()
    well.start()
    eventually(lambda: ear.changed == {("ns", "a")}, "heard")
    assert not ill.synced.is_set()
    ill.stop(0)
    well.stop()
    hold.set()


def forever(event: threading.Event) -> None:
    event.wait(60)


def test_one_namespace_is_asked_for_alone(
    fake: FakeApiServer, api: Api, ear: Listener, eventually: Eventually
) -> None:
    reflector = ear.mirror(api, namespace="team", label_selector="tier=gold")
    reflector.start()
    eventually(lambda: fake.watches, "watched")
    assert {request.path for request in fake.requests} == {"/apis/test.example/v1/namespaces/team/widgets"}
    assert {request.query["labelSelector"] for request in fake.requests} == {"tier=gold"}
    reflector.stop()


def test_an_odd_object_or_a_failing_reader_silences_nothing(
    fake: FakeApiServer, api: Api, ear: Listener, eventually: Eventually
) -> None:
    refusals = [3]

    def sometimes(key: tuple[str, str], record: Record[object], initial: bool) -> None:
        if refusals[0]:
            refusals[0] -= 1
            raise RuntimeError("not now")
        ear.on_change(key, record, initial)

    def odd(obj: object) -> object:
        raise KeyError("spec")

    for name in "abc":
        fake.put("ns", name)
    reflector = ear.mirror(api, on_change=sometimes, extract=odd)
    reflector.start()
    eventually(lambda: ear.changed == {("ns", name) for name in "abc"}, "all reported in the end")
    assert {record.extra for _, record, _ in ear.changes} == {None}
    reflector.stop()


def test_stopping_does_not_wait_for_a_quiet_watch(
    fake: FakeApiServer, ear: Listener, eventually: Eventually
) -> None:
    door = Api.at(fake.url, timeouts=Timeouts(silence=600))
    reflector = ear.mirror(door)
    reflector.start()
    eventually(lambda: reflector.state == "watching" and reflector._stream is not None, "watching")
    reflector.stop(30)
    assert not reflector._thread.is_alive()


def test_nothing_of_the_kubernetes_client_leaves_the_room() -> None:
    room = Path(__file__).parents[2] / "controller"
    importers = {
        file.relative_to(room).as_posix()
        for file in room.rglob("*.py")
        if any(
            line.startswith(("import kubernetes", "from kubernetes"))
            for line in file.read_text().splitlines()
        )
    }
    assert importers == {"cluster/api.py", "cluster/connection.py"}
