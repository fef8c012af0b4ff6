"""The chart of the CRDs on a real API server: taken over from ACK's chart, upgraded, uninstalled; no object is ever lost."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from controller.kinds.kind import GROUP
from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane, running
from scripts.generators.crds import crd_of
from scripts.rendering import CRD_CHART, NAMESPACE, RenderError, run_tool
from tests.loose_crds import loose

WHERE = [f"--namespace={NAMESPACE}", "--create-namespace"]
RELEASE = "sagemaker-operators-crds"
OBJECT = {
    "apiVersion": f"{GROUP}/v1alpha1",
    "kind": "Model",
    "metadata": {"name": "kept", "namespace": "default"},
    "spec": {"modelName": "kept", "executionRoleARN": "arn:aws:iam::111122223333:role/execution"},
}
MODELS = f"/apis/{GROUP}/v1alpha1/namespaces/default/models"
ACKS_OWN = ("fieldexports.services.k8s.aws", "iamroleselectors.services.k8s.aws")


@pytest.fixture(scope="module")
def cluster(tools: Mapping[str, Path]) -> Iterator[ControlPlane]:
    """A cluster of our own: the CRDs of the shared one are not to be taken from others."""
    with running(tools) as plane:
        yield plane


@pytest.fixture
def acks(tmp_path: Path) -> Path:
    """A chart of ACK's shape: CRDs of SageMaker and the two that all of ACK's charts bring, in crds/."""
    (tmp_path / "crds").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v1\nname: sagemaker-chart\nversion: 1.9.1\n")
    (tmp_path / "templates" / "account.yaml").write_text(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: acks}\n"
    )
    for crd in (
        loose(GROUP, "Model", "models"),
        loose("services.k8s.aws", "FieldExport", "fieldexports"),
        loose("services.k8s.aws", "IAMRoleSelector", "iamroleselectors"),
    ):
        (tmp_path / "crds" / f"{crd['metadata']['name']}.yaml").write_text(json.dumps(crd))
    return tmp_path


def crd(cluster: ControlPlane, name: str) -> dict[str, Any] | None:
    where = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
    status, found = cluster.request("GET", where)
    return found if status == 200 else None


@pytest.mark.parametrize("version", ["helm", "helm3"])
def test_from_acks_chart_to_ours_and_away_again(
    cluster: ControlPlane, tools: Mapping[str, Path], acks: Path, version: str
) -> None:
    def helm(*arguments: str, by: str = version) -> str:
        return run_tool([str(tools[by]), *arguments, f"--kubeconfig={cluster.kubeconfig}"])

    mine = f"models.{GROUP}"
    chosen = ["--set=kinds={Model}"]
    # ACK is there, with an object
    helm("install", "acks", str(acks), *WHERE, by="helm3")
    cluster.wait_for_crds()
    assert cluster.request("POST", MODELS, OBJECT)[0] == 201
    before = {name: crd(cluster, name) for name in ACKS_OWN}
    assert all(before.values())

    # without the word for it Helm leaves alone what others made, and says so
    with pytest.raises(RenderError, match=r"cannot be imported into the current release|conflict"):
        helm("install", RELEASE, str(CRD_CHART), *WHERE, *chosen)
    helm("upgrade", "--install", RELEASE, str(CRD_CHART), *WHERE, *chosen, "--take-ownership")
    found = crd(cluster, mine)
    assert found and found["metadata"]["annotations"]["meta.helm.sh/release-name"] == RELEASE
    assert (
        found["spec"]["versions"][0]["schema"]
        != loose(GROUP, "Model", "models")["spec"]["versions"][0]["schema"]
    )
    assert found["spec"]["versions"][0]["additionalPrinterColumns"]

    # ACK goes; what it made and everybody uses stays as it was
    helm("uninstall", "acks", f"--namespace={NAMESPACE}")
    assert {name: crd(cluster, name) for name in ACKS_OWN} == before
    assert cluster.request("GET", f"{MODELS}/kept")[0] == 200

    # an upgrade changes CRDs
    helm("upgrade", RELEASE, str(CRD_CHART), *WHERE, *chosen, "--set=crds.statusDefault=false")
    found = crd(cluster, mine)
    assert (
        found
        and "default" not in found["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]
    )

    # fewer kinds, and no release at all: the CRDs stay, and the objects with them
    helm("upgrade", RELEASE, str(CRD_CHART), *WHERE, "--set=kinds={Image}")
    assert crd(cluster, mine)
    helm("uninstall", RELEASE, f"--namespace={NAMESPACE}")
    assert crd(cluster, mine) and crd(cluster, f"images.{GROUP}")
    assert cluster.request("GET", f"{MODELS}/kept")[0] == 200

    # and a new release takes them up again
    helm("install", RELEASE, str(CRD_CHART), *WHERE, *chosen)
    helm("uninstall", RELEASE, f"--namespace={NAMESPACE}")
    cluster.request("DELETE", f"{MODELS}/kept")
    for name in (mine, f"images.{GROUP}", *ACKS_OWN):
        cluster.kubectl("delete", "crd", name)


def test_each_crd_is_small_enough_for_client_side_apply() -> None:
    """kubectl's annotation holds 262144 bytes; 200 kB leave room for what is added to it."""
    sizes = {kind.name: len(json.dumps(crd_of(kind), separators=(",", ":"))) for kind in kinds().values()}
    assert max(sizes.values()) < 200_000, max(sizes, key=lambda name: sizes[name])


def test_every_kind_shows_what_a_person_asks_first() -> None:
    for kind in kinds().values():
        spec = crd_of(kind)["spec"]
        shown = [column["name"] for column in spec["versions"][0]["additionalPrinterColumns"]]
        assert {"READY", "REASON", "AGE"} <= set(shown), kind.name
        assert spec["names"]["categories"] == ["sagemaker"]
