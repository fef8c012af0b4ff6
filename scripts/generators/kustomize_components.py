"""kustomize/components and kustomize/overlays: what values of the chart change in the base, so that neither can drift from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts import rendering
from scripts.generators.differences import merge, operations
from scripts.generators.kustomize_base import IMAGE, documents, names_of, rendered
from scripts.rendering import Object, name_of, objects

COMPONENTS = rendering.KUSTOMIZE / "components"
OVERLAYS = rendering.KUSTOMIZE / "overlays"
TEMPLATE = Path(__file__).with_name("templates") / "components.yaml"

Name = tuple[str, str, str, str]

HEADER = "# Written by scripts/generate from charts/sagemaker-operators and scripts/generators/templates/components.yaml.\n"


@dataclass(frozen=True, slots=True)
class Component:
    """What it is for, the chart's values it stands for, and patches that no value makes."""

    says: str
    values: Mapping[str, Any]
    patches: tuple[Object, ...] = ()


def components() -> dict[str, Component]:
    """The components by name."""
    said = yaml.safe_load(TEMPLATE.read_text())["components"]
    return {
        name: Component(one["says"], one["values"], tuple(one.get("patches", ())))
        for name, one in said.items()
    }


def overlays() -> dict[str, list[str]]:
    """The components of each overlay but the default."""
    said: dict[str, list[str]] = yaml.safe_load(TEMPLATE.read_text())["overlays"]
    return said


def values_of(overlay: str) -> dict[str, Any]:
    """The chart's values that render what an overlay builds."""
    merged: dict[str, Any] = {}
    for name in overlays()[overlay]:
        merged = _merged(merged, components()[name].values)
    return merged


def kustomize_components() -> dict[Path, str]:
    """The files of the components and of the overlays, and the chart's values that render the same."""
    base = {name_of(obj): obj for obj in objects("---\n".join(documents(rendered({}))))}
    files = {}
    for name, component in components().items():
        for file, text in _component(component, base).items():
            files[COMPONENTS / name / file] = text
    for name, used in overlays().items():
        files[OVERLAYS / name / "kustomization.yaml"] = _overlay(used)
        image = {"repository": f"registry.example.com/{IMAGE}", "digest": f"sha256:{'0' * 64}"}
        text = f"{HEADER}# What kustomize/overlays/{name} is.\n" + _yaml({"image": image} | values_of(name))
        files[rendering.CHART / "ci" / f"overlay-{name}-values.yaml"] = text
    return files


def _component(component: Component, base: Mapping[Name, Object]) -> dict[str, str]:
    texts = {name_of(objects(text)[0]): text for text in documents(rendered(component.values))}
    added = {name: text for name, text in texts.items() if name not in base}
    files = dict(zip(names_of(list(added)), added.values(), strict=True))
    patches: list[Object] = [{"patch": _yaml(patch)} for patch in component.patches]
    patches += [
        patch
        for name, before in base.items()
        for patch in _patch(name, before, objects(texts[name])[0] if name in texts else None)
    ]
    kustomization: Object = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
    if files:
        kustomization["resources"] = sorted(files)
    if patches:
        kustomization["patches"] = patches
    said = "".join(f"# {line}".rstrip() + "\n" for line in component.says.strip().splitlines())
    return {
        **{file: HEADER + text for file, text in files.items()},
        "kustomization.yaml": HEADER + said + _yaml(kustomization),
    }


def _patch(name: Name, before: Object, after: Object | None) -> list[Object]:
    """What makes of an object of the base what the values do; nothing if they leave it alone."""
    kept = {key: before["metadata"][key] for key in ("name", "namespace") if key in before["metadata"]}
    itself = {"apiVersion": name[0], "kind": name[1], "metadata": kept}
    if after is None:
        return [{"patch": _yaml({"$patch": "delete", **itself})}]
    if before == after:
        return []
    if merged := merge(before, after):
        return [{"patch": _yaml(_merged(itself, merged))}]
    return [{"target": {"kind": name[1], "name": name[3]}, "patch": _yaml(list(operations(before, after)))}]


def _overlay(used: list[str]) -> str:
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["../default"],
        "components": [f"../../components/{name}" for name in used],
    }
    return HEADER + "# The image has to be named, as overlays/default says.\n" + _yaml(kustomization)


class _Blocks(yaml.SafeDumper):
    """Texts of several lines as blocks, which people can read."""


def _text(dumper: yaml.SafeDumper, said: str) -> yaml.ScalarNode:
    style = "|" if "\n" in said else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", said, style=style)


_Blocks.add_representer(str, _text)


def _yaml(value: Any) -> str:
    return yaml.dump(value, Dumper=_Blocks, sort_keys=False, width=1000)


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(one)
    for key, value in other.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = _merged(found[key], value) if both else value
    return found
