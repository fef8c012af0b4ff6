"""Measures, prints the table, and writes build/bench.json; --take makes the page and its pictures of that."""

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from scripts.benchmarks import rows
from scripts.benchmarks.bed import ROOT, TOOLS
from scripts.benchmarks.found import Failure, Figure, Found, failed
from scripts.benchmarks.measurements import MEASUREMENTS, Measurement
from scripts.benchmarks.results import Results, circumstances, in_words, shown
from scripts.benchmarks.rows import Row
from scripts.benchmarks.sizes import QUICK, SMOKE, WHOLE, Sizes
from scripts.control_plane import toolchain

OUT = ROOT / "build" / "bench.json"
SIZES = {"whole": WHOLE, "quick": QUICK, "smoke": SMOKE}


def main(arguments: Sequence[str]) -> int:
    """0 whatever the numbers are: a missed target is said in the table, and a busy machine is no broken code.

    1: something was not measured. 2: there is no such thing to measure.
    """
    said = _parser().parse_args(list(arguments))
    if said.list:
        print("\n".join(_listed()))
        return 0
    if said.render or said.take:
        return _render(said.take)
    chosen = _chosen(said.only)
    if isinstance(chosen, str):
        print(f"bench: {chosen}", file=sys.stderr)
        return 2
    name = "smoke" if said.smoke else "quick" if said.quick else "whole"
    return measure(chosen, name, said.out)


def measure(chosen: Sequence[Measurement], name: str, out: Path) -> int:
    """Measure one after another; what is found is written at once, and what fails is said and left out."""
    sizes = SIZES[name]
    where = circumstances(sizes, name, _versions())
    record = Record(sizes, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), out)
    record.results.runs[record.run] = where
    print(f"{in_words(where)}\n", flush=True)
    # Numbers of a handful of objects say nothing, so that those may be measured all at once.
    with ThreadPoolExecutor(len(chosen) if name == "smoke" else 1) as pool:
        list(pool.map(record.take, chosen))
    names = {one.name for one in chosen}
    of_these = [row for row in rows.rows().values() if row.measured_by in names]
    print(shown(of_these, record.results, sizes), flush=True)
    return _verdict(of_these, record.results, sizes)


class Record:
    """The results of one run, in a file from the first figure on."""

    def __init__(self, sizes: Sizes, run: str, out: Path) -> None:
        self.run = run
        self.results = Results()
        self._sizes, self._out = sizes, out
        self._lock = threading.Lock()

    def take(self, one: Measurement) -> None:
        """Everything that a measurement finds until it ends or fails."""
        _say(f"{one.name}: {one.says}, about {one.minutes:g} min")
        begun = time.monotonic()
        try:
            for found in one.run(self._sizes):
                self._add(one.name, found)
        except Exception as wrong:
            self._add(one.name, failed("as a whole", wrong))
        _say(f"{one.name}: took {time.monotonic() - begun:.0f} s")

    def _add(self, measurement: str, found: Found) -> None:
        with self._lock:
            self.results.add(self.run, measurement, found)
            self.results.write(self._out)
        match found:
            case Figure(row, value):
                _say(f"  {rows.rows()[row].shown(self._sizes)}: {value:,.1f}")
            case Failure(step, says):
                _say(f"  FAILED: {measurement}, {step}: {says}")


def _verdict(of_these: Sequence[Row], results: Results, sizes: Sizes) -> int:
    values = {row: results.value(row.key) for row in of_these}
    missed = sum(v is not None and row.verdict(v, sizes) == "MISSED" for row, v in values.items())
    print(f"\n{missed} of {sum(row.target(sizes) is not None for row in of_these)} targets are missed")
    for failure in results.failures:
        print(f"bench: {failure['measurement']}, {failure['step']}: {failure['says']}", file=sys.stderr)
    empty = [row.key for row, value in values.items() if value is None]
    if empty:
        print(f"bench: not measured: {', '.join(empty)}", file=sys.stderr)
    return 1 if empty or results.failures else 0


def _render(taken: Path | None) -> int:
    """The page and its pictures, of what is known and what was measured."""
    from scripts.benchmarks import page  # it draws, and takes a second to be imported

    results = Results.read(page.FIGURES)
    if taken:
        new = Results.read(taken)
        if {run["sizes"] for run in new.runs.values()} != {"whole"}:
            print(f"bench: {taken} is of fewer objects: the page is for whole runs", file=sys.stderr)
            return 2
        results = new.over(results)
        results.write(page.FIGURES)
    changed = page.write(results)
    print(f"bench: written: {', '.join(changed)}" if changed else "bench: all is as it was")
    for name in page.unexplained(results):
        print(f"bench: missed, and rows.yaml has no when_missed for it: {name}", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="a tenth of the objects, in half the time")
    parser.add_argument("--smoke", action="store_true", help="a handful, all at once, to see that it works")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME",
        help="a measurement, or a row (which comes with all that is measured with it); repeatable",
    )  # fmt: skip
    parser.add_argument("--list", action="store_true", help="name the measurements and their rows")
    parser.add_argument(
        "--render", action="store_true", help="write docs/performance.md and its pictures anew"
    )
    parser.add_argument(
        "--take", type=Path, metavar="FILE",
        help="put what was measured into docs/performance.json, in the place of what it has of these rows, and --render",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures are written")
    return parser


def _chosen(names: Sequence[str]) -> list[Measurement] | str:
    """The measurements that were named, all that need not be if none was; or what is wrong."""
    if not names:
        return [one for one in MEASUREMENTS.values() if not one.on_request]
    known = {row.key: row.measured_by for row in rows.rows().values()} | {name: name for name in MEASUREMENTS}
    for name in names:
        if name not in known:
            return f"there is no {name!r} to measure: scripts/bench --list names what there is"
    wanted = {known[name] for name in names}
    return [one for one in MEASUREMENTS.values() if one.name in wanted]


def _listed() -> Iterable[str]:
    for one in MEASUREMENTS.values():
        yield f"{one.name}: {one.says}{' (only when named)' if one.on_request else ''}"
        yield from (f"  {row.key}: {row.shown(WHOLE)}" for row in rows.measured_by(one.name))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _versions() -> dict[str, str]:
    """The versions of what runs beside us."""
    tools = toolchain.ensure(TOOLS)

    def said(tool: str) -> list[str]:
        command = [str(tools[tool]), "--version"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    return {"kube-apiserver": said("kube-apiserver")[-1].removeprefix("v"), "etcd": said("etcd")[2]}
