"""Tags: set at Create, added, replaced, deleted, listed in pages, refused where SageMaker refuses."""

from __future__ import annotations

import pytest

from simulator import model
from simulator.model import Kind
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw
from tests.simulator.requests import training_job


def tags(raw: Raw, arn: str) -> dict[str, str]:
    return {t["Key"]: t["Value"] for t in raw.ok("ListTags", {"ResourceArn": arn})["Tags"]}


def made(raw: Raw, **given: str) -> str:
    request = training_job("job", Tags=[{"Key": k, "Value": v} for k, v in given.items()])
    arn: str = raw.ok("CreateTrainingJob", request)["TrainingJobArn"]
    return arn


def test_tags_are_added_replaced_and_deleted(raw: Raw) -> None:
    arn = made(raw, team="a", cost="1")
    assert tags(raw, arn) == {"team": "a", "cost": "1"}
    added = raw.ok(
        "AddTags", {"ResourceArn": arn, "Tags": [{"Key": "team", "Value": "b"}, {"Key": "x", "Value": ""}]}
    )
    assert {t["Key"]: t["Value"] for t in added["Tags"]} == {"team": "b", "cost": "1", "x": ""}
    raw.ok("DeleteTags", {"ResourceArn": arn, "TagKeys": ["cost", "never-there"]})
    assert tags(raw, arn) == {"team": "b", "x": ""}


def test_tags_come_in_pages(raw: Raw) -> None:
    arn = made(raw, **{f"k{i:02d}": "v" for i in range(50)})
    first = raw.ok("ListTags", {"ResourceArn": arn, "MaxResults": 50})
    assert "NextToken" not in first
    raw.ok("DeleteTags", {"ResourceArn": arn, "TagKeys": ["k00"]})
    assert len(tags(raw, arn)) == 49


def test_more_than_fifty_tags_are_refused(raw: Raw) -> None:
    arn = made(raw, **{f"k{i:02d}": "v" for i in range(50)})
    request = {"ResourceArn": arn, "Tags": [{"Key": "one-more", "Value": "v"}]}
    assert raw.refused("AddTags", request).code == "ResourceLimitExceeded"


@pytest.mark.parametrize("keys", [["a", "a"], ["aws:x"]])
def test_bad_keys_are_refused(keys: list[str], raw: Raw) -> None:
    request = training_job("job", Tags=[{"Key": k, "Value": ""} for k in keys])
    assert raw.refused("CreateTrainingJob", request).code == "ValidationException"
    assert raw.control.resources() == []


def test_what_has_no_tags_says_so(raw: Raw) -> None:
    nowhere = "arn:aws:sagemaker:us-east-1:111122223333:model/none"
    assert raw.refused("ListTags", {"ResourceArn": nowhere}).code == "ValidationException"
    raw.ok("CreateModelPackageGroup", {"ModelPackageGroupName": "g"})
    tagged = {"ModelPackageGroupName": "g", "Tags": [{"Key": "k", "Value": "v"}]}
    assert raw.refused("CreateModelPackage", tagged).code == "ValidationException"
    arn = raw.ok("CreateModelPackage", {"ModelPackageGroupName": "g"})["ModelPackageArn"]
    tag = {"ResourceArn": arn, "Tags": [{"Key": "k", "Value": "v"}]}
    assert raw.refused("AddTags", tag).code == "ValidationException"


@pytest.mark.parametrize(
    "kind",
    [k for k in model.kinds().values() if k.taggable and k.name != "ModelPackage"],
    ids=lambda k: k.name,
)
def test_every_taggable_kind_takes_tags(kind: Kind, raw: Raw, maker: Maker) -> None:
    maker.create(kind, "thing")
    arn = raw.control.resources(kind.name, "thing")[0]["arn"]
    raw.ok("AddTags", {"ResourceArn": arn, "Tags": [{"Key": "k", "Value": "v"}]})
    assert tags(raw, arn) == {"k": "v"}
