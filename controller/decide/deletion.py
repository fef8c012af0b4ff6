"""What an object's annotations say of its deletion: whether it may happen yet, what stays, and what goes with it. Pure."""

from collections.abc import Mapping
from typing import Any

from controller.decide.declared import DELETION_POLICY_ANNOTATION, Declared
from controller.decide.translate import put_at
from controller.kinds.kind import GROUP

PROTECTION_ANNOTATION = f"{GROUP}/deletion-protection"
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
    return tuple(
        f"annotation {name} is {value!r}: set it to {' or '.join(allowed[name])}, or take it away"
        for name, value in found.items()
        if value not in allowed[name]
    )


def chosen(declared: Declared, request: Mapping[str, Any]) -> dict[str, Any]:
    """Delete's request with what annotations choose in it; the table's constants are what nobody has chosen otherwise."""
    filled = dict(request)
    for choice in declared.kind.chosen_by:
        if choice.annotation in declared.annotations:
            put_at(filled, choice.path.split("."), declared.annotations[choice.annotation])
    return filled
