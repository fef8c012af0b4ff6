"""What the deciding rooms hand to each other cannot be changed on the way."""

import dataclasses
import importlib
import pkgutil

import pytest

import controller.decide
import controller.kinds

MODULES = [
    importlib.import_module(f"{room.__name__}.{found.name}")
    for room in (controller.decide, controller.kinds)
    for found in pkgutil.iter_modules(room.__path__)
]
RECORDS = {
    value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == module.__name__
}


@pytest.mark.parametrize("record", sorted(RECORDS, key=str), ids=lambda record: record.__name__)
def test_a_record_stays_as_it_was_made(record: type) -> None:
    # a Shape may contain itself, so it is filled in after it is made
    if record.__name__ != "Shape":
        assert record.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(record)
