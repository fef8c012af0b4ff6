"""Everything we ship, rendered as users render it. Nothing is judged here.

Each chart with each of its example values, each kustomize root, the IAM documents as the resources they become, the Containerfile.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts import rendering
from scripts.generators.kustomize_base import IMAGE
from scripts.validation.manifests import KUSTOMIZATIONS

IAM = rendering.ROOT / "iam"
CONTAINERFILE = rendering.ROOT / "Containerfile"

# No image is published, so what is judged is what a user's own overlay makes of the base: a registry's name and a digest.
PINNED = {
    "name": IMAGE,
    "newName": "registry.example.com/sagemaker-operators-controller",
    "digest": f"sha256:{'0' * 64}",
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """One root: its name for people, what kind of thing it is (kubernetes, cloudformation, dockerfile), and its text."""

    name: str
    framework: str
    text: str


def everything(tools: Mapping[str, Path]) -> Iterator[Rendered]:
    """All of it; ``tools`` has helm and kustomize.

    Raises:
        RenderError: something of ours does not render.
    """
    yield from charts(tools["helm"])
    yield from kustomize_roots(tools["kustomize"])
    yield from iam_documents()
    yield Rendered("Containerfile", "dockerfile", CONTAINERFILE.read_text())


def charts(helm: Path) -> Iterator[Rendered]:
    """Each chart with each file of its ci folder, or with its defaults where it has none."""
    for chart in sorted(path.parent for path in (rendering.ROOT / "charts").glob("*/Chart.yaml")):
        examples = sorted((chart / "ci").glob("*-values.yaml"))
        for example in examples:
            values = yaml.safe_load(example.read_text())
            text = rendering.helm_template(helm, chart, values=values, tests=True)
            yield Rendered(str(example.relative_to(rendering.ROOT)), "kubernetes", text)
        if not examples:
            text = rendering.helm_template(helm, chart, tests=True)
            yield Rendered(str(chart.relative_to(rendering.ROOT)), "kubernetes", text)


def kustomize_roots(kustomize: Path) -> Iterator[Rendered]:
    """Each root below kustomize/ as an overlay of a user's would have it, with the image pinned, and each object once."""
    for folder in sorted(
        {path.parent for name in KUSTOMIZATIONS for path in rendering.KUSTOMIZE.rglob(name)}
    ):
        kind = next(
            yaml.safe_load((folder / n).read_text()) for n in KUSTOMIZATIONS if (folder / n).is_file()
        ).get("kind")
        if kind != "Component" and not _chart_renders(folder):
            text = pinned(kustomize, folder)
            if folder.parent.name == "overlays":
                text = rendering.without_crds(text)  # which kustomize/crds is judged for
            yield Rendered(str(folder.relative_to(rendering.ROOT)), "kubernetes", text)


def _chart_renders(folder: Path) -> bool:
    """Whether an example of the chart renders the same objects (tests/kustomize), so that once is enough."""
    example = rendering.CHART / "ci" / f"overlay-{folder.name}-values.yaml"
    return folder.parent.name == "overlays" and example.is_file()


def pinned(kustomize: Path, folder: Path, **more: Any) -> str:
    """A root as part of an overlay that names the image; ``more`` are further words of that overlay."""
    with tempfile.TemporaryDirectory() as overlay:
        # NB: kustomize takes folders by relative paths alone
        overlaid = {
            "resources": [os.path.relpath(folder, Path(overlay).resolve())],
            "images": [PINNED],
            **more,
        }
        Path(overlay, "kustomization.yaml").write_text(yaml.safe_dump(overlaid))
        return rendering.kustomize_build(kustomize, Path(overlay))


def iam_documents() -> Iterator[Rendered]:
    """Each document of iam/ as the CloudFormation resource it becomes: a managed policy, or a role that it is the trust of."""
    for path in sorted(IAM.glob("*.json")):
        document = json.loads(path.read_text())
        trusted = any("Principal" in statement for statement in document["Statement"])
        word, kind = ("AssumeRolePolicyDocument", "Role") if trusted else ("PolicyDocument", "ManagedPolicy")
        template = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Resources": {"Ours": resource(kind, word, document)},
        }
        yield Rendered(
            str(path.relative_to(rendering.ROOT)), "cloudformation", yaml.safe_dump(template, sort_keys=False)
        )


def resource(kind: str, word: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """An IAM resource of CloudFormation."""
    return {"Type": f"AWS::IAM::{kind}", "Properties": {word: dict(document)}}
