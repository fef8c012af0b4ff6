"""kustomize/base: the chart of the controller as plain manifests, one file per object, for those who do not use Helm."""

import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from scripts import rendering
from scripts.control_plane import toolchain
from scripts.generators.chart import chart

BASE = rendering.KUSTOMIZE / "base"

# No image is published, so the base names one that kustomize's `images:` is to replace (docs/install.md).
IMAGE = "sagemaker-operators-controller"

# Helm's own labels would be lies in manifests that no Helm release owns.
HELM_ONLY = re.compile(
    r"^ *(helm\.sh/chart|app\.kubernetes\.io/managed-by): .*\n|^# Source: .*\n", re.MULTILINE
)

HEADER = "# Written by scripts/generate from charts/sagemaker-operators with its default values. Change the chart, not this file.\n"


def kustomize_base() -> dict[Path, str]:
    """The manifests of the chart with default values, and the kustomization that lists them."""
    documents = [
        HELM_ONLY.sub("", part).strip() + "\n"
        for part in re.split(r"^---\n", _rendered(), flags=re.MULTILINE)
    ]
    named = _named([document for document in documents if rendering.objects(document)])
    listed = "".join(f"  - {name}\n" for name in sorted(named))
    kustomization = f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{listed}"
    files = {**named, "kustomization.yaml": kustomization}
    return {BASE / name: HEADER + text for name, text in files.items()}


def _rendered() -> str:
    """NB: from a copy with the chart's generated files as they are about to be written, not as they lie on the disk."""
    helm = toolchain.ensure(("helm",))["helm"]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / rendering.CHART.name
        shutil.copytree(rendering.CHART, copy)
        for path, text in chart().items():
            (copy / path.relative_to(rendering.CHART)).write_text(text)
        return rendering.helm_template(helm, copy, values={"image": {"repository": IMAGE}})


def _named(documents: list[str]) -> dict[str, str]:
    """Each document under its kind, and its name where there are two of a kind."""
    keys = [rendering.name_of(rendering.objects(document)[0]) for document in documents]
    count = Counter(kind for _, kind, _, _ in keys)
    names = [f"{_dashed(kind)}-{name}" if count[kind] > 1 else _dashed(kind) for _, kind, _, name in keys]
    return {f"{name}.yaml": document for name, document in zip(names, documents, strict=True)}


def _dashed(kind: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower()
