"""Every kind's whole life on a real API server and the simulated SageMaker: created as declared, settled, shown, deleted."""

from typing import Any

import pytest

from controller.kinds.load import kinds
from controller.kinds.names import key_of
from controller.kinds.states import StateClass
from scripts.demonstration.kstatus import kstatus
from simulator import model
from tests import samples
from tests.loop.lives import Lives
from tests.loop.world import condition

KINDS = kinds()
each_kind = pytest.mark.parametrize("name", list(KINDS))


@each_kind
def test_it_is_created_once(lives: Lives, name: str) -> None:
    assert lives.counts[KINDS[name].verbs.create] == 1


@each_kind
def test_sagemaker_received_what_was_declared(lives: Lives, name: str) -> None:
    """Nothing is lost and nothing is added but our tags, the token and the name."""
    kind = KINDS[name]
    received = lives.resource(name)["request"]
    beside = {"Tags", kind.token, kind.own_name}
    assert {m: v for m, v in received.items() if m not in beside} == {
        m: v for m, v in lives.declared[name].items() if m not in beside
    }


@each_kind
def test_its_status_is_the_contracts(lives: Lives, name: str) -> None:
    kind, obj = KINDS[name], lives.settled[name]
    status = obj["status"]
    arn = lives.resource(name)["arn"]
    assert kstatus(obj) == "Current"
    assert condition(obj, "ACK.ResourceSynced")["status"] == "True"
    assert condition(obj, "ACK.Terminal") == {}
    assert status["ackResourceMetadata"] == {
        "arn": arn,
        "partition": "aws",
        "region": "us-east-1",
        "ownerAccountID": "111122223333",
    }
    assert status["observedGeneration"] == obj["metadata"]["generation"]
    assert obj["metadata"]["annotations"]["sagemaker.services.k8s.aws/arn"] == arn
    assert kind.finalizer in obj["metadata"]["finalizers"]
    if kind.states:
        shown = status.get(key_of(str(kind.status)), "")  # a ModelCard has a state only while it is deleted
        assert kind.states.of(shown) in {StateClass.SETTLED, StateClass.RESTING}


def shown(shape: Any, value: Any) -> Any:
    """What Describe answered over the wire, as a manifest has it; secrets left out."""
    if shape.type_name == "structure":
        return {
            key_of(m): shown(shape.members[m], v)
            for m, v in value.items()
            if not shape.members[m].metadata.get("sensitive")
        }
    if shape.type_name == "list":
        return [shown(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: shown(shape.value, item) for key, item in value.items()}
    return samples.moment(value) if shape.type_name == "timestamp" else value


@each_kind
def test_all_that_only_sagemaker_knows_is_in_the_status(lives: Lives, name: str) -> None:
    """Every member of Describe that Create cannot be told, with its value, and no secret."""
    kind, status = KINDS[name], lives.settled[name]["status"]
    shape = model.described_shape(name)
    given = {m: v for m, v in lives.described[name].items() if m in kind.status_members}
    secret = {m for m in given if shape.members[m].metadata.get("sensitive")}
    expected = {key_of(m): shown(shape.members[m], v) for m, v in given.items() if m not in secret}
    assert {key: status.get(key) for key in expected} == expected
    assert {key_of(m) for m in secret} & set(status) == set()


def test_the_simulated_sagemaker_tells_something_of_nearly_every_kind(lives: Lives) -> None:
    """So that the test above is about something: members of a status, over all kinds."""
    told = {n: set(lives.described[n]) & set(kind.status_members) for n, kind in KINDS.items()}
    assert [n for n in told if not told[n]] == []
    assert sum(map(len, told.values())) > 250


@each_kind
def test_the_manifest_is_never_written_to(lives: Lives, name: str) -> None:
    declared = samples.manifest(KINDS[name].create, lives.declared[name])
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
    assert lives.rested[name]["status"] == lives.settled[name]["status"]


@each_kind
def test_a_finished_run_costs_no_call(lives: Lives, name: str) -> None:
    """What is over is never asked about again; everything else was asked about in that pass."""
    kind, status = KINDS[name], lives.settled[name]["status"]
    over = (
        kind.lifecycle == "run"
        and kind.states is not None
        and kind.states.ended(status[key_of(str(kind.status))])
    )
    assert (lives.counts_later.get(kind.verbs.describe, 0) == 0) is over


@each_kind
def test_it_is_deleted(lives: Lives, name: str) -> None:
    """So is the resource of every kind that is deleted (a run's record stays where it is only stopped)."""
    kind = KINDS[name]
    left = [r for r in lives.left if r["arn"] == lives.arn(name)]
    if kind.end_with in {"delete", "stop-delete"}:
        assert [r for r in left if r.get("status") not in {"Deleted", "DELETED", "DeleteCompleted"}] == []
    else:
        assert len(left) == 1
