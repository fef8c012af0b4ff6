"""A row of the benchmark: what was measured, what it is to be, and what the incumbent takes for the same."""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any


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
    """One line. Every row has a ``target``, or says in ``because`` why it has none on purpose.

    ``incumbent`` is the better of ACK v1.9.1's two settings (one worker a kind, or 20), measured on two cores against the same
    50 ms; ``faster`` says that more is better, for the ratio.
    """

    name: str
    value: float
    unit: str
    target: Target | None = None
    because: str = ""
    incumbent: float | None = None
    faster: bool = False

    def __post_init__(self) -> None:
        if (self.target is None) is not bool(self.because):
            raise ValueError(f"{self.name}: a row has a target, or says why it has none")

    @property
    def verdict(self) -> str:
        """met, MISSED, or nothing where there is no target."""
        return "" if self.target is None else "met" if self.target.met(self.value) else "MISSED"

    @property
    def ratio(self) -> str:
        """How many times better than the incumbent; nothing where one of the two did nothing at all."""
        if self.incumbent is None or not (self.value and self.incumbent):
            return ""
        times = self.value / self.incumbent if self.faster else self.incumbent / self.value
        return f"{times:.1f}×"

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        incumbent = "" if self.incumbent is None else f"{self.incumbent:,g}"
        target = f"none: {self.because}" if self.target is None else str(self.target)
        return self.name, f"{self.value:,.1f}", self.unit, incumbent, self.ratio, target, self.verdict


COLUMNS = ("", "ours", "unit", "ACK", "ratio", "target", "")


def table(rows: Sequence[Row]) -> str:
    """The rows as a table that is readable as it stands and in Markdown."""
    cells = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(COLUMNS))]
    right = {1, 3, 4}  # numbers

    def line(texts: Sequence[str]) -> str:
        padded = (
            t.rjust(w) if n in right else t.ljust(w)
            for n, (t, w) in enumerate(zip(texts, widths, strict=True))
        )
        return f"| {' | '.join(padded)} |"

    rule = "|".join("-" * (w + 1) + (":" if n in right else "-") for n, w in enumerate(widths))
    return "\n".join([line(COLUMNS), f"|{rule}|", *map(line, cells[1:])])


def circumstances(tools: Sequence[str]) -> str:
    """When, where and of what the numbers are, in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ", ".join(f"{name} {version(name)}" for name in ("boto3", "kubernetes", "urllib3"))
    load = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    day = datetime.now(UTC).date().isoformat()
    return f"{day}, {cores} cores of {_processor()}{load}; Python {platform.python_version()}, {packages}, {', '.join(tools)}"


def record(rows: Sequence[Row], where: str) -> dict[str, Any]:
    """Everything, for whoever compares runs."""
    return {
        "where": where,
        "command": sys.argv[1:],
        "rows": [{**asdict(row), "verdict": row.verdict, "ratio": row.ratio} for row in rows],
    }


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
