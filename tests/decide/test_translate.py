"""Manifest to request and back loses nothing, for every kind."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.decide.translate import moment, timestamp, to_manifest, to_request
from controller.kinds.load import kinds
from controller.kinds.shape import Shape
from tests.decide.values import values

KINDS = kinds()


def without_sensitive(shape: Shape, value: Any) -> Any:
    """A value less what must never be shown."""
    if isinstance(value, dict) and shape.members:
        return {
            n: without_sensitive(shape.members[n], v)
            for n, v in value.items()
            if not shape.members[n].sensitive
        }
    if isinstance(value, dict) and shape.value:
        return {n: without_sensitive(shape.value, v) for n, v in value.items()}
    return (
        [without_sensitive(shape.element, v) for v in value]
        if isinstance(value, list) and shape.element
        else value
    )


@pytest.mark.parametrize("name", list(KINDS))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_there_and_back(name: str, data: st.DataObject) -> None:
    shape = KINDS[name].create
    wished = data.draw(values(shape))
    assert to_request(shape, to_manifest(shape, wished)) == without_sensitive(shape, wished)


def test_unknown_keys_and_nulls_are_dropped() -> None:
    shape = KINDS["Model"].create
    assert to_request(shape, {"modelName": "m", "nonsense": 1, "executionRoleARN": None}) == {
        "ModelName": "m"
    }


def test_a_whole_number_in_the_place_of_a_fraction_is_sent_as_one() -> None:
    shape = KINDS["EndpointConfig"].create
    asked = to_request(
        shape, {"productionVariants": [{"initialVariantWeight": 1, "initialInstanceCount": 1}]}
    )
    (variant,) = asked["ProductionVariants"]
    assert {key: type(value) for key, value in variant.items()} == {
        "InitialVariantWeight": float,
        "InitialInstanceCount": int,
    }


def test_what_is_answered_in_another_form_than_the_model_says_is_shown_as_it_is() -> None:
    shape = KINDS["TrainingJob"].described
    odd = {"HyperParameters": "a text", "RoleArn": {"a": "map"}, "InputDataConfig": {"a": "map"}}
    shown = {"hyperParameters": "a text", "roleARN": {"a": "map"}, "inputDataConfig": {"a": "map"}}
    assert to_manifest(shape, odd) == shown
    assert to_manifest(shape, {"HyperParameters": {"a": "1"}}) == {"hyperParameters": {"a": "1"}}


def test_secrets_are_never_shown() -> None:
    shape = KINDS["Workforce"].create
    shown = to_manifest(shape, {"OidcConfig": {"ClientSecret": "canary", "ClientId": "id"}})
    assert "canary" not in str(shown)


@pytest.mark.parametrize(
    ("given_moment", "text"),
    [
        (datetime(2026, 1, 31, 8, 0, 0, 999999, UTC), "2026-01-31T08:00:00Z"),
        (datetime(2026, 1, 31, 8, 0, 0, tzinfo=timezone(timedelta(hours=2))), "2026-01-31T06:00:00Z"),
    ],
)
def test_timestamps_are_kubernetes(given_moment: datetime, text: str) -> None:
    assert timestamp(given_moment) == text
    assert moment(text) == given_moment.replace(microsecond=0)
    assert moment("never") is None


def test_a_moment_without_a_zone_is_utc() -> None:
    eight = datetime(2026, 1, 31, 8, 0, 0, tzinfo=UTC)
    assert moment("2026-01-31T08:00:00") == moment("2026-01-31T10:00:00+02:00") == eight
    assert timestamp(datetime(2026, 1, 31, 8, 0, 0)) == "2026-01-31T08:00:00Z"
