"""Where an object's resource lives."""

from collections.abc import Mapping

from controller.decide import legible
from controller.decide.declared import REGION_ANNOTATION, Declared

NAMESPACE_REGION_ANNOTATION = "services.k8s.aws/default-region"


def region_of(declared: Declared, default: str, namespace: Mapping[str, str] | None = None) -> str:
    """The region: what is recorded, then the object's annotation, then the namespace's, then the installation's.

    The order is the incumbent's (v1.9.1). The recorded one comes first so that a deletion finds the resource even while the
    namespace is vanishing.
    """
    recorded = (declared.status.get("ackResourceMetadata") or {}).get("region") or _region_in(declared.arn)
    annotated = declared.annotations.get(REGION_ANNOTATION)
    annotated = annotated if legible.region(annotated) else None
    return str(recorded or annotated or (namespace or {}).get(NAMESPACE_REGION_ANNOTATION) or default)


def unclear_region(declared: Declared) -> str | None:
    """The sentence for an annotation that names no region, as long as nothing is on record that says where the resource is."""
    said = declared.annotations.get(REGION_ANNOTATION)
    if not said or legible.region(said) or declared.arn is not None:
        return None
    return f"annotation {REGION_ANNOTATION} is {said[:64]!r}: name a region of AWS such as us-east-1, or take it away"


def _region_in(arn: str | None) -> str | None:
    """The region of what a restored object claims: its status is gone, and its namespace may be another one."""
    return arn.split(":")[3] if arn else None
