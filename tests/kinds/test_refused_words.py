"""A table that says what the model does not bear out is refused when it is read, with the name of the kind."""

from typing import Any

import pytest

from controller.kinds import load


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """A table that can be changed."""
    said = {name: dict(words) for name, words in load.table().items()}
    monkeypatch.setattr(load, "table", lambda: said)
    return said


@pytest.mark.parametrize(
    ("kind", "words", "told"),
    [
        ("Endpoint", {"refers_to": {"NoSuch": "Model"}}, "Endpoint: refers_to names NoSuch"),
        ("Domain", {"chosen_by": {"NoSuch": "a/b"}}, "Domain: chosen_by names NoSuch"),
        ("Domain", {"chosen_by": {"DomainId": "a/b"}}, "Domain: chosen_by names DomainId"),
        ("Workforce", {"secrets": {"WorkforceName": "reference"}}, "Workforce: secrets names WorkforceName"),
        ("Workforce", {"secrets": {"NoSuch": "reference"}}, "Workforce: secrets names NoSuch"),
        ("Model", {"verbs": {"stop": "NoSuch"}}, "Model"),
        ("Model", {"verbs": {"start": "NoSuch"}}, "no operation NoSuch"),
        ("Model", {"verbs": {"list": "NoSuch"}}, "no operation NoSuch"),
        (
            "Endpoint",
            {"periods": {"lasts": {"InService": 60}}},
            "Endpoint: periods.lasts names InService, which is no busy state",
        ),
        ("Model", {"periods": {"lasts": {"Creating": 60}}}, "Model: periods.lasts names Creating"),
        ("Model", {"periods": {"living": 60}}, "Model: periods.living is of kinds with states"),
        (
            "Endpoint",
            {"periods": {"lingering": 60}},
            "Endpoint: periods.lingering is of kinds with lingers_while",
        ),
    ],
)
def test_a_word_that_names_nothing(
    table: dict[str, dict[str, Any]], kind: str, words: dict[str, Any], told: str
) -> None:
    table[kind] |= words
    with pytest.raises(load.TableError, match=told):
        load.kinds.__wrapped__()  # NB: what everybody else has read stays as it is
