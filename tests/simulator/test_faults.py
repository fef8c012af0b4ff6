"""Things that go wrong on request: errors, throttling, lost answers, stale reads, slowness."""

from __future__ import annotations

import http.client
import time
from typing import Any

import pytest

from simulator.control import ControlError
from simulator.server import Simulator
from tests.simulator.raw import Raw
from tests.simulator.requests import make_model, training_job


def describe(raw: Raw, name: str = "job") -> dict[str, Any]:
    return raw.ok("DescribeTrainingJob", {"TrainingJobName": name})


def test_an_error_for_some_calls(raw: Raw) -> None:
    raw.control.fault(
        "error", "Create*", "job-1", times=2, skip=1, code="InternalFailure", text="Oops", status=500
    )
    raw.ok("CreateTrainingJob", training_job("job-1"))
    raw.ok("StopTrainingJob", {"TrainingJobName": "job-1"})
    for _ in range(2):
        error = raw.refused("CreateTrainingJob", training_job("job-1"))
        assert (error.status, error.code, error.text) == (500, "InternalFailure", "Oops")
    assert raw.refused("CreateTrainingJob", training_job("job-1")).code == "ResourceInUse"
    raw.ok("CreateTrainingJob", training_job("job-2"))
    assert raw.control.faults()[0]["matched"] == 4


def test_throttling(raw: Raw) -> None:
    raw.control.fault("throttle", "DescribeTrainingJob", times=1)
    error = raw.refused("DescribeTrainingJob", {"TrainingJobName": "job"})
    assert (error.status, error.code, error.text) == (400, "ThrottlingException", "Rate exceeded")


def test_a_rate_limit(raw: Raw) -> None:
    """A bucket holds one second's worth of calls and fills with time."""
    make_model(raw)
    raw.control.settings(rates={"DescribeModel": 5.0})

    def admitted() -> int:
        return sum(raw.send("DescribeModel", b'{"ModelName": "model"}')[0] == 200 for _ in range(20))

    assert admitted() == 5
    raw.control.advance(0.7)
    assert admitted() == 3
    raw.ok("ListModels")


def test_an_answer_lost_after_the_effect(raw: Raw, simulator: Simulator) -> None:
    raw.control.fault("drop-after-effect", "CreateTrainingJob", times=1)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        raw.ok("CreateTrainingJob", training_job("job"))
    again = Raw(simulator.url)
    assert describe(again)["TrainingJobStatus"] == "InProgress"
    assert again.control.calls("CreateTrainingJob")[0]["error"] == "dropped after effect"


def test_an_answer_lost_before_the_effect(raw: Raw, simulator: Simulator) -> None:
    raw.control.fault("drop-before-effect", "CreateTrainingJob", times=1)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        raw.ok("CreateTrainingJob", training_job("job"))
    again = Raw(simulator.url)
    assert (
        again.refused("DescribeTrainingJob", {"TrainingJobName": "job"}).text
        == "Requested resource not found."
    )


def test_delay_and_latency(raw: Raw) -> None:
    make_model(raw)
    raw.control.fault("delay", "DescribeModel", seconds=0.2, times=1)
    raw.control.settings(latency=0.1)
    started = time.monotonic()
    raw.ok("DescribeModel", {"ModelName": "model"})
    assert time.monotonic() - started >= 0.3


def test_a_stale_read_shows_the_past(raw: Raw) -> None:
    raw.control.settings(stale_seconds=5)
    raw.ok("CreateTrainingJob", training_job("job"))
    raw.control.advance(10)
    assert describe(raw)["TrainingJobStatus"] == "InProgress"  # it has completed, and this is not known yet
    raw.control.advance(6)
    assert describe(raw)["TrainingJobStatus"] == "Completed"
    raw.ok("AddTags", {"ResourceArn": describe(raw)["TrainingJobArn"], "Tags": [{"Key": "k", "Value": "v"}]})
    raw.control.settings(stale_seconds=0.0)
    assert describe(raw)["TrainingJobStatus"] == "Completed"


def test_a_new_resource_may_be_found_late(raw: Raw) -> None:
    raw.control.settings(describe_delay=5)
    make_model(raw)
    assert raw.refused("DescribeModel", {"ModelName": "model"}).code == "ValidationException"
    raw.control.advance(6)
    raw.ok("DescribeModel", {"ModelName": "model"})


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"effect": "explode"}, "is one of error, throttle"),
        ({"effect": "error", "color": "red"}, "has no color"),
    ],
)
def test_a_wrong_rule_is_explained(wrong: dict[str, Any], says: str, raw: Raw) -> None:
    with pytest.raises(ControlError, match=says):
        raw.control._call("POST", "faults", wrong)
    assert raw.control.faults() == []
