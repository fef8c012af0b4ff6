"""What in the controller's chart follows the table of kinds, and the schema of its values, every object of it closed."""

import json
from pathlib import Path
from typing import Any

import yaml

from controller.kinds.load import kinds
from scripts.generators.dashboard import dashboard
from scripts.generators.known_kinds import known_kinds

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "sagemaker-operators"
SCHEMA = Path(__file__).with_name("templates") / "values.schema.yaml"


def chart() -> dict[Path, str]:
    """The generated files of the chart."""
    return {
        CHART / "templates" / "_kinds.tpl": _kinds(),
        CHART / "files" / "dashboard.json": dashboard(),
        CHART / "values.schema.json": json.dumps(_schema(), indent=2) + "\n",
    }


def _kinds() -> str:
    return (
        known_kinds("sagemaker-operators") + "\n"
        "{{- /* Kinds of which a member is read from a Secret. */ -}}\n"
        '{{- define "sagemaker-operators.kindsNamingSecrets" -}}\n'
        f"{json.dumps([kind.name for kind in kinds().values() if kind.secrets])}\n"
        "{{- end -}}\n"
    )


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = yaml.safe_load(SCHEMA.read_text())
    _close(schema)
    return schema


def _close(schema: Any) -> None:
    """Make every object refuse what it does not name, unless it says otherwise."""
    if isinstance(schema, list):
        for inner in schema:
            _close(inner)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    for inner in schema.values():
        _close(inner)
