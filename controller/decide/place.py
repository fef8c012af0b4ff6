"""Where an object's resource lives."""

from collections.abc import Mapping

from controller.decide.declared import REGION_ANNOTATION, Declared

NAMESPACE_REGION_ANNOTATION = "services.k8s.aws/default-region"


def region_of(declared: Declared, default: str, namespace: Mapping[str, str] | None = None) -> str:
    """The region: what is recorded, then the object's annotation, then the namespace's, then the installation's.

    The order is the incumbent's (v1.9.1). The recorded one comes first so that a deletion finds the resource even while the
    namespace is vanishing.
    """
    recorded = (declared.status.get("ackResourceMetadata") or {}).get("region") or _region_in(declared.arn)
    annotated = declared.annotations.get(REGION_ANNOTATION)
    return str(recorded or annotated or (namespace or {}).get(NAMESPACE_REGION_ANNOTATION) or default)


def _region_in(arn: str | None) -> str | None:
    """The region of what a restored object claims: its status is gone, and its namespace may be another one."""
    parts = (arn or "").split(":")
    return parts[3] if len(parts) > 5 else None
