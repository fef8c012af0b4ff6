"""What is the case in SageMaker, by what the simulator holds: never by what the controller says of it."""

from __future__ import annotations

import functools
from typing import Any

from simulator import model
from simulator.store import Resource

# States whose place in the simulator's machine does not tell what they are to the one who asked (API reference of each Describe).
SPECIAL = {
    ("ClusterExtension", "Degraded"): "failed",
    ("Endpoint", "OutOfService"): "failed",
    ("InferenceExperiment", "Cancelled"): "failed",
    ("TrainingPlan", "Scheduled"): "settled",  # it is bought, and begins at its time
    ("TrainingSession", "Expired"): "failed",
}


def machine(kind: str) -> dict[str, Any]:
    """The states of a kind and how it moves between them; empty for a kind without states."""
    found: dict[str, Any] = model.data("states").get(kind, {})
    return found


def row(resource: Resource) -> str:
    """The row of the contract's table for what is there now."""
    return of_state(resource.kind.name, resource.status or "")


def of_state(kind: str, state: str) -> str:
    """The same, by the names of kind and state."""
    steps = machine(kind)
    if not steps:
        return "settled"
    if (kind, state) in SPECIAL:
        return SPECIAL[kind, state]
    if "fail" in state.lower():
        return "failed"
    rules = [steps[action] for action in ("create", "update", "start") if action in steps]
    if state in {rule.get("to") for rule in rules}:
        return "settled"
    if state == steps.get("stop", {}).get("to"):
        # what was stopped and cannot go on has failed, unless stopping is how it ends
        resting = not steps.get("job") and ("start" in steps or state == "Completed")
        return "settled" if resting else "failed"
    return "busy"


@functools.cache
def failed_states(kind: str) -> tuple[str, ...]:
    """Every state into which a resource of the kind can fail, by the service model."""
    steps = machine(kind)
    if not steps:
        return ()
    shape = model.described_shape(kind).members[steps["status"]]
    special = {state for (named, state), row in SPECIAL.items() if named == kind and row == "failed"}
    return tuple(sorted(special | {state for state in shape.enum if "fail" in state.lower()}))
