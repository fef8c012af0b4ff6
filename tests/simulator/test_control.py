"""The levers: what was called, what is stored, changes behind the caller's back, time, settings."""

from __future__ import annotations

import time

import pytest

from simulator.control import ControlError
from simulator.server import start
from tests.simulator.raw import Raw
from tests.simulator.requests import make_endpoint, make_model, make_notebook, training_job


def test_calls_are_counted_and_logged(raw: Raw) -> None:
    make_model(raw)
    raw.refused("DescribeModel", {"ModelName": "none"})
    assert raw.control.counts() == {"CreateModel": 1, "DescribeModel": 1}
    call = raw.control.calls("DescribeModel")[0]
    assert {
        k: call[k] for k in ("operation", "name", "status", "error", "account", "region", "access_key")
    } == {
        "operation": "DescribeModel",
        "name": "none",
        "status": 400,
        "error": "ValidationException",
        "account": "111122223333",
        "region": "us-east-1",
        "access_key": "AKIATEST",
    }
    assert abs(call["time"] - time.time()) < 60
    assert len(raw.control.calls(name="model")) == 1
    raw.control.forget_calls()
    assert raw.control.counts() == {}
    raw.ok("DescribeModel", {"ModelName": "model"})


def test_every_answer_has_a_request_id(raw: Raw) -> None:
    make_model(raw)
    first = raw.last_headers["x-amzn-requestid"]
    raw.refused("DescribeModel", {"ModelName": "none"})
    assert raw.last_headers["x-amzn-requestid"] != first
    assert raw.last_headers["content-type"] == "application/x-amz-json-1.1"


def test_resources_show_the_request_as_received(raw: Raw) -> None:
    request = training_job("job", Tags=[{"Key": "k", "Value": "v"}])
    raw.ok("CreateTrainingJob", request)
    make_model(raw)
    found = raw.control.resource("TrainingJob", "job")
    assert (found["request"], found["status"], found["tags"]) == (request, "InProgress", {"k": "v"})
    assert [r["kind"] for r in raw.control.resources()] == ["TrainingJob", "Model"]
    assert [r["name"] for r in raw.control.resources("Model", "mod*")] == ["model"]


def test_drift(raw: Raw) -> None:
    """Members Create has, members only Describe has, members with another name in Describe, list elements, tags."""
    make_endpoint(raw)
    make_notebook(raw, SecurityGroupIds=["sg-1"])
    raw.control.change(
        "Model", "model", set={"PrimaryContainer.Image": "other", "PrimaryContainer.Environment": {"A": "1"}}
    )
    container = raw.ok("DescribeModel", {"ModelName": "model"})["PrimaryContainer"]
    assert (container["Image"], container["Environment"]) == ("other", {"A": "1"})
    raw.control.change("Endpoint", "endpoint", set={"ProductionVariants.0.CurrentInstanceCount": 7})
    variants = raw.ok("DescribeEndpoint", {"EndpointName": "endpoint"})["ProductionVariants"]
    assert variants[0]["CurrentInstanceCount"] == 7
    raw.control.change("NotebookInstance", "notebook", set={"SecurityGroups": ["sg-2"]}, tags={"by": "hand"})
    shown = raw.ok("DescribeNotebookInstance", {"NotebookInstanceName": "notebook"})
    assert shown["SecurityGroups"] == ["sg-2"]
    arn = shown["NotebookInstanceArn"]
    assert raw.ok("ListTags", {"ResourceArn": arn})["Tags"] == [{"Key": "by", "Value": "hand"}]
    raw.control.change("Model", "model", set={"PrimaryContainer.Environment": None})
    assert "Environment" not in raw.ok("DescribeModel", {"ModelName": "model"})["PrimaryContainer"]
    # What the caller once sent is not touched: tests compare with it.
    assert raw.control.resource("Model", "model")["request"]["PrimaryContainer"] == {"Image": "image"}


def test_a_state_is_set(raw: Raw) -> None:
    make_endpoint(raw)
    raw.control.set_state("Endpoint", "endpoint", "OutOfService", "Somebody pulled the plug")
    shown = raw.ok("DescribeEndpoint", {"EndpointName": "endpoint"})
    assert (shown["EndpointStatus"], shown["FailureReason"]) == ("OutOfService", "Somebody pulled the plug")
    raw.control.advance(1000)
    assert raw.ok("DescribeEndpoint", {"EndpointName": "endpoint"})["EndpointStatus"] == "OutOfService"
    with pytest.raises(ControlError, match="'Broken' is no state of a Endpoint: OutOfService"):
        raw.control.set_state("Endpoint", "endpoint", "Broken")
    with pytest.raises(ControlError, match="Model has no states"):
        raw.control.set_state("Model", "model", "InService")


def test_a_resource_vanishes(raw: Raw) -> None:
    make_model(raw)
    raw.control.remove("Model", "model")
    assert raw.refused("DescribeModel", {"ModelName": "model"}).code == "ValidationException"
    with pytest.raises(ControlError, match="0 resources match Model model"):
        raw.control.remove("Model", "model")


def test_settings_are_checked(raw: Raw) -> None:
    assert raw.control.settings(**{"list-delay": 3})["list_delay"] == 3
    with pytest.raises(ControlError, match="unknown setting 'colour'"):
        raw.control.settings(colour="red")
    with pytest.raises(ControlError, match="setting 'latency' wants a float, not 'much'"):
        raw.control.settings(latency="much")
    with pytest.raises(ControlError, match=r"'durations\[Endpoint\]' wants a float"):
        raw.control.settings(durations={"Endpoint": "long"})


def test_an_unknown_lever_names_the_known_ones(raw: Raw) -> None:
    with pytest.raises(ControlError, match=r"POST /_simulator/explode: there are .*POST /_simulator/advance"):
        raw.control._call("POST", "explode", {})


def test_durations_from_special_to_general(raw: Raw) -> None:
    def took(**durations: float) -> str:
        raw.control.reset()
        raw.control.settings(durations=durations)
        raw.ok("CreateTrainingJob", training_job("job"))
        raw.control.advance(5)
        return str(raw.ok("DescribeTrainingJob", {"TrainingJobName": "job"})["TrainingJobStatus"])

    assert took(**{"*": 10}) == "InProgress"
    assert took(**{"*": 10, "*.create": 1}) == "Completed"
    assert took(**{"*.create": 1, "TrainingJob": 10}) == "InProgress"
    assert took(**{"TrainingJob": 10, "TrainingJob.create": 1}) == "Completed"


def test_zero_seconds_settle_at_once(raw: Raw) -> None:
    raw.control.settings(durations={"*": 0})
    make_model(raw)
    raw.ok("CreateTrainingJob", training_job("job"))
    assert raw.ok("DescribeTrainingJob", {"TrainingJobName": "job"})["TrainingJobStatus"] == "Completed"


def test_the_clock_runs_or_stands(raw: Raw) -> None:
    before = raw.control.now()
    assert raw.control.advance(100) == pytest.approx(before + 100)
    assert raw.control.now() == pytest.approx(before + 100)
    raw.control.set_clock(manual=False, speed=1000)
    raw.ok("CreateTrainingJob", training_job("job"))
    deadline = time.monotonic() + 30
    while raw.ok("DescribeTrainingJob", {"TrainingJobName": "job"})["TrainingJobStatus"] != "Completed":
        assert time.monotonic() < deadline
    raw.control.set_clock(manual=True, speed=1)
    stopped = raw.control.now()
    assert raw.control.now() == stopped


def test_two_simulators_know_nothing_of_each_other() -> None:
    with start(manual_clock=True) as one, start(manual_clock=True) as two:
        first, second = Raw(one.url), Raw(two.url)
        make_model(first)
        assert second.refused("DescribeModel", {"ModelName": "model"}).code == "ValidationException"
        assert one.control.counts() != two.control.counts()
