"""The room against a real API server: what the fake one says, the real one says too."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from controller.cluster import connection
from controller.cluster.api import Api
from controller.cluster.errors import (
    AlreadyExists,
    ApiError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    from_status,
)
from controller.cluster.events import Events
from controller.cluster.lease import LEASE_NAME, Lease, Terms
from controller.cluster.resources import CONFIG_MAPS, EVENTS, LEASES, ResourceRef
from controller.cluster.writes import write_metadata, write_status
from scripts.control_plane.plane import ControlPlane
from tests.cluster.listener import FINALIZER
from tests.cluster.real import door_to, widget
from tests.cluster.waiting import Eventually
from tests.cluster.wire import Wire


def test_a_version_too_old_is_gone(door: Api, widgets: ResourceRef) -> None:
    with pytest.raises(Gone):
        for event in door.watch(widgets, None, "1"):
            assert event["type"] == "ERROR"
            raise from_status(event["object"])


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
