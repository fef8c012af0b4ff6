"""What must hold of a status after each write, whatever happened: the contract's table, and what the conditions' API asks for."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.histories.readers import argocd, kstatus

Object = Mapping[str, Any]

# metav1.Condition (k8s.io/apimachinery pkg/apis/meta/v1/types.go)
REASON = re.compile(r"[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?")
LONGEST_REASON, LONGEST_MESSAGE = 1024, 32768
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@functools.cache
def table() -> dict[str, Any]:
    """The contract's table."""
    read: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "contract.yaml").read_text())
    return read


def conditions_of(obj: Object) -> list[dict[str, Any]]:
    """An object's conditions, as they are."""
    return list((obj.get("status") or {}).get("conditions") or ())


def condition(obj: Object, name: str) -> dict[str, Any]:
    """One condition of an object; empty if it has none of this type."""
    return next((c for c in conditions_of(obj) if c["type"] == name), {})


def row_of(obj: Object) -> str | None:
    """The row of the table whose conditions an object shows; None for none of them."""
    shown = {c["type"]: c["status"] for c in conditions_of(obj) if c["type"] not in table()["beside"]}
    for name, row in table()["rows"].items():
        if shown.keys() == row["shows"].keys() and all(shown[t] in row["shows"][t] for t in shown):
            return str(name)
    return None


def is_current(obj: Object) -> bool:
    """Whether the status speaks of this very generation."""
    status = obj.get("status") or {}
    return bool(status.get("observedGeneration") == obj["metadata"]["generation"])


def broken(before: Object, after: Object, now: str) -> list[str]:
    """What a write of the controller's broke, a sentence each. ``now`` is the moment of the write."""
    if before == after:
        return ["a write changed nothing"]
    if before.get("status") == after.get("status"):
        return []
    wrong = [*_of_form(after), *_of_generation(before, after), *_of_time(before, after, now)]
    return wrong + ([] if conditions_of(after) == conditions_of(before) else _of_row(after))


def _of_form(obj: Object) -> list[str]:
    order, wrong = table()["order"], []
    kinds = [c["type"] for c in conditions_of(obj)]
    if kinds != [name for name in order if name in kinds]:
        wrong.append(f"the conditions stand in the order {kinds}")
    for condition in conditions_of(obj):
        reason, message = condition.get("reason", ""), condition.get("message", "")
        if not REASON.fullmatch(reason) or len(reason) > LONGEST_REASON:
            wrong.append(f"{condition['type']} has the reason {reason!r}")
        if not message.strip() or len(message) > LONGEST_MESSAGE:
            wrong.append(f"{condition['type']} has the message {message[:200]!r}")
        if not MOMENT.fullmatch(condition.get("lastTransitionTime", "")):
            wrong.append(f"{condition['type']} has no lastTransitionTime")
    return wrong


def _of_generation(before: Object, after: Object) -> list[str]:
    """What is said anew is said of this generation; a note beside it leaves what was said before as it was."""
    old, new = before.get("status") or {}, after.get("status") or {}
    said = ("conditions", "observedGeneration")
    if all(old.get(key) == new.get(key) for key in said):
        return []
    generation, wrong = after["metadata"]["generation"], []
    if new.get("observedGeneration") != generation:
        wrong.append(
            f"generation {generation} is written with observedGeneration {new.get('observedGeneration')}"
        )
    wrong += [
        f"{c['type']} speaks of generation {c.get('observedGeneration')}, not of {generation}"
        for c in conditions_of(after)
        if c.get("observedGeneration") != generation
    ]
    return wrong


def _of_time(before: Object, after: Object, now: str) -> list[str]:
    earlier, wrong = {c["type"]: c for c in conditions_of(before)}, []
    for condition in conditions_of(after):
        was, since = earlier.get(condition["type"]), condition.get("lastTransitionTime")
        same = was is not None and was["status"] == condition["status"]
        expected = was["lastTransitionTime"] if was is not None and same else now
        if since != expected:
            moved = "stays" if same else "moves"
            wrong.append(
                f"{condition['type']} {moved}, and its lastTransitionTime is {since}, not {expected}"
            )
    return wrong


def _of_row(obj: Object) -> list[str]:
    name = row_of(obj)
    shown = {c["type"]: f"{c['status']} {c['reason']}" for c in conditions_of(obj)}
    if shown.get("Reconciling", "").startswith("True") and shown.get("Stalled", "").startswith("True"):
        return ["Reconciling and Stalled are both True"]
    if name is None or name == "not yet looked at":
        return [f"{shown} is no row of the contract's table"]
    row = table()["rows"][name]
    deleting = bool(obj["metadata"].get("deletionTimestamp"))
    read = {"argocd": argocd(obj), "kstatus": kstatus(obj)}
    expected = {
        "argocd": "Progressing" if deleting else row["argocd"],
        "kstatus": "Terminating" if deleting else row["kstatus"],
    }
    return [] if read == expected else [f"{name} is read as {read}, not as {expected}: {shown}"]
