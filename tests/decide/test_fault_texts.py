"""What the texts that the simulator has collected mean: every one of them in its class, and in words that may be shown."""

import re
from typing import Any

import pytest

from controller.decide.faults import Meaning, judge
from simulator import model

TEXTS = model.data("texts")
FILLED = {
    "name": "x",
    "arn": "arn:aws:sagemaker:us-east-1:111122223333:thing/x",
    "kind": "Thing",
    "words": "thing",
    "status": "Updating",
    "value": "x",
    "token": "t",
    "other": "Other",
}
REFUSALS = TEXTS["refusals"]
MISSING = [
    name
    for name in REFUSALS
    if name.startswith("no_") and name not in {"no_package_name", "no_pipeline_definition"}
]
BUSY = [
    name
    for name in REFUSALS
    if re.search(
        "busy|in_use|delete_running|not_in_service|notebook_|image_not_ready|has_dependents|conflict", name
    )
]
GIVE_UP = ("ValidationException", "InvalidParameter")  # words on which a pipeline client gives up


def said(section: str, name: str) -> tuple[str, str]:
    entry: dict[str, Any] = TEXTS[section][name]
    return entry["code"], str(entry["text"]).format(**FILLED)


@pytest.mark.parametrize("kind", list(TEXTS["already_exists"]))
def test_a_name_that_is_taken_is_recognised_in_every_kinds_words(kind: str) -> None:
    code, text = said("already_exists", kind)
    assert judge(code, text, about_itself=False).meaning is Meaning.EXISTS


@pytest.mark.parametrize("kind", list(TEXTS["not_found"]))
def test_what_is_not_there_is_gone_when_it_was_asked_for_itself(kind: str) -> None:
    code, text = said("not_found", kind)
    assert judge(code, text, about_itself=True).meaning is Meaning.GONE


@pytest.mark.parametrize("name", MISSING)
def test_something_else_that_is_not_there_is_waited_for(name: str) -> None:
    code, text = said("refusals", name)
    assert judge(code, text, about_itself=False).meaning is Meaning.ELSEWHERE


@pytest.mark.parametrize("name", BUSY)
def test_what_is_at_work_is_busy(name: str) -> None:
    code, text = said("refusals", name)
    assert judge(code, text, about_itself=True).meaning is Meaning.BUSY


@pytest.mark.parametrize("name", list(REFUSALS))
def test_a_refusal_for_what_is_there_now_is_never_called_malformed(name: str) -> None:
    code, text = said("refusals", name)
    assert judge(code, text, about_itself=False).meaning is not Meaning.MALFORMED


@pytest.mark.parametrize("name", list(REFUSALS))
def test_no_text_has_the_words_on_which_clients_give_up(name: str) -> None:
    code, text = said("refusals", name)
    shown = judge(
        code,
        f"An error occurred ({code}) when calling the CreateModel operation: {code}: {text}",
        about_itself=False,
    )
    assert not any(word in shown.message for word in GIVE_UP)
