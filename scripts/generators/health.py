"""docs/health.md: what Argo CD, Flux, Helm and kubectl say of every kind in every state, by their own rules."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from controller.decide.conditions import condition
from controller.kinds.load import kinds
from scripts.readers import answers, written
from scripts.readers.answers import Answers
from scripts.readers.written import Written

PAGE = Path(__file__).resolve().parents[2] / "docs" / "health.md"
TEMPLATE = Path(__file__).with_name("templates") / "health.md"

# How the cases are headed in the table of kinds, where there is little room.
COLUMNS = {
    written.AT_WORK: "at work",
    written.THERE: "as declared",
    written.RESTING: "at rest",
    written.FAILED: "failed",
    written.STOPPED: "stopped",
    written.MADE_ANEW: "made again",
    written.LOST: "lost",
}
HEAD = (
    "| | Conditions that are True | Argo CD 3.6 | with ours | kstatus | expressions | kubectl wait |",
    "|---|---|---|---|---|---|---|",
)


def health() -> dict[Path, str]:
    """The page."""
    told = answers.of_every_state()
    without = [kind.name for kind in kinds().values() if kind.states is None]
    text = TEMPLATE.read_text()
    for mark, lines in (
        ("<states>", [*HEAD, *_grouped(told)]),
        ("<besides>", [*HEAD, *_grouped(answers.of_the_rest())]),
        ("<kinds>", list(_kinds(one for one, _ in told))),
        ("<stateless>", [", ".join(without)]),
    ):
        text = text.replace(mark, "\n".join(lines))
    counts = {"<count>": sum(one.state is not None for one, _ in told), "<with>": len(kinds()) - len(without)}
    for mark, count in counts.items():
        text = text.replace(mark, str(count))
    return {PAGE: text}


def _grouped(told: Iterable[tuple[Written, Answers]]) -> Iterator[str]:
    """A line for each case; every kind and state of it must be told alike."""
    lines: dict[str, str] = {}
    for one, said in told:
        line = f"| {one.case} | {_true(one.obj)} | " + " | ".join(
            (said.built_in, said.ours, said.kstatus, said.expressions, said.kubectl)
        )
        if lines.setdefault(one.case, line) != line:
            raise AssertionError(f"{one.kind} {one.state} is not told as others that are {one.case}: {line}")
    order = {case: place for place, case in enumerate(written.STATES)}
    yield from (f"{line} |" for _, line in sorted(lines.items(), key=lambda item: order.get(item[0], 0)))


def _true(obj: dict[str, Any]) -> str:
    status = obj["status"]
    names = ("Ready", "Reconciling", "Stalled", "ACK.Terminal", "ACK.Recoverable")
    return (
        ", ".join(name for name in names if (condition(status, name) or {}).get("status") == "True") or "none"
    )


def _kinds(told: Iterable[Written]) -> Iterator[str]:
    by_kind: dict[str, dict[str, list[str]]] = {}
    for one in told:
        if one.state is not None:
            by_kind.setdefault(one.kind, {}).setdefault(one.case, []).append(one.state)
    yield "| Kind | " + " | ".join(COLUMNS.values()) + " |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for kind, cases in by_kind.items():
        cells = " | ".join(" ".join(cases.get(case, ())) for case in COLUMNS)
        yield f"| [{kind}](kinds/{kind}.md) | {cells} |"
