"""Two objects of one name, or of one parent, for every kind that a name alone does not identify: each has its own resource."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from controller.decide.declared import ARN_ANNOTATION
from controller.kinds.kind import Kind
from controller.kinds.load import kinds, table
from scripts.control_plane.plane import ControlPlane
from simulator import model
from tests.loop.manifests import OUR_TAGS, declare, name_of, request_of
from tests.loop.world import Object, World, condition, has_arn, is_ready
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw

KINDS = kinds()
NAME = "twin"
Request = dict[str, Any]
Make = Callable[..., World]


def _exceptional(kind: Kind) -> bool:
    words = table()[kind.name]
    assigned = any(identifier.source == "arn" for identifier in kind.identity)
    return assigned or bool({"identity", "own_name"} & set(words))


EXCEPTIONAL = [kind.name for kind in KINDS.values() if _exceptional(kind)]


def _alike(maker: Maker, raw: Raw, request: Request) -> tuple[Request, Request]:
    """Two manifests that do not differ at all but in metadata.name."""
    return request, request


def _users(maker: Maker, raw: Raw, request: Request) -> tuple[Request, Request]:
    """Apps of one name and two users."""
    profile = {"DomainId": request["DomainId"], "UserProfileName": "other"}
    raw.ok("CreateUserProfile", profile)
    raw.control.advance(1000)
    return request, request | {"UserProfileName": "other"}


def _clusters(maker: Maker, raw: Raw, request: Request) -> tuple[Request, Request]:
    """Extensions of one name on two clusters."""
    other = raw.ok("CreateCluster", maker.request(model.kinds()["Cluster"], "other"))
    raw.control.advance(1000)
    return request, request | {"ClusterArn": other["ClusterArn"]}


def _versions(maker: Maker, raw: Raw, request: Request) -> tuple[Request, Request]:
    """Versions of one group, which have no name of their own."""
    raw.ok("CreateModelPackageGroup", {"ModelPackageGroupName": "group"})
    raw.control.advance(1000)
    versioned = {m: v for m, v in request.items() if m != "ModelPackageName"}
    versioned["ModelPackageGroupName"] = "group"
    return versioned, versioned


# An export job takes neither tags nor a token: of two with one name nobody can say whose is which.
MARKED = [name for name in EXCEPTIONAL if KINDS[name].taggable or KINDS[name].token]

# How the two of a kind come to share a name or a parent; _alike where nothing is said.
PAIRS: Mapping[str, Callable[[Maker, Raw, Request], tuple[Request, Request]]] = {
    "App": _users,
    "ClusterExtension": _clusters,
    "ModelPackage": _versions,
}


@dataclass
class Twins:
    """The two objects of each kind; then, with the first of them deleted, the second and what SageMaker has."""

    first: dict[str, Object] = field(default_factory=dict)
    second: dict[str, Object] = field(default_factory=dict)
    again: dict[str, tuple[str, str]] = field(
        default_factory=dict
    )  # the ARNs they show once all was forgotten
    resources: list[dict[str, Any]] = field(default_factory=list)
    survivors: dict[str, Object] = field(default_factory=dict)
    resources_later: list[dict[str, Any]] = field(default_factory=list)
    creates: Mapping[str, int] = field(default_factory=dict)


def keys(name: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (name, name_of(KINDS[name], "a")), (name, name_of(KINDS[name], "b"))


@pytest.fixture(scope="module")
def twins(crds: ControlPlane) -> Iterator[Twins]:
    """Two of each; the answer to the second one's Create is lost, so that it has to be told from the first."""
    world = World(crds)
    found = Twins()
    try:
        raw = Raw(world.simulator.url)
        maker = Maker(raw)
        pairs = {name: _pair(maker, raw, KINDS[name]) for name in EXCEPTIONAL}
        # runs go on until somebody stops them: the first one's end must not be the second one's
        world.control.settings(
            durations={f"{n}.create": 1e9 for n in EXCEPTIONAL if KINDS[n].lifecycle == "run"}
        )
        world.control.forget_calls()
        for name in EXCEPTIONAL:
            declare(world, KINDS[name], pairs[name][0], keys(name)[0][1])
        for name in EXCEPTIONAL:
            found.first[name] = world.until(*keys(name)[0], has_arn)
        for name in EXCEPTIONAL:
            if name in MARKED:
                world.control.fault("drop-after-effect", KINDS[name].verbs.create, times=1)
            declare(world, KINDS[name], pairs[name][1], keys(name)[1][1])
        for name in EXCEPTIONAL:
            found.second[name] = world.until(*keys(name)[1], has_arn)
        _forget(world, found)
        found.creates = world.control.counts()
        found.resources = world.control.resources()
        for name in EXCEPTIONAL:
            world.delete(*keys(name)[0])
        for name in EXCEPTIONAL:
            world.until_gone(*keys(name)[0])
        for name in EXCEPTIONAL:
            holds = has_arn if KINDS[name].lifecycle == "run" else is_ready
            found.survivors[name] = world.until(*keys(name)[1], holds)
        found.resources_later = world.control.resources()
        yield found
    finally:
        world.close()


def _forget(world: World, found: Twins) -> None:
    """Take every record of the ARNs from both, as a restore from a backup of manifests may; their tags and tokens tell them apart."""
    for name in MARKED:
        for key in keys(name):
            world.patch(*key, {"metadata": {"annotations": {ARN_ANNOTATION: None}}})
            world.patch(*key, {"status": None}, "status")
    for name in MARKED:
        first, second = (world.until(*key, has_arn) for key in keys(name))
        found.again[name] = arn_of(first), arn_of(second)


def _pair(maker: Maker, raw: Raw, kind: Kind) -> tuple[Request, Request]:
    request = request_of(kind, maker, NAME)
    if kind.own_name:
        request[kind.own_name] = NAME
    return PAIRS.get(kind.name, _alike)(maker, raw, request)


def arn_of(obj: Object) -> str:
    return str(obj["status"]["ackResourceMetadata"]["arn"])


each_kind = pytest.mark.parametrize("name", EXCEPTIONAL)


def test_every_kind_that_a_name_does_not_identify_is_here() -> None:
    """Of the others, each is asked for by the name that its manifest gives it, and nothing but names of its parents."""
    others = [kind for kind in KINDS.values() if kind.name not in EXCEPTIONAL]
    assert [kind.name for kind in others if kind.own_name is None] == []
    assert [k.name for k in others if not any(i.source == "name" for i in k.identity)] == []
    assert len(EXCEPTIONAL) >= 12
    assert set(EXCEPTIONAL) - set(MARKED) == {"ModelCardExportJob"}


@each_kind
def test_each_has_its_own_resource_and_shows_its_own_arn(twins: Twins, name: str) -> None:
    first, second = arn_of(twins.first[name]), arn_of(twins.second[name])
    assert first != second
    stored = {r["arn"]: r for r in twins.resources if r["kind"] == name}
    assert {first, second} <= set(stored)
    # a token gives the same resource however often Create is called; without one it is called once for each
    assert KINDS[name].token or twins.creates[KINDS[name].verbs.create] == 2
    if KINDS[name].taggable:
        owners = [stored[arn]["tags"][f"{OUR_TAGS}owner"] for arn in (first, second)]
        assert [owner.rpartition("/")[2] for owner in owners] == [key[1] for key in keys(name)]


@pytest.mark.parametrize("name", MARKED)
def test_each_finds_its_own_again(twins: Twins, name: str) -> None:
    assert twins.again[name] == (arn_of(twins.first[name]), arn_of(twins.second[name]))


@each_kind
def test_the_end_of_one_is_not_the_end_of_the_other(twins: Twins, name: str) -> None:
    kept = arn_of(twins.second[name])
    assert arn_of(twins.survivors[name]) == kept
    (resource,) = (r for r in twins.resources_later if r["arn"] == kept)
    assert not any(word in str(resource["status"]).lower() for word in ("delet", "stop"))
    gone = [r for r in twins.resources_later if r["arn"] == arn_of(twins.first[name])]
    ended = [r for r in gone if any(word in str(r["status"]).lower() for word in ("delet", "stop"))]
    assert gone == ended or KINDS[name].end_with == "leave"


@pytest.mark.parametrize("order", [("AutoMLJob", "AutoMLJobV2"), ("AutoMLJobV2", "AutoMLJob")])
def test_two_kinds_that_share_their_names(world: Make, order: tuple[str, str]) -> None:
    """Both make AutoML jobs: who comes second is told so, and takes nothing with it when it goes."""
    there = world()
    maker = Maker(Raw(there.simulator.url))
    there.control.settings(durations={"*.create": 1e9})
    first, second = order
    declare(there, KINDS[first], request_of(KINDS[first], maker, NAME), NAME)
    there.until(first, NAME, has_arn)
    declare(there, KINDS[second], request_of(KINDS[second], maker, NAME), NAME)
    obj = there.until(second, NAME, lambda o: condition(o, "ACK.Terminal").get("status") == "True")
    assert condition(obj, "ACK.Terminal")["message"].startswith("Resource already exists: ")
    there.delete(second, NAME)
    there.until_gone(second, NAME)
    assert there.control.counts().get("StopAutoMLJob", 0) == 0
    (job,) = (r for r in there.control.resources() if r["name"] == NAME)
    assert (job["kind"], job["status"]) == (first, "InProgress")
    there.delete(first, NAME)
    there.until_gone(first, NAME)
    assert there.control.counts()["StopAutoMLJob"] == 1
