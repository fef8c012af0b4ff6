"""What every test of this room starts from: a fake API server and the door to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from controller.cluster.api import Api, Timeouts
from tests.cluster.fake_api_server import FakeApiServer, serving


@pytest.fixture
def fake() -> Iterator[FakeApiServer]:
    with serving() as server:
        yield server


@pytest.fixture
def api(fake: FakeApiServer) -> Iterator[Api]:
    door = Api.at(fake.url, token="t0", timeouts=Timeouts(connect=2, read=5, silence=1))
    yield door
    door.close()


Eventually = Callable[..., None]


def wait_until(condition: Callable[[], object], what: str = "", limit: float = 60.0) -> None:
    """Wait until a condition holds; the limit is generous because machines are slow, not because we are."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, f"did not come true in {limit} s: {what}"
        time.sleep(0.01)


@pytest.fixture
def eventually() -> Eventually:
    """`wait_until`, for tests that need nothing else from here."""
    return wait_until
