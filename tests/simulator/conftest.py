"""One simulator per module, on a clock that stands still, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.server import Simulator, start
from simulator.settings import Settings
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with start(manual_clock=True) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Iterator[Simulator]:
    running.control.reset()
    plain = Settings().shown()
    plain.pop("generation")
    running.control.settings(**plain)
    yield running


@pytest.fixture
def raw(simulator: Simulator) -> Iterator[Raw]:
    client = Raw(simulator.url)
    yield client
    client.close()


@pytest.fixture
def maker(raw: Raw) -> Maker:
    return Maker(raw)
