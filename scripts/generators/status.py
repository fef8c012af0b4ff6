"""The status of every kind: what the incumbent's manifests have, what Describe reports, and the controller's own notes."""

from typing import Any

from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from scripts.generators.schema import open_schema

Schema = dict[str, Any]

# NB: on `status` itself. A default on a field inside would never apply, for a new object has no status to apply it to.
# -1 keeps kstatus (Flux, Helm 4) from taking an object that nobody has looked at for Current.
DEFAULT = {"observedGeneration": -1, "conditions": []}


def status_schema(kind: Kind) -> Schema:
    """What a kind's status may hold."""
    reported: Schema = {}
    for member in (kind.status, kind.failure, *kind.status_members):
        if member is not None and not kind.described.members[member].sensitive:
            # without descriptions: with them the Helm release of all kinds is 10 % larger, and docs/kinds has them whole
            reported[key_of(member)] = open_schema(kind.described.members[member])
    for member, type_name in kind.extra_status.items():
        reported[key_of(member)] = {"type": type_name}
    return {
        "type": "object",
        "default": DEFAULT,
        "properties": {**_common(), **reported},
    }


def _common() -> Schema:
    text = {"type": "string"}
    return {
        # Without descriptions: these stand in 68 CRDs, and a Helm release Secret holds each twice. docs/status.md has them.
        "ackResourceMetadata": {
            "type": "object",
            "properties": {"arn": text, "ownerAccountID": text, "partition": text, "region": text},
        },
        "conditions": {"type": "array", "items": _condition()},
        "observedGeneration": {"type": "integer", "format": "int64"},
        "lastObservedTime": {"type": "string", "format": "date-time"},
        "lastHandledReconcileAt": text,
        "applied": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "observed": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    }


def _condition() -> Schema:
    return {
        "type": "object",
        "required": ["type", "status"],
        "properties": {
            "type": {"type": "string"},
            "status": {"type": "string"},
            "reason": {"type": "string"},
            "message": {"type": "string"},
            "observedGeneration": {"type": "integer", "format": "int64"},
            "lastTransitionTime": {"type": "string", "format": "date-time"},
        },
    }
