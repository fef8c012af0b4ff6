"""The live table: what kubectl would show of every SageMaker object, until all have settled."""

import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from scripts.control_plane.plane import ControlPlane

SAID_EVERY = 10.0  # seconds between two times of saying what is waited for
COLUMNS = ("KIND", "NAME", "STATUS", "READY", "REASON", "AGE")


def objects(plane: ControlPlane) -> list[dict[str, Any]]:
    """Every SageMaker object of the cluster."""
    listed = plane.kubectl("get", "sagemaker", "--all-namespaces", "-o", "json", "--ignore-not-found")
    found: list[dict[str, Any]] = json.loads(listed)["items"] if listed.strip() else []
    return sorted(found, key=lambda obj: (obj["kind"], obj["metadata"]["name"]))


def condition(obj: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """One condition of an object; empty if it is absent."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((c for c in conditions if c["type"] == name), {})


def settled(obj: Mapping[str, Any]) -> bool:
    """Whether nothing more is to come: Ready, or stalled, at the latest generation."""
    seen = (obj.get("status") or {}).get("observedGeneration") == obj["metadata"].get("generation")
    return seen and "True" in {condition(obj, "Ready").get("status"), condition(obj, "Stalled").get("status")}


def row(obj: Mapping[str, Any]) -> tuple[str, ...]:
    """One line of the table."""
    status = obj.get("status") or {}
    state = next(
        (str(v) for k, v in status.items() if k.lower() in {f"{obj['kind'].lower()}status", "status"}), ""
    )
    ready = condition(obj, "Ready")
    born = datetime.fromisoformat(obj["metadata"]["creationTimestamp"].replace("Z", "+00:00"))
    age = f"{max((datetime.now(UTC) - born).total_seconds(), 0):.0f}s"
    return (
        obj["kind"],
        obj["metadata"]["name"],
        state,
        ready.get("status", ""),
        ready.get("reason", ""),
        age,
    )


def lines(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns as wide as their widest cell."""
    whole = [COLUMNS, *rows]
    widths = [max(len(line[column]) for line in whole) for column in range(len(COLUMNS))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in whole
    ]


def fitting(shown: Sequence[str], columns: int, height: int) -> list[str]:
    """What of a table fits on a terminal. NB: a line that wraps, or one above the top edge, cannot be drawn over."""
    cut = [line[: columns - 1] for line in shown]
    if len(cut) < height:
        return cut
    return [*cut[: height - 2], f"… and {len(cut) - height + 2} more"[: columns - 1]]


def waiting(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each object that has something to say of what keeps it."""
    held = [(obj, condition(obj, "ACK.Recoverable").get("message", "")) for obj in found]
    return [
        f"{obj['kind']} {obj['metadata']['name']} waits: {' '.join(why.split())}"
        for obj, why in held
        if why and not settled(obj)
    ]


def follow(plane: ControlPlane, expected: int, seconds: float) -> list[dict[str, Any]]:
    """Show the table until everything has settled or ``seconds`` are over; the objects as they were last.

    On a terminal the table is redrawn in place; elsewhere it is printed anew when something but an age has changed, and what
    is waited for every ten seconds.
    """
    end, drawn, told = time.monotonic() + seconds, 0, 0.0
    before: list[tuple[str, ...]] = []
    while True:
        found = objects(plane)
        rows = [row(obj) for obj in found]
        if sys.stdout.isatty():
            shown = fitting([*lines(rows), *waiting(found)], *shutil.get_terminal_size())
            sys.stdout.write(f"\x1b[{drawn}A\x1b[J" if drawn else "")
            print("\n".join(shown), flush=True)
            drawn = len(shown)
        elif [r[:-1] for r in rows] != before:
            print("\n".join(lines(rows)) + "\n", flush=True)
            before = [r[:-1] for r in rows]
        if not sys.stdout.isatty() and time.monotonic() - told > SAID_EVERY and (why := waiting(found)):
            print("\n".join(why) + "\n", flush=True)
            told = time.monotonic()
        if (len(found) >= expected and all(map(settled, found))) or time.monotonic() > end:
            return found
        time.sleep(0.5)
