"""STS on the same port, through botocore: who am I, assuming roles, and whose resources one then sees."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from simulator.server import Simulator


def client(
    simulator: Simulator, service: str, credentials: dict[str, str] | None = None, region: str = "us-east-1"
) -> Any:
    keys = credentials or {"AccessKeyId": "AKIATEST", "SecretAccessKey": "s"}
    return botocore.session.get_session().create_client(
        service,
        region_name=region,
        endpoint_url=simulator.url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
    )


def assumed(simulator: Simulator, role: str) -> dict[str, str]:
    answer = client(simulator, "sts").assume_role(RoleArn=role, RoleSessionName="session")
    credentials: dict[str, str] = answer["Credentials"]
    return credentials


def test_the_caller_is_the_default_account(simulator: Simulator) -> None:
    assert client(simulator, "sts").get_caller_identity()["Account"] == "111122223333"


def test_an_assumed_role_belongs_to_its_account(simulator: Simulator) -> None:
    role = "arn:aws:iam::222233334444:role/team-b"
    credentials = assumed(simulator, role)
    identity = client(simulator, "sts", credentials).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (
        "222233334444",
        "arn:aws:sts::222233334444:assumed-role/team-b/session",
    )
    made = client(simulator, "sagemaker", credentials).create_model(
        ModelName="m", PrimaryContainer={"Image": "i"}
    )
    assert made["ModelArn"] == "arn:aws:sagemaker:us-east-1:222233334444:model/m"
    assert client(simulator, "sagemaker").list_models()["Models"] == []
    call = simulator.control.calls("CreateModel")[0]
    assert (call["role"], call["account"], call["access_key"]) == (
        role,
        "222233334444",
        credentials["AccessKeyId"],
    )


def test_web_identity_needs_no_signature(simulator: Simulator) -> None:
    sts = botocore.session.get_session().create_client(
        "sts", region_name="us-east-1", endpoint_url=simulator.url, config=Config(signature_version=UNSIGNED)
    )
    answer = sts.assume_role_with_web_identity(
        RoleArn="arn:aws:iam::333344445555:role/controller",
        RoleSessionName="pod",
        WebIdentityToken="eyJ.token",
    )
    assert client(simulator, "sts", answer["Credentials"]).get_caller_identity()["Account"] == "333344445555"


def test_a_role_that_is_not_there(simulator: Simulator) -> None:
    with pytest.raises(ClientError) as caught:
        assumed(simulator, "arn:aws:iam::222233334444:role/missing")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.mark.parametrize(
    ("region", "begins"),
    [("eu-west-1", "arn:aws:"), ("cn-north-1", "arn:aws-cn:"), ("us-gov-west-1", "arn:aws-us-gov:")],
)
def test_the_partition_follows_the_region(region: str, begins: str, simulator: Simulator) -> None:
    sagemaker = client(simulator, "sagemaker", region=region)
    made = sagemaker.create_model(ModelName="m", PrimaryContainer={"Image": "i"})
    assert made["ModelArn"] == f"{begins}sagemaker:{region}:111122223333:model/m"
    assert client(simulator, "sagemaker", region="ap-south-1").list_models()["Models"] == []


def test_errors_parse_as_botocore_errors(simulator: Simulator) -> None:
    sagemaker = client(simulator, "sagemaker")
    with pytest.raises(sagemaker.exceptions.ResourceNotFound) as caught:
        sagemaker.describe_domain(DomainId="d-nothere")
    assert caught.value.response["ResponseMetadata"]["RequestId"]
    assert caught.value.response["Error"]["Message"] == "Domain d-nothere does not exist."
