"""Argo CD's Lua: health scripts and resource actions, run with what Argo CD gives them and no more."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from lupa import lua51

# Argo CD's own script for *.services.k8s.aws, word for word; source.yaml beside it says of which version.
BUILT_IN = Path(__file__).parent / "argocd" / "health.lua"
CUSTOMIZATION = (
    Path(__file__).resolve().parents[2]
    / "argocd"
    / "resource_customizations"
    / "sagemaker.services.k8s.aws"
    / "_"
)
OURS = CUSTOMIZATION / "health.lua"

# What a script may use (util/lua/lua.go of Argo CD 3.6): the base and table libraries, and of os the clock alone. The other
# standard libraries are closed to scripts in argocd-cm unless an administrator opens them.
_BASE = (
    "ipairs",
    "pairs",
    "next",
    "type",
    "tostring",
    "tonumber",
    "select",
    "unpack",
    "error",
    "pcall",
    "table",
)

Object = Mapping[str, Any]


@lru_cache
def _runtime() -> Any:
    # Lua 5.1 is what gopher-lua implements, which Argo CD runs; tests/histories/test_readers.py holds the two to each other
    return lua51.LuaRuntime(unpack_returned_tuples=True)


@lru_cache
def _compiled(text: str) -> Callable[[Any], Any]:
    runtime = _runtime()
    compile_: Callable[[str, tuple[str, ...]], Any] = runtime.eval(
        """function(text, names)
             local script = assert(loadstring(text))
             local base = {}
             for name in python.iter(names) do base[name] = _G[name] end
             base.os = { time = os.time, date = os.date }
             base.require = function(name) return name == "os" and base.os or error("no library " .. name) end
             return function(obj)
               -- what a script makes global is gone with the run, as it is in Argo CD
               return setfenv(script, setmetatable({ obj = obj, actionParams = {} }, { __index = base }))()
             end
           end"""
    )
    compiled: Callable[[Any], Any] = compile_(text, _BASE)
    return compiled


@lru_cache
def _text(script: Path) -> str:
    return script.read_text()


def run(text: str, obj: Object) -> Any:
    """What a script returns for an object.

    Raises:
        lupa.lua51.LuaError: the script is no Lua, or uses something that Argo CD does not give it.
    """
    return _plain(_compiled(text)(_table(obj)), obj)


def health(script: Path, obj: Object) -> tuple[str, str]:
    """Status and message, as Argo CD shows them: what is being deleted is Progressing whatever the script says.

    (pkg/health/health.go of its GitOps engine, pendingDeletionHealth; no script here opts out with a DeletionMessage.)
    """
    if obj.get("metadata", {}).get("deletionTimestamp"):
        return "Progressing", "Pending deletion"
    said = _compiled(_text(script))(_table(obj))
    return str(said.status), str(said.message or "")


def _table(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _runtime().table_from(
            {key: _table(inner) for key, inner in value.items() if inner is not None}
        )
    if isinstance(value, list):
        return _runtime().table_from([_table(inner) for inner in value])
    if isinstance(value, datetime):
        # YAML reads a time where JSON, which Argo CD is given, has a text
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def _plain(value: Any, like: Any) -> Any:
    """A table as a mapping or a list. An empty one tells neither: it is what it was before (cleanReturnedObj of lua.go)."""
    if lua51.lua_type(value) != "table":
        return value
    keys = list(value.keys())
    if not keys:
        return {} if isinstance(like, Mapping) else []
    if keys == list(range(1, len(keys) + 1)):
        before = like if isinstance(like, list) else []
        return [_plain(value[key], before[key - 1] if key <= len(before) else None) for key in keys]
    known = like if isinstance(like, Mapping) else {}
    return {str(key): _plain(value[key], known.get(key)) for key in keys}
