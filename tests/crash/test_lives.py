"""A whole life of every kind in which nothing goes wrong: what the others in this room disturb."""

import pytest

from tests.crash.lives import lead, stage
from tests.crash.rig import KINDS


@pytest.mark.parametrize("name", list(KINDS))
def test_a_life(name: str) -> None:
    on = stage(name)
    lead(on, on.name())
