"""What to do about one object: a chain of small named checks; the first that answers decides. Pure: facts in, action out."""

from collections.abc import Callable, Mapping
from typing import Any

from controller.decide import reach, updates
from controller.decide.actions import (
    Action,
    Create,
    Hold,
    Lost,
    Reject,
    Show,
    Start,
    StopFirst,
    Tag,
    Wait,
    Yield,
)
from controller.decide.applied import Applied, fingerprint, joined, left, outline, paths
from controller.decide.compare import Difference, differences
from controller.decide.confidential import on_record
from controller.decide.declared import applied_identity, update_only
from controller.decide.ending import (
    LOOK_AGAIN,
    WAIT,
    end_what_is_being_deleted,
    ends_without_a_call,
    keep_what_is_protected,
    let_go_of_what_is_not_held,
    refuse_an_unclear_fate,
    retain_what_is_to_stay,
)
from controller.decide.pauses import LIVING
from controller.decide.situation import Situation, class_of, ended, is_held, is_over, refusal, state_of
from controller.kinds.names import key_of
from controller.kinds.states import StateClass


def plan(situation: Situation) -> Action:
    """The first answer of the chain."""
    for check in CHAIN:
        action = check(situation)
        if action is not None:
            return action
    return Show()


def leave_it_to_another_writer(s: Situation) -> Action | None:
    """Two controllers on one object: nothing is called, but for what needs no call anyway."""
    if s.rival is None or (ends_without_a_call(s) if s.declared.deleting else is_over(s.declared)):
        return None
    return Yield(s.rival.message, s.rival.quiet_in, s.rival.said)


def hold_what_is_known(s: Situation) -> Action | None:
    """An object whose resource is there and that has not our finalizer (a replace, a restore) gets it before anything else."""
    known = s.declared.arn is not None or (s.seen is not None and s.seen.ours)
    return Hold() if known and not s.declared.held else None


def keep_a_refusal(s: Situation) -> Action | None:
    """What was refused for good stays refused until somebody edits it; what is there meanwhile is looked at all the same."""
    why = refusal(s.declared)
    if why is None or (s.seen is None and s.declared.arn is not None):
        return None
    return Reject("Invalid", why)


def reject_what_the_model_forbids(s: Situation) -> Action | None:
    """Before any call, and before anything is written: one sentence per member that cannot be."""
    # what has no value yet is missing only until its reference is resolved
    if not s.complaints or s.unresolved or (s.declared.arn is None and s.waits):
        return None
    known = s.declared.arn is None or (s.edited and s.seen is not None)
    return Reject("Invalid", "; ".join(s.complaints)) if known else None


def wait_for_references(s: Situation) -> Action | None:
    """A name that does not exist yet is not an error. What exists already waits only for a value that an edit asks for."""
    to_be_made = s.declared.arn is None or (s.looked and s.seen is None and not ended(s.declared))
    if s.waits and (to_be_made or (s.unresolved and s.edited)):
        return Wait("WaitingForReference", "; ".join(s.waits), WAIT)
    return None


def wait_for_what_identifies(s: Situation) -> Action | None:
    """A resource that SageMaker cannot be asked about is not one that is gone."""
    if s.nameless and s.declared.arn is not None:
        what = "; ".join(s.waits) or f"what identifies this {s.kind.name} in SageMaker is not known"
        return Wait("WaitingForReference", what, WAIT)
    return None


def leave_alone_what_is_not_ours(s: Situation) -> Action | None:
    """A resource that is not proven ours is never touched."""
    if s.seen is None or s.seen.ours:
        return None
    if s.declared.is_claimed:
        return Reject(
            "AlreadyExists",
            f"{s.declared.arn} has the ownership tag of another object: take the annotation away that names it",
        )
    return Reject("AlreadyExists", "Resource already exists")


def create_what_is_missing(s: Situation) -> Action | None:
    """Never tried: without looking. Tried before: only once it is sure that the first try had no effect."""
    declared = s.declared
    if declared.arn is not None or s.seen is not None:
        return None
    if declared.held and s.recent and not s.refused and not s.kind.found_by_name_or_token:
        return Wait(
            "Creating", "looks whether an earlier Create had its effect before trying again", LOOK_AGAIN
        )
    return Create(s.asked, fresh=not declared.held)


def make_good_what_vanished(s: Situation) -> Action | None:
    """A vanished resource is created again unless it ran, or holds what nobody can create again."""
    if not s.looked or s.seen is not None:
        return None
    if ended(s.declared):
        return Show("SageMaker no longer has the record of this run")
    if s.recent:
        return Wait("Creating", "SageMaker does not show it yet", LOOK_AGAIN)
    if s.kind.recreate:
        return Create(s.asked, fresh=False)
    return Lost(f"SageMaker no longer has this {s.kind.name}, and it is not created a second time")


def tag_what_differs(s: Situation) -> Action | None:
    """Declared tags are added and changed, tags that were declared once are removed; foreign ones stay."""
    if s.tags is None or s.seen is None:
        return None
    wished = {tag["Key"]: tag.get("Value", "") for tag in s.asked.get("Tags", ())}
    missing = {key: value for key, value in wished.items() if s.tags.get(key) != value}
    gone = tuple(key for key in Applied.of(s.declared.status).tags if key not in wished and key in s.tags)
    return Tag(missing, gone) if missing or gone else None


def wait_while_busy(s: Situation) -> Action | None:
    """SageMaker refuses changes in between, except those the table marks for the state."""
    if s.seen is None or class_of(s.kind, s.seen.description) is not StateClass.BUSY:
        return None
    if any(d.member in _thawed(s) and _may_change(s, d.member) for d in _to_do(s)):
        return None
    return Show()


def start_what_an_update_had_stopped(s: Situation) -> Action | None:
    """Once there is nothing left to update, also because it was refused; what somebody else stopped stays so."""
    if s.seen is None or not s.seen.ours or not updates.is_stopped_by_us(s.declared, s.seen.description):
        return None
    refused = refusal(s.declared) or "; ".join(s.complaints) or None
    if refused is None and tag_what_differs(s) is not None:
        return None  # starting says that this generation was seen to
    return Start(refused) if refused or not _due(s) else None


def reject_what_cannot_go_together(s: Situation) -> Action | None:
    """Two changes of which SageMaker takes only one, so that nobody can say which is meant."""
    why = updates.not_together(s.kind, _to_do(s)) if s.edited else None
    return Reject("Invalid", why) if why else None


def wait_for_what_is_running(s: Situation) -> Action | None:
    """An execution of the resource's own goes on: what is to be changed is changed after it."""
    if s.seen is None or not is_held(s.kind, s.seen.description) or not _due(s):
        return None
    return Wait(
        "Busy", f"something of this {s.kind.name} is running: it is changed once that has ended", WAIT
    )


def stop_at_a_failed_update(s: Situation) -> Action | None:
    """The same update would fail again; a person has to say something else."""
    why = updates.stopped_by_failure(s, _changed(s))
    return Reject("UpdateFailed", why) if why else None


def wait_before_another_try(s: Situation) -> Action | None:
    """An update failed for SageMaker's own reasons: it is sent again, ever more seldom, and looked at meanwhile."""
    if s.seen is None or not updates.waits_to_retry(s, _changed(s)):
        return None
    why = updates.failure_of(s.kind, s.seen.description)
    return Wait("UpdateFailed", why, min(s.retry_in, LIVING))


def stop_what_is_updated_at_rest(s: Situation) -> Action | None:
    """Only for what an update can change; a difference that stays is no reason to stop anybody's work."""
    if s.seen is None or not updates.must_stop_first(s.kind, class_of(s.kind, s.seen.description)):
        return None
    return StopFirst() if _due(s) else None


def update_what_differs(s: Situation) -> Action | None:
    """Only what the manifest declares, or declared once, and Update can change now; the rest becomes an advisory."""
    if not reach.updates(s.kind):
        return None
    now = _due(s)
    return updates.chosen(s.kind, now) if now else None


def show_what_is_there(s: Situation) -> Action | None:
    """Nothing differs, or nothing that could be changed."""
    found = _changed(s)
    gone = [d for d in found if d.wished is None or d.left]
    kept = [d.member for d in found if d not in gone]
    sentences = list(s.unclear) if s.seen is not None else []
    if kept:
        sentences.append(
            f"SageMaker has other values of {', '.join(kept)} than the manifest, and cannot change them: make a new object"
        )
    if gone:
        what = ", ".join(path for d in gone for path in paths(d.left, key_of(d.member)))
        sentences.append(
            f"SageMaker keeps {what}, which the manifest does not declare any more and nothing takes away"
        )
    return Show("; ".join(sentences) or None)


def recorded(s: Situation, description: Mapping[str, Any]) -> Applied:
    """What is on record once this description is shown and nothing is left to be called."""
    before, asked = Applied.of(s.declared.status), {**s.asked, **update_only(s.declared)}
    differing = {key_of(difference.member) for difference in _changed(s)}
    return Applied(
        identity={**before.identity, **applied_identity(s.declared, s.asked)},
        fields=joined(outline(s.kind, asked), left(s.kind, before.fields, asked, description)),
        tags=tuple(tag["Key"] for tag in asked.get("Tags", ())) if s.tags is not None else before.tags,
        sent={key: value for key, value in before.sent.items() if key in differing},
        secrets={**on_record(s.kind, s.asked), **before.secrets},
    )


def _may_change(s: Situation, member: str) -> bool:
    """A run takes changes only in the states that the table names; everything else whenever it is not busy."""
    description = s.seen.description if s.seen is not None else {}
    return (s.kind.lifecycle != "run" or member in _thawed(s)) and updates.may_change_now(
        s.kind, member, description
    )


def _thawed(s: Situation) -> frozenset[str]:
    state = state_of(s.kind, s.seen.description) if s.seen is not None else None
    return frozenset(s.kind.thawed.get(state or "", ()))


def _to_do(s: Situation) -> list[Difference]:
    """What Update could change and was not asked for already, to no effect."""
    sent = Applied.of(s.declared.status).sent
    again = s.seen is not None and updates.failed_in_passing(s.kind, s.seen.description)
    return [d for d in _changed(s) if d.changes and (again or sent.get(key_of(d.member)) != fingerprint(d))]


def _due(s: Situation) -> list[Difference]:
    """What Update is to change now."""
    return [difference for difference in _to_do(s) if _may_change(s, difference.member)]


def _changed(s: Situation) -> tuple[Difference, ...]:
    if s.seen is None:
        return ()
    asked = {**s.asked, **update_only(s.declared)}
    description = s.seen.description
    gone = left(s.kind, Applied.of(s.declared.status).fields, asked, description)
    further = updates.further_differences(s.declared, s.asked, description)
    spoken_of = {difference.member for difference in further}
    found = [d for d in differences(s.kind, asked, description, gone) if d.member not in spoken_of]
    found = [d for d in found if not updates.is_taken_away(s.kind, d, description)]
    spoken_of |= {difference.member for difference in found}
    return (*found, *further, *(d for d in _pointed_elsewhere(s) if d.member not in spoken_of))


def _pointed_elsewhere(s: Situation) -> list[Difference]:
    """Members for which the manifest names another Secret than the one that was sent: Describe tells nothing of these."""
    now, before = on_record(s.kind, s.asked), Applied.of(s.declared.status).secrets
    moved = {path.split(".")[0] for path, named in now.items() if before.get(path, named) != named}
    return [
        Difference(member, s.asked[member], dict(before), {member: s.asked[member]})
        for member in s.kind.changeable
        if key_of(member) in moved
    ]


Check = Callable[[Situation], Action | None]
CHAIN: tuple[Check, ...] = (
    let_go_of_what_is_not_held,
    refuse_an_unclear_fate,
    keep_what_is_protected,
    retain_what_is_to_stay,
    leave_it_to_another_writer,  # after what lets go without a call
    end_what_is_being_deleted,
    hold_what_is_known,
    start_what_an_update_had_stopped,  # before a refusal is kept: nobody's work stands still for it
    keep_a_refusal,
    reject_what_the_model_forbids,
    wait_for_references,  # before our finalizer goes on: what only waits was never tried
    wait_for_what_identifies,
    leave_alone_what_is_not_ours,
    create_what_is_missing,
    make_good_what_vanished,
    tag_what_differs,  # SageMaker takes tags at any time; the look that follows does the rest
    reject_what_cannot_go_together,
    wait_while_busy,
    wait_for_what_is_running,
    stop_at_a_failed_update,
    wait_before_another_try,
    stop_what_is_updated_at_rest,
    update_what_differs,
    show_what_is_there,
)
