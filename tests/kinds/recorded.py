"""What the table and botocore's model together say of every kind, as plain data: ``python -m tests.kinds.recorded`` writes it down."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from controller.kinds.shape import Shape

FILE = Path(__file__).with_name("kinds.yaml")
DERIVED = (
    "changeable",
    "finalizer",
    "found_by_name_or_token",
    "found_by_name",
    "found_by_token",
    "status_members",
    "name_key",
)


def plain(value: Any) -> Any:
    """Without what says nothing; a shape by its name and what of it is required."""
    if isinstance(value, Shape):
        needed = f", {' and '.join(sorted(value.required))} required" if value.required else ""
        return f"{value.name} of {len(value.members)} members{needed}"
    if is_dataclass(value):
        return plain({field.name: getattr(value, field.name) for field in fields(value)})
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {
            str(key): plain(inner) for key, inner in value.items() if inner not in (None, (), {}, frozenset())
        }
    if isinstance(value, frozenset):
        return sorted(value)
    return [plain(inner) for inner in value] if isinstance(value, tuple | list) else value


def record(kind: Kind) -> dict[str, Any]:
    """All that is known of a kind."""
    known = {field.name: getattr(kind, field.name) for field in fields(kind) if field.name != "validate"}
    made: dict[str, Any] = plain(known | {name: getattr(kind, name) for name in DERIVED})
    return made


if __name__ == "__main__":
    everything = {name: record(kind) for name, kind in kinds().items()}
    FILE.write_text(
        "# What the table and botocore's model together say of every kind; python -m tests.kinds.recorded writes it down anew.\n"
        + yaml.dump(everything, sort_keys=True, width=130)
    )
