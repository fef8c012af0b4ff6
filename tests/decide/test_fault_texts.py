"""What the texts that the simulator has collected mean: every one of them in its class, and in words that may be shown."""

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.decide.faults import RULES, Meaning, Rule, judge
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
DATA = yaml.safe_load((Path(__file__).parent / "fault_classes.yaml").read_text())
CLASSES = {name: Meaning(word) for word, names in DATA["refusals"].items() for name in names}
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


@pytest.mark.parametrize("name", list(REFUSALS))
def test_every_refusal_is_in_its_class_on_purpose(name: str) -> None:
    code, text = said("refusals", name)
    assert judge(code, text, about_itself=False).meaning is CLASSES[name]
    itself = Meaning.GONE if name.startswith("no_") and CLASSES[name] is Meaning.ELSEWHERE else CLASSES[name]
    assert judge(code, text, about_itself=True).meaning is itself


def test_every_error_of_the_simulators_own_lines_is_in_its_class_on_purpose() -> None:
    left = [tuple(line) for line in DATA["spoken"]]
    for stem, code, text in sorted(spoken()):
        line = next((line for line in left if line[0] == stem and line[1] in text and line[2] == code), None)
        assert line is not None, (
            f"simulator/{stem}.py says {code}: {text!r}: fault_classes.yaml has no class for it"
        )
        left.remove(line)
        if line[3] != "never":
            assert judge(code, text, about_itself=False).meaning.value == line[3], text
    assert left == []


def spoken() -> set[tuple[str, str, str]]:
    """(file, code, what is constant of the text) of each error that the simulator's own lines can raise."""
    found = set()
    for path in Path(model.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args):
                continue
            code, *rest = map(constant, call.args)
            if call.func.id == "validation":
                found.add((path.stem, "ValidationException", code))
            elif call.func.id == "ServiceError" and isinstance(call.args[0], ast.Constant):
                found.add((path.stem, code, rest[0]))
    found.discard(("errors", "ValidationException", ""))  # validation() itself, whose callers are here
    sum_of_problems = ("validation", "ValidationException", "; ")
    assert sum_of_problems in found
    return (found - {sum_of_problems}) | {
        ("validation", "ValidationException", "1 validation error detected: ")
    }


def constant(expression: ast.expr) -> str:
    """A text without what is put into it."""
    parts = (
        n.value for n in ast.walk(expression) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    )
    return "…".join(parts)


def examples() -> list[tuple[str, str, str]]:
    """(code, text, class) of everything that is heard: by the simulator's texts, and by whom fault_classes.yaml names."""
    heard = [(str(code), text, word) for code, text, word, _ in DATA["heard"]]
    refused = [(*said("refusals", name), CLASSES[name].value) for name in REFUSALS]
    taken = [(*said("already_exists", kind), "exists") for kind in TEXTS["already_exists"]]
    own = [(code, text, word) for _, text, code, word in DATA["spoken"] if word != "never"]
    return [*heard, *refused, *taken, *own]


@pytest.mark.parametrize(("code", "text", "word"), examples(), ids=lambda value: str(value)[:40])
def test_what_is_heard_is_in_its_class(code: str, text: str, word: str) -> None:
    assert judge(code, text, about_itself=False).meaning.value == word


def words(pattern: str) -> list[str]:
    """The alternatives of a pattern, those in its brackets apart."""
    found, depth = [""], 0
    for letter in pattern:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return found


@pytest.mark.parametrize(("rule", "side", "word"), [
    *((rule, "code", word) for rule in RULES for word in words(rule.code)),
    *((rule, "message", word) for rule in RULES for word in words(rule.message)),
], ids=lambda value: str(value)[:40])  # fmt: skip
def test_each_word_of_the_rules_decides_something(rule: Rule, side: str, word: str) -> None:
    """There is an answer that this very alternative puts into this very row."""
    narrowed = replace(rule, code=word) if side == "code" else replace(rule, message=word)
    assert any(first(code, text) is rule and matches(narrowed, code, text) for code, text, _ in examples())


def first(code: str, text: str) -> Rule | None:
    return next((rule for rule in RULES if matches(rule, code, text)), None)


def matches(rule: Rule, code: str, text: str) -> bool:
    return bool(re.search(rule.code, code) and re.search(rule.message, text))


@pytest.mark.parametrize("name", list(REFUSALS))
def test_no_text_has_the_words_on_which_clients_give_up(name: str) -> None:
    code, text = said("refusals", name)
    shown = judge(
        code,
        f"An error occurred ({code}) when calling the CreateModel operation: {code}: {text}",
        about_itself=False,
    )
    assert not any(word in shown.message for word in GIVE_UP)
