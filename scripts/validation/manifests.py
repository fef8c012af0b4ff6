"""Manifests as they lie in folders: YAML and JSON files, kustomize roots; read strictly, judged elsewhere."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts import rendering

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object and where it was found: `folder/file.yaml:12`, or the folder of a kustomize root."""

    where: str
    body: dict[str, Any]

    @property
    def called(self) -> str:
        """Kind and name, for a person."""
        metadata = self.body.get("metadata") or {}
        name = metadata.get("name") or f"{metadata.get('generateName', '')}*"
        namespace = metadata.get("namespace")
        return f"{self.body['kind']} {namespace}/{name}" if namespace else f"{self.body['kind']} {name}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one place, in one sentence."""

    where: str
    sentence: str


class _Strict(yaml.SafeLoader):
    """YAML as Kubernetes reads it: dates are strings. Stricter in one thing: a key said twice is an error, not a lost value."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping of distinct keys."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.MarkedYAMLError(
                    problem=f"key {key.value!r} is said twice", problem_mark=key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_Strict.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(place: Path, kustomize: Path) -> Iterator[Manifest | Problem]:
    """Everything below a folder, or in one file. A kustomize root is built, and stands for all that is below it."""
    if place.is_file():
        yield from _file(place)
        return
    if root := next((place / name for name in KUSTOMIZATIONS if (place / name).is_file()), None):
        yield from _built(place, root, kustomize)
        return
    for inner in sorted(place.iterdir()):
        if inner.name.startswith("."):
            continue
        if inner.is_dir() or inner.suffix in {".yaml", ".yml", ".json"}:
            yield from read(inner, kustomize)


def _built(folder: Path, root: Path, kustomize: Path) -> Iterator[Manifest | Problem]:
    if (yaml.safe_load(root.read_text()) or {}).get("kind") == "Component":
        return  # a part of other roots; it is judged there
    try:
        text = rendering.kustomize_build(kustomize, folder)
    except rendering.RenderError as error:
        yield Problem(_shown(folder), f"kustomize cannot build it: {error}")
        return
    for body in rendering.objects(text):
        yield Manifest(_shown(folder), body)


def _file(path: Path) -> Iterator[Manifest | Problem]:
    where = _shown(path)
    try:
        for line, document in _documents(path):
            yield from _objects(f"{where}:{line}", document)
    except (yaml.YAMLError, ValueError) as error:
        problem = getattr(error, "problem", None) or str(error)
        mark = getattr(error, "problem_mark", None)
        yield Problem(f"{where}:{mark.line + 1}" if mark else where, f"is not readable: {problem}")


def _documents(path: Path) -> Iterator[tuple[int, Any]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        yield 1, json.loads(text)
        return
    loader = _Strict(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            assert node is not None  # check_node said so
            yield node.start_mark.line + 1, loader.construct_document(node)
    finally:
        loader.dispose()


def _objects(where: str, document: Any) -> Iterator[Manifest | Problem]:
    if document is None:
        return
    if (
        not isinstance(document, dict)
        or not isinstance(document.get("kind"), str)
        or "apiVersion" not in document
    ):
        yield Problem(where, "is no Kubernetes manifest: it has no apiVersion and kind")
    elif document["kind"].endswith("List") and isinstance(document.get("items"), list):
        for item in document["items"]:
            yield from _objects(where, item)
    else:
        yield Manifest(where, document)


def _shown(path: Path) -> str:
    """The path from where the command was given, when it is below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return os.path.normpath(path)
