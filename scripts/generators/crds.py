"""The CRD of each kind, and all of them as kustomize wants them. The chart's form of the same is made in crd_chart."""

import re
from pathlib import Path
from typing import Any

import yaml

from controller.kinds.kind import GROUP, VERSION, Kind
from controller.kinds.load import kinds
from controller.kinds.names import key_of
from scripts.generators import texts
from scripts.generators.rules import root_rules
from scripts.generators.schema import spec_schema
from scripts.generators.status import status_schema

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
    "NotebookInstanceLifecycleConfig": [
        ("CREATION-TIME", "date", ".status.creationTime"),
        ("LAST-MODIFIED-TIME", "date", ".status.lastModifiedTime"),
    ],
    "Endpoint": [("CONFIG", "string", ".spec.endpointConfigName")],
}


def crds() -> dict[Path, str]:
    """The CRDs with the annotations that the chart gives them by default, and what lists and what changes them."""
    annotations = yaml.safe_load((CHART / "values.yaml").read_text())["crds"]["annotations"]
    files: dict[Path, str] = {}
    names = []
    for kind in kinds().values():
        crd = crd_of(kind)
        crd["metadata"]["annotations"] = annotations
        names.append(f"{kind.plural}.yaml")
        files[PLAIN / names[-1]] = HEADER + yaml.dump(
            crd, Dumper=yaml.CSafeDumper, sort_keys=False, width=100
        )
    files[PLAIN / "kustomization.yaml"] = HEADER + yaml.safe_dump(
        {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": names},
        sort_keys=False,
    )
    files[ACK_CLIENTS / "kustomization.yaml"] = HEADER + yaml.safe_dump(_ack_clients(), sort_keys=False)
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


def _ack_clients() -> dict[str, Any]:
    patch = [{"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/status/default"}]
    target = {"kind": "CustomResourceDefinition", "name": rf".*\.{re.escape(GROUP)}"}
    return {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "patches": [{"target": target, "patch": yaml.safe_dump(patch, sort_keys=False)}],
    }
