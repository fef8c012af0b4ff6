"""Runs the same calls on moto and on the simulator and says in what the answers differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from moto.sagemaker.responses import SageMakerResponse

from simulator import model
from simulator.describing import CREATED, MODIFIED
from simulator.model import Kind
from tests.simulator.inputs import Maker
from tests.simulator.moto_calls import MORE, SCRIPT
from tests.simulator.raw import Raw, Refused

ITS_OWN = {*CREATED, *MODIFIED, "CreatedBy", "LastModifiedBy", "NextToken", "ResponseMetadata"}
"""Members whose values are each service's own: times, and who called."""


EMPTY: tuple[Any, ...] = (None, "", [], {})
"""What a client cannot tell from a member that is not there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call gave: an answer, or the code of an error."""

    answer: Any = None
    code: str = ""


def motos_operations() -> list[str]:
    """Every SageMaker operation moto has."""
    names = {xform_name(o): o for o in model.operations()}
    return sorted(names[n] for n in SageMakerResponse.__dict__ if n in names)


class Mirrored(Raw):
    """Makes on moto too what a test makes first for others to refer to."""

    def __init__(self, url: str, motos: Raw) -> None:
        super().__init__(url)
        self._motos = motos

    def ok(self, operation: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        """The simulator's answer; moto's does not matter here."""
        if operation.startswith("Create"):
            _tried(self._motos, operation, request or {})
        return super().ok(operation, request)


class Both:
    """The two services side by side."""

    def __init__(self, ours: Raw, motos: Raw) -> None:
        self.ours, self.motos = ours, motos
        self.called: set[str] = set()

    def call(
        self, operation: str, request: dict[str, Any], other: dict[str, Any] | None = None
    ) -> tuple[Outcome, Outcome]:
        """The same call on both; `other` is what moto gets where identities differ."""
        self.called.add(operation)
        mine = _tried(self.ours, operation, request)
        self.ours.control.advance(1000)
        return mine, _tried(self.motos, operation, request if other is None else other)


def _tried(raw: Raw, operation: str, request: dict[str, Any]) -> Outcome:
    try:
        return Outcome(raw.ok(operation, request))
    except Refused as error:
        return Outcome(code=error.code)
    except (KeyError, json.JSONDecodeError):
        return Outcome(code="no AWS error")


def differences(operation: str, mine: Outcome, other: Outcome) -> Iterator[str]:
    """Each difference of two outcomes in a line; what is each service's own is left out."""
    if mine.code or other.code:
        if mine.code != other.code:
            yield f"{operation}: ours {mine.code or 'ok'}, moto {other.code or 'ok'}"
        return
    shape = model.output_shape(operation)
    known = set(shape.members) if shape else set()
    left, right = mine.answer, {k: v for k, v in other.answer.items() if v is not None}
    strange = sorted(set(right) - known - ITS_OWN)
    if strange:
        yield f"{operation}: moto has members the model lacks: {', '.join(strange)}"
    yield from _compared(operation, "", left, {k: v for k, v in right.items() if k in known})


def _compared(operation: str, path: str, left: Any, right: Any) -> Iterator[str]:
    if isinstance(left, dict) and isinstance(right, dict):
        for member in sorted(set(left) | set(right)):
            if member not in ITS_OWN and not member.endswith(("Time", "TimeInSeconds")):
                yield from _member(operation, f"{path}.{member}" if path else member, left, right)
    elif isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            yield f"{operation}: {path} has {len(left)} items in ours, {len(right)} in moto"
        for mine, other in zip(left, right, strict=False):
            yield from _compared(operation, f"{path}[]", mine, other)
    elif left != right and not _both_generated(left, right):
        yield f"{operation}: {path} is another"


def _member(operation: str, where: str, left: dict[str, Any], right: dict[str, Any]) -> Iterator[str]:
    member = where.rpartition(".")[2]
    mine, other = left.get(member), right.get(member)
    if other in EMPTY and mine in EMPTY:
        return
    if other in EMPTY:
        yield f"{operation}: only ours has {where}"
    elif mine in EMPTY:
        yield f"{operation}: only moto has {where}"
    else:
        yield from _compared(operation, where, mine, other)


def _both_generated(left: Any, right: Any) -> bool:
    """ARNs and ids of things whose names the services give."""
    return (
        isinstance(left, str)
        and isinstance(right, str)
        and left.startswith("arn:")
        and right.startswith("arn:")
    )


def life(both: Both, maker: Maker, kind: Kind, has: set[str]) -> Iterator[str]:
    """Create, describe, list, tag, update, delete, and describe again: the differences on the way."""
    request = maker.request(kind, "thing") | MORE.get(kind.name, {})
    mine, other = both.call(kind.create, request)
    yield from differences(kind.create, mine, other)
    if mine.code or other.code:
        return
    key, moto_key = _key(kind, request, mine), _key(kind, request, other)
    if kind.describe in has:
        yield from differences(kind.describe, *both.call(kind.describe, key, moto_key))
    if kind.listing in has:
        listing = {m: request[m] for m in model.input_shape(kind.listing).required_members}
        yield from differences(kind.listing, *both.call(kind.listing, listing))
    if not kind.assigned:
        again = {k: v for k, v in request.items() if k != kind.token}
        if kind.token:
            again[kind.token] = "z" * 36
        yield from (
            f"{line} (the name is taken)" for line in differences(kind.create, *both.call(kind.create, again))
        )
    if kind.delete and kind.delete in has:
        members = model.input_shape(kind.delete).members
        extra = {"ClientRequestToken": "d" * 36} if "ClientRequestToken" in members else {}
        gone = both.call(kind.delete, key | extra, moto_key | extra)
        yield from differences(kind.delete, *gone)
        if kind.describe in has:
            after = differences(kind.describe, *both.call(kind.describe, key, moto_key))
            yield from (f"{line} (deleted)" for line in after)


def _key(kind: Kind, request: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    known = request | outcome.answer
    if kind.name == "ModelPackage":
        return {"ModelPackageName": outcome.answer["ModelPackageArn"]}
    if kind.name == "Domain":
        return {"DomainId": outcome.answer.get("DomainId") or outcome.answer["DomainArn"].rpartition("/")[2]}
    return {m: known[m] for m in kind.identity if m in known}


def rest(both: Both) -> Iterator[str]:
    """The operations that are in no resource's life: tags, updates, stops, starts, what hangs on others."""
    for operation, request in SCRIPT:
        yield from differences(operation, *both.call(operation, request))
    for version in (1, 2):
        made = both.call("CreateModelPackage", {"ModelPackageGroupName": "group"})
        keys = [{"ModelPackageName": outcome.answer["ModelPackageArn"]} for outcome in made]
        yield from differences("DescribeModelPackage", *both.call("DescribeModelPackage", *keys))
        assert keys[0]["ModelPackageName"].endswith(f"/{version}")
    change = {"ModelApprovalStatus": "Approved"}
    arns = [{"ModelPackageArn": key["ModelPackageName"]} | change for key in keys]
    yield from differences("UpdateModelPackage", *both.call("UpdateModelPackage", *arns))
    yield from differences("DescribeModelPackage", *both.call("DescribeModelPackage", *keys))
    started = both.call("StartPipelineExecution", {"PipelineName": "p", "ClientRequestToken": "e" * 32})
    runs = [{"PipelineExecutionArn": outcome.answer["PipelineExecutionArn"]} for outcome in started]
    for operation in ("DescribePipelineDefinitionForExecution", "ListPipelineParametersForExecution"):
        yield from differences(operation, *both.call(operation, *runs))
