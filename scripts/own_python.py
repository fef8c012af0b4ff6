"""Whoever starts a script of ours with any Python gets the project's own, with the versions that are pinned. Standard library only."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def enter(root: Path = ROOT) -> None:
    """Go on in the project's environment; without one, end with the sentence that says how to get it."""
    own = root / ".venv"
    if Path(sys.prefix).resolve() == own.resolve():
        return
    python = own / "bin" / "python"
    if python.exists():
        os.execv(python, [str(python), *sys.argv])
    print(
        f"{sys.argv[0]}: the project's own packages are needed: `make .venv/ready` installs them, in about a minute",
        file=sys.stderr,
    )
    sys.exit(2)
