"""What is declared otherwise than SageMaker has it, what of that Update is to change now, and what goes on record of it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from controller.decide import updates
from controller.decide.applied import Applied, joined, left, outline, paths, was_sent
from controller.decide.compare import Difference, differences, places
from controller.decide.confidential import on_record
from controller.decide.declared import applied_identity, update_only
from controller.decide.prints import moved, prints
from controller.decide.situation import Situation, state_of
from controller.kinds.kind import Kind
from controller.kinds.names import key_of


def amiss(kind: Kind, found: Sequence[Difference], unclear: Sequence[str] = ()) -> str | None:
    """The advisory on what SageMaker has otherwise than it is declared, and will have."""
    gone = [d for d in found if d.wished is None or d.left]
    kept = [path for d in found if d not in gone for path in places(kind, d)]
    sentences = list(unclear)
    if kept:
        sentences.append(
            f"SageMaker has other values of {', '.join(kept)} than the manifest, and cannot change them: declare what it has, "
            "or make a new object"
        )
    if gone:
        what = ", ".join(path for d in gone for path in paths(d.left, key_of(d.member)))
        sentences.append(
            f"SageMaker keeps {what}, which the manifest does not declare any more and nothing takes away: "
            "declare it again, or make a new object"
        )
    return "; ".join(sentences) or None


def differing(s: Situation) -> frozenset[str]:
    """The manifest keys of what SageMaker has otherwise than it is declared, or was applied."""
    return frozenset(key_of(difference.member) for difference in changed(s))


def recorded(s: Situation, description: Mapping[str, Any]) -> Applied:
    """What is on record once this description is shown and nothing is left to be called."""
    before, asked = Applied.of(s.declared.status), {**s.asked, **update_only(s.declared)}
    known = differing(s)
    return Applied(
        identity={**applied_identity(s.declared, s.asked), **before.identity},
        fields=joined(outline(s.kind, asked), left(s.kind, before.fields, asked, description)),
        tags=tuple(tag["Key"] for tag in asked.get("Tags", ())) if s.tags is not None else before.tags,
        sent={key: value for key, value in before.sent.items() if key in known},
        secrets={**on_record(s.kind, s.asked), **before.secrets},
        prints={**prints(s.kind, asked), **before.prints},
    )


def may_change(s: Situation, member: str) -> bool:
    """A run takes changes only in the states that the table names; everything else whenever it is not busy."""
    description = s.seen.description if s.seen is not None else {}
    return (s.kind.lifecycle != "run" or member in thawed(s)) and updates.may_change_now(
        s.kind, member, description
    )


def thawed(s: Situation) -> frozenset[str]:
    """The members that may be changed although it is busy in its state."""
    state = state_of(s.kind, s.seen.description) if s.seen is not None else None
    return frozenset(s.kind.thawed.get(state or "", ()))


def to_do(s: Situation) -> list[Difference]:
    """What Update could change and was not asked for already, to no effect."""
    sent = Applied.of(s.declared.status).sent
    again = s.seen is not None and updates.failed_in_passing(s.kind, s.seen.description)
    return [d for d in changed(s) if d.changes and (again or not was_sent(d, sent.get(key_of(d.member))))]


def due(s: Situation) -> list[Difference]:
    """What Update is to change now."""
    return [difference for difference in to_do(s) if may_change(s, difference.member)]


def changed(s: Situation) -> tuple[Difference, ...]:
    """Every member that is declared otherwise than SageMaker has it, or than it was applied where that cannot be seen."""
    if s.seen is None:
        return ()
    asked = {**s.asked, **update_only(s.declared)}
    description, before = s.seen.description, Applied.of(s.declared.status)
    gone = left(s.kind, before.fields, asked, description)
    further = updates.further_differences(s.declared, s.asked, description)
    spoken_of = {difference.member for difference in further}
    found = [d for d in differences(s.kind, asked, description, gone) if d.member not in spoken_of]
    found = [d for d in found if not updates.is_taken_away(s.kind, d, description)]
    spoken_of |= {difference.member for difference in found}
    unseen = (*_pointed_elsewhere(s), *moved(s.kind, asked, before.prints))
    return (*found, *further, *(d for d in unseen if d.member not in spoken_of))


def _pointed_elsewhere(s: Situation) -> list[Difference]:
    """Members for which the manifest names another Secret than the one that was sent: Describe tells nothing of these."""
    now, before = on_record(s.kind, s.asked), Applied.of(s.declared.status).secrets
    elsewhere = {path.split(".")[0] for path, named in now.items() if before.get(path, named) != named}
    return [
        Difference(member, s.asked[member], dict(before), {member: s.asked[member]})
        for member in s.kind.changeable
        if key_of(member) in elsewhere
    ]
