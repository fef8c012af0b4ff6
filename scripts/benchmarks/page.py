"""docs/performance.md and its pictures, of docs/performance.json: what is between marks is written here, the rest by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from scripts.benchmarks import pictures
from scripts.benchmarks.bed import ROOT
from scripts.benchmarks.results import Results, in_words, shown, table
from scripts.benchmarks.rows import rows
from scripts.benchmarks.sizes import WHOLE

FIGURES = ROOT / "docs" / "performance.json"
PAGE = ROOT / "docs" / "performance.md"
PICTURES = ROOT / "docs" / "pictures"
ANSWERS = Path(__file__).with_name("answers.yaml")
_BLOCK = re.compile(r"(<!-- scripts/bench --render: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def render(results: Results, page: str) -> Mapping[Path, str]:
    """Every file that follows from the figures, with its text. ``page`` is the page as it is."""
    blocks = {
        "runs": _runs(results),
        "pictures": _pictures(results),
        "table": shown(rows().values(), results, WHOLE),
        "missed": _missed(results),
        "answers": _answers(),
        "methods": _methods(),
    }
    text = _BLOCK.sub(lambda found: f"{found[1]}\n{blocks[found[2]]}\n\n{found[3]}", page)
    return {PAGE: text} | {PICTURES / name: svg for name, svg in pictures.draw(results).items()}


def write(results: Results) -> list[str]:
    """Write what has changed; the names of these files."""
    changed = []
    for path, text in render(results, PAGE.read_text()).items():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            changed.append(str(path.relative_to(ROOT)))
    return changed


def unexplained(results: Results) -> list[str]:
    """Rows that are missed and say nothing about it."""
    return [name for name, says in _why(results).items() if not says]


@cache
def answers() -> list[dict[str, Any]]:
    """What no number tells."""
    found: list[dict[str, Any]] = yaml.safe_load(ANSWERS.read_text())
    return found


def _runs(results: Results) -> str:
    """Which figures are of which run; all of the newest that are not named."""
    newest = max(results.runs, default="")
    told = []
    for at, run in sorted(results.runs.items(), reverse=True):
        of_it = [
            row.shown(WHOLE) for key, row in rows().items() if results.figures.get(key, {}).get("run") == at
        ]
        which = "" if at == newest else f" Of this run are: {'; '.join(of_it)}."
        note = f" {run['note']}" if run.get("note") else ""
        told.append(f"{in_words(run)}. Default settings.{note}{which}")
    return "\n\n".join(told)


def _pictures(results: Results) -> str:
    folder = PICTURES.relative_to(PAGE.parent)
    return "\n\n".join(f"![{alt}]({folder}/{name})" for name, alt in pictures.alternatives(results).items())


def _why(results: Results) -> dict[str, str]:
    """Why each missed row is missed: a note of its figure, else what rows.yaml says."""
    found = {}
    for row in rows().values():
        value = results.value(row.key)
        if value is not None and row.verdict(value, WHOLE) == "MISSED":
            found[row.shown(WHOLE)] = str(results.figures[row.key].get("note") or row.when_missed)
    return found


def _missed(results: Results) -> str:
    """The missed rows, those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for name, says in _why(results).items():
        by_reason.setdefault(says or "Not explained yet.", []).append(name)
    points = [f"- **{'; '.join(names)}.** {' '.join(says.split())}" for says, names in by_reason.items()]
    return "\n".join(points) or "Nothing."


def _answers() -> str:
    lines = [("", "ACK", "ours", "tests")]
    for one in answers():
        lines.append(
            (one["what"], one["theirs"], one["ours"], ", ".join(f"`{test}`" for test in one["tests"]))
        )
    return table(lines, frozenset())


def _methods() -> str:
    named = [(row.shown(WHOLE), row.how(WHOLE)) for row in rows().values()]
    return table([("", "how"), *named], frozenset())
