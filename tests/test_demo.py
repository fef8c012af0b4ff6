"""The demo as a newcomer runs it, with manifests of their own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

MODEL = """\
apiVersion: sagemaker.services.k8s.aws/v1alpha1
kind: Model
metadata: {name: mine}
spec:
  executionRoleARN: arn:aws:iam::111122223333:role/execution
  primaryContainer: {image: "111122223333.dkr.ecr.us-east-1.amazonaws.com/serve:1"}
"""


def demo(tmp_path: Path, manifests: Path | str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "MANIFESTS": str(manifests),
        "KEEP": "",
        "DEMO_FOLDER": str(tmp_path / "stage"),
    }
    command = [sys.executable, str(ROOT / "scripts" / "demo")]
    return subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=280
    )


def test_ones_own_manifests_are_applied_and_shown(tools: Mapping[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "model.yaml").write_text(MODEL)
    done = demo(tmp_path, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "model.sagemaker.services.k8s.aws/mine created" in done.stdout
    assert "arn:aws:sagemaker:us-east-1:111122223333:model/mine" in done.stdout
    assert "CreateModel" in done.stdout
    assert "kstatus: Current" in done.stdout


def test_a_malformed_manifest_is_refused_with_the_api_servers_words(
    tools: Mapping[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "model.yaml").write_text(MODEL.replace("arn:aws:iam::111122223333:role/execution", "no-arn"))
    done = demo(tmp_path, tmp_path / "model.yaml")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "spec.executionRoleARN" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    done = demo(tmp_path, tmp_path / "nowhere")
    assert done.returncode == 2
    assert "MANIFESTS names a folder" in done.stderr and done.stderr.count("\n") == 1
