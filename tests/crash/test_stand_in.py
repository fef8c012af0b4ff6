"""The stand-in does to an object what a real API server does: the same requests, seeded, to both."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from controller.cluster.api import Api
from controller.cluster.errors import ApiError
from controller.cluster.resources import ResourceRef
from controller.kinds.kind import GROUP, VERSION
from scripts.control_plane.plane import ControlPlane
from tests.crash.stand_in import StandIn

MODELS = ResourceRef(GROUP, VERSION, "models")
OURS, THEIRS = "finalizers.sagemaker.services.k8s.aws/Model", "somebody.example.com/else"
REQUESTS = 40


@pytest.fixture
def doors(crds: ControlPlane) -> Iterator[tuple[Api, StandIn]]:
    real = Api.at(crds.url, token=crds.admin_token, ca_file=str(crds.ca_file))
    yield real, StandIn(lambda: 1_767_225_600.0)
    real.close()


def plain(obj: Any) -> Any:
    """An object without what differs by nature: who it is and when that was, and which version."""
    if not isinstance(obj, dict):
        return obj
    dropped = {"uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink"}
    metadata = {k: v for k, v in obj["metadata"].items() if k not in dropped}
    if "deletionTimestamp" in metadata:
        metadata["deletionTimestamp"] = "then"
    return {**obj, "metadata": metadata}


def requests(seed: int) -> Iterator[Callable[[Api, str, str], Any]]:
    """Writes as the controller and its users make them; each is told the name and the last version that was seen."""
    dice = random.Random(seed)

    def patch(body: dict[str, Any], sub: str | None = None, *, bound: bool = False) -> Callable[..., Any]:
        def send(api: Api, name: str, version: str) -> Any:
            metadata = {**body.get("metadata", {}), **({"resourceVersion": version} if bound else {})}
            whole = {**body, **({"metadata": metadata} if metadata else {})}
            return api.patch(MODELS, "default", name, whole, subresource=sub)

        return send

    for number in range(1, REQUESTS + 1):
        condition = {"type": "Ready", "status": dice.choice(["True", "False"])}
        yield dice.choice(
            [
                patch({"metadata": {"annotations": {"a": str(number % 3)}}}, bound=dice.random() < 0.5),
                patch({"metadata": {"annotations": {"a": None}}}),
                patch({"metadata": {"finalizers": dice.choice([[OURS], [OURS, THEIRS], [THEIRS], []])}}),
                patch({"spec": {"tags": [{"key": "k", "value": str(number % 2)}]}}),
                patch({"spec": {"tags": None}}),
                patch(
                    {"status": {"observedGeneration": number, "conditions": [condition]}},
                    "status",
                    bound=True,
                ),
                patch({"status": {"conditions": [condition], "failureReason": None}}, "status"),
                patch({"status": None}, "status"),
                patch({"status": {"observedGeneration": 99}}),  # not by this way
                patch({"spec": {"tags": []}}, "status"),  # nor this by that
                lambda api, name, _: api.get(MODELS, "default", name),
                lambda api, name, _: api.delete(MODELS, "default", name) if dice.random() < 0.2 else None,
            ]
        )


def answer(send: Callable[[Api, str, str], Any], api: Api, name: str, version: str) -> Any:
    try:
        return plain(send(api, name, version))
    except ApiError as error:
        return error.status


@pytest.mark.parametrize("seed", range(8))
def test_both_answer_alike(doors: tuple[Api, StandIn], seed: int) -> None:
    name = f"twin-{seed}"
    body = {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "Model",
        "metadata": {"name": name, **({"finalizers": [OURS]} if seed % 2 else {})},
        "spec": {"modelName": "m"},
        "status": {"observedGeneration": 7},
    }
    seen = [api.create(MODELS, "default", body) for api in doors]
    assert plain(seen[0]) == plain(seen[1])
    versions = [obj["metadata"]["resourceVersion"] for obj in seen]
    twice = (requests(seed), requests(seed))  # one each: they roll the same dice
    for number, sends in enumerate(zip(*twice, strict=True)):
        if number % 7 != 3:  # otherwise an old version is named, which both have to refuse
            now = [api.get(MODELS, "default", name) for api in doors]
            versions = [obj["metadata"]["resourceVersion"] if obj else "1" for obj in now]
        one, other = (answer(send, api, name, v) for send, api, v in zip(sends, doors, versions, strict=True))
        assert one == other, f"seed {seed}, request {number}"
    left = [plain(api.get(MODELS, "default", name)) for api in doors]
    assert left[0] == left[1]
    for api in doors:
        if api.get(MODELS, "default", name):
            api.patch(MODELS, "default", name, {"metadata": {"finalizers": None}})
            api.delete(MODELS, "default", name)
