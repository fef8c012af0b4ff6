"""The way of an update where it is more than sending what differs: what waits, what is stopped before, what is not tried again.

Pure. Everything here follows from words of the table (controller/kinds/steps.py); the chain that asks is in plan.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from controller.decide.actions import Update
from controller.decide.applied import Applied, mark, was_sent
from controller.decide.compare import Difference, natural_key, same
from controller.decide.declared import Declared, update_only
from controller.decide.faults import Fault
from controller.decide.prints import prints
from controller.decide.situation import Situation, holds, state_of
from controller.decide.translate import to_manifest, to_request, values_at
from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from controller.kinds.shape import Shape
from controller.kinds.states import StateClass
from controller.kinds.steps import FurtherUpdate

# What stands in the status of a resource that is stopped to be updated: first that it is going to be, then that it was.
PENDING, TRIGGERED = "UpdatePending", "UpdateTriggered"


# Further operations: each compares one member with what Describe shows of it.


def further_differences(
    declared: Declared, asked: Mapping[str, Any], description: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """What differs of the members that further operations change."""
    found = []
    for further in declared.kind.steps.also_updates:
        wished = _wished(further, declared, asked)
        if wished in (None, {}, []):
            continue
        shown = _shown(further, wished, description)
        if not same(further.shape, wished, shown):
            found.append(Difference(further.declared_as, wished, shown, {further.declared_as: wished}))
    return tuple(found)


def _wished(further: FurtherUpdate, declared: Declared, asked: Mapping[str, Any]) -> Any:
    if further.declared_as in asked:
        return asked[further.declared_as]
    value = (declared.spec or {}).get(key_of(further.declared_as))
    return to_request(further.shape, value) if value is not None else None


def _shown(further: FurtherUpdate, wished: Any, description: Mapping[str, Any]) -> Any:
    """What Describe shows, by the operation's own names; of a list only the elements that are declared."""
    shape, shown = further.shape, description.get(further.shown_in)
    if shape.element is None:
        return _renamed(shape, further, shown)
    key = natural_key(shape.element) or ""
    declared = {item.get(key) for item in wished}
    return [_renamed(shape.element, further, item) for item in shown or () if item.get(key) in declared]


def _renamed(shape: Shape, further: FurtherUpdate, shown: Any) -> Any:
    if not isinstance(shown, Mapping):
        return shown
    return {member: shown.get(further.shown_as.get(member, member)) for member in shape.members}


def chosen(s: Situation, asked: Mapping[str, Any], now: Sequence[Difference]) -> Update:
    """The one call to make now: a further operation if it does it all, else Update with all it takes, else the next one."""
    kind, before = s.kind, Applied.of(s.declared.status).sent
    for further in kind.steps.also_updates:
        if all(difference.member == further.declared_as for difference in now):
            return _by(further, now, before)
    known = kind.update.members if kind.update else {}
    mine = [difference for difference in now if set(difference.changes) <= set(known)]
    alone = next(([d] for d in mine if d.member in kind.steps.one_by_one), None)
    if mine := alone or mine:
        keys = {key_of(d.member) for d in mine}
        made = {key: mark for key, mark in prints(kind, asked).items() if key in keys}
        return Update(merged(d.changes for d in mine), sent(mine, before), prints=made)
    further = next(f for f in kind.steps.also_updates if any(d.member == f.declared_as for d in now))
    return _by(further, [d for d in now if d.member == further.declared_as], before)


def _by(further: FurtherUpdate, now: Sequence[Difference], before: Mapping[str, str]) -> Update:
    return Update({further.member: now[0].wished}, sent(now, before), further.operation)


def sent(differences: Iterable[Difference], before: Mapping[str, str]) -> dict[str, str]:
    """What goes on record of these differences once they are sent."""
    return {key_of(d.member): mark(d, before.get(key_of(d.member))) for d in differences if not d.unseen}


def merged(changes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Members of Update for several differences at once; lists of names are joined."""
    whole: dict[str, Any] = {}
    for change in changes:
        for member, value in change.items():
            if isinstance(value, list) and isinstance(whole.get(member), list):
                whole[member] = [*whole[member], *value]
            else:
                whole[member] = value
    return whole


# When a member can be changed.


def may_change_now(kind: Kind, member: str, description: Mapping[str, Any]) -> bool:
    """Whether the table has nothing against a change of this member as things are."""
    steps = kind.steps
    if (state_of(kind, description) or "") in steps.no_update_in:
        return False
    only, never = steps.only_while.get(member), steps.not_while.get(member)
    return (only is None or holds(description, only)) and not (never and holds(description, never))


def is_taken_away(kind: Kind, difference: Difference, description: Mapping[str, Any]) -> bool:
    """Whether what is no longer declared is shown still, and yet out of force."""
    conditions = kind.steps.removed_when.get(difference.member)
    return difference.wished is None and conditions is not None and holds(description, conditions)


def not_together(kind: Kind, differing: Iterable[Difference]) -> str | None:
    """Why these cannot be changed in one go, if so."""
    apart = kind.steps.apart
    members = {difference.member for difference in differing}
    if apart is None or sum(bool(members & set(group)) for group in apart.groups) < 2:
        return None
    return apart.says


# The latch: an update that failed is not tried again.


def latch_note(
    declared: Declared, asked: Mapping[str, Any], members: Iterable[str] | None = None
) -> str | None:
    """What the latch's annotation holds of this wish; None without a latch, or where ``members`` do not touch it."""
    latch = declared.kind.steps.latch
    if latch is None:
        return None
    if latch.member is not None:
        touched = members is None or latch.member in members
        return str(asked.get(latch.member) or "") or None if touched else None
    return json.dumps(_spec(declared, asked), sort_keys=True, separators=(",", ":"))


def _spec(declared: Declared, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The whole spec, references replaced and the name filled in, without tags."""
    kind, spec = declared.kind, declared.spec or {}
    whole = to_manifest(kind.create, asked)
    whole |= {key_of(m): spec[key_of(m)] for m, _ in kind.beside_create if key_of(m) in spec}
    whole.pop(key_of("Tags"), None)
    return dict(whole)


def _is_noted(declared: Declared, asked: Mapping[str, Any]) -> bool:
    """Whether the annotation says that this very wish was sent last, by us or by the incumbent."""
    latch, wished = declared.kind.steps.latch, latch_note(declared, asked)
    noted = declared.annotations.get(latch.annotation) if latch else None
    if latch is None or wished is None or not noted:
        return False
    if latch.member is not None:
        return noted == wished
    try:
        return bool(_plain(json.loads(noted)) == _plain(json.loads(wished)))
    except ValueError:
        return False


def _plain(value: Any) -> Any:
    """A document without what says nothing, so that two writers' ways of leaving something out are one."""
    if isinstance(value, Mapping):
        inner = {key: _plain(item) for key, item in value.items() if key != "tags"}
        return {key: item for key, item in inner.items() if item not in (None, {}, [])}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _latched(s: Situation, changed: Iterable[Difference]) -> list[Difference]:
    """The differences that a failed update has left, if this very update was sent already."""
    latch = s.kind.steps.latch
    if latch is None:
        return []
    left = [d for d in changed if d.changes and latch.member in {None, d.member}]
    known = Applied.of(s.declared.status).sent
    before = all(was_sent(d, known.get(key_of(d.member))) for d in left if not d.unseen)
    return left if before or _is_noted(s.declared, s.asked) else []


def failure_of(kind: Kind, description: Mapping[str, Any]) -> str:
    """Why SageMaker says that something failed, empty if it does not."""
    if kind.failure:
        return str(description.get(kind.failure) or "")
    told = (value for path in kind.failure_within for value in values_at(description, path.split(".")))
    return "; ".join(dict.fromkeys(str(value) for value in told if value))


def failed_in_passing(kind: Kind, description: Mapping[str, Any]) -> bool:
    """Whether an update failed for the service's own reasons, so that the same may succeed another time."""
    latch = kind.steps.latch
    return latch is not None and failure_of(kind, description).startswith(latch.retried)


def stopped_by_failure(s: Situation, changed: Iterable[Difference]) -> str | None:
    """The sentence for an update that failed and would fail again, if that is how it stands."""
    return _stopped_beside(s, changed) or _stopped_by_latch(s, changed)


def _stopped_beside(s: Situation, changed: Iterable[Difference]) -> str | None:
    """The same where not the failure of the whole but a member of its own tells of the last update."""
    failed = s.kind.steps.failed_update
    if failed is None or s.seen is None or not holds(s.seen.description, failed.shown_by):
        return None
    known = Applied.of(s.declared.status).sent
    sent = [d for d in changed if d.changes and was_sent(d, known.get(key_of(d.member)))]
    if not sent:
        return None  # something else is wished now
    told = values_at(s.seen.description, failed.why.split("."))
    why = "; ".join(str(value) for value in told if value).rstrip(".") or "SageMaker gave no reason"
    what = ", ".join(key_of(d.member) for d in sent)
    return f"the update of {what} failed: {why}; edit the manifest to have another one tried"


def _stopped_by_latch(s: Situation, changed: Iterable[Difference]) -> str | None:
    latch = s.kind.steps.latch
    if latch is None or s.seen is None or not failure_of(s.kind, s.seen.description):
        return None
    if failed_in_passing(s.kind, s.seen.description) or not _latched(s, changed):
        return None
    return latch.says.format(s.asked.get(latch.member or "", ""))


def waits_to_retry(s: Situation, changed: Iterable[Difference]) -> bool:
    """Whether an update that failed in passing is to be sent again, and not yet."""
    passing = s.seen is not None and failed_in_passing(s.kind, s.seen.description)
    return passing and s.retry_in > 0 and bool(_latched(s, changed))


# What is stopped to be updated.


def note_of(declared: Declared) -> str | None:
    """What the status notes of a resource that we stopped to update it."""
    waiting = declared.kind.steps.update_while
    return declared.status.get(key_of(waiting.noted_in)) if waiting else None


def is_stopped_by_us(declared: Declared, description: Mapping[str, Any]) -> bool:
    """Whether it stands still because of an update."""
    waiting = declared.kind.steps.update_while
    stands = waiting is not None and state_of(declared.kind, description) == waiting.state
    return stands and note_of(declared) is not None


def given_up(kind: Kind, fault: Fault) -> str:
    """The sentence for what was stopped in vain."""
    return (
        f"the update was refused, and this {kind.name} was started again as it was: {fault.message.rstrip('.')}; "
        "edit the manifest to have it tried again"
    )


def must_stop_first(kind: Kind, held: StateClass) -> bool:
    """Whether an update has to stop what works."""
    return kind.steps.update_while is not None and held is StateClass.SETTLED


def update_arguments(declared: Declared, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the manifest says of how an update is to be made, and of what only Update knows."""
    told = {member: asked[member] for member in declared.kind.steps.arguments if member in asked}
    return {**update_only(declared), **told}


def under_way(kind: Kind, description: Mapping[str, Any]) -> Mapping[str, Any]:
    """A description that does not show yet what was asked for, with the state that says so, if the kind has one."""
    updating = kind.states.named("updating") if kind.states else None
    return {**description, kind.status: updating} if updating and kind.status else description
