"""What botocore's model implies about a kind, by SageMaker's own conventions. No kind is named here."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from controller.kinds import shape as shapes
from controller.kinds import states as states_
from controller.kinds.kind import EndWith, Identifier, Lifecycle, Listing, Reference, Verbs
from controller.kinds.shape import Shape

# How the model calls a member of Update's whose structure lacks something of Create's.
FOR_UPDATE = "ForUpdate"


def kinds_of(operations: Iterable[str]) -> tuple[str, ...]:
    """Every kind that can be created and looked at: XxxYyy of CreateXxxYyy and DescribeXxxYyy."""
    names = set(operations)
    return tuple(sorted(n[6:] for n in names if n.startswith("Create") and f"Describe{n[6:]}" in names))


def verbs(name: str, operations: frozenset[str]) -> Verbs:
    """The operations of a kind by name: Create, Describe, Update, Delete, Stop, Start + kind, List + plural."""

    def known(operation: str) -> str | None:
        return operation if operation in operations else None

    return Verbs(
        create=f"Create{name}",
        describe=f"Describe{name}",
        update=known(f"Update{name}"),
        delete=known(f"Delete{name}"),
        stop=known(f"Stop{name}"),
        start=known(f"Start{name}"),
        list=known(f"List{name}s"),
    )


def lifecycle(name: str) -> Lifecycle:
    """A job runs once; everything else is kept."""
    return "run" if name.endswith(("Job", "JobV2")) else "keep"


def end_with(verbs: Verbs, lifecycle: Lifecycle) -> EndWith:
    """How a resource ends: a run is stopped before its record is deleted; what has neither verb is left."""
    if verbs.delete is None:
        return "stop" if verbs.stop else "leave"
    return "stop-delete" if verbs.stop and lifecycle == "run" else "delete"


def own_name(name: str, create: Shape, identifying: Iterable[str]) -> str | None:
    """The member of Create that names the resource.

    XxxName of kind Xxx; else the one identifying member that is a name; else Name; else what ends in Name and is required.
    """
    if f"{name}Name" in create.members:
        return f"{name}Name"
    names = [m for m in identifying if m in create.members and (m == "Name" or m.endswith("Name"))]
    if len(names) == 1:
        return names[0]
    if "Name" in create.members:
        return "Name"
    required = [
        m for m in create.members if m in create.required and m.endswith("Name") and name.endswith(m[:-4])
    ]
    return required[0] if required else None


def identity(required: Iterable[str], own: str | None, create: Shape) -> tuple[Identifier, ...]:
    """How Describe finds a resource: what Create cannot be told is in the ARN that SageMaker assigned."""
    return tuple(
        Identifier(m, "name" if m == own else "spec" if m in create.members else "arn") for m in required
    )


def arn(created: Shape | None, name: str) -> str | None:
    """The member of an output that is the resource's ARN: XxxArn of kind Xxx, else the only one that is an ARN."""
    if created is None:
        return None
    if f"{name}Arn" in created.members:
        return f"{name}Arn"
    arns = [m for m in created.members if m.endswith("Arn")]
    return arns[0] if len(arns) == 1 else "Arn" if "Arn" in arns else None


def status(name: str, described: Shape, create: Shape) -> str | None:
    """The member of a description that is its state: XxxStatus, Status, else the first enumeration called …Status.

    One that Create can be told is what somebody wrote down, not a state SageMaker brings about.
    """
    named = [f"{name}Status", "Status", *(m for m in described.members if m.endswith("Status"))]
    for member in named:
        shape = described.members.get(member)
        if shape is not None and shape.enum and member not in create.members:
            return member
    return None


def failure(described: Shape, status: str | None) -> str | None:
    """The member of a description that says why something failed; else the text that stands beside the state."""
    named = ("FailureReason", "FailureMessage", "ErrorDetails", f"{status}Message", f"{status}Reason")
    return next((m for m in named if m in described.members), None)


def updates_as(create: Shape, update: Shape | None) -> dict[str, str]:
    """Members of Create that Update has under another name, with ForUpdate behind it."""
    known = update.members if update else {}
    return {m: f"{m}{FOR_UPDATE}" for m in create.members if m not in known and f"{m}{FOR_UPDATE}" in known}


def failure_within(described: Shape, create: Shape, status: str | None) -> tuple[str, ...]:
    """The paths of a description at which reasons of a failure stand that has no member of its own: by part, by deployment.

    FailureReason, …StatusMessage, and Reason in what is called Error. What Create can be told is nobody's reason.
    """
    if status is None or failure(described, status) is not None:
        return ()
    told = {path for path, _ in shapes.paths(create)}
    return tuple(
        path
        for path, shape in shapes.paths(described)
        if shape.type == "string"
        and path not in told
        and re.search(r"(FailureReason|StatusMessage|\bError\.Reason)$", path)
    )


def frozen(
    create: Shape, update: Shape | None, token: str | None, updates_as: Iterable[str]
) -> frozenset[str]:
    """What Update cannot change: members of Create that Update does not take, tags apart."""
    changeable = {*(update.members if update else ()), *updates_as}
    return frozenset(m for m in create.members if m not in changeable and m not in {"Tags", token})


def listing(
    operation: str,
    asked: Shape,
    answered: Shape,
    *,
    arn: str | None,
    identity: Iterable[Identifier],
    status: str | None,
    create: Shape,
    constants: Mapping[str, Any],
) -> Listing | None:
    """How a List tells of a kind, if it does: every item says which resource it is, and its state."""
    items, item = next(((n, s.element) for n, s in answered.members.items() if s.element), ("", None))
    wanted = tuple(sorted(asked.required))
    if item is None or status is None or status not in item.members or not item.members[status].enum:
        return None
    if not set(wanted) <= set(create.members):
        return None
    if arn is not None and arn in item.members:
        matched_by: tuple[str, ...] = (arn,)
    else:
        matched_by = tuple(identifier.member for identifier in identity)
        if not set(matched_by) <= set(item.members):
            return None
    after = next((name for name in ("CreationTimeAfter", "CreatedAfter") if name in asked.members), None)
    return Listing(operation, items, matched_by, status, wanted, constants, after)


def takes_away(create: Shape, update: Shape | None) -> dict[str, str]:
    """Lists and maps with a member of Update that names what goes from them: XxxToRemove, XxxToDelete."""
    known = update.members if update else {}
    return {
        member: f"{member}{end}"
        for member in create.members
        for end in ("ToRemove", "ToDelete")
        if f"{member}{end}" in known
    }


def removes(create: Shape, update: Shape | None) -> dict[str, dict[str, Any]]:
    """How Update takes a member away: a switch called DisassociateXxx, or an empty text, list or map where the model allows it.

    What Create or Update requires is never taken away.
    """
    found: dict[str, dict[str, Any]] = {}
    for member, shape in (update.members if update else {}).items():
        if member in create.required or update is None or member in update.required:
            continue
        switch = f"Disassociate{member}"
        if switch in update.members:
            found[member] = {switch: True}
        elif member in create.members and member != "Tags" and (empty := _empty(shape)) is not None:
            found[member] = {member: empty}
    return found


def _empty(shape: Shape) -> Any:
    """The value of a shape that says nothing, if the model allows it."""
    if shape.minimum:
        return None
    if shape.type == "string" and not shape.enum:
        return "" if shape.pattern is None or _matches_nothing(shape.pattern) else None
    return [] if shape.element is not None else {} if shape.value is not None else None


def _matches_nothing(pattern: str) -> bool:
    try:
        return re.fullmatch(pattern, "") is not None
    except re.error:  # Java's dialect has more than Python's; none of those is a description's
        return False


def references(
    name: str, own: str | None, create: Shape, identifying: Mapping[str, str]
) -> tuple[Reference, ...]:
    """Members that name a resource of another kind, wherever in Create's input they stand.

    ``identifying``: member name -> kind it identifies, of the whole table (``referring_members``).
    """
    found = []
    for path, member in shapes.paths(create):
        last = path.rpartition(".")[2]
        kind = identifying.get(last)
        if member.type == "string" and kind not in {None, name} and path != own:
            found.append(Reference(path, str(kind), last.endswith("Arn")))
    return tuple(found)


def referring_members(kinds: Iterable[str], described_by: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """Which member names name which kind: YyyName, YyyArn, and YyyId where Describe asks for that identifier."""
    found: dict[str, str] = {}
    for kind in kinds:
        found |= {f"{kind}Name": kind, f"{kind}Arn": kind}
        if f"{kind}Id" in described_by[kind]:
            found[f"{kind}Id"] = kind
    return found


def states(
    described: Shape, status: str | None, lifecycle: Lifecycle
) -> dict[str, states_.StateClass] | None:
    """The class of every value of the status member, or None for a kind without states."""
    if status is None:
        return None
    return states_.infer(described.members[status].enum, run=lifecycle == "run")


def token(operation: Any) -> str | None:
    """The idempotency token of an operation: the member with the model's trait."""
    members = list(operation.idempotent_members)
    return members[0] if members else None
