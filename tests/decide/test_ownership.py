"""Whose a resource is, and what is said of one that is not ours: what, whose, what to do."""

from dataclasses import replace

import pytest

from controller.decide.declared import ARN_ANNOTATION, Declared, read
from controller.decide.ownership import claims_another, is_ours, taken
from controller.kinds.load import kinds

KINDS = kinds()
ARN = "arn:aws:sagemaker:us-east-1:111122223333:model/m"
OTHER = "arn:aws:sagemaker:us-east-1:111122223333:model/other"


def declared(kind: str = "Model", **annotations: str) -> Declared:
    one = read(KINDS[kind], {"metadata": {"namespace": "ns", "name": "m"}, "spec": {}})
    return replace(one, annotations={key.replace("_", "/"): value for key, value in annotations.items()})


CLAIMING = replace(declared(), annotations={ARN_ANNOTATION: ARN})


@pytest.mark.parametrize(
    ("one", "owner", "ours"),
    [
        (declared(), "here/ns/Model/m", True),
        (declared(), None, False),
        (declared(), "elsewhere/ns/Model/m", False),
        (declared(), "here/ns/Model/other", False),
        (CLAIMING, "elsewhere/ns/Model/m", True),
        (CLAIMING, None, True),
        (CLAIMING, "here/ns/Model/other", False),
    ],
)
def test_a_tag_or_a_claim_that_no_tag_denies_proves_it(one: Declared, owner: str | None, ours: bool) -> None:
    assert is_ours(one, owner, "here") is ours


@pytest.mark.parametrize(
    ("one", "arn", "owner", "said"),
    [
        (declared(), ARN, None, f"{ARN} has no ownership tag; to take it over annotate this object with"),
        (declared("ModelPackage"), ARN, None, "takes no ownership tag; to take it over annotate"),
        (declared(), ARN, "elsewhere/ns/Model/m", "another cluster, whose ownerID is elsewhere; if that is no more"),
        (declared(), ARN, "here/ns/Model/other", "belongs to here/ns/Model/other by its ownership tag; choose another"),
        (declared(), None, None, "Resource already exists: SageMaker said so; choose another name"),
        (CLAIMING, ARN, "here/ns/Model/other", "ownership tag of another object, here/ns/Model/other: take the"),
        (CLAIMING, OTHER, None, f"names {ARN}, and the manifest means {OTHER}: correct it or take it away"),
    ],
)  # fmt: skip
def test_the_sentence(one: Declared, arn: str | None, owner: str | None, said: str) -> None:
    sentence = taken(one, arn, owner, "SageMaker said so.")
    assert said in sentence
    assert ". " not in sentence
    # the incumbent's words come first, unless the annotation is the matter
    assert sentence.startswith("Resource already exists: ") or one is CLAIMING


@pytest.mark.parametrize(
    ("kind", "name", "arn", "another"),
    [
        ("Model", "Mine", ARN.replace("/m", "/mine"), False),
        ("Model", "Mine", OTHER, True),
        ("Model", "o", OTHER, True),  # a part of the other's name
        ("Domain", "Mine", "arn:aws:sagemaker:us-east-1:111122223333:domain/d-1", False),  # no name in it
    ],
)
def test_a_claim_on_a_resource_of_another_name_is_known_by_the_arn(
    kind: str, name: str, arn: str, another: bool
) -> None:
    said = {"metadata": {"namespace": "ns", "name": name}, "spec": {}}
    one = replace(read(KINDS[kind], said), annotations={ARN_ANNOTATION: arn})
    assert claims_another(one) is another


def test_what_the_status_has_on_record_claims_nothing() -> None:
    one = replace(CLAIMING, status={"ackResourceMetadata": {"arn": OTHER}})
    assert not claims_another(one)


def test_what_belongs_to_another_object_is_said_so() -> None:
    said = taken(CLAIMING, ARN, None, holder="Model ns/other")
    assert said.startswith(f"{ARN} belongs to Model ns/other: ")
