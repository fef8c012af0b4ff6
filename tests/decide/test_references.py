"""What an object refers to, and who is waited for."""

from typing import Any

import pytest

from controller.decide.references import Neighbour, holders, named, resolve
from tests.decide.objects import declared

ACCOUNT = "arn:aws:sagemaker:us-east-1:111122223333"


class Cluster:
    """The objects there are."""

    def __init__(self, *there: Neighbour) -> None:
        self._there = there

    def at(self, kind: str, namespace: str, name: str) -> Neighbour | None:
        keys = {(n.kind, n.namespace, n.name): n for n in self._there}
        return keys.get((kind, namespace, name))

    def called(self, kind: str, aws_name: str, region: str) -> Neighbour | None:
        return next((n for n in self._there if (n.kind, n.aws_name) == (kind, aws_name)), None)


def neighbour(kind: str, name: str = "one", **parts: Any) -> Neighbour:
    facts = {
        "namespace": "team",
        "aws_name": name,
        "arn": f"{ACCOUNT}:thing/{name}",
        "ready": True,
        "alive": True,
    }
    return Neighbour(kind=kind, name=name, **{**facts, **parts})


def endpoint(**spec: Any) -> Any:
    return declared("Endpoint", name="e", spec=spec)


def pointer(name: str = "one", **more: str) -> dict[str, Any]:
    return {"from": {"name": name, **more}}


def test_a_reference_becomes_the_name_that_its_object_has_in_sagemaker() -> None:
    there = neighbour("EndpointConfig", aws_name="called-otherwise")
    said = resolve(endpoint(endpointConfigRef=pointer()), Cluster(there), "us-east-1")
    assert said.spec == {"endpointConfigName": "called-otherwise"}
    assert (said.waits, said.referring, said.unresolved) == ((), True, False)


def test_the_manifest_is_left_as_it_was() -> None:
    one = endpoint(endpointConfigRef=pointer())
    resolve(one, Cluster(neighbour("EndpointConfig")), "us-east-1")
    assert one.spec == {"endpointConfigRef": pointer()}


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        ((), "EndpointConfig team/one is not there yet"),
        ((neighbour("EndpointConfig", arn=None),), "EndpointConfig team/one has not been created yet"),
        ((neighbour("EndpointConfig", namespace="other"),), "EndpointConfig team/one is not there yet"),
        ((neighbour("Model"),), "EndpointConfig team/one is not there yet"),
    ],
)
def test_what_is_referred_to_and_is_not_there_is_waited_for(
    there: tuple[Neighbour, ...], sentence: str
) -> None:
    said = resolve(endpoint(endpointConfigRef=pointer()), Cluster(*there), "us-east-1")
    assert said.waits == (sentence,)
    assert said.unresolved and said.referring


def test_another_namespace_is_none_of_ours() -> None:
    there = Cluster(neighbour("EndpointConfig", namespace="other"))
    said = resolve(endpoint(endpointConfigRef=pointer(namespace="other")), there, "us-east-1")
    assert said.waits == ("EndpointConfig other/one is in another namespace, which is not allowed here",)
    assert said.unresolved
    own = resolve(
        endpoint(endpointConfigRef=pointer(namespace="team")), Cluster(neighbour("EndpointConfig")), "r"
    )
    assert own.waits == ()


def test_a_plain_name_is_waited_for_while_somebody_is_about_to_make_it() -> None:
    spec = endpoint(endpointConfigName="one")
    coming = resolve(spec, Cluster(neighbour("EndpointConfig", arn=None)), "us-east-1")
    assert coming.waits == ("EndpointConfig team/one has not been created yet",)
    assert coming.unresolved and not coming.referring
    for there in ((), (neighbour("EndpointConfig"),), (neighbour("EndpointConfig", arn=None, alive=False),)):
        said = resolve(spec, Cluster(*there), "us-east-1")
        assert (said.waits, said.referring, said.unresolved) == ((), False, False)
        assert said.spec == spec.spec


def test_an_arn_in_a_names_place_is_asked_of_sagemaker() -> None:
    arn = f"{ACCOUNT}:endpoint-config/one"
    there = Cluster(neighbour("EndpointConfig", aws_name=arn, arn=None))
    assert resolve(endpoint(endpointConfigName=arn), there, "us-east-1").waits == ()


@pytest.mark.parametrize("spec", [{"endpointRef": pointer()}, {"endpointName": "one"}])
def test_what_sagemaker_wants_ready_is_waited_for_until_it_is(spec: dict[str, Any]) -> None:
    component = declared("InferenceComponent", name="c", spec=spec)
    slow = resolve(component, Cluster(neighbour("Endpoint", ready=False)), "us-east-1")
    assert slow.waits == ("Endpoint team/one is not ready yet",)
    assert not slow.unresolved
    assert resolve(component, Cluster(neighbour("Endpoint")), "us-east-1").waits == ()
    # an endpoint's configuration has only to be there
    unready = Cluster(neighbour("EndpointConfig", ready=False))
    assert resolve(endpoint(endpointConfigName="one"), unready, "us-east-1").waits == ()


def test_a_member_that_takes_an_identifier_gets_the_last_part_of_the_arn() -> None:
    domain = neighbour("Domain", arn=f"{ACCOUNT}:domain/d-123", aws_name="one")
    said = resolve(
        declared("UserProfile", name="u", spec={"domainRef": pointer()}), Cluster(domain), "us-east-1"
    )
    assert said.spec == {"domainID": "d-123"}


def test_a_neighbour_without_a_name_of_its_own_is_named_by_its_arn() -> None:
    there = neighbour("EndpointConfig", aws_name=None)
    said = resolve(endpoint(endpointConfigRef=pointer()), Cluster(there), "us-east-1")
    assert said.spec == {"endpointConfigName": there.arn}


def test_one_sentence_for_the_same_wait_twice_and_every_element_of_a_list_is_looked_at() -> None:
    models: list[dict[str, Any]] = [
        {"modelName": "a"},
        {"modelRef": pointer("b")},
        {"modelRef": pointer("b")},
    ]
    variants = [{"variantName": f"v{number}", **model} for number, model in enumerate(models)]
    one = declared("EndpointConfig", name="c", spec={"productionVariants": variants})
    there = Cluster(neighbour("Model", "a", arn=None))
    said = resolve(one, there, "us-east-1")
    assert said.waits == ("Model team/a has not been created yet", "Model team/b is not there yet")


def test_one_that_waits_for_a_value_is_unresolved_whatever_else_it_waits_for() -> None:
    one = declared("Space", name="s", spec={"domainID": "d-1", "spaceName": "s"})
    assert not resolve(one, Cluster(), "us-east-1").unresolved


def test_what_is_named_is_told_with_how_it_is_named() -> None:
    assert set(named(endpoint(endpointConfigName="plain"))) >= {("EndpointConfig", "plain")}
    assert set(named(endpoint(endpointConfigRef=pointer("object")))) >= {("EndpointConfig", "/object")}
    assert list(named(endpoint())) == []


def test_the_holders_of_a_path_are_found_through_lists_and_maps() -> None:
    spec = {"a": [{"b": {"x": {"c": 1}, "y": {}}}, {"b": None}, "text"]}
    assert list(holders(spec, "A[].B{}.C")) == [{"c": 1}, {}]
    assert list(holders(spec, "A.C")) == []
    assert list(holders({"a": {"c": 1}}, "A[].C")) == []
    assert list(holders({"a": [{"c": 1}]}, "A{}.C")) == []
    assert list(holders(None, "C")) == []
