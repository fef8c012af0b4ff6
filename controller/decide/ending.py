"""What to do about an object that is being deleted: stop, delete, wait, let go; never touch what is not proven ours."""

from collections.abc import Mapping
from typing import Any

from controller.decide.actions import Action, Create, Delete, Reject, Release, Show, Stop, Wait
from controller.decide.declared import Declared
from controller.decide.deletion import PROTECTION_ANNOTATION, is_read_only
from controller.decide.situation import Situation, ended, is_held, refusal, state_of
from controller.kinds.kind import Kind
from controller.kinds.states import StateClass

# How long a plain wait lasts at most before somebody looks again, seconds: neighbours wake their waiters, so this is only
# for what no watch tells. 30 is also the incumbent's wait for a neighbour.
WAIT = 30.0
# Seconds until SageMaker is asked again whether a Create that got no answer had its effect.
LOOK_AGAIN = 5.0


def let_go_of_what_is_not_held(s: Situation) -> Action | None:
    """An object on its way out that has not our finalizer is none of ours to end."""
    return Show() if s.declared.deleting and not s.declared.held else None


def refuse_an_unclear_fate(s: Situation) -> Action | None:
    """Neither deleted nor retained on a word nobody knows, and nothing new is made whose end is unclear."""
    new = s.declared.arn is None and not s.declared.held
    if s.unclear and (s.declared.deleting or new or is_read_only(s.declared)):
        return Reject("InvalidAnnotation", "; ".join(s.unclear))
    return None


def keep_what_is_protected(s: Situation) -> Action | None:
    """A protected object waits, whatever its deletion policy; nothing is called."""
    if s.declared.deleting and s.protected:
        sentence = f'its deletion waits while annotation {PROTECTION_ANNOTATION} is "true": take it away to let it go'
        return Wait("DeletionProtected", sentence, WAIT)
    return None


def retain_what_is_to_stay(s: Situation) -> Action | None:
    """deletion-policy: retain lets go without any call."""
    if s.declared.deleting and s.retain:
        return Release("retained: the SageMaker resource stays, as the deletion policy says")
    return None


def ends_without_a_call(s: Situation) -> bool:
    """Whether a deletion comes to nothing but letting go."""
    return s.kind.end_with == "leave" or (s.kind.end_with == "stop" and ended(s.declared))


def end_what_is_being_deleted(s: Situation) -> Action | None:
    """Stop, then delete, then let go; wait for those that use it only while they are being deleted too."""
    declared = s.declared
    if not declared.deleting:
        return None
    if s.kind.end_with == "leave":
        nothing = declared.arn is None and (s.refused or refusal(declared) is not None)
        return Release(None if nothing else f"SageMaker can neither stop nor delete {s.kind.name}: it stays")
    if s.seen is not None and not s.seen.ours:
        return Release("the SageMaker resource of this name is not known to be ours and stays")
    if s.users:
        return Wait("InUse", f"waits for {s.users[0]}, which is being deleted too", WAIT)
    if s.nameless and declared.arn is not None:
        what = "; ".join(s.waits) or f"what identifies this {s.kind.name} in SageMaker is not known"
        return Wait("Deleting", f"{what}: annotate deletion-policy: retain to let go of it", WAIT)
    if s.looked and s.seen is None:
        return _let_go_of_the_unseen(s)
    if s.seen is not None and is_held(s.kind, s.seen.description):
        return Wait(
            "Deleting", f"something of this {s.kind.name} is running: it is deleted once that has ended", WAIT
        )
    return _end(s.kind, s.seen.description if s.seen else None, declared)


def _let_go_of_the_unseen(s: Situation) -> Action:
    """Nothing is there, it seems. That is the end of it, unless Create was tried so lately that it may be invisible yet."""
    declared = s.declared
    if declared.arn is not None:
        created_lately = s.recent and not _is_ending(declared.state)
        # it was created for certain: it is ended unseen
        return _end(s.kind, None, declared) if created_lately else Release()
    if s.refused or refusal(declared) is not None:
        return Release()
    if s.kind.found_by_token and not s.waits:
        # no look can tell what became of an earlier try; the same token tells, and what it names is ended in the next pass
        return Create(s.asked, fresh=False)
    if s.recent:
        return Wait(
            "Deleting", "looks whether an earlier Create had its effect before letting go", LOOK_AGAIN
        )
    return Release()


def _end(kind: Kind, description: Mapping[str, Any] | None, declared: Declared) -> Action:
    state = state_of(kind, description) if description is not None else declared.state
    known = kind.states.of(state) if kind.states and state else StateClass.SETTLED
    if known is StateClass.GONE:
        return Release()
    if _is_ending(state):
        return Wait("Deleting", f"{kind.name} is {state}.", WAIT)
    over = kind.states.ended(state) if kind.states and state else False
    if kind.end_with == "stop":
        return Release() if over else Stop()
    if kind.end_with == "stop-delete":
        if kind.lifecycle == "run":
            return Delete() if over else Stop()
        if known is StateClass.SETTLED:
            return Stop()
    if known is StateClass.BUSY:
        return Wait("Deleting", f"{kind.name} in {state} state cannot be modified or deleted.", WAIT)
    return Delete()


def _is_ending(state: str | None) -> bool:
    plain = (state or "").lower().replace("_", "")
    return plain in {"deleting", "stopping", "deleteinprogress", "deletepending"}
