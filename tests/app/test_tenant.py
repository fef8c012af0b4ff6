"""A namespaced installation with the rights its chart gives it, and no others, cares for its namespace."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from scripts.control_plane.plane import ControlPlane, running
from scripts.rendering import CHART
from simulator.server import Simulator
from tests.app.test_process import Process, job, simulator
from tests.loop.world import wait_until

__all__ = ["simulator"]  # a fixture
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tenant(tools: Mapping[str, Path]) -> Iterator[ControlPlane]:
    """A cluster with the chart installed for namespace team-a alone."""
    with running(tools) as plane:
        for name in ("tenant", "team-a", "team-b"):
            plane.kubectl("create", "namespace", name)
        for name in ("trainingjobs", "models"):
            plane.kubectl("apply", "--server-side", "-f", str(ROOT / "kustomize" / "crds" / f"{name}.yaml"))
        plane.wait_for_crds()
        values = {
            "image": {"repository": "r.example/c"},
            "installScope": "namespace",
            "watchNamespace": "team-a",
            "kinds": ["TrainingJob", "Model"],
        }
        command = [str(tools["helm"]), "install", "tenant", str(CHART), "--namespace=tenant"]
        command += [f"--kubeconfig={plane.kubeconfig}"]
        command += [f"--set-json={key}={json.dumps(value)}" for key, value in values.items()]
        subprocess.run(command, check=True, capture_output=True)
        yield plane


def test_it_cares_for_its_namespace_and_never_asks_for_another(
    tenant: ControlPlane, simulator: Simulator, tmp_path: Path
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    tenant.write_kubeconfig(kubeconfig, tenant.token_for("tenant", "ack-sagemaker-controller"), "tenant")
    one = Process(
        "--aws-region=us-east-1", f"--aws-endpoint-url={simulator.url}", f"--aws-identity-endpoint-url={simulator.url}",
        "--allow-unsafe-aws-endpoint-urls", f"--kubeconfig={kubeconfig}", "--metrics-addr=", "--healthz-addr=",
        "--kinds=TrainingJob,Model", "--watch-namespace=team-a", K8S_NAMESPACE="tenant",
    )  # fmt: skip
    try:
        one.until_it_says("caring for 2 kinds")
        base = "/apis/sagemaker.services.k8s.aws/v1alpha1/namespaces"
        for namespace in ("team-a", "team-b"):
            assert tenant.request("POST", f"{base}/{namespace}/trainingjobs", job("theirs"))[0] == 201
        wait_until(
            lambda: "Completed" in json.dumps(tenant.request("GET", f"{base}/team-a/trainingjobs/theirs")[1]),
            lambda: "".join(one.lines),
        )
        events = "/apis/events.k8s.io/v1/namespaces/{}/events"
        wait_until(
            lambda: bool(tenant.request("GET", events.format("team-a"))[1]["items"]), lambda: "no Event"
        )
        assert (
            tenant.request("GET", f"{base}/team-b/trainingjobs/theirs")[1].get("status", {}).get("conditions")
            == []
        )
        assert not one.says("forbidden")
        assert simulator.control.counts()["CreateTrainingJob"] == 1
    finally:
        assert one.end() == 0
