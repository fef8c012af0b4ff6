"""What the controller writes in every state of every kind, by its own decisions: what SageMaker would answer in, a status out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from controller.decide import status as status_
from controller.decide.actions import Action, Create, Lost, Reject, Show, Wait
from controller.decide.conditions import Row, Verdict
from controller.decide.declared import Declared, read, request
from controller.decide.faults import Fault, Meaning
from controller.decide.plan import plan
from controller.decide.situation import Seen, Situation, class_of
from controller.kinds.kind import GROUP, VERSION, Kind
from controller.kinds.load import kinds
from controller.kinds.states import StateClass, is_stopped

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 1, 13, tzinfo=UTC)

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """An object with the status that the controller gives it; ``case`` says in words what is the case in SageMaker."""

    case: str
    kind: str
    state: str | None
    obj: Object


# The words for what a state means, in the order of the page.
AT_WORK, THERE, RESTING = "at work", "as declared", "at rest"
FAILED, STOPPED, MADE_ANEW, LOST = "failed", "a run that was stopped", "gone, made again", "gone for good"
STATES = (AT_WORK, THERE, RESTING, FAILED, STOPPED, MADE_ANEW, LOST)
_WORDS = {StateClass.BUSY: AT_WORK, StateClass.SETTLED: THERE, StateClass.RESTING: RESTING}


def every_state() -> Iterator[Written]:
    """Every kind in every state of its enumeration; a kind without states once."""
    for kind in kinds().values():
        states = kind.states.classes if kind.states else {}
        if StateClass.SETTLED not in states.values():
            yield in_state(
                kind, None
            )  # it has no states, or shows one only while something happens to it (ModelCard)
        for state in states:
            yield in_state(kind, state)


def in_state(kind: Kind, state: str | None) -> Written:
    """An object that was seen at work before, and whose resource is now in this state."""
    before = _at_work(kind)
    description = _described(kind, state)
    gone = (
        class_of(kind, description) is StateClass.GONE
    )  # what Describe still answers of it counts for nothing
    action = plan(_situation(before, None if gone else description))
    status = _status_after(before, action, description)
    return Written(_case(kind, state, action), kind.name, state, _object(kind, status))


def _case(kind: Kind, state: str | None, action: Action) -> str:
    if isinstance(action, Create):
        return MADE_ANEW
    if isinstance(action, Lost):
        return LOST
    held = kind.states.of(state) if kind.states and state else StateClass.SETTLED
    return _WORDS.get(held) or (STOPPED if state and is_stopped(state) else FAILED)


def _status_after(declared: Declared, action: Action, description: Mapping[str, Any]) -> Object:
    """The status that follows an action, as the loop has it composed."""
    kind, arn = declared.kind, declared.arn
    match action:
        case Show(advisory):
            verdict = status_.verdict_of(kind, description, advisory=advisory, resolved=None)
            return status_.compose(declared, verdict, LATER, arn=arn, description=description)
        case Create():
            anew = Verdict(Row.BUSY, "Creating", "It is gone from SageMaker and is created again.")
            return status_.compose(declared, anew, LATER, arn=None, description={})
        case Wait(reason, message):
            row = Row.BUSY if declared.deleting else Row.HELD_UP
            verdict = Verdict(row, reason, message)
        case Reject(reason, message):
            verdict = Verdict(Row.MALFORMED, reason, message)
        case Lost(message):
            verdict = Verdict(Row.FAILED, "Gone", message)
        case _:
            raise AssertionError(f"{kind.name}: {action} is not what follows a look at what is as declared")
    return status_.compose(declared, verdict, LATER, arn=arn, description=None)


def besides() -> Iterator[Written]:
    """What a status may say besides how SageMaker's resource is; the same for every kind."""
    kind = kinds()["Endpoint"]
    new = read(kind, _object(kind, _new()))
    serving = in_state(kind, "InService").obj
    yield Written("nobody has looked at it yet", kind.name, None, _object(kind, _new()))
    yield _decided("it waits for another object", new, waits=("Model team/m has not been created yet",))
    yield _decided("the request can never do", new, complaints=("Missing required parameter",))
    yield _decided("the name is somebody else's", new, seen=Seen(_described(kind, "InService"), ours=False))
    throttled = Fault(Meaning.THROTTLED, "ThrottlingException", "Rate exceeded")
    held_up = status_.compose(new, status_.held_up(throttled), NOW, arn=None, description=None)
    yield Written("throttled, denied, over quota before it is there", kind.name, None, _object(kind, held_up))
    troubled = status_.troubled(read(kind, serving), status_.held_up(throttled), LATER)
    yield Written("the same, of what is as declared", kind.name, "InService", _object(kind, troubled))
    yield Written("edited, and not looked at since", kind.name, "InService", _with(serving, generation=2))
    changed = status_.while_updating(
        status_.verdict_of(kind, _described(kind, "InService"), advisory=None, resolved=None)
    )
    updating = status_.compose(read(kind, serving), changed, LATER, arn=None, description=None)
    yield Written("edited, and SageMaker has taken it", kind.name, "InService", _object(kind, updating))
    ending = _with(serving, generation=2, deletionTimestamp="2026-01-01T12:00:00Z")
    leaving = read(kind, ending)
    verdict = status_.verdict_of(kind, _described(kind, "Deleting"), advisory=None, resolved=None)
    deleting = status_.compose(leaving, verdict, LATER, arn=None, description=_described(kind, "Deleting"))
    yield Written("being deleted", kind.name, "Deleting", {**ending, "status": deleting})


def _decided(case: str, declared: Declared, seen: Seen | None = None, **facts: Any) -> Written:
    situation = Situation(
        declared=declared, asked=request(declared), looked=seen is not None, seen=seen, **facts
    )
    status = _status_after(declared, plan(situation), {})
    return Written(case, declared.kind.name, None, _object(declared.kind, status))


def _at_work(kind: Kind) -> Declared:
    """An object whose resource has just begun, as the status of that moment tells."""
    new = read(kind, _object(kind, _new()))
    begun = _described(kind, kind.first_state)
    verdict = status_.verdict_of(kind, begun, advisory=None, resolved=None)
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:{kind.name.lower()}/job"
    return read(kind, _object(kind, status_.compose(new, verdict, NOW, arn=arn, description=begun)))


def _situation(declared: Declared, description: Mapping[str, Any] | None) -> Situation:
    seen = Seen(description, arn=declared.arn) if description is not None else None
    return Situation(declared=declared, asked=request(declared), looked=True, seen=seen)


def _described(kind: Kind, state: str | None) -> dict[str, Any]:
    """What Describe answers: the name, the state, and why, where it has a member for that."""
    named = kind.own_name is not None and kind.own_name in kind.described.members
    said: dict[str, Any] = {str(kind.own_name): "job"} if named else {}
    if kind.status and state:
        said[kind.status] = state
        failed = kind.states is not None and kind.states.of(state) is StateClass.FAILED
        if failed and kind.failure and not is_stopped(state):
            said[kind.failure] = "what SageMaker says of the failure"
    return said


def _new() -> Mapping[str, Any]:
    """The status that the CRD gives a new object."""
    # NB: here, because the generators' package imports this module
    from scripts.generators.status import DEFAULT

    return DEFAULT


def _object(kind: Kind, status: Mapping[str, Any]) -> Object:
    metadata = {
        "name": "job",
        "namespace": "team",
        "uid": "7c1d3b7e-0000-4000-8000-000000000001",
        "generation": 1,
        "finalizers": [kind.finalizer],
    }
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": kind.name,
        "metadata": metadata,
        "spec": {},
        "status": dict(status),
    }


def _with(obj: Object, **metadata: Any) -> Object:
    return {**obj, "metadata": {**obj["metadata"], **metadata}}
