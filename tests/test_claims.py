"""The README says nothing that no test holds it to."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

from controller.kinds.load import kinds
from scripts.control_plane.tools import TOOLS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
ROWS = re.findall(
    r"^\| (.+?) \| (`tests/[^|]+`) \|$", (ROOT / "docs" / "claims.md").read_text(), flags=re.MULTILINE
)


def plain(text: str) -> str:
    """Text without markup, on one line."""
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return re.sub(r"\s+", " ", re.sub(r"[`*$\\]", "", text)).strip()


CLAIMED = [plain(claim) for claim, _ in ROWS]


def sentences() -> list[str]:
    """Each sentence of the list of what one gets."""
    section = README.split("## What you get")[1].split("## ")[0]
    points = re.findall(r"^- (.+(?:\n  .+)*)", section, flags=re.MULTILINE)
    assert len(points) >= 5
    return [one for point in points for one in re.split(r"(?<=\.) (?=[A-Z])", plain(point))]


def commands() -> list[str]:
    """Each command of a console block, and each in backticks that begins like one."""
    shown = re.findall(r"^\$ (.+)$", README, flags=re.MULTILINE)
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    named = re.findall(r"`((?:make|python|scripts|kubectl|helm)[ /][^`]*)`", prose)
    assert len(shown) >= 4 and len(named) >= 6
    return [plain(command) for command in (*shown, *named)]


def test_every_claim_has_a_test() -> None:
    """Each sentence of what one gets, each command, each row of the table of conditions stands in docs/claims.md."""
    table = README.split("## What an object says")[1].split("## Read on")[0]
    rows = [plain(row) for row in re.findall(r"^\| (?!SageMaker says)([^|]+) \|", table, flags=re.MULTILINE)]
    assert len(rows) == 5
    assert [claim for claim in (*sentences(), *commands(), *rows) if claim not in CLAIMED] == []


def test_every_claim_is_in_the_readme() -> None:
    said = plain(README)
    assert [claim for claim in CLAIMED if claim not in said] == []
    assert len(set(CLAIMED)) == len(CLAIMED) > 30


def test_every_named_test_is_there() -> None:
    missing = []
    for _, tests in ROWS:
        for test in re.findall(r"`([^`]+)`", tests):
            file, _, name = test.partition("::")
            path = ROOT / file
            there = path.is_file() or any(path.glob("test_*.py"))
            if there and name:
                functions = ast.walk(ast.parse(path.read_text()))
                there = name in {node.name for node in functions if isinstance(node, ast.FunctionDef)}
            if not there:
                missing.append(test)
    assert missing == []


def test_two_commands_are_all_there_is_to_set_up() -> None:
    before = README.split("## What you get")[0]
    assert re.findall(r"^\$ (.+)$", before, flags=re.MULTILINE) == ["make demo", "make test"]
    assert re.findall(r"^\$ (make .+)$", README, flags=re.MULTILINE) == ["make demo", "make test"]


def test_the_makes_run_what_the_page_says() -> None:
    """`make test` is the whole suite: nothing is left out of it, neither by the Makefile nor by pytest's settings."""

    def would_run(*arguments: str) -> str:
        command = ["make", "--dry-run", "--no-print-directory", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    ran = would_run("test").splitlines()[-1].split()
    assert ran[:3] == [".venv/bin/python", "-m", "pytest"]
    assert {word.partition("=")[0] for word in ran[3:]} <= {"--numprocesses", "--maxprocesses", "--dist"}
    assert would_run("demo").splitlines()[-1] == 'KEEP="" MANIFESTS="" .venv/bin/python scripts/demo'
    visited = would_run("demo", "KEEP=1", "MANIFESTS=folder").splitlines()[-1]
    assert visited == 'KEEP="1" MANIFESTS="folder" .venv/bin/python scripts/demo'
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert options["testpaths"] == ["tests"]
    assert not {"-m", "-k", "--ignore", "--deselect", "--maxfail", "-x"} & set(options["addopts"])


def test_the_versions_are_those_that_are_pinned() -> None:
    pinned = {tool.name: tool.version for tool in TOOLS}
    newest, oldest = (pinned[name].rpartition(".")[0] for name in ("kube-apiserver", "kube-apiserver-1.31"))
    assert f"({newest} and {oldest})" in README
    assert f"Helm {pinned['helm'].partition('.')[0]}," in README
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11" and "Python ≥ 3.11" in README


def test_what_is_missing_is_said() -> None:
    """What the page leaves to the changelog stands there; and once it is there, the page may claim it."""
    missing = (ROOT / "CHANGELOG.md").read_text().split("### Not there yet")[1].split("\n## ")[0]
    for what in ("Adoption", "A published image", "a running Argo CD and Flux"):
        assert what in missing, f"if {what} is there now, README.md may say so"
    for page, what in (("argocd.md", "a running Argo CD yet"), ("flux.md", "a running Flux yet")):
        assert what in (ROOT / "docs" / page).read_text()


def test_every_link_leads_somewhere() -> None:
    broken = []
    for page in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").glob("*.md"),
        ROOT / "iam" / "README.md",
    ]:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text()):
            if not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []


def test_the_readme_names_every_kind() -> None:
    listed = README.split("## The kinds")[1].split("## What an object says")[0]
    named = set(re.findall(r"\b[A-Z][A-Za-z0-9]+\b", re.sub(r"\*\*.*?\*\*", "", listed)))
    assert set(kinds()) <= named
    assert named - set(kinds()) <= {"README"}
