"""Checkov over what we render, with a proof that it looked: each root carries an object that must fail.

NB: checkov ends with 0 when it could not read a file or lacks a tool, so its exit code says nothing; its report is read instead.
"""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from scripts import rendering
from scripts.validation.rendered import Rendered, resource

CHECKOV = rendering.ROOT / ".venv-policy" / "bin" / "checkov"

# What must fail: a pod that may do anything on its node, a policy that allows everything, an image that begins as root.
CANARY = "canary-that-must-fail"
BAD_POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": CANARY, "namespace": "canary"},
    "spec": {"containers": [{"name": "c", "image": "i:latest", "securityContext": {"privileged": True}}]},
}
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
FILES = {"kubernetes": "manifests.yaml", "cloudformation": "template.yaml", "dockerfile": "Dockerfile"}


class NotChecked(Exception):
    """Checkov did not run, or did not look at something; one sentence."""


@dataclass(slots=True)
class Report:
    """What checkov says of one root."""

    name: str
    framework: str
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    canary: bool = False  # whether what must fail did

    def __str__(self) -> str:
        """One line."""
        return f"{self.name}: {self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"


def check(roots: Iterable[Rendered], checkov: Path = CHECKOV) -> list[Report]:
    """One report a root, from one run.

    Raises:
        NotChecked: checkov is not there, failed, or did not look at a root.
    """
    if not checkov.is_file():
        raise NotChecked(f"{checkov} is not there; `make .venv-policy/ready` installs it")
    judged = list(roots)
    with tempfile.TemporaryDirectory(prefix="checkov-") as name:
        folder = Path(name).resolve()
        reports = {
            f"/{_write(folder, n, root)}": Report(root.name, root.framework) for n, root in enumerate(judged)
        }
        for runner in _run(checkov, folder):
            _read(runner, reports)
    unseen = [report.name for report in reports.values() if not report.canary]
    if unseen:
        raise NotChecked(f"checkov did not look at {', '.join(unseen)}: what must fail there did not")
    return list(reports.values())


def _write(folder: Path, number: int, root: Rendered) -> str:
    """Write a root and its canary into one file, so that a file that is not read is noticed; where it is, within the folder."""
    file = Path(f"{number:03}-{re.sub(r'[^a-z0-9]+', '-', root.name.lower())}", FILES[root.framework])
    path = folder / file
    path.parent.mkdir()
    if root.framework == "kubernetes":
        path.write_text(f"{root.text.rstrip()}\n---\n{yaml.safe_dump(BAD_POD)}")
    elif root.framework == "cloudformation":
        template = yaml.safe_load(root.text)
        template["Resources"]["Canary"] = resource("ManagedPolicy", "PolicyDocument", ALLOW_ALL)
        path.write_text(yaml.safe_dump(template, sort_keys=False))
    else:
        path.write_text(root.text)
        beside = path.parent / "canary" / "Dockerfile"
        beside.parent.mkdir()
        beside.write_text("FROM scratch\nUSER root\n")
    return str(file)


def _run(checkov: Path, folder: Path) -> list[dict[str, Any]]:
    frameworks = ("kubernetes", "cloudformation", "dockerfile")
    command = [str(checkov), "--directory", str(folder), "--framework", *frameworks]
    command += ["--skip-download", "--compact", "--output", "json"]
    environment = {**os.environ, "LOG_LEVEL": "ERROR", "CHECKOV_RENDER_MAX_ITER": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)
    try:
        said = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
        raise NotChecked(f"checkov did not report (exit code {done.returncode}); it said: {last}") from None
    return said if isinstance(said, list) else [said]


def _read(runner: Mapping[str, Any], reports: Mapping[str, Report]) -> None:
    results = runner.get("results") or {}
    # NB: every runner tries every file, and CloudFormation's calls a file broken that has several documents
    own = [file for file, report in reports.items() if report.framework == runner.get("check_type")]
    if broken := [path for path in results.get("parsing_errors", ()) if path.endswith(tuple(own))]:
        raise NotChecked(f"checkov cannot read {', '.join(map(str, broken))}")
    for verdict in ("passed", "failed", "skipped"):
        for found in results.get(f"{verdict}_checks", ()):
            _count(found, verdict, reports)


def _count(found: Mapping[str, Any], verdict: str, reports: Mapping[str, Report]) -> None:
    file, what = str(found["file_path"]), str(found["resource"])
    if file.endswith("/canary/Dockerfile"):
        reports[file.replace("/canary/", "/")].canary |= verdict == "failed"
        return
    report = reports[file]
    if CANARY in what or what.endswith(".Canary"):
        report.canary |= verdict == "failed"
    elif verdict == "passed":
        report.passed += 1
    elif verdict == "failed":
        report.failed.append(f"{found['check_id']} {what}: {found['check_name']}")
    else:
        reason = str((found.get("check_result") or {}).get("suppress_comment") or "").strip()
        report.skipped.append(f"{found['check_id']} {what}: {reason}")
        if not reason or reason == "No comment provided":
            report.unexplained.append(f"{found['check_id']} {what}: is skipped without a reason")
