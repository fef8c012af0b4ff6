"""Measures, prints the table, and writes build/bench.json; --take makes the page and its pictures of that."""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from scripts.benchmarks import rows
from scripts.benchmarks.bed import ROOT, TOOLS
from scripts.benchmarks.found import Failure, Figure
from scripts.benchmarks.measurements import MEASUREMENTS, Measurement
from scripts.benchmarks.results import Results, circumstances, in_words, table
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
    chosen = _chosen(said.only)
    if isinstance(chosen, str):
        print(f"bench: {chosen}", file=sys.stderr)
        return 2
    name = "smoke" if said.smoke else "quick" if said.quick else "whole"
    return measure(chosen, name, said.out)


def measure(chosen: Sequence[Measurement], name: str, out: Path) -> int:
    """Measure one after another; what is found is written at once, and what fails is said and left out."""
    sizes, run = SIZES[name], datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    where = circumstances(sizes, name, _versions())
    results = Results(runs={run: where})
    print(f"{in_words(where)}\n", flush=True)
    for number, one in enumerate(chosen, 1):
        _say(f"[{number}/{len(chosen)}] {one.name}: {one.says}, about {one.minutes:g} min")
        begun = time.monotonic()
        try:
            for found in one.run(sizes):
                results.add(run, one.name, found)
                results.write(out)
                if isinstance(found, Figure):
                    _say(f"  {rows.rows()[found.row].shown(sizes)}: {found.value:,.1f}")
                elif isinstance(found, Failure):
                    _say(f"  FAILED: {found.step}: {found.says}")
        except Exception as wrong:
            failure = Failure("as a whole", f"{type(wrong).__name__}: {wrong}")
            results.add(run, one.name, failure)
            results.write(out)
            _say(f"  FAILED: {failure.says}")
        _say(f"  {time.monotonic() - begun:.0f} s")
    of_these = [row for row in rows.rows().values() if row.measured_by in {one.name for one in chosen}]
    print(shown(of_these, results, sizes))
    return _verdict(of_these, results, sizes)


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="a tenth of the objects, in half the time")
    parser.add_argument("--smoke", action="store_true", help="a handful, to see that it works")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME",
        help="a measurement, or a row (which comes with all that is measured with it); repeatable",
    )  # fmt: skip
    parser.add_argument("--list", action="store_true", help="name the measurements and their rows")
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
