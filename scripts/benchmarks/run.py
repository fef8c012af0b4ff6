"""All measurements, the table, and build/bench.json."""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence

from scripts.benchmarks.bed import ROOT, TOOLS
from scripts.benchmarks.resting import resting
from scripts.benchmarks.rows import Row, circumstances, record, table
from scripts.benchmarks.sizes import QUICK, SMOKE, WHOLE, Sizes
from scripts.benchmarks.working import working
from scripts.control_plane import toolchain


def main(arguments: Sequence[str]) -> int:
    """Measure, print, record. Always 0: a missed target is said in the table, and a busy machine is no broken code."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the objects, in 6 minutes instead of 14"
    )
    parser.add_argument("--smoke", action="store_true", help="a handful, to see that it works")
    said = parser.parse_args(list(arguments))
    sizes: Sizes = SMOKE if said.smoke else QUICK if said.quick else WHOLE
    where = circumstances(_versions())
    print(f"{where}\n", flush=True)
    rows: list[Row] = []
    for measure in (working, resting):
        measured = measure(sizes)
        rows += measured
        if measure is working:  # ten minutes more are to come
            print(f"{table(rows)}\n\nand of jobs that are over:", file=sys.stderr, flush=True)
    print(table(rows))
    missed = [row.name for row in rows if row.verdict == "MISSED"]
    print(f"\n{len(missed)} of {sum(row.target is not None for row in rows)} targets are missed")
    out = ROOT / "build" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(record(rows, where), indent=2))
    return 0


def _versions() -> list[str]:
    """The versions of what runs beside us."""
    tools = toolchain.ensure(TOOLS)
    shown = subprocess.run(
        [str(tools["kube-apiserver"]), "--version"], capture_output=True, text=True, check=True
    ).stdout
    etcd = subprocess.run(
        [str(tools["etcd"]), "--version"], capture_output=True, text=True, check=True
    ).stdout
    return [f"kube-apiserver {shown.split()[-1]}", f"etcd {etcd.split()[2]}"]
