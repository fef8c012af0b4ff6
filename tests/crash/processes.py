"""Controllers as processes of their own, on ways that a test watches."""

from __future__ import annotations

from pathlib import Path

import yaml

from scripts.control_plane.plane import ControlPlane
from simulator.server import Simulator
from tests.app.test_process import Process


def kubeconfig(plane: ControlPlane, server: str, path: Path) -> Path:
    """An admin's kubeconfig by another way to the API server."""
    whole = yaml.safe_load(plane.kubeconfig.read_text())
    cluster = whole["clusters"][0]["cluster"]
    cluster["server"] = server
    if server.startswith("http:"):
        del cluster["certificate-authority"]
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(whole))
    return path


def started(
    config: Path, sagemaker: str, simulator: Simulator, *arguments: str, **environment: str
) -> Process:
    """A controller that reaches the API server by ``config`` and SageMaker at ``sagemaker``."""
    return Process(
        "--aws-region=us-east-1", f"--aws-endpoint-url={sagemaker}", f"--aws-identity-endpoint-url={simulator.url}",
        "--allow-unsafe-aws-endpoint-urls", f"--kubeconfig={config}", "--metrics-addr=", "--healthz-addr=", *arguments,
        **environment,
    )  # fmt: skip
