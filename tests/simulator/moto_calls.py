"""The requests that both services are asked: what moto needs beside the smallest request, and the calls in no life."""

from __future__ import annotations

from typing import Any

from tests.simulator.inputs import ROLE
from tests.simulator.requests import training_job, variant

S3 = "s3://bucket/key"
INPUT = {"EndpointInput": {"EndpointName": "parent", "LocalPath": "/opt"}}
MORE: dict[str, dict[str, Any]] = {
    "AutoMLJobV2": {
        "AutoMLJobInputDataConfig": [{"ChannelType": "training", "ContentType": "text/csv"}],
        "AutoMLProblemTypeConfig": {
            "TabularJobConfig": {
                "TargetAttributeName": "y",
                "CompletionCriteria": {"MaxCandidates": 1},
                "CandidateGenerationConfig": {},
                "FeatureSpecificationS3Uri": S3,
                "Mode": "AUTO",
                "GenerateCandidateDefinitionsOnly": False,
                "ProblemType": "Regression",
                "SampleWeightAttributeName": "w",
            }
        },
    },
    "Cluster": {
        "InstanceGroups": [
            {
                "InstanceGroupName": "workers",
                "InstanceType": "ml.m5.large",
                "InstanceCount": 2,
                "ExecutionRole": ROLE,
                "ThreadsPerCore": 1,
                "InstanceStorageConfigs": [{"EbsVolumeConfig": {"VolumeSizeInGB": 1}}],
                "LifeCycleConfig": {"SourceS3Uri": "s3://sagemaker-bucket/key", "OnCreate": "on-create.sh"},
            }
        ]
    },
    "CompilationJob": {
        "InputConfig": {"S3Uri": S3, "DataInputConfig": "{}", "Framework": "PYTORCH"},
        "OutputConfig": {"S3OutputLocation": S3, "TargetDevice": "ml_m5"},
    },
    "DataQualityJobDefinition": {"DataQualityJobInput": INPUT},
    "EndpointConfig": {"ProductionVariants": [variant()]},
    "FeatureGroup": {
        "RoleArn": ROLE,
        "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": S3}},
        "FeatureDefinitions": [{"FeatureName": "id", "FeatureType": "String"}],
    },
    "Endpoint": {"EndpointConfigName": "config"},
    "Model": {"PrimaryContainer": {"Image": "image", "ModelDataUrl": S3}, "ExecutionRoleArn": ROLE},
    "ModelBiasJobDefinition": {"ModelBiasJobInput": INPUT | {"GroundTruthS3Input": {"S3Uri": S3}}},
    "ModelExplainabilityJobDefinition": {"ModelExplainabilityJobInput": INPUT},
    "ModelPackage": {"ModelPackageDescription": "described"},
    "ModelQualityJobDefinition": {"ModelQualityJobInput": INPUT | {"GroundTruthS3Input": {"S3Uri": S3}}},
    "TrainingJob": training_job("thing"),
}
"""Members moto needs although the model calls them optional."""

ARN = "arn:aws:sagemaker:us-east-1:111122223333"
PIPELINE = {
    "ClientRequestToken": "t" * 32,
    "RoleArn": ROLE,
    "PipelineDefinition": '{"Version": "2020-12-01"}',
}

SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("CreateModel", {"ModelName": "m", "PrimaryContainer": {"Image": "i"}, "ExecutionRoleArn": ROLE}),
    (
        "AddTags",
        {"ResourceArn": f"{ARN}:model/m", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]},
    ),
    ("DeleteTags", {"ResourceArn": f"{ARN}:model/m", "TagKeys": ["a"]}),
    ("ListTags", {"ResourceArn": f"{ARN}:model/m"}),
    ("CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": [variant("m")]}),
    ("CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"}),
    (
        "UpdateEndpointWeightsAndCapacities",
        {
            "EndpointName": "e",
            "DesiredWeightsAndCapacities": [{"VariantName": "AllTraffic", "DesiredWeight": 0.5}],
        },
    ),
    ("DescribeEndpoint", {"EndpointName": "e"}),
    (
        "CreateNotebookInstance",
        {"NotebookInstanceName": "n", "InstanceType": "ml.t2.medium", "RoleArn": ROLE},
    ),
    ("StopNotebookInstance", {"NotebookInstanceName": "n"}),
    ("StartNotebookInstance", {"NotebookInstanceName": "n"}),
    ("StopNotebookInstance", {"NotebookInstanceName": "n"}),
    ("DeleteNotebookInstance", {"NotebookInstanceName": "n"}),
    ("DescribeNotebookInstance", {"NotebookInstanceName": "n"}),
    ("ListNotebookInstances", {}),
    ("CreatePipeline", {"PipelineName": "p", **PIPELINE}),
    ("UpdatePipeline", {"PipelineName": "p", "PipelineDescription": "new"}),
    ("DescribePipeline", {"PipelineName": "p"}),
    ("CreateModelCard", {"ModelCardName": "card", "Content": "{}", "ModelCardStatus": "Draft"}),
    ("UpdateModelCard", {"ModelCardName": "card", "ModelCardStatus": "Approved"}),
    ("DescribeModelCard", {"ModelCardName": "card"}),
    ("ListModelCardVersions", {"ModelCardName": "card"}),
    ("CreateModelPackageGroup", {"ModelPackageGroupName": "group"}),
    ("ListModelPackageGroups", {}),
    ("CreateExperiment", {"ExperimentName": "x"}),
    ("CreateTrial", {"TrialName": "t", "ExperimentName": "x"}),
    ("CreateTrialComponent", {"TrialComponentName": "tc"}),
    ("AssociateTrialComponent", {"TrialName": "t", "TrialComponentName": "tc"}),
    ("ListTrialComponents", {"TrialName": "t"}),
    ("DisassociateTrialComponent", {"TrialName": "t", "TrialComponentName": "tc"}),
    ("UpdateTrialComponent", {"TrialComponentName": "tc", "DisplayName": "new"}),
    ("DescribeTrialComponent", {"TrialComponentName": "tc"}),
    ("StopProcessingJob", {"ProcessingJobName": "none"}),
    ("StopAutoMLJob", {"AutoMLJobName": "none"}),
    ("Search", {"Resource": "TrainingJob"}),
    ("ListClusterNodes", {"ClusterName": "none"}),
    ("DescribeClusterNode", {"ClusterName": "none", "NodeId": "i-00000000000000000"}),
]
