"""Valid manifests of any kind for a world; what they refer to has been made in the simulated SageMaker already."""

from collections.abc import Mapping
from typing import Any

from controller.kinds.kind import Kind
from simulator import model
from tests import samples
from tests.loop.world import World
from tests.simulator.inputs import Maker

OUR_TAGS = "services.k8s.aws/"


def name_of(kind: Kind, word: str) -> str:
    """A metadata.name that is legal as the resource's own name for every kind, PartnerApp's letters and digits included."""
    return f"{word}{kind.name.lower()}"[:32]


def request_of(kind: Kind, maker: Maker, name: str) -> dict[str, Any]:
    """The smallest request; the own name is left to metadata.name wherever that may stand for it."""
    request = maker.request(model.kinds()[kind.name], name)
    if kind.name_optional == "always":
        request.pop(kind.own_name or "", None)
    request.pop(kind.token or "", None)
    return request


def declare(world: World, kind: Kind, request: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Apply the manifest that stands for a request; what is confidential in it comes from a Secret."""

    def kept(value: str) -> dict[str, str]:
        world.keep_secret(name, {"value": value})
        return {"name": name, "key": "value"}

    spec = samples.secrets_named(kind, samples.manifest(kind.create, request), kept)
    return world.apply(kind.name, name, spec)
