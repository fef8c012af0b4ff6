"""What each check of the chain asks before it answers, where an example of the whole does not show it."""

from dataclasses import replace
from typing import Any

import pytest

from controller.decide.actions import Create, Hold, Lost, Reject, Release, Show, Stop, Tag, Wait
from controller.decide.confidential import Marks, cleared, marks, unfit
from controller.decide.declared import ARN_ANNOTATION, FOR_ANNOTATION
from controller.decide.plan import plan
from controller.decide.situation import Seen
from controller.decide.updates import merged
from controller.kinds.load import kinds
from tests.decide.objects import ARN, status
from tests.decide.test_plan import DONE, ENDPOINT, ENDPOINT_ARN, HELD, JOB, KNOWN, SERVING, chosen, situation

DOMAIN: dict[str, Any] = {
    "held": True,
    "status": status("status", "InService", arn="arn:aws:sagemaker:us-east-1:111122223333:domain/d"),
}


def test_what_is_known_is_held_before_anything_else() -> None:
    recorded: dict[str, Any] = {"status": status("trainingJobStatus", "InProgress")}
    assert plan(situation(spec={}, seen=JOB, **recorded)) == Hold()
    assert plan(situation(spec={}, looked=True, **recorded)) == Hold()
    assert plan(situation(spec={}, seen=JOB, ours=True)) == Hold()
    assert plan(situation(spec={}, seen=JOB, ours=False)) != Hold()
    assert plan(situation(spec={}, seen=JOB, **KNOWN)) != Hold()


def test_what_cannot_be_asked_about_is_neither_made_nor_let_go() -> None:
    unknown = situation(spec={}, nameless=True, **KNOWN)
    assert plan(unknown) == Wait(
        "WaitingForReference", "what identifies this TrainingJob in SageMaker is not known", 30.0
    )
    waiting = situation(spec={}, nameless=True, waits=("for a friend",), **KNOWN)
    assert plan(waiting) == Wait("WaitingForReference", "for a friend", 30.0)
    ending = situation(spec={}, nameless=True, deleting=True, **KNOWN)
    said = plan(ending)
    assert isinstance(said, Wait) and said.reason == "Deleting" and "deletion-policy: retain" in said.message
    assert plan(situation(spec={}, nameless=True, deleting=True, looked=True, **HELD)) == Release()


def refused(**parts: Any) -> dict[str, Any]:
    said = {"type": "ACK.Terminal", "status": "True", "reason": "Invalid", "message": "no"}
    return {"held": True, "status": {"observedGeneration": 1, "conditions": [said], **parts}}


def test_a_refusal_is_kept_until_an_edit() -> None:
    assert plan(situation(spec={}, **refused())) == Reject("Invalid", "no")
    assert isinstance(plan(situation(spec={}, generation=2, **refused())), Create)
    there = refused(ackResourceMetadata={"arn": ARN})
    assert plan(situation(spec={}, seen=JOB, **there)) == Reject("Invalid", "no")
    assert isinstance(plan(situation(spec={}, looked=True, **there)), Lost)


def test_a_wrong_edit_of_what_is_there_is_refused_and_a_wrong_old_one_is_not() -> None:
    wrong: dict[str, Any] = {"spec": {}, "complaints": ("a", "b"), "seen": JOB}
    assert plan(situation(generation=2, **wrong, **KNOWN)) == Reject("Invalid", "a; b")
    assert plan(situation(**wrong, **KNOWN)) == Show()
    waiting = situation(spec={}, complaints=("missing",), waits=("for a friend",), unresolved=True)
    assert plan(waiting) == Wait("WaitingForReference", "for a friend", 30.0)


def test_what_is_there_waits_only_for_a_value_that_an_edit_asks_for() -> None:
    asks: dict[str, Any] = {"spec": {}, "waits": ("for a friend",), "seen": SERVING}
    assert chosen(plan(situation("Endpoint", generation=2, unresolved=True, **asks, **ENDPOINT))) == "Wait"
    assert chosen(plan(situation("Endpoint", unresolved=True, **asks, **ENDPOINT))) == "Show"
    assert chosen(plan(situation("Endpoint", generation=2, **asks, **ENDPOINT))) == "Show"


def test_somebody_elses_is_told_from_a_claim_on_it() -> None:
    assert plan(situation(spec={}, seen=JOB, ours=False, **HELD)) == Reject(
        "AlreadyExists",
        "Resource already exists: SageMaker has a TrainingJob of this name; choose another name",
    )
    one = situation(spec={}, seen=JOB, ours=False, annotations={ARN_ANNOTATION: ARN}, **HELD)
    said = plan(replace(one, seen=Seen(JOB, ours=False, arn=ARN, owner="other/ns/TrainingJob/x")))
    assert isinstance(said, Reject) and said.reason == "AlreadyExists"
    assert ARN in said.message and "take the annotation" in said.message


def test_a_vanished_one_is_made_again_only_where_nothing_is_lost_by_it() -> None:
    assert isinstance(plan(situation("Domain", spec={}, looked=True, **DOMAIN)), Lost)
    again = plan(situation("Endpoint", spec={}, looked=True, **ENDPOINT))
    assert isinstance(again, Create) and not again.fresh
    lately = plan(situation("Endpoint", spec={}, looked=True, recent=True, **ENDPOINT))
    assert lately == Wait("Creating", "SageMaker does not show it yet", 5.0)
    over: dict[str, Any] = {
        "held": True,
        "status": status("trainingJobStatus", "Completed", ready="True"),
        "generation": 2,
    }
    assert plan(situation(spec={}, looked=True, **over)) == Show(
        "SageMaker no longer has the record of this run"
    )


def test_what_somebody_claims_and_is_not_there_is_no_reason_to_make_another() -> None:
    claim = {ARN_ANNOTATION: ENDPOINT_ARN}
    gone: dict[str, Any] = {"spec": {"endpointName": "job"}, "looked": True, "held": True}
    said = plan(situation("Endpoint", annotations=claim, **gone))
    assert isinstance(said, Reject) and said.reason == "InvalidAnnotation"
    assert ENDPOINT_ARN in said.message and "has no such Endpoint" in said.message
    # what we wrote ourselves is a record, which a restore has brought back without the status
    record = {**claim, FOR_ANNOTATION: "team/job"}
    assert chosen(plan(situation("Endpoint", annotations=record, **gone))) == "Create"
    assert chosen(plan(situation("Endpoint", annotations=claim, deleting=True, **gone))) == "Release"


def test_a_claim_that_is_no_arn_makes_nothing_new() -> None:
    tried: list[dict[str, Any]] = [{}, HELD, {"held": True, "looked": True}]
    for parts in tried:
        said = plan(situation(spec={}, annotations={ARN_ANNOTATION: "arn of mine"}, **parts))
        assert isinstance(said, Reject) and said.reason == "InvalidAnnotation", parts
        assert "not the ARN" in said.message and "take it away" in said.message
    copied = {ARN_ANNOTATION: "arn of mine", FOR_ANNOTATION: "another/object"}
    assert chosen(plan(situation(spec={}, annotations=copied))) == "Create"
    there = situation(spec={}, seen=JOB, annotations={ARN_ANNOTATION: "arn of mine"}, **KNOWN)
    assert chosen(plan(there)) == "Show"  # the status knows better, and the annotation is written anew
    ended: dict[str, Any] = {"deleting": True, "held": True, "looked": True}
    assert chosen(plan(situation(annotations={ARN_ANNOTATION: "arn of mine"}, **ended))) == "Release"


def test_an_earlier_try_is_waited_for_where_a_second_would_make_a_second() -> None:
    tried: dict[str, Any] = {"spec": {}, "looked": True, "recent": True, **HELD}
    assert chosen(plan(situation("Domain", **tried))) == "Wait"
    assert chosen(plan(situation("Domain", **tried, refused=True))) == "Create"
    assert chosen(plan(situation("Domain", **{**tried, "recent": False}))) == "Create"
    assert chosen(plan(situation("Endpoint", **tried))) == "Create"  # its name is taken, or it is not
    first = plan(situation("Endpoint", spec={}))
    assert isinstance(first, Create) and first.fresh


TAGGED: dict[str, Any] = {"tags": [{"key": "a", "value": "1"}, {"key": "b"}]}


@pytest.mark.parametrize(
    ("have", "before", "action"),
    [
        ({"a": "1", "b": ""}, (), None),
        ({"a": "1", "b": "", "foreign": "x"}, (), None),
        ({"a": "2", "b": ""}, (), Tag({"a": "1"}, ())),
        ({"a": "1"}, (), Tag({"b": ""}, ())),
        ({"a": "1", "b": "", "old": "x"}, ("old", "a"), Tag({}, ("old",))),
        ({"a": "1", "b": ""}, ("old",), None),
        (None, ("old",), None),
    ],
)
def test_tags_that_were_or_are_declared_are_made_so(have: Any, before: tuple[str, ...], action: Any) -> None:
    known: dict[str, Any] = {
        "held": True,
        "status": {**status("trainingJobStatus", "InProgress"), "applied": {"tags": [*before]}},
    }
    said = plan(situation(spec=TAGGED, seen=JOB, tags=have, **known))
    assert said == (action or Show())


def test_deleting_stops_what_runs_and_lets_go_of_what_is_over() -> None:
    gone: dict[str, Any] = {"deleting": True, "spec": {}}
    assert plan(situation(seen=JOB, **gone, **KNOWN)) == Stop()
    assert plan(situation(seen=DONE, **gone, **KNOWN)) == Release()
    # created for certain and not visible yet: it is ended unseen
    assert plan(situation(looked=True, recent=True, **gone, **KNOWN)) == Stop()
    assert plan(situation(looked=True, **gone, **KNOWN)) == Release()
    stateless: dict[str, Any] = {"held": True, "status": {"ackResourceMetadata": {"arn": ARN}}}
    assert plan(situation(looked=True, recent=True, **gone, **stateless)) == Stop()
    ending: dict[str, Any] = {"held": True, "status": status("trainingJobStatus", "Stopping")}
    assert plan(situation(looked=True, recent=True, **gone, **ending)) == Release()
    assert chosen(plan(situation(looked=True, recent=True, **gone, **HELD))) == "Wait"
    assert plan(situation(looked=True, recent=True, refused=True, **gone, **HELD)) == Release()
    users = situation(seen=JOB, users=("Endpoint team/e",), **gone, **KNOWN)
    assert plan(users) == Wait("InUse", "waits for Endpoint team/e, which is being deleted too", 30.0)


def test_what_only_a_token_tells_is_made_once_more_to_be_ended() -> None:
    kind = next(name for name, kind in kinds().items() if kind.found_by_token and kind.end_with != "leave")
    made = plan(situation(kind, deleting=True, spec={}, looked=True, **HELD))
    assert isinstance(made, Create) and not made.fresh
    waiting = situation(kind, deleting=True, spec={}, looked=True, waits=("for a friend",), **HELD)
    assert plan(waiting) == Release()


def test_names_that_go_from_two_lists_are_joined_and_anything_else_is_the_last_word() -> None:
    assert merged([{"A": [1]}, {"A": [2], "B": 1}, {"B": 2}]) == {"A": [1, 2], "B": 2}
    assert merged([{"A": [1]}, {"A": "x"}]) == {"A": "x"}
    assert merged([{"A": "x"}, {"A": [1]}]) == {"A": [1]}
    assert merged([]) == {}


@pytest.mark.parametrize("written", ["geheim%C3%9F%20w%C3%B6rt", "geheim\\u00df w\\u00f6rt", "geheimß wört"])
def test_a_value_beyond_ascii_is_told_however_it_is_written(written: str) -> None:
    known: Marks = marks(["geheimß wört"], b"k")
    text = cleared(f"refused: {written}", known)
    assert text == "refused: ***"


@pytest.mark.parametrize("text", ["abc", "abcd", "xabc", "x abc x", "aabc"])
def test_a_short_value_is_told_wherever_it_stands(text: str) -> None:
    assert "abc" not in cleared(text, marks(["abc"], b"k"))


def test_the_first_and_last_characters_of_a_value_are_told_too() -> None:
    quoted = 'a"bcdefghijk'
    assert cleared('a\\"bcdefg', marks([quoted], b"k")) == "***"
    assert cleared("1 bcdefghi 2", marks(["abcdefghij"], b"k")) == "1 *** 2"
    assert cleared("1 bcdefgh 2", marks(["abcdefghij"], b"k")) == "1 bcdefgh 2"


def test_a_value_that_sagemaker_would_refuse_is_told_without_a_word_of_it() -> None:
    shape = kinds()["Workforce"].create.members["OidcConfig"].members["ClientSecret"]
    assert unfit(shape, "") == "has 0 characters and may have 1 to 1024"
    assert unfit(shape, "x") is None and unfit(shape, "x" * 1024) is None
    assert unfit(shape, "x" * 1025) == "has 1025 characters and may have 1 to 1024"
    odd, newline = unfit(shape, "a\tb"), unfit(shape, "ab\n")
    assert odd is not None and "newline" not in odd
    assert newline is not None and newline.endswith(", perhaps for the newline at its end")
