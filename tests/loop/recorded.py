"""Objects as a controller left them, of every kind and in every state, put on the API server while no controller runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from controller.decide.translate import to_manifest
from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from controller.kinds.names import key_of
from simulator import model
from tests.loop.world import World

KINDS = kinds()
ACCOUNT = "111122223333"
POLICY = "services.k8s.aws/deletion-policy"
PROTECTION = "sagemaker.services.k8s.aws/deletion-protection"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One such object; ``state`` is None for a kind without states."""

    kind: Kind
    name: str
    state: str | None

    def __str__(self) -> str:
        return f"{self.kind.name} {self.state or ''}"


def in_every_state() -> Iterator[Recorded]:
    """One object for each state of each kind."""
    for kind in KINDS.values():
        states = list(kind.states.classes) if kind.states else [None]
        for number, state in enumerate(states):
            yield Recorded(kind, f"s{number}{kind.name.lower()}"[:32], state)


def one_of_each_kind() -> Iterator[Recorded]:
    """One object of each kind, in the state a new one is in."""
    for kind in KINDS.values():
        yield Recorded(kind, f"x{kind.name.lower()}"[:32], kind.first_state)


def spec_of(world: World, kind: Kind, name: str) -> dict[str, Any]:
    """A spec that the API server takes; what it refers to has been made in SageMaker."""
    request = world.maker.request(model.kinds()[kind.name], name)
    if kind.name_optional == "always":
        request.pop(kind.own_name or "", None)
    spec: dict[str, Any] = to_manifest(kind.create, request)
    if "Content" in request and "content" not in spec:
        spec["content"] = request["Content"]  # sensitive: to_manifest never shows it
    return spec


def record(world: World, one: Recorded, *, region: str = "us-east-1", **annotations: str) -> None:
    """Put it there: held, with an ARN and a state on record."""
    kind = one.kind
    arn = f"arn:aws:sagemaker:{region}:{ACCOUNT}:{kind.name.lower()}/{one.name}"
    world.apply(
        kind.name,
        one.name,
        spec_of(world, kind, one.name),
        finalizers=[kind.finalizer],
        annotations=dict(annotations),
    )
    identity = {"arn": arn, "ownerAccountID": ACCOUNT, "region": region, "partition": "aws"}
    ready = {
        "type": "Ready",
        "status": "False",
        "reason": "Seen",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    state = {key_of(str(kind.status)): one.state} if one.state else {}
    status = {"ackResourceMetadata": identity, "observedGeneration": 1, "conditions": [ready], **state}
    world.patch(kind.name, one.name, {"status": status}, "status")


def annotate(world: World, one: Recorded, annotations: Mapping[str, str | None]) -> None:
    """Set annotations; None takes one away."""
    world.patch(one.kind.name, one.name, {"metadata": {"annotations": dict(annotations)}})
