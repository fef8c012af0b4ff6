"""SageMaker's words: fills in the texts of texts.yaml. Decides nothing."""

from __future__ import annotations

from typing import Any

from simulator import model
from simulator.errors import ServiceError
from simulator.model import Kind, kebab
from simulator.store import Resource


def not_found(kind: Kind, name: str, arn: str) -> ServiceError:
    """The error of Describe, Update, Delete … for something that is not there."""
    table = model.data("texts")["not_found"]
    return _error(table.get(kind.name, table["*"]), kind=kind.name, name=name, arn=arn)


def already_exists(resource: Resource) -> ServiceError:
    """The error of Create for a name that is taken."""
    table = model.data("texts")["already_exists"]
    return _error(table.get(resource.kind.name, table["*"]), **_words(resource))


def refusal(text: str, resource: Resource, **more: Any) -> ServiceError:
    """The error for a call that the state of a resource does not allow."""
    return _error(model.data("texts")["refusals"][text], **(_words(resource) | more))


def saying(text: str, /, **words: Any) -> ServiceError:
    """Any other of the refusals."""
    return _error(model.data("texts")["refusals"][text], **words)


def failure_text(kind: str, action: str) -> str:
    """A FailureReason for something that was made to fail."""
    table = model.data("texts")["failures"]
    job = "job" if model.data("states")[kind].get("job") else "*"
    return str(table.get(f"{kind}.{action}") or table.get(kind) or table[job])


def _words(resource: Resource) -> dict[str, Any]:
    return {
        "kind": resource.kind.name,
        "words": kebab(resource.kind.name).replace("-", " "),
        "name": resource.name,
        "arn": resource.arn,
        "status": resource.status,
    }


def _error(entry: dict[str, str], **words: Any) -> ServiceError:
    return ServiceError(entry["code"], entry["text"].format_map(words))
