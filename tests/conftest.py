"""What every room's tests share: the tools, and one control plane of each supported end for the whole session."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from scripts.control_plane.plane import ControlPlane, running
from tests.queues import Queues

# NB: how long an example takes says how busy the machine is, and nothing of the code
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")


@pytest.fixture(scope="session")
def tools() -> Mapping[str, Path]:
    """Every tool by name."""
    from scripts.control_plane import toolchain

    return toolchain.ensure(toolchain.NAMES)


@pytest.fixture(scope="session")
def plane(tools: Mapping[str, Path]) -> Iterator[ControlPlane]:
    """The newest API server we support."""
    with running(tools) as started:
        yield started


@pytest.fixture(scope="session")
def old_plane(tools: Mapping[str, Path]) -> Iterator[ControlPlane]:
    """The oldest API server we support."""
    with running(tools, "kube-apiserver-1.31") as started:
        yield started


CRDS = Path(__file__).parents[1] / "kustomize" / "crds"


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


@pytest.fixture(scope="session")
def queues() -> Iterator[Queues]:
    """An SQS: moto's, over HTTP."""
    with Queues.running() as started:
        yield started
