"""Scripts that a newcomer starts with whatever Python is there."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ("iam", "validate", "release-finalizers")


def with_any_python(*command: str) -> subprocess.CompletedProcess[str]:
    other = str(getattr(sys, "_base_executable", sys.executable))
    return subprocess.run([other, *command], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", SCRIPTS)
def test_any_python_will_do(name: str) -> None:
    done = with_any_python(str(ROOT / "scripts" / name), "--help")
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout.lower() and "Traceback" not in done.stderr


def test_without_the_environment_one_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    enter = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path; from scripts import own_python"
    done = with_any_python("-c", f"{enter}; own_python.enter(Path({str(tmp_path)!r}))")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "make .venv/ready" in done.stderr
