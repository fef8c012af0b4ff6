"""What a measurement stands on: a plane with our CRDs, a simulator and a controller in processes of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.control_plane import toolchain
from scripts.control_plane.plane import ControlPlane, running
from simulator.control import Control

ROOT = Path(__file__).resolve().parents[2]
JOBS = "/apis/sagemaker.services.k8s.aws/v1alpha1/namespaces/default/trainingjobs"
PATIENCE = 300.0  # seconds
CLIENTS = 8  # threads that apply; more only queue up at the API server on two cores


@dataclass(frozen=True, slots=True)
class Bed:
    """A plane and a simulator; controllers are started on it with ``controller``."""

    plane: ControlPlane
    simulator: str
    folder: Path

    @property
    def control(self) -> Control:
        """The simulator's levers."""
        return Control(self.simulator)

    @contextmanager
    def controller(self) -> Iterator[subprocess.Popen[bytes]]:
        """A controller with default settings, from its start until it is ready; ended afterwards."""
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": "simulated", "AWS_SECRET_ACCESS_KEY": "simulated"}
        environment["AWS_EC2_METADATA_DISABLED"] = "true"
        command = [
            sys.executable,
            "-m",
            "controller",
            "--aws-region=us-east-1",
            f"--aws-endpoint-url={self.simulator}",
        ]
        command += [
            f"--aws-identity-endpoint-url={self.simulator}",
            "--allow-unsafe-aws-endpoint-urls",
            "--log-level=warn",
        ]
        command += [
            f"--kubeconfig={self.plane.kubeconfig}",
            "--healthz-addr=",
            "--metrics-addr=",
            "--enable-leader-election=false",
        ]
        with (self.folder / "controller.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)

    def create(self, bodies: list[dict[str, Any]]) -> None:
        """Create objects as quickly as a few threads can."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            for status, answer in pool.map(lambda body: self.plane.request("POST", JOBS, body), bodies):
                if status != 201:
                    raise RuntimeError(f"the API server refused a job: {answer}")

    def jobs(self) -> list[dict[str, Any]]:
        """Every job as it is."""
        found: list[dict[str, Any]] = self.plane.request("GET", JOBS)[1]["items"]
        return found


@contextmanager
def bed(latency: float = 0.05) -> Iterator[Bed]:
    """Everything but the controller. ``latency`` in seconds is what SageMaker takes to answer."""
    tools = toolchain.ensure(("etcd", "kube-apiserver", "kubectl"))
    with running(tools) as plane:
        plane.kubectl("apply", "--server-side", "-k", str(ROOT / "kustomize" / "crds"))
        plane.wait_for_crds()
        port_file = plane.folder / "simulator.port"
        command = [sys.executable, "-m", "simulator", "--port", "0", "--port-file", str(port_file)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            until(lambda: port_file.exists() and bool(port_file.read_text().strip()))
            made = Bed(plane, f"http://127.0.0.1:{port_file.read_text().strip()}", plane.folder)
            made.control.settings(latency=latency)
            yield made
        finally:
            process.terminate()
            process.wait(20)


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition.

    Raises:
        TimeoutError: it did not hold in time.
    """
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("a measurement did not come to its end within five minutes")
        time.sleep(0.1)


def job(name: str, filling: str = "") -> dict[str, Any]:
    """A TrainingJob; ``filling`` makes it larger."""
    spec: dict[str, Any] = {
        "roleARN": "arn:aws:iam::111122223333:role/execution",
        "algorithmSpecification": {
            "trainingImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/t:1",
            "trainingInputMode": "File",
        },
        "outputDataConfig": {"s3OutputPath": "s3://bucket/output"},
        "resourceConfig": {"instanceCount": 1, "instanceType": "ml.m5.large", "volumeSizeInGB": 10},
        "stoppingCondition": {"maxRuntimeInSeconds": 3600},
    }
    if filling:
        spec["environment"] = {f"KEY_{n}": filling for n in range(16)}
    return {
        "apiVersion": "sagemaker.services.k8s.aws/v1alpha1",
        "kind": "TrainingJob",
        "metadata": {"name": name},
        "spec": spec,
    }


def memory(process: subprocess.Popen[bytes], what: str = "VmHWM") -> float:
    """MiB of a process: VmHWM is the most it ever had, VmRSS what it has."""
    text = Path(f"/proc/{process.pid}/status").read_text()
    return next(float(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith(what))


def cpu(process: subprocess.Popen[bytes]) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def state(obj: Mapping[str, Any]) -> str:
    """The state a job shows."""
    return str((obj.get("status") or {}).get("trainingJobStatus", ""))


def dumped(rows: Mapping[str, Any]) -> str:
    """Rows as JSON."""
    return json.dumps(rows, indent=2)
