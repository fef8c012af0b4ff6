"""What single kinds do beyond the common pattern: secondary states, rule evaluations, variants of an endpoint.

Called by lifecycle.py when an action is planned (`refine`) and when a step has been taken (`arrived`).
"""

from __future__ import annotations

from typing import Any

from simulator import model
from simulator.store import Resource, Step, Store


def refine(resource: Resource, action: str, steps: list[Step], end: Step, fails: bool) -> list[Step]:
    """The planned steps of an action with the kind's own ones between them."""
    machine = model.data("states").get(resource.kind.name, {})
    detail = machine.get("detail")
    planned = [*steps, end]
    if detail and action == "create":
        _secondary(detail, planned, fails)
        start, finish = planned[0].at, end.at
        for i, state in enumerate(detail["through"][1:], 1):
            at = start + (finish - start) * i / len(detail["through"])
            planned.insert(-1, Step(at, changes={detail["member"]: state}))
    elif detail and action == "stop":
        steps[0].changes[detail["member"]] = detail["stopping"]
        end.changes[detail["member"]] = detail["stopped"]
    return planned


def _secondary(detail: dict[str, Any], planned: list[Step], fails: bool) -> None:
    planned[0].changes[detail["member"]] = detail["through"][0]
    planned[-1].changes[detail["member"]] = detail["failed"] if fails else detail["to"]


def arrived(store: Store, resource: Resource, step: Step) -> None:
    """After a step: times of start and end, the record of secondary states."""
    machine = model.data("states").get(resource.kind.name, {})
    if machine.get("job"):
        _times(resource, machine, step)
    detail = machine.get("detail")
    if detail and "transitions" in detail and detail["member"] in step.changes:
        _transition(resource, detail, step)


def _times(resource: Resource, machine: dict[str, Any], step: Step) -> None:
    begins = step.status in machine["create"]["through"]
    ends = step.status is not None and step.status in (
        machine["create"]["to"], machine["create"]["failed"], machine.get("stop", {}).get("to")
    )
    for member in resource.kind.output:
        if begins and member.endswith("StartTime"):
            resource.observed.setdefault(member, step.at)
        elif ends and (member.endswith("EndTime") or member == "CompletionTime"):
            resource.observed[member] = step.at


def _transition(resource: Resource, detail: dict[str, Any], step: Step) -> None:
    record = [dict(entry) for entry in resource.observed.get(detail["transitions"], [])]
    if record:
        record[-1]["EndTime"] = step.at
    state = step.changes[detail["member"]]
    record.append({"Status": state, "StartTime": step.at, "StatusMessage": f"{state} the job"})
    resource.observed[detail["transitions"]] = record


def created(store: Store, resource: Resource) -> None:
    """Before the first state of a new resource."""


def before_update(resource: Resource, request: dict[str, Any]) -> None:
    """Refuse updates that only this kind refuses."""


def updated(store: Store, resource: Resource, request: dict[str, Any]) -> None:
    """After an update has begun."""


def deleted(store: Store, resource: Resource) -> None:
    """After a deletion has begun."""
