"""The rules of a whole object, in CEL: what names are legal, and what may not change once the resource exists."""

import json
from typing import Any

from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from scripts.generators.patterns import to_re2 as translated

# Whether the resource was not there yet before the edit: until then everything may be corrected.
BEFORE_IT_EXISTS = "!has(oldSelf.status) || !has(oldSelf.status.ackResourceMetadata) || !has(oldSelf.status.ackResourceMetadata.arn)"
FIXED = "is fixed once the resource exists: make a new object, or delete this one first"


def rules(kind: Kind) -> list[dict[str, Any]]:
    """Every rule of a kind, for ``x-kubernetes-validations`` at the root."""
    return [*_legal_name(kind), *_fixed_identity(kind), *_fixed_members(kind)]


def _legal_name(kind: Kind) -> list[dict[str, Any]]:
    if kind.own_name is None or kind.name_optional is None:
        return []
    shape, key = kind.create.members[kind.own_name], kind.name_key
    said = [f"has(self.spec.{key})"]
    if kind.name_optional != "always":
        said.append(f"has(self.spec.{key_of(kind.name_optional)})")
    pattern = translated(shape.pattern) if shape.pattern else None
    tests = []
    if pattern:
        tests.append(f"self.metadata.name.matches({json.dumps(pattern)})")
    if shape.maximum:
        tests.append(f"size(self.metadata.name) <= {int(shape.maximum)}")
    if not tests:
        return []
    most = f", at most {int(shape.maximum)} characters" if shape.maximum else ""
    return [
        {
            "rule": f"!has(self.spec) || {' || '.join(said)} || {' && '.join(tests)}",
            "message": f"metadata.name is no legal name of a {kind.name}{most}: choose another, or set spec.{key}",
        }
    ]


def _fixed_identity(kind: Kind) -> list[dict[str, Any]]:
    found = []
    members = [i.member for i in kind.identity if i.source != "arn"]
    if kind.own_name and kind.own_name not in members:
        members.append(kind.own_name)
    for member in members:
        key = key_of(member)
        otherwise = "{}.metadata.name" if member == kind.own_name and kind.name_optional == "always" else "''"
        new, old = (
            f"(has({o}.spec) && has({o}.spec.{key}) ? {o}.spec.{key} : {otherwise.format(o)})"
            for o in ("self", "oldSelf")
        )
        found.append(
            {
                "rule": f"{BEFORE_IT_EXISTS} || {new} == {old}",
                "message": f"spec.{key} {FIXED}",
                "fieldPath": f".spec.{key}",
            }
        )
    return found


def _fixed_members(kind: Kind) -> list[dict[str, Any]]:
    identity = {i.member for i in kind.identity} | {kind.own_name}
    found = []
    for member in kind.create.members:
        if member not in kind.frozen or member in identity:
            continue
        key = key_of(member)
        same = f"has(self.spec.{key}) == has(oldSelf.spec.{key}) && (!has(self.spec.{key}) || self.spec.{key} == oldSelf.spec.{key})"
        found.append(
            {
                # one member each, never the whole spec: tags stay free, and an object without spec can still be deleted
                "rule": f"!has(self.spec) || !has(oldSelf.spec) || {BEFORE_IT_EXISTS} || {same}",
                "message": f"spec.{key} {FIXED}",
                "fieldPath": f".spec.{key}",
            }
        )
    return found
