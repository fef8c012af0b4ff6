"""What the toolchain's tests share."""

from pathlib import Path

import pytest

from tests.control_plane.room import Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    made = Room(tmp_path)
    made.bin.mkdir()
    return made
