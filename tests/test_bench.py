"""The benchmark measures what it says it does; how good the numbers are is for a quiet machine to say."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.benchmarks.rows import Row, Target, table

ROOT = Path(__file__).resolve().parents[1]

# Every row, whatever the number of objects. A row that goes away takes a promise with it.
ROWS = """\
RSS idle
a job: Describes before its Create
a job: calls from apply to Completed
a job: Describes after Completed, in
a lone job: object seen → Create, median
a lone job: Create's answer → status, median
a lone job: writes of the object until its state is shown
a lone job: writes of the object, first look included
a lone job: Events
jobs at once: creates
jobs at once: calls of a job until all are created
jobs at once: apply → Create, median
jobs at once: apply → Create, p95
jobs at once: writes of a job, first look included
jobs at once: CPU
jobs at once: CPU of kube-apiserver
jobs at once: RSS, the most
jobs in progress: calls a minute
jobs in progress: writes
endpoints in service: calls a minute
a start with: start → all known
a start with: calls
a start with: objects written
Completed of 8 kB: start → all known
Completed of 8 kB: calls a minute
Completed of 8 kB: objects written a minute
Completed of 8 kB: CPU at rest
Completed of 8 kB: RSS""".splitlines()

# What no machine can be too slow for.
ALWAYS = {
    "a job: Describes before its Create",
    "a job: Describes after Completed, in",
    "a lone job: writes of the object until its state is shown",
    "a start with: calls",
    "a start with: objects written",
    "Completed of 8 kB: calls a minute",
    "Completed of 8 kB: objects written a minute",
}


def plain(name: str) -> str:
    """A row's name without its numbers."""
    name = re.sub(r"^[\d,]+ ", "", name)
    return re.sub(r" [\d,]+ Completed| \d+ s$", "", name)


@pytest.mark.slow
def test_every_row_is_measured_and_printed(tools: Mapping[str, Path]) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "bench"), "--smoke"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    printed = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")][1:]
    names = [plain(cells[0].strip("| ")) for cells in printed]
    assert names == ROWS
    assert all(re.fullmatch(r"\s*[\d,]+\.\d\s*", cells[1]) for cells in printed)
    assert all(cells[5].strip() for cells in printed), "a target, or why there is none"
    verdicts = {plain(cells[0].strip("| ")): cells[6].strip(" |") for cells in printed}
    assert {name: verdicts[name] for name in ALWAYS} == dict.fromkeys(ALWAYS, "met")
    assert re.search(
        r"\d+ cores .*Python 3\.\d+.*boto3 1\..*kube-apiserver v1\..*etcd 3\.", done.stdout.splitlines()[0]
    )
    recorded = json.loads((ROOT / "build" / "bench.json").read_text())
    assert [plain(row["name"]) for row in recorded["rows"]] == ROWS


def test_the_page_shows_every_row() -> None:
    page = (ROOT / "docs" / "performance.md").read_text()
    shown = [plain(cells.strip("| ")) for cells in re.findall(r"^\| ([^|]+?) *\|", page, flags=re.MULTILINE)]
    assert [name for name in ROWS if not any(name in cell for cell in shown)] == []


def test_a_row_has_a_target_or_says_why_not() -> None:
    with pytest.raises(ValueError, match="has a target, or says why"):
        Row("neither", 1, "s")
    with pytest.raises(ValueError, match="has a target, or says why"):
        Row("both", 1, "s", Target(1), because="of that")


def test_a_target_is_a_bound_on_one_side() -> None:
    assert Target(100, least=True).met(100) and not Target(100, least=True).met(99.9)
    assert Target(0).met(0) and not Target(0).met(1)
    assert [str(t) for t in (Target(0), Target(1.1), Target(100, least=True))] == ["0", "≤ 1.1", "≥ 100"]


def test_the_ratio_says_how_many_times_better() -> None:
    assert Row("rate", 94, "1/s", Target(1, least=True), incumbent=47, faster=True).ratio == "2.0×"
    assert Row("time", 4, "s", Target(1), incumbent=8).ratio == "2.0×"
    assert Row("calls", 0, "calls", Target(0), incumbent=400).ratio == "", (
        "nothing is no number of times less"
    )
    lines = table([Row("rate", 94, "1/s", Target(100, least=True))]).splitlines()
    assert len({len(line) for line in lines}) == 1 and "MISSED" in lines[-1]
