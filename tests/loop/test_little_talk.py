"""What a job costs SageMaker and the API server, word for word as the README says it."""

import re
from collections.abc import Callable
from typing import Any

from tests.loop.world import World, condition, is_ready, wait_until

JOB: dict[str, Any] = {
    "roleARN": "arn:aws:iam::111122223333:role/execution",
    "algorithmSpecification": {
        "trainingImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/t:1",
        "trainingInputMode": "File",
    },
    "outputDataConfig": {"s3OutputPath": "s3://bucket/output"},
    "resourceConfig": {"instanceCount": 1, "instanceType": "ml.m5.large", "volumeSizeInGB": 10},
    "stoppingCondition": {"maxRuntimeInSeconds": 3600},
}
MODEL = {
    "executionRoleARN": "arn:aws:iam::111122223333:role/execution",
    "primaryContainer": {"image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/t:1"},
}

Make = Callable[..., World]


def queued(world: World) -> dict[str, float]:
    """How many objects are in the queue, by state."""
    assert world.app is not None
    text = world.app.metrics.text().decode()
    found = dict(re.findall(r'^sagemaker_queue\{state="(\w+)"\} (\S+)$', text, flags=re.MULTILINE))
    return {state: float(number) for state, number in found.items()}


def until_nothing_is_queued(world: World) -> None:
    idle = {"ready": 0.0, "waiting": 0.0, "working": 0.0}
    wait_until(lambda: queued(world) == idle, lambda: str(queued(world)))


def until_it_is(world: World, name: str, state: str) -> None:
    world.until("TrainingJob", name, lambda obj: (obj.get("status") or {}).get("trainingJobStatus") == state)


def about_sagemaker(world: World) -> dict[str, int]:
    """The calls; the one that asks STS who we are is made at every start."""
    return {name: n for name, n in world.control.counts().items() if name != "GetCallerIdentity"}


def test_a_new_job_costs_one_call(world: Make) -> None:
    """Every look is refused, and yet its state and ARN are shown: nobody had to look."""
    made = world(simulation={"durations": {"TrainingJob": 3600}})
    made.control.fault("throttle", "Describe*")
    made.apply("TrainingJob", "new", JOB)
    shown = made.until(
        "TrainingJob", "new", lambda obj: bool((obj.get("status") or {}).get("trainingJobStatus"))
    )
    assert shown["status"]["trainingJobStatus"] == "InProgress"
    assert shown["status"]["ackResourceMetadata"]["arn"].endswith(":training-job/new")
    calls = about_sagemaker(made)
    calls.pop("DescribeTrainingJob", None)  # looks at how it is getting on, a second later and refused
    assert calls == {"CreateTrainingJob": 1}


def test_a_finished_job_costs_none_ever(world: Make) -> None:
    """Nothing about it is queued, neither now nor for later, and a restart does not change that."""
    made = world()
    for name in ("well", "fails"):
        made.apply("TrainingJob", name, JOB)
    for name, state in (("well", "Completed"), ("fails", "Failed")):
        until_it_is(made, name, state)
    until_nothing_is_queued(made)
    made.control.forget_calls()
    made.stop()
    made.start()
    until_nothing_is_queued(made)
    # somebody touches it: a pass is made, and it has nothing to ask
    made.patch("TrainingJob", "well", {"metadata": {"labels": {"seen": "yes"}}})
    made.apply("TrainingJob", "after", JOB)  # once this one is served, the touch has been, too
    until_it_is(made, "after", "Completed")
    until_nothing_is_queued(made)
    assert {call["name"] for call in made.control.calls() if call["operation"] != "GetCallerIdentity"} == {
        "after"
    }


def test_a_settled_object_is_not_written_to(world: Make) -> None:
    """However often it is looked at for drift, and at a restart."""
    made = world(resync=1.0)
    made.apply("Model", "settled", MODEL)
    made.until(
        "Model",
        "settled",
        lambda obj: is_ready(obj) and "sagemaker.services.k8s.aws/arn" in str(obj["metadata"]),
    )
    made.control.forget_calls()
    wait_until(lambda: about_sagemaker(made).get("DescribeModel", 0) >= 1, lambda: str(about_sagemaker(made)))
    before = made.get("Model", "settled")
    assert before is not None
    made.stop()
    made.start()
    looks = about_sagemaker(made).get("DescribeModel", 0)
    wait_until(
        lambda: about_sagemaker(made).get("DescribeModel", 0) >= looks + 3, lambda: str(about_sagemaker(made))
    )
    after = made.get("Model", "settled")
    assert after is not None
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_an_instance_type_that_does_not_exist_costs_one_create(world: Make) -> None:
    """What looks like none is refused at apply; what looks like one SageMaker refuses, once."""
    made = world()
    made.apply(
        "TrainingJob",
        "wrong",
        JOB | {"resourceConfig": JOB["resourceConfig"] | {"instanceType": "ml.m5.huge"}},
    )
    said = made.until(
        "TrainingJob", "wrong", lambda obj: condition(obj, "ACK.Terminal").get("status") == "True"
    )
    assert "ml.m5.huge" in condition(said, "ACK.Terminal")["message"]
    until_nothing_is_queued(made)
    assert about_sagemaker(made)["CreateTrainingJob"] == 1
