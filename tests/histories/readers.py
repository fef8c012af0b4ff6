"""What those who only read an object take it for: Argo CD by its own script, Flux, Helm 4 and others by kstatus' rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.demonstration.kstatus import kstatus
from scripts.readers import lua

SCRIPT = lua.BUILT_IN

__all__ = ["SCRIPT", "argocd", "kstatus", "script"]


def script(obj: Mapping[str, Any]) -> tuple[str, str]:
    """Status and message of Argo CD's script. NB: it does not look at generations, nor at deletionTimestamp."""
    # only what the script reads: copying a whole description into Lua would cost more than all the rest
    conditions = (obj.get("status") or {}).get("conditions")
    return lua.health(SCRIPT, {"status": {"conditions": conditions}} if conditions is not None else {})


def argocd(obj: Mapping[str, Any]) -> str:
    """An object's health as Argo CD shows it: what is being deleted is Progressing whatever the script says."""
    return "Progressing" if obj["metadata"].get("deletionTimestamp") else script(obj)[0]
