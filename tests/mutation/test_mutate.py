"""``make mutate`` works, and its list of what nobody notices speaks of code that is there."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.mutation.mutants import drawn, places
from scripts.mutation.run import LISTED, ROOT, Survivor, listed, modules

SCRIPT = [sys.executable, str(ROOT / "scripts" / "mutate")]
PAUSES = "controller/decide/pauses.py"


def mutate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SCRIPT, *arguments], capture_output=True, text=True, check=False)


def test_good_tests_notice_and_the_tree_stays_as_it_is() -> None:
    before = (ROOT / PAUSES).read_text()
    done = mutate("--only", "decide/pauses", "--count", "3", "--judges", "tests/decide/test_pauses.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 of 3 noticed: 100.0 %" in done.stdout
    assert (ROOT / PAUSES).read_text() == before


def test_tests_that_notice_nothing_fail_and_are_told_of_what_they_missed() -> None:
    done = mutate("--only", "decide/pauses", "--count", "2", "--judges", "tests/decide/test_declared.py")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "0 of 2 noticed" in done.stdout
    assert done.stdout.count(f"not noticed: {PAUSES}:") == 2


def test_a_module_that_is_not_there_is_said_to_be_none() -> None:
    done = mutate("--only", "no/such")
    assert done.returncode == 2
    assert "nothing to change in 'no/such'" in done.stderr


def test_a_seed_draws_the_same_again_and_another_one_others() -> None:
    first, again, other = (drawn(ROOT, [PAUSES], 8, seed) for seed in (1, 1, 2))
    assert first == again != other


def test_an_annotation_is_no_place_and_an_enumeration_has_no_order() -> None:
    source = "def f(a: int | None = None) -> int | None:\n    b: str | None\n    return a is None or a + 1\n"
    lines = {(place.line, place.column) for place in places("m.py", source)}
    assert {line for line, _ in lines} == {3}
    names = {name for place in places("m.py", source) for name, _ in place.changes}
    assert "core/ReplaceComparisonOperator_Is_IsNot" in names
    assert "core/ReplaceComparisonOperator_Is_Eq" not in names


@pytest.mark.parametrize("survivor", listed(), ids=lambda s: f"{s.module}: {s.becomes[:60]}")
def test_what_is_listed_stands_in_the_code_and_has_a_reason(survivor: Survivor) -> None:
    assert survivor.module in modules()
    assert len(survivor.because.split()) > 3
    code = " ".join(line.strip() for line in (ROOT / survivor.module).read_text().splitlines())
    assert survivor.was in code, f"{LISTED.name}: this line is no more in {survivor.module}: {survivor.was}"


def test_nothing_is_listed_twice() -> None:
    said = [(s.module, s.was, s.becomes) for s in listed()]
    assert len(said) == len(set(said)), Path(LISTED).name
