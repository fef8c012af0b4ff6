"""The README says nothing that no test holds it to."""

import ast
import re
from pathlib import Path

from controller.kinds.load import kinds

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
ROWS = re.findall(
    r"^\| (.+?) \| `(tests/[^`]+)` \|$", (ROOT / "docs" / "claims.md").read_text(), flags=re.MULTILINE
)


def plain(text: str) -> str:
    """Text without markup, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"[`*$\\]", "", text)).strip()


def test_every_claim_has_a_test() -> None:
    """Each bold point, each command and each row of the README's table of conditions stands in docs/claims.md."""
    points = [
        plain(point)
        for point in re.findall(
            r"^- \*\*(.+?)\*\*(?=[:\s])", README.split("## The kinds")[0], flags=re.MULTILINE
        )
    ]
    commands = [plain(line) for line in re.findall(r"^\$ (.+)$", README, flags=re.MULTILINE)]
    table = README.split("## What an object says")[1].split("## Read on")[0]
    rows = [plain(row) for row in re.findall(r"^\| (?!SageMaker says)([^|]+) \|", table, flags=re.MULTILINE)]
    claimed = [plain(claim) for claim, _ in ROWS]
    assert len(points) >= 5 and len(commands) >= 4 and len(rows) == 5
    unproven = [
        c for c in (*points, *commands, *rows) if not any(claim.split(" charts")[0] in c for claim in claimed)
    ]
    assert unproven == []


def test_every_claim_is_in_the_readme() -> None:
    said = plain(README)
    assert [claim for claim, _ in ROWS if plain(claim) not in said] == []


def test_every_named_test_is_there() -> None:
    missing = []
    for _, test in ROWS:
        file, _, name = test.partition("::")
        path = ROOT / file
        there = path.is_file() or any(path.glob("test_*.py"))
        if there and name:
            there = name in {
                n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)
            }
        if not there:
            missing.append(test)
    assert missing == []


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
