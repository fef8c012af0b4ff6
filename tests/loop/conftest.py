"""Worlds upon a plane with our CRDs."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scripts.control_plane.plane import ControlPlane
from tests.loop.lives import Lives, live
from tests.loop.world import World


@pytest.fixture
def world(crds: ControlPlane) -> Iterator[Callable[..., World]]:
    """Makes worlds that end with the test."""
    made: list[World] = []

    def make(**settings: Any) -> World:
        made.append(World(crds, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def lives(crds: ControlPlane) -> Lives:
    """All kinds' lives, led once: what is asked of them is asked in several files."""
    return live(crds)
