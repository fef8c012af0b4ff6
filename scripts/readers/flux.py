"""Flux' healthCheckExprs: CEL about an object, evaluated in the order of Flux' RFC 0009."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import celpy
import yaml
from celpy.adapter import json_to_cel
from celpy.evaluation import CELEvalError

FLUX = Path(__file__).resolve().parents[2] / "flux"

Object = Mapping[str, Any]


@lru_cache
def expressions(manifest: Path) -> list[dict[str, str]]:
    """The health checks that the Kustomizations and HelmReleases of a file have for our group."""
    documents = [document for document in yaml.safe_load_all(manifest.read_text()) if document]
    return [check for one in documents for check in one["spec"].get("healthCheckExprs", ())]


def status(checks: Mapping[str, str], obj: Object) -> str:
    """InProgress, Failed or Current (runtime/cel/status_evaluator.go of github.com/fluxcd/pkg).

    What an expression names and the object has not is an error, and Flux waits on: InProgress.
    """
    observed = (obj.get("status") or {}).get("observedGeneration")
    if observed is not None and observed != obj["metadata"]["generation"]:
        return "InProgress"
    for name, said in (("inProgress", "InProgress"), ("failed", "Failed"), ("current", "Current")):
        try:
            if name in checks and true(checks[name], obj):
                return said
        except CELEvalError:
            return "InProgress"
    return "InProgress"


def true(expression: str, variables: Object) -> bool:
    """Whether a CEL expression holds.

    Raises:
        CELEvalError: it names something that is not there.
    """
    # NB: only what is named is handed over: a status may hold much that no expression asks for, and copying it is what takes time
    named = {key: variables[key] for key in _named(expression) if key in variables}
    return bool(_program(expression).evaluate({key: json_to_cel(value) for key, value in named.items()}))


@lru_cache
def _program(expression: str) -> Any:
    # NB: not the CompiledRunner, which is faster and cannot say `!has(…)` (cel-python 0.5.0)
    environment = celpy.Environment()
    return environment.program(environment.compile(expression))


def _named(expression: str) -> Iterable[str]:
    return (name for name in ("metadata", "spec", "status", "self") if name in expression)
