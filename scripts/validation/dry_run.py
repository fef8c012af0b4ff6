"""What an API server says of manifests when it is asked to take them without keeping them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scripts.validation.manifests import Manifest, Problem
from scripts.validation.server import Server, Unreachable

_HOW = "dryRun=All&fieldValidation=Strict&fieldManager=validate"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many the server would take, what it refuses, and what it does not know."""

    accepted: int
    refused: tuple[Problem, ...]
    unknown: tuple[Problem, ...]


class DryRun:
    """Asks one API server. ``ours`` says that it is a scratch one, where missing namespaces are simply made."""

    def __init__(self, server: Server, *, ours: bool) -> None:
        self._server = server
        self._ours = ours
        self._served: dict[str, dict[str, dict[str, Any]]] = {}
        self._namespaces: dict[str, bool] = {}

    def judge(self, manifests: Iterable[Manifest]) -> Verdict:
        """Every manifest, each alone: they need not be in an order in which they could be applied.

        Raises:
            Unreachable: the server stopped answering.
        """
        asked = list(manifests)
        declared = {str(m.body["metadata"]["name"]) for m in asked if m.body["kind"] == "Namespace"}
        accepted, refused, unknown = 0, [], []
        for manifest in asked:
            resource = self._resource(str(manifest.body["apiVersion"]), str(manifest.body["kind"]))
            if resource is None:
                version = manifest.body["apiVersion"]
                unknown.append(
                    Problem(
                        manifest.where, f"{manifest.called}: the API server has no such kind in {version}"
                    )
                )
            elif sentence := self._refusal(manifest, resource, declared):
                refused.append(Problem(manifest.where, f"{manifest.called}: {sentence}"))
            else:
                accepted += 1
        return Verdict(accepted, tuple(refused), tuple(unknown))

    def _resource(self, version: str, kind: str) -> dict[str, Any] | None:
        if version not in self._served:
            status, answer = self._server.request("GET", _group(version))
            if status not in {200, 404}:
                raise Unreachable(
                    f"the API server does not say what it has in {version}: {answer.get('message', status)}"
                )
            listed = answer.get("resources", ())
            self._served[version] = {r["kind"]: r for r in listed if "/" not in r["name"]}
        return self._served[version].get(kind)

    def _refusal(self, manifest: Manifest, resource: dict[str, Any], declared: set[str]) -> str | None:
        body, path = dict(manifest.body), _group(str(manifest.body["apiVersion"]))
        metadata = dict(body.get("metadata") or {})
        if resource["namespaced"]:
            namespace = str(metadata.get("namespace") or "default")
            if not self._exists(namespace):
                if namespace not in declared:
                    return f"namespace {namespace} is not there; create it, or validate without --kubeconfig"
                namespace = "default"  # it comes in the same commit, and nothing is kept anyway
            metadata["namespace"] = namespace
            path += f"/namespaces/{namespace}"
        body["metadata"] = metadata
        path += f"/{resource['name']}"
        status, answer = self._server.request("POST", f"{path}?{_HOW}", body)
        if status == 409 and answer.get("reason") == "AlreadyExists":
            # what is there already must bear the change, immutable fields included
            path = f"{path}/{metadata['name']}?{_HOW}&force=true"
            status, answer = self._server.request("PATCH", path, body, "application/apply-patch+yaml")
        return None if 200 <= status <= 299 else sentence_of(answer)

    def _exists(self, namespace: str) -> bool:
        if namespace not in self._namespaces:
            if self._ours:
                body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
                self._server.request("POST", "/api/v1/namespaces", body)
            status, _ = self._server.request("GET", f"/api/v1/namespaces/{namespace}")
            self._namespaces[namespace] = status != 404
        return self._namespaces[namespace]


def sentence_of(status: dict[str, Any]) -> str:
    """What a Status of the API server says, less what only its programmers want to know."""
    causes = (status.get("details") or {}).get("causes") or []
    named = [
        f"{cause['field']}: {cause['message']}"
        for cause in causes
        if cause.get("field") not in {None, "<nil>"}
    ]
    if named:
        return "; ".join(dict.fromkeys(named))
    message = str(status.get("message") or "refused without a word")
    return re.sub(r'^.* strict decoding error: |^.*?"[^"]*" is invalid: ', "", message)


def _group(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"
