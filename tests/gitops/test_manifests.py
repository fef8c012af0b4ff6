"""The files that platform teams copy: valid by the tools' own schemas, and what they name is there and is taken."""

import copy
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import rendering
from scripts.rendering import CHART, CRD_CHART, ROOT, Object
from tests.gitops import recorded
from tests.gitops.manifests import ARGOCD, FLUX, OURS, complaints, files, objects, of_kind

APPLICATION_SET = ARGOCD / "applicationset-gitops-bridge.yaml"
SYNCED = [(path, obj) for kind in ("Application", "ApplicationSet") for path, obj in of_kind(kind)]
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/platform/sagemaker-operators-controller:0.1.0"
ROLE = {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/sagemaker-operators"}


def test_schemas_are_those_of_the_versions_that_are_named() -> None:
    record = json.loads(recorded.RECORD.read_text())
    assert set(record) == {source["kind"] for source in recorded.sources()}
    assert {path.stem for path in recorded.SCHEMAS.glob("*.json")} == {*record, "sources"}
    assert all(re.fullmatch(r"h1:\S{44}", one["sum"]) for one in record.values())


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_they_are_valid_by_the_tools_own_schemas(path: Path) -> None:
    known = {source["kind"] for source in recorded.sources()}
    found = objects(path)
    assert found
    for obj in found:
        assert obj["kind"] in {*known, "Secret"}
        if obj["kind"] in known:
            source = next(s for s in recorded.sources() if s["kind"] == obj["kind"])
            assert obj["apiVersion"].endswith(f"/{source['version']}")
            assert complaints(obj) == []


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("Application", {"spec": {"syncPolicy": {"automatic": {}}}}, "automatic"),
        ("Application", {"spec": {"destination": "here"}}, "is not of type"),
        ("ApplicationSet", {"spec": {"goTemplateOptions": "missingkey=error"}}, "is not of type"),
        ("ApplicationSet", {"spec": {"generators": [{"cluster": {}}]}}, "cluster"),
        ("Kustomization", {"spec": {"prune": "yes"}}, "is not of type"),
        ("Kustomization", {"spec": {"healthCheckExprs": [{"current": "true"}]}}, "apiVersion"),
        ("HelmRelease", {"spec": {"upgrade": {"crds": "Replace"}}}, "is not one of"),
        ("HelmRelease", {"spec": {"chartRef": None}}, "either chart or chartRef must be set"),
        ("OCIRepository", {"spec": {"url": "https://registry.example.com"}}, "does not match"),
        ("GitRepository", {"spec": {"branch": "main"}}, "branch"),
    ],
)
def test_what_is_wrong_is_found(kind: str, change: dict[str, Any], said: str) -> None:
    """The schemas are strict enough to tell."""
    obj = copy.deepcopy(of_kind(kind)[0][1])
    for key, value in change["spec"].items():
        if value is None:
            del obj["spec"][key]
        elif isinstance(value, dict):
            obj["spec"].setdefault(key, {}).update(value)
        else:
            obj["spec"][key] = value
    assert any(said in complaint for complaint in complaints(obj)), complaints(obj)


def sources(obj: Object) -> list[dict[str, Any]]:
    """The sources of an Application, or of an ApplicationSet's template."""
    spec = obj["spec"].get("template", obj)["spec"] if obj["kind"] == "ApplicationSet" else obj["spec"]
    found: list[dict[str, Any]] = spec.get("sources") or [spec["source"]]
    return found


@pytest.mark.parametrize("path", sorted({path for path, _ in SYNCED}), ids=lambda path: path.stem)
def test_every_path_they_name_is_in_this_tree(path: Path) -> None:
    named = [s for obj in objects(path) if obj["kind"] != "Secret" for s in sources(obj)]
    assert named
    for source in named:
        if source["repoURL"] == OURS:
            folder = ROOT / source["path"]
            assert (folder / "Chart.yaml").is_file() or (folder / "kustomization.yaml").is_file()
            assert source["targetRevision"] == f"v{_version()}"


def _version() -> str:
    return str(yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"])


def built(
    kustomize: Path, path: str, images: list[dict[str, str]], patches: list[dict[str, Any]]
) -> list[Object]:
    """A folder of this tree with what Argo CD or Flux puts on it."""
    with tempfile.TemporaryDirectory() as folder:
        resource = os.path.relpath(ROOT / path, Path(folder).resolve())
        made = {"resources": [resource], "images": images, "patches": patches}
        Path(folder, "kustomization.yaml").write_text(yaml.safe_dump(made))
        return rendering.objects(rendering.kustomize_build(kustomize, Path(folder)))


def assert_installed(found: list[Object]) -> None:
    """The image and the role are in their places."""
    by_kind = {obj["kind"]: obj for obj in found}
    containers = by_kind["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert [container["image"] for container in containers] == [IMAGE]
    assert ROLE.items() <= by_kind["ServiceAccount"]["metadata"]["annotations"].items()


def test_kustomize_takes_what_flux_and_argo_cd_put_on_it(tools: Mapping[str, Path]) -> None:
    spec = objects(FLUX / "kustomize.yaml")[1]["spec"]
    (source,) = sources(objects(ARGOCD / "application-kustomize.yaml")[0])
    # the same in both, so that one build, which takes seconds, is enough
    images = [f"{one['name']}={one['newName']}:{one['newTag']}" for one in spec["images"]]
    assert source["kustomize"] == {"images": images, "patches": spec["patches"][:-1]}
    assert spec["path"] == f"./{source['path']}"
    found = built(tools["kustomize"], spec["path"], spec["images"], spec["patches"])
    assert_installed(found)
    crds = [obj for obj in found if obj["kind"] == "CustomResourceDefinition"]
    assert len(crds) >= 68
    for crd in crds:
        assert crd["metadata"]["annotations"]["kustomize.toolkit.fluxcd.io/prune"] == "disabled"
        assert_never_pruned(crd)


def assert_never_pruned(crd: Object) -> None:
    """Argo CD leaves a CRD that is no longer in Git, and with it every object of the kind."""
    options = crd["metadata"]["annotations"]["argocd.argoproj.io/sync-options"].split(",")
    assert {"Prune=false", "ServerSideApply=true"} == set(options)


def test_what_is_left_of_the_repository_is_enough_for_flux() -> None:
    """The GitRepository takes kustomize/ alone."""
    repository, kustomization = objects(FLUX / "kustomize.yaml")
    assert repository["spec"]["ignore"].split() == ["/*", "!/kustomize"]
    assert kustomization["spec"]["path"].startswith("./kustomize/")


@pytest.mark.parametrize(
    "path", [ARGOCD / "application-charts.yaml", ARGOCD / "eks-capability.yaml"], ids=lambda p: p.stem
)
def test_the_charts_take_what_argo_cd_gives_them(path: Path, tools: Mapping[str, Path]) -> None:
    crds, controller = sources(objects(path)[-1])
    assert (ROOT / crds["path"], ROOT / controller["path"]) == (CRD_CHART, CHART)
    values = controller["helm"]["valuesObject"]
    assert_installed(rendering.objects(rendering.helm_template(tools["helm"], CHART, values=values)))


def test_the_chart_takes_what_flux_gives_it(tools: Mapping[str, Path]) -> None:
    releases = [obj for obj in objects(FLUX / "helm.yaml") if obj["kind"] == "HelmRelease"]
    values = releases[1]["spec"]["values"]
    assert_installed(rendering.objects(rendering.helm_template(tools["helm"], CHART, values=values)))
    assert [one["spec"]["releaseName"] for one in releases] == [CRD_CHART.name, CHART.name]
    assert releases[1]["spec"]["dependsOn"] == [{"name": releases[0]["metadata"]["name"]}]
    repositories = {
        obj["metadata"]["name"] for obj in objects(FLUX / "helm.yaml") if obj["kind"] == "OCIRepository"
    }
    assert {one["spec"]["chartRef"]["name"] for one in releases} == repositories
    assert {one["spec"][when]["crds"] for one in releases[:1] for when in ("install", "upgrade")} == {
        "CreateReplace"
    }


def test_crds_of_the_chart_are_never_pruned_by_argo_cd(tools: Mapping[str, Path]) -> None:
    crds = rendering.objects(rendering.helm_template(tools["helm"], CRD_CHART, values={"kinds": ["Model"]}))
    assert len(crds) == 1
    assert_never_pruned(crds[0])


def test_what_the_pages_say_of_the_settings_is_set() -> None:
    for _, obj in of_kind("Application"):
        policy = obj["spec"]["syncPolicy"]
        assert policy["automated"] == {"prune": True, "selfHeal": True}
        if obj["metadata"]["name"] == "sagemaker":
            continue
        assert "ServerSideApply=true" in policy["syncOptions"]
        assert obj["metadata"]["annotations"]["argocd.argoproj.io/compare-options"] == "ServerSideDiff=true"
        # cascade: what a team has goes with its Application; the controller has to outlive what it has finalizers on
        ends = "resources-finalizer.argocd.argoproj.io" in obj["metadata"].get("finalizers", ())
        assert ends is (obj["metadata"]["name"] == "team")
        assert "ignoreDifferences" not in obj["spec"]
    (_, bridge), *_ = of_kind("ApplicationSet")
    assert bridge["spec"]["syncPolicy"]["preserveResourcesOnDeletion"] is True
    for _, one in of_kind("Kustomization"):
        assert one["spec"]["wait"] is True and one["spec"]["prune"] is True
    (team,) = (one for _, one in of_kind("Kustomization") if one["metadata"]["name"] == "team")
    assert team["spec"]["deletionPolicy"] == "WaitForTermination"
    assert team["spec"]["dependsOn"] == [{"name": "sagemaker-operators"}]
    assert [check["apiVersion"] for check in team["spec"]["healthCheckExprs"]] == [
        "sagemaker.services.k8s.aws/v1alpha1"
    ]


def test_waves_are_all_that_tells_the_two_apps_of_apps_apart(tools: Mapping[str, Path]) -> None:
    kustomize = tools["kustomize"]
    without, waves = (
        rendering.objects(rendering.kustomize_build(kustomize, ARGOCD / "app-of-apps" / name))
        for name in ("apps", "waves")
    )
    found = {
        obj["metadata"]["name"]: obj["metadata"]["annotations"].pop("argocd.argoproj.io/sync-wave")
        for obj in waves
    }
    assert found == {"sagemaker-operators": "0", "team": "1"}
    assert without == waves
    platform = objects(ARGOCD / "application-kustomize.yaml")[0]
    assert next(obj for obj in without if obj["metadata"]["name"] == "sagemaker-operators") == platform
    (root,) = objects(ARGOCD / "app-of-apps" / "root.yaml")
    assert complaints(root) == [] and root["spec"]["source"]["path"] == "argocd/app-of-apps/apps"


def test_the_argo_cd_of_eks_is_given_an_arn() -> None:
    secret, application = objects(ARGOCD / "eks-capability.yaml")
    assert re.fullmatch(r"arn:aws[a-z-]*:eks:[a-z0-9-]+:\d{12}:cluster/\S+", secret["stringData"]["server"])
    assert application["spec"]["destination"]["name"] == secret["stringData"]["name"]
    assert "server" not in application["spec"]["destination"]


@pytest.mark.parametrize("page", ["argocd", "flux"])
def test_what_a_page_names_is_in_the_files_of_its_tool(page: str) -> None:
    """Each setting of the table of settings stands in a manifest, each version in what the schemas are of."""
    text = (ROOT / "docs" / f"{page}.md").read_text()
    table = text.split("## What each setting is for")[1].split("\n## ")[0]
    rows = [row.split(" | ")[0] for row in re.findall(r"^\| (.+)$", table, flags=re.MULTILINE)[1:]]
    named = [word for row in rows if not row.startswith("no ") for word in re.findall(r"`([^`]+)`", row)]
    manifests = "\n".join(path.read_text() for path in files() if page in path.parts)
    manifests += "\n".join(path.read_text() for path in (ROOT / "kustomize" / "crds").glob("models.*"))
    missing = [word for word in named if word not in manifests and word.replace(": ", ":\n") not in manifests]
    assert len(named) >= 8
    assert missing == ["kustomize.toolkit.fluxcd.io/prune: disabled"] * (
        page == "flux"
    )  # a patch, tested above
    owner = {"argocd": "argoproj", "flux": "fluxcd"}[page]
    versions = {s["module"].rpartition("@v")[2] for s in recorded.sources() if f"/{owner}/" in s["module"]}
    assert versions and all(version in text for version in versions)
