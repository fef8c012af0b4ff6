"""The status of every kind: what the incumbent's manifests have, what Describe reports, and the controller's own notes."""

from typing import Any

from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from scripts.generators import texts
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
            sentence = texts.first_sentence(texts.of_member(kind.described.name, member))
            described = {"description": sentence} if sentence else {}
            reported[key_of(member)] = {**described, **open_schema(kind.described.members[member])}
    for member, type_name in kind.extra_status.items():
        reported[key_of(member)] = {"type": type_name}
    return {
        "type": "object",
        "description": "What SageMaker has, and how far it is what the spec says.",
        "default": DEFAULT,
        "properties": {**_common(), **reported},
    }


def _common() -> Schema:
    text = {"type": "string"}
    return {
        "ackResourceMetadata": {
            "type": "object",
            "description": "Which resource in AWS this is.",
            "properties": {
                "arn": {"description": "The ARN; once it is here the resource exists.", **text},
                "ownerAccountID": {"description": "The account that has the resource.", **text},
                "partition": {"description": "aws, aws-cn or aws-us-gov.", **text},
                "region": {"description": "The region that has the resource.", **text},
            },
        },
        "conditions": {
            "type": "array",
            "description": "How far things are: Ready, ACK.ResourceSynced and those that hold at present.",
            "items": _condition(),
        },
        "observedGeneration": {
            "description": "The generation of the spec that this status speaks of; -1 before the first look.",
            "type": "integer",
            "format": "int64",
        },
        "lastObservedTime": {
            "description": "When SageMaker was last asked about this resource, for clients that wait for a fresh look.",
            "type": "string",
            "format": "date-time",
        },
        "lastHandledReconcileAt": {
            "description": "The last value of the reconcile-request annotation that was acted on.",
            **text,
        },
        "applied": {
            "description": "Which paths and tag keys of the spec were applied, so that one no longer declared can be taken away.",
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": True,
        },
        "observed": {
            "description": "What an adopted resource is like, shaped as a spec that would create it.",
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": True,
        },
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
