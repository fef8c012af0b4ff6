"""What names a secret, what is remembered of it, and how a text is cleared of it."""

import base64
import html
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.decide.actions import Action, Show, Update
from controller.decide.applied import Applied, first, mark
from controller.decide.compare import Difference
from controller.decide.confidential import (
    REPEATS,
    WINDOW,
    Pointer,
    all_cleared,
    cleared,
    filled,
    marks,
    pointers,
    withheld,
)
from controller.decide.declared import request
from controller.decide.plan import plan
from controller.decide.situation import Seen, Situation
from controller.kinds.load import kinds
from tests.decide.objects import declared

WORKFORCE = kinds()["Workforce"]
OIDC = {
    key: "https://idp.example"
    for key in (
        "issuer",
        "authorizationEndpoint",
        "tokenEndpoint",
        "userInfoEndpoint",
        "logoutEndpoint",
        "jwksURI",
    )
}
SPEC = {"oidcConfig": {**OIDC, "clientID": "id", "clientSecret": {"name": "idp", "key": "secret"}}}


def test_a_reference_is_valid_and_is_what_is_declared() -> None:
    asked = request(declared("Workforce", name="crowd", spec=SPEC))
    assert WORKFORCE.validate(asked) == ()
    (found,) = pointers(WORKFORCE, "team", asked)
    assert found == Pointer("OidcConfig.ClientSecret", "team", "idp", "secret")


@pytest.mark.parametrize("wrong", ["hunter2-hunter2", {"name": "hunter2-hunter2"}, 4711, ["hunter2-hunter2"]])
def test_anything_else_in_its_place_is_refused_and_not_repeated(wrong: object) -> None:
    spec = {"oidcConfig": {**SPEC["oidcConfig"], "clientSecret": wrong}}
    (said,) = declared("Workforce", name="crowd", spec=spec).illegible.values()
    assert said.startswith("spec.oidcConfig.clientSecret is not a reference to a Secret")
    assert "hunter2" not in said and "4711" not in said


@pytest.mark.parametrize("wrong", ["hunter2-hunter2", {"name": "hunter2-hunter2"}, 4711, ["hunter2-hunter2"]])
def test_a_request_with_anything_else_in_its_place_is_refused_too(wrong: object) -> None:
    asked = request(declared("Workforce", name="crowd", spec=SPEC))
    (said,) = WORKFORCE.validate({**asked, "OidcConfig": {**asked["OidcConfig"], "ClientSecret": wrong}})
    assert said.startswith("OidcConfig.ClientSecret is not a reference to a Secret")
    assert "hunter2" not in said and "4711" not in said


def test_a_request_with_nothing_in_its_place_is_refused_for_that_and_one_without_any_is_not() -> None:
    asked = request(declared("Workforce", name="crowd", spec=SPEC))
    without = {key: value for key, value in asked["OidcConfig"].items() if key != "ClientSecret"}
    (said,) = WORKFORCE.validate({**asked, "OidcConfig": without})
    assert said == 'Missing required parameter in OidcConfig: "ClientSecret"'
    cognito = {"CognitoConfig": {"UserPool": "p", "ClientId": "c"}}
    assert WORKFORCE.validate({"WorkforceName": "crowd", **cognito}) == ()


def test_what_is_filled_in_leaves_what_was_declared_as_it_was() -> None:
    asked = request(declared("Workforce", name="crowd", spec=SPEC))
    before = json.dumps(asked)
    assert filled(asked, {"OidcConfig.ClientSecret": "v"})["OidcConfig"]["ClientSecret"] == "v"
    assert json.dumps(asked) == before


def test_names_are_remembered_and_nothing_else() -> None:
    one = declared("Workforce", name="crowd", spec=SPEC)
    applied = first(one, request(one))
    assert applied.secrets == {"oidcConfig.clientSecret": "idp/secret"}
    assert Applied.of({"applied": applied.written()}) == applied
    asked = request(one)["OidcConfig"]
    assert mark(Difference("OidcConfig", asked, None, {})) == mark(
        Difference("OidcConfig", dict(asked), None, {})
    )


def told(text: str, values: list[str]) -> str:
    return cleared(text, marks(values, b"some key"))


# what cannot be told from the sentence around it, or from what stands in for it
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="*"), min_size=WINDOW)


@given(VALUES, st.sampled_from([str, repr, json.dumps, lambda v: base64.b64encode(v.encode()).decode()]))
def test_no_window_of_a_value_is_left_however_it_is_written(value: str, written: object) -> None:
    assert callable(written)
    text = told(f"(( {written(value)} )) (( {value[:-2]}", [value])
    assert not any(value[at : at + WINDOW] in text for at in range(len(value) - WINDOW + 1))
    assert written(value) not in text


QUOTED = "correct 'horse' & \"\\"  # ends in what every way to write it writes otherwise


@pytest.mark.parametrize(
    "written", [QUOTED, repr(QUOTED)[1:-1], json.dumps(QUOTED)[1:-1], html.escape(QUOTED), quote(QUOTED)]
)
def test_each_way_to_write_a_value_is_hidden_to_its_last_character(written: str) -> None:
    assert told(f"no {written} here", [QUOTED]) == "no *** here"


def test_another_secret_than_the_one_that_was_sent_is_sent() -> None:
    named = SPEC["oidcConfig"] | {"clientSecret": {"name": "idp", "key": "another"}}
    shown = {
        "ackResourceMetadata": {"arn": "arn:aws:sagemaker:us-east-1:111122223333:workforce/crowd"},
        "applied": {"secrets": {"oidcConfig.clientSecret": "idp/secret"}},
    }
    seen = Seen(
        {
            "OidcConfig": {
                key: value
                for key, value in request(declared("Workforce", spec=SPEC))["OidcConfig"].items()
                if key != "ClientSecret"
            }
        }
    )

    def planned(spec: Any) -> Action:
        one = declared("Workforce", name="crowd", spec=spec, held=True, status=shown)
        return plan(Situation(one, request(one), looked=True, seen=seen))

    update = planned({"oidcConfig": named})
    assert isinstance(update, Update)
    assert update.members["OidcConfig"]["ClientSecret"] == {"name": "idp", "key": "another"}
    assert planned(SPEC) == Show()


def test_a_short_value_takes_the_whole_sentence_with_it() -> None:
    assert told("Value 'abc' is wrong", ["abc"]) == REPEATS
    assert told("Value is wrong", ["abc"]) == "Value is wrong"


def test_what_does_not_hold_it_stays_as_it_is() -> None:
    assert told("no role for this workforce", ["correct horse"]) == "no role for this workforce"
    assert told("no correct horse here", ["correct horse"]) == "no *** here"


def test_every_text_of_a_description_is_cleared() -> None:
    known = marks(["correct horse"], b"k")
    assert all_cleared({"A": [{"B": "no correct horse"}], "C": 1, "D": None}, known) == {
        "A": [{"B": "no ***"}],
        "C": 1,
        "D": None,
    }


def test_marks_hold_nothing_of_a_value_and_differ_by_key() -> None:
    one, other = marks(["correct horse"], b"one"), marks(["correct horse"], b"two")
    assert one.windows.isdisjoint(other.windows)
    assert not any(b"horse" in digest for digest in one.windows)


def test_why_it_failed_is_told_only_as_before_when_it_is_not_known_what_was_sent() -> None:
    failed = {"Status": "Failed", "FailureReason": "no correct horse"}
    assert withheld(WORKFORCE, failed, {"failureReason": "no ***"})["FailureReason"] == "no ***"
    assert "horse" not in withheld(WORKFORCE, failed, {})["FailureReason"]
    assert withheld(WORKFORCE, {"Status": "Active"}, {}) == {"Status": "Active"}
