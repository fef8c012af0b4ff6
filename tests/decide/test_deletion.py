"""What annotations say of a deletion, and what they cannot say."""

import pytest

from controller.decide.deletion import chosen, is_protected, is_retained, unclear
from controller.decide.situation import must_look
from controller.kinds.load import kinds
from tests.decide.objects import declared

POLICY = "services.k8s.aws/deletion-policy"
PROTECTION = "sagemaker.services.k8s.aws/deletion-protection"
EFS = "sagemaker.services.k8s.aws/home-efs-file-system"


@pytest.mark.parametrize(
    ("value", "default", "stays"),
    [
        ("retain", "delete", True),
        ("delete", "retain", False),
        (None, "retain", True),
        ("Retain", "delete", False),
    ],
)
def test_the_objects_policy_comes_before_the_installations(
    value: str | None, default: str, stays: bool
) -> None:
    annotations = {} if value is None else {POLICY: value}
    assert is_retained(declared(annotations=annotations), default) is stays


@pytest.mark.parametrize("value", ["", "Retain", "RETAIN", "keep", " retain", "orphan"])
def test_a_policy_nobody_knows_is_named_with_what_is_allowed(value: str) -> None:
    (said,) = unclear(declared(annotations={POLICY: value}))
    assert said == f"annotation {POLICY} is {value!r}: set it to delete or retain, or take it away"


def test_what_is_allowed_is_clear() -> None:
    fine = [{POLICY: "retain"}, {POLICY: "delete"}, {PROTECTION: "true"}, {PROTECTION: "false"}, {}]
    assert [unclear(declared(annotations=each)) for each in fine] == [()] * len(fine)
    assert unclear(declared("Domain", annotations={EFS: "Delete"})) == ()
    assert unclear(declared("Model", annotations={EFS: "?"})) == (), "only a Domain has a home file system"
    assert is_protected(declared(annotations={PROTECTION: "true"}))


def test_a_choice_stands_over_the_tables_constant_and_leaves_it_as_it_is() -> None:
    constants = kinds()["Domain"].fixed["delete"]
    one = declared("Domain", annotations={EFS: "Delete"})
    assert chosen(one, {"DomainId": "d", **constants}) == {
        "DomainId": "d",
        "RetentionPolicy": {"HomeEfsFileSystem": "Delete"},
    }
    assert constants == {"RetentionPolicy": {"HomeEfsFileSystem": "Retain"}}
    assert chosen(declared("Domain"), constants) == constants


def test_nobody_is_asked_about_what_can_only_be_left() -> None:
    for name, kind in kinds().items():
        one = declared(name, held=True, deleting=True)
        assert must_look(one) is (kind.end_with != "leave")
