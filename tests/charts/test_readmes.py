"""The READMEs of the charts: every value has its row and its meaning, and what they tell people to type works."""

import re
from pathlib import Path

import pytest

from scripts import rendering
from scripts.generators.chart_readmes import chart_readmes, values_of
from scripts.generators.kustomize_components import overlays
from tests.charts.test_values import VALUES, leaves

CHARTS = [rendering.CHART, rendering.CRD_CHART]


def by_name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("chart", CHARTS, ids=by_name)
def test_the_readme_is_fresh(chart: Path) -> None:
    assert (chart / "README.md").read_text() == chart_readmes()[chart / "README.md"], "stale: make generate"


@pytest.mark.parametrize("chart", CHARTS, ids=by_name)
def test_every_value_says_what_it_means(chart: Path) -> None:
    rows = values_of(chart)
    assert len(rows) >= 5
    assert [row.path for row in rows if len(row.meaning) < 8] == []
    assert len({row.path for row in rows}) == len(rows)


def test_every_value_has_a_row() -> None:
    assert [row.path for row in values_of(rendering.CHART)] == [".".join(path) for path in leaves(VALUES)]


@pytest.mark.parametrize("chart", CHARTS, ids=by_name)
def test_every_path_and_every_value_it_names_is_there(chart: Path) -> None:
    text = (chart / "README.md").read_text()
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (chart / link).exists(), link
    for command in re.findall(r"^\$ (.*)$", text, re.MULTILINE):
        for path in re.findall(r"charts/[\w-]+", command):
            assert (rendering.ROOT / path / "Chart.yaml").exists(), command


PAGE = (rendering.ROOT / "docs" / "distribution.md").read_text()


def test_the_page_has_every_point_once_and_every_test_it_names_is_there() -> None:
    points = re.findall(r"^\| (\d+) \| .+ \| (.+) \|$", PAGE, re.MULTILINE)
    assert [int(number) for number, _ in points] == list(range(1, 42))
    for number, said in points:
        assert said.startswith(("held", "part", "not yet")), number
        assert said.startswith("not yet") or "`tests/" in said, number
    for named in re.findall(r"`(tests/[^`]+)`", PAGE):
        file, _, function = named.partition("::")
        path = rendering.ROOT / file
        assert path.is_dir() or f"def {function or 'test_'}" in path.read_text(), named


def test_the_page_has_every_overlay_with_its_components() -> None:
    rows = re.findall(r"^\| `kustomize/overlays/([\w-]+)` \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
    said = {name: re.findall(r"`([\w-]+)`", used) for name, used, _ in rows}
    assert said == {"default": [], **overlays()}
    for name, _, values in rows[1:]:
        assert values == f"`ci/overlay-{name}-values.yaml`"
        assert (rendering.CHART / values.strip("`")).is_file()
