"""What every test of this room starts from: a fake API server, the real one, and the doors to them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from controller.cluster.api import Api, Timeouts
from controller.cluster.resources import NAMESPACES, ResourceRef
from scripts.control_plane.plane import ControlPlane
from tests.cluster.fake_api_server import FakeApiServer, serving
from tests.cluster.listener import WIDGETS, Listener
from tests.cluster.real import door_to, install
from tests.cluster.waiting import Eventually, wait_until
from tests.cluster.wire import Wire


@pytest.fixture
def eventually() -> Eventually:
    """`wait_until`, for tests that need nothing else from there."""
    return wait_until


@pytest.fixture
def ear() -> Listener:
    return Listener()


@pytest.fixture
def fake() -> Iterator[FakeApiServer]:
    with serving() as server:
        yield server


@pytest.fixture
def api(fake: FakeApiServer) -> Iterator[Api]:
    """The door to the fake server."""
    made = Api.at(fake.url, token="t0", timeouts=Timeouts(connect=2, read=5, silence=1))
    yield made
    made.close()


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
        install(door, "widgets", "Widget")
    return WIDGETS


@pytest.fixture
def wire(plane: ControlPlane) -> Iterator[Wire]:
    made = Wire(plane.url)
    yield made
    made.close()
