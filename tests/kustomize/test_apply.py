"""The default overlay on a real API server, with kubectl alone."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane, running
from scripts.rendering import KUSTOMIZE, NAMESPACE


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


@pytest.mark.parametrize("samples", ["quickstart", "kinds"])
def test_the_api_server_takes_the_samples(applied: tuple[ControlPlane, str], samples: str) -> None:
    plane, _ = applied
    plane.wait_for_crds()
    folder = str(KUSTOMIZE / "samples" / samples)
    command = ("apply", "-k", folder, "--server-side", "--dry-run=server", "--validate=strict")
    said = plane.kubectl(*command, check=False).splitlines()
    assert len(said) >= 5
    assert [line for line in said if not line.endswith(" serverside-applied (server dry run)")] == []
