"""What those who only read an object take it for: Argo CD by its own script, Flux, Helm 4 and others by kstatus' rules."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lupa import lua51

from scripts.demonstration.kstatus import kstatus

SCRIPT = Path(__file__).parent / "argocd" / "health.lua"

__all__ = ["SCRIPT", "argocd", "kstatus", "script"]


@functools.cache
def _script() -> Callable[[Any], Any]:
    # Lua 5.1 is what gopher-lua implements, which Argo CD runs; test_readers.py holds the two to each other
    runtime = lua51.LuaRuntime(unpack_returned_tuples=True)
    text = SCRIPT.read_text()
    call: Callable[[Any], Any] = runtime.eval(f"function(obj) {text}\nend")
    tables = runtime.table_from

    def run(obj: Any) -> Any:
        return call(_table(tables, obj))

    return run


def _table(make: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, Mapping):
        return make({key: _table(make, inner) for key, inner in value.items()})
    if isinstance(value, list):
        return make([_table(make, inner) for inner in value])
    return value


def script(obj: Mapping[str, Any]) -> tuple[str, str]:
    """Status and message of Argo CD's script. NB: it does not look at generations, nor at deletionTimestamp."""
    # only what the script reads: copying a whole description into Lua would cost more than all the rest
    conditions = (obj.get("status") or {}).get("conditions")
    said = _script()({"status": {"conditions": conditions}} if conditions is not None else {})
    return str(said.status), str(said.message)


def argocd(obj: Mapping[str, Any]) -> str:
    """An object's health as Argo CD shows it: what is being deleted is Progressing whatever the script says.

    (gitops-engine's pkg/health/health.go, pendingDeletionHealth; the script does not opt out with a DeletionMessage.)
    """
    if obj["metadata"].get("deletionTimestamp"):
        return "Progressing"
    return script(obj)[0]
