"""What annotations say of a deletion, and what they cannot say."""

from typing import Any

import pytest

from controller.decide import pauses
from controller.decide.actions import Reject, Wait
from controller.decide.deletion import chosen, is_protected, is_retained, unclear
from controller.decide.faults import Fault, Meaning
from controller.decide.plan import plan
from controller.decide.situation import Seen, Situation, must_look
from controller.kinds.kind import Kind
from controller.kinds.load import kinds
from controller.kinds.names import key_of
from controller.kinds.states import StateClass
from tests.decide.objects import declared, status

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
    protected = {
        value: is_protected(declared(annotations={PROTECTION: value})) for value in ("true", "false", "yes")
    }
    assert protected == {"true": True, "false": False, "yes": False}
    assert not is_protected(declared())


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


@pytest.mark.parametrize("meaning", list(Meaning))
def test_nobody_waits_longer_than_half_a_minute_for_a_deletion_to_go_on(meaning: Meaning) -> None:
    fault = Fault(meaning, "Code", "text")
    tries = [pauses.after_fault(fault, n, j, deleting=True) for n in range(1, 40) for j in (0.0, 0.999)]
    assert min(tries) > 0 and max(tries) <= 30
    assert max(pauses.after_fault(fault, n, 0.5) for n in range(1, 40)) > 30, "what lives may wait longer"


BUSY = [
    (kind, state)
    for kind in kinds().values()
    if kind.states is not None and kind.end_with != "leave"
    for state in kind.states.where(StateClass.BUSY)
]


@pytest.mark.parametrize(("kind", "state"), BUSY, ids=[f"{kind.name}-{state}" for kind, state in BUSY])
def test_what_is_busy_is_stopped_or_waited_for_and_never_deleted(kind: Kind, state: str) -> None:
    shown = status(key_of(str(kind.status)), state)
    one = declared(kind.name, held=True, deleting=True, spec={}, status=shown)
    action = plan(Situation(declared=one, asked={}, looked=True, seen=Seen({str(kind.status): state})))
    if isinstance(action, Wait):
        assert 0 < action.pause <= 30 and state in action.message
    else:
        assert type(action).__name__ == "Stop"
        assert kind.end_with in {"stop", "stop-delete"}


READ_ONLY = "services.k8s.aws/read-only"
ADOPTION = "services.k8s.aws/adoption-policy"
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model/m"
THERE = {"held": True, "status": {"ackResourceMetadata": {"arn": ARN}}}
RETAINED = {"annotations": {READ_ONLY: "true", POLICY: "retain"}, "deleting": True}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        pytest.param({"annotations": {READ_ONLY: "true"}}, READ_ONLY, id="a new one"),
        pytest.param({"annotations": {READ_ONLY: "yes"}, **THERE}, READ_ONLY, id="one that is there"),
        pytest.param(
            {"annotations": {READ_ONLY: "true"}, "deleting": True, **THERE}, READ_ONLY, id="a deletion"
        ),
        pytest.param({**RETAINED, **THERE}, None, id="let go of without a call"),
        pytest.param({"annotations": {READ_ONLY: "false"}}, None, id="not read-only"),
        pytest.param({"annotations": {ADOPTION: "adopt"}}, ADOPTION, id="one to adopt"),
        pytest.param(
            {"annotations": {ADOPTION: "adopt"}, **THERE}, None, id="one that the incumbent has adopted"
        ),
    ],
)
def test_what_asks_to_be_left_alone_is_not_acted_upon(parts: dict[str, Any], said: str | None) -> None:
    one = declared("Model", spec={}, **parts)
    retain = is_retained(one, "delete")
    action = plan(Situation(one, {}, seen=Seen({}, arn=ARN), retain=retain, unclear=unclear(one)))
    if said is None:
        assert not isinstance(action, Reject)
    else:
        assert isinstance(action, Reject) and f"annotation {said} is not supported yet" in action.message
        assert action.reason == "InvalidAnnotation"
