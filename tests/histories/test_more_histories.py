"""A thousand more random histories, as in test_histories.py.

Each is told from its seed alone; a failing one names the command that tells it again.
"""

import pytest

from tests.histories.history import tell

CHUNK = 50  # seeds a test: about a second


@pytest.mark.parametrize("first", range(1000, 2000, CHUNK))
def test_whatever_happens_the_contract_holds(first: int) -> None:
    for seed in range(first, first + CHUNK):
        tell(seed)
