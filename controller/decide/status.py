"""The whole status of an object: identity, what SageMaker shows, and conditions. Pure: the old one in, the new one out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from controller.decide import conditions as conditions_
from controller.decide.conditions import Row, Verdict
from controller.decide.declared import Declared
from controller.decide.faults import Fault
from controller.decide.situation import class_of, state_of
from controller.decide.translate import to_manifest
from controller.decide.updates import failure_of, note_of
from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from controller.kinds.states import StateClass, is_stopped

# A settled object says nothing of a fault until it has come back this often: one dropped packet is no news. Of one that is being
# created it is no Warning until then: a role that was made with it takes IAM some seconds, and tries 1 to 3 take 15 s.
TROUBLE_AFTER = 3

# What is waited for in a normal life, as long as it may take: nothing is wrong, and nobody is warned.
EXPECTED = frozenset({"Busy", "Creating", "WaitingForReference"})

# The reason of what has taken a change and does not show it yet.
UPDATING = "Updating"


def verdict_of(
    kind: Kind, description: Mapping[str, Any], *, advisory: str | None, resolved: bool | None
) -> Verdict:
    """What a description means, as a row of the contract."""
    state = state_of(kind, description)
    held = class_of(kind, description)
    shown = state or "Available"
    there = f"{kind.name} is there." if advisory else f"{kind.name} is there as declared."
    message = f"{kind.name} is in {state} status." if state else there
    why = failure_of(kind, description)
    if held is StateClass.BUSY:
        return Verdict(Row.BUSY, shown, message, advisory, resolved)
    if held is StateClass.RESTING:
        return Verdict(Row.RESTING, shown, message, advisory, resolved)
    if held is StateClass.FAILED and state and is_stopped(state):
        return Verdict(Row.STOPPED, "Stopped", why or f"{kind.name} was stopped.", advisory, resolved)
    if held in {StateClass.FAILED, StateClass.GONE}:
        reason = "Failed" if held is StateClass.FAILED else "Gone"
        return Verdict(Row.FAILED, reason, why or message, advisory, resolved)
    return Verdict(Row.SETTLED, shown, message, advisory, resolved)


def while_stopped(declared: Declared, verdict: Verdict) -> Verdict:
    """The verdict on what stands still, or works still, on the way to an update: that it is being updated."""
    if note_of(declared) is None or verdict.row not in {Row.RESTING, Row.SETTLED}:
        return verdict
    message = f"{declared.kind.name} is stopped to be updated."
    return Verdict(Row.BUSY, UPDATING, message, verdict.advisory, verdict.resolved)


def while_updating(verdict: Verdict) -> Verdict:
    """The verdict on what was changed and does not show it yet: not ready, whatever state it is in."""
    if verdict.row not in {Row.RESTING, Row.SETTLED}:
        return verdict
    message = "SageMaker has taken the change and does not show it yet."
    return Verdict(Row.BUSY, UPDATING, message, verdict.advisory, verdict.resolved)


def held_up(fault: Fault, resolved: bool | None = None) -> Verdict:
    """What a passing fault means for an object that is being created or changed."""
    return Verdict(Row.HELD_UP, fault.reason, fault.message, None, resolved)


def metadata_of(arn: str) -> dict[str, str]:
    """``ackResourceMetadata`` of an ARN: ``arn:<partition>:sagemaker:<region>:<account>:…``."""
    _, partition, _, region, account, *_ = [*arn.split(":"), "", "", "", "", ""]
    return {"arn": arn, "ownerAccountID": account, "partition": partition, "region": region}


def shown(kind: Kind, description: Mapping[str, Any]) -> dict[str, Any]:
    """What the status shows of a description: the state, why it failed, and every member only SageMaker knows."""
    members = [*kind.status_members, *(m for m in (kind.status, kind.failure) if m)]
    return {
        key_of(member): to_manifest(kind.described.members[member], description[member])
        for member in members
        if description.get(member) is not None and not kind.described.members[member].sensitive
    }


def compose(
    declared: Declared,
    verdict: Verdict,
    now: datetime,
    *,
    arn: str | None,
    description: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The new status. Without a description, what was shown before is shown on."""
    kind, before = declared.kind, declared.status
    if description is not None:
        ours = {key_of(m) for m in (*kind.status_members, kind.status, kind.failure) if m}
        kept = {key: value for key, value in before.items() if key not in ours}
        status = {**kept, **shown(kind, description)}
    else:
        status = dict(before)
    if arn is not None:
        status["ackResourceMetadata"] = metadata_of(arn)
    elif declared.arn is None:
        status.pop(
            "applied", None
        )  # of what may never have come to be: until it is there, the annotation has it
    status["observedGeneration"] = declared.generation
    status["conditions"] = conditions_.conditions(
        verdict, before.get("conditions") or (), declared.generation, now
    )
    return status


def remembered(declared: Declared) -> dict[str, Any]:
    """What the status shows of a run that is over, as Describe would say it: its state and why it failed."""
    members = [member for member in (declared.kind.status, declared.kind.failure) if member]
    return {m: declared.status[key_of(m)] for m in members if key_of(m) in declared.status}


def yielded(declared: Declared, verdict: Verdict, now: datetime, *, said: bool) -> dict[str, Any]:
    """The status of an object that is left to another controller; ``said``: it said so before, and of that writer."""
    if not said:
        # NB: ACK.Recoverable, if it stands there, is the other's or about something else: when ours began must be told by it
        others = [c for c in declared.status.get("conditions") or () if c.get("type") != "ACK.Recoverable"]
        declared = replace(declared, status={**declared.status, "conditions": others})
    if settled_at_this_generation(declared):
        return troubled(declared, verdict, now)
    return compose(declared, verdict, now, arn=None, description=None)


def troubled(declared: Declared, verdict: Verdict, now: datetime) -> dict[str, Any]:
    """The status of a settled object that cannot be looked at: as it was, with ACK.Recoverable beside it."""
    before = [c for c in declared.status.get("conditions") or () if c.get("type") != "ACK.Recoverable"]
    probe = conditions_.conditions(verdict, declared.status.get("conditions") or (), declared.generation, now)
    recoverable = next(c for c in probe if c["type"] == "ACK.Recoverable")
    order = {name: place for place, name in enumerate(conditions_.ORDER)}
    joined = sorted([*before, recoverable], key=lambda c: order.get(c.get("type", ""), len(order)))
    return {**declared.status, "conditions": joined}


def settled_at_this_generation(declared: Declared) -> bool:
    """Whether the object was as declared when it was last looked at, and nobody edited it since."""
    return (
        declared.observed_generation == declared.generation
        and conditions_.is_true(declared.status, "Ready")
        and not declared.deleting
    )
