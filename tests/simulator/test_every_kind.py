"""Claims that hold for each of the 68 kinds: create → describe → listed → settled → deleted → not found."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator import model
from simulator.model import Kind
from tests.simulator.inputs import Maker
from tests.simulator.raw import Raw

KINDS = list(model.kinds().values())
LONG = 100_000
"""Seconds: longer than any action lasts, and than a deleted app goes on being described."""


def inner(kind: Kind, shown: dict[str, Any]) -> dict[str, Any]:
    return shown[kind.wrapper] if kind.wrapper else shown


def every_page(raw: Raw, operation: str, request: dict[str, Any]) -> list[Any]:
    member = next(m for m, s in model.output_shape(operation).members.items() if s.type_name == "list")
    found: list[Any] = []
    while True:
        page = raw.ok(operation, request)
        found += page[member]
        if "NextToken" not in page:
            return found
        request = request | {"NextToken": page["NextToken"]}


def list_request(kind: Kind, request: dict[str, Any]) -> dict[str, Any]:
    required = model.input_shape(kind.listing or "").required_members
    given = {m: request[m] for m in required}
    if kind.name == "ModelPackage":
        given["ModelPackageType"] = "Both"
    return given


def test_there_are_68_kinds() -> None:
    assert len(KINDS) == 68


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_life(kind: Kind, raw: Raw, maker: Maker) -> None:
    request, key = maker.create(kind, "thing")
    shown = inner(kind, raw.ok(kind.describe, key))
    machine = model.data("states").get(kind.name)
    if machine:
        through = machine["create"]["through"] or [machine["create"]["to"]]
        assert shown[machine["status"]] == through[0]

    listed = every_page(raw, kind.listing or "", list_request(kind, request))
    arn = next(shown[m] for m in kind.arn_members if m in shown)
    assert any(arn in s.values() for s in listed) or (kind.name in LISTED_WITHOUT_ARN and listed)

    raw.control.advance(1000)
    if machine:
        assert inner(kind, raw.ok(kind.describe, key))[machine["status"]] == machine["create"]["to"]
    if kind.stop and machine and machine.get("stop", {}).get("to") == "Stopped" and not machine.get("job"):
        raw.ok(kind.stop, key)
        raw.control.advance(1000)
        assert inner(kind, raw.ok(kind.describe, key))[machine["status"]] == "Stopped"
    if kind.name == "InferenceExperiment":
        raw.ok("StopInferenceExperiment", key | {"ModelVariantActions": {"a": "Retain"}})
        raw.control.advance(1000)
    if kind.delete is None:
        return
    raw.ok(kind.delete, delete_key(kind, key, arn))
    raw.control.advance(LONG)
    error = raw.refused(kind.describe, key)
    expected = model.data("texts")["not_found"].get(kind.name, model.data("texts")["not_found"]["*"])
    assert (error.status, error.code) == (400, expected["code"])
    raw.ok(kind.create, maker.request(kind, "thing"))


LISTED_WITHOUT_ARN = {"App", "InferenceExperiment", "Space", "UserProfile"}
"""The model's summaries of these have names only."""


def delete_key(kind: Kind, key: dict[str, Any], arn: str) -> dict[str, Any]:
    members = model.input_shape(kind.delete or "").members
    given = {m: v for m, v in key.items() if m in members}
    if kind.name == "Pipeline":
        given["ClientRequestToken"] = "t" * 32
    if kind.name == "PartnerApp":
        given["ClientToken"] = "t" * 32
    return given


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_arn_has_the_form_the_model_gives(kind: Kind, raw: Raw, maker: Maker) -> None:
    _, key = maker.create(kind, "thing")
    shown = inner(kind, raw.ok(kind.describe, key))
    shape = model.described_shape(kind.name)
    for member in kind.arn_members & set(shown):
        pattern = shape.members[member].metadata.get("pattern", ".*")
        # NB: the model's patterns of the edge kinds allow no digit in a region, or name IAM instead of SageMaker.
        pattern = pattern.replace(":iam::", ":sagemaker:[a-z-]*:").replace(
            "[a-z\\-]*:\\d", "[a-z0-9\\-]*:\\d"
        )
        pattern = pattern.replace("[a-z-]*:\\d", "[a-z0-9-]*:\\d")
        assert re.fullmatch(pattern, shown[member]), shown[member]


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_describe_gives_back_what_create_took(kind: Kind, raw: Raw, maker: Maker) -> None:
    request, key = maker.create(kind, "thing")
    shown = inner(kind, raw.ok(kind.describe, key))
    for member, value in request.items():
        if member in shown and isinstance(value, (str, int, bool)):
            assert shown[member] == value
    missing = [m for m in request if m in kind.output and m not in shown and m != kind.token]
    assert missing == []
