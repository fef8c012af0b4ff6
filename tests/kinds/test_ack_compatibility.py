"""A drop-in for the incumbent: its keys, its paths and their types, read off its own CRDs (README.md here)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controller.kinds.load import kinds
from controller.kinds.names import key_of
from scripts.generators.crds import crd_of

HERE = Path(__file__).parent
NAMES: dict[str, str] = json.loads((HERE / "ack-names.json").read_text())
CRDS: dict[str, Any] = json.loads((HERE / "ack-crds.json").read_text())["kinds"]


def test_every_name_becomes_the_incumbents_key() -> None:
    assert {member: key_of(member) for member in NAMES} == NAMES


def flattened(schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Path and type of every property, as the incumbent's list writes them."""
    for name, inner in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield path, inner.get("type", "")
        below = inner
        while below.get("type") == "array" or isinstance(below.get("additionalProperties"), dict):
            below = below["items"] if below.get("type") == "array" else below["additionalProperties"]
        yield from flattened(below, f"{path}.")


def plain(path: str) -> str:
    return path.replace("[]", "").replace("{}", "").replace("[*]", "").replace(".*", "")


@pytest.mark.parametrize("name", list(CRDS))
@pytest.mark.parametrize("part", ["spec", "status"])
def test_every_path_of_the_incumbent_is_here_with_its_type(name: str, part: str) -> None:
    root = crd_of(kinds()[name])["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    ours = {plain(path): type_name for path, type_name in flattened(root["properties"][part])}
    theirs = {plain(path): said.get("type", "") for path, said in CRDS[name][part].items()}
    assert {path for path in theirs if path not in ours} == set()
    assert {p: (t, ours[p]) for p, t in theirs.items() if t and t != ours[p]} == {}


@pytest.mark.parametrize("name", list(CRDS))
def test_plurals_are_the_incumbents(name: str) -> None:
    assert kinds()[name].plural == CRDS[name]["plural"]
