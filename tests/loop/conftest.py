"""A plane with our CRDs, and worlds upon it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.control_plane.plane import ControlPlane
from tests.loop.world import World

CRDS = Path(__file__).parents[2] / "kustomize" / "crds"


@pytest.fixture(scope="session", autouse=True)
def credentials() -> None:
    """What the simulator takes for an AWS account; nothing here may ever find real ones."""
    os.environ.update(
        AWS_ACCESS_KEY_ID="simulated",
        AWS_SECRET_ACCESS_KEY="simulated",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE="/nonexistent",
        AWS_SHARED_CREDENTIALS_FILE="/nonexistent",
    )


@pytest.fixture(scope="session")
def crds(plane: ControlPlane) -> ControlPlane:
    """The newest API server with every CRD of ours."""
    plane.kubectl("apply", "--server-side", "--force-conflicts", "-k", str(CRDS))
    plane.wait_for_crds()
    return plane


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
