"""The CRDs, once, and the places they are needed in: plain for kustomize, one line of JSON each for Helm."""

import json
from pathlib import Path
from typing import Any

import yaml

from controller.kinds.kind import GROUP, VERSION, Kind
from controller.kinds.load import kinds
from controller.kinds.names import key_of
from scripts.generators import texts
from scripts.generators.rules import root_rules
from scripts.generators.schema import spec_schema
from scripts.generators.status import DEFAULT, status_schema

ROOT = Path(__file__).resolve().parents[2]
PLAIN = ROOT / "kustomize" / "crds"
CHART = ROOT / "charts" / "sagemaker-operators-crds"
ACK_CLIENTS = ROOT / "kustomize" / "components" / "ack-clients"
HEADER = (
    "# Written by scripts/generate from the table of kinds; edit controller/kinds/sagemaker.yaml instead.\n"
)

PART_OF = {"app.kubernetes.io/part-of": "sagemaker-operators"}

# Columns beside STATUS, READY, REASON, FAILURE and AGE: what the incumbent's users look for.
COLUMNS: dict[str, list[tuple[str, str, str]]] = {
    "TrainingJob": [("SECONDARY-STATUS", "string", ".status.secondaryStatus")],
    "Domain": [("DOMAIN-ID", "string", ".status.domainID")],
    "ModelPackage": [("APPROVAL", "string", ".spec.modelApprovalStatus")],
    "Endpoint": [("CONFIG", "string", ".spec.endpointConfigName")],
}


def crds() -> dict[Path, str]:
    """Every file that holds a CRD, and what lists them."""
    files: dict[Path, str] = {}
    names = []
    for kind in kinds().values():
        crd = crd_of(kind)
        names.append(f"{kind.plural}.yaml")
        files[PLAIN / names[-1]] = HEADER + yaml.dump(
            crd, Dumper=yaml.CSafeDumper, sort_keys=False, width=100
        )
        files[CHART / "templates" / names[-1]] = _template(kind, crd)
    files[PLAIN / "kustomization.yaml"] = HEADER + yaml.safe_dump(
        {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": names},
        sort_keys=False,
    )
    files[ACK_CLIENTS / "kustomization.yaml"] = HEADER + yaml.safe_dump(_ack_clients(), sort_keys=False)
    files[CHART / "values.schema.json"] = json.dumps(_values_schema(), indent=2) + "\n"
    return files


def crd_of(kind: Kind) -> dict[str, Any]:
    """One kind's CustomResourceDefinition."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{GROUP}", "labels": dict(PART_OF)},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": kind.name,
                "listKind": f"{kind.name}List",
                "plural": kind.plural,
                "singular": kind.name.lower(),
                "categories": ["sagemaker"],
                **({"shortNames": list(kind.short_names)} if kind.short_names else {}),
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": _columns(kind),
                    "schema": {"openAPIV3Schema": _root(kind)},
                }
            ],
        },
    }


def _root(kind: Kind) -> dict[str, Any]:
    sentence = texts.first_sentence(texts.of_kind(kind))
    return {
        "type": "object",
        "description": f"{kind.name} of Amazon SageMaker. {sentence}".strip(),
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": spec_schema(kind),
            "status": status_schema(kind),
        },
        "x-kubernetes-validations": root_rules(kind),
    }


def _columns(kind: Kind) -> list[dict[str, Any]]:
    ready = '.status.conditions[?(@.type=="Ready")]'
    columns: list[tuple[str, str, str, int]] = []
    if kind.status:
        columns.append(("STATUS", "string", f".status.{key_of(kind.status)}", 0))
    columns += [(*column, 0) for column in COLUMNS.get(kind.name, [])]
    columns += [("READY", "string", f"{ready}.status", 0), ("REASON", "string", f"{ready}.reason", 0)]
    if kind.failure:
        columns.append(("FAILURE", "string", f".status.{key_of(kind.failure)}", 1))
    columns.append(("AGE", "date", ".metadata.creationTimestamp", 0))
    return [
        {"name": name, "type": type_name, "jsonPath": path, **({"priority": priority} if priority else {})}
        for name, type_name, path, priority in columns
    ]


def _template(kind: Kind, crd: dict[str, Any]) -> str:
    """The CRD as one line of JSON, which the release Secret holds twice, with what values change in between."""
    marks = {"@annotations@": 'include "crds.annotations" .', "@labels@": 'include "crds.labels" .'}
    copy: dict[str, Any] = json.loads(json.dumps(crd))
    copy["metadata"]["annotations"], copy["metadata"]["labels"] = "@annotations@", "@labels@"
    status = copy["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]
    copy["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"] = {"@default@": 0, **{
        key: value for key, value in status.items() if key != "default"
    }}  # fmt: skip
    text = json.dumps(copy, separators=(",", ":"), ensure_ascii=False).replace("{{", '{{ "{{" }}')
    for mark, action in marks.items():
        text = text.replace(f'"{mark}"', f"{{{{ {action} }}}}")
    default = json.dumps(DEFAULT, separators=(",", ":"))
    text = text.replace(
        '"@default@":0,', f' {{{{ if .Values.crds.statusDefault }}}}"default":{default},{{{{ end }}}}'
    )
    guard = f'{{{{- if or (not .Values.kinds) (has "{kind.name}" .Values.kinds) }}}}'
    return f"{guard}\n{text}\n{{{{- end }}}}\n"


def _ack_clients() -> dict[str, Any]:
    patch = [{"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/status/default"}]
    target = {
        "kind": "CustomResourceDefinition",
        "labelSelector": "app.kubernetes.io/part-of=sagemaker-operators",
    }
    return {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "patches": [{"target": target, "patch": yaml.safe_dump(patch, sort_keys=False)}],
    }


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
                "items": {"type": "string", "enum": list(kinds())},
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
