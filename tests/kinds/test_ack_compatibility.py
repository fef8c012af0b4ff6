"""A drop-in for the incumbent: its keys, its paths and their types, read off its own CRDs (README.md here)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controller.kinds.load import kinds
from controller.kinds.names import key_of
from scripts.generators.crds import crd_of

Schema = dict[str, Any]

HERE = Path(__file__).parent
NAMES: dict[str, str] = json.loads((HERE / "ack-names.json").read_text())
CRDS: dict[str, Any] = json.loads((HERE / "ack-crds.json").read_text())["kinds"]


def test_every_name_becomes_the_incumbents_key() -> None:
    assert {member: key_of(member) for member in NAMES} == NAMES


def flattened(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    """Every place below a schema by its path: ``a.b``, ``a[].b`` for the items of a list, ``a{}`` for the values of a map."""
    if path:
        yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from flattened(inner, f"{path}.{name}" if path else name)
    if "items" in schema:
        yield from flattened(schema["items"], f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from flattened(schema["additionalProperties"], f"{path}{{}}")


def places(name: str, part: str) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Our places and the incumbent's, by path."""
    root = crd_of(kinds()[name])["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return dict(flattened(root["properties"][part], "")), CRDS[name][part]


each_part = pytest.mark.parametrize(
    ("name", "part"), [(n, part) for n in CRDS for part in ("spec", "status")]
)


@each_part
def test_every_path_of_the_incumbent_is_here_with_its_type(name: str, part: str) -> None:
    """Paths say what is a list: ``tags[].key`` is here only if tags is a list of objects, as it is there."""
    ours, theirs = places(name, part)
    assert theirs.keys() - ours.keys() == set()
    assert {p: said["type"] for p, said in theirs.items()} == {p: ours[p]["type"] for p in theirs}
    dates = {path for path, said in theirs.items() if said.get("format") == "date-time"}
    assert dates == {path for path in theirs if ours[path].get("format") == "date-time"}


@each_part
def test_what_the_incumbent_has_nothing_below_is_of_texts(name: str, part: str) -> None:
    """Its list of paths has no line for the items of ``subnets`` or the values of ``environment``: these are texts."""
    ours, theirs = places(name, part)
    parents = {path.rpartition(".")[0].removesuffix("[]") for path in theirs}
    for holder, mark in {"array": "[]", "object": "{}"}.items():
        ends = [p for p, said in theirs.items() if said["type"] == holder and p not in parents]
        assert {p: ours.get(p + mark, {}).get("type") for p in ends} == dict.fromkeys(ends, "string")


@pytest.mark.parametrize("name", list(CRDS))
def test_plurals_are_the_incumbents(name: str) -> None:
    assert kinds()[name].plural == CRDS[name]["plural"]


def test_no_text_of_the_incumbents_has_become_a_reference_to_a_secret() -> None:
    for name, said in CRDS.items():
        paths = {".".join(key_of(part) for part in path.split(".")) for path in kinds()[name].secrets}
        assert paths & set(said["spec"]) == set()
