"""The mirror against a real API server, behind wires that go dead and through restarts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from controller.cluster.api import Api
from controller.cluster.errors import NotFound
from controller.cluster.reflector import Reflector
from controller.cluster.resources import ResourceRef
from controller.cluster.writes import write_metadata, write_status
from scripts.control_plane.plane import ControlPlane
from tests.cluster.listener import FINALIZER, WIDGETS, Listener
from tests.cluster.real import CRDS, door_to, install, widget
from tests.cluster.waiting import Eventually
from tests.cluster.wire import Wire

HUNDRED = [f"w{n:03}" for n in range(100)]


@pytest.fixture
def mirror(
    plane: ControlPlane,
    door: Api,
    wire: Wire,
    widgets: ResourceRef,
    namespace: str,
    ear: Listener,
    eventually: Eventually,
) -> Iterator[Reflector[object]]:
    """A hundred objects, mirrored through the wire; from here on only news is heard."""
    for name in HUNDRED:
        door.create(widgets, namespace, widget(name))
    behind = door_to(plane, wire.url)
    reflector = ear.mirror(behind, namespace=namespace)
    reflector.start()
    eventually(lambda: reflector.state == "watching", "watching")
    assert ear.changed == {(namespace, name) for name in HUNDRED}
    assert ear.counts["lists"] == 1
    ear.forget()
    yield reflector
    reflector.stop()
    behind.close()


def edit(door: Api, namespace: str, names: list[str], value: int) -> None:
    for name in names:
        door.patch(WIDGETS, namespace, name, {"spec": {"value": value}})


def all_heard(ear: Listener, namespace: str, value: int) -> Callable[[], bool]:
    return lambda: ear.wanted() == {(namespace, name): value for name in HUNDRED}


@pytest.mark.parametrize(("fault", "noticed_as"), [("mute", "Silence"), ("refuse", "Unreachable")])
def test_a_hundred_edits_behind_a_dead_wire_are_all_heard(
    door: Api,
    wire: Wire,
    mirror: Reflector[object],
    namespace: str,
    ear: Listener,
    eventually: Eventually,
    fault: str,
    noticed_as: str,
) -> None:
    getattr(wire, fault)()
    edit(door, namespace, HUNDRED[:50], 7)
    eventually(lambda: noticed_as in ear.faults, "noticed")
    edit(door, namespace, HUNDRED[50:], 7)
    wire.mend()
    eventually(all_heard(ear, namespace, 7), "100 of 100", 120)
    assert ear.counts["lists"] == 0, "resumed from the last version"
    assert len(ear.changes) == 100


def test_a_frozen_api_server_costs_no_list(
    plane: ControlPlane,
    door: Api,
    mirror: Reflector[object],
    namespace: str,
    ear: Listener,
    eventually: Eventually,
) -> None:
    edit(door, namespace, HUNDRED[:50], 7)
    plane.pause_api_server()
    try:
        eventually(lambda: ear.faults, "noticed")
    finally:
        plane.resume_api_server()
    edit(door, namespace, HUNDRED[50:], 7)
    eventually(all_heard(ear, namespace, 7), "100 of 100", 120)
    assert ear.counts["lists"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("in_the_dark", [True, False])
def test_a_hundred_edits_around_a_restart_are_all_heard(
    plane: ControlPlane,
    door: Api,
    wire: Wire,
    mirror: Reflector[object],
    namespace: str,
    ear: Listener,
    eventually: Eventually,
    in_the_dark: bool,
) -> None:
    if in_the_dark:
        wire.refuse()
    edit(door, namespace, HUNDRED[:50], 7)
    door.delete(WIDGETS, namespace, HUNDRED[99])
    plane.stop_api_server()
    plane.start_api_server()
    edit(door, namespace, HUNDRED[50:99], 7)
    door.create(WIDGETS, namespace, widget(HUNDRED[99], 7))
    wire.mend()
    eventually(all_heard(ear, namespace, 7), "100 of 100", 120)
    assert ear.counts["lists"] <= 2
    edit(door, namespace, HUNDRED, 8)
    eventually(all_heard(ear, namespace, 8), "and afterwards", 120)


def test_a_hundred_edits_since_a_version_too_old_are_all_heard(
    door: Api, wire: Wire, mirror: Reflector[object], namespace: str, ear: Listener, eventually: Eventually
) -> None:
    wire.refuse()
    edit(door, namespace, HUNDRED, 7)
    eventually(lambda: "Unreachable" in ear.faults, "noticed")
    mirror._version = "1"
    wire.mend()
    eventually(all_heard(ear, namespace, 7), "100 of 100", 120)
    assert "Expired" in ear.faults or "Gone" in ear.faults
    assert 1 <= ear.counts["lists"] <= 2
    assert len(ear.changes) == 100


def test_our_own_writes_are_no_news_and_a_stripped_status_is(
    door: Api, mirror: Reflector[object], namespace: str, ear: Listener, eventually: Eventually
) -> None:
    status = {
        "observedGeneration": 1,
        "ackResourceMetadata": {"arn": "arn:x"},
        "conditions": [{"type": "Ready"}],
    }
    obj: dict[str, Any] = {}
    for name in HUNDRED:
        obj = dict(door.get(WIDGETS, namespace, name) or {})
        assert obj["status"] == {"observedGeneration": -1, "conditions": []}
        obj = dict(write_metadata(door, WIDGETS, obj, hold=FINALIZER))
        obj = dict(write_status(door, WIDGETS, obj, status))
        obj = dict(write_metadata(door, WIDGETS, obj, annotations={"test.example/arn": "arn:x"}))
        obj = dict(write_status(door, WIDGETS, obj, {**status, "state": "Completed"}))
        assert obj["status"] == {**status, "state": "Completed"}
    last = obj["metadata"]["resourceVersion"]
    eventually(lambda: mirror._version == last, "all seen")
    assert ear.changes == []
    # A restore or a `kubectl replace` brings the object back without its status.
    door.patch(WIDGETS, namespace, "w007", {"status": None}, subresource="status")
    eventually(lambda: ear.changed == {(namespace, "w007")}, "the stripped status is news")
    for name in HUNDRED:
        door.patch(WIDGETS, namespace, name, {"metadata": {"finalizers": None}})


def test_deleting_is_news_and_letting_go_ends_it(
    door: Api, mirror: Reflector[object], namespace: str, ear: Listener, eventually: Eventually
) -> None:
    obj = door.get(WIDGETS, namespace, "w000") or {}
    held = write_metadata(door, WIDGETS, obj, hold=FINALIZER)
    assert door.delete(WIDGETS, namespace, "w000", uid=held["metadata"]["uid"])
    eventually(lambda: len(ear.changes) == 1, "the deletion is news")
    obj = door.get(WIDGETS, namespace, "w000") or {}
    write_metadata(door, WIDGETS, obj, release=FINALIZER)
    eventually(lambda: ear.gone == [(namespace, "w000")], "gone")
    assert len(ear.changes) == 1
    with pytest.raises(NotFound):
        write_metadata(door, WIDGETS, obj, release=FINALIZER)


def test_a_crd_that_comes_goes_and_comes_again(
    door: Api, namespace: str, ear: Listener, eventually: Eventually
) -> None:
    gadgets = ResourceRef("test.example", "v1", "gadgets")
    reflector = ear.mirror(door, gadgets)
    reflector.start()
    eventually(lambda: reflector.state == "missing", "missing")
    for _ in range(2):
        install(door, "gadgets", "Gadget")
        door.create(gadgets, namespace, {**widget("g"), "kind": "Gadget"})
        eventually(lambda: ear.changed == {(namespace, "g")}, "found")
        door.delete(CRDS, None, "gadgets.test.example")
        eventually(lambda: ear.gone == [(namespace, "g")], "gone")
        eventually(lambda: reflector.state == "missing", "missing again")
        eventually(lambda: door.get(CRDS, None, "gadgets.test.example") is None, "the CRD is gone")
        ear.forget()
    reflector.stop()
