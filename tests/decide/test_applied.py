"""What was applied and is declared no longer: found as long as it is still there, and named by its paths."""

from typing import Any

import pytest

from controller.decide.applied import joined, left, outline, paths
from controller.kinds.load import kinds

KINDS = kinds()


@pytest.mark.parametrize(
    ("kind", "before", "asked", "shown", "still"),
    [
        pytest.param("Model", {}, {}, {}, {}, id="nothing was"),
        pytest.param(
            "Pipeline",
            {"pipelineDescription": {}},
            {},
            {"PipelineDescription": "x"},
            {"pipelineDescription": {}},
            id="a text",
        ),
        pytest.param("Pipeline", {"pipelineDescription": {}}, {}, {}, {}, id="a text that is gone"),
        pytest.param(
            "Pipeline",
            {"pipelineDescription": {}},
            {},
            {"PipelineDescription": ""},
            {},
            id="an empty text is what removal leaves behind",
        ),
        pytest.param(
            "Pipeline",
            {"pipelineDescription": {}},
            {"PipelineDescription": "y"},
            {"PipelineDescription": "x"},
            {},
            id="a text that is declared again",
        ),
        pytest.param(
            "Action",
            {"properties": {"a": {}, "b": {}, "c": {}}},
            {"Properties": {"a": "1"}},
            {"Properties": {"a": "1", "b": "2"}},
            {"properties": {"b": {}}},
            id="keys of a map",
        ),
        pytest.param(
            "Action",
            {"properties": {"b": {}}},
            {},
            {"Properties": {"a": "1"}},
            {},
            id="a map of which only others' keys are left",
        ),
        pytest.param(
            "Cluster",
            {"instanceGroups": {"a": {}, "b": {}, "c": {}}},
            {"InstanceGroups": [{"InstanceGroupName": "a"}]},
            {"InstanceGroups": [{"InstanceGroupName": "a"}, {"InstanceGroupName": "b"}]},
            {"instanceGroups": {"b": {}}},
            id="elements that have names",
        ),
        pytest.param(
            "Domain",
            {"defaultUserSettings": {"executionRole": {}, "studioWebPortal": {}}},
            {"DefaultUserSettings": {"ExecutionRole": "r"}},
            {"DefaultUserSettings": {"ExecutionRole": "r", "StudioWebPortal": "ENABLED"}},
            {"defaultUserSettings": {"studioWebPortal": {}}},
            id="a member of a structure",
        ),
        pytest.param(
            "Domain",
            {"defaultUserSettings": {"studioWebPortal": {}}},
            {},
            {"DefaultUserSettings": {"ExecutionRole": "r"}},
            {},
            id="a structure without it",
        ),
        pytest.param(
            "Domain",
            {"defaultUserSettings": {"nobodyKnows": {}}},
            {},
            {"DefaultUserSettings": {"ExecutionRole": "r"}},
            {},
            id="a member that a later model has no more",
        ),
        pytest.param(
            "Cluster",
            {"orchestrator": {"eks": {"clusterARN": {}}}},
            {},
            {"Orchestrator": "of another form than the model says"},
            {},
            id="what is shown in another form",
        ),
    ],
)
def test_what_is_declared_no_longer_is_found_while_it_is_there(
    kind: str, before: Any, asked: Any, shown: Any, still: Any
) -> None:
    assert left(KINDS[kind], before, asked, shown) == still


def test_paths_are_those_of_the_leaves() -> None:
    assert paths({}, "a") == ["a"]
    assert paths({"b": {}, "c": {"d": {}, "e": {}}}, "a") == ["a.b", "a.c.d", "a.c.e"]


def test_two_outlines_make_one_that_has_the_branches_of_both() -> None:
    one: dict[str, Any] = {"a": {"b": {}}, "c": {}}
    other: dict[str, Any] = {"a": {"d": {}}, "e": {"f": {}}}
    assert joined(one, other) == {"a": {"b": {}, "d": {}}, "c": {}, "e": {"f": {}}}
    assert one == {"a": {"b": {}}, "c": {}}


def test_an_outline_has_the_keys_of_maps_and_the_names_of_elements() -> None:
    cluster = {"InstanceGroups": [{"InstanceGroupName": "a", "InstanceCount": 1}]}
    assert outline(KINDS["Cluster"], cluster) == {"instanceGroups": {"a": {}}}
    assert outline(KINDS["Action"], {"Properties": {"Some Key": "1"}}) == {"properties": {"Some Key": {}}}
    without = {"DefaultUserSettings": {"ExecutionRole": "r", "SecurityGroups": []}}
    assert outline(KINDS["Domain"], without) == {"defaultUserSettings": {"executionRole": {}}}
