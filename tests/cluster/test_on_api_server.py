"""The room against a real API server: what the fake one says, the real one says too."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from controller.cluster import connection
from controller.cluster.api import Api, Timeouts
from controller.cluster.errors import (
    AlreadyExists,
    ApiError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    from_status,
)
from controller.cluster.events import Events
from controller.cluster.lease import LEASE_NAME, Lease, Terms
from controller.cluster.reflector import Reflector
from controller.cluster.resources import CONFIG_MAPS, EVENTS, LEASES, NAMESPACES, ResourceRef
from controller.cluster.writes import write_metadata, write_status
from scripts.control_plane.plane import ControlPlane
from tests.cluster.conftest import Eventually, wait_until
from tests.cluster.listener import FINALIZER, WIDGETS, Listener
from tests.cluster.wire import Wire

CRDS = ResourceRef("apiextensions.k8s.io", "v1", "customresourcedefinitions")
HUNDRED = [f"w{n:03}" for n in range(100)]
OBJECT = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def crd(plural: str, kind: str) -> dict[str, Any]:
    spec = {"type": "object", "properties": {"value": {"type": "integer", "minimum": 0}}}
    status = {**OBJECT, "default": {"observedGeneration": -1, "conditions": []}}
    schema = {"type": "object", "properties": {"spec": spec, "status": status}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.test.example"},
        "spec": {
            "group": "test.example",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def install(door: Api, plural: str, kind: str, eventually: Eventually) -> None:
    door.create(CRDS, None, crd(plural, kind))
    ref = ResourceRef("test.example", "v1", plural)
    eventually(lambda: door.exists(ref) and list(door.list_pages(ref, None)) is not None, f"{kind} is served")


def widget(name: str, value: int = 0) -> dict[str, Any]:
    return {
        "apiVersion": "test.example/v1",
        "kind": "Widget",
        "metadata": {"name": name},
        "spec": {"value": value},
    }


def door_to(plane: ControlPlane, url: str | None = None) -> Api:
    # A real server on a busy machine may take seconds to answer, but a dead wire must not hold a test for long.
    timeouts = Timeouts(connect=10, read=30, silence=4)
    return Api.at(url or plane.url, token=plane.admin_token, ca_file=str(plane.ca_file), timeouts=timeouts)


@pytest.fixture(scope="module")
def door(plane: ControlPlane) -> Iterator[Api]:
    """The way in that always works."""
    made = door_to(plane)
    yield made
    made.close()


@pytest.fixture
def namespace(door: Api) -> str:
    name = f"cluster-{random.randrange(10**9)}"
    door.create(NAMESPACES, None, {"metadata": {"name": name}})
    return name


@pytest.fixture(scope="module")
def widgets(door: Api) -> ResourceRef:
    if not door.exists(WIDGETS):
        install(door, "widgets", "Widget", wait_until)
    return WIDGETS


@pytest.fixture
def wire(plane: ControlPlane) -> Iterator[Wire]:
    made = Wire(plane.url)
    yield made
    made.close()


@pytest.fixture
def ear() -> Listener:
    return Listener()


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


def test_a_version_too_old_is_gone(door: Api, widgets: ResourceRef) -> None:
    with pytest.raises(Gone):
        for event in door.watch(widgets, None, "1"):
            assert event["type"] == "ERROR"
            raise from_status(event["object"])


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


def test_a_stale_write_is_a_conflict_and_a_bad_one_names_the_field(
    door: Api, widgets: ResourceRef, namespace: str
) -> None:
    stale = door.create(widgets, namespace, widget("a"))
    with pytest.raises(AlreadyExists):
        door.create(widgets, namespace, widget("a"))
    door.patch(widgets, namespace, "a", {"spec": {"value": 1}})
    with pytest.raises(Conflict):
        write_status(door, widgets, stale, {"state": "x"})
    with pytest.raises(Conflict):
        write_metadata(door, widgets, stale, hold=FINALIZER)
    with pytest.raises(Invalid) as caught:
        door.patch(widgets, namespace, "a", {"spec": {"value": -1}})
    assert [cause.field for cause in caught.value.causes] == ["spec.value"]
    managers = {
        entry["manager"] for entry in (door.get(widgets, namespace, "a") or {})["metadata"]["managedFields"]
    }
    assert managers == {"sagemaker-operators"}


def test_calls_share_one_tls_connection(
    plane: ControlPlane, wire: Wire, widgets: ResourceRef, namespace: str
) -> None:
    behind = door_to(plane, wire.url)
    obj = behind.create(widgets, namespace, widget("a"))
    for n in range(20):
        obj = dict(write_status(behind, widgets, obj, {"observedGeneration": n}))
        obj = dict(write_metadata(behind, widgets, obj, annotations={"n": str(n)}))
        behind.get(widgets, namespace, "absent")
        list(behind.list_pages(widgets, namespace))
        with pytest.raises(Conflict):
            behind.create(widgets, namespace, widget("a"))
    assert wire.accepted == 1


def test_a_service_account_may_what_it_may(
    plane: ControlPlane, widgets: ResourceRef, namespace: str, tmp_path: Path
) -> None:
    account = ResourceRef("", "v1", "serviceaccounts")
    admin = Api.found(str(plane.kubeconfig))
    admin.create(account, namespace, {"metadata": {"name": "nobody"}})
    token = tmp_path / "token"
    token.write_text(plane.token_for(namespace, "nobody"))
    behind = Api.at(plane.url, token_file=str(token), ca_file=str(plane.ca_file))
    assert behind.server_version() == admin.server_version()
    with pytest.raises(Forbidden, match="cannot list resource"):
        list(behind.list_pages(widgets, namespace))
    with pytest.raises(ApiError) as caught:
        Api.at(plane.url, token="wrong", ca_file=str(plane.ca_file)).get(widgets, namespace, "a")
    assert caught.value.status == 401


def test_in_a_pod_the_service_account_is_used(plane: ControlPlane, tmp_path: Path) -> None:
    parts = urlsplit(plane.url)
    (tmp_path / "token").write_text(plane.admin_token)
    (tmp_path / "ca.crt").write_bytes(plane.ca_file.read_bytes())
    environ = {"KUBERNETES_SERVICE_HOST": str(parts.hostname), "KUBERNETES_SERVICE_PORT": str(parts.port)}
    inside = Api(connection.in_cluster(environ=environ, account=tmp_path))
    assert inside.get_namespace("default") is not None


def test_pages_and_core_resources(door: Api, widgets: ResourceRef, namespace: str) -> None:
    for n in range(12):
        door.create(widgets, namespace, widget(f"a{n:02}"))
    pages = list(door.list_pages(widgets, namespace, limit=5))
    assert [len(page.items) for page in pages] == [5, 5, 2]
    assert len({page.resource_version for page in pages}) == 1
    door.create(CONFIG_MAPS, namespace, {"metadata": {"name": "c"}, "data": {"k": "v"}})
    found = door.get(CONFIG_MAPS, namespace, "c")
    assert found is not None
    assert found["data"] == {"k": "v"}
    assert (door.get_namespace(namespace) or {})["status"]["phase"] == "Active"
    assert door.get_namespace("absent") is None
    assert door.server_version().startswith("v1.")
    assert door.exists(CONFIG_MAPS)
    assert door.exists(LEASES)
    assert door.served("absent.example", "v1") == frozenset()


def test_a_crd_that_comes_goes_and_comes_again(
    door: Api, namespace: str, ear: Listener, eventually: Eventually
) -> None:
    gadgets = ResourceRef("test.example", "v1", "gadgets")
    reflector = ear.mirror(door, gadgets)
    reflector.start()
    eventually(lambda: reflector.state == "missing", "missing")
    for _ in range(2):
        install(door, "gadgets", "Gadget", eventually)
        door.create(gadgets, namespace, {**widget("g"), "kind": "Gadget"})
        eventually(lambda: ear.changed == {(namespace, "g")}, "found")
        door.delete(CRDS, None, "gadgets.test.example")
        eventually(lambda: ear.gone == [(namespace, "g")], "gone")
        eventually(lambda: reflector.state == "missing", "missing again")
        eventually(lambda: door.get(CRDS, None, "gadgets.test.example") is None, "the CRD is gone")
        ear.forget()
    reflector.stop()


def test_events_as_a_real_server_wants_them(
    door: Api, widgets: ResourceRef, namespace: str, eventually: Eventually
) -> None:
    obj = door.create(widgets, namespace, widget("a"))
    outcomes: Counter[str] = Counter()

    class Meter:
        def event(self, outcome: str) -> None:
            outcomes[outcome] += 1

    events = Events(door, "pod-1", meter=Meter())
    events.start()
    for _ in range(3):
        events.tell(obj, reason="Created", action="Create", note="made " + "é" * 2000)
    events.stop(60)
    assert outcomes == Counter(written=1, counted=2)
    (page,) = door.list_pages(EVENTS, namespace)
    (event,) = page.items
    assert event["series"]["count"] == 3
    assert event["regarding"]["uid"] == obj["metadata"]["uid"]


def test_two_contenders_for_a_real_lease(door: Api, namespace: str, eventually: Eventually) -> None:
    ahead = {"one": 0.0, "two": 1e6, "three": 2e6}
    told: list[str] = []

    def contender(who: str) -> Lease:
        return Lease(
            door,
            namespace,
            who,
            on_gained=lambda: told.append(f"{who} gained"),
            on_lost=lambda: told.append(f"{who} lost"),
            terms=Terms(retry=0.1),
            clock=lambda: time.monotonic() + ahead[who],
        )

    def spec() -> dict[str, Any]:
        found: dict[str, Any] = (door.get(LEASES, namespace, LEASE_NAME) or {})["spec"]
        return found

    one, two, three = contender("one"), contender("two"), contender("three")
    one.start()
    assert one.wait(60)
    two.start()
    for _ in range(3):
        seen = two._seen
        eventually(lambda was=seen: two._seen != was, "the second sees a renewal")
        ahead["two"] += 10  # of 15
    assert one.holds_for(1)
    assert told == ["one gained"]
    one.stop()
    assert two.wait(60), "handed over"
    assert (spec()["holderIdentity"], spec()["leaseTransitions"]) == ("two", 1)
    # The second dies without a word.
    two._stopping.set()
    two._thread.join(30)
    three.start()
    eventually(lambda: three._seen, "the third sees it")
    ahead["three"] += 15
    assert three.wait(60), "taken over when it had run out"
    assert (spec()["holderIdentity"], spec()["leaseTransitions"]) == ("three", 2)
    three.stop()
    assert spec().get("holderIdentity", "") == ""
    assert told == ["one gained", "two gained", "three gained"]
