"""A test CRD and the way to it on the real control plane."""

from __future__ import annotations

from typing import Any

from controller.cluster.api import Api, Timeouts
from controller.cluster.resources import ResourceRef
from scripts.control_plane.plane import ControlPlane
from tests.cluster.waiting import wait_until

CRDS = ResourceRef("apiextensions.k8s.io", "v1", "customresourcedefinitions")
OBJECT = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def crd(plural: str, kind: str) -> dict[str, Any]:
    spec = {"type": "object", "properties": {"value": {"type": "integer", "minimum": 0}}}
    status = {**OBJECT, "default": {"observedGeneration": -1, "conditions": []}}
    schema = {"type": "object", "properties": {"spec": spec, "status": status}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.test.example"},
        "spec": {
            "group": "test.example",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def install(door: Api, plural: str, kind: str) -> None:
    door.create(CRDS, None, crd(plural, kind))
    ref = ResourceRef("test.example", "v1", plural)
    wait_until(lambda: door.exists(ref) and list(door.list_pages(ref, None)) is not None, f"{kind} is served")


def widget(name: str, value: int = 0) -> dict[str, Any]:
    return {
        "apiVersion": "test.example/v1",
        "kind": "Widget",
        "metadata": {"name": name},
        "spec": {"value": value},
    }


def door_to(plane: ControlPlane, url: str | None = None) -> Api:
    # A real server on a busy machine may take seconds to answer, but a dead wire must not hold a test for long.
    timeouts = Timeouts(connect=10, read=30, silence=4)
    return Api.at(url or plane.url, token=plane.admin_token, ca_file=str(plane.ca_file), timeouts=timeouts)
