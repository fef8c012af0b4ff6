"""The demo as a newcomer runs it: the quickstart, manifests of their own, left running, ended, and gone wrong."""

import fcntl
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from scripts.control_plane.plane import ControlPlane
from scripts.demonstration import table
from scripts.demonstration.run import QUICKSTART, _judge

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 240.0  # seconds; a demo takes 20 on a quiet machine

MODEL = """\
apiVersion: sagemaker.services.k8s.aws/v1alpha1
kind: Model
metadata: {name: mine}
spec:
  executionRoleARN: arn:aws:iam::111122223333:role/execution
  primaryContainer: {image: "111122223333.dkr.ecr.us-east-1.amazonaws.com/serve:1"}
"""

# Nothing of this name is ever created, so that SageMaker goes on refusing it.
ENDPOINT_OF_NOTHING = """\
apiVersion: sagemaker.services.k8s.aws/v1alpha1
kind: Endpoint
metadata: {name: lonely}
spec: {endpointConfigName: nobody-makes-this}
"""


def environment(tmp_path: Path, manifests: Path | str, **more: str) -> dict[str, str]:
    folder = str(tmp_path / "stage")
    return {**os.environ, "MANIFESTS": str(manifests), "KEEP": "", "DEMO_FOLDER": folder, **more}


def demo(tmp_path: Path, manifests: Path | str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "demo")], cwd=tmp_path, env=environment(tmp_path, manifests, **more),
        capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip


class Running:
    """A demo that is left running, on a terminal or on a pipe; what it says is collected as it comes."""

    def __init__(self, tmp_path: Path, manifests: Path, *, terminal: bool, **more: str) -> None:
        self.text = ""
        env = environment(tmp_path, manifests, KEEP="1", COLUMNS="", LINES="", **more)
        ours, theirs = pty.openpty() if terminal else os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "scripts" / "demo")],
            cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        threading.Thread(target=self._read, args=(ours,), daemon=True).start()

    def _read(self, ours: int) -> None:
        try:
            while chunk := os.read(ours, 65536):
                self.text += chunk.decode(errors="replace").replace("\r\n", "\n")
        except OSError:
            pass  # NB: a terminal whose other end is closed fails where a pipe ends
        os.close(ours)

    def until_it_says(self, words: str) -> None:
        end = time.monotonic() + PATIENCE
        while words not in self.text:
            assert self._process.poll() is None and time.monotonic() < end, self.text
            time.sleep(0.1)

    def end(self, how: signal.Signals) -> int:
        self._process.send_signal(how)
        return self._process.wait(60)

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def left_running(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def start(manifests: Path, *, terminal: bool, **more: str) -> Running:
        made.append(Running(tmp_path, manifests, terminal=terminal, **more))
        return made[-1]

    yield start
    for one in made:
        one.kill()


def processes_of(folder: Path) -> list[str]:
    """The command lines of everything that works in a demo's folder."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has just ended
        if str(folder) in command:
            lines.append(command)
    return lines


@pytest.fixture(scope="module")
def quickstart(
    tools: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> "subprocess.CompletedProcess[str]":
    """`make demo`, once."""
    return demo(tmp_path_factory.mktemp("quickstart"), "")


def rows(text: str) -> list[list[str]]:
    """The last table of a text, without the ages, which are a matter of the machine."""
    last = text.rindex("KIND  ")
    lines = text[last:].partition("\n\n")[0].partition("```")[0].splitlines()
    return [re.split(r" {2,}", re.sub(r" +\d+s$", "", line.strip())) for line in lines if line]


@pytest.mark.slow
def test_the_quickstart_ends_as_it_must(quickstart: "subprocess.CompletedProcess[str]") -> None:
    assert quickstart.returncode == 0, quickstart.stdout + quickstart.stderr
    assert quickstart.stderr == ""
    said = quickstart.stdout
    assert "everything is as it must be" in said
    summary = said[said.index("What was created") :]
    for kind in ("Endpoint", "EndpointConfig", "Model", "TrainingJob"):
        assert re.search(
            rf"{kind} +quickstart +kubectl wait: condition met +kstatus: Current +arn:aws:", summary
        )
    assert re.search(
        r"TrainingJob +quickstart-fails +kubectl wait: not met +kstatus: Failed +arn:aws:", summary
    )
    assert re.search(r"\n +AlgorithmError: .+\n", summary), "a failure's reason stands on one line"
    assert re.search(r"SageMaker calls: \d+\n", summary)
    assert re.search(r" 2 CreateTrainingJob\n", summary) and re.search(r" 1 CreateModel\n", summary)


def test_the_end_says_how_to_look_around_and_what_to_clean_up(
    quickstart: "subprocess.CompletedProcess[str]",
) -> None:
    last = quickstart.stdout[quickstart.stdout.index("everything is as it must be") :]
    assert "make demo KEEP=1" in last and "MANIFESTS=folder" in last and "Clean up:" in last


def test_on_a_pipe_the_table_is_printed_only_when_something_has_changed(
    quickstart: "subprocess.CompletedProcess[str]",
) -> None:
    assert "\x1b" not in quickstart.stdout
    tables = [rows(f"KIND  {part}") for part in quickstart.stdout.split("KIND  ")[1:]]
    assert len(tables) > 1, "while it waits it shows how things stand"
    assert all(one != other for one, other in pairwise(tables))


def test_the_readme_shows_what_a_run_shows(quickstart: "subprocess.CompletedProcess[str]") -> None:
    readme = (ROOT / "README.md").read_text()
    assert rows(readme[: readme.index("```", readme.index("KIND  "))]) == rows(quickstart.stdout)


@pytest.mark.slow
def test_left_running_it_can_be_looked_at_with_kubectl_and_ends_with_ctrl_c(
    tools: Mapping[str, Path], tmp_path: Path, left_running: Callable[..., Running]
) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "model.yaml").write_text(MODEL)
    shutil.copy(QUICKSTART / "training-job.yaml", folder)  # which runs for seconds
    running = left_running(folder, terminal=True)
    running.until_it_says("Clean up: press Ctrl-C")
    assert "model.sagemaker.services.k8s.aws/mine created" in running.text
    assert "arn:aws:sagemaker:us-east-1:111122223333:model/mine" in running.text
    assert "CreateModel" in running.text and "kstatus: Current" in running.text
    assert re.search(r"\x1b\[\d+A\x1b\[J", running.text) or running.text.count("KIND  ") == 1, (
        "drawn in place"
    )
    kubeconfig = re.search(r"export KUBECONFIG=(\S+)", running.text)
    assert kubeconfig, running.text
    command = [str(tools["kubectl"]), "get", "sagemaker", "-A"]
    env = {**os.environ, "KUBECONFIG": kubeconfig[1]}
    shown = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    assert "mine" in shown and "quickstart" in shown, shown
    assert len(processes_of(tmp_path / "stage")) >= 4, "etcd, kube-apiserver, simulator, controller"
    assert running.end(signal.SIGINT) == 0
    assert processes_of(tmp_path / "stage") == []


@pytest.mark.slow
def test_what_does_not_settle_is_said_and_fails_also_when_it_is_ended_from_outside(
    tools: Mapping[str, Path], tmp_path: Path, left_running: Callable[..., Running]
) -> None:
    (tmp_path / "endpoint.yaml").write_text(ENDPOINT_OF_NOTHING)
    running = left_running(tmp_path / "endpoint.yaml", terminal=False, DEMO_SECONDS="6")
    running.until_it_says("Clean up: press Ctrl-C")
    assert "NOT AS IT MUST BE: Endpoint lonely has not settled" in running.text
    while_waiting = running.text[: running.text.index("What was created")]
    assert re.search(r"\nEndpoint lonely waits: .*nobody-makes-this", while_waiting)
    assert "1 thing is not as it must be" in running.text
    assert running.end(signal.SIGTERM) == 1
    assert processes_of(tmp_path / "stage") == []


def test_a_malformed_manifest_is_refused_with_the_api_servers_words(
    tools: Mapping[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "model.yaml").write_text(MODEL.replace("arn:aws:iam::111122223333:role/execution", "no-arn"))
    done = demo(tmp_path, tmp_path / "model.yaml")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "spec.executionRoleARN" in done.stderr
    assert "Traceback" not in done.stderr and "<nil>" not in done.stderr
    assert "scripts/validate" in done.stdout and "make demo KEEP=1" not in done.stdout


def test_a_folder_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    done = demo(tmp_path, tmp_path / "nowhere")
    assert done.returncode == 2
    assert "MANIFESTS names a folder" in done.stderr and done.stderr.count("\n") == 1


def test_a_folder_without_a_manifest_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "manifests" / "below").mkdir(parents=True)
    (tmp_path / "manifests" / "below" / "model.yaml").write_text(MODEL)
    done = demo(tmp_path, tmp_path / "manifests")
    assert done.returncode == 2
    assert "there is no manifest in" in done.stderr and done.stderr.count("\n") == 1


def test_a_time_that_is_none_is_said_at_once(tmp_path: Path) -> None:
    done = demo(tmp_path, "", DEMO_SECONDS="soon")
    assert (done.returncode, done.stderr) == (2, "demo: DEMO_SECONDS is 'soon'; it is a whole number\n")


@pytest.fixture
def model(crds: ControlPlane) -> Iterator[Callable[..., Mapping[str, Any]]]:
    """Models with a status that no controller wrote."""
    path, names = "/apis/sagemaker.services.k8s.aws/v1alpha1/namespaces/default/models", []

    def make(name: str, **conditions: str) -> Mapping[str, Any]:
        role = "arn:aws:iam::111122223333:role/execution"
        body = {
            "apiVersion": "sagemaker.services.k8s.aws/v1alpha1",
            "kind": "Model",
            "metadata": {"name": name},
        }
        assert crds.request("POST", path, {**body, "spec": {"executionRoleARN": role}})[0] == 201
        names.append(name)
        listed = [
            {"type": kind, "status": holds, "reason": "Test", "message": ""}
            for kind, holds in conditions.items()
        ]
        status = {"status": {"observedGeneration": 1, "conditions": listed}}
        answer = crds.request("PATCH", f"{path}/{name}/status", status, "application/merge-patch+json")
        assert answer[0] == 200, answer
        found: Mapping[str, Any] = answer[1]
        return found

    yield make
    for name in names:
        crds.request("DELETE", f"{path}/{name}")


def test_each_outcome_of_the_quickstart_that_is_wrong_is_named(
    crds: ControlPlane, model: Callable[..., Mapping[str, Any]]
) -> None:
    good = model("good", Ready="True")
    failed = model("fails-as-it-must", Ready="False", Stalled="True")
    assert _judge(crds, [good, failed], quickstart=True) == []
    stalled = model("must-not-stall", Ready="False", Stalled="True")
    ready = model("must-fail-and-does-not", Ready="True")
    under_way = model("under-way", Ready="False", Reconciling="True")
    assert _judge(crds, [good, failed, stalled, ready, under_way], quickstart=True) == [
        "Model must-not-stall is Failed to kstatus",
        "kubectl wait says not Ready of Model must-not-stall",
        "Model must-fail-and-does-not is Current to kstatus",
        "kubectl wait says Ready of Model must-fail-and-does-not",
        "Model under-way has not settled: ",
    ]
    assert _judge(crds, [stalled, ready], quickstart=False) == [], "what is anybody's own may end as it likes"


def test_a_demo_that_is_running_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "stage").mkdir()
    with (tmp_path / "stage.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = demo(tmp_path, QUICKSTART)
    assert done.returncode == 2 and "another demo is running" in done.stderr
    assert (tmp_path / "stage").is_dir()


def test_a_table_is_cut_to_the_terminal() -> None:
    shown = ["x" * 100, *(f"row {n}" for n in range(30))]
    fits = table.fitting(shown, columns=40, height=10)
    assert fits == ["x" * 39, *(f"row {n}" for n in range(7)), "… and 23 more"]
    assert table.fitting(shown[1:4], columns=40, height=10) == shown[1:4]
