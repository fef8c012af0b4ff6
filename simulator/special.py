"""Operations that fit none of the common verbs, each a few lines over them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from simulator import model, tags
from simulator.describing import answer
from simulator.identity import Caller
from simulator.operations import Operations

Request = dict[str, Any]
Special = Callable[[Operations, str, Request, Caller], Request]


def add_tags(ops: Operations, operation: str, request: Request, caller: Caller) -> Request:
    """AddTags."""
    return tags.add(ops.store, caller, request)


def delete_tags(ops: Operations, operation: str, request: Request, caller: Caller) -> Request:
    """DeleteTags."""
    return tags.delete(ops.store, caller, request)


def list_tags(ops: Operations, operation: str, request: Request, caller: Caller) -> Request:
    """ListTags."""
    return tags.list_tags(ops.store, caller, request)


def update_weights(ops: Operations, operation: str, request: Request, caller: Caller) -> Request:
    """UpdateEndpointWeightsAndCapacities: the endpoint goes through Updating with other weights."""
    kind = model.kinds()["Endpoint"]
    resource = ops.find(caller, kind, request)
    ops.lifecycle.admit(resource, "update")
    variants = copy.deepcopy(resource.observed.get("ProductionVariants", []))
    wanted = {entry["VariantName"]: entry for entry in request["DesiredWeightsAndCapacities"]}
    for variant in variants:
        entry = dict(wanted.get(variant["VariantName"], {}))
        serverless = entry.pop("ServerlessUpdateConfig", None)
        if serverless:
            entry["DesiredServerlessConfig"] = variant.get("CurrentServerlessConfig", {}) | serverless
        variant.update(entry)
    # NB: what is wished shows at once, what is in force when the update has arrived (hosting.py)
    resource.observed["ProductionVariants"] = variants
    ops.lifecycle.begin(resource, "update", declared=resource.declared)
    return answer(resource, operation)


def retry_execution(ops: Operations, operation: str, request: Request, caller: Caller) -> Request:
    """RetryPipelineExecution: a failed or stopped execution runs again."""
    return ops.start(operation, model.kinds()["PipelineExecution"], request, caller)


def update_component_copies(ops: Operations, operation: str, request: Request, caller: Caller) -> Request:
    """UpdateInferenceComponentRuntimeConfig: the same as updating RuntimeConfig."""
    change = {
        "InferenceComponentName": request["InferenceComponentName"],
        "RuntimeConfig": request["DesiredRuntimeConfig"],
    }
    return ops.update(operation, model.kinds()["InferenceComponent"], change, caller)


def pipeline_definition(ops: Operations, operation: str, request: Request, caller: Caller) -> Request:
    """DescribePipelineDefinitionForExecution: the definition the execution runs; the pipeline's present one here."""
    execution = ops.find(caller, model.kinds()["PipelineExecution"], request)
    pipeline = ops.find(
        caller, model.kinds()["Pipeline"], {"PipelineName": execution.observed["PipelineArn"]}
    )
    return {
        "PipelineDefinition": pipeline.declared.get("PipelineDefinition", "{}"),
        "CreationTime": execution.created,
    }


def pipeline_parameters(ops: Operations, operation: str, request: Request, caller: Caller) -> Request:
    """ListPipelineParametersForExecution: what the execution was started with, on one page."""
    execution = ops.find(caller, model.kinds()["PipelineExecution"], request)
    return {"PipelineParameters": execution.request.get("PipelineParameters", [])}


def associate(ops: Operations, operation: str, request: Request, caller: Caller) -> Request:
    """AssociateTrialComponent and DisassociateTrialComponent: a component remembers its trials."""
    trial = ops.find(caller, model.kinds()["Trial"], request)
    part = ops.find(caller, model.kinds()["TrialComponent"], request)
    held = [name for name in part.observed.get("_trials", []) if name != trial.name]
    part.observed["_trials"] = [*held, trial.name] if operation.startswith("Associate") else held
    return {"TrialArn": trial.arn, "TrialComponentArn": part.arn}


TABLE: dict[str, Special] = {
    "AddTags": add_tags,
    "AssociateTrialComponent": associate,
    "DeleteTags": delete_tags,
    "DescribePipelineDefinitionForExecution": pipeline_definition,
    "DisassociateTrialComponent": associate,
    "ListPipelineParametersForExecution": pipeline_parameters,
    "ListTags": list_tags,
    "RetryPipelineExecution": retry_execution,
    "UpdateEndpointWeightsAndCapacities": update_weights,
    "UpdateInferenceComponentRuntimeConfig": update_component_copies,
}
