"""Declared ⊆ described: what nobody declared never differs, what somebody declared always does."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.decide.compare import differences, natural_key, places
from controller.decide.differing import amiss
from controller.kinds.load import kinds
from controller.kinds.shape import Shape
from tests.decide.values import values, with_defaults

KINDS = kinds()
few = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


def described(name: str, asked: dict[str, Any]) -> dict[str, Any]:
    """What Describe would say of a resource made from ``asked``, every default filled in."""
    kind = KINDS[name]
    whole: dict[str, Any] = with_defaults(kind.create, asked)
    for path, other in kind.same_as.items():
        _move(whole, path.split("."), other.split(".")[path.count(".") :])
    return whole


def _move(place: Any, way: list[str], other: list[str]) -> None:
    """Take what stands at the end of a way, and put it where Describe has it, which begins beside it."""
    for one in place if isinstance(place, list) else [place]:
        if len(way) > 1:
            _move(one.get(way[0].rstrip("[]"), {}), way[1:], other)
        elif way[0] in one:
            value, at = one.pop(way[0]), one
            for part in other[:-1]:
                at = at.setdefault(part, {})
            at[other[-1]] = value


@pytest.mark.parametrize("name", list(KINDS))
@few
@given(data=st.data())
def test_server_defaults_never_differ(name: str, data: st.DataObject) -> None:
    asked = data.draw(values(KINDS[name].create))
    found = differences(KINDS[name], asked, described(name, asked))
    assert not found, found


@pytest.mark.parametrize("name", [n for n, k in KINDS.items() if k.update])
def test_every_member_that_update_knows_is_seen_to_differ(name: str) -> None:
    kind = KINDS[name]
    left_out = {"Tags", *(i.member for i in kind.identity), *kind.unread}
    for member, shape in kind.create.members.items():
        if member in left_out or shape.type not in {"string", "integer", "boolean"} or member in kind.frozen:
            continue
        if kind.same_as.get(member, member) not in kind.described.members:
            continue
        one: Any = {"string": "one", "integer": 1, "boolean": True}[shape.type]
        other: Any = {"string": "other", "integer": 2, "boolean": False}[shape.type]
        found = differences(kind, {member: one}, {kind.same_as.get(member, member): other})
        assert [difference.changes for difference in found] == [{member: one}]


ENDPOINT_CONFIG = KINDS["EndpointConfig"]
VARIANTS = [{"VariantName": "a", "ModelName": "m"}, {"VariantName": "b", "ModelName": "n"}]


@pytest.mark.parametrize(
    ("wished", "shown", "same"),
    [
        pytest.param(VARIANTS, VARIANTS[::-1], True, id="order means nothing where elements have names"),
        pytest.param(VARIANTS, VARIANTS[:1], False, id="one is missing"),
        pytest.param(VARIANTS, [VARIANTS[0], {**VARIANTS[1], "ModelName": "x"}], False, id="one differs"),
        pytest.param(
            VARIANTS,
            [{**v, "InitialVariantWeight": 1.0} for v in VARIANTS],
            True,
            id="a default inside an element",
        ),
    ],
)
def test_lists(wished: Any, shown: Any, same: bool) -> None:
    found = differences(ENDPOINT_CONFIG, {"ProductionVariants": wished}, {"ProductionVariants": shown})
    assert (not found) is same


@pytest.mark.parametrize(
    ("kind", "asked", "shown", "same"),
    [
        pytest.param(
            "Pipeline",
            {"PipelineDefinition": '{"a": 1}'},
            {"PipelineDefinition": '{ "a":1 }'},
            True,
            id="documents are parsed",
        ),
        pytest.param(
            "Pipeline",
            {"PipelineDefinition": '{"a": 1}'},
            {"PipelineDefinition": '{"a":2}'},
            False,
            id="documents differ",
        ),
        pytest.param(
            "Pipeline",
            {"PipelineDescription": '{"a": 1}'},
            {"PipelineDescription": '{ "a":1 }'},
            False,
            id="what is no document is not parsed",
        ),
        pytest.param(
            "Model",
            {"PrimaryContainer": {"Environment": {}, "AdditionalModelDataSources": []}},
            {},
            True,
            id="a structure of empty things is absent",
        ),
        pytest.param(
            "Model",
            {"PrimaryContainer": {"Environment": {}, "Image": "i"}},
            {},
            False,
            id="a structure that says something is not",
        ),
        pytest.param(
            "HumanTaskUi",
            {"UiTemplate": {"Content": "what Describe shows a digest of"}},
            {},
            True,
            id="a structure of what is not shown says nothing that could differ",
        ),
        pytest.param(
            "InferenceExperiment",
            {"Schedule": {"StartTime": "2026-01-31T08:00:00Z"}},
            {"Schedule": {"StartTime": datetime(2026, 1, 31, 8, 0, 0, 900000, UTC)}},
            True,
            id="a moment, to the second",
        ),
        pytest.param(
            "InferenceExperiment",
            {"Schedule": {"StartTime": "2026-01-31T08:00:00Z"}},
            {"Schedule": {"StartTime": datetime(2026, 1, 31, 8, 0, 1, tzinfo=UTC)}},
            False,
            id="another moment",
        ),
        pytest.param(
            "EndpointConfig",
            {"ProductionVariants": [{"VariantName": "a", "InitialVariantWeight": 16777217.0}]},
            {"ProductionVariants": [{"VariantName": "a", "InitialVariantWeight": 16777216}]},
            True,
            id="a number as a 32-bit float keeps it, shown without a point",
        ),
        pytest.param(
            "EndpointConfig",
            {"ProductionVariants": [{"VariantName": "a", "InitialVariantWeight": 1.0}]},
            {"ProductionVariants": [{"VariantName": "a", "InitialVariantWeight": 2}]},
            False,
            id="another number",
        ),
        pytest.param(
            "NotebookInstance",
            {"LifecycleConfigName": "c"},
            {"NotebookInstanceLifecycleConfigName": "c"},
            True,
            id="same_as",
        ),
        pytest.param(
            "NotebookInstance", {"AdditionalCodeRepositories": []}, {}, True, id="an empty list is absent"
        ),
        pytest.param(
            "TrainingJob",
            {"HyperParameters": {"a": "1"}},
            {"HyperParameters": {"a": "1", "b": "2"}},
            True,
            id="a key that nobody declared",
        ),
    ],
)
def test_values(kind: str, asked: Any, shown: Any, same: bool) -> None:
    assert (not differences(KINDS[kind], asked, shown)) is same


@pytest.mark.parametrize("name", [n for n, k in KINDS.items() if k.update])
@few
@given(data=st.data())
def test_no_update_has_what_its_structures_do_not_know(name: str, data: st.DataObject) -> None:
    """UpdateTrainingJob's ResourceConfig has one member of CreateTrainingJob's nine; botocore breaks on the others."""
    asked = data.draw(values(KINDS[name].create))
    for difference in differences(KINDS[name], asked, {}):
        for member, value in difference.changes.items():
            known = KINDS[name].update
            assert known is not None
            assert _fits(known.members[member], value), (member, value)


def _fits(shape: Any, value: Any) -> bool:
    if shape.type == "structure" and isinstance(value, dict):
        return all(name in shape.members and _fits(shape.members[name], v) for name, v in value.items())
    if shape.element is not None and isinstance(value, list):
        return all(_fits(shape.element, item) for item in value)
    return True


def test_what_update_could_not_change_of_a_structure_asks_for_no_update() -> None:
    asked = {
        "ResourceConfig": {"InstanceType": "ml.m5.large", "KeepAlivePeriodInSeconds": 60, "VolumeSizeInGB": 1}
    }
    shown = {"ResourceConfig": {**asked["ResourceConfig"], "InstanceType": "ml.m5.xlarge"}}
    (difference,) = differences(KINDS["TrainingJob"], asked, shown)
    assert difference.changes == {}
    shown["ResourceConfig"]["KeepAlivePeriodInSeconds"] = 30
    (difference,) = differences(KINDS["TrainingJob"], asked, shown)
    assert difference.changes == {"ResourceConfig": {"KeepAlivePeriodInSeconds": 60}}


@pytest.mark.parametrize(
    ("kind", "asked", "shown", "named"),
    [
        pytest.param(
            "Model", {"ExecutionRoleArn": "a"}, {"ExecutionRoleArn": "b"}, ["executionRoleARN"], id="a text"
        ),
        pytest.param(
            "TrainingJob",
            {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 9}},
            {"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}},
            ["resourceConfig.instanceType", "resourceConfig.volumeSizeInGB"],
            id="inside a structure",
        ),
        pytest.param(
            "Model", {"PrimaryContainer": {"Image": "a"}}, {}, ["primaryContainer"], id="nothing is there"
        ),
        pytest.param(
            "Model",
            {"PrimaryContainer": {"Environment": {"a": "1"}}},
            {"PrimaryContainer": {"Environment": {"a": "2"}}},
            ["primaryContainer.environment"],
            id="a map as a whole",
        ),
    ],
)
def test_it_is_named_as_the_manifest_has_it(kind: str, asked: Any, shown: Any, named: list[str]) -> None:
    (difference,) = differences(KINDS[kind], asked, shown)
    assert places(KINDS[kind], difference) == named
    said = amiss(KINDS[kind], [difference]) or ""
    assert f"other values of {', '.join(named)} than" in said and "make a new object" in said


CLUSTER = KINDS["Cluster"]
GROUP = {"InstanceGroupName": "a", "InstanceType": "ml.c5.xlarge", "ExecutionRole": "r", "InstanceCount": 1}


@pytest.mark.parametrize(
    ("wished", "shown", "same"),
    [
        pytest.param({"ImageId": "x"}, {"DesiredImageId": "x", "CurrentImageId": "old"}, True, id="desired"),
        pytest.param(
            {"ImageId": "x"}, {"DesiredImageId": "y", "CurrentImageId": "x"}, False, id="not current"
        ),
        pytest.param(
            {"KubernetesConfig": {"Labels": {"a": "1"}}},
            {"KubernetesConfig": {"DesiredLabels": {"a": "2"}}},
            False,
            id="deeper",
        ),
        pytest.param(
            {"InstanceCount": 3}, {"TargetCount": 9}, True, id="what autoscaling moves is nobody's drift"
        ),
    ],
)
def test_what_describe_shows_under_another_name_inside_a_list(wished: Any, shown: Any, same: bool) -> None:
    asked = {"InstanceGroups": [{**GROUP, **wished}]}
    told = {"InstanceGroups": [{**{k: v for k, v in GROUP.items() if k != "InstanceCount"}, **shown}]}
    assert (not differences(CLUSTER, asked, told)) is same


@pytest.mark.parametrize(
    ("kind", "way", "key"),
    [
        ("FeatureGroup", ("FeatureDefinitions",), "FeatureName"),
        ("TrainingJob", ("ProfilerRuleConfigurations",), "RuleConfigurationName"),  # required as its image is
        ("InferenceExperiment", ("ModelVariants",), "VariantName"),
        ("Project", ("ServiceCatalogProvisioningDetails", "ProvisioningParameters"), "Key"),
        ("Model", ("Containers",), None),  # an inference pipeline goes through them in their order
        ("Workteam", ("MemberDefinitions",), None),
    ],
)
def test_what_tells_the_elements_of_a_list_apart(kind: str, way: tuple[str, ...], key: str | None) -> None:
    shape = KINDS[kind].create
    for part in way:
        shape = shape.members[part]
    assert shape.element is not None
    assert natural_key(shape.element) == key


def test_of_a_map_only_the_keys_that_nobody_declares_any_more_are_taken_away() -> None:
    action, shown = KINDS["Action"], {"Properties": {"a": "1", "b": "2"}}
    gone: dict[str, Any] = {"properties": {"b": {}}}
    (same,) = differences(action, {"Properties": {"a": "1"}}, shown, gone)
    assert same.changes == {"PropertiesToRemove": ["b"]}
    (other,) = differences(action, {"Properties": {"a": "3"}}, shown, gone)
    assert other.changes == {"PropertiesToRemove": ["b"], "Properties": {"a": "3"}}


def text(name: str) -> Shape:
    return Shape(name, "string")


def things(suffix: str) -> Shape:
    """A list of structures as Create has them, or as Update, which calls a member otherwise."""
    element = Shape("Thing", "structure", {"Other": text("Other"), f"Inner{suffix}": text("Inner")})
    return Shape("Things", "list", element=element)


def test_what_update_calls_otherwise_is_called_so_inside_of_lists_too() -> None:
    """No list of the model has such a member yet; botocore would refuse it under Create's name."""
    before = KINDS["Domain"]
    create = Shape("Create", "structure", {"Things": things("")})
    update = Shape("Update", "structure", {"Things": things("ForUpdate")})
    kind = replace(before, create=create, update=update, described=create, updates_as={}, frozen=frozenset())
    (found,) = differences(kind, {"Things": [{"Inner": "a", "Other": "b"}]}, {"Things": []})
    assert found.changes == {"Things": [{"InnerForUpdate": "a", "Other": "b"}]}


def test_a_member_that_update_calls_otherwise_may_stand_beside_one_it_does_not_know() -> None:
    inside = Shape("Settings", "structure", {"Inner": text("Inner"), "Unknown": text("Unknown")})
    known = Shape("SettingsForUpdate", "structure", {"InnerForUpdate": text("Inner")})
    create = Shape("Create", "structure", {"Settings": inside})
    update = Shape("Update", "structure", {"Settings": known})
    before = KINDS["Domain"]
    kind = replace(before, create=create, update=update, described=create, updates_as={}, frozen=frozenset())
    asked = {"Settings": {"Inner": "a", "Unknown": "b"}}
    (found,) = differences(kind, asked, {"Settings": {"Inner": "a", "Unknown": "c"}})
    assert found.changes == {}
    (found,) = differences(kind, asked, {"Settings": {"Inner": "c", "Unknown": "b"}})
    assert found.changes == {"Settings": {"InnerForUpdate": "a"}}
