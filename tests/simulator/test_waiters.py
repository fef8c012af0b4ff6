"""Every waiter botocore has for SageMaker ends as it should, in success and in failure, against the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import WaiterError

from simulator.server import Simulator, start
from tests.simulator.inputs import ROLE
from tests.simulator.raw import Raw
from tests.simulator.requests import make_config, make_endpoint, make_model, make_notebook, training_job


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    """Real time here: waiters sleep. Every action takes a tenth of a second."""
    with start(durations={"*": 0.1}) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.control.reset()
    return running


def client(simulator: Simulator) -> Any:
    return botocore.session.get_session().create_client(
        "sagemaker",
        region_name="us-east-1",
        endpoint_url=simulator.url,
        aws_access_key_id="AKIATEST",
        aws_secret_access_key="s",
    )


def image(raw: Raw, name: str) -> None:
    raw.ok("CreateImage", {"ImageName": name, "RoleArn": ROLE})


def image_version(raw: Raw, name: str) -> None:
    image(raw, "parent" if name == "good" else name)
    wait_until_created(raw, "parent" if name == "good" else name)
    raw.ok("CreateImageVersion", {"ImageName": "parent", "BaseImage": "i", "ClientToken": "t"})


def wait_until_created(raw: Raw, name: str) -> None:
    while raw.ok("DescribeImage", {"ImageName": name})["ImageStatus"] == "CREATING":
        pass


def endpoint(raw: Raw, name: str) -> None:
    make_model(raw)
    make_config(raw)
    raw.ok("CreateEndpoint", {"EndpointName": name, "EndpointConfigName": "config"})


def training(raw: Raw, name: str) -> None:
    raw.ok("CreateTrainingJob", training_job(name))


def transform(raw: Raw, name: str) -> None:
    make_model(raw)
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/i"}}
    raw.ok(
        "CreateTransformJob",
        {
            "TransformJobName": name,
            "ModelName": "model",
            "TransformInput": {"DataSource": source},
            "TransformOutput": {"S3OutputPath": "s3://b/o"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
    )


def processing(raw: Raw, name: str) -> None:
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
    raw.ok(
        "CreateProcessingJob",
        {
            "ProcessingJobName": name,
            "ProcessingResources": {"ClusterConfig": cluster},
            "AppSpecification": {"ImageUri": "i"},
            "RoleArn": ROLE,
        },
    )


MAKERS: dict[str, tuple[Any, str]] = {
    "endpoint_in_service": (endpoint, "EndpointName"),
    "image_created": (image, "ImageName"),
    "notebook_instance_in_service": (make_notebook, "NotebookInstanceName"),
    "processing_job_completed_or_stopped": (processing, "ProcessingJobName"),
    "training_job_completed_or_stopped": (training, "TrainingJobName"),
    "transform_job_completed_or_stopped": (transform, "TransformJobName"),
}
FAST = {"Delay": 0.05, "MaxAttempts": 600}


def test_no_waiter_is_forgotten(simulator: Simulator) -> None:
    tested = {
        *MAKERS,
        *DELETIONS,
        "image_version_created",
        "image_version_deleted",
        "image_updated",
        "notebook_instance_stopped",
    }
    assert set(client(simulator).waiter_names) == tested


@pytest.mark.parametrize("name", MAKERS)
def test_success(name: str, simulator: Simulator) -> None:
    make, member = MAKERS[name]
    make(Raw(simulator.url), "good")
    client(simulator).get_waiter(name).wait(**{member: "good"}, WaiterConfig=FAST)


@pytest.mark.parametrize("name", MAKERS)
def test_failure(name: str, simulator: Simulator) -> None:
    make, member = MAKERS[name]
    make(Raw(simulator.url), "will-fail")
    with pytest.raises(WaiterError, match="terminal failure state"):
        client(simulator).get_waiter(name).wait(**{member: "will-fail"}, WaiterConfig=FAST)


def settled_notebook(raw: Raw) -> None:
    make_notebook(raw)
    key = {"NotebookInstanceName": "notebook"}
    while raw.ok("DescribeNotebookInstance", key)["NotebookInstanceStatus"] == "Pending":
        pass
    raw.ok("StopNotebookInstance", key)


def test_a_notebook_stops_and_goes(simulator: Simulator) -> None:
    raw, sagemaker = Raw(simulator.url), client(simulator)
    settled_notebook(raw)
    key = {"NotebookInstanceName": "notebook"}
    sagemaker.get_waiter("notebook_instance_stopped").wait(**key, WaiterConfig=FAST)
    raw.ok("DeleteNotebookInstance", key)
    sagemaker.get_waiter("notebook_instance_deleted").wait(**key, WaiterConfig=FAST)


def test_an_endpoint_goes(simulator: Simulator) -> None:
    raw, sagemaker = Raw(simulator.url), client(simulator)
    make_endpoint_settled(raw)
    raw.ok("DeleteEndpoint", {"EndpointName": "endpoint"})
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="endpoint", WaiterConfig=FAST)


def make_endpoint_settled(raw: Raw) -> None:
    make_endpoint(raw)
    while raw.ok("DescribeEndpoint", {"EndpointName": "endpoint"})["EndpointStatus"] == "Creating":
        pass


def test_images_and_their_versions(simulator: Simulator) -> None:
    raw, sagemaker = Raw(simulator.url), client(simulator)
    key = {"ImageName": "good"}
    image(raw, "good")
    sagemaker.get_waiter("image_created").wait(**key, WaiterConfig=FAST)
    raw.ok("CreateImageVersion", key | {"BaseImage": "i", "ClientToken": "t"})
    sagemaker.get_waiter("image_version_created").wait(**key, WaiterConfig=FAST)
    raw.ok("UpdateImage", key | {"Description": "new"})
    sagemaker.get_waiter("image_updated").wait(**key, WaiterConfig=FAST)
    raw.ok("DeleteImageVersion", key | {"Version": 1})
    sagemaker.get_waiter("image_version_deleted").wait(**key, Version=1, WaiterConfig=FAST)
    raw.ok("DeleteImage", key)
    sagemaker.get_waiter("image_deleted").wait(**key, WaiterConfig=FAST)


DELETIONS = ("endpoint_deleted", "image_deleted", "notebook_instance_deleted")
