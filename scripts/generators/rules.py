"""What CRDs check beyond shapes, in CEL: names that SageMaker takes, what is fixed once a resource exists, twins of references.

Rules about change stand on the root, where they see metadata and status and also notice members that come or go (a rule on an
optional field does not run then). NB: rules on the root run at every write, status and finalizers included, so each must hold
by itself for whatever is stored: old objects have to be able to leave.
"""

from typing import Any

from controller.kinds.kind import Kind
from controller.kinds.names import key_of, ref_key_of
from controller.kinds.shape import Shape
from scripts.generators.patterns import to_re2

Rule = dict[str, Any]

# Reserved by CEL (its language definition, "Keywords"); the API server calls such a field __word__.
_RESERVED = frozenset(
    {
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
    }
    | {"let", "loop", "package", "namespace", "return", "var", "void", "while"}
)

_NEW = (
    "!has(oldSelf.status) || !has(oldSelf.status.ackResourceMetadata)"
    " || !has(oldSelf.status.ackResourceMetadata.arn)"
)


def root_rules(kind: Kind) -> list[Rule]:
    """The rules of a kind that stand on the root of its schema."""
    rules = []
    own = kind.own_name
    if own is not None and kind.name_optional is not None:
        rules.append(_legal_name(kind, own, kind.create.members[own]))
    identifying = {identifier.member for identifier in kind.identity if identifier.source != "arn"}
    fixed = kind.frozen | identifying
    if own is not None and own in fixed:
        rules.append(_own_name_stays(kind, own, in_arn=own in identifying))
    rules += [_stays(key_of(member)) for member in kind.create.members if member in fixed and member != own]
    return rules


def either(plain: str, twin: str, *, required: bool) -> Rule:
    """A member and the reference that can stand for it: one of them where the model wants one, never both."""
    one, other = f"has(self.{_field(plain)})", f"has(self.{_field(twin)})"
    if required:
        return {"rule": f"{one} != {other}", "message": f"give either {plain} or {twin}"}
    return {"rule": f"!{one} || !{other}", "message": f"give {plain} or {twin}, not both"}


def _legal_name(kind: Kind, own: str, shape: Shape) -> Rule:
    """A spec that leaves the name to metadata.name needs one that SageMaker takes.

    NB: only when it comes to be so: what was adopted has no spec, and what is stored under an illegal name must still be
    able to change its status and leave.
    """
    key = key_of(own)
    names = [f"spec.{_field(name)}" for name in _namers(kind, own)]
    pattern = to_re2(shape.pattern) if shape.pattern else None
    conditions = []
    limits = []
    if pattern:
        conditions.append(f"self.metadata.name.matches({_quoted(pattern)})")
        limits.append(f"match {pattern}")
    if shape.maximum is not None:
        conditions.append(f"size(self.metadata.name) <= {int(shape.maximum)}")
        limits.append(f"have at most {int(shape.maximum)} characters")
    unnamed_before = " && ".join(f"!has(oldSelf.value().{name})" for name in names)
    allowed = [
        "!has(self.spec)",
        *(f"has(self.{name})" for name in names),
        f"({' && '.join(conditions) or 'true'})",
        f"oldSelf.hasValue() && has(oldSelf.value().spec) && {unnamed_before}",
    ]
    return {
        "rule": " || ".join(allowed),
        "optionalOldSelf": True,
        "fieldPath": f".spec.{key}",
        "message": f"metadata.name cannot name a {kind.name} in SageMaker, where names must {' and '.join(limits)}:"
        f" change metadata.name or give spec.{key}",
    }


def _namers(kind: Kind, own: str) -> list[str]:
    """The keys of which one makes metadata.name needless as a name."""
    needless = kind.name_optional
    if needless is None or needless == "always":
        return [key_of(own)]
    return [key_of(own), key_of(needless), ref_key_of(needless)]


def _own_name_stays(kind: Kind, own: str, *, in_arn: bool) -> Rule:
    """The name in effect, declared or metadata.name, stays; a spec given to an adopted object names what was adopted."""
    key = key_of(own)
    field = _field(key)
    holders = _namers(kind, own)[1:]
    without = "self.metadata.name"
    for holder in holders:
        without = f"has(SELF.spec.{_field(holder)}) ? '' : {without}"
    now = f"(has(self.spec) && has(self.spec.{field}) ? self.spec.{field} : {_of_old(without, 'self', holders)})"
    before = now.replace("self.", "oldSelf.")
    adopted = "!has(oldSelf.spec)"
    if in_arn:
        # NB: some ARNs have the name in lower case.
        adopted += (
            f" && has(self.spec) && has(self.spec.{field}) && oldSelf.status.ackResourceMetadata.arn.lowerAscii()"
            f".endsWith('/' + self.spec.{field}.lowerAscii())"
        )
    return {
        "rule": f"{_NEW} || {adopted} || {now} == {before}",
        "fieldPath": f".spec.{key}",
        "message": _fixed(key),
    }


def _of_old(text: str, whose: str, holders: list[str]) -> str:
    if not holders:
        return text
    return f"(!has({whose}.spec) ? {whose}.metadata.name : {text.replace('SELF', whose)})"


def _stays(key: str) -> Rule:
    """A member that Update does not take stays once the resource exists; before that a mistake can be corrected."""
    field = _field(key)
    same = (
        f"has(self.spec.{field}) == has(oldSelf.spec.{field})"
        f" && (!has(self.spec.{field}) || self.spec.{field} == oldSelf.spec.{field})"
    )
    return {
        "rule": f"!has(self.spec) || !has(oldSelf.spec) || {_NEW} || {same}",
        "fieldPath": f".spec.{key}",
        "message": _fixed(key),
    }


def _fixed(key: str) -> str:
    return f"{key} is fixed once the resource exists: make a new object, or delete this one first"


def _field(key: str) -> str:
    return f"__{key}__" if key in _RESERVED else key


def _quoted(text: str) -> str:
    """A CEL literal. Raw, so that a pattern reads as it is."""
    quote = '"' if "'" in text else "'"
    return f"r{quote}{text}{quote}"
