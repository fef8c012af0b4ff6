"""README.md of each chart: its template, and a table of the values with the comments that values.yaml has above them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts import rendering

TEMPLATES = Path(__file__).with_name("templates")
TABLE = "<values>"  # where a template has the table

_LINE = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z][\w.]*):(?P<rest>.*)$")


@dataclass(frozen=True, slots=True)
class Value:
    """One row: where the value is, what it is by default, and what it means."""

    path: str
    default: Any
    meaning: str


def chart_readmes() -> dict[Path, str]:
    """The README of each chart."""
    return {
        chart / "README.md": (TEMPLATES / f"{chart.name}.README.md").read_text().replace(TABLE, _table(chart))
        for chart in (rendering.CHART, rendering.CRD_CHART)
    }


def values_of(chart: Path) -> list[Value]:
    """Every value of a chart in the order of values.yaml. A map that has a comment and no commented member is one value."""
    text = (chart / "values.yaml").read_text()
    rows = list(_commented(text))
    defaults = yaml.safe_load(text)
    found: list[Value] = []
    for number, (path, meaning) in enumerate(rows):
        default = defaults
        for key in path:
            default = default[key]
        inner = [row for row in rows[number + 1 :] if row[0][: len(path)] == path]
        if isinstance(default, dict) and any(said for _, said in inner):
            continue
        if any(path[: len(whole.path.split("."))] == tuple(whole.path.split(".")) for whole in found):
            continue
        found.append(Value(".".join(path), default, meaning))
    return found


def _commented(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each key by its path and the comment right above it. NB: for mappings two spaces deep a level, as ours are written."""
    path: list[str] = []
    comment: list[str] = []
    for line in text.splitlines():
        if line.strip().startswith("#"):
            comment.append(line.strip().lstrip("# "))
        elif found := _LINE.match(line):
            del path[len(found["indent"]) // 2 :]
            path.append(found["key"])
            yield tuple(path), " ".join(comment)
            comment = []
        else:
            comment = []


def _table(chart: Path) -> str:
    rows = [
        f"| `{value.path}` | `{_shown(value.default)}` | {value.meaning.replace('|', chr(92) + '|')} |"
        for value in values_of(chart)
    ]
    return "\n".join(["| Value | Default | |", "|---|---|---|", *rows])


def _shown(default: Any) -> str:
    return json.dumps(default, ensure_ascii=False).replace("|", "\\|")
