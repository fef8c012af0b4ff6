"""Everything the demo stands on: started in order, ended in reverse, each step said in one line."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import urllib3

from scripts.control_plane import toolchain
from scripts.control_plane.plane import ControlPlane

ROOT = Path(__file__).resolve().parents[2]
NAMESPACE = "ack-system"
ACCOUNT = "ack-sagemaker-controller"
REGION = "us-east-1"
TOOLS = ("etcd", "kube-apiserver", "kubectl", "helm")
READY_WITHIN = 60.0  # seconds; 2 on a quiet machine


class StageError(Exception):
    """A part did not come up; the message says which, why, and where its log is."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A running demo: the plane, and where the simulator and the controller answer."""

    plane: ControlPlane
    tools: Mapping[str, Path]
    simulator: str
    health: str


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Start everything in a folder.

    Raises:
        StageError: a part did not come up.
    """
    tools = toolchain.ensure(TOOLS)
    with ExitStack() as stack:
        plane = ControlPlane(folder / "plane", tools)
        stack.callback(plane.stop)
        plane.start()
        say(f"control plane   {plane.kubectl('version').splitlines()[-1].split()[-1]} on {plane.url}")
        simulator = _simulator(stack, folder)
        say(f"SageMaker       simulated on {simulator}")
        _install(plane, tools["helm"], simulator)
        say(f"helm install    sagemaker-operators-crds and sagemaker-operators in namespace {NAMESPACE}")
        health = _controller(stack, folder, plane)
        say(f"controller      running as the chart's service account {NAMESPACE}/{ACCOUNT}")
        yield Stage(plane, tools, simulator, health)


def _simulator(stack: ExitStack, folder: Path) -> str:
    port_file = folder / "simulator.port"
    command = [
        sys.executable,
        "-m",
        "simulator",
        "--port",
        "0",
        "--port-file",
        str(port_file),
        "--region",
        REGION,
    ]
    process = _spawn(stack, command, folder / "simulator.log", os.environ)
    end = time.monotonic() + READY_WITHIN
    while not (port_file.exists() and port_file.read_text().strip()):
        _must_live(process, "simulator", folder / "simulator.log", end)
        time.sleep(0.05)
    return f"http://127.0.0.1:{port_file.read_text().strip()}"


def _install(plane: ControlPlane, helm: Path, simulator: str) -> None:
    values = [
        "image.repository=sagemaker-operators-controller",  # no kubelet here: the process below stands for the pod
        f"aws.region={REGION}",
        f"aws.endpoint_url={simulator}",
        f"aws.identity_endpoint_url={simulator}",
        "aws.allow_unsafe_aws_endpoint_urls=true",
    ]
    for chart, settings in (("sagemaker-operators-crds", []), ("sagemaker-operators", values)):
        command = [
            str(helm),
            "install",
            chart,
            str(ROOT / "charts" / chart),
            "--kubeconfig",
            str(plane.kubeconfig),
        ]
        command += ["--namespace", NAMESPACE, "--create-namespace", "--wait=hookOnly"]
        for setting in settings:
            command += ["--set", setting]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StageError(f"helm install {chart}: {done.stderr.strip()}")
    plane.wait_for_crds()


def _controller(stack: ExitStack, folder: Path, plane: ControlPlane) -> str:
    """Run what the Deployment's container would run, with a token of its service account and nothing else."""
    deployment = json.loads(plane.kubectl("get", "deployments", "-n", NAMESPACE, "-o", "json"))["items"][0]
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    kubeconfig = folder / "controller.kubeconfig"
    plane.write_kubeconfig(kubeconfig, plane.token_for(NAMESPACE, ACCOUNT), NAMESPACE)
    (port,) = _free_port()
    command = [sys.executable, "-m", "controller", *container.get("args", ())]
    command += [f"--kubeconfig={kubeconfig}", "--metrics-addr=", f"--healthz-addr=127.0.0.1:{port}"]
    environment = {
        **os.environ,
        **{item["name"]: item["value"] for item in container.get("env", ()) if "value" in item},
        "K8S_NAMESPACE": NAMESPACE,
        "AWS_ACCESS_KEY_ID": "simulated",  # the simulator takes any
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    process = _spawn(stack, command, folder / "controller.log", environment)
    health = f"http://127.0.0.1:{port}/readyz"
    end = time.monotonic() + READY_WITHIN
    while True:
        _must_live(process, "controller", folder / "controller.log", end)
        try:
            if urllib3.request("GET", health, timeout=2.0, retries=False).status == 200:
                return health
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.1)


def _spawn(
    stack: ExitStack, command: list[str], log: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=stream, stderr=stream, stdin=subprocess.DEVNULL
        )
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _must_live(process: subprocess.Popen[bytes], name: str, log: Path, end: float) -> None:
    if process.poll() is None and time.monotonic() < end:
        return
    last = " | ".join(log.read_text(errors="replace").splitlines()[-3:]) or "its log is empty"
    how = "was not ready in time" if process.poll() is None else f"ended with {process.returncode}"
    raise StageError(f"the {name} {how}: {last} (whole log: {log})")


def _free_port() -> tuple[int]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return (int(server.getsockname()[1]),)
