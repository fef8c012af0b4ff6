"""What the toolchain's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
