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


# test_reach is read first and imports test_updates, whose examples are computed as it is read: they judge in test_updates.
JUDGED = """
import sys, tempfile
from pathlib import Path
from scripts.mutation.judge import Judge
from scripts.mutation.mutants import Mutant
from scripts.mutation.run import ROOT

module, was, becomes = sys.argv[1:]
code = (ROOT / module).read_text()
line = next(n for n, said in enumerate(code.splitlines(), 1) if was in said)
with tempfile.TemporaryDirectory() as folder:
    judge = Judge(ROOT, Path(folder), ["tests/decide/test_reach.py", "tests/decide/test_updates.py"])
    judge.rehearse([module])
    print(judge.notices(Mutant(module, line, was, becomes, code.replace(was, becomes))))
"""


def test_what_one_file_of_tests_computes_as_another_imports_it_is_judged_where_it_is_looked_at() -> None:
    was = "if latch is None or s.seen is None or not failure_of"
    change = ("controller/decide/updates.py", was, was.replace("not ", ""))
    done = subprocess.run(
        [sys.executable, "-c", JUDGED, *change], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "True\n", done.stdout + done.stderr


def test_a_module_that_is_not_there_is_said_to_be_none() -> None:
    done = mutate("--only", "no/such")
    assert done.returncode == 2
    assert "nothing to change in 'no/such'" in done.stderr


def test_a_seed_draws_the_same_again_and_another_one_others() -> None:
    first, again, other = (drawn(ROOT, [PAUSES], 8, seed) for seed in (1, 1, 2))
    assert first == again != other


def test_an_edit_draws_anew_only_what_it_touches(tmp_path: Path) -> None:
    lines = (ROOT / PAUSES).read_text().splitlines()
    (tmp_path / PAUSES).parent.mkdir(parents=True)
    (tmp_path / PAUSES).write_text("\n".join(["FIRST = 1 + 2", *lines]) + "\n")
    everything = len(places(PAUSES, (ROOT / PAUSES).read_text()))
    before = {(m.was, m.becomes) for m in drawn(ROOT, [PAUSES], everything, 1)}
    after = {(m.was, m.becomes) for m in drawn(tmp_path, [PAUSES], everything + 9, 1)}
    assert {was for was, _ in after - before} == {"FIRST = 1 + 2"}
    assert before < after


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
