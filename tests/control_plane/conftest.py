"""What the tests of the toolchain share, and those of the CRDs."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from scripts.control_plane.plane import ControlPlane
from tests.conftest import CRDS
from tests.control_plane.crds import DEFINITIONS, Schema
from tests.control_plane.room import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A room; commands a failing test left running end with it."""
    made = Room(tmp_path)
    made.bin.mkdir()
    yield made
    for command in made.started:
        command.terminate()  # not killed: it ends the builder it started
        command.communicate(timeout=60)


@pytest.fixture(scope="session", params=["plane", "old_plane"])
def served(request: pytest.FixtureRequest) -> ControlPlane:
    """Each API server with every CRD of ours."""
    plane: ControlPlane = request.getfixturevalue(request.param)
    plane.kubectl("apply", "--server-side", "--force-conflicts", "-k", str(CRDS))
    plane.wait_for_crds()
    return plane


@pytest.fixture(scope="session")
def schemas(served: ControlPlane) -> Mapping[str, Schema]:
    """The schema of each kind's spec, as the API server gives it back."""
    status, answer = served.request("GET", DEFINITIONS)
    assert status == 200
    return {
        crd["spec"]["names"]["kind"]: crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"][
            "spec"
        ]
        for crd in answer["items"]
    }
