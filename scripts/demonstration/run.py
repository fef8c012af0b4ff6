"""From nothing to settled objects and a summary; the exit code says whether everything was as it must be."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from scripts.control_plane.plane import ControlPlane, KubectlError, PlaneError
from scripts.demonstration import table
from scripts.demonstration.kstatus import kstatus
from scripts.demonstration.stage import ROOT, Stage, StageError, say, stage
from simulator.control import Control

QUICKSTART = ROOT / "kustomize" / "samples" / "quickstart"
FOLDER = Path(os.environ.get("DEMO_FOLDER") or ROOT / "build" / "demo").resolve()


def main() -> int:
    """Run the demo: 0 when everything was as it must be, 1 when something was not, 2 when it could not run."""
    keep, manifests = bool(os.environ.get("KEEP")), os.environ.get("MANIFESTS") or ""
    folder = Path(manifests).resolve() if manifests else QUICKSTART
    if not folder.exists():
        print(
            f"demo: there is no {folder}; MANIFESTS names a folder of manifests or a kustomize root",
            file=sys.stderr,
        )
        return 2
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    begun = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with stage(FOLDER) as running:
            code = _perform(running, folder, manifests == "", begun)
            if keep:
                _wait_for_the_visitor(running)
            return code
    except (StageError, PlaneError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _perform(running: Stage, folder: Path, quickstart: bool, begun: float) -> int:
    expected = _apply(running.plane, folder)
    if expected is None:
        return 1
    say("")
    found = table.follow(running.plane, expected)
    wrong = _judge(running.plane, found, quickstart) + ([] if found else ["nothing was applied"])
    _summarise(running, found, time.monotonic() - begun)
    for sentence in wrong:
        print(f"demo: NOT AS IT MUST BE: {sentence}", file=sys.stderr)
    say("everything is as it must be" if not wrong else f"{len(wrong)} things are not as they must be")
    return 1 if wrong else 0


def _apply(plane: ControlPlane, folder: Path) -> int | None:
    """Apply a folder; how many SageMaker objects it has, None when kubectl refused."""
    flag = "-k" if (folder / "kustomization.yaml").exists() else "-f"
    shown = os.path.relpath(folder, ROOT)
    say(f"\n$ kubectl apply {flag} {shown}")
    try:
        say(plane.kubectl("apply", flag, str(folder)).strip())
        text = (
            plane.kubectl("kustomize", str(folder))
            if flag == "-k"
            else plane.kubectl("get", flag, str(folder), "-o", "yaml")
        )
    except KubectlError as error:
        print(f"demo: {error}", file=sys.stderr)
        return None
    documents = [d for d in yaml.safe_load_all(text) if d]
    items = [i for d in documents for i in (d["items"] if d.get("kind") == "List" else [d])]
    return sum(str(i.get("apiVersion", "")).startswith("sagemaker.services.k8s.aws/") for i in items)


def _judge(plane: ControlPlane, found: Sequence[Mapping[str, Any]], quickstart: bool) -> list[str]:
    """What is not as it must be. In the quickstart, what is called …fail… must have failed and all else be ready."""
    wrong = []
    for obj in found:
        name = f"{obj['kind']} {obj['metadata']['name']}"
        if not table.settled(obj):
            wrong.append(
                f"{name} has not settled: {table.condition(obj, 'Ready').get('message', 'no condition yet')}"
            )
            continue
        if not quickstart:
            continue
        must_fail = "fail" in obj["metadata"]["name"]
        if (kstatus(obj) == "Failed") is not must_fail:
            wrong.append(f"{name} is {kstatus(obj)} to kstatus")
        if _waits(plane, obj) is must_fail:
            wrong.append(f"kubectl wait says {'Ready' if must_fail else 'not Ready'} of {name}")
    return wrong


def _waits(plane: ControlPlane, obj: Mapping[str, Any]) -> bool:
    resource = f"{obj['kind'].lower()}.sagemaker.services.k8s.aws/{obj['metadata']['name']}"
    said = plane.kubectl(
        "wait",
        "--for=condition=Ready",
        "--timeout=0",
        resource,
        "-n",
        obj["metadata"].get("namespace", "default"),
        check=False,
    )
    return "condition met" in said


def _summarise(running: Stage, found: Sequence[Mapping[str, Any]], seconds: float) -> None:
    say("\nWhat was created, and what is said of it")
    for obj in found:
        ready = "condition met" if _waits(running.plane, obj) else "not met"
        arn = (obj.get("status") or {}).get("ackResourceMetadata", {}).get("arn", "no ARN")
        say(
            f"  {obj['kind']:15} {obj['metadata']['name']:22} kubectl wait: {ready:14} kstatus: {kstatus(obj):11} {arn}"
        )
        if kstatus(obj) == "Failed":
            say(f"  {'':15} {'':22} {table.condition(obj, 'ACK.Terminal').get('message', '')}")
    counts = Control(running.simulator).counts()
    say(f"\nSageMaker calls: {sum(counts.values())}")
    for operation, count in sorted(counts.items()):
        say(f"  {count:4} {operation}")
    say(f"\n{seconds:.0f} s in all. Logs are in {os.path.relpath(FOLDER, Path.cwd())}/.")


def _wait_for_the_visitor(running: Stage) -> None:
    kubeconfig = os.path.relpath(running.plane.kubeconfig, Path.cwd())
    say(
        f"\nIt goes on running. In another shell:\n"
        f"  export KUBECONFIG={running.plane.kubeconfig}\n"
        f"  kubectl get sagemaker -A\n"
        f"  kubectl describe trainingjob\n"
        f"  {running.tools['kubectl']} is the kubectl used here; {kubeconfig} ends with this demo.\n"
        f"Clean up: press Ctrl-C."
    )
    signal.pause()
