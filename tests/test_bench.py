"""The benchmark measures what it says it does; how good the numbers are is for a quiet machine to say."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.benchmarks import page
from scripts.benchmarks.found import Figure, Found, Series, distribution, each
from scripts.benchmarks.measurements import MEASUREMENTS, Measurement
from scripts.benchmarks.results import Results, table
from scripts.benchmarks.rows import Target, row_from, rows
from scripts.benchmarks.run import SIZES, main, measure
from scripts.benchmarks.sizes import QUICK, WHOLE, Sizes

ROOT = Path(__file__).resolve().parents[1]
KNOWN = Results.read(page.FIGURES)
SAID = {"name": "n", "unit": "s", "about": "waiting", "measured_by": "jobs", "method": "by hand"}


@pytest.mark.slow
@pytest.mark.timeout(600)  # half a minute on two idle cores, which no suite has
def test_every_row_is_measured_and_printed(tools: Mapping[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    command = [sys.executable, str(ROOT / "scripts" / "bench"), "--smoke", f"--out={out}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=560)
    assert done.returncode == 0, done.stdout + done.stderr
    wanted = [row for row in rows().values() if not MEASUREMENTS[row.measured_by].on_request]
    printed = [
        [cell.strip() for cell in line.split(" | ")]
        for line in done.stdout.splitlines()
        if line.startswith("| ")
    ][1:]
    assert [cells[0].strip("| ") for cells in printed] == [row.shown(SIZES["smoke"]) for row in wanted]
    assert all(re.fullmatch(r"[\d,]+\.\d", cells[1]) for cells in printed)
    assert re.search(
        r"\d+ cores .*Python 3\.\d+.*boto3 1\..*kube-apiserver 1\..*etcd 3\.", done.stdout.splitlines()[0]
    )
    found = Results.read(out)
    bad = {
        row.key: found.value(row.key)
        for row in wanted
        if row.always and row.verdict(found.value(row.key) or 0, SIZES["smoke"]) != "met"
    }
    assert bad == {}
    assert set(found.series) == {"event-latency", "sweep-latency"} and found.failures == []


def test_a_row_has_a_target_or_says_why_not() -> None:
    with pytest.raises(ValueError, match="has one target, or says why"):
        row_from("neither", SAID)
    with pytest.raises(ValueError, match="has one target, or says why"):
        row_from("both", {**SAID, "at_most": 1, "because": "of that"})
    with pytest.raises(ValueError, match=r"both: a row has no atmost"):
        row_from("both", {**SAID, "atmost": 1})
    with pytest.raises(ValueError, match="is about calls, waiting"):
        row_from("what", {**SAID, "about": "weather", "at_most": 1})


def test_a_target_is_a_bound_on_one_side() -> None:
    assert Target(100, least=True).met(100) and not Target(100, least=True).met(99.9)
    assert Target(0).met(0) and not Target(0).met(1)
    assert [str(t) for t in (Target(0), Target(1.1), Target(100, least=True))] == ["0", "≤ 1.1", "≥ 100"]


def test_the_ratio_says_how_many_times_better() -> None:
    def times(value: float, **said: object) -> float | None:
        return row_from("r", {**SAID, **said}).times_better(value, WHOLE)

    assert times(94, at_least=1, incumbent=47) == 2
    assert times(4, at_most=1, incumbent=8) == 2
    assert times(94, because="of that", incumbent=47, more=True) == 2
    assert times(0, at_most=0, incumbent=400) is None, "nothing is no number of times less"


def test_fewer_objects_have_their_own_targets() -> None:
    row = rows()["progress"]
    assert (row.target(WHOLE), row.target(QUICK)) == (Target(80), Target(8))
    assert row.theirs(WHOLE) == 1003 and row.theirs(QUICK) == pytest.approx(100.3)
    assert row.shown(QUICK) == "100 jobs in progress: calls a minute"
    assert rows()["limited"].target(replace(WHOLE, jobs=506)) == Target(500, least=True)


def test_every_row_is_of_a_measurement_and_is_said_how() -> None:
    assert {row.measured_by for row in rows().values()} == set(MEASUREMENTS)
    assert [row.key for row in rows().values() if not row.method.endswith(".")] == []


def of_jobs(sizes: Sizes) -> Iterator[Found]:
    yield from each(
        broken=lambda: [Figure("idle-memory", 1 / (sizes.left - sizes.left))],
        whole=lambda: [Figure("creates", 120), distribution("sweep-latency", [3, 1, 2])],
    )
    raise RuntimeError("the API server is gone\nand says much")


def test_what_fails_loses_nothing_of_the_rest(
    tools: Mapping[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a step nor a whole measurement; and it does not pass for a success."""
    one, other = (
        Measurement(name, "", 0, run)
        for name, run in (("jobs", of_jobs), ("events", lambda _: [Figure("event-latency-p95", 3)]))
    )
    assert measure([one, other], "whole", tmp_path / "out.json") == 1
    found = Results.read(tmp_path / "out.json")
    assert (found.value("creates"), found.value("event-latency-p95"), found.value("idle-memory")) == (
        120,
        3,
        None,
    )
    assert found.failures == [
        {"measurement": "jobs", "step": "broken", "says": "ZeroDivisionError: division by zero"},
        {"measurement": "jobs", "step": "as a whole", "says": "RuntimeError: the API server is gone"},
    ]
    said = capsys.readouterr()
    assert "not measured" in said.out and "not measured: idle-memory," in said.err
    assert "1 of " in said.out  # the 3 s, for 2


def test_what_is_to_be_measured_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nonsense"]) == 2
    assert "there is no 'nonsense' to measure" in capsys.readouterr().err
    assert main(["--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0].strip() for line in listed if line.startswith("  ")] == [
        row.key for name in MEASUREMENTS for row in rows().values() if row.measured_by == name
    ]


def test_the_page_and_its_pictures_are_of_the_figures() -> None:
    """And another rendering gives the same bytes."""
    text = page.PAGE.read_text()
    rendered = page.render(KNOWN, text)
    stale = [
        path.name for path, wanted in rendered.items() if not path.exists() or path.read_text() != wanted
    ]
    assert stale == [], "run scripts/bench --render and commit"
    assert set((ROOT / "docs" / "pictures").iterdir()) == set(rendered) - {page.PAGE}
    assert len(re.findall(r"<!-- scripts/bench --render", text)) == 6
    for row in rows().values():
        lines = re.findall(rf"^\| {re.escape(row.shown(WHOLE))} +\| ", text, flags=re.MULTILINE)
        assert len(lines) == 2, f"{row.key}: in the table, and how"
    pictures = re.findall(r"!\[([^\]]+)\]\((pictures/[a-z]+\.svg)\)", text)
    assert [file for _, file in pictures] == [
        f"pictures/{name}.svg" for name in ("ratios", "latency", "growth", "resources")
    ]
    assert all(len(alternative) > 40 for alternative, _ in pictures)


def test_every_missed_target_is_explained() -> None:
    assert page.unexplained(KNOWN) == []


def test_what_is_measured_anew_takes_the_place_of_what_was_known() -> None:
    """With where it was measured; what was not measured again stays."""
    run = {**KNOWN.runs[max(KNOWN.runs)], "day": "2030-01-01", "processor": "another"}
    new = Results({"2030-01-01T00:00:00Z": run})
    new.add("2030-01-01T00:00:00Z", "jobs", Figure("progress", 41))
    new.add("2030-01-01T00:00:00Z", "jobs", Series("sweep-latency", tuple(range(101))))
    both = new.over(KNOWN)
    assert both.value("progress") == 41 and both.value("idle-memory") == KNOWN.value("idle-memory")
    rendered = page.render(both, page.PAGE.read_text())
    text = rendered[page.PAGE]
    assert re.search(r"\| 1,000 jobs in progress: calls a minute +\| +41\.0 .* met", text)
    assert "2030-01-01, 2 cores of another" in text and "Of this run are: RSS idle;" in text
    assert "A job costs the controller" in text  # why what was not measured again is missed
    assert rendered[page.PICTURES / "growth.svg"] != (page.PICTURES / "growth.svg").read_text()
    assert "by sweep" in rendered[page.PICTURES / "latency.svg"]
    again = {key: {"value": 1.0, "run": "2030-01-01T00:00:00Z"} for key in rows()}
    assert list(Results(new.runs, again, new.series).over(both).runs) == ["2030-01-01T00:00:00Z"]


def test_figures_of_fewer_objects_do_not_get_onto_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = Results({"2030-01-01T00:00:00Z": {**KNOWN.runs[max(KNOWN.runs)], "sizes": "quick"}})
    few.write(tmp_path / "quick.json")
    assert main(["--take", str(tmp_path / "quick.json")]) == 2
    assert "is of fewer objects" in capsys.readouterr().err


def test_what_no_number_tells_is_held_by_tests_that_exist() -> None:
    assert len(page.answers()) == 5
    missing = []
    for test in (test for one in page.answers() for test in one["tests"]):
        file, _, name = test.partition("::")
        tree = ast.parse((ROOT / file).read_text()) if (ROOT / file).is_file() else ast.Module([], [])
        if name not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}:
            missing.append(test)
    assert missing == []


def test_a_table_is_aligned() -> None:
    lines = table([("", "ours"), ("rate", "94.0"), ("a longer name", "1.0")], frozenset({1})).splitlines()
    assert lines[1] == "|---------------|-----:|" and len({len(line) for line in lines}) == 1


def test_the_figures_are_plain_json() -> None:
    assert set(json.loads(page.FIGURES.read_text())) == {"runs", "figures", "series", "failures"}
    assert set(KNOWN.figures) <= set(rows()), "figures of rows that are no more"
