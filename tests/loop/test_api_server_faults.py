"""The API server on bad days: it forgets, refuses, contradicts, is away; SageMaker has each resource once all the same."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from scripts.control_plane.plane import ControlPlane, running
from tests.cluster.wire import Wire
from tests.loop.test_intent import spec_of
from tests.loop.test_watch_faults import TIMEOUTS
from tests.loop.world import World, condition, is_ready, wait_until

Make = Callable[..., World]
CRDS = Path(__file__).resolve().parents[2] / "kustomize" / "crds"


@pytest.fixture
def own_plane(tools: Mapping[str, Path]) -> Iterator[ControlPlane]:
    """A plane that may forget things."""
    with running(tools) as plane:
        for name in ("domains", "models", "trainingjobs"):
            plane.kubectl("apply", "--server-side", "-f", str(CRDS / f"{name}.yaml"))
        plane.wait_for_crds()
        yield plane


@pytest.mark.slow
def test_an_api_server_that_goes_back_in_time_makes_nothing_twice(
    own_plane: ControlPlane, tmp_path: Path
) -> None:
    """The backup is older than everything the controller has written."""
    there = World(own_plane, kinds=("Domain", "Model", "TrainingJob"))
    try:
        specs = {kind: spec_of(there, kind, "kept") for kind in ("Domain", "Model", "TrainingJob")}
        there.stop()
        for kind, spec in specs.items():
            there.apply(kind, "kept", spec)
        own_plane.back_up(tmp_path / "backup")
        there.start()
        arns = {}
        for kind in specs:
            arns[kind] = there.until(kind, "kept", is_ready)["status"]["ackResourceMetadata"]["arn"]
        before = {kind: len(there.control.resources(kind)) for kind in specs}
        own_plane.restore(tmp_path / "backup")
        for kind in specs:
            obj = there.until(kind, "kept", is_ready)
            assert obj["status"]["ackResourceMetadata"]["arn"] == arns[kind]
            assert len(there.control.resources(kind)) == before[kind]
    finally:
        there.close()


def test_somebody_who_writes_all_the_time_makes_nothing_twice(world: Make) -> None:
    there = world()
    there.apply("Domain", "busy", spec_of(there, "Domain", "busy"))
    before = len(there.control.resources("Domain"))
    done = threading.Event()

    def write() -> None:
        count = 0
        while not done.is_set():
            count += 1
            there.patch("Domain", "busy", {"metadata": {"annotations": {"somebody": str(count)}}})

    writers = [threading.Thread(target=write, daemon=True) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        there.until("Domain", "busy", is_ready)
    finally:
        done.set()
        for writer in writers:
            writer.join()
    assert len(there.control.resources("Domain")) in {before, before + 1}
    assert there.control.counts()["CreateDomain"] - before <= 1


def test_a_foreign_finalizer_stays_and_is_waited_for_by_nobody(world: Make) -> None:
    there = world()
    there.apply(
        "Model", "shared", spec_of(there, "Model", "shared"), finalizers=["somebody.example.com/else"]
    )
    there.until("Model", "shared", is_ready)
    there.delete("Model", "shared")
    obj = there.until(
        "Model", "shared", lambda o: o["metadata"].get("finalizers") == ["somebody.example.com/else"]
    )
    assert there.control.resources("Model", "shared") == []
    there.control.forget_calls()
    there.patch("Model", "shared", {"metadata": {"labels": {"a": "b"}}})
    there.patch("Model", "shared", {"metadata": {"finalizers": None}})
    there.until_gone("Model", "shared")
    assert there.control.counts() == {}
    assert obj["metadata"]["deletionTimestamp"]


POLICY = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingAdmissionPolicy",
    "metadata": {"name": "no-status"},
    "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": ["sagemaker.services.k8s.aws"],
                    "apiVersions": ["v1alpha1"],
                    "operations": ["UPDATE"],
                    "resources": ["domains/status"],
                }
            ]
        },
        "validations": [{"expression": "false", "message": "not today"}],
    },
}
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"


def test_a_policy_that_denies_our_status_makes_nothing_twice_and_is_outlived(world: Make) -> None:
    there = world()
    spec = spec_of(there, "Domain", "denied")
    before = len(there.control.resources("Domain"))
    binding = {
        "apiVersion": POLICY["apiVersion"],
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "no-status"},
        "spec": {
            "policyName": "no-status",
            "validationActions": ["Deny"],
            "matchResources": {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": there.namespace}}
            },
        },
    }
    assert there.plane.request("POST", POLICIES, POLICY)[0] == 201
    try:
        assert there.plane.request("POST", f"{POLICIES.removesuffix('ies')}ybindings", binding)[0] == 201
        there.apply("Domain", "probe", spec)
        denied = {"status": {"url": "x"}}
        path = f"{there.path('Domain', 'probe')}/status"
        wait_until(
            lambda: there.plane.request("PATCH", path, denied, "application/merge-patch+json")[0] == 422,
            lambda: "the policy never came into force",
        )
        there.apply("Domain", "denied", {**spec, "domainName": "denied"})
        wait_until(
            lambda: any(r["name"] == "denied" for r in there.control.resources("Domain")),
            lambda: str(there.control.counts()),
        )
        time.sleep(3)  # a controller that took the refusal for a failed Create would try again in this time
        assert len([r for r in there.control.resources("Domain") if r["name"] == "denied"]) == 1
    finally:
        there.plane.request("DELETE", f"{POLICIES.removesuffix('ies')}ybindings/no-status")
        there.plane.request("DELETE", f"{POLICIES}/no-status")
    there.until("Domain", "denied", is_ready)
    assert len([r for r in there.control.resources("Domain") if r["name"] == "denied"]) == 1
    assert len(there.control.resources("Domain")) == before + 2


def test_while_the_api_server_is_away_nothing_is_changed_and_afterwards_all_is_caught_up(
    crds: ControlPlane, world: Make
) -> None:
    wire = Wire(crds.url)
    there = world(server=wire.url, timeouts=TIMEOUTS, simulation={"speed": 1})
    try:
        names = [f"j{n}" for n in range(10)]
        for name in names:
            there.apply("TrainingJob", name, spec_of(there, "TrainingJob", name))
        for name in names:
            there.until("TrainingJob", name, lambda o: bool((o.get("status") or {}).get("trainingJobStatus")))
        wire.refuse()
        there.control.forget_calls()
        for name in names:
            there.control.set_state(
                "TrainingJob", name, "Completed" if name != "j3" else "Failed", "it broke"
            )
        there.patch("TrainingJob", "j4", {"spec": {"tags": [{"key": "a", "value": "b"}]}})
        there.delete("TrainingJob", "j5")
        time.sleep(3)
        assert set(there.control.counts()) <= {"DescribeTrainingJob", "ListTags", "ListTrainingJobs"}
        wire.mend()
        there.until_gone("TrainingJob", "j5")
        for name in names:
            if name not in {"j3", "j5"}:
                there.until("TrainingJob", name, is_ready)
        obj = there.until("TrainingJob", "j3", lambda o: bool(condition(o, "Stalled")))
        assert condition(obj, "ACK.Terminal")["message"] == "it broke"
        wait_until(lambda: there.control.counts().get("AddTags") == 1, lambda: str(there.control.counts()))
    finally:
        there.close()
        wire.close()
