"""kubectl wait --for=condition=…, as pkg/cmd/wait/condition.go of k8s.io/kubectl has it."""

from collections.abc import Mapping
from typing import Any


def met(obj: Mapping[str, Any], name: str = "Ready") -> bool:
    """Whether `kubectl wait --for=condition=name` would end. It never says that something failed: it waits on."""
    status = obj.get("status") or {}
    found = next((c for c in status.get("conditions") or () if c["type"].lower() == name.lower()), None)
    if found is None:
        return False
    observed = found.get("observedGeneration", status.get("observedGeneration"))
    if observed is not None and observed < obj["metadata"]["generation"]:
        return False
    return bool(found["status"] == "True")
