"""What all histories share."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    """Hundreds of thousands of passes say nothing."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)
