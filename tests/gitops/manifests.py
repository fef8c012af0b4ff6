"""The manifests that people copy, and what Argo CD's and Flux' own schemas say of them."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from scripts.readers import flux
from scripts.rendering import ROOT, Object
from tests.gitops import recorded

ARGOCD, FLUX = ROOT / "argocd", ROOT / "flux"
# Where our own tree is in what they name as its place.
OURS = "https://git.example.com/platform/sagemaker-operators"
# What stands in argocd/ and is no manifest of Argo CD's: what goes into argocd-cm, and what that is made of.
APART = ("resource_customizations", "customizations")


def files() -> list[Path]:
    """Every file with manifests for Argo CD or Flux."""
    found = [*ARGOCD.rglob("*.yaml"), *FLUX.rglob("*.yaml")]
    return sorted(p for p in found if not set(APART) & set(p.parts) and p.name != "kustomization.yaml")


def objects(path: Path) -> list[Object]:
    """The objects of one file."""
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


def of_kind(kind: str) -> list[tuple[Path, Object]]:
    """All manifests of a kind."""
    return [(path, obj) for path in files() for obj in objects(path) if obj["kind"] == kind]


def complaints(obj: Mapping[str, Any]) -> list[str]:
    """What the API server would refuse of an object, were these CRDs there: also what nobody has declared."""
    schema, closed = recorded.schema(obj["kind"]), _closed(obj["kind"])
    bare = {**obj, "metadata": {}}
    wrong = [f"{e.json_path}: {e.message}" for e in jsonschema.Draft202012Validator(closed).iter_errors(bare)]
    return wrong + list(_against_rules(schema, obj, "$"))


@lru_cache
def _closed(kind: str) -> dict[str, Any]:
    made: dict[str, Any] = _strict(recorded.schema(kind))
    return made


def _strict(schema: Any) -> Any:
    """A CRD's schema for a validator that is not Kubernetes': an object has the properties that are named, and no more."""
    if isinstance(schema, list):
        return [_strict(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items()}
    if "properties" in schema and not isinstance(schema["properties"].get("type"), str):
        is_open = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
        if schema.get("type") == "object" and not is_open:
            made["additionalProperties"] = False
    return made


def _against_rules(schema: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
    for rule in schema.get("x-kubernetes-validations", ()):
        if "oldSelf" not in rule["rule"] and not flux.true(rule["rule"], {"self": value}):
            yield f"{where}: {rule.get('message', rule['rule'])}"
    if isinstance(value, Mapping):
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from _against_rules(inner, value[name], f"{where}.{name}")
    if isinstance(value, list) and "items" in schema:
        for place, one in enumerate(value):
            yield from _against_rules(schema["items"], one, f"{where}[{place}]")
