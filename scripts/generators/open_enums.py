"""Enumerations that AWS lengthens faster than anybody upgrades CRDs. They become a pattern that the next value fits too."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenEnum:
    """Shapes whose names match ``shapes`` accept ``pattern`` (RE2), and the listed values that it does not cover."""

    shapes: str
    pattern: str
    because: str


# [api]: botocore's SageMaker model, 2017-07-24.
OPEN: tuple[OpenEnum, ...] = (
    OpenEnum(
        r".*InstanceType",
        r"ml\.[a-z0-9][a-z0-9-]*\.[a-z0-9-]+",
        "[api] up to 277 values, new ones nearly every week; a typo within the form is refused by SageMaker at once",
    ),
    OpenEnum(
        r"MIGProfileType",
        r"mig-[0-9]+g\.[0-9]+gb",
        "[api] 28 values, more with every generation of GPUs",
    ),
    OpenEnum(
        r".*AmiVersion",
        r"[a-z0-9][a-z0-9.-]*",
        "[api] a new value with every release of the machine image",
    ),
    OpenEnum(
        r"TargetDevice",
        r"[a-z0-9_]+",
        "[api] 37 values, more with every chip that the compiler learns",
    ),
)


def open_pattern(shape: str, values: tuple[str, ...]) -> str | None:
    """The pattern that stands for an enumeration, or None where the enumeration itself does."""
    for entry in OPEN:
        if re.fullmatch(entry.shapes, shape):
            others = [re.escape(value) for value in values if not re.fullmatch(entry.pattern, value)]
            return f"^({'|'.join([entry.pattern, *others])})$"
    return None
