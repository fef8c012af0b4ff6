"""What a measurement stands on: a plane with our CRDs, a simulator and a controller in processes of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from scripts.control_plane import toolchain
from scripts.control_plane.plane import ControlPlane, running
from simulator.control import Control

ROOT = Path(__file__).resolve().parents[2]
OURS = "/apis/sagemaker.services.k8s.aws/v1alpha1/namespaces/default"
JOBS = f"{OURS}/trainingjobs"
TOOLS = ("etcd", "kube-apiserver", "kubectl")
LATENCY = 0.05  # seconds
PATIENCE = 300.0  # seconds
_AS_VERSION = "import runpy, controller; controller.__version__ = {!r}; runpy.run_module('controller', run_name='__main__')"
CLIENTS = 8  # threads that apply; more only queue up at the API server on two cores


@dataclass(frozen=True, slots=True)
class Controller:
    """A controller process that is ready; ``ready_after`` seconds from its start."""

    process: subprocess.Popen[bytes]
    ready_after: float

    def memory(self, what: str = "VmRSS") -> float:
        """MiB: VmRSS is what it has, VmHWM the most it ever had."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(float(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith(what))

    def cpu(self) -> float:
        """CPU seconds so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a job a measurement needs."""

    name: str
    version: str
    state: str


@dataclass(frozen=True, slots=True)
class Bed:
    """A plane and a simulator; controllers are started on it with ``controller``. ``kinds``: for these alone, all if empty.

    ``queue`` is the URL of the queue into which the simulator puts its events, if there is one.
    """

    plane: ControlPlane
    simulator: str
    folder: Path
    kinds: tuple[str, ...] = ()
    queue: str = ""

    @property
    def control(self) -> Control:
        """The simulator's levers."""
        return Control(self.simulator)

    @contextmanager
    def controller(
        self, version: str = "", flags: Sequence[str] = (), within: Path | None = None
    ) -> Iterator[Controller]:
        """A controller with default settings, from its start until it has listed everything; ended afterwards.

        ``version`` is what it says that it is, if that is not what it is; ``flags`` are for looks at the benchmark alone;
        ``within`` is a control group to which it belongs.
        """
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": "simulated", "AWS_SECRET_ACCESS_KEY": "simulated"}
        environment["AWS_EC2_METADATA_DISABLED"] = "true"
        environment["MALLOC_ARENA_MAX"] = "2"  # as in the image
        port = free_port()
        program = ["-c", _AS_VERSION.format(version)] if version else ["-m", "controller"]
        command = [
            sys.executable, *program, "--aws-region=us-east-1", f"--aws-endpoint-url={self.simulator}",
            f"--aws-identity-endpoint-url={self.simulator}", "--allow-unsafe-aws-endpoint-urls", "--log-level=warn",
            f"--kubeconfig={self.plane.kubeconfig}", f"--healthz-addr=127.0.0.1:{port}", "--metrics-addr=",
            "--enable-leader-election=false", f"--kinds={','.join(self.kinds)}", f"--events-queue-urls={self.queue}",
            *flags,
        ]  # fmt: skip
        if within is not None:
            command = ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(within / "cgroup.procs"), *command]
        begun = time.monotonic()
        log_file = self.folder / "controller.log"
        with log_file.open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            until(lambda: _is_ready(process, port, log_file), pause=0.05)
            yield Controller(process, time.monotonic() - begun)
        finally:
            process.terminate()
            process.wait(20)

    def create(self, path: str, bodies: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        """Create objects as quickly as a few threads can; when each was sent, in seconds since the epoch."""

        def send(body: Mapping[str, Any]) -> tuple[str, float]:
            at = time.time()
            status, answer = self.plane.request("POST", path, body)
            if status != 201:
                raise RuntimeError(
                    f"the API server refused {body['kind']} {body['metadata']['name']}: {answer}"
                )
            return body["metadata"]["name"], at

        with ThreadPoolExecutor(CLIENTS) as pool:
            return dict(pool.map(send, bodies))

    def jobs(self) -> list[Shown]:
        """Every job as it is."""
        return [
            Shown(o["metadata"]["name"], o["metadata"]["resourceVersion"], state(o)) for o in self.every(JOBS)
        ]

    def every(self, path: str) -> Iterator[dict[str, Any]]:
        """Every object, in pages: ten thousand of 8 kB at once would be felt by what is being measured."""
        more = ""
        while True:
            answer = self.plane.request("GET", f"{path}?limit=500&continue={more}")[1]
            yield from answer["items"]
            more = answer["metadata"].get("continue", "")
            if not more:
                return

    def until_called(self, operation: str, times: int) -> None:
        """Wait until SageMaker has had so many calls of an operation."""
        until(lambda: self.control.counts().get(operation, 0) >= times, pause=0.5)


@contextmanager
def bed(
    latency: float = LATENCY, kinds: tuple[str, ...] = (), *, queue: str = "", **settings: Any
) -> Iterator[Bed]:
    """Everything but the controller. ``latency`` in seconds is what SageMaker takes to answer; ``settings`` are the simulator's."""
    tools = toolchain.ensure(TOOLS)
    with running(tools) as plane:
        for resource in kinds or ("",):
            plane.kubectl("apply", "--server-side", *_crds(resource))
        plane.wait_for_crds()
        port_file = plane.folder / "simulator.port"
        command = [sys.executable, "-m", "simulator", "--port", "0", "--port-file", str(port_file)]
        command += ["--events-queue", queue] if queue else []
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            until(lambda: port_file.exists() and bool(port_file.read_text().strip()))
            address = f"http://127.0.0.1:{port_file.read_text().strip()}"
            made = Bed(plane, address, plane.folder, kinds, queue)
            made.control.settings(latency=latency, check_references=False, **settings)
            yield made
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def _crds(kind: str) -> tuple[str, str]:
    folder = ROOT / "kustomize" / "crds"
    return ("-f", str(folder / f"{kind.lower()}s.yaml")) if kind else ("-k", str(folder))


def _is_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"the controller ended with {process.returncode}: {log.read_text().strip()}")
    try:
        url = f"http://127.0.0.1:{port}/readyz"
        return urllib3.request("GET", url, timeout=2.0, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def until(holds: Callable[[], bool], pause: float = 0.1) -> None:
    """Wait for a condition, asked every ``pause`` seconds.

    Raises:
        TimeoutError: it did not hold in time.
    """
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("a measurement did not come to its end within five minutes")
        time.sleep(pause)


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
    return custom("TrainingJob", name, spec)


def custom(kind: str, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """An object of ours."""
    return {
        "apiVersion": "sagemaker.services.k8s.aws/v1alpha1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }


def state(obj: Mapping[str, Any]) -> str:
    """The state that a job or an endpoint shows."""
    status = obj.get("status") or {}
    return str(status.get("trainingJobStatus") or status.get("endpointStatus") or "")
