"""The command line of a script: what it cannot be is one sentence, never a page of usage."""

import argparse
from typing import Any


class Refused(Exception):
    """What was asked for cannot be done; one sentence."""


class Parser(argparse.ArgumentParser):
    """Arguments by their whole names; a mistake in them is ``Refused``. ``prog`` is the script's name."""

    def __init__(self, prog: str, **options: Any) -> None:
        whole = prog if prog.startswith("scripts/") else f"scripts/{prog}"
        super().__init__(whole, **{**options, "allow_abbrev": False})

    def error(self, message: str) -> None:  # type: ignore[override]
        """Refuse.

        Raises:
            Refused: always.
        """
        raise Refused(f"{message}; `{' '.join(self.prog.split()[:1])} --help` says what there is")

    def add_cluster(self, otherwise: str) -> None:
        """Add the two that name a cluster; ``otherwise`` says what is asked without them."""
        self.add_argument("--kubeconfig", help=f"a kubeconfig; else {otherwise}")
        self.add_argument("--context", help="of the kubeconfig")
