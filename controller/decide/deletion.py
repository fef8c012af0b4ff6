"""What an object's annotations say of its deletion: whether it may happen yet, what stays, and what goes with it. Pure.

Also which of the incumbent's annotations stand in the way of acting at all.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from controller.decide.declared import ARN_ANNOTATION, DELETION_POLICY_ANNOTATION, Declared
from controller.decide.translate import put_at
from controller.kinds.kind import GROUP

PROTECTION_ANNOTATION = f"{GROUP}/deletion-protection"
# The incumbent's, not understood yet. NB: to pass over one would create, change or delete what it is there to keep.
READ_ONLY_ANNOTATION = "services.k8s.aws/read-only"
ADOPTION_ANNOTATION = "services.k8s.aws/adoption-policy"
POLICIES = ("delete", "retain")
SWITCH = ("true", "false")


def is_retained(declared: Declared, default: str) -> bool:
    """Whether the SageMaker resource stays when the object is deleted; ``default`` is the installation's policy."""
    return declared.annotations.get(DELETION_POLICY_ANNOTATION, default) == "retain"


def is_protected(declared: Declared) -> bool:
    """Whether a deletion has to wait until somebody takes the protection away."""
    return declared.annotations.get(PROTECTION_ANNOTATION) == "true"


def unclear(declared: Declared) -> tuple[str, ...]:
    """A sentence for every annotation about the deletion that has a value it cannot have. Nothing is guessed from one."""
    allowed: dict[str, tuple[str, ...]] = {
        DELETION_POLICY_ANNOTATION: POLICIES,
        PROTECTION_ANNOTATION: SWITCH,
    }
    allowed |= {choice.annotation: choice.values for choice in declared.kind.chosen_by}
    found = {name: declared.annotations[name] for name in allowed if name in declared.annotations}
    wrong = tuple(
        f"annotation {name} is {value!r}: set it to {' or '.join(allowed[name])}, or take it away"
        for name, value in found.items()
        if value not in allowed[name]
    )
    return (*wrong, *_not_understood(declared))


def is_read_only(declared: Declared) -> bool:
    """Whether the object asks to be looked at only. One that is let go of without a call asks for nothing that is not done."""
    asked = declared.annotations.get(READ_ONLY_ANNOTATION, "false").lower() != "false"
    return asked and not (
        declared.deleting and declared.annotations.get(DELETION_POLICY_ANNOTATION) == "retain"
    )


def _not_understood(declared: Declared) -> Iterable[str]:
    if is_read_only(declared):
        yield (
            f"annotation {READ_ONLY_ANNOTATION} is not supported yet, and nothing is created, changed or deleted while it is "
            f"set: take it away to have the resource managed, or delete the object with {DELETION_POLICY_ANNOTATION}: retain"
        )
    if ADOPTION_ANNOTATION in declared.annotations and declared.arn is None:
        yield (
            f"annotation {ADOPTION_ANNOTATION} is not supported yet, and nothing is created while it is set: take it away, "
            f"and to take a resource over name it with annotation {ARN_ANNOTATION}"
        )


def chosen(declared: Declared, request: Mapping[str, Any]) -> dict[str, Any]:
    """Delete's request with what annotations choose in it; the table's constants are what nobody has chosen otherwise."""
    filled = dict(request)
    for choice in declared.kind.chosen_by:
        if choice.annotation in declared.annotations:
            put_at(filled, choice.path.split("."), declared.annotations[choice.annotation])
    return filled
