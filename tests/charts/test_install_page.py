"""docs/install.md: what it tells people to write renders."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from scripts import rendering
from tests.charts.conftest import Render, container, only

PAGE = (rendering.ROOT / "docs" / "install.md").read_text().replace("sha256:...", f"sha256:{'1' * 64}")


def block(beginning: str) -> dict[str, Any]:
    """The YAML block that begins so."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (found,) = [text for text in blocks if text.startswith(beginning)]
    said: dict[str, Any] = yaml.safe_load(found)
    return said


def test_the_values_render(render: Render) -> None:
    values = block("# values.yaml")
    objects = render(values)
    assert container(objects)["image"].endswith(f"@{values['image']['digest']}")
    annotations = only(objects, "ServiceAccount")["metadata"]["annotations"]
    assert annotations == values["serviceAccount"]["annotations"]
    production = {**values, **block("# also in values.yaml")}
    assert {"PodDisruptionBudget", "ServiceMonitor", "PrometheusRule", "ConfigMap"} <= {
        obj["kind"] for obj in render(production)
    }
    scoped = render({**values, **block("installScope")})
    assert not [obj for obj in scoped if obj["kind"].startswith("Cluster")]


def test_the_overlay_builds(tools: Mapping[str, Path], tmp_path: Path) -> None:
    overlay = block("# kustomization.yaml")
    (checkout,) = overlay["resources"]
    here = os.path.relpath(rendering.ROOT, tmp_path.resolve())
    overlay["resources"] = [checkout.replace("../sagemaker-operators", here)]
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    objects = rendering.objects(rendering.kustomize_build(tools["kustomize"], tmp_path))
    assert (
        container(objects)["image"] == f"{overlay['images'][0]['newName']}@{overlay['images'][0]['digest']}"
    )
    assert "eks.amazonaws.com/role-arn" in only(objects, "ServiceAccount")["metadata"]["annotations"]


def test_every_path_it_names_is_there() -> None:
    named = set(re.findall(r"(?<![\w/.])(?:\.\./)?((?:charts|kustomize|scripts|iam)/[\w./-]+)", PAGE))
    assert len(named) >= 6
    for path in named:
        assert (rendering.ROOT / path.rstrip(".")).exists(), path
