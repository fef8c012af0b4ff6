"""kustomize/base: the chart of the controller as plain manifests, one file per object, for those who do not use Helm."""

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
    texts = documents(rendered({}))
    files = dict(
        zip(names_of([rendering.name_of(rendering.objects(text)[0]) for text in texts]), texts, strict=True)
    )
    listed = "".join(f"  - {name}\n" for name in sorted(files))
    files["kustomization.yaml"] = (
        f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{listed}"
    )
    return {BASE / name: HEADER + text for name, text in files.items()}


def documents(text: str) -> list[str]:
    """The text of each object, less what is Helm's own."""
    parts = [HELM_ONLY.sub("", part).strip() + "\n" for part in re.split(r"^---\n", text, flags=re.MULTILINE)]
    return [part for part in parts if rendering.objects(part)]


def rendered(values: Mapping[str, Any]) -> str:
    """The chart with an image that kustomize's `images:` is to replace, and these values.

    NB: from a copy with the chart's generated files as they are about to be written, not as they lie on the disk.
    """
    helm = toolchain.ensure(("helm",))["helm"]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / rendering.CHART.name
        shutil.copytree(rendering.CHART, copy)
        for path, text in chart().items():
            target = copy / path.relative_to(rendering.CHART)
            target.parent.mkdir(exist_ok=True)
            target.write_text(text)
        return rendering.helm_template(helm, copy, values={"image": {"repository": IMAGE}, **values})


def names_of(keys: Sequence[tuple[str, str, str, str]]) -> list[str]:
    """A file for each object by its kind, and its name where there are two of a kind."""
    count = Counter(kind for _, kind, _, _ in keys)
    return [
        f"{_dashed(kind)}-{name}.yaml" if count[kind] > 1 else f"{_dashed(kind)}.yaml"
        for _, kind, _, name in keys
    ]


def _dashed(kind: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower()
