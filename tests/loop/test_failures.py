"""Every state of every kind that means failure: Terminal first, never Ready, why, a Warning, and it can still be deleted."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from controller.kinds.load import kinds
from controller.kinds.names import key_of
from controller.kinds.states import StateClass, is_stopped
from scripts.control_plane.plane import ControlPlane
from scripts.demonstration.kstatus import kstatus
from simulator import model
from tests.loop.manifests import declare, name_of, request_of
from tests.loop.watcher import told
from tests.loop.world import Object, World, condition, has_arn, has_failed, wait_until
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw

KINDS = kinds()
WHY = "it was not to be"
# (kind, state): every state that the kind's table calls failed
FAILURES = [
    (name, state)
    for name, kind in KINDS.items()
    if kind.states
    for state in kind.states.where(StateClass.FAILED)
]
each_failure = pytest.mark.parametrize(("name", "state"), FAILURES)


def by_itself(name: str, state: str) -> bool:
    """Whether the simulated SageMaker brings the state about for a resource of a failing name."""
    machine = model.data("states").get(name, {})
    return KINDS[name].own_name is not None and machine.get("create", {}).get("failed") == state


def key_for(name: str, state: str) -> tuple[str, str]:
    word = "fail" if by_itself(name, state) else f"s{FAILURES.index((name, state))}"
    return name, name_of(KINDS[name], word)


@dataclass
class Failed:
    """The objects when they had failed, by (kind, state); the Events; what is left when all were deleted."""

    objects: dict[tuple[str, str], Object] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)


@pytest.fixture(scope="module")
def failed(crds: ControlPlane) -> Iterator[Failed]:
    """Every failure there is."""
    world = World(crds)
    found = Failed()
    try:
        _fail(world, found)
        world.rest()
        _wait_for_warnings(world, found)
        world.control.settings(durations={})
        for failure in FAILURES:
            world.delete(*key_for(*failure))
        for failure in FAILURES:
            world.until_gone(*key_for(*failure))
        yield found
    finally:
        world.close()


def _fail(world: World, found: Failed) -> None:
    maker = Maker(Raw(world.simulator.url))
    requests = {f: request_of(KINDS[f[0]], maker, key_for(*f)[1]) for f in FAILURES}
    by_themselves = [f for f in FAILURES if by_itself(*f)]
    for failure in by_themselves:
        declare(world, KINDS[failure[0]], requests[failure], key_for(*failure)[1])
    for failure in by_themselves:
        found.objects[failure] = world.until(*key_for(*failure), has_failed)
    # The others are in the middle of their creation when the state comes over them: a settled run is never looked at again.
    world.control.settings(durations={"*.create": 1e9})
    others = [f for f in FAILURES if not by_itself(*f)]
    for failure in others:
        declare(world, KINDS[failure[0]], requests[failure], key_for(*failure)[1])
    for failure in others:
        obj = world.until(*key_for(*failure), has_arn)
        _bring_about(world, *failure, obj["status"]["ackResourceMetadata"]["arn"])
        world.patch(*key_for(*failure), {"metadata": {"annotations": {"somebody.example.com/asks": "1"}}})
    for failure in others:
        found.objects[failure] = world.until(*key_for(*failure), has_failed)


def _bring_about(world: World, name: str, state: str, arn: str) -> None:
    if name in model.data("states"):
        world.control.set_state(name, arn, state, WHY)
    else:  # a kind that has a state only while it is deleted
        world.control.change(name, arn, set={str(KINDS[name].status): state})


def _wait_for_warnings(world: World, found: Failed) -> None:
    """Events are written behind the passes."""

    def missing() -> list[tuple[str, str]]:
        found.events = world.events()
        warned = {e["regarding"]["uid"] for e in found.events if e["type"] == "Warning"}
        return [f for f in FAILURES if found.objects[f]["metadata"]["uid"] not in warned]

    wait_until(lambda: not missing(), lambda: f"no Warning about {missing()}")


def test_nothing_that_can_fail_is_left_out() -> None:
    """A kind that is not tried here has no state that SageMaker brings about and whose name speaks of failure."""
    words = ("fail", "outofservice", "degraded", "cancelled", "stopped", "expired", "error")
    left_out = [n for n in KINDS if n not in {name for name, _ in FAILURES}]
    suspicious = {
        n: [
            s
            for s in KINDS[n].described.members[str(KINDS[n].status)].enum
            if any(w in s.lower() for w in words)
        ]
        for n in left_out
        if KINDS[n].status
    }
    assert {n: states for n, states in suspicious.items() if states} == {}
    # what SageMaker brings about is what Create cannot be told: Action and TrialComponent are told their status by people
    stateless = [n for n in left_out if KINDS[n].status is None]
    assert [
        (n, m)
        for n in stateless
        for m, shape in KINDS[n].described.members.items()
        if m.endswith("Status")
        and m not in KINDS[n].create.members
        and any("fail" in s.lower() for s in shape.enum)
    ] == []
    assert len(FAILURES) > 100


@each_failure
def test_a_failure_is_called_one(failed: Failed, name: str, state: str) -> None:
    obj, kind = failed.objects[name, state], KINDS[name]
    assert kstatus(obj) == "Failed"
    assert obj["status"][key_of(str(kind.status))] == state
    terminal, ready = condition(obj, "ACK.Terminal"), condition(obj, "Ready")
    assert terminal["status"] == condition(obj, "Stalled")["status"] == "True"
    assert condition(obj, "Reconciling") == {}
    assert (ready["status"], ready["reason"]) == ("False", "Stopped" if is_stopped(state) else "Failed")
    assert condition(obj, "ACK.ResourceSynced")["status"] == "True"
    assert obj["status"]["conditions"][0]["type"] == "ACK.Terminal"


@each_failure
def test_it_says_why(failed: Failed, name: str, state: str) -> None:
    """In SageMaker's words where it has any."""
    obj, kind = failed.objects[name, state], KINDS[name]
    said = condition(obj, "ACK.Terminal")["message"]
    if kind.failure:
        assert said == obj["status"][key_of(kind.failure)]
        assert said == WHY or by_itself(name, state)
    elif any("[]" not in path for path in kind.failure_within):
        assert said == WHY or by_itself(name, state)
        assert said in str(obj["status"])
    elif is_stopped(state):
        assert said == f"{name} was stopped."
    else:
        assert said == f"{name} is in {state} status."


@each_failure
def test_a_failure_is_told_as_a_warning(failed: Failed, name: str, state: str) -> None:
    """Once, about that very object, with what the condition says."""
    obj = failed.objects[name, state]
    about = [e for e in failed.events if e["regarding"]["uid"] == obj["metadata"]["uid"]]
    terminal = condition(obj, "ACK.Terminal")
    warnings = [e for e in about if e["type"] == "Warning"]
    assert told(warnings) == {(terminal["reason"], terminal["message"][:1000]): 1}
    assert {(e["regarding"]["kind"], e["regarding"]["name"]) for e in about} == {key_for(name, state)}
