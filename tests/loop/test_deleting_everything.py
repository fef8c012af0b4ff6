"""A namespace with every kind in it is deleted: in whatever order the objects go, it ends empty, and so does SageMaker.

There is no controller-manager here, so the test plays its part: it deletes a terminating namespace's objects and finalizes it.
"""

import random
from collections.abc import Callable

import pytest

from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from tests.loop.manifests import name_of, referring
from tests.loop.recorded import spec_of
from tests.loop.world import World, is_ready, wait_until

KINDS = kinds()
OUR_TAG = "services.k8s.aws/owner"


def terminate(plane: ControlPlane, namespace: str) -> None:
    status, answer = plane.request("DELETE", f"/api/v1/namespaces/{namespace}")
    assert status == 200 and answer["status"]["phase"] == "Terminating", answer


def finalize(plane: ControlPlane, namespace: str) -> None:
    """What the namespace controller does once nothing is left."""
    path = f"/api/v1/namespaces/{namespace}"
    _, found = plane.request("GET", path)
    found["spec"]["finalizers"] = []
    status, answer = plane.request("PUT", f"{path}/finalize", found)
    assert status == 200, answer
    wait_until(lambda: plane.request("GET", path)[0] == 404, lambda: str(plane.request("GET", path)))


def still_there(world: World) -> set[str]:
    """The kinds of which something of ours is in SageMaker that a deletion takes away."""
    return {
        resource["kind"]
        for resource in world.control.resources()
        if OUR_TAG in (resource["tags"] or {})
        and KINDS[resource["kind"]].end_with in {"delete", "stop-delete"}
        and str(resource["status"]).lower() not in {"deleted", "deletecompleted"}
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_namespace_with_all_kinds_ends_empty(
    world: Callable[..., World], crds: ControlPlane, seed: int
) -> None:
    there = world()
    for kind in KINDS.values():
        there.apply(kind.name, name_of(kind, "x"), referring(kind, spec_of(there, kind, name_of(kind, "x"))))
    for name in KINDS:
        there.until(name, name_of(KINDS[name], "x"), is_ready)
    assert len(still_there(there)) > 40  # or the look at the end would prove nothing
    order = random.Random(seed).sample(list(KINDS), len(KINDS))
    terminate(crds, there.namespace)
    for name in order:
        there.delete(name, name_of(KINDS[name], "x"))
    for name in order:
        there.until_gone(name, name_of(KINDS[name], "x"))
    finalize(crds, there.namespace)
    assert still_there(there) == set()


def test_region_and_account_come_from_the_status_of_what_a_vanishing_namespace_holds(
    world: Callable[..., World], crds: ControlPlane
) -> None:
    there = world()
    region = {"services.k8s.aws/region": "eu-west-1"}
    there.apply("Model", "m", spec_of(there, KINDS["Model"], "m"), annotations=region)
    obj = there.until("Model", "m", is_ready)
    assert obj["status"]["ackResourceMetadata"]["region"] == "eu-west-1"
    there.stop()
    # somebody has taken away what said so, and the namespace goes: only the status is left to tell
    there.patch("Model", "m", {"metadata": {"annotations": {"services.k8s.aws/region": None}}})
    terminate(crds, there.namespace)
    there.delete("Model", "m")
    there.start()
    there.until_gone("Model", "m")
    calls = there.control.calls("DeleteModel")
    assert [(call["region"], call["account"]) for call in calls] == [("eu-west-1", "111122223333")]
    finalize(crds, there.namespace)
