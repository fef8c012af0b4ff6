"""From nothing to settled objects and a summary; the exit code says whether everything was as it must be."""

import fcntl
import os
import shutil
import signal
import sys
import threading
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
# How long objects may take to settle. The quickstart takes about 10; DEMO_SECONDS is for manifests that take longer.
SECONDS = "180"
# How kubectl begins the line that says that something was not judged because something else is wrong: no news to anybody.
UNCHECKED = "* <nil>: "


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
    if not _has_manifests(folder):
        print(
            f"demo: there is no manifest in {folder}: kubectl reads .yaml, .yml and .json there, not in folders below it, or a "
            f"kustomization.yaml",
            file=sys.stderr,
        )
        return 2
    seconds = os.environ.get("DEMO_SECONDS") or SECONDS
    if not seconds.isdigit():
        print(f"demo: DEMO_SECONDS is {seconds!r}; it is a whole number", file=sys.stderr)
        return 2
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with FOLDER.with_suffix(".lock").open("w") as lock:  # held until this demo ends, however it ends
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(
                f"demo: another demo is running in {FOLDER}: end it with Ctrl-C, or set DEMO_FOLDER to another folder",
                file=sys.stderr,
            )
            return 2
        return _run(folder, int(seconds), keep)


def _run(folder: Path, seconds: int, keep: bool) -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    begun = time.monotonic()
    for name in (signal.SIGTERM, signal.SIGHUP):  # HUP: its terminal was closed
        signal.signal(name, lambda number, _: sys.exit(128 + number))
    try:
        with stage(FOLDER) as running:
            expected = _apply(running.plane, folder)
            if expected is None:
                code = 1
                _say_what_to_do_about_a_refusal(folder, keep)
            else:
                code = _perform(running, folder, expected, seconds, begun)
            if keep or expected is not None:
                _say_how_to_look_around(running, keep)
            if keep:
                _wait_for_the_visitor()
            return code
    except (StageError, PlaneError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _has_manifests(folder: Path) -> bool:
    if not folder.is_dir():
        return True
    return _is_kustomization(folder) or any(f.suffix in {".yaml", ".yml", ".json"} for f in folder.iterdir())


def _is_kustomization(folder: Path) -> bool:
    return any(
        (folder / name).exists() for name in ("kustomization.yaml", "kustomization.yml", "Kustomization")
    )


def _perform(running: Stage, folder: Path, expected: int, seconds: int, begun: float) -> int:
    say("")
    found = table.follow(running.plane, expected, seconds)
    wrong = _judge(running.plane, found, folder == QUICKSTART) + ([] if found else ["nothing was applied"])
    _summarise(running, found, time.monotonic() - begun)
    for sentence in wrong:
        print(f"demo: NOT AS IT MUST BE: {sentence}", file=sys.stderr)
    many = "1 thing is" if len(wrong) == 1 else f"{len(wrong)} things are"
    failed = sum(kstatus(obj) == "Failed" for obj in found)
    if failed and not wrong and folder != QUICKSTART:
        say(f"all have settled, and {failed} of them failed: why is said above")
    else:
        say(f"{many} not as it must be" if wrong else "everything is as it must be")
    return 1 if wrong else 0


def _apply(plane: ControlPlane, folder: Path) -> int | None:
    """Apply a folder; how many SageMaker objects it has, None when kubectl refused."""
    flag = "-k" if _is_kustomization(folder) else "-f"
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
        lines = [line for line in str(error).splitlines() if not line.startswith(UNCHECKED)]
        print("demo: " + "\n".join(lines), file=sys.stderr)
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
            why = " ".join(table.condition(obj, "ACK.Terminal").get("message", "").split())
            say(f"  {'':15} {'':22} {why}")
    counts = Control(running.simulator).counts()
    say(f"\nSageMaker calls: {sum(counts.values())}")
    for operation, count in sorted(counts.items()):
        say(f"  {count:4} {operation}")
    say(f"\n{seconds:.0f} s in all; logs are in {os.path.relpath(FOLDER, Path.cwd())}/")


def _say_what_to_do_about_a_refusal(folder: Path, keep: bool) -> None:
    shown = os.path.relpath(folder, Path.cwd())
    say(
        f"\nWhat was refused is said above, and nothing was waited for.\n"
        f"Correct it:  `.venv/bin/python scripts/validate {shown}` says of every manifest what would be refused, file and line;\n"
        f"             then `make demo MANIFESTS={shown}` again."
        + (
            ""
            if keep
            else f"\nClean up:    nothing to do; `rm -r {os.path.relpath(FOLDER, Path.cwd())}` takes the logs away."
        )
    )


def _say_how_to_look_around(running: Stage, keep: bool) -> None:
    if keep:
        say(
            f"\nLook around, in another shell:\n"
            f"  export KUBECONFIG={running.plane.kubeconfig}\n"
            f"  alias kubectl={running.tools['kubectl']}   # the one used here; your own does as well\n"
            f"  kubectl get sagemaker -A\n"
            f"  kubectl describe trainingjobs\n"
            f"  curl {running.simulator}/_simulator/resources   # and how to make things go wrong: docs/simulator.md\n"
            f"Clean up: press Ctrl-C. It ends the API server, etcd, the simulator and the controller."
        )
        return
    shown = os.path.relpath(FOLDER, Path.cwd())
    say(
        f"\nLook around: `make demo KEEP=1` leaves all of it running and says how to reach it with kubectl;\n"
        f"             `make demo MANIFESTS=folder` applies your own manifests.\n"
        f"Clean up:    nothing to do, everything that was started ends with this command; `rm -r {shown}` takes the logs away."
    )


def _wait_for_the_visitor() -> None:
    """Until Ctrl-C, or until somebody ends us: both are how this is meant to end, so neither is an error."""
    left = threading.Event()
    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {name: signal.signal(name, lambda *_: left.set()) for name in ends}
    left.wait()
    for (
        name,
        handler,
    ) in before.items():  # whoever presses Ctrl-C once more, while all is being ended, means it
        signal.signal(name, handler)
    say("\nending everything")
