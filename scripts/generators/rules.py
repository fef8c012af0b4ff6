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

_FIXED = "fixed once the resource exists; make a new object, or delete this one first"

# Until the ARN is recorded nothing is there that an edit could part from its name.
_NEW = "!oldSelf.?status.?ackResourceMetadata.?arn.hasValue()"


def root_rules(kind: Kind) -> list[Rule]:
    """The rules of a kind that stand on the root of its schema."""
    rules = [_spec_stays()]
    own = kind.own_name
    if own is not None and kind.name_optional is not None:
        rules.append(_legal_name(kind, own, kind.create.members[own]))
    identifying = {identifier.member for identifier in kind.identity if identifier.source != "arn"}
    fixed = kind.frozen | identifying
    if own is not None and own in fixed:
        rules.append(_own_name_stays(kind, own, in_arn=own in identifying))
    stay = [key_of(member) for member in kind.create.members if member in fixed and member != own]
    return rules + ([_members_stay(stay)] if stay else [])


def either(plain: str, twin: str, *, required: bool, in_list: bool) -> Rule:
    """A member and the reference that can stand for it: one of them where the model wants one, never both.

    NB: what is stored otherwise may stay so. Kubernetes 1.31 runs rules at every write of the status and spares only those
    that say so themselves. Inside a list they cannot: there is no old item to look at.
    """
    one, other = _field(plain), _field(twin)
    rule = f"has(self.{one}) != has(self.{other})" if required else f"!has(self.{one}) || !has(self.{other})"
    message = f"give either {plain} or {twin}" if required else f"give {plain} or {twin}, not both"
    if in_list:
        return {"rule": rule, "message": message}
    before = (
        f"oldSelf.optMap(old, has(old.{one}) {'==' if required else '&&'} has(old.{other})).orValue(false)"
    )
    return {"rule": f"{rule} || {before}", "optionalOldSelf": True, "message": message}


def _legal_name(kind: Kind, own: str, shape: Shape) -> Rule:
    """A spec that leaves the name to metadata.name needs one that SageMaker takes.

    NB: only when it comes to be so: what was adopted has no spec, and what is stored under an illegal name must still be
    able to change its status and leave.
    """
    key = key_of(own)
    legal, limits = [], []
    if shape.pattern and (pattern := to_re2(shape.pattern)):
        legal.append(f"self.metadata.name.matches({_quoted(pattern)})")
        limits.append(f"match {pattern}")
    if shape.maximum is not None:
        legal.append(f"size(self.metadata.name) <= {int(shape.maximum)}")
        limits.append(f"have at most {int(shape.maximum)} characters")
    namers = _namers(kind, own)
    allowed = [
        "!has(self.spec)",
        *(f"has(self.spec.{_field(name)})" for name in namers),
        f"({' && '.join(legal) or 'true'})",
        " && ".join(
            ["oldSelf.?spec.hasValue()", *(f"!oldSelf.?spec.?{_field(name)}.hasValue()" for name in namers)]
        ),
    ]
    return {
        "rule": " || ".join(allowed),
        "optionalOldSelf": True,
        "fieldPath": f".spec.{key}",
        "message": f"metadata.name cannot be the name of this {kind.name} in SageMaker, where names must"
        f" {' and '.join(limits)}: change metadata.name or give spec.{key}",
    }


def _namers(kind: Kind, own: str) -> list[str]:
    """The keys of which any makes metadata.name needless as a name."""
    needless = kind.name_optional
    if needless is None or needless == "always":
        return [key_of(own)]
    return [key_of(own), key_of(needless), ref_key_of(needless)]


def _own_name_stays(kind: Kind, own: str, *, in_arn: bool) -> Rule:
    """The name in effect, declared or metadata.name, stays; a spec given to an adopted object names what was adopted."""
    key = key_of(own)
    field = _field(key)
    adopted = "!has(oldSelf.spec)"
    if in_arn:
        # NB: some ARNs have the name in lower case.
        adopted += (
            f" && self.?spec.?{field}.hasValue() && oldSelf.status.ackResourceMetadata.arn.lowerAscii()"
            f".endsWith('/' + self.spec.{field}.lowerAscii())"
        )
    return {
        "rule": f"{_NEW} || {adopted} || {_name(kind, own, 'self')} == {_name(kind, own, 'oldSelf')}",
        "fieldPath": f".spec.{key}",
        "message": f"{_FIXED}: spec.{key}",
    }


def _name(kind: Kind, own: str, whose: str) -> str:
    """The name in effect; none for a version, which its group names."""
    declared, *groups = _namers(kind, own)
    spec, name = f"{whose}.spec", f"{whose}.metadata.name"
    cases = [f"has({spec}.{_field(declared)}) ? {spec}.{_field(declared)}"]
    cases += [f"has({spec}.{_field(group)}) ? ''" for group in groups]
    return f"(!has({spec}) ? {name} : {' : '.join(cases)} : {name})"


def _spec_stays() -> Rule:
    """NB: a spec that could be taken away could come back with other names and members."""
    return {
        "rule": f"{_NEW} || has(self.spec) || !has(oldSelf.spec)",
        "fieldPath": ".spec",
        "message": "spec cannot be taken away while the resource exists: delete the object instead",
    }


def _members_stay(keys: list[str]) -> Rule:
    """Members that Update does not take stay once the resource exists; before that a mistake can be corrected.

    One rule for all of them, that looks at the whole spec first: at every access to a member the API server gathers the schemas
    of all its siblings anew, and a rule for each member made up a fifth of what a job costs it, for writes of the status too.
    NB: not ``self.spec.?x == oldSelf.spec.?x``, which would notice both: the API server reckons the cost of comparing
    optionals as boundless and refuses the CRD; and so it does with a list of what has changed, in place of a text.
    """
    same = " && ".join(f"({_is_same(key)})" for key in keys)
    changed = " + ".join(f"({_is_same(key)} ? '' : ' spec.{key}')" for key in keys)
    return {
        "rule": f"!has(self.spec) || !has(oldSelf.spec) || self.spec == oldSelf.spec || {_NEW} || {same}",
        "fieldPath": ".spec",
        "message": _FIXED,
        "messageExpression": f"'{_FIXED}:' + {changed}",
    }


def _is_same(key: str) -> str:
    now, before = f"self.spec.{_field(key)}", f"oldSelf.spec.{_field(key)}"
    return f"has({now}) == has({before}) && (!has({now}) || {now} == {before})"


def _field(key: str) -> str:
    return f"__{key}__" if key in _RESERVED else key


def _quoted(text: str) -> str:
    """A CEL literal. Raw, so that a pattern reads as it is."""
    quote = '"' if "'" in text else "'"
    return f"r{quote}{text}{quote}"
