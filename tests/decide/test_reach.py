"""Which operations the decisions lead to: IAM grants no others."""

import pytest

from controller.decide import reach
from controller.decide.actions import Update
from controller.decide.compare import differences
from controller.decide.declared import update_only
from controller.decide.plan import plan
from controller.decide.updates import latch_note
from controller.kinds.load import kinds
from tests.decide.objects import declared
from tests.decide.test_plan import situation
from tests.decide.test_updates import COMPONENT, HAS, SPEC, WISHED


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("Model", "create describe delete"),
        ("Endpoint", "create describe update delete list"),
        ("NotebookInstance", "create describe update start stop delete list"),
        ("TrainingJob", "create describe update stop list"),
        ("Job", "create describe stop delete list"),
        ("Domain", "create describe update delete list"),
        ("TrainingPlan", "create describe list"),
    ],
)
def test_what_can_be_called_of_a_kind(kind: str, roles: str) -> None:
    assert " ".join(reach.operations(kinds()[kind])).split() == roles.split()


def test_a_run_is_updated_only_where_the_table_thaws_something() -> None:
    for name, kind in kinds().items():
        if kind.verbs.update is None:
            assert not reach.updates(kind), name
        elif kind.lifecycle == "run":
            assert reach.updates(kind) is bool(kind.thawed), name
        else:
            assert reach.updates(kind), name


def test_tags_are_read_and_changed_where_there_are_any() -> None:
    assert reach.tag_operations(kinds()["Model"]) == ("AddTags", "DeleteTags", "ListTags")
    untaggable = [kind for kind in kinds().values() if not kind.taggable]
    assert {reach.tag_operations(kind) for kind in untaggable if kind.tags} <= {("AddTags",)}
    assert {reach.tag_operations(kind) for kind in untaggable if not kind.tags} == {()}


def test_what_only_update_knows_is_told_to_nothing_else() -> None:
    spec = {"retainAllVariantProperties": False, "endpointConfigName": "c"}
    assert update_only(declared("Endpoint", spec=spec)) == {"RetainAllVariantProperties": False}
    assert update_only(declared("Endpoint", spec={"endpointConfigName": "c"})) == {}
    assert update_only(declared("TransformJob", spec={"modelName": "m"})) == {}
    assert update_only(declared("Endpoint")) == {}


def test_a_declared_element_differs_and_one_that_nobody_declared_does_not() -> None:
    cluster = kinds()["Cluster"]
    group = {"InstanceGroupName": "g", "ExecutionRole": "one"}
    other = {"InstanceGroupName": "other", "ExecutionRole": "one"}

    def found(*shown: dict[str, str]) -> list[str]:
        asked = {"ClusterName": "c", "InstanceGroups": [group]}
        return [d.member for d in differences(cluster, asked, {"InstanceGroups": [*shown]})]

    assert found(group) == found(group, other) == []
    assert found({**group, "ExecutionRole": "two"}) == ["InstanceGroups"]
    assert found(other) == ["InstanceGroups"]


@pytest.mark.parametrize("noted", ["{", "[]", "null", "5", ""])
def test_a_note_that_is_not_legible_latches_nothing(noted: str) -> None:
    seen = HAS | {"FailureReason": "no capacity"}
    given = situation("InferenceComponent", spec=WISHED, annotations={SPEC: noted}, seen=seen, **COMPONENT)
    assert latch_note(given.declared, given.asked)
    assert isinstance(plan(given), Update)
