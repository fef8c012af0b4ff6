"""Objects as the API server has them, for tests of decisions."""

from typing import Any

from controller.decide.declared import Declared, read
from controller.kinds.load import kinds

ARN = "arn:aws:sagemaker:us-east-1:111122223333:training-job/job"


def obj(kind: str = "TrainingJob", **parts: Any) -> dict[str, Any]:
    """An object with metadata a test cares about; ``held`` puts our finalizer on, ``status`` and ``spec`` as given."""
    metadata: dict[str, Any] = {
        "namespace": parts.pop("namespace", "team"),
        "name": parts.pop("name", "job"),
        "uid": "7c1d3b7e-0000-4000-8000-000000000001",
        "generation": parts.pop("generation", 1),
        "resourceVersion": "1",
        "annotations": parts.pop("annotations", {}),
        "finalizers": [kinds()[kind].finalizer] if parts.pop("held", False) else [],
    }
    if parts.pop("deleting", False):
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {"kind": kind, "metadata": metadata, **parts}


def declared(kind: str = "TrainingJob", **parts: Any) -> Declared:
    """The same, read."""
    return read(kinds()[kind], obj(kind, **parts))


def status(
    state_key: str, state: str, *, arn: str = ARN, generation: int = 1, ready: str = "False"
) -> dict[str, Any]:
    """A status as we write it."""
    return {
        "ackResourceMetadata": {
            "arn": arn,
            "region": "us-east-1",
            "ownerAccountID": "111122223333",
            "partition": "aws",
        },
        "observedGeneration": generation,
        state_key: state,
        "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": "2026-01-01T00:00:00Z"}],
    }
