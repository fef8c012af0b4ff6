"""The contract's table of conditions, row by row, and what GitOps tools make of each."""

from datetime import UTC, datetime
from typing import Any

import pytest

from controller.decide.conditions import ORDER, Row, Verdict, conditions
from scripts.demonstration.kstatus import kstatus

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 1, 13, tzinfo=UTC)

# row -> (Ready, Reconciling, Stalled, ResourceSynced, Terminal, kstatus, Argo CD 3.6's built-in check); "" is absent
TABLE = {
    Row.BUSY: ("False", "True", "", "False", "", "InProgress", "Progressing"),
    Row.SETTLED: ("True", "", "", "True", "", "Current", "Healthy"),
    Row.RESTING: ("True", "", "", "True", "", "Current", "Healthy"),
    Row.FAILED: ("False", "", "True", "True", "True", "Failed", "Degraded"),
    Row.STOPPED: ("False", "", "True", "True", "True", "Failed", "Degraded"),
    Row.MALFORMED: ("False", "", "True", "False", "True", "Failed", "Degraded"),
    Row.HELD_UP: ("False", "True", "", "Unknown", "", "InProgress", "Progressing"),
}


def argo(written: list[dict[str, Any]]) -> str:
    """argo-cd resource_customizations/_.services.k8s.aws (#29016): the first condition it knows decides."""
    for condition in written:
        if condition["type"] == "ACK.Terminal" and condition["status"] == "True":
            return "Degraded"
        if condition["type"] == "Ready":
            return "Healthy" if condition["status"] == "True" else "Progressing"
    return "Progressing"


@pytest.mark.parametrize("row", list(TABLE), ids=lambda row: row.value)
def test_each_row_is_written_as_the_contract_says(row: Row) -> None:
    written = conditions(Verdict(row, "Reason", "a sentence"), [], 7, NOW)
    shown = {c["type"]: c["status"] for c in written}
    names = ("Ready", "Reconciling", "Stalled", "ACK.ResourceSynced", "ACK.Terminal")
    assert tuple(shown.get(name, "") for name in names) == TABLE[row][:5]
    assert (kstatus({"metadata": {}, "status": {"conditions": written}}), argo(written)) == TABLE[row][5:]
    assert [c["type"] for c in written] == sorted(shown, key=ORDER.index)
    assert all(c["observedGeneration"] == 7 and c["reason"] and c["message"] for c in written)
    assert not (shown.get("Reconciling") == "True" and shown.get("Stalled") == "True")


@pytest.mark.parametrize("before", list(Row), ids=lambda row: row.value)
@pytest.mark.parametrize("after", list(Row), ids=lambda row: row.value)
def test_a_transition_time_moves_only_when_the_status_does(before: Row, after: Row) -> None:
    first = conditions(Verdict(before, "A", "a"), [], 1, NOW)
    second = conditions(Verdict(after, "B", "b"), first, 2, LATER)
    statuses = {c["type"]: c["status"] for c in first}
    for condition in second:
        moved = condition["lastTransitionTime"] == "2026-01-01T13:00:00Z"
        assert moved == (statuses.get(condition["type"]) != condition["status"])


@pytest.mark.parametrize(("length", "kept"), [(32768, 32768), (32769, 32768)])
def test_a_message_is_as_long_as_the_api_server_takes_it(length: int, kept: int) -> None:
    (first, *_) = conditions(Verdict(Row.MALFORMED, "Invalid", "x" * length), [], 1, NOW)
    assert len(first["message"]) == kept


def test_references_are_spoken_of_only_where_there_are_some() -> None:
    shown = {
        resolved: [
            c["status"]
            for c in conditions(Verdict(Row.BUSY, "A", "a", None, resolved), [], 1, NOW)
            if "References" in c["type"]
        ]
        for resolved in (None, True, False)
    }
    assert shown == {None: [], True: ["True"], False: ["Unknown"]}
