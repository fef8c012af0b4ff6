"""Valid requests made from the service model: the smallest each Create takes, with what it refers to made first."""

from __future__ import annotations

import re
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import Any

from simulator import model
from simulator.model import Kind
from tests.simulator.raw import Raw

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"

BY_NAME: list[tuple[str, Any]] = [
    (r".*RoleArn|ClusterRole", ROLE),
    (r"TrainingRepositoryCredentialsProviderArn", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:credentials"),
    (
        r".*(S3Uri|S3OutputPath|S3OutputLocation|S3Path|ArtifactStoreUri|S3.*Prefix|ModelArtifactS3Uri)",
        "s3://bucket/key",
    ),
    (r"StudioLifecycleConfigContent|OnCreate|OnStart", "ZWNobw=="),
]
"""Values for strings whose pattern is too loose, or too rich, to make one from."""

AT_LEAST: dict[str, dict[str, Any]] = {
    "ModelPackage": {"ModelPackageName": "{name}"},
    "AutoMLJobV2": {"AutoMLProblemTypeConfig": {"ImageClassificationJobConfig": {}}},
}
"""What a kind needs although the model calls it optional, or where the model's first choice is no good."""

PIPELINE = {"PipelineDefinition": '{"Version": "2020-12-01", "Steps": []}'}


def minimal(shape: Any, name: str = "") -> Any:
    """The smallest value a shape takes."""
    kind = shape.type_name
    if kind == "structure":
        members = shape.required_members
        if is_union(shape):
            members = [next(iter(shape.members))]
        return {member: minimal(shape.members[member], member) for member in members}
    if kind == "list":
        return [minimal(shape.member, name) for _ in range(shape.metadata.get("min") or 0)]
    if kind == "map":
        return {}
    if kind == "boolean":
        return False
    if kind in ("integer", "long", "float", "double"):
        return shape.metadata.get("min") or 1
    if kind == "timestamp":
        return 1_700_000_000
    return _string(shape, name)


def full(shape: Any, name: str = "", branch: int = 0) -> Any:
    """A value with every member there is; of a union the branch of this number, counted round."""
    kind = shape.type_name
    if kind == "structure":
        members = list(shape.members)
        if is_union(shape):
            members = [members[branch % len(members)]]
        return {member: full(shape.members[member], member, branch) for member in members}
    if kind == "list":
        return [full(shape.member, name, branch) for _ in range(max(1, shape.metadata.get("min") or 0))]
    if kind == "map":
        return {minimal(shape.key, "key"): full(shape.value, name, branch)}
    return minimal(shape, name)


def is_union(shape: Any) -> bool:
    """Whether exactly one member of a structure may be given."""
    return bool(shape.metadata.get("union") or getattr(shape, "is_tagged_union", False))


def _string(shape: Any, name: str) -> str:
    if getattr(shape, "enum", None):
        return str(shape.enum[0])
    for pattern, value in BY_NAME:
        if re.fullmatch(pattern, name):
            return str(value)
    least = shape.metadata.get("min") or 1
    if "pattern" not in shape.metadata:
        return "x" * least
    made: str = from_pattern(str(shape.metadata["pattern"]))
    return str(made.ljust(int(least), made[-1]))


def from_pattern(pattern: str) -> str:
    """A string that a pattern matches, from Python's own parse of it; `x` for patterns Python cannot read."""
    try:
        return "".join(_made(op, argument) for op, argument in sre_parser.parse(pattern)) or "x"
    except re.error:
        return "x"


def _made(op: Any, argument: Any) -> str:
    """The text of one node of a parsed pattern."""
    if op is sre.LITERAL:
        return chr(argument)
    if op is sre.NOT_LITERAL or op is sre.ANY:
        return "a"
    if op is sre.IN:
        return _one_of(argument)
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        least, _, inner = argument
        return "".join(_made(o, a) for o, a in inner) * int(least)
    if op is sre.SUBPATTERN:
        return "".join(_made(o, a) for o, a in argument[-1])
    if op is sre.BRANCH:
        return "".join(_made(o, a) for o, a in argument[1][0])
    return ""


def _one_of(choices: Any) -> str:
    if choices[0][0] is sre.NEGATE:
        return "a"
    for op, argument in choices:
        if op is sre.RANGE:
            return chr(argument[0])
        if op is sre.LITERAL:
            return chr(argument)
        if op is sre.CATEGORY:
            return {sre.CATEGORY_DIGIT: "1", sre.CATEGORY_SPACE: " "}.get(argument, "a")
    return "a"


def put(target: Any, path: str, value: str) -> None:
    """Set a path as references.yaml writes it, in every element of a list."""
    head, _, rest = path.partition(".")
    if head.endswith("[]"):
        for item in target.get(head[:-2], []):
            put(item, rest, value)
    elif rest:
        if head in target:
            put(target[head], rest, value)
    elif head in target:
        target[head] = value


def contains(whole: Any, part: Any) -> bool:
    """Whether everything in `part` is in `whole`, at the same place."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(k in whole and contains(whole[k], v) for k, v in part.items())
    if isinstance(part, list) and part:
        return len(whole) == len(part) and all(contains(w, p) for w, p in zip(whole, part, strict=True))
    return bool(whole == part) or part in ([], {})


class Maker:
    """Makes resources of any kind, and what they refer to, through the HTTP interface."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self._made: dict[str, dict[str, Any]] = {}

    def request(self, kind: Kind, name: str) -> dict[str, Any]:
        """A valid Create request; parents exist and are settled afterwards."""
        body: dict[str, Any] = minimal(model.input_shape(kind.create))
        body |= {
            k: v.format(name=name) if isinstance(v, str) else v
            for k, v in AT_LEAST.get(kind.name, {}).items()
        }
        members = model.input_shape(kind.create).members
        if kind.name_member in members and kind.name != "ImageVersion":
            body[kind.name_member] = name
        if kind.name == "App":
            body["UserProfileName"] = "parent"
        if kind.name == "Pipeline":
            body |= PIPELINE
        if kind.token in body:
            body[kind.token] = f"token-{kind.name}-{name}".ljust(36, "0")[:36]
        for rule in model.data("references").get(kind.name, ()):
            if "kind" in rule:
                self._refer(body, rule)
        return body

    def _refer(self, body: dict[str, Any], rule: dict[str, Any]) -> None:
        if rule["path"] == "SpaceName" or (
            rule["path"] != "UserProfileName"
            and "[]" not in rule["path"]
            and rule["path"].split(".")[0] not in body
        ):
            return
        parent = model.kinds()[rule["kind"]]
        shown = self._parent(parent)
        member = rule["path"].rpartition(".")[2]
        value = shown.get(member) or shown.get(next(iter(parent.arn_members & set(shown)), ""), "")
        if not member.endswith("Arn"):
            value = shown.get(member) or shown.get(parent.name_member) or value
        put(body, rule["path"], value)

    def _parent(self, kind: Kind) -> dict[str, Any]:
        """One resource of a kind to refer to, made once and settled."""
        if kind.name not in self._made:
            request = self.request(kind, "parent")
            self._made[kind.name] = {}
            answer = self.raw.ok(kind.create, request)
            self.raw.control.advance(1000)
            key = {m: (answer | request)[m] for m in kind.identity if m in answer | request}
            self._made[kind.name] = request | answer | self.raw.ok(kind.describe, key)
        return self._made[kind.name]

    def create(self, kind: Kind, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Create a resource; answers the request and the members that identify it."""
        request = self.request(kind, name)
        answer = self.raw.ok(kind.create, request)
        known = request | answer
        if kind.name == "ImageVersion":
            known["Version"] = int(answer["ImageVersionArn"].rpartition("/")[2])
        return request, {m: known[m] for m in kind.identity if m in known}
