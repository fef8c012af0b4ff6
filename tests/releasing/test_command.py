"""`scripts/release-finalizers` on a real API server: what it lists, what it lets go, and what it leaves alone."""

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from controller.kinds.kind import GROUP, VERSION
from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from scripts.releasing.command import main

ROOT = Path(__file__).parents[2]
ARN = "arn:aws:sagemaker:us-east-1:111122223333:model/m"
FOREIGN = "somebody.example.com/finalizer"


@pytest.fixture
def namespaces(crds: ControlPlane) -> Iterator[tuple[str, str]]:
    names = (f"a-{uuid.uuid4().hex[:8]}", f"b-{uuid.uuid4().hex[:8]}")
    for name in names:
        assert crds.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})[0] == 201
    yield names
    for name in names:
        main(["--kubeconfig", str(crds.kubeconfig), "--namespace", name, "--yes"])


def path(kind: str, namespace: str, name: str = "") -> str:
    base = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{kinds()[kind].plural}"
    return f"{base}/{name}" if name else base


def put(
    plane: ControlPlane,
    namespace: str,
    kind: str,
    name: str,
    *,
    arn: str = "",
    deleting: bool = False,
    **metadata: Any,
) -> None:
    """An object as a controller left it. No spec: what is tried here is metadata and status."""
    finalizers = [kinds()[kind].finalizer, *metadata.pop("more", ())]
    body = {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": kind,
        "metadata": {"name": name, "finalizers": finalizers, **metadata},
    }
    status, answer = plane.request("POST", path(kind, namespace), body)
    assert status == 201, answer
    if arn:
        patch = {"status": {"ackResourceMetadata": {"arn": arn}}}
        where = path(kind, namespace, name) + "/status"
        assert plane.request("PATCH", where, patch, "application/merge-patch+json")[0] == 200
    if deleting:
        assert plane.request("DELETE", path(kind, namespace, name))[0] == 200


def finalizers(plane: ControlPlane, namespace: str, kind: str, name: str) -> list[str] | None:
    status, answer = plane.request("GET", path(kind, namespace, name))
    return answer["metadata"].get("finalizers", []) if status == 200 else None


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(crds: ControlPlane, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["--kubeconfig", str(crds.kubeconfig), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran


def test_it_lists_and_changes_nothing_unless_it_is_told_to(
    crds: ControlPlane, namespaces: tuple[str, str], run: Run
) -> None:
    one, other = namespaces
    put(crds, one, "Model", "m", arn=ARN, deleting=True)
    put(crds, one, "Endpoint", "e", annotations={f"{GROUP}/arn": ARN.replace("model/m", "endpoint/e")})
    put(crds, other, "TrainingJob", "tried", annotations={f"{GROUP}/creating": "0@2026-01-01T00:00:00Z"})
    put(crds, other, "Domain", "d")
    code, out, err = run("--namespace", one, "--namespace", other)
    assert (code, err) == (0, "")
    rows = [line.split(maxsplit=4) for line in out.splitlines()]
    assert rows[0][:4] == ["NAMESPACE", "KIND", "NAME", "DELETING"]
    assert rows[1:5] == [
        [one, "Endpoint", "e", "no", ARN.replace("model/m", "endpoint/e")],
        [one, "Model", "m", "yes", ARN],
        [other, "Domain", "d", "no", "nothing on record"],
        [
            other,
            "TrainingJob",
            "tried",
            "no",
            "not on record, but its creation was tried: look for it in AWS",
        ],
    ]
    assert "4 objects have our finalizers; nothing was changed" in out
    assert finalizers(crds, one, "Model", "m") == [kinds()["Model"].finalizer]


def test_it_lets_go_of_objects_of_every_kind_and_leaves_others_finalizers(
    crds: ControlPlane, namespaces: tuple[str, str], run: Run
) -> None:
    one, _ = namespaces
    for kind in kinds():
        put(crds, one, kind, "x", deleting=True)
    put(crds, one, "Model", "shared", more=[FOREIGN], deleting=True)
    put(crds, one, "Model", "alive")
    code, out, err = run("--namespace", one, "--yes")
    assert (code, err) == (0, "")
    assert f"{len(kinds()) + 2} objects let go" in out
    assert {finalizers(crds, one, kind, "x") is None for kind in kinds()} == {True}
    assert finalizers(crds, one, "Model", "shared") == [FOREIGN]
    assert finalizers(crds, one, "Model", "alive") == []
    assert run("--namespace", one, "--yes")[:2] == (0, "no object has a finalizer of ours\n")
    where = path("Model", one, "shared")
    crds.request("PATCH", where, {"metadata": {"finalizers": []}}, "application/merge-patch+json")


def test_it_can_be_narrowed_to_kinds_namespaces_and_what_is_being_deleted(
    crds: ControlPlane, namespaces: tuple[str, str], run: Run
) -> None:
    one, other = namespaces
    put(crds, one, "Model", "going", deleting=True)
    put(crds, one, "Model", "staying")
    put(crds, one, "Endpoint", "going", deleting=True)
    put(crds, other, "Model", "going", deleting=True)
    assert run("--namespace", one, "--kinds", "Model", "--deleting", "--yes")[0] == 0
    assert finalizers(crds, one, "Model", "going") is None
    for namespace, kind, name in (
        (one, "Model", "staying"),
        (one, "Endpoint", "going"),
        (other, "Model", "going"),
    ):
        assert finalizers(crds, namespace, kind, name) == [kinds()[kind].finalizer]


@pytest.mark.parametrize(("age", "works"), [(0, True), (3600, False)])
def test_it_does_not_take_off_what_a_controller_would_put_back(
    crds: ControlPlane, namespaces: tuple[str, str], run: Run, age: int, works: bool
) -> None:
    one, _ = namespaces
    put(crds, one, "Model", "m")
    renewed = (datetime.now(UTC) - timedelta(seconds=age)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    # an hour's lease, so that a slow machine does not let it run out
    spec = {"holderIdentity": "pod-1", "leaseDurationSeconds": 3000, "renewTime": renewed}
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{one}/leases"
    body = {"metadata": {"name": "ack-sagemaker.services.k8s.aws"}, "spec": spec}
    assert crds.request("POST", leases, body)[0] == 201
    try:
        assert run("--namespace", one)[0] == 0, "to look is always allowed"
        code, _, err = run("--namespace", one, "--yes")
    finally:
        crds.request("DELETE", f"{leases}/ack-sagemaker.services.k8s.aws")
    if works:
        assert code == 2 and "pod-1" in err and "uninstall it first" in err and err.count("\n") == 1
        assert finalizers(crds, one, "Model", "m") == [kinds()["Model"].finalizer]
    else:
        assert code == 0 and finalizers(crds, one, "Model", "m") == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--kinds", "Modell"],
            "--kinds has 'Modell', which is no SageMaker kind; docs/kinds/README.md lists them",
        ),
        (["--yess"], "unrecognized arguments: --yess"),
        (["--context", "nobody"], "with context nobody cannot be used"),
    ],
)
def test_a_mistake_is_one_sentence(run: Run, arguments: list[str], sentence: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("release-finalizers: ") and sentence in err and err.count("\n") == 1


def test_no_rights_and_no_server_are_one_sentence_each(
    crds: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = crds.write_kubeconfig(tmp_path / "nobody", "no-such-token")
    gone = tmp_path / "gone"
    gone.write_text(crds.kubeconfig.read_text().replace(crds.url, "https://127.0.0.1:1"))
    for config, sentence in ((nobody, "Unauthorized"), (gone, "127.0.0.1")):
        capsys.readouterr()
        assert main(["--kubeconfig", str(config)]) == 2
        err = capsys.readouterr().err
        assert (
            err.startswith("release-finalizers: the API server: ")
            and sentence in err
            and err.count("\n") == 1
        )


def test_without_our_crds_nothing_is_held(plane: ControlPlane, old_plane: ControlPlane, run: Run) -> None:
    where = ("--kubeconfig", str(old_plane.kubeconfig), "--namespace", "nobody-here")
    assert run(*where)[:2] == (0, "no object has a finalizer of ours\n")


def test_the_script_itself_runs(crds: ControlPlane, namespaces: tuple[str, str]) -> None:
    put(crds, namespaces[0], "Model", "m", arn=ARN)
    command = [sys.executable, str(ROOT / "scripts" / "release-finalizers"), "--namespace", namespaces[0]]
    done = subprocess.run(
        [*command, "--kubeconfig", str(crds.kubeconfig), "--yes"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert ARN in done.stdout and finalizers(crds, namespaces[0], "Model", "m") == []
