"""What `scripts/validate` says of manifests: one line for each that an API server would refuse, nothing stored."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from scripts.control_plane.plane import ControlPlane, running
from scripts.rendering import KUSTOMIZE, ROOT
from scripts.validation.command import install_crds, judge_rendered
from scripts.validation.dry_run import DryRun, sentence_of
from scripts.validation.rendered import Rendered, everything
from scripts.validation.server import behind

JOB = """apiVersion: sagemaker.services.k8s.aws/v1alpha1
kind: Model
metadata:
  name: {name}
  namespace: {namespace}
spec:
  modelName: {model}
  executionRoleARN: arn:aws:iam::111122223333:role/sagemaker-execution
  {word}:
    image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/model:1
"""


def manifest(
    name: str = "one", namespace: str = "default", model: str = "one", word: str = "primaryContainer"
) -> str:
    return JOB.format(name=name, namespace=namespace, model=model, word=word)


@pytest.fixture(scope="module")
def cluster(tools: Mapping[str, Path]) -> Iterator[ControlPlane]:
    """Somebody's cluster with our CRDs."""
    with running(tools) as plane:
        install_crds(plane)
        yield plane


def validate(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "scripts" / "validate"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def asked(cluster: ControlPlane, *folders: Path) -> "subprocess.CompletedProcess[str]":
    return validate(*map(str, folders), f"--kubeconfig={cluster.kubeconfig}")


def test_good_manifests_are_accepted_and_nothing_is_stored(cluster: ControlPlane, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(manifest())
    done = asked(cluster, tmp_path, KUSTOMIZE / "samples")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    assert "0 wrong" in done.stderr
    for plural in ("models", "endpoints", "trainingjobs"):
        status, listed = cluster.request("GET", f"/apis/sagemaker.services.k8s.aws/v1alpha1/{plural}")
        assert (status, listed["items"]) == (200, [])


def test_each_refusal_is_a_line_with_file_object_and_field(cluster: ControlPlane, tmp_path: Path) -> None:
    (tmp_path / "misspelt.yaml").write_text(f"# first line\n{manifest(word='primaryContianer')}")
    (tmp_path / "pattern.yaml").write_text(manifest(model="not_a_name"))
    (tmp_path / "good.yaml").write_text(manifest())
    (tmp_path / "no-yaml.yaml").write_text("a: [\n")
    done = asked(cluster, tmp_path)
    assert done.returncode == 1
    lines = dict(line.removeprefix(f"{tmp_path}/").split(": ", 1) for line in done.stdout.splitlines())
    assert lines.keys() == {"misspelt.yaml:2", "pattern.yaml:1", "no-yaml.yaml:2"}
    assert lines["misspelt.yaml:2"] == 'Model default/one: unknown field "spec.primaryContianer"'
    assert lines["pattern.yaml:1"].startswith("Model default/one: spec.modelName: Invalid value")
    assert "1 accepted, 3 wrong" in done.stderr


def test_a_change_of_what_cannot_change_is_refused_before_it_is_committed(
    cluster: ControlPlane, tmp_path: Path
) -> None:
    body = manifest(name="made")
    cluster.kubectl("apply", "-f", "-", input=body)
    arn = "arn:aws:sagemaker:eu-west-1:111122223333:model/one"
    status = f'{{"status": {{"ackResourceMetadata": {{"arn": "{arn}"}}}}}}'
    cluster.kubectl("patch", "model", "made", "--subresource=status", "--type=merge", f"--patch={status}")
    (tmp_path / "a.yaml").write_text(body)
    assert asked(cluster, tmp_path).returncode == 0
    (tmp_path / "a.yaml").write_text(manifest(name="made", model="two"))
    done = asked(cluster, tmp_path)
    cluster.kubectl("delete", "model", "made")
    assert done.returncode == 1
    assert "Model default/made: " in done.stdout and "modelName" in done.stdout


def test_namespaces_come_with_the_commit_or_are_missed(cluster: ControlPlane, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(manifest(namespace="new-team"))
    done = asked(cluster, tmp_path)
    assert done.returncode == 1
    assert "namespace new-team is not there" in done.stdout
    (tmp_path / "b.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: new-team}\n")
    assert asked(cluster, tmp_path).returncode == 0


def test_kinds_the_server_does_not_have_are_named_and_not_counted_as_good(
    cluster: ControlPlane, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\n"
    )
    done = asked(cluster, tmp_path)
    assert done.returncode == 0
    assert (
        "not checked: Application a: the API server has no such kind in argoproj.io/v1alpha1" in done.stderr
    )
    assert "0 accepted, 0 wrong, 1 not checked" in done.stderr


def test_without_a_cluster_it_brings_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(manifest(namespace="any-namespace"))
    (tmp_path / "b.yaml").write_text(manifest(word="container"))
    done = validate(str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == f'{tmp_path}/b.yaml:1: Model default/one: unknown field "spec.container"\n'


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "name a folder"),
        (["/nowhere"], "/nowhere is not there"),
        (["--our"], "--help"),
    ],
)
def test_what_cannot_be_asked_ends_with_2_and_a_sentence(arguments: list[str], sentence: str) -> None:
    done = validate(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_folder_without_manifests_is_no_success(tmp_path: Path) -> None:
    done = validate(str(tmp_path))
    assert done.returncode == 2
    assert "there is no manifest in" in done.stderr


def test_a_cluster_that_does_not_answer_ends_with_2(cluster: ControlPlane, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(manifest())
    config = tmp_path / "kubeconfig"
    config.write_text(cluster.kubeconfig.read_text().replace(cluster.url, "https://127.0.0.1:1"))
    done = validate(str(tmp_path / "a.yaml"), f"--kubeconfig={config}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "does not" in done.stderr and "Traceback" not in done.stderr


def test_the_api_server_takes_everything_we_render(cluster: ControlPlane, tools: Mapping[str, Path]) -> None:
    roots = list(everything(tools))
    said: list[str] = []
    with behind(tools["kubectl"], cluster.kubeconfig) as server:
        dry_run = DryRun(server, ours=True)
        assert judge_rendered(dry_run, roots, said.append) == 0, said
        bad = Rendered(
            "bad", "kubernetes", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: []}\n"
        )
        assert judge_rendered(dry_run, [bad], said.append) == 1
    assert "prots" in said[0]


def test_a_refusal_without_causes_is_its_message() -> None:
    assert sentence_of({"message": "admission webhook says no"}) == "admission webhook says no"
    assert sentence_of({}) == "refused without a word"
