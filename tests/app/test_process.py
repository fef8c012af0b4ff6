"""The controller as a process: how it starts, stands by, and ends."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import urllib3

from scripts.control_plane.plane import ControlPlane
from simulator.server import Simulator
from simulator.server import start as start_simulator
from tests.loop.world import wait_until

ROOT = Path(__file__).resolve().parents[2]
LEASE = "/apis/coordination.k8s.io/v1/namespaces/default/leases/ack-sagemaker.services.k8s.aws"
JOBS = "/apis/sagemaker.services.k8s.aws/v1alpha1/namespaces/default/trainingjobs"
JOB = {
    "apiVersion": "sagemaker.services.k8s.aws/v1alpha1",
    "kind": "TrainingJob",
    "spec": {
        "roleARN": "arn:aws:iam::111122223333:role/execution",
        "algorithmSpecification": {
            "trainingImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/t:1",
            "trainingInputMode": "File",
        },
        "outputDataConfig": {"s3OutputPath": "s3://bucket/output"},
        "resourceConfig": {"instanceCount": 1, "instanceType": "ml.m5.large", "volumeSizeInGB": 10},
        "stoppingCondition": {"maxRuntimeInSeconds": 3600},
    },
}


class Process:
    """One controller; its log is collected as it is written."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        command = [sys.executable, "-m", "controller", *arguments]
        env = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "simulated",
            "AWS_SECRET_ACCESS_KEY": "simulated",
            "K8S_NAMESPACE": "default",
        }
        env |= {"AWS_EC2_METADATA_DISABLED": "true", **environment}
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)

    def says(self, words: str) -> bool:
        return any(words in line for line in self.lines)

    def until_it_says(self, words: str) -> None:
        wait_until(lambda: self.says(words), lambda: "".join(self.lines))

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with start_simulator(speed=20) as started:
        yield started


@pytest.fixture
def controller(crds: ControlPlane, simulator: Simulator) -> Iterator[Callable[..., Process]]:
    """Starts controllers that end with the test."""
    made: list[Process] = []

    def make(*arguments: str, endpoint: str = simulator.url) -> Process:
        usual = [
            "--aws-region=us-east-1", f"--aws-endpoint-url={endpoint}", f"--aws-identity-endpoint-url={endpoint}",
            "--allow-unsafe-aws-endpoint-urls", f"--kubeconfig={crds.kubeconfig}", "--metrics-addr=", "--healthz-addr=",
            "--kinds=TrainingJob,Model", "--watch-namespace=default",
        ]  # fmt: skip
        made.append(Process(*usual, *arguments))
        return made[-1]

    yield make
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
    for obj in crds.request("GET", JOBS)[1]["items"]:
        path = f"{JOBS}/{obj['metadata']['name']}"
        crds.request("PATCH", path, {"metadata": {"finalizers": None}}, "application/merge-patch+json")
        crds.request("DELETE", path)
    crds.request("DELETE", LEASE)


def job(name: str) -> dict[str, Any]:
    return {**JOB, "metadata": {"name": name}}


def test_on_sigterm_it_finishes_what_is_under_way_and_hands_over(
    crds: ControlPlane, simulator: Simulator, controller: Callable[..., Process]
) -> None:
    one = controller()
    one.until_it_says("caring for 2 kinds")
    simulator.control.settings(latency=2.0)
    crds.request("POST", JOBS, job("under-way"))
    wait_until(
        lambda: "finalizers" in crds.request("GET", f"{JOBS}/under-way")[1]["metadata"], lambda: "not begun"
    )
    began = time.monotonic()
    assert one.end() == 0
    assert time.monotonic() - began < 10
    assert crds.request("GET", f"{JOBS}/under-way")[1]["status"]["ackResourceMetadata"]["arn"]
    assert not crds.request("GET", LEASE)[1]["spec"].get("holderIdentity")
    assert simulator.control.counts()["CreateTrainingJob"] == 1


def test_the_second_of_two_waits_and_takes_over(
    crds: ControlPlane, simulator: Simulator, controller: Callable[..., Process]
) -> None:
    first = controller()
    first.until_it_says("caring for 2 kinds")
    second = controller()
    second.until_it_says("waiting for the lease")
    crds.request("POST", JOBS, job("by-the-first"))
    wait_until(lambda: simulator.control.counts().get("CreateTrainingJob") == 1, lambda: "".join(first.lines))
    assert not second.says("caring for")
    assert first.end() == 0
    second.until_it_says("caring for 2 kinds")
    crds.request("POST", JOBS, job("by-the-second"))
    wait_until(
        lambda: simulator.control.counts().get("CreateTrainingJob") == 2, lambda: "".join(second.lines)
    )
    assert second.end() == 0
    jobs = crds.request("GET", JOBS)[1]["items"]
    writers = {
        e["manager"] for j in jobs for e in j["metadata"]["managedFields"] if e.get("subresource") == "status"
    }
    assert writers == {"sagemaker-operators@default"}  # replicas are one writer: the lease tells them apart


def test_without_aws_it_keeps_running_and_says_why_it_is_not_ready(
    controller: Callable[..., Process],
) -> None:
    one = controller("--healthz-addr=127.0.0.1:18091", endpoint="http://127.0.0.1:9")
    one.until_it_says("AWS cannot be used yet")

    def answers() -> urllib3.BaseHTTPResponse:
        return urllib3.request("GET", "http://127.0.0.1:18091/readyz", timeout=5.0, retries=False)

    assert answers().status == 503
    assert b"aws:" in answers().data and b"127.0.0.1:9" in answers().data
    assert urllib3.request("GET", "http://127.0.0.1:18091/healthz", timeout=5.0).status == 200
    assert one.process.poll() is None


def test_metrics_count_calls_and_resources(crds: ControlPlane, controller: Callable[..., Process]) -> None:
    one = controller("--metrics-addr=127.0.0.1:18092")
    one.until_it_says("caring for 2 kinds")
    crds.request("POST", JOBS, job("counted"))

    def text() -> str:
        return urllib3.request("GET", "http://127.0.0.1:18092/metrics", timeout=5.0).data.decode()

    wait_until(
        lambda: 'sagemaker_resources{kind="TrainingJob",namespace="default",state="Completed"} 1.0' in text(),
        text,
    )
    assert 'sagemaker_aws_calls_total{operation="CreateTrainingJob",outcome="ok"} 1.0' in text()
    assert "sagemaker_leading 1.0" in text()


def test_the_log_is_json_with_the_object_it_is_about(
    crds: ControlPlane, controller: Callable[..., Process]
) -> None:
    one = controller()
    one.until_it_says("caring for 2 kinds")
    crds.request("POST", JOBS, job("logged"))
    one.until_it_says("is in Completed status")
    lines = [json.loads(line) for line in one.lines]
    about = [line for line in lines if line.get("name") == "logged"]
    assert {"kind": "TrainingJob", "namespace": "default", "reason": "Completed"}.items() <= about[-1].items()
    called = [line for line in about if line.get("operation") == "CreateTrainingJob"]
    assert len(called) == 1 and called[0]["requestID"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--aws-region=nowhere"], "us-east-1", id="no region"),
        pytest.param(
            ["--aws-region=us-east-1", "--kinds=Trainingjob"], "did you mean TrainingJob", id="a kind"
        ),
        pytest.param(["--aws-region=us-east-1", "--nonsense"], "--help", id="a flag"),
        pytest.param(
            ["--aws-region=us-east-1", "--kubeconfig=/nonexistent"], "/nonexistent", id="a kubeconfig"
        ),
    ],
)
def test_bad_settings_end_it_with_one_sentence(arguments: list[str], words: str) -> None:
    one = Process(*arguments)
    assert one.process.wait(30) == 2
    wait_until(lambda: bool(one.lines), lambda: "it said nothing")
    assert len(one.lines) == 1 and words in one.lines[0] and "Traceback" not in one.lines[0]


def test_a_crd_that_comes_later_is_cared_for(tools: Mapping[str, Path], simulator: Simulator) -> None:
    from scripts.control_plane.plane import running

    folder = ROOT / "kustomize" / "crds"
    with running(tools) as plane:
        plane.kubectl("apply", "--server-side", "-f", str(folder / "models.yaml"))
        plane.wait_for_crds()
        one = Process(
            "--aws-region=us-east-1", f"--aws-endpoint-url={simulator.url}", f"--aws-identity-endpoint-url={simulator.url}",
            "--allow-unsafe-aws-endpoint-urls", f"--kubeconfig={plane.kubeconfig}", "--metrics-addr=", "--healthz-addr=",
            "--kinds=TrainingJob,Model", "--enable-leader-election=false",
        )  # fmt: skip
        try:
            one.until_it_says("no CRD of TrainingJob")
            # one kind's trouble holds back no other
            model = {
                "apiVersion": JOB["apiVersion"],
                "kind": "Model",
                "metadata": {"name": "early"},
                "spec": {},
            }
            assert plane.request("POST", JOBS.replace("trainingjobs", "models"), model)[0] == 201
            wait_until(lambda: simulator.control.counts().get("CreateModel") == 1, lambda: "".join(one.lines))
            plane.kubectl("apply", "--server-side", "-f", str(folder / "trainingjobs.yaml"))
            plane.wait_for_crds()
            wait_until(
                lambda: plane.request("POST", JOBS, job("late"))[0] in {201, 409}, lambda: "never served"
            )
            wait_until(
                lambda: simulator.control.counts().get("CreateTrainingJob") == 1, lambda: "".join(one.lines)
            )
        finally:
            assert one.end() == 0
