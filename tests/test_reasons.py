"""Every reason that a condition may have and that is no state of SageMaker's stands in docs/status.md."""

import ast
from pathlib import Path

from controller.decide import writers
from controller.decide.faults import Fault, Meaning

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "status.md").read_text()
# What is called with a reason before its sentence.
SAYERS = ("Reject", "Wait", "reject", "wait")
# One says itself, as SageMaker's states do; the other is never shown: what is not there is created, or is Gone.
PLAIN = {"Creating", "NotFound"}


def reasons() -> set[str]:
    """The texts of one word that the rooms give as a reason."""
    found = {writers.REASON, *(Fault(meaning, "", "").reason for meaning in Meaning)}
    for room in ("decide", "loop"):
        for path in (ROOT / "controller" / room).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in SAYERS:
                    texts = [a.value for a in node.args[:2] if isinstance(a, ast.Constant)]
                    found |= {text for text in texts[:1] if isinstance(text, str) and text.isidentifier()}
    return found


def test_each_can_be_looked_up() -> None:
    known = reasons()
    assert {"Invalid", "Duplicate", "WaitingForReference", "DeletionProtected", "Throttled"} <= known
    assert sorted(reason for reason in known - PLAIN if f"`{reason}`" not in PAGE) == []
