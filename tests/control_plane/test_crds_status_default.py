"""The status of a new object: not yet looked at, or, for clients that take any status for handled, none at all."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from scripts import rendering
from scripts.control_plane.plane import ControlPlane
from scripts.rendering import CRD_CHART, KUSTOMIZE, Object
from tests import samples
from tests.control_plane.crds import MERGE, create, each_kind, path, stored, wait_for
from tests.kustomize.test_roots import canonical

NOT_LOOKED_AT = {"observedGeneration": -1, "conditions": []}
TRIED = [kinds()[name] for name in ("Endpoint", "ImageVersion")]  # with states and without


def by_component(kustomize: Path, folder: Path) -> list[Object]:
    """The CRDs as a user's overlay with the component has them."""
    here = {
        "resources": [os.path.relpath(KUSTOMIZE / "crds", folder)],
        "components": [os.path.relpath(KUSTOMIZE / "components" / "ack-clients", folder)],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(here))
    return rendering.objects(rendering.kustomize_build(kustomize, folder))


def by_chart(helm: Path, *, default: bool = False) -> list[Object]:
    values = {"crds": {"statusDefault": default}}
    return rendering.objects(rendering.helm_template(helm, CRD_CHART, values=values))


@pytest.fixture(scope="session")
def forms(tools: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Object]]:
    """Both ways to leave the default out."""
    folder = tmp_path_factory.mktemp("overlay")
    return {"chart": by_chart(tools["helm"]), "component": by_component(tools["kustomize"], folder)}


def status_schema(crd: Object) -> dict[str, Any]:
    found: dict[str, Any] = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]
    return found


def test_both_forms_are_the_same_and_differ_from_the_usual_in_the_default_alone(
    tools: Mapping[str, Path], forms: Mapping[str, list[Object]]
) -> None:
    without = canonical(forms["chart"])
    assert canonical(forms["component"]) == without
    assert len(without) == len(kinds())
    usual = canonical(by_chart(tools["helm"], default=True))
    for name, crd in usual.items():
        assert status_schema(crd).pop("default") == NOT_LOOKED_AT, name
    assert usual == without


@each_kind
def test_a_new_object_is_not_yet_looked_at(served: ControlPlane, kind: Kind) -> None:
    for spec in (samples.minimal(kind), None):
        status, answer = create(served, kind, "fresh", spec)
        assert status == 201 and answer["status"] == NOT_LOOKED_AT


@pytest.fixture(params=["chart", "component"])
def left_out(
    request: pytest.FixtureRequest, served: ControlPlane, forms: Mapping[str, list[Object]]
) -> Iterator[ControlPlane]:
    """An API server with the CRDs of two kinds in one of the forms; and ours again afterwards."""

    def has_status(kind: Kind) -> bool:
        return "status" in create(served, kind, "probe", samples.minimal(kind))[1]

    wanted = [crd for crd in forms[request.param] if crd["spec"]["names"]["kind"] in {k.name for k in TRIED}]
    assert len(wanted) == len(TRIED)
    try:
        apply(served, wanted)
        wait_for(lambda: not any(map(has_status, TRIED)), "the CRDs without a default")
        yield served
    finally:
        apply(served, [yaml.safe_load((KUSTOMIZE / "crds" / f"{k.plural}.yaml").read_text()) for k in TRIED])
        wait_for(lambda: all(map(has_status, TRIED)), "the CRDs with their default")


def apply(plane: ControlPlane, crds: list[Object]) -> None:
    plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input=yaml.safe_dump_all(crds))


def test_without_the_default_a_new_object_has_no_status_until_one_is_written(left_out: ControlPlane) -> None:
    for kind in TRIED:
        for spec in (samples.minimal(kind), None):
            with stored(left_out, kind, "fresh", spec):
                _, answer = left_out.request("GET", path(kind, "fresh"))
                assert answer["metadata"]["generation"] == 1 and "status" not in answer
                change = {"status": {"observedGeneration": 1}}
                _, answer = left_out.request("PATCH", path(kind, "fresh") + "/status", change, MERGE)
                assert answer["status"] == {"observedGeneration": 1}
