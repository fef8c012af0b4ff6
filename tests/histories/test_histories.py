"""A thousand random histories; test_more_histories.py has as many again, for another process.

Each is told from its seed alone; a failing one names the command that tells it again.
"""

import pytest

from tests.histories.contract import table
from tests.histories.history import tell

CHUNK = 50  # seeds a test: about a second


@pytest.mark.parametrize("first", range(0, 1000, CHUNK))
def test_whatever_happens_the_contract_holds(first: int) -> None:
    for seed in range(first, first + CHUNK):
        tell(seed)


def test_every_row_of_the_contract_is_met() -> None:
    met: set[str] = set()
    for seed in range(150):
        met |= tell(seed)
    assert met >= table()["rows"].keys() - {"not yet looked at"}
