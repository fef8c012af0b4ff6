"""The whole of it: draw, judge, compare what nobody noticed with the list of what need not be, and say so."""

import argparse
import sys
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from scripts.mutation.judge import Judge, NoJudge
from scripts.mutation.mutants import Mutant, drawn

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("controller/decide", "controller/kinds")
JUDGES = ("tests/decide", "tests/kinds", "tests/crash/test_lives.py")
LISTED = Path(__file__).with_name("survivors.yaml")


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change that no test notices, and why it need not be noticed."""

    module: str
    was: str
    becomes: str
    because: str


def listed() -> list[Survivor]:
    """What is known to survive."""
    return [Survivor(**said) for said in yaml.safe_load(LISTED.read_text()) or ()]


def modules(only: str = "") -> list[str]:
    """The code that is changed, in a fixed order."""
    found = [str(path.relative_to(ROOT)) for room in ROOMS for path in sorted((ROOT / room).glob("*.py"))]
    return [module for module in found if only in module]


def main(arguments: Sequence[str]) -> int:
    """0 where enough is noticed."""
    said = _arguments(arguments)
    known = {(one.module, one.was, one.becomes) for one in listed()}
    chosen = modules(said.only)
    mutants = drawn(ROOT, chosen, said.count, said.seed)
    if not mutants:
        print(
            f"mutate: nothing to change in {said.only!r}: name a part of a path in {' or '.join(ROOMS)}",
            file=sys.stderr,
        )
        return 2
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        judge = Judge(ROOT, Path(folder), said.judges)
        try:
            seconds = judge.rehearse(sorted({mutant.module for mutant in mutants}))
        except NoJudge as why:
            print(f"mutate: {why}", file=sys.stderr)
            return 2
        print(
            f"seed {said.seed}: {len(mutants)} changes; the tests that judge take {seconds:.0f} s together",
            flush=True,
        )
        alive = [mutant for mutant in mutants if not _noticed(judge, mutant, known)]
    return _report(mutants, [mutant for mutant in alive if _key(mutant) not in known], alive, said.least)


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="mutate", description="Changes the code, one thing at a time, and counts what the tests notice."
    )
    parser.add_argument("--seed", type=int, default=1, help="which changes are drawn (%(default)s)")
    parser.add_argument("--count", type=int, default=300, help="how many (%(default)s)")
    parser.add_argument(
        "--least", type=float, default=85.0, help="percentage that has to be noticed (%(default)s)"
    )
    parser.add_argument("--only", default="", help="only modules whose path contains this")
    parser.add_argument("--judges", nargs="+", default=JUDGES, help="tests that judge")
    return parser.parse_args(arguments)


def _noticed(judge: Judge, mutant: Mutant, known: Collection[tuple[str, str, str]]) -> bool:
    noticed = judge.notices(mutant)
    if not noticed and _key(mutant) not in known:
        print(f"\nnot noticed: {mutant}", flush=True)
    return noticed


def _key(mutant: Mutant) -> tuple[str, str, str]:
    return mutant.module, mutant.was, mutant.becomes


def _report(
    mutants: Sequence[Mutant], unlisted: Sequence[Mutant], alive: Sequence[Mutant], least: float
) -> int:
    share = 100.0 * (len(mutants) - len(alive)) / len(mutants)
    print(
        f"\n{len(mutants) - len(alive)} of {len(mutants)} noticed: {share:.1f} %, and {least:g} % is the least. "
        f"{len(alive)} not noticed, of which {len(unlisted)} are not in {LISTED.relative_to(ROOT)}"
    )
    return 0 if share >= least else 1
