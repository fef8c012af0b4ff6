"""What was taken away inside an element of a list: told as everywhere else, where the element can stay without it."""

from typing import Any

from controller.decide.actions import Show, Update
from controller.decide.applied import left, outline
from controller.decide.differing import recorded
from controller.decide.plan import plan
from controller.decide.situation import Situation
from controller.kinds.load import kinds
from tests.decide.objects import status
from tests.decide.test_plan import situation

CLUSTER = kinds()["Cluster"]
COMPONENT = kinds()["TrialComponent"]
FEATURES = kinds()["FeatureGroup"]
ARN = "arn:aws:sagemaker:us-east-1:111122223333:cluster/c"


def group(name: str, **more: Any) -> dict[str, Any]:
    return {"instanceGroupName": name, "instanceType": "ml.c5.large", "executionRole": "r", **more}


def shown(name: str, **more: Any) -> dict[str, Any]:
    return {"InstanceGroupName": name, "InstanceType": "ml.c5.large", "ExecutionRole": "r", **more}


def cluster(before: dict[str, Any], groups: list[Any], has: list[Any]) -> Situation:
    shows = {
        **status("clusterStatus", "InService", arn=ARN),
        "applied": {"fields": {"instanceGroups": before}},
    }
    seen = {"ClusterStatus": "InService", "ClusterArn": ARN, "InstanceGroups": has}
    return situation(
        "Cluster", spec={"instanceGroups": groups}, held=True, status=shows, seen=seen, generation=2
    )


def test_what_is_on_record_of_an_element_is_what_it_may_lack() -> None:
    asked = {
        "InstanceGroups": [{**shown("a"), "InstanceCount": 1, "ThreadsPerCore": 1, "OverrideVpcConfig": {}}]
    }
    record = outline(CLUSTER, asked)["instanceGroups"]
    required = {"InstanceGroupName", *(CLUSTER.shape_of("InstanceGroups").element or CLUSTER.create).required}
    assert record == {"a": {"threadsPerCore": {}, "instanceType": {}}} and "InstanceType" not in required
    features = [{"FeatureName": "f", "FeatureType": "String", "CollectionType": "List"}]
    assert outline(FEATURES, {"FeatureDefinitions": features}) == {"featureDefinitions": {"f": {}}}


BEFORE: dict[str, Any] = {"a": {"instanceType": {}, "threadsPerCore": {}}}


def test_an_element_without_what_was_taken_away_is_sent() -> None:
    one = cluster(BEFORE, [group("a")], [shown("a", ThreadsPerCore=1)])
    update = plan(one)
    assert isinstance(update, Update)
    assert update.members["InstanceGroups"] == [shown("a")] and "InstanceGroupsToDelete" not in update.members
    # sent twice to no effect, it is named; it stays on record, so that it goes on being named
    sent = dict(update.sent)
    for _ in range(2):
        applied = {"fields": {"instanceGroups": BEFORE}, "sent": sent}
        again = cluster(BEFORE, [group("a")], [shown("a", ThreadsPerCore=1)])
        again.declared.status["applied"] = applied  # type: ignore[index]
        said = plan(again)
        if isinstance(said, Update):
            sent = dict(said.sent)
    assert isinstance(said, Show) and "instanceGroups.a.threadsPerCore" in str(said.advisory)
    assert again.seen is not None
    assert recorded(again, again.seen.description).fields["instanceGroups"] == BEFORE


def test_what_is_shown_no_longer_was_taken_away() -> None:
    assert isinstance(plan(cluster(BEFORE, [group("a")], [shown("a")])), Show)


def test_records_of_names_alone_ask_for_nothing() -> None:
    assert isinstance(plan(cluster({"a": {}}, [group("a")], [shown("a", ThreadsPerCore=1)])), Show)


def test_so_does_what_a_map_has_under_a_key() -> None:
    parameters = {name: {"NumberValue": 1.0} for name in ("a", "b")}
    record = outline(COMPONENT, {"Parameters": parameters})
    assert left(
        COMPONENT, record, {"Parameters": {"a": {"NumberValue": 1.0}}}, {"Parameters": parameters}
    ) == {"parameters": {"b": {}}}
    assert left(COMPONENT, record, {}, {"Parameters": parameters}) == {"parameters": {"a": {}, "b": {}}}


def test_an_element_goes_as_a_whole_beside_what_goes_inside_another() -> None:
    before = {**BEFORE, "b": {"instanceType": {}}}
    update = plan(cluster(before, [group("a")], [shown("a", ThreadsPerCore=1), shown("b")]))
    assert isinstance(update, Update)
    assert update.members["InstanceGroupsToDelete"] == ["b"] and update.members["InstanceGroups"] == [
        shown("a")
    ]
    alone = plan(cluster(before, [group("a", threadsPerCore=1)], [shown("a", ThreadsPerCore=1), shown("b")]))
    assert isinstance(alone, Update) and dict(alone.members) == {"InstanceGroupsToDelete": ["b"]}
