"""argocd/resource_customizations, run as Argo CD's own tree is: TestLuaHealthScript and TestLuaResourceActionsScript of util/lua."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.decide.declared import ACKNOWLEDGEMENTS, DELETION_POLICY_ANNOTATION
from controller.decide.deletion import POLICIES, PROTECTION_ANNOTATION, SWITCH
from controller.kinds.load import kinds
from scripts import rendering
from scripts.generators.argocd import argocd
from scripts.readers import lua
from tests.gitops.manifests import ARGOCD

LAYOUT = ARGOCD / "resource_customizations"
TESTED = [
    (path.parent, test)
    for path in sorted(LAYOUT.rglob("health_test.yaml"))
    for test in yaml.safe_load(path.read_text())["tests"]
]
ACTIONS = lua.CUSTOMIZATION / "actions"
ACTION_TESTS = yaml.safe_load((ACTIONS / "action_test.yaml").read_text())
CLOCK = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


@pytest.mark.parametrize(
    ("folder", "test"), TESTED, ids=lambda one: one["inputPath"] if isinstance(one, dict) else one.parent.name
)
def test_health(folder: Path, test: dict[str, Any]) -> None:
    """Status and message are equal, of the script alone: Argo CD's runner asks nothing of a deletion either."""
    said = lua.run((folder / "health.lua").read_text(), read(folder / test["inputPath"]))
    assert said == test["healthStatus"]


def test_all_that_is_there_is_tested() -> None:
    used = {folder / test["inputPath"] for folder, test in TESTED}
    used |= {
        ACTIONS / test[key]
        for test in ACTION_TESTS["actionTests"]
        for key in ("inputPath", "expectedOutputPath")
    }
    assert {path for path in LAYOUT.rglob("testdata/*.yaml")} == used
    assert {test["healthStatus"]["status"] for _, test in TESTED} == {"Healthy", "Progressing", "Degraded"}
    named = {path.parent.name for path in ACTIONS.glob("*/action.lua")}
    assert named == {test["action"] for test in ACTION_TESTS["actionTests"]}


@pytest.mark.parametrize("test", ACTION_TESTS["discoveryTests"], ids=lambda test: test["inputPath"])
def test_the_actions_that_are_offered(test: dict[str, Any]) -> None:
    found = lua.run((ACTIONS / "discovery.lua").read_text(), read(ACTIONS / test["inputPath"]))
    offered = [{"name": name, "disabled": False, **action} for name, action in found.items()]
    assert sorted(offered, key=lambda one: one["name"]) == sorted(test["result"], key=lambda one: one["name"])


@pytest.mark.parametrize("test", ACTION_TESTS["actionTests"], ids=lambda test: test["action"])
def test_what_an_action_does(test: dict[str, Any]) -> None:
    done = lua.run((ACTIONS / test["action"] / "action.lua").read_text(), read(ACTIONS / test["inputPath"]))
    expected = read(ACTIONS / test["expectedOutputPath"])
    if test["action"] == "look":
        annotation = "sagemaker.services.k8s.aws/look"
        assert CLOCK.fullmatch(done["metadata"]["annotations"].pop(annotation))
        del expected["metadata"]["annotations"][annotation]
    assert done == expected


def test_what_actions_write_the_controller_understands() -> None:
    written: dict[tuple[str, str], str] = {}
    for test in ACTION_TESTS["actionTests"]:
        before = read(ACTIONS / test["inputPath"])["metadata"].get("annotations") or {}
        after = read(ACTIONS / test["expectedOutputPath"])["metadata"]["annotations"]
        written |= {(test["action"], key): value for key, value in after.items() if before.get(key) != value}
    assert written.pop(("retain", DELETION_POLICY_ANNOTATION)) in POLICIES
    assert written.pop(("protect", PROTECTION_ANNOTATION)) == SWITCH[0]
    assert written.pop(("unprotect", PROTECTION_ANNOTATION)) == SWITCH[1]
    # any annotation that is not the controller's own makes it look
    ((action, annotation),) = written
    assert action == "look" and annotation not in ACKNOWLEDGEMENTS


def test_what_goes_into_argocd_cm_is_what_is_tested(tools: Mapping[str, Path], tmp_path: Path) -> None:
    """The components, put by kustomize onto an argocd-cm that has something of its own."""
    mine = {"timeout.reconciliation": "60s"}
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "argocd-cm", "namespace": "argocd"},
        "data": mine,
    }
    (tmp_path / "argocd-cm.yaml").write_text(yaml.safe_dump(config_map))
    data = _built(tools["kustomize"], tmp_path)["data"]
    assert data.pop("timeout.reconciliation") == "60s"
    wild = yaml.safe_load(data.pop("resource.customizations"))
    assert wild == {"sagemaker.services.k8s.aws/*": {"health.lua": lua.OURS.read_text()}}
    application = data.pop("resource.customizations.health.argoproj.io_Application")
    assert application == (LAYOUT / "argoproj.io" / "Application" / "health.lua").read_text()
    assert set(data) == {
        f"resource.customizations.actions.sagemaker.services.k8s.aws_{kind}" for kind in kinds()
    }
    for text in data.values():
        said = yaml.safe_load(text)
        assert said["discovery.lua"] == (ACTIONS / "discovery.lua").read_text()
        scripts = {one["name"]: one["action.lua"] for one in said["definitions"]}
        assert scripts == {path.parent.name: path.read_text() for path in ACTIONS.glob("*/action.lua")}
    # kubectl apply keeps a copy in an annotation, of which an object may have 262,144 bytes in all
    assert sum(map(len, data.values())) < 200_000
    values = read(ARGOCD / "customizations" / "values.yaml")
    assert yaml.safe_load(values["configs"]["cm"]["resource.customizations"]) == wild


def _built(kustomize: Path, folder: Path) -> dict[str, Any]:
    components = sorted(path.parent for path in (ARGOCD / "customizations").glob("*/kustomization.yaml"))
    assert len(components) == 3
    made = {
        "resources": ["argocd-cm.yaml"],
        "components": [os.path.relpath(one, folder.resolve()) for one in components],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(made))
    (found,) = rendering.objects(rendering.kustomize_build(kustomize, folder))
    return found


def test_they_are_fresh() -> None:
    for path, text in argocd().items():
        assert path.read_text() == text, f"{path.name} is stale: make generate"
