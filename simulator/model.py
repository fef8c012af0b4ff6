"""What can be called: the kinds and operations of SageMaker, read from the service model and from kinds.yaml.

Everything here is computed once at start and never changes. How an operation behaves is not decided here.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.session
import yaml

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource: where its operations, names, ARN and renamed members are."""

    name: str
    collection: str
    create: str
    describe: str
    update: str | None
    delete: str | None
    stop: str | None
    start: str | None
    listing: str | None
    identity: tuple[str, ...]
    optional_identity: frozenset[str]
    by: tuple[str, ...]
    assigned: tuple[str, ...]
    name_member: str
    arn_members: frozenset[str]
    arn: str
    lower: frozenset[str]
    wrapper: str | None
    token: str | None
    taggable: bool
    untagged_with: str
    input: frozenset[str]
    output: frozenset[str]
    renames: dict[str, str] = field(default_factory=dict)
    updates: dict[str, str] = field(default_factory=dict)
    merges: frozenset[str] = frozenset()
    removes: dict[str, str] = field(default_factory=dict)
    appends: dict[str, str] = field(default_factory=dict)
    keyed: dict[str, str] = field(default_factory=dict)
    one_by_one: tuple[str, ...] = ()
    inner: dict[str, list[str]] = field(default_factory=dict)
    summary: dict[str, str] = field(default_factory=dict)


@functools.cache
def service() -> Any:
    """The service model of SageMaker in botocore, with documentation (List defaults are only documented in words)."""
    return botocore.session.get_session().get_service_model("sagemaker")


@functools.cache
def data(name: str) -> dict[str, Any]:
    """One of the simulator's own data files."""
    loaded: dict[str, Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


@functools.cache
def operations() -> frozenset[str]:
    """Every operation SageMaker has, modelled here or not."""
    return frozenset(service().operation_names)


@functools.cache
def input_shape(operation: str) -> Any:
    """The shape of what a caller sends, or None."""
    return service().operation_model(operation).input_shape


@functools.cache
def output_shape(operation: str) -> Any:
    """The shape of what SageMaker answers, or None."""
    return service().operation_model(operation).output_shape


def kebab(name: str) -> str:
    """`TrainingJob` → `training-job`; runs of capitals are one word, as SageMaker's ARNs have it."""
    out = ""
    for i, letter in enumerate(name):
        after_lower = i > 0 and name[i - 1].islower()
        ends_run = i > 0 and name[i - 1].isupper() and i + 1 < len(name) and name[i + 1].islower()
        out += ("-" if letter.isupper() and (after_lower or ends_run) else "") + letter.lower()
    return out


def plural(kind: str) -> str:
    """The plural that List operations use."""
    if kind.endswith("y"):
        return f"{kind[:-1]}ies"
    return f"{kind}s"


@functools.cache
def kinds() -> dict[str, Kind]:
    """All kinds by name: whatever has a Create and a Describe, and PipelineExecution."""
    extra = data("kinds")
    every = operations()
    names = sorted(o[6:] for o in every if o.startswith("Create") and f"Describe{o[6:]}" in every)
    names += [name for name, entry in extra.items() if "create" in entry]
    return {name: _kind(name, extra.get(name, {})) for name in names}


def _operation(verb: str, noun: str) -> str | None:
    return verb + noun if verb + noun in operations() else None


def _kind(name: str, entry: dict[str, Any]) -> Kind:
    create = entry.get("create", f"Create{name}")
    describe = f"Describe{name}"
    given, told, shown = input_shape(create), output_shape(create), output_shape(describe)
    identity = tuple(entry.get("identity", input_shape(describe).required_members))
    arn_members = {f"{name}Arn", "Arn"} | {m for m in (told.members if told else {}) if m.endswith("Arn")}
    wrapper = _wrapper(shown, arn_members)
    inner = shown.members[wrapper] if wrapper else shown
    name_member = entry.get("name") or (f"{name}Name" if f"{name}Name" in given.members else identity[0])
    return Kind(
        name=name,
        collection=entry.get("shares", name),
        create=create,
        describe=describe,
        update=_operation("Update", name),
        delete=_operation("Delete", name),
        stop=entry.get("stop") or _operation("Stop", name),
        start=None if create.startswith("Start") else _operation("Start", name),
        listing=entry.get("list") or _operation("List", plural(name)),
        identity=identity,
        optional_identity=frozenset(entry.get("optional_identity", ())),
        by=tuple(entry.get("by", ())),
        assigned=tuple(m for m in identity if m not in given.members),
        name_member=name_member,
        arn_members=frozenset(arn_members),
        arn=entry.get("arn") or f"{kebab(name)}/{{{name_member}}}",
        lower=frozenset(entry.get("lower", ())),
        wrapper=wrapper,
        token=next((m for m, s in given.members.items() if s.metadata.get("idempotencyToken")), None),
        taggable=entry.get("taggable", True),
        untagged_with=entry.get("untagged_with", ""),
        input=frozenset(given.members),
        output=frozenset(inner.members),
        renames=entry.get("renames", {}),
        updates=entry.get("updates", {}),
        merges=frozenset(entry.get("merges", ())),
        removes=entry.get("removes", {}),
        appends=entry.get("appends", {}),
        keyed=entry.get("keyed", {}),
        one_by_one=tuple(entry.get("one_by_one", ())),
        inner=entry.get("inner", {}),
        summary=entry.get("summary", {}),
    )


def _wrapper(shown: Any, arn_members: set[str]) -> str | None:
    """The member of Describe's output that holds the whole object (Workforce, Workteam …), if there is one."""
    if arn_members & set(shown.members):
        return None
    for member, shape in shown.members.items():
        if shape.type_name == "structure" and arn_members & set(shape.members):
            return str(member)
    return None


@functools.cache
def described_shape(kind_name: str, operation: str = "") -> Any:
    """The structure Describe shows an object in, inside its wrapper if it has one."""
    kind = kinds()[kind_name]
    shown = output_shape(operation or kind.describe)
    return shown.members[kind.wrapper] if kind.wrapper else shown


@functools.cache
def verbs() -> dict[str, tuple[str, Kind]]:
    """Operation → what it does to which kind, for all that follow the common pattern."""
    table: dict[str, tuple[str, Kind]] = {}
    for kind in kinds().values():
        for verb in ("create", "describe", "update", "delete", "stop", "start", "list"):
            operation = getattr(kind, "listing" if verb == "list" else verb)
            if operation and operation not in table:
                table[operation] = (verb, kind)
    return table
