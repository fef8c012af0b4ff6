"""events/: the EventBridge rule, the queue and its policy, in the forms that platform teams use, with the table's detail-types."""

import json
from pathlib import Path

from controller.decide.wakeups import SOURCE, about
from controller.kinds.load import kinds
from scripts.generators.iam import QUEUE

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "events"
TEMPLATES = Path(__file__).with_name("templates") / "events"

HEADER = "# Written by scripts/generate from the table of kinds; docs/events.md says how to use it.\n"

# Characters that EventBridge takes as a rule's pattern (its quotas).
LONGEST_PATTERN = 2048

# What a template has in angle brackets: the detail-types, an item a line as deep as the mark stands, or as JSON in one line.
ITEMS, PATTERN, NAME = "<detail-types>", "<pattern>", "<name>"


def detail_types() -> list[str]:
    """What the rule lets through, in alphabetical order."""
    return sorted(about(kinds().values()))


def pattern() -> str:
    """The rule's pattern as EventBridge takes it."""
    return json.dumps({"source": [SOURCE], "detail-type": detail_types()}, separators=(",", ":"))


def events() -> dict[Path, str]:
    """The files of events/."""
    return {FOLDER / path.name: HEADER + _filled(path.read_text()) for path in sorted(TEMPLATES.iterdir())}


def _filled(template: str) -> str:
    lines = []
    for line in template.splitlines():
        if ITEMS in line:
            lines += [line.replace(ITEMS, item) for item in detail_types()]
        else:
            lines.append(line.replace(PATTERN, pattern()).replace(NAME, QUEUE))
    return "\n".join(lines) + "\n"
