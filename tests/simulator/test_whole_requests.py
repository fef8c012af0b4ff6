"""Requests with every member there is: accepted, kept, shown; and whatever botocore refuses, the simulator refuses."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.validate import ParamValidator

from simulator import model, validation
from simulator.describing import project
from simulator.errors import ServiceError
from simulator.model import Kind
from tests.simulator.inputs import AT_LEAST, contains, full
from tests.simulator.raw import Raw

KINDS = list(model.kinds().values())
NOT_SHOWN = {
    "DeviceFleet": {"EnableIotRoleAlias"},
    "HumanTaskUi": {"UiTemplate"},
    "ImageVersion": {"Aliases", "ImageName"},
    "InferenceRecommendationsJob": {"OutputConfig"},
    "Pipeline": {"PipelineDefinitionS3Location"},
    "PipelineExecution": {
        "MlflowExperimentName",
        "PipelineName",
        "PipelineParameters",
        "PipelineVersionAlias",
    },
    "TrainingJob": {"SessionChainingConfig"},
    "TrainingPlan": {"SpareInstanceCountPerUltraServer", "TrainingPlanOfferingId"},
    "Workteam": {"WorkforceName"},
}
"""Members of Create that Describe does not have, by the service model."""
CHANGED_INSIDE = {
    "Cluster": {"InstanceGroups", "RestrictedInstanceGroups", "RestrictedInstanceGroupsConfig"},
    "InferenceComponent": {"RuntimeConfig", "Specification", "Specifications"},
    "Project": {"TemplateProviders"},
}
"""Members that Describe shows in another shape: tests of their own."""


def whole(kind: Kind) -> dict[str, Any]:
    request: dict[str, Any] = full(model.input_shape(kind.create))
    if kind.name == "ModelPackage":
        del request["ModelPackageGroupName"]
    if kind.name == "PipelineExecution":
        request["PipelineName"] = "pipeline"
    return request | {k: v for k, v in AT_LEAST.get(kind.name, {}).items() if isinstance(v, dict)}


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_everything_that_is_declared_is_shown(kind: Kind, raw: Raw) -> None:
    raw.control.settings(check_references=False)
    request = whole(kind)
    answer = raw.ok(kind.create, request)
    known = request | answer
    if kind.name == "ImageVersion":
        known["Version"] = 1
    shown = raw.ok(kind.describe, {m: known[m] for m in kind.identity if m in known})
    shown = shown[kind.wrapper] if kind.wrapper else shown
    shape = model.described_shape(kind.name)
    hidden = NOT_SHOWN.get(kind.name, set()) | {"Tags", kind.token}
    for member in set(request) - hidden:
        target = kind.renames.get(member, member)
        if "." in target or member in CHANGED_INSIDE.get(kind.name, set()):
            assert target.split(".")[0] in shown
            continue
        assert contains(shown[target], project(request[member], shape.members[target])), member


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key)
            yield from paths(inner, (*at, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from paths(inner, (*at, i))


def without(value: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(value)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return changed


def refused(kind: Kind, request: dict[str, Any]) -> bool:
    try:
        validation.check(kind.create, request, refuse_unknown=True)
    except ServiceError:
        return True
    return False


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_what_botocore_refuses_is_refused(kind: Kind) -> None:
    """Each member taken away in turn: both agree on whether the rest is a request."""
    shape = model.input_shape(kind.create)
    request = whole(kind)
    assert not refused(kind, request)
    compared = 0
    for path in paths(request):
        changed = without(request, path)
        if ParamValidator().validate(changed, shape).has_errors():
            assert refused(kind, changed), path
            compared += 1
    assert compared >= len(shape.required_members)
