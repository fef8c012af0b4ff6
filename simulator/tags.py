"""AddTags, DeleteTags, ListTags: tags live on the resource and are reached by its ARN."""

from __future__ import annotations

from typing import Any

from simulator.errors import ServiceError, validation
from simulator.identity import Caller
from simulator.store import Resource, Store

MOST_TAGS = 50
"""https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html"""


def merge(held: dict[str, str], given: list[dict[str, str]]) -> dict[str, str]:
    """The tags after adding some. The same key twice, or a reserved key, is refused."""
    keys = [tag["Key"] for tag in given]
    if len(set(keys)) != len(keys):
        raise validation(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )  # text assumed
    if any(key.lower().startswith("aws:") for key in keys):
        raise validation("aws: prefixed tag key names are not allowed for external use.")  # text assumed
    merged = held | {tag["Key"]: tag.get("Value", "") for tag in given}
    if len(merged) > MOST_TAGS:
        raise ServiceError(
            "ResourceLimitExceeded", f"The number of tags exceeds the limit of {MOST_TAGS}."
        )  # assumed
    return merged


def shown(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags as SageMaker lists them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def add(store: Store, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """AddTags: answers all tags the resource then has."""
    resource = _of(store, caller, request["ResourceArn"])
    resource.tags = merge(resource.tags, request["Tags"])
    return {"Tags": shown(resource.tags)}


def delete(store: Store, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteTags: keys that are not there are no error."""
    resource = _of(store, caller, request["ResourceArn"])
    resource.tags = {k: v for k, v in resource.tags.items() if k not in request["TagKeys"]}
    return {}


def list_tags(store: Store, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """ListTags: in pages of at most MaxResults (default 50)."""
    resource = _of(store, caller, request["ResourceArn"])
    every = shown(resource.tags)
    token = request.get("NextToken") or "0"
    if not token.isdigit():
        raise validation("Invalid pagination token.")  # text assumed
    start, size = int(token), int(request.get("MaxResults") or 50)
    answer: dict[str, Any] = {"Tags": every[start : start + size]}
    if start + size < len(every):
        answer["NextToken"] = str(start + size)
    return answer


def _of(store: Store, caller: Caller, arn: str) -> Resource:
    resource = store.by_arn(arn)
    if resource is None or resource.place != caller.place:
        raise validation(f"Could not find resource: {arn}")  # text assumed
    if not resource.kind.taggable or resource.kind.untagged_with in resource.request:
        raise validation(f"Tagging is not supported for the resource {arn}.")  # text assumed
    return resource
