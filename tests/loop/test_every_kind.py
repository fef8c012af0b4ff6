"""Every kind's whole life on a real API server and the simulated SageMaker: created as declared, settled, shown, deleted."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from controller.decide.translate import to_manifest
from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from controller.kinds.names import key_of
from controller.kinds.states import StateClass
from scripts.control_plane.plane import ControlPlane
from scripts.demonstration.kstatus import kstatus
from simulator import model
from tests.loop.world import World, condition, has_failed, is_ready, wait_until
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw

KINDS = kinds()
# Kinds that can fail: SageMaker has a failed state for them and the simulator brings it about by name.
# An ImageVersion and a PipelineExecution have no name to fail by; a ModelCard's states are those of its deletion.
NAMELESS = {"ImageVersion", "ModelCard", "PipelineExecution"}
FAILING = [
    n
    for n, k in KINDS.items()
    if n not in NAMELESS and k.states and any("fail" in s.lower() for s in k.states.where(StateClass.FAILED))
]
OUR_TAGS = "services.k8s.aws/"


def name_of(kind: Kind, word: str) -> str:
    """A metadata.name that is legal as the resource's own name for every kind, PartnerApp's letters and digits included."""
    return f"{word}{kind.name.lower()}"[:32]


@dataclass
class Lives:
    """What came of all kinds at once: what was declared, the objects when settled, and the calls that were made."""

    declared: dict[str, dict[str, Any]] = field(default_factory=dict)
    settled: dict[str, dict[str, Any]] = field(default_factory=dict)
    received: dict[str, dict[str, Any]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    counts_later: Mapping[str, int] = field(default_factory=dict)
    versions: dict[str, tuple[str, str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    left_in_sagemaker: list[dict[str, Any]] = field(default_factory=list)


def request_of(kind: Kind, maker: Maker, word: str) -> dict[str, Any]:
    """A valid manifest's spec; what it refers to has been made in SageMaker already. The own name is left to metadata.name."""
    request = maker.request(model.kinds()[kind.name], name_of(kind, word))
    request.pop(kind.own_name or "", None) if kind.name_optional == "always" else None
    return request


def declare(world: World, kind: Kind, request: Mapping[str, Any], word: str) -> None:
    spec = to_manifest(kind.create, request)
    if kind.name == "ModelCard":
        spec["content"] = request["Content"]  # sensitive: to_manifest never shows it
    world.apply(kind.name, name_of(kind, word), spec)


@pytest.fixture(scope="module")
def lives(crds: ControlPlane) -> Iterator[Lives]:
    """All 68 kinds through one controller, with every default that SageMaker could add."""
    world = World(crds, simulation={"fill_defaults": True})
    maker = Maker(Raw(world.simulator.url))
    found = Lives()
    try:
        for kind in KINDS.values():
            found.declared[kind.name] = request_of(kind, maker, "x")
        world.control.forget_calls()
        for kind in KINDS.values():
            declare(world, kind, found.declared[kind.name], "x")
        for kind in KINDS.values():
            found.settled[kind.name] = world.until(kind.name, name_of(kind, "x"), is_ready)
        found.counts = world.control.counts()
        for resource in world.control.resources():
            found.received.setdefault(resource["kind"], {})[str(resource["name"])] = resource
        _let_them_rest(world, found)
        for kind in KINDS.values():
            world.delete(kind.name, name_of(kind, "x"))
        for kind in KINDS.values():
            world.until_gone(kind.name, name_of(kind, "x"))
            found.gone.add(kind.name)
        found.left_in_sagemaker = world.control.resources()
        yield found
    finally:
        world.close()


def _let_them_rest(world: World, found: Lives) -> None:
    """Look at everything once more, as a controller that was restarted does, and see whether anything is called or written."""
    world.stop()
    world.control.forget_calls()
    before = {n: world.get(n, name_of(k, "x")) for n, k in KINDS.items()}
    world.start()
    for name, kind in KINDS.items():  # an annotation of somebody else's asks for a pass
        world.patch(
            name, name_of(kind, "x"), {"metadata": {"annotations": {"somebody.example.com/asks": "1"}}}
        )
    keys = {n: f"Describe{n}" for n in KINDS}
    asked = {n for n, k in KINDS.items() if k.lifecycle != "run"}
    wait_until(
        lambda: (
            {n for n in asked if world.control.counts().get(KINDS[n].verbs.describe, 0)} == asked
            or world.app is None
        ),
        lambda: f"not looked at: {sorted(n for n in asked if not world.control.counts().get(keys[n]))}",
    )
    found.counts_later = world.control.counts()
    for name, kind in KINDS.items():
        after = world.get(name, name_of(kind, "x"))
        found.versions[name] = (
            json.dumps((before[name] or {}).get("status")),
            json.dumps((after or {}).get("status")),
        )


each_kind = pytest.mark.parametrize("name", list(KINDS))


@each_kind
def test_it_is_created_once(lives: Lives, name: str) -> None:
    assert lives.counts[KINDS[name].verbs.create] == 1


@each_kind
def test_sagemaker_received_what_was_declared(lives: Lives, name: str) -> None:
    """Nothing is lost and nothing is added but our tags, the token and the name."""
    kind = KINDS[name]
    mine = [
        r["request"]
        for r in lives.received[name].values()
        if _is_ours(kind, r["request"], lives.declared[name])
    ]
    assert len(mine) == 1, lives.received[name]
    received = {m: v for m, v in mine[0].items() if m not in {"Tags", kind.token, kind.own_name}}
    declared = {m: v for m, v in lives.declared[name].items() if m not in {"Tags", kind.token, kind.own_name}}
    assert received == declared


def _is_ours(kind: Kind, request: Mapping[str, Any], declared: Mapping[str, Any]) -> bool:
    if kind.taggable:
        return any(tag["Key"].startswith(OUR_TAGS) for tag in request.get("Tags", ()))
    return "parent" not in {request.get(kind.own_name or ""), request.get("ClientToken", "")[:6]}


@each_kind
def test_its_status_is_the_contracts(lives: Lives, name: str) -> None:
    kind, obj = KINDS[name], lives.settled[name]
    status = obj["status"]
    assert kstatus(obj) == "Current"
    assert condition(obj, "ACK.ResourceSynced")["status"] == "True"
    assert condition(obj, "ACK.Terminal") == {}
    assert status["ackResourceMetadata"]["arn"].startswith("arn:aws:sagemaker:us-east-1:111122223333:")
    assert status["ackResourceMetadata"]["region"] == "us-east-1"
    assert status["observedGeneration"] == obj["metadata"]["generation"]
    assert (
        obj["metadata"]["annotations"]["sagemaker.services.k8s.aws/arn"]
        == status["ackResourceMetadata"]["arn"]
    )
    assert kind.finalizer in obj["metadata"]["finalizers"]
    if kind.states:
        shown = status.get(key_of(str(kind.status)), "")  # a ModelCard has a state only while it is deleted
        assert kind.states.of(shown) in {StateClass.SETTLED, StateClass.RESTING}


@each_kind
def test_the_manifest_is_never_written_to(lives: Lives, name: str) -> None:
    declared = to_manifest(KINDS[name].create, lives.declared[name])
    if name == "ModelCard":
        declared["content"] = lives.declared[name]["Content"]
    assert lives.settled[name].get("spec", {}) == declared
    assert lives.settled[name]["metadata"]["generation"] == 1


@each_kind
def test_server_defaults_cause_no_call_and_no_write(lives: Lives, name: str) -> None:
    """Another pass over a settled object looks at most, whatever SageMaker has filled in."""
    kind = KINDS[name]
    mutating = {
        kind.verbs.create,
        kind.verbs.update,
        kind.verbs.delete,
        kind.verbs.stop,
        "AddTags",
        "DeleteTags",
    }
    assert {o: c for o, c in lives.counts_later.items() if o in mutating} == {}
    before, after = lives.versions[name]
    assert after == before


@each_kind
def test_a_finished_run_costs_no_call(lives: Lives, name: str) -> None:
    kind = KINDS[name]
    over = (
        kind.lifecycle == "run"
        and kind.states is not None
        and name not in {"InferenceExperiment", "TrainingSession"}
    )
    if over:
        assert lives.counts_later.get(kind.verbs.describe, 0) == 0 or name in {"AutoMLJobV2", "AutoMLJob"}


@each_kind
def test_it_is_deleted(lives: Lives, name: str) -> None:
    """The object is gone, and so is the resource of every kind that is deleted (a run's record stays where it is only stopped)."""
    assert name in lives.gone
    kind = KINDS[name]
    left = [
        r
        for r in lives.left_in_sagemaker
        if r["kind"] == name and _is_ours(kind, r["request"], lives.declared[name])
    ]
    if kind.end_with in {"delete", "stop-delete"}:
        assert [r for r in left if r.get("status") not in {"Deleted", "DELETED", "DeleteCompleted"}] == []
    else:
        assert len(left) == 1


@pytest.fixture(scope="module")
def failures(crds: ControlPlane) -> Iterator[dict[str, dict[str, Any]]]:
    """Every kind that can fail, failing."""
    world = World(crds)
    maker = Maker(Raw(world.simulator.url))
    try:
        for name in FAILING:
            declare(world, KINDS[name], request_of(KINDS[name], maker, "fail"), "fail")
        yield {
            name: world.until(
                name, name_of(KINDS[name], "fail"), lambda obj: has_failed(obj) or is_ready(obj)
            )
            for name in FAILING
        }
    finally:
        world.close()


@pytest.mark.parametrize("name", FAILING)
def test_a_failure_is_called_one(failures: Mapping[str, dict[str, Any]], name: str) -> None:
    obj, kind = failures[name], KINDS[name]
    assert kstatus(obj) == "Failed"
    terminal, ready = condition(obj, "ACK.Terminal"), condition(obj, "Ready")
    assert terminal["status"] == "True"
    assert ready["status"] == "False" and ready["reason"] in {"Failed", "Stopped"}
    names = [c["type"] for c in obj["status"]["conditions"]]
    assert names.index("ACK.Terminal") < names.index("Ready")
    shown = obj["status"].get(key_of(kind.failure)) if kind.failure else None
    assert terminal["message"] == shown or (shown is None and "fail" in terminal["message"].lower())
