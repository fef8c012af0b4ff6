"""Patches say exactly what differs, and never write over somebody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.cluster.api import Api
from controller.cluster.errors import Conflict
from controller.cluster.resources import ResourceRef
from controller.cluster.writes import metadata_patch, status_patch, write_metadata, write_status
from tests.cluster.fake_api_server import FakeApiServer, merge

WIDGETS = ResourceRef("test.example", "v1", "widgets")

scalars = st.booleans() | st.integers(-2, 2) | st.text(max_size=3)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
)
statuses = st.dictionaries(st.text(max_size=2), values, max_size=4)


@given(statuses, statuses)
def test_a_status_patch_makes_the_old_status_the_new_one(old: dict[str, Any], new: dict[str, Any]) -> None:
    patch = status_patch(old, new)
    result = old if patch is None else merge(old, patch)
    assert json.dumps(result, sort_keys=True) == json.dumps(new, sort_keys=True)


@given(statuses)
def test_an_equal_status_is_no_patch(status: dict[str, Any]) -> None:
    assert status_patch(status, json.loads(json.dumps(status))) is None


def test_what_is_gone_is_said_with_null() -> None:
    old = {"failureReason": "x", "metrics": {"loss": 1, "accuracy": 2}, "conditions": [1, 2]}
    new = {"metrics": {"accuracy": 2}, "conditions": [1], "state": None}
    assert status_patch(old, new) == {"failureReason": None, "metrics": {"loss": None}, "conditions": [1]}


def test_foreign_finalizers_and_annotations_are_kept() -> None:
    obj = {
        "metadata": {"resourceVersion": "7", "finalizers": ["theirs"], "annotations": {"a": "1", "b": "2"}}
    }
    patch = metadata_patch(obj, hold="ours", annotations={"a": "1", "b": None, "c": "3"})
    assert patch == {
        "metadata": {
            "resourceVersion": "7",
            "finalizers": ["theirs", "ours"],
            "annotations": {"b": None, "c": "3"},
        }
    }
    held = {"metadata": {"resourceVersion": "8", "finalizers": ["theirs", "ours"]}}
    assert metadata_patch(held, hold="ours", annotations={"gone": None}) is None
    assert metadata_patch(held, release="ours", annotations={}) == {
        "metadata": {"resourceVersion": "8", "finalizers": ["theirs"]}
    }


def test_a_write_answers_with_the_object_as_the_server_has_it(fake: FakeApiServer, api: Api) -> None:
    fake.put("ns", "one")
    obj = api.get(WIDGETS, "ns", "one")
    assert obj is not None
    held = write_metadata(api, WIDGETS, obj, hold="ours", annotations={"k": "v"})
    assert held["metadata"]["finalizers"] == ["ours"]
    done = write_status(api, WIDGETS, held, {"state": "Created"})
    assert done["status"] == {"state": "Created"}
    assert done == api.get(WIDGETS, "ns", "one")
    calls = len(fake.requests)
    assert write_status(api, WIDGETS, done, {"state": "Created"}) is done
    assert write_metadata(api, WIDGETS, done, hold="ours") is done
    assert len(fake.requests) == calls, "nothing to say is no call"


def test_a_write_over_somebody_else_is_a_conflict(fake: FakeApiServer, api: Api) -> None:
    fake.put("ns", "one")
    stale = api.get(WIDGETS, "ns", "one")
    assert stale is not None
    fake.edit("ns", "one", 5)
    with pytest.raises(Conflict):
        write_status(api, WIDGETS, stale, {"state": "Created"})
    with pytest.raises(Conflict):
        write_metadata(api, WIDGETS, stale, hold="ours")
    assert "status" not in fake.objects["ns/one"]
