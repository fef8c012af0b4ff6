"""Which operations the decisions about a kind can lead to. IAM is granted by this, so that nothing is granted that is never called."""

from controller.kinds.kind import Kind


def updates(kind: Kind) -> bool:
    """Whether Update can be called: a run changes nothing under way but what the table thaws."""
    return bool(kind.verbs.update and kind.update and (kind.lifecycle != "run" or kind.thawed))


def stops(kind: Kind) -> bool:
    """Whether Stop can be called: to end it, or to change it at rest."""
    return kind.end_with in {"stop", "stop-delete"} or starts(kind)


def starts(kind: Kind) -> bool:
    """Whether Start can be called: only what was stopped to be changed is ever started."""
    return kind.steps.update_while is not None


def deletes(kind: Kind) -> bool:
    """Whether Delete can be called."""
    return kind.end_with in {"delete", "stop-delete"}


def found_by_list(kind: Kind) -> bool:
    """Whether List can show what an earlier Create made: SageMaker names it, and something besides its token tells whose it is.

    Everything else is found by its name, or, where nothing else can tell, created again with the same token.
    """
    return not kind.found_by_token and any(i.source == "arn" and i.required for i in kind.identity)


def operations(kind: Kind) -> dict[str, str]:
    """The operations of a kind that can be called, by the role of its verb."""
    verbs, called = kind.verbs, {"create": kind.verbs.create, "describe": kind.verbs.describe}
    for role, operation, reached in (
        ("update", verbs.update, updates(kind)),
        ("start", verbs.start, starts(kind)),
        ("stop", verbs.stop, stops(kind)),
        ("delete", verbs.delete, deletes(kind)),
        ("list", verbs.list, found_by_list(kind) or kind.listing is not None),
    ):
        if operation and reached:
            called[role] = operation
    return called


def tag_operations(kind: Kind) -> tuple[str, ...]:
    """What is called about a kind's tags: they are read to tell whose a resource is, set with Create, changed and removed."""
    if kind.taggable:
        return ("AddTags", "DeleteTags", "ListTags")
    return ("AddTags",) if kind.tags else ()  # NB: AWS asks for AddTags also where only Create takes tags
