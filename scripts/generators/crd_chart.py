"""The chart of the CRDs: each as one line of JSON among the templates, and the schema of the values."""

import json
from pathlib import Path
from typing import Any

from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from scripts.generators.crds import CHART, crd_of
from scripts.generators.known_kinds import known_kinds
from scripts.generators.status import DEFAULT


def crd_chart() -> dict[Path, str]:
    """The generated files of the chart."""
    templates = {CHART / "templates" / f"{kind.plural}.yaml": _template(kind) for kind in kinds().values()}
    templates[CHART / "templates" / "_kinds.tpl"] = known_kinds("crds")
    templates[CHART / "templates" / "validate.yaml"] = (
        '{{- include "crds.refuseUnknownKinds" (dict "said" "kinds" "names" .Values.kinds) -}}\n'
    )
    return {**templates, CHART / "values.schema.json": json.dumps(_values_schema(), indent=2) + "\n"}


def _template(kind: Kind) -> str:
    """The CRD as one line of JSON, with what values change in between.

    NB: one line, because a release Secret (at most 1 MiB) holds this text and what it renders to.
    """
    marked: dict[str, Any] = crd_of(kind)
    marked["metadata"] |= {"annotations": "@annotations@", "labels": "@labels@"}
    marked["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]["default"] = (
        "@default@"
    )
    text = _line(marked).replace("{{", '{{ "{{" }}')
    for mark, action in (
        ('"@annotations@"', '{{ include "crds.annotations" . }}'),
        ('"@labels@"', '{{ include "crds.labels" . }}'),
        (
            '"default":"@default@",',
            f'{{{{ if .Values.crds.statusDefault }}}}"default":{_line(DEFAULT)},{{{{ end }}}}',
        ),
    ):
        assert text.count(mark) == 1, f"{kind.name}: {mark} is there {text.count(mark)} times"
        text = text.replace(mark, action)
    return f'{{{{- if or (not .Values.kinds) (has "{kind.name}" .Values.kinds) }}}}\n{text}\n{{{{- end }}}}\n'


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _values_schema() -> dict[str, Any]:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "kinds": {
                "description": "The kinds whose CRDs are installed; empty is all of them.",
                "type": "array",
                "uniqueItems": True,
                "items": {"type": "string"},  # which there are _kinds.tpl says, with a hint
            },
            "crds": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "keep": {
                        "description": "CRDs, and so all objects, survive helm uninstall.",
                        "type": "boolean",
                    },
                    "statusDefault": {
                        "description": "Off for ACK's own test harness, which takes any status for handled.",
                        "type": "boolean",
                    },
                    "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
            "commonLabels": {"type": "object", "additionalProperties": {"type": "string"}},
            "global": {"type": "object"},
        },
    }
