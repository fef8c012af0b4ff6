"""Idempotency: the same token with the same request gives the same resource back, with another request an error."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import model
from simulator.model import Kind
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw

WITH_TOKEN = [k for k in model.kinds().values() if k.token]


def test_these_kinds_have_tokens() -> None:
    assert {k.name for k in WITH_TOKEN} == {
        "ClusterExtension",
        "ImageVersion",
        "InferenceRouter",
        "ModelPackage",
        "PartnerApp",
        "Pipeline",
        "PipelineExecution",
    }


@pytest.mark.parametrize("kind", WITH_TOKEN, ids=lambda k: k.name)
def test_the_same_token_makes_one_resource(kind: Kind, raw: Raw, maker: Maker) -> None:
    request = maker.request(kind, "thing") | {str(kind.token): "k" * 36}
    first = raw.ok(kind.create, request)
    assert raw.ok(kind.create, request) == first
    assert len(raw.control.resources(kind.name)) == 1


@pytest.mark.parametrize("kind", WITH_TOKEN, ids=lambda k: k.name)
def test_a_token_with_another_request_is_refused(kind: Kind, raw: Raw, maker: Maker) -> None:
    request = maker.request(kind, "thing") | {str(kind.token): "k" * 36}
    raw.ok(kind.create, request)
    error = raw.refused(kind.create, request | OTHER.get(kind.name, OTHER["*"]))
    assert "token" in error.text
    assert len(raw.control.resources(kind.name)) == 1


OTHER: dict[str, dict[str, Any]] = {
    "*": {"Tags": [{"Key": "other", "Value": "tags"}]},
    "PipelineExecution": {"PipelineExecutionDescription": "other"},
    "ImageVersion": {"ReleaseNotes": "other"},
}


def test_a_token_is_free_when_its_resource_is_gone(raw: Raw, maker: Maker) -> None:
    kind = model.kinds()["Pipeline"]
    request = maker.request(kind, "thing")
    raw.ok("CreatePipeline", request)
    raw.ok("DeletePipeline", {"PipelineName": "thing", "ClientRequestToken": "d" * 32})
    raw.ok("CreatePipeline", request)
    assert len(raw.control.resources("Pipeline")) == 1


def test_the_log_shows_tokens(raw: Raw, maker: Maker) -> None:
    kind = model.kinds()["Pipeline"]
    request = maker.request(kind, "thing")
    raw.ok("CreatePipeline", request)
    assert raw.control.calls("CreatePipeline")[0]["token"] == request["ClientRequestToken"]


def test_a_token_is_forgotten_after_a_while_if_that_is_set(raw: Raw, maker: Maker) -> None:
    kind = model.kinds()["PipelineExecution"]
    request = maker.request(kind, "thing") | {str(kind.token): "k" * 36}
    raw.control.settings(token_memory=60)
    first = raw.ok(kind.create, request)
    raw.control.advance(59)
    assert raw.ok(kind.create, request) == first
    raw.control.advance(2)
    assert raw.ok(kind.create, request) != first
    assert len(raw.control.resources(kind.name)) == 2
