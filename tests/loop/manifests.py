"""Valid manifests of any kind for a world; what they refer to has been made in the simulated SageMaker already."""

from collections.abc import Mapping
from typing import Any

from controller.decide import references
from controller.kinds.kind import Kind
from controller.kinds.names import key_of, ref_key_of
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


def referring(kind: Kind, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The spec with every name of another kind replaced by a reference to the object of that kind beside it."""
    made = dict(spec)
    for reference in kind.references:
        member = reference.path.rpartition(".")[2]
        for holder in references.holders(made, reference.path):
            if key_of(member) in holder and reference.kind != kind.name:
                del holder[key_of(member)]
                holder[ref_key_of(member)] = {"from": {"name": f"x{reference.kind.lower()}"[:32]}}
    return made
