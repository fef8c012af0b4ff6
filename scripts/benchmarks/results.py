"""The figures of one run or more, as JSON: what docs/performance.md and its pictures are made of."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from scripts.benchmarks.found import Failure, Figure, Found, Series
from scripts.benchmarks.rows import Row
from scripts.benchmarks.sizes import Sizes

PACKAGES = ("boto3", "kubernetes", "urllib3")


@dataclass(slots=True)
class Results:
    """``runs`` by the moment of their beginning; each figure and series says of which run it is."""

    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    series: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[dict[str, str]] = field(default_factory=list)

    @staticmethod
    def read(file: Path) -> Results:
        """From a file; the words of it are those of this class."""
        return Results(**json.loads(file.read_text()))

    def write(self, file: Path) -> None:
        """To a file, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")
        new.replace(file)

    def add(self, run: str, measurement: str, found: Found) -> None:
        """What a measurement of a run has found."""
        match found:
            case Figure(row, value):
                self.figures[row] = {"value": round(float(value), 4), "run": run}
            case Series(name, values):
                self.series[name] = {"values": list(values), "run": run}
            case Failure(step, says):
                self.failures.append({"measurement": measurement, "step": step, "says": says})

    def value(self, row: str) -> float | None:
        """The figure of a row, if there is one."""
        found = self.figures.get(row)
        return None if found is None else float(found["value"])

    def over(self, before: Results) -> Results:
        """These in the place of what was known before; what was not measured again stays, with the run that it is of."""
        figures, series = before.figures | self.figures, before.series | self.series
        used = {one["run"] for one in (*figures.values(), *series.values())}
        runs = {at: run for at, run in sorted((before.runs | self.runs).items()) if at in used}
        return Results(runs, figures, series, self.failures)


def circumstances(sizes: Sizes, name: str, tools: Mapping[str, str]) -> dict[str, Any]:
    """Where and of what the numbers are."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "day": datetime.now(UTC).date().isoformat(),
        "cores": cores,
        "processor": _processor(),
        "load_before": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "versions": {
            "Python": platform.python_version(),
            **{each: version(each) for each in PACKAGES},
            **tools,
        },
        "sizes": name,
        "objects": {"few": sizes.few, "jobs": sizes.jobs, "many": sizes.many},
    }


def in_words(run: Mapping[str, Any]) -> str:
    """The circumstances of a run, in one line."""
    load = "" if run["load_before"] is None else f", load {run['load_before']} before"
    versions = ", ".join(f"{name} {number}" for name, number in run["versions"].items())
    return f"{run['day']}, {run['cores']} cores of {run['processor']}{load}; {versions}"


def table(cells: Sequence[Sequence[str]], right: frozenset[int]) -> str:
    """A table that is readable as it stands and in Markdown; the first line is its head, ``right`` are columns of numbers."""
    widths = [max(len(line[n]) for line in cells) for n in range(len(cells[0]))]

    def line(texts: Sequence[str]) -> str:
        padded = (
            t.rjust(w) if n in right else t.ljust(w)
            for n, (t, w) in enumerate(zip(texts, widths, strict=True))
        )
        return f"| {' | '.join(padded)} |"

    rule = "|".join("-" * (w + 1) + (":" if n in right else "-") for n, w in enumerate(widths))
    return "\n".join([line(cells[0]), f"|{rule}|", *map(line, cells[1:])])


COLUMNS = ("", "ours", "unit", "ACK", "ratio", "target", "")
NUMBERS = frozenset({1, 3, 4})


def shown(of_these: Iterable[Row], results: Results, sizes: Sizes) -> str:
    """The rows as a table."""
    return table([COLUMNS, *(cells(row, results.value(row.key), sizes) for row in of_these)], NUMBERS)


def cells(row: Row, value: float | None, sizes: Sizes) -> tuple[str, ...]:
    """A row as text; one that was not measured has no number."""
    theirs, target = row.theirs(sizes), row.target(sizes)
    wanted = f"none: {row.because}" if target is None else str(target)
    incumbent = "" if theirs is None else f"{theirs:,g}"
    if value is None:
        return row.shown(sizes), "", row.unit, incumbent, "", wanted, "not measured"
    times = row.times_better(value, sizes)
    ratio = "" if times is None else f"{times:.1f}×"
    verdict = row.verdict(value, sizes)
    return row.shown(sizes), f"{value:,.1f}", row.unit, incumbent, ratio, wanted, verdict


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
