"""What to do about one object: a chain of small named checks; the first that answers decides. Pure: facts in, action out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from controller.decide.actions import Action, Create, Delete, Reject, Release, Show, Stop, Tag, Update, Wait
from controller.decide.compare import Differences, differences
from controller.decide.conditions import condition, is_true
from controller.decide.declared import Declared, update_only
from controller.decide.translate import values_at
from controller.kinds.kind import Kind
from controller.kinds.states import StateClass

# How long a plain wait lasts at most before somebody looks again, seconds: neighbours wake their waiters, so this is only
# for what no watch tells. 30 is also the incumbent's wait for a neighbour.
WAIT = 30.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What Describe answered, unwrapped. ``ours`` is whether the ownership tag says so; None if nobody asked."""

    description: Mapping[str, Any]
    ours: bool | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything ``plan`` judges by. ``seen`` is None for a resource that is not there; ``looked`` whether anybody asked."""

    declared: Declared
    asked: Mapping[str, Any]  # Create's request, references replaced
    complaints: tuple[str, ...] = ()  # what the model forbids in it
    waits: tuple[str, ...] = ()  # a sentence for every neighbour to wait for
    users: tuple[str, ...] = ()  # objects that use this one and are being deleted too
    looked: bool = False
    seen: Seen | None = None
    retain: bool = False
    recent: bool = False  # whether a Create was tried lately, so that Describe may not know of it yet
    settling: bool = (
        False  # the same, for a kind that neither a name nor a token keeps from being created twice
    )
    tags: Mapping[str, str] | None = None  # what SageMaker has, if anybody asked

    @property
    def kind(self) -> Kind:
        """The object's kind."""
        return self.declared.kind


def state_of(kind: Kind, description: Mapping[str, Any]) -> str | None:
    """The state that a description shows; None for a kind without states."""
    return description.get(kind.status) if kind.status else None


def class_of(kind: Kind, description: Mapping[str, Any]) -> StateClass:
    """The class of what a description shows. A settled run whose rules are still being judged is busy."""
    state = state_of(kind, description)
    if kind.states is None or state is None:
        return StateClass.SETTLED
    held = kind.states.of(state)
    if held in {StateClass.SETTLED, StateClass.FAILED} and _still_judged(kind, description):
        return StateClass.BUSY
    return held


def _still_judged(kind: Kind, description: Mapping[str, Any]) -> bool:
    return any(
        value in values
        for path, values in kind.busy_while.items()
        for value in values_at(description, path.split("."))
    )


def must_look(declared: Declared) -> bool:
    """Whether SageMaker has to be asked before anything can be decided. What cannot change is never asked about."""
    if declared.deleting:
        return declared.held and not ended(declared)
    if not declared.held:
        return False
    if declared.arn is None:
        return True
    return not (ended(declared) and declared.observed_generation == declared.generation)


def ended(declared: Declared) -> bool:
    """Whether the status shows a run that is over: nothing will ever change it again."""
    kind, status = declared.kind, declared.status
    if kind.lifecycle != "run" or kind.states is None or declared.state is None or declared.arn is None:
        return False
    if not kind.states.ended(declared.state):
        return False
    ready = condition(status, "Ready")
    return ready is not None and not is_true(status, "Reconciling")


def refused(declared: Declared, *, deleting: bool = False) -> bool:
    """Whether this very generation was refused for good before anything was created.

    ``deleting``: asked of an object on its way out, whose generation the API server has raised by one.
    """
    return (
        declared.deleting is deleting
        and declared.arn is None
        and declared.observed_generation >= declared.generation - (1 if deleting else 0)
        and is_true(declared.status, "ACK.Terminal")
        and (condition(declared.status, "ACK.Terminal") or {}).get("reason") in {"Invalid", "AlreadyExists"}
    )


def plan(situation: Situation) -> Action:
    """The first answer of the chain."""
    for check in CHAIN:
        action = check(situation)
        if action is not None:
            return action
    return Show()


def let_go_of_what_is_not_held(s: Situation) -> Action | None:
    """An object on its way out that never got our finalizer has nothing in SageMaker."""
    return Show() if s.declared.deleting and not s.declared.held else None


def retain_what_is_to_stay(s: Situation) -> Action | None:
    """deletion-policy: retain lets go without any call."""
    if s.declared.deleting and s.retain:
        return Release("retained: the SageMaker resource stays, as the deletion policy says")
    return None


def end_what_is_being_deleted(s: Situation) -> Action | None:
    """Stop, then delete, then let go; wait for those that use it only while they are being deleted too."""
    if not s.declared.deleting:
        return None
    if s.looked and s.seen is None:
        return _let_go_of_the_unseen(s)
    if s.seen is not None and s.declared.arn is None and s.seen.ours is False:
        return Release("the SageMaker resource of this name belongs to somebody else and stays")
    if s.users:
        return Wait("InUse", f"waits for {s.users[0]}, which is being deleted too", WAIT)
    return _end(s.kind, s.seen.description if s.seen else None, s.declared)


def _let_go_of_the_unseen(s: Situation) -> Action:
    """Describe knows of nothing. That is the end of it, unless Create was tried so lately that it may be invisible yet."""
    declared = s.declared
    if not s.recent or refused(declared, deleting=True) or _is_ending(declared.state):
        return Release()
    if declared.arn is None:
        return Wait("Deleting", "looks whether an earlier Create had its effect before letting go", 5.0)
    return _end(s.kind, None, declared)  # it was created for certain: it is ended unseen


def _end(kind: Kind, description: Mapping[str, Any] | None, declared: Declared) -> Action:
    if kind.end_with == "leave":
        return Release(f"SageMaker can neither stop nor delete {kind.name}: it stays")
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


def keep_a_refusal(s: Situation) -> Action | None:
    """What was refused for good stays refused until somebody edits it."""
    if refused(s.declared):
        said = condition(s.declared.status, "ACK.Terminal") or {}
        return Reject(said.get("reason", "Invalid"), said.get("message", ""))
    return None


def reject_what_the_model_forbids(s: Situation) -> Action | None:
    """Before any call, and before anything is written: one sentence per member that cannot be."""
    if s.complaints and s.declared.arn is None and not s.waits:
        return Reject("Invalid", "; ".join(s.complaints))
    return None


def wait_for_references(s: Situation) -> Action | None:
    """A name that does not exist yet is not an error."""
    if s.waits and s.declared.arn is None:
        return Wait("WaitingForReference", "; ".join(s.waits), WAIT)
    return None


def leave_alone_what_is_not_ours(s: Situation) -> Action | None:
    """A resource that carries somebody else's ownership tag is never touched."""
    if s.seen is not None and s.declared.arn is None and s.seen.ours is False:
        return Reject("AlreadyExists", "Resource already exists")
    return None


def create_what_is_missing(s: Situation) -> Action | None:
    """Never tried: without looking. Tried before: only once it is sure that the first try had no effect."""
    declared = s.declared
    if declared.arn is not None or s.seen is not None:
        return None
    if declared.held and s.settling:
        return Wait("Creating", "looks whether an earlier Create had its effect before trying again", 5.0)
    return Create(s.asked, fresh=not declared.held)


def make_good_what_vanished(s: Situation) -> Action | None:
    """A vanished resource is created again unless it ran, or holds what nobody can create again."""
    if not s.looked or s.seen is not None:
        return None
    if ended(s.declared):
        return Show("SageMaker no longer has the record of this run")
    if s.recent:
        return Wait("Creating", "SageMaker does not show it yet", 5.0)
    if s.kind.recreate:
        return Create(s.asked, fresh=False)
    return Reject("Gone", f"SageMaker no longer has this {s.kind.name}, and it is not created a second time")


def wait_while_busy(s: Situation) -> Action | None:
    """SageMaker refuses changes in between, except those the table marks for the state."""
    if s.seen is None or class_of(s.kind, s.seen.description) is not StateClass.BUSY:
        return None
    thawed = s.kind.thawed.get(state_of(s.kind, s.seen.description) or "", ())
    changed = _changed(s)
    if changed and set(changed.changeable) & set(thawed):
        return None
    return Show()


def update_what_differs(s: Situation) -> Action | None:
    """Only members that the manifest declares and that Update can change; the others become an advisory."""
    if s.seen is None or (s.kind.lifecycle == "run" and not s.kind.thawed):
        return None
    found = _changed(s)
    if found is None or not found:
        return None
    if found.changeable and s.kind.verbs.update and s.kind.update:
        return Update(found.changeable)
    return None


def tag_what_differs(s: Situation) -> Action | None:
    """Declared tags are added and changed; foreign ones stay."""
    if s.tags is None or s.seen is None:
        return None
    wished = {tag["Key"]: tag.get("Value", "") for tag in s.asked.get("Tags", ())}
    missing = {key: value for key, value in wished.items() if s.tags.get(key) != value}
    return Tag(missing, ()) if missing else None


def show_what_is_there(s: Situation) -> Action | None:
    """Nothing differs, or nothing that could be changed."""
    found = _changed(s) if s.seen is not None else None
    if found and found.frozen:
        return Show(
            f"SageMaker has other values of {', '.join(found.frozen)} than the manifest, and cannot change them: make a new object"
        )
    return Show()


def _changed(s: Situation) -> Differences | None:
    if s.seen is None:
        return None
    return differences(s.kind, {**s.asked, **update_only(s.declared)}, s.seen.description)


Check = Callable[[Situation], Action | None]
CHAIN: tuple[Check, ...] = (
    let_go_of_what_is_not_held,
    retain_what_is_to_stay,
    end_what_is_being_deleted,
    keep_a_refusal,
    reject_what_the_model_forbids,
    wait_for_references,  # before our finalizer goes on: what only waits was never tried
    leave_alone_what_is_not_ours,
    create_what_is_missing,
    make_good_what_vanished,
    tag_what_differs,  # SageMaker takes tags at any time; the look that follows does the rest
    wait_while_busy,
    update_what_differs,
    show_what_is_there,
)
