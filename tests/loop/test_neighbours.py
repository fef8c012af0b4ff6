"""Objects that need each other, applied and deleted in any order: they wait, and not one of them ever calls that an error."""

import copy
import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from controller.kinds.load import kinds
from scripts.control_plane.plane import ControlPlane
from tests.loop.manifests import request_of
from tests.loop.watcher import Watcher, alarms
from tests.loop.world import Object, World, condition, has_failed, is_ready
from tests.samples import manifest
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw

KINDS = kinds()
SEED = 20260101  # one order of things for everybody who runs this; another number tries others

# What names what: kind -> path of the manifest key of a plain name -> the kind it names. A domain's id is SageMaker's own:
# nobody can write it down before, so domains are referred to in either style.
CHAINS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "hosting": {
        "Model": {},
        "EndpointConfig": {"productionVariants.0.modelName": "Model"},
        "Endpoint": {"endpointConfigName": "EndpointConfig"},
        "InferenceComponent": {"endpointName": "Endpoint", "specification.modelName": "Model"},
    },
    "studio": {
        "Domain": {},
        "UserProfile": {"domainID": "Domain"},
        "Space": {"domainID": "Domain"},
        "App": {"domainID": "Domain", "userProfileName": "UserProfile"},
    },
    "spaces": {
        "Domain": {},
        "Space": {"domainID": "Domain"},
        "App": {"domainID": "Domain", "spaceName": "Space"},
    },
    "images": {"Image": {}, "ImageVersion": {"imageName": "Image"}},
    "packages": {"ModelPackageGroup": {}, "ModelPackage": {"modelPackageGroupName": "ModelPackageGroup"}},
    "pipelines": {"Pipeline": {}, "PipelineExecution": {"pipelineName": "Pipeline"}},
}
# Where the smallest request will not do: what the manifest has instead, None for nothing.
INSTEAD: Mapping[str, Mapping[str, Any]] = {
    "App": {"userProfileName": None},
    "InferenceComponent": {"specification": {"computeResourceRequirements": {"minMemoryRequiredInMb": 128}}},
    "ModelPackage": {"modelPackageName": None},
}
ORDERS_OF_A_CHAIN = 6  # all there are of two or three objects; of the 24 of four, so many at random
STYLES = ("names", "references")


@dataclass(frozen=True)
class Chain:
    """One set of objects that need each other, and the order in which they come."""

    label: str
    style: str
    order: tuple[str, ...]
    paced: bool  # each is applied only when the controller has seen the one before; else all at once

    def key(self, kind: str) -> tuple[str, str]:
        """The object of a kind in this chain."""
        return kind, f"{self.label}-{kind.lower()}"[:63].rstrip("-")

    def objects(self) -> list[tuple[str, str]]:
        """Every object, in the order of their coming."""
        return [self.key(kind) for kind in self.order]


def chains() -> list[Chain]:
    """Every chain in several orders, by plain names and by references, one after the other and all at once."""
    chance = random.Random(SEED)
    found = []
    for title, members in CHAINS.items():
        every = list(itertools.permutations(members))
        orders = every if len(every) <= ORDERS_OF_A_CHAIN else chance.sample(every, ORDERS_OF_A_CHAIN)
        for (number, order), style in itertools.product(enumerate(orders), STYLES):
            label = f"{title[:3]}{number}{style[0]}"
            found.append(Chain(label, style, order, paced=number % 2 == 0))
    return found


ALL = chains()


def put(target: Any, path: Sequence[str], value: Any) -> None:
    """Set a path; a number is an index into a list."""
    head: Any = int(path[0]) if isinstance(target, list) else path[0]
    if len(path) == 1:
        target[head] = value
    else:
        put(target[head], path[1:], value)


def take(target: Any, path: Sequence[str]) -> None:
    """Remove what is at a path, if it is there."""
    for step in path[:-1]:
        target = target[int(step)] if isinstance(target, list) else target[step]
    target.pop(path[-1], None)


def reference_path(path: str) -> list[str]:
    """The path of the reference beside a plain name: ``endpointName`` -> ``endpointRef``."""
    *above, last = path.split(".")
    return [*above, f"{last.removesuffix('Name').removesuffix('ID')}Ref"]


def spec_of(chain: Chain, kind: str, template: Mapping[str, Any]) -> dict[str, Any]:
    """The template of a kind with the names, or references, of this chain's objects."""
    spec: dict[str, Any] = manifest(KINDS[kind].create, template)
    spec |= INSTEAD.get(kind, {})
    spec = copy.deepcopy({key: value for key, value in spec.items() if value is not None})
    members = CHAINS[next(t for t in CHAINS if chain.label.startswith(t[:3]))]
    for path, needed in members[kind].items():
        name = chain.key(needed)[1]
        take(spec, path.split("."))
        if chain.style == "names" and not path.endswith("ID"):
            put(spec, path.split("."), name)
        else:
            put(spec, reference_path(path), {"from": {"name": name}})
    return spec


@dataclass
class Played:
    """What was seen: every version of every object, and what SageMaker has left."""

    ready: dict[tuple[str, str], Object] = field(default_factory=dict)
    seen: Mapping[tuple[str, str], list[Object]] = field(default_factory=dict)
    left: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def played(crds: ControlPlane) -> Iterator[Played]:
    """All chains, from nothing to Ready to nothing."""
    world = World(crds)
    names = sorted({kind for members in CHAINS.values() for kind in members})
    watcher = Watcher(world, names)
    found = Played(seen=watcher.seen())
    try:
        maker = Maker(Raw(world.simulator.url))
        templates = {name: request_of(KINDS[name], maker, "template") for name in names}
        before = {r["arn"] for r in world.control.resources()}
        _apply(world, templates)
        for key in _every_key():
            found.ready[key] = world.until(*key, is_ready)
        keys = _every_key()
        random.Random(SEED).shuffle(keys)
        for key in keys:
            world.delete(*key)
        watcher.until_gone(keys)
        found.left = [r for r in world.control.resources() if r["arn"] not in before]
        yield found
    finally:
        watcher.stop()
        world.close()


def _every_key() -> list[tuple[str, str]]:
    return [key for chain in ALL for key in chain.objects()]


def _apply(world: World, templates: Mapping[str, dict[str, Any]]) -> None:
    for chain in ALL:
        if not chain.paced:
            for kind in chain.order:
                world.apply(*chain.key(kind), spec_of(chain, kind, templates[kind]))
    paced = [chain for chain in ALL if chain.paced]
    for turn in range(max(map(len, CHAINS.values()))):
        coming = [(chain, chain.order[turn]) for chain in paced if turn < len(chain.order)]
        for chain, kind in coming:
            world.apply(*chain.key(kind), spec_of(chain, kind, templates[kind]))
        for chain, kind in coming:
            world.until(*chain.key(kind), lambda obj: bool(condition(obj, "Ready")))


each_chain = pytest.mark.parametrize("chain", ALL, ids=lambda chain: f"{chain.label}:{'-'.join(chain.order)}")


@each_chain
def test_nobody_calls_it_an_error_at_any_moment(played: Played, chain: Chain) -> None:
    """Neither while the others come nor while all go."""
    assert {key: said for key in chain.objects() if (said := alarms(played.seen[key]))} == {}
    assert all(len(played.seen[key]) >= 3 for key in chain.objects())


@each_chain
def test_all_of_them_become_what_they_should(played: Played, chain: Chain) -> None:
    for key in chain.objects():
        obj = played.ready[key]
        resolved = condition(obj, "ACK.ReferencesResolved")
        refers = "Ref'" in str(obj.get("spec", {}))
        assert (resolved.get("status") == "True") is refers


@each_chain
def test_nothing_of_them_is_left(played: Played, chain: Chain) -> None:
    """But the record of a run."""
    arns = {played.ready[key]["status"]["ackResourceMetadata"]["arn"]: key[0] for key in chain.objects()}
    left = [r["arn"] for r in played.left if r["arn"] in arns and r.get("status") != "Deleted"]
    assert [arn for arn in left if KINDS[arns[arn]].end_with == "delete"] == []


def test_some_did_have_to_wait(played: Played) -> None:
    """Otherwise the orders would prove nothing: whoever came before what it needs said that it waits."""
    waited = {
        key
        for key, versions in played.seen.items()
        if any(condition(obj, "Reconciling").get("reason") == "WaitingForReference" for obj in versions)
    }
    assert len(waited) > len(ALL) / 3


def test_users_and_apps_of_one_name_in_two_domains(world: Callable[..., World]) -> None:
    """Who refers to another domain, or to another user, declares another resource, whatever its name."""
    there = world()
    app = {"appType": "JupyterServer", "appName": "default"}
    domain = manifest(
        KINDS["Domain"].create,
        request_of(KINDS["Domain"], Maker(Raw(there.simulator.url)), "any"),
    )
    for one in ("east", "west"):
        belongs = {"domainRef": {"from": {"name": one}}}
        there.apply("App", one, {**app, **belongs, "userProfileRef": {"from": {"name": one}}})
        there.apply("UserProfile", one, {**belongs, "userProfileName": "ann"})
    for one in ("east", "west"):
        there.apply("Domain", one, domain)
    arns = set()
    for one in ("east", "west"):
        for kind in ("Domain", "UserProfile", "App"):
            obj = there.until(kind, one, lambda o: is_ready(o) or has_failed(o))
            assert not has_failed(obj), condition(obj, "Stalled")["message"]
            arns.add(obj["status"]["ackResourceMetadata"]["arn"])
    assert len(arns) == 6
