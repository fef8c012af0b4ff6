"""The naming rule for every name there could be, and for every name there is."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from controller.kinds.kind import Kind
from controller.kinds.load import kinds, service_model
from controller.kinds.names import KEYWORDS, key_of, plural_of, ref_key_of

# The words that the rule has an opinion of, those that only look so, and any others.
LOOKED_AT = [
    "Id",
    "Ids",
    "Arn",
    "Arns",
    "Kms",
    "Url",
    "Uri",
    "Uris",
    "Vpc",
    "Https",
    "Ec2",
    "Efs",
    "Iops",
    "Io",
    "Ui",
    "Uid",
]
LOOK_ALIKE = [
    "Identifier",
    "Idle",
    "Idempotency",
    "Ipam",
    "Part",
    "Native",
    "Vpce",
    "Urity",
    "Uidd",
    "Range",
    "Type",
    "Default",
]
WORDS = st.sampled_from(LOOKED_AT + LOOK_ALIKE) | st.from_regex(r"[A-Z][a-z]{0,8}[0-9]?", fullmatch=True)
CAMEL = st.lists(WORDS, min_size=1, max_size=5).map("".join)


def structures() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every structure of the service model with its members."""
    for name in service_model().shape_names:
        shape = service_model().shape_for(name)
        if shape.type_name == "structure":
            yield name, tuple(shape.members)


MEMBERS = sorted({member for _, members in structures() for member in members})


@settings(max_examples=500, deadline=None)
@given(CAMEL)
@example("VolumeKmsKeyId")
@example("Type")
def test_a_key_is_its_member_but_for_the_size_of_letters(member: str) -> None:
    """So two members that differ in more than that never share a key."""
    key = key_of(member)
    assert key.removesuffix("_").lower() == member.lower()
    assert key.endswith("_") == (key.removesuffix("_") in KEYWORDS)
    assert key[0].islower()


@settings(max_examples=500, deadline=None)
@given(CAMEL)
def test_a_key_is_its_own_key(member: str) -> None:
    """Whoever writes a key where a member is wanted gets the same key."""
    assert key_of(key_of(member)) == key_of(member)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(MEMBERS), WORDS)
def test_what_follows_a_member_does_not_change_how_its_words_are_cut(member: str, word: str) -> None:
    """Known names with a word behind them, as a later model may have them, keep to the rule, too."""
    key = key_of(member + word)
    assert key.removesuffix("_").lower() == (member + word).lower()
    assert key_of(key) == key


@settings(max_examples=300, deadline=None)
@given(CAMEL)
def test_a_reference_is_never_called_as_what_it_stands_for(member: str) -> None:
    assert re.search(r"Refs?$", ref_key_of(member))
    assert ref_key_of(member) != key_of(member)


@pytest.mark.parametrize(
    ("member", "key"),
    [
        ("RoleArn", "roleRef"),
        ("ModelName", "modelRef"),
        ("EndpointConfigName", "endpointConfigRef"),
        ("SubnetIds", "subnetRefs"),
        ("ModelPackageArns", "modelPackageRefs"),
    ],
)
def test_a_reference_is_called_as_the_incumbent_calls_its_own(member: str, key: str) -> None:
    assert ref_key_of(member) == key


@settings(max_examples=200, deadline=None)
@given(CAMEL)
def test_a_plural_is_a_legal_name_of_a_resource_and_tells_the_kind(name: str) -> None:
    """RFC 1123, as CRD names are; a longer name has a longer plural."""
    plural = plural_of(name)
    assert re.fullmatch(r"[a-z][a-z0-9]*", plural)
    assert plural != name.lower() and plural[: len(name) - 1] == name.lower()[:-1]


def test_every_member_of_the_model_keeps_to_the_rule() -> None:
    assert len(MEMBERS) > 1500
    assert [m for m in MEMBERS if key_of(m).removesuffix("_").lower() != m.lower()] == []
    assert [m for m in MEMBERS if key_of(key_of(m)) != key_of(m)] == []


def test_no_structure_of_the_model_has_two_members_of_one_key() -> None:
    shared = {
        name: [key for key, count in Counter(map(key_of, members)).items() if count > 1]
        for name, members in structures()
    }
    assert {name: keys for name, keys in shared.items() if keys} == {}


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.name)
def test_references_have_names_of_their_own(kind: Kind) -> None:
    """Beside what they stand for, no member and no other reference is called so."""
    for place in {reference.path.rpartition(".")[0] for reference in kind.references}:
        members = kind.create.members
        for part in filter(None, place.split(".")):
            shape = members[part.rstrip("[]{}")]
            while shape.element is not None or shape.value is not None:
                shape = shape.element or shape.value or shape
            members = shape.members
        here = [r.path.rpartition(".")[2] for r in kind.references if r.path.rpartition(".")[0] == place]
        twins = [ref_key_of(member) for member in here]
        assert len(set(twins)) == len(twins)
        assert set(twins) & set(map(key_of, members)) == set()
