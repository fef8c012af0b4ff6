"""What to do about one object: a chain of small named checks; the first that answers decides. Pure: facts in, action out."""

from collections.abc import Callable

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
from controller.decide.applied import Applied
from controller.decide.declared import renamed, update_only
from controller.decide.differing import amiss, changed, due, may_change, thawed, to_do
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
from controller.decide.ownership import claimed_but_gone, claimed_illegibly, claims_another, taken
from controller.decide.periods import LIVING
from controller.decide.situation import INVALID, Situation, class_of, ended, is_held, is_over, refusal
from controller.decide.writers import unclear
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
    return Yield(s.rival.message, s.rival.quiet_in, s.rival.said, s.rival.anew)


def hold_what_is_known(s: Situation) -> Action | None:
    """An object whose resource is there and that has not our finalizer (a replace, a restore) gets it before anything else."""
    known = s.declared.arn is not None or (s.seen is not None and s.seen.ours)
    return Hold() if known and not s.declared.held else None


def keep_a_refusal(s: Situation) -> Action | None:
    """What was refused for good stays refused until somebody edits it; what is there meanwhile is looked at all the same."""
    refused = refusal(s.declared)
    return None if s.seen is None and s.declared.arn is not None else refused


def reject_what_the_model_forbids(s: Situation) -> Action | None:
    """Before any call, and before anything is written: one sentence per member that cannot be."""
    # what has no value yet is missing only until its reference is resolved
    if not s.complaints or s.unresolved or (s.declared.arn is None and s.waits):
        return None
    known = s.declared.arn is None or (s.edited and s.seen is not None)
    return Reject("Invalid", "; ".join(s.complaints)) if known else None


def wait_for_references(s: Situation) -> Wait | None:
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
    return Reject("AlreadyExists", taken(s.declared, s.seen.arn, s.seen.owner, holder=s.seen.holder))


def refuse_another_name(s: Situation) -> Action | None:
    """What is there was made under another name: a second one would leave it to nobody."""
    if s.seen is None or not (was := renamed(s.declared, s.asked)):
        return None
    what = ", ".join(f"{key} {value}" for key, value in was.items())
    return Reject(
        "Invalid",
        f"this {s.kind.name} was made with {what}, which cannot change: set it back, "
        "or delete this object and apply it anew",
    )


def refuse_a_claim_that_is_no_arn(s: Situation) -> Action | None:
    """Whoever meant a resource that is there must not get a new one for a slip of the pen."""
    if s.seen is not None or not s.declared.is_claim_illegible:
        return None
    return Reject("InvalidAnnotation", claimed_illegibly(s.kind))


def create_what_is_missing(s: Situation) -> Action | None:
    """Never tried: without looking. Tried before: only once it is sure that the first try had no effect."""
    declared = s.declared
    if declared.arn is not None or s.seen is not None:
        return None
    by_answer = s.kind.found_by_name_or_token and not renamed(
        declared, s.asked
    )  # the answer to another try tells
    if declared.held and s.recent and not s.refused and not by_answer:
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
    if claims_another(s.declared):
        return Reject("InvalidAnnotation", taken(s.declared, f"{s.kind.name} {s.declared.own_name}", None))
    if s.declared.is_somebodys_claim:
        return Reject("InvalidAnnotation", claimed_but_gone(s.declared))
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
    open_ = to_do(s)
    if any(d.member in thawed(s) and may_change(s, d.member) for d in open_):
        return None
    if s.kind.lifecycle != "run":
        return Show()  # what differs is being changed
    # a run may be at work for days: what it will not be told is said at once
    return Show(amiss(s.kind, [d for d in changed(s) if d not in open_]))


def start_what_an_update_had_stopped(s: Situation) -> Action | None:
    """Once there is nothing left to update, also because it was refused; what somebody else stopped stays so."""
    if s.seen is None or not s.seen.ours or not updates.is_stopped_by_us(s.declared, s.seen.description):
        return None
    refused = refusal(s.declared) or (Reject(INVALID, "; ".join(s.complaints)) if s.complaints else None)
    if refused is None and (waiting := wait_for_references(s)):
        return Start(waiting)  # nobody knows when that will be there
    if refused is None and tag_what_differs(s) is not None:
        return None  # starting says that this generation was seen to
    return Start(refused) if refused or not due(s) else None


def reject_what_cannot_go_together(s: Situation) -> Action | None:
    """Two changes of which SageMaker takes only one, so that nobody can say which is meant."""
    why = updates.not_together(s.kind, to_do(s)) if s.edited else None
    return Reject("Invalid", why) if why else None


def wait_for_what_is_running(s: Situation) -> Action | None:
    """An execution of the resource's own goes on: what is to be changed is changed after it."""
    if s.seen is None or not is_held(s.kind, s.seen.description) or not due(s):
        return None
    return Wait(
        "Busy", f"something of this {s.kind.name} is running: it is changed once that has ended", WAIT
    )


def stop_at_a_failed_update(s: Situation) -> Action | None:
    """The same update would fail again; a person has to say something else."""
    why = updates.stopped_by_failure(s, changed(s))
    return Reject("UpdateFailed", why) if why else None


def wait_before_another_try(s: Situation) -> Action | None:
    """An update failed for SageMaker's own reasons: it is sent again, ever more seldom, and looked at meanwhile."""
    if s.seen is None or not updates.waits_to_retry(s, changed(s)):
        return None
    why = updates.failure_of(s.kind, s.seen.description)
    return Wait("UpdateFailed", why, min(s.retry_in, LIVING))


def stop_what_is_updated_at_rest(s: Situation) -> Action | None:
    """Only for what an update can change; a difference that stays is no reason to stop anybody's work."""
    if s.seen is None or not updates.must_stop_first(s.kind, class_of(s.kind, s.seen.description)):
        return None
    return StopFirst() if due(s) else None


def update_what_differs(s: Situation) -> Action | None:
    """Only what the manifest declares, or declared once, and Update can change now; the rest becomes an advisory."""
    if not reach.updates(s.kind):
        return None
    now = due(s)
    return updates.chosen(s, {**s.asked, **update_only(s.declared)}, now) if now else None


def show_what_is_there(s: Situation) -> Action | None:
    """Nothing differs, or nothing that could be changed."""
    if s.lately_changed and any(d.changes for d in changed(s)):
        return Show(None, pending=True)  # what was sent may not be shown yet: nothing is said of it too early
    return Show(amiss(s.kind, changed(s), (*s.unclear, *unclear(s.declared)) if s.seen is not None else ()))


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
    refuse_another_name,
    refuse_a_claim_that_is_no_arn,
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
