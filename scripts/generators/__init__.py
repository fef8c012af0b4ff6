"""What is generated from the table of kinds: one module an output, each a function from nothing to files and their text."""

from collections.abc import Callable
from pathlib import Path

from scripts.generators.argocd import argocd
from scripts.generators.chart import chart
from scripts.generators.chart_readmes import chart_readmes
from scripts.generators.crd_chart import crd_chart
from scripts.generators.crds import crds
from scripts.generators.events import events
from scripts.generators.health import health
from scripts.generators.iam import iam
from scripts.generators.kinds_pages import kinds_pages
from scripts.generators.kustomize_base import kustomize_base
from scripts.generators.kustomize_components import kustomize_components

# In this order: the base of kustomize is rendered from the chart, whose generated parts have to be there.
GENERATORS: tuple[Callable[[], dict[Path, str]], ...] = (
    crds,
    crd_chart,
    kinds_pages,
    chart,
    chart_readmes,
    iam,
    events,
    health,
    argocd,
    kustomize_base,
    kustomize_components,
)

# Folders that hold nothing but generated files: what no generator writes any more is removed from them.
OWNED = (
    "kustomize/crds",
    "kustomize/base",
    "kustomize/components",
    "docs/kinds",
    "events",
    "argocd/customizations",
)
