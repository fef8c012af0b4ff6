"""What every room's tests share: the tools, and one control plane of each supported end for the whole session."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from scripts.control_plane.plane import ControlPlane, running


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
