"""The kustomize roots: the same objects as the charts, and overlays that people put on them."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.decide.declared import read, request
from controller.kinds.load import kinds
from scripts import rendering
from scripts.generators.kustomize_base import BASE, IMAGE, kustomize_base
from scripts.generators.kustomize_components import components, overlays, values_of
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


@pytest.mark.parametrize("name", list(overlays()))
def test_every_overlay_is_the_chart_with_its_values_file(tools: Mapping[str, Path], name: str) -> None:
    """Object for object, beside the CRDs and the namespace of the default overlay, which need no second look."""
    example = yaml.safe_load((rendering.CHART / "ci" / f"overlay-{name}-values.yaml").read_text())
    values = example | {"image": {"repository": IMAGE}}
    assert values == {"image": {"repository": IMAGE}, **values_of(name)}
    chart = canonical(
        rendering.objects(rendering.helm_template(tools["helm"], rendering.CHART, values=values))
    )
    built = rendering.kustomize_build(tools["kustomize"], KUSTOMIZE / "overlays" / name)
    assert built.count("\nkind: CustomResourceDefinition\n") >= len(kinds()) - 1
    overlay = canonical(rendering.objects(rendering.without_crds(built)))
    del overlay["v1", "Namespace", "", NAMESPACE]
    assert overlay.keys() == chart.keys()
    for key, obj in chart.items():
        assert overlay[key] == obj, key


def test_every_component_is_used_in_any_order(tools: Mapping[str, Path]) -> None:
    """What they make of the base does not depend on which comes first, but for the two that say whose the controller's role is."""
    names = [name for name in components() if name not in {"pod-identity"}]
    there = {path.parent.name for path in (KUSTOMIZE / "components").glob("*/kustomization.yaml")}
    assert there == {*components(), "ack-clients"}
    one, other = (
        canonical(rendering.objects(pinned(tools["kustomize"], KUSTOMIZE / "base", components=order)))
        for order in (component_paths(names), component_paths(names[::-1]))
    )
    assert one == other


def component_paths(names: list[str]) -> list[str]:
    """NB: the overlay that pinned() makes lies in a folder of its own, and kustomize takes relative paths alone."""
    here = Path(tempfile.gettempdir()).resolve() / "overlay"
    return [os.path.relpath(KUSTOMIZE / "components" / name, here) for name in names]


def test_an_association_wins_over_a_role_that_was_left_behind(tools: Mapping[str, Path]) -> None:
    paths = component_paths(["irsa", "pod-identity"])
    objects = rendering.objects(pinned(tools["kustomize"], KUSTOMIZE / "base", components=paths))
    (account,) = [obj for obj in objects if obj["kind"] == "ServiceAccount"]
    assert not account["metadata"].get("annotations")


def test_the_base_is_what_the_chart_renders_and_nothing_else() -> None:
    written = kustomize_base()
    assert {path.name for path in BASE.iterdir()} == {path.name for path in written}
    for path, text in written.items():
        assert path.read_text() == text, f"{path.name} is stale: make generate"
    assert not [word for word in (*HELM_ONLY, "# Source") if f"{word}:" in "".join(written.values())]


def test_kubectl_builds_the_same_as_kustomize(tools: Mapping[str, Path]) -> None:
    folder = KUSTOMIZE / "overlays" / "production"
    built = rendering.run_tool([str(tools["kubectl"]), "kustomize", str(folder)])
    # NB: the text, which is the same: reading a megabyte of CRDs twice takes ten times as long as building them
    assert built == rendering.kustomize_build(tools["kustomize"], folder)


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
