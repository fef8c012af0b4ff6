"""What is inferred of a kind changes only when somebody sees it: by the table, by a new botocore, by an edit of the code."""

import pytest
import yaml

from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from tests.kinds.recorded import FILE, record

RECORDED = yaml.load(FILE.read_text(), yaml.CSafeLoader)


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.name)
def test_a_kind_is_as_it_was_recorded(kind: Kind) -> None:
    """After a change that is meant: ``python -m tests.kinds.recorded``, and look at the difference."""
    assert record(kind) == RECORDED[kind.name]
