"""The kustomize roots: the same objects as the charts, and overlays that people put on them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.decide.declared import read, request
from controller.kinds.load import kinds
from scripts import rendering
from scripts.generators.kustomize_base import BASE, IMAGE, kustomize_base
from scripts.rendering import KUSTOMIZE, NAMESPACE, Object, name_of
from scripts.validation.rendered import PINNED, pinned

# What Helm writes about itself, and what it alone reads.
HELM_ONLY = ("helm.sh/chart", "helm.sh/resource-policy", "app.kubernetes.io/managed-by")


def canonical(objects: list[Object]) -> dict[tuple[str, str, str, str], Object]:
    """Objects by name, less what Helm writes about itself."""
    found = {}
    for obj in objects:
        copy = json.loads(json.dumps(obj))
        for word in ("labels", "annotations"):
            kept = {k: v for k, v in (copy["metadata"].get(word) or {}).items() if k not in HELM_ONLY}
            copy["metadata"][word] = kept
        assert name_of(copy) not in found, f"{name_of(copy)} is there twice"
        found[name_of(copy)] = copy
    return found


def test_the_default_overlay_is_the_charts_with_default_values(tools: Mapping[str, Path]) -> None:
    values = {"image": {"repository": IMAGE}}
    text = rendering.helm_template(tools["helm"], rendering.CHART, values=values)
    text += "\n---\n" + rendering.helm_template(tools["helm"], rendering.CRD_CHART)
    charts = canonical(rendering.objects(text))
    overlay = canonical(
        rendering.objects(rendering.kustomize_build(tools["kustomize"], KUSTOMIZE / "overlays/default"))
    )
    namespace = overlay.pop(("v1", "Namespace", "", NAMESPACE))
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert overlay.keys() == charts.keys()
    assert len(overlay) > len(kinds())
    for name, obj in charts.items():
        assert overlay[name] == obj, name


def test_the_base_is_what_the_chart_renders_and_nothing_else() -> None:
    written = kustomize_base()
    assert {path.name for path in BASE.iterdir()} == {path.name for path in written}
    for path, text in written.items():
        assert path.read_text() == text, f"{path.name} is stale: make generate"
    assert not [word for word in (*HELM_ONLY, "# Source") if f"{word}:" in "".join(written.values())]


def test_kubectl_builds_the_same_as_kustomize(tools: Mapping[str, Path]) -> None:
    folder = KUSTOMIZE / "overlays" / "default"
    built = rendering.run_tool([str(tools["kubectl"]), "kustomize", str(folder)])
    assert canonical(rendering.objects(built)) == canonical(
        rendering.objects(rendering.kustomize_build(tools["kustomize"], folder))
    )


def test_an_overlay_names_the_image_and_the_role(tools: Mapping[str, Path]) -> None:
    arn = "arn:aws:iam::111122223333:role/operators"
    patch = [{"op": "add", "path": "/metadata/annotations", "value": {"eks.amazonaws.com/role-arn": arn}}]
    patches = [{"target": {"kind": "ServiceAccount"}, "patch": json.dumps(patch)}]
    objects = rendering.objects(pinned(tools["kustomize"], KUSTOMIZE / "base", patches=patches))
    by_kind = {obj["kind"]: obj for obj in objects}
    container = by_kind["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == f"{PINNED['newName']}@{PINNED['digest']}"
    assert by_kind["ServiceAccount"]["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": arn}


def test_an_overlay_moves_everything_to_another_namespace(tools: Mapping[str, Path]) -> None:
    text = pinned(tools["kustomize"], KUSTOMIZE / "base", namespace="elsewhere")
    assert NAMESPACE not in text
    for obj in rendering.objects(text):
        for subject in obj.get("subjects", ()):
            assert subject["namespace"] == "elsewhere"


@pytest.mark.parametrize("root", ["samples/quickstart", "samples/kinds"])
def test_samples_are_what_sagemaker_would_be_asked(tools: Mapping[str, Path], root: str) -> None:
    """Each sample becomes a Create request that botocore's model takes."""
    objects = rendering.objects(rendering.kustomize_build(tools["kustomize"], KUSTOMIZE / root))
    assert len(objects) >= 5
    for obj in objects:
        kind = kinds()[obj["kind"]]
        asked = request(read(kind, obj), obj["spec"])
        assert kind.validate(asked) == (), name_of(obj)


def test_the_quickstart_names_each_other_and_its_first_must_wait_longest(tools: Mapping[str, Path]) -> None:
    objects = rendering.objects(
        rendering.kustomize_build(tools["kustomize"], KUSTOMIZE / "samples/quickstart")
    )
    order = [obj["kind"] for obj in objects]
    assert order.index("Endpoint") < order.index("EndpointConfig") < order.index("Model")
    by_kind: dict[str, Any] = {obj["kind"]: obj for obj in objects}
    assert by_kind["Endpoint"]["spec"]["endpointConfigName"] == by_kind["EndpointConfig"]["metadata"]["name"]
    (variant,) = by_kind["EndpointConfig"]["spec"]["productionVariants"]
    assert variant["modelName"] == by_kind["Model"]["metadata"]["name"]
    jobs = sorted(obj["metadata"]["name"] for obj in objects if obj["kind"] == "TrainingJob")
    assert ["fail" in name for name in jobs] == [False, True]
    assert {obj["metadata"]["namespace"] for obj in objects} == {"default"}


def test_every_sample_lies_in_a_root() -> None:
    for root in (KUSTOMIZE / "samples").iterdir():
        listed = set(yaml.safe_load((root / "kustomization.yaml").read_text())["resources"])
        assert listed == {path.name for path in root.glob("*.yaml")} - {"kustomization.yaml"}
