"""The rows of the benchmark, as data: what is measured, what it is to be, and what the incumbent takes for the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from scripts.benchmarks.sizes import WHOLE, Sizes

ABOUT = {
    "calls": "Calls to SageMaker",
    "waiting": "Waiting",
    "writes": "Writes at the API server",
    "resources": "CPU and memory",
}
FILE = Path(__file__).with_name("rows.yaml")


@dataclass(frozen=True, slots=True)
class Target:
    """What a number is to be: at most or at least so much."""

    limit: float
    least: bool = False

    def met(self, value: float) -> bool:
        """Whether a value is as it is to be."""
        return value >= self.limit if self.least else value <= self.limit

    def __str__(self) -> str:
        """As it stands in the table."""
        sign = "≥" if self.least else "≤"
        return f"{sign} {self.limit:,g}" if self.limit else "0"


@dataclass(frozen=True, slots=True)
class Row:
    """One line, as rows.yaml has it. It has ``at_most`` or ``at_least``, or says in ``because`` why it has no target on purpose.

    ``incumbent`` is the better of ACK v1.9.1's two settings (one worker a kind, or 20), measured on two cores against the same
    50 ms. ``scales_with`` names the size that limit and incumbent grow with. ``more`` says that more is better.
    """

    key: str
    name: str
    unit: str
    about: str
    measured_by: str
    method: str
    at_most: float | None = None
    at_least: float | None = None
    because: str = ""
    incumbent: float | None = None
    scales_with: str = ""
    more: bool = False
    always: bool = False  # no machine is too slow for this target
    when_missed: str = ""

    def __post_init__(self) -> None:
        said = [self.at_most is not None, self.at_least is not None, bool(self.because)]
        if sum(said) != 1:
            raise ValueError(f"{self.key}: a row has one target, or says why it has none")
        if self.about not in ABOUT:
            raise ValueError(f"{self.key}: a row is about {', '.join(ABOUT)}, not {self.about!r}")

    def shown(self, sizes: Sizes) -> str:
        """Its name with the numbers that were measured."""
        return self.name.format(**asdict(sizes))

    def how(self, sizes: Sizes) -> str:
        """Its method with the numbers that were measured."""
        return self.method.format(**asdict(sizes))

    def target(self, sizes: Sizes) -> Target | None:
        """What it is to be at these sizes."""
        limit = self.at_most if self.at_most is not None else self.at_least
        return None if limit is None else Target(self._scaled(limit, sizes), least=self.at_least is not None)

    def theirs(self, sizes: Sizes) -> float | None:
        """What the incumbent takes for as much."""
        return None if self.incumbent is None else self._scaled(self.incumbent, sizes)

    def verdict(self, value: float, sizes: Sizes) -> str:
        """met, MISSED, or nothing where there is no target."""
        target = self.target(sizes)
        return "" if target is None else "met" if target.met(value) else "MISSED"

    def times_better(self, value: float, sizes: Sizes) -> float | None:
        """How many times better than the incumbent; None where one of the two did nothing at all."""
        theirs = self.theirs(sizes)
        if theirs is None or not (value and theirs):
            return None
        return value / theirs if self.more or self.at_least is not None else theirs / value

    def _scaled(self, number: float, sizes: Sizes) -> float:
        of = self.scales_with
        # NB: multiplied first, so that whole numbers stay whole: 94 of 94 is no 94.00000000000001
        return number * float(getattr(sizes, of)) / float(getattr(WHOLE, of)) if of else number


@cache
def rows() -> Mapping[str, Row]:
    """Every row by its key, in the order of the table."""
    return {key: row_from(key, said) for key, said in yaml.safe_load(FILE.read_text()).items()}


def row_from(key: str, said: Mapping[str, Any]) -> Row:
    """A row from its words; a mistake is one sentence."""
    unknown = set(said) - {name for name in Row.__slots__ if name != "key"}
    if unknown:
        raise ValueError(f"{key}: a row has no {', '.join(sorted(unknown))}")
    return Row(key, **said)


def measured_by(measurement: str) -> list[Row]:
    """The rows of a measurement."""
    return [row for row in rows().values() if row.measured_by == measurement]
