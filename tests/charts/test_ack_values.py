"""A values file of ACK's chart works here, and what comes to nothing is said."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller import settings
from controller.kinds.load import kinds
from scripts import rendering
from tests.charts.conftest import IMAGE, Refuse, Render, container, only

ACK: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("ack-values.yaml").read_text())
ACKS_KINDS = set(json.loads((rendering.ROOT / "tests/kinds/ack-crds.json").read_text())["kinds"])


def notes(tools: Mapping[str, Path], values: Mapping[str, Any]) -> str:
    """The notes of an installation that is not made, for which Helm 4 needs no cluster."""
    command = [
        str(tools["helm"]),
        "install",
        "x",
        str(rendering.CHART),
        "--dry-run=client",
        "--namespace=ack-system",
    ]
    command += [f"--kubeconfig={rendering.ROOT}/none", "--values=-"]
    said = rendering.run_tool(command, yaml.safe_dump(IMAGE | dict(values)))
    return said[said.index("\nNOTES:") :]


@pytest.mark.parametrize("helm", ["helm", "helm3"])
def test_every_value_of_acks_chart_is_taken_with_acks_default(render: Render, helm: str) -> None:
    objects = render(ACK, helm=helm)
    read = settings.read(container(objects)["args"], {"AWS_REGION": "eu-west-1"}, kinds())
    assert set(read.kinds) == ACKS_KINDS
    assert (read.deletion_policy, read.bounds.resync, read.leader_election) == ("delete", 36000.0, False)
    assert container(objects)["resources"]["limits"] == {"cpu": "100m", "memory": "128Mi"}
    # nothing but what ACK's own chart makes, and what protects the pod
    assert {obj["kind"] for obj in objects} == {
        *("ClusterRole", "ClusterRoleBinding", "Deployment", "NetworkPolicy", "ServiceAccount")
    }
    assert only(objects, "ServiceAccount")["metadata"]["name"] == "ack-sagemaker-controller"


def test_what_has_no_effect_here_is_said_after_the_installation(tools: Mapping[str, Path]) -> None:
    said = notes(tools, ACK)
    listed = said[said.index("no effect here:") :].split("\n\n")[0].splitlines()[1:]
    assert [line.strip().split(":")[0] for line in listed] == [
        "enableCARM",
        "enableCrossNamespace",
        "featureGates.ReadOnlyResources",
        "featureGates.ResourceAdoption",
        "resources.limits.memory",
        "resources.limits.cpu",
    ]
    assert "owner-account-id" in listed[0]
    assert "no effect" not in notes(tools, {})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"reconcile": {"defaultMaxConcurrentSyncs": 5}},
            "reconcile.defaultMaxConcurrentSyncs: all kinds share",
        ),
        (
            {"reconcile": {"resourceMaxConcurrentSyncs": {"Endpoint": 2}}},
            "reconcile.resourceMaxConcurrentSyncs: ",
        ),
        ({"featureGates": {"IgnoreFieldDrift": True}}, "featureGates.IgnoreFieldDrift: ignoring the drift"),
        ({"featureGates": {"Unheard": True}}, "featureGates.Unheard: this controller has no such gate"),
    ],
)
def test_each_of_them_is_said(tools: Mapping[str, Path], values: dict[str, Any], said: str) -> None:
    assert said in notes(tools, values)


@pytest.mark.parametrize("gate", ["IAMRoleSelector", "ServiceLevelCARM", "TeamLevelCARM"])
def test_what_would_act_in_the_wrong_account_is_refused(refusal: Refuse, gate: str) -> None:
    assert f"featureGates.{gate} is true, but this controller knows no role but its own" in refusal(
        {"featureGates": {gate: True}}
    )


def test_acks_own_image_is_refused(refusal: Refuse) -> None:
    image = {"repository": "public.ecr.aws/aws-controllers-k8s/sagemaker-controller", "tag": "1.9.1"}
    assert "which is ACK's controller: build this one with `make image" in refusal({"image": image})


def test_the_notes_say_that_there_is_no_crd(tools: Mapping[str, Path]) -> None:
    assert "install chart sagemaker-operators-crds" in notes(tools, {})
