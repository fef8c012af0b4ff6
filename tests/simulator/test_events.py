"""Each change of state is told of as EventBridge would, although nobody calls meanwhile."""

from __future__ import annotations

import json
from typing import Any

import boto3

from simulator import model
from simulator.server import start
from tests.loop.world import wait_until
from tests.queues import Queues
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw


def told(queues: Queues, url: str, count: int) -> list[dict[str, Any]]:
    """The first so many events, in the order in which they were sent."""
    found: list[dict[str, Any]] = []

    def probe() -> bool:
        said = queues.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        found.extend(json.loads(m["Body"]) for m in said.get("Messages", ()))
        return len(found) >= count

    wait_until(probe, lambda: json.dumps(found))
    return found


def test_a_life_is_told_of_state_by_state_in_the_words_of_its_kind(queues: Queues) -> None:
    url = queues.make()
    with start(speed=50, events_queue=url) as simulator:
        raw = Raw(simulator.url)
        maker = Maker(raw)
        endpoint = raw.ok("CreateEndpoint", maker.request(model.kinds()["Endpoint"], "mine"))
        first, second = told(queues, url, 2)
        raw.close()
    assert [first["detail"]["EndpointStatus"], second["detail"]["EndpointStatus"]] == [
        "CREATING",
        "IN_SERVICE",
    ]
    for event in (first, second):
        assert event["detail-type"] == "SageMaker Endpoint State Change"
        assert event["resources"] == [endpoint["EndpointArn"]] == [event["detail"]["EndpointArn"]]
        assert event["detail"]["EndpointName"] == "mine"
        assert (event["source"], event["region"], event["account"]) == (
            "aws.sagemaker",
            "us-east-1",
            "111122223333",
        )
    assert first["id"] != second["id"]


def test_a_pipelines_event_is_about_both_and_writes_small(queues: Queues) -> None:
    url = queues.make()
    with start(speed=50, events_queue=url) as simulator:
        raw = Raw(simulator.url)
        run = raw.ok("StartPipelineExecution", Maker(raw).request(model.kinds()["PipelineExecution"], "run"))
        first, *_ = told(queues, url, 1)
        raw.close()
    arn = run["PipelineExecutionArn"]
    assert first["resources"] == [arn.partition("/execution/")[0], arn]
    assert first["detail"]["pipelineExecutionArn"] == arn
    assert first["detail"]["currentPipelineExecutionStatus"] == "Executing"


def test_a_queue_that_is_not_there_holds_nothing_up(queues: Queues) -> None:
    url = queues.make()
    queues.sqs.delete_queue(QueueUrl=url)
    with start(speed=50, events_queue=url) as simulator:
        client = boto3.client("sagemaker", region_name="us-east-1", endpoint_url=simulator.url)
        raw = Raw(simulator.url)
        raw.ok("CreateTrainingJob", Maker(raw).request(model.kinds()["TrainingJob"], "job"))
        raw.close()
        client.get_waiter("training_job_completed_or_stopped").wait(
            TrainingJobName="job", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )
