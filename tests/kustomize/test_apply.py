"""The default overlay on a real API server, with kubectl alone."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane, running
from scripts.rendering import KUSTOMIZE, NAMESPACE, kustomize_build, without_crds
from tests.loose_crds import loose


@pytest.fixture(scope="module", params=["kube-apiserver", "kube-apiserver-1.31"])
def applied(request: pytest.FixtureRequest, tools: Mapping[str, Path]) -> Iterator[tuple[ControlPlane, str]]:
    """A cluster that had nothing, after one `kubectl apply -k`; and what that said."""
    with running(tools, request.param) as plane:
        yield plane, plane.kubectl("apply", "-k", str(KUSTOMIZE / "overlays" / "default"))


def test_one_command_brings_everything(applied: tuple[ControlPlane, str]) -> None:
    plane, said = applied
    assert said.count("customresourcedefinition") == len(kinds())
    objects = json.loads(
        plane.kubectl("get", "deployments,serviceaccounts,roles,rolebindings", "-n", NAMESPACE, "-o", "json")
    )
    assert {obj["kind"] for obj in objects["items"]} == {
        "Deployment",
        "ServiceAccount",
        "Role",
        "RoleBinding",
    }


def test_applying_it_again_changes_nothing(applied: tuple[ControlPlane, str]) -> None:
    plane, _ = applied
    again = plane.kubectl("apply", "-k", str(KUSTOMIZE / "overlays" / "default"))
    assert [line for line in again.splitlines() if not line.endswith(" unchanged")] == []


def operators(kind: str) -> dict[str, Any]:
    """What stands in for a CRD of the Prometheus operator."""
    return loose("monitoring.coreos.com", kind, f"{kind.lower()}s", "v1")


def test_the_production_overlay_adds_to_it_what_it_says(applied: tuple[ControlPlane, str]) -> None:
    plane, _ = applied
    for kind in ("ServiceMonitor", "PrometheusRule"):
        plane.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", operators(kind))
    plane.kubectl("wait", "--for=condition=Established", "crd", "-l", "!app.kubernetes.io/part-of")
    said = plane.kubectl("apply", "-k", str(KUSTOMIZE / "overlays" / "production")).splitlines()
    changed = {line.split("/")[0]: line.split()[-1] for line in said if not line.endswith(" unchanged")}
    assert changed == {
        "deployment.apps": "configured",
        "networkpolicy.networking.k8s.io": "configured",
        "serviceaccount": "configured",
        "configmap": "created",
        "poddisruptionbudget.policy": "created",
        "prometheusrule.monitoring.coreos.com": "created",
        "service": "created",
        "servicemonitor.monitoring.coreos.com": "created",
    }


@pytest.mark.parametrize("name", ["ha", "namespaced", "pod-identity"])
def test_the_api_server_takes_the_other_overlays(
    applied: tuple[ControlPlane, str], tools: Mapping[str, Path], name: str
) -> None:
    plane, _ = applied
    text = without_crds(kustomize_build(tools["kustomize"], KUSTOMIZE / "overlays" / name))
    said = plane.kubectl(
        "apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-", input=text
    )
    assert said.count("serverside-applied") == text.count("\nkind: ") >= 7


@pytest.mark.parametrize("samples", ["quickstart", "kinds"])
def test_the_api_server_takes_the_samples(applied: tuple[ControlPlane, str], samples: str) -> None:
    plane, _ = applied
    plane.wait_for_crds()
    folder = str(KUSTOMIZE / "samples" / samples)
    command = ("apply", "-k", folder, "--server-side", "--dry-run=server", "--validate=strict")
    said = plane.kubectl(*command, check=False).splitlines()
    assert len(said) >= 5
    assert [line for line in said if not line.endswith(" serverside-applied (server dry run)")] == []
