"""What the CRDs accept on both ends of the Kubernetes we support: all that the service model allows, and users' manifests."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from controller.kinds.names import key_of
from scripts.control_plane.plane import ControlPlane
from simulator import model
from tests import samples
from tests.control_plane.crds import Schema, create, each_kind, path
from tests.simulator.inputs import is_union

MANIFESTS = sorted((Path(__file__).parents[1] / "compat" / "samples").glob("*.yaml"))


@each_kind
def test_every_sample_is_accepted(served: ControlPlane, kind: Kind) -> None:
    for spec in (samples.minimal(kind), *samples.branches(kind), *samples.referring(kind)):
        status, answer = create(served, kind, "sample", spec)
        assert status == 201, answer["message"]
        assert answer["spec"] == spec  # nothing is pruned: the schema knows every member


@each_kind
def test_every_branch_of_every_union_is_in_a_sample(kind: Kind) -> None:
    def branches(shape: Any, specs: list[Any]) -> None:
        """Hold a shape of the model to what the samples have at its place."""
        if shape.type_name == "list":
            branches(shape.member, [item for spec in specs for item in spec])
        elif shape.type_name == "map":
            branches(shape.value, [value for spec in specs for value in spec.values()])
        elif shape.type_name == "structure":
            for member, inner in shape.members.items():
                below = [spec[key_of(member)] for spec in specs if key_of(member) in spec]
                assert below or member == kind.token, f"no sample of {kind.name} has {shape.name}.{member}"
                branches(inner, below)
            if is_union(shape):
                assert {len(spec) for spec in specs} == {1}, f"{shape.name} has more than one branch"

    branches(model.input_shape(kind.verbs.create), samples.branches(kind))


@each_kind
def test_every_limit_of_the_model_is_in_the_schema(schemas: Mapping[str, Schema], kind: Kind) -> None:
    """Breaking what the schema forbids (test_crds_refusals) says nothing of a limit that the schema forgot."""
    missing: list[str] = []
    # a Secret's key stands for the value, whose limits the controller holds when it reads it
    elsewhere = {"spec." + ".".join(key_of(part) for part in path.split(".")) for path in kind.secrets}

    def compare(shape: Any, schema: Schema, where: str) -> None:
        missing.extend(f"{word} of {where}" for word in _forgotten(shape, schema))
        if shape.type_name == "structure":
            named = [
                *schema.get("required", ()),
                *re.findall(r"\w+", str(schema.get("x-kubernetes-validations"))),
            ]
            for member, inner in shape.members.items():
                key = key_of(member)
                if where == "spec" and member in {kind.token, kind.own_name}:
                    continue
                if member in shape.required_members and key not in named:
                    missing.append(f"required {key} of {where}")
                if f"{where}.{key}" in elsewhere:
                    assert schema["properties"][key]["required"] == ["name", "key"]
                    continue
                compare(inner, schema["properties"][key], f"{where}.{key}")
        elif shape.type_name == "list":
            compare(shape.member, schema["items"], f"{where}[]")
        elif shape.type_name == "map":
            compare(shape.value, schema["additionalProperties"], f"{where}{{}}")

    compare(model.input_shape(kind.verbs.create), schemas[kind.name], "spec")
    assert missing == []


ANY_TEXT = {r"[\s\S]*", r"[\S\s]*", r"[\s\S]+", r"[\S\s]+", r".*(?:[ \r\n\t].*)*"}
"""Patterns of the model that refuse nothing, or only the empty text."""


def _forgotten(shape: Any, schema: Schema) -> list[str]:
    """The words of a shape of the model that a schema does not say, or says otherwise."""
    said = shape.metadata
    if getattr(shape, "enum", None):
        if "enum" in schema:
            return [] if schema["enum"] == shape.enum else ["enum"]
        return [value for value in shape.enum if not re.search(schema.get("pattern", "^$"), value)]
    suffix = {"string": "Length", "list": "Items", "map": "Properties"}.get(shape.type_name, "imum")
    wanted = {f"{word}{suffix}": said[word] for word in ("min", "max") if word in said}
    if suffix != "imum" and not said.get("min"):
        wanted.pop(f"min{suffix}", None)  # no length is below nothing
    wrong = [word for word, limit in wanted.items() if schema.get(word) != limit]
    if "pattern" in said and said["pattern"] not in ANY_TEXT and "pattern" not in schema:
        wrong.append("pattern")
    return wrong


FILLED = {
    r"s3://<YOUR[^>]*>": "s3://bucket",
    r"<YOUR[ _]SAGEMAKER[ _]ROLE[ _]ARN>": "arn:aws:iam::111122223333:role/execution",
    r"<YOUR WORKTEAM ARN>": "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/team",
    r"<YOUR MONITORING_TYPE>": "DataQuality",
    r"<YOUR S3 PATH[^>]*>": "s3://bucket/key",
    r"<YOUR BUCKET[^>]*>": "bucket",
    r"<YOUR[^>]*>": "sample",
}


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.stem)
def test_every_manifest_users_have_is_accepted(served: ControlPlane, file: Path) -> None:
    text = file.read_text()
    for placeholder, value in FILLED.items():
        text = re.sub(placeholder, value, text)
    for document in filter(None, yaml.safe_load_all(text)):
        kind = kinds()[document["kind"]]
        document["metadata"].pop("namespace", None)
        status, answer = served.request("POST", path(kind, dry=True), document)
        assert status == 201, answer.get("message")
