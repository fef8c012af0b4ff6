"""Requests for the kinds that most tests use, spelt out as a user would."""

from __future__ import annotations

from typing import Any

from tests.simulator.inputs import ROLE
from tests.simulator.raw import Raw


def training_job(name: str, **more: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **more,
    }


def variant(model_name: str = "model", **more: Any) -> dict[str, Any]:
    return {
        "VariantName": "AllTraffic",
        "ModelName": model_name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        **more,
    }


def make_model(raw: Raw, name: str = "model") -> None:
    raw.ok(
        "CreateModel", {"ModelName": name, "PrimaryContainer": {"Image": "image"}, "ExecutionRoleArn": ROLE}
    )


def make_config(raw: Raw, name: str = "config", **more: Any) -> None:
    raw.ok("CreateEndpointConfig", {"EndpointConfigName": name, "ProductionVariants": [variant(**more)]})


def make_endpoint(raw: Raw, name: str = "endpoint", config: str = "config") -> None:
    """An endpoint in service, with its model and configuration."""
    make_model(raw)
    make_config(raw, config)
    raw.ok("CreateEndpoint", {"EndpointName": name, "EndpointConfigName": config})
    raw.control.advance(60)


def make_domain(raw: Raw, name: str = "studio") -> str:
    """A domain in service; answers its id."""
    request = {
        "DomainName": name,
        "AuthMode": "IAM",
        "DefaultUserSettings": {"ExecutionRole": ROLE},
        "SubnetIds": ["subnet-1"],
        "VpcId": "vpc-1",
    }
    identifier: str = raw.ok("CreateDomain", request)["DomainId"]
    raw.control.advance(60)
    return identifier


def make_notebook(raw: Raw, name: str = "notebook", **more: Any) -> None:
    request = {"NotebookInstanceName": name, "InstanceType": "ml.t3.medium", "RoleArn": ROLE, **more}
    raw.ok("CreateNotebookInstance", request)


def make_pipeline(raw: Raw, name: str = "pipeline", token: str = "t" * 32, **more: Any) -> str:
    request = {
        "PipelineName": name,
        "ClientRequestToken": token,
        "RoleArn": ROLE,
        "PipelineDefinition": "{}",
        **more,
    }
    arn: str = raw.ok("CreatePipeline", request)["PipelineArn"]
    return arn
