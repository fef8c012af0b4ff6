"""What Describe does not show: an edit of it is noticed by what was applied last."""

from typing import Any

import pytest

from controller.decide.actions import Update
from controller.decide.declared import request
from controller.decide.plan import plan
from controller.decide.prints import moved, prints
from controller.decide.situation import Seen, Situation
from controller.kinds.load import kinds
from tests.decide.objects import declared

PIPELINE, CLUSTER, WORKFORCE = (kinds()[name] for name in ("Pipeline", "Cluster", "Workforce"))
AT = {"Bucket": "b", "ObjectKey": "one.json"}


def cluster(*counts: int) -> dict[str, Any]:
    """Create's request with groups of so many instances."""
    return {
        "InstanceGroups": [
            {"InstanceGroupName": f"g{n}", "InstanceCount": count, "InstanceType": "ml.c5.large"}
            for n, count in enumerate(counts)
        ]
    }


def test_an_edit_is_a_difference_that_update_makes_good() -> None:
    before = prints(PIPELINE, {"PipelineDefinitionS3Location": AT})
    assert moved(PIPELINE, {"PipelineDefinitionS3Location": dict(AT)}, before) == ()
    after = {"PipelineDefinitionS3Location": {**AT, "ObjectKey": "two.json"}}
    (difference,) = moved(PIPELINE, after, before)
    assert difference.changes == after


def test_what_was_sent_of_it_is_told_by_its_print_alone() -> None:
    spec = {"pipelineDefinitionS3Location": {"bucket": "b", "objectKey": "two.json"}}
    shown = {
        "ackResourceMetadata": {"arn": "arn:aws:sagemaker:us-east-1:111122223333:pipeline/job"},
        "applied": {"prints": prints(PIPELINE, {"PipelineDefinitionS3Location": AT})},
    }
    one = declared("Pipeline", spec=spec, held=True, status=shown)
    action = plan(Situation(one, request(one), looked=True, seen=Seen({"PipelineName": "job"})))
    assert isinstance(action, Update) and action.sent == {}
    assert action.prints == prints(PIPELINE, request(one))


def test_what_is_declared_for_the_first_time_is_an_edit() -> None:
    (difference,) = moved(PIPELINE, {"PipelineDefinitionS3Location": AT}, prints(PIPELINE, {}))
    assert difference.changes == {"PipelineDefinitionS3Location": AT}


def test_what_somebody_else_applied_counts_as_applied() -> None:
    assert moved(PIPELINE, {"PipelineDefinitionS3Location": AT}, {}) == ()


def test_what_goes_and_cannot_be_taken_away_is_named() -> None:
    (difference,) = moved(PIPELINE, {}, prints(PIPELINE, {"PipelineDefinitionS3Location": AT}))
    assert difference.wished is None and difference.changes == {}


@pytest.mark.parametrize(
    ("after", "differs"), [(cluster(1, 2), False), (cluster(1, 3), True), (cluster(1), True)]
)
def test_a_part_of_a_list(after: dict[str, Any], differs: bool) -> None:
    before = prints(CLUSTER, cluster(1, 2))
    assert bool(moved(CLUSTER, after, before)) is differs


def test_neither_the_order_nor_what_describe_shows_matters() -> None:
    before, after = prints(CLUSTER, cluster(1, 2)), cluster(1, 2)
    after["InstanceGroups"].reverse()
    after["InstanceGroups"][0]["InstanceType"] = "ml.m5.large"
    assert moved(CLUSTER, after, before) == ()


def test_nothing_is_made_of_a_secret() -> None:
    asked = {"WorkforceName": "w", "OidcConfig": {"ClientId": "c", "ClientSecret": "canary"}}
    assert prints(WORKFORCE, asked) == {}
