"""What the API server can say no with: one small tree, made from HTTP statuses and `Status` bodies alone.

The generated client's exception classes differ between its versions (a 409 changed class from 36 to 37), so
nothing matches on them, here or outside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cause:
    """One field the API server refuses, and why."""

    field: str
    reason: str
    message: str


class ApiError(Exception):
    """The API server refused a call, or could not be asked (status 0)."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        retry_after: float | None = None,
        causes: tuple[Cause, ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after
        self.causes = causes


class NotFound(ApiError):
    """404: the object, or the whole resource, is not there."""


class Conflict(ApiError):
    """409: somebody wrote in between. Drop the pass and read again."""


class AlreadyExists(Conflict):
    """409 of a create: an object of that name is there."""


class Gone(ApiError):
    """410: the resourceVersion (or the place in a paged list) is too old; only a new list helps."""


class Forbidden(ApiError):
    """403: RBAC, admission or a namespace that is being deleted says no."""


class Invalid(ApiError):
    """422: the object breaks its schema; `causes` names the fields."""


class TooManyRequests(ApiError):
    """429: come back after `retry_after` seconds (1 when the server did not say)."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        retry_after: float | None = None,
        causes: tuple[Cause, ...] = (),
    ) -> None:
        super().__init__(status, reason, message, retry_after=retry_after or 1.0, causes=causes)


class Unreachable(ApiError):
    """No answer (status 0), or one that says the server cannot serve (5xx). A write may have happened."""


class Silence(Unreachable):
    """A connection on which nothing was heard for the time allowed."""


_BY_STATUS: Mapping[int, type[ApiError]] = {
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    422: Invalid,
    429: TooManyRequests,
}


def from_response(status: int, body: bytes, retry_after_header: str | None, where: str) -> ApiError:
    """The error for an HTTP answer that is not 2xx; `where` is the call, for the sentence."""
    parsed = _status_object(body)
    if parsed is None:
        text = body[:200].decode("utf-8", "replace").strip()
        parsed = {"message": f"{where}: {status} {text}".strip()}
    return from_status({**parsed, "code": status}, retry_after_header)


def from_status(status: Mapping[str, Any], retry_after_header: str | None = None) -> ApiError:
    """The error for a `Status` object, from an HTTP body or from an ERROR event of a watch."""
    code = _whole(status.get("code")) or 500
    reason = str(status.get("reason") or "Unknown")
    details = status.get("details")
    details = details if isinstance(details, Mapping) else {}
    if code == 409 and reason == "AlreadyExists":
        kind: type[ApiError] = AlreadyExists
    elif code >= 500:
        kind = Unreachable
    else:
        kind = _BY_STATUS.get(code, ApiError)
    wait = _whole(retry_after_header) or _whole(details.get("retryAfterSeconds"))
    message = str(status.get("message") or reason)
    return kind(code, reason, message, retry_after=float(wait) if wait else None, causes=_causes(details))


def unanswered(where: str, error: BaseException) -> Unreachable:
    """The error for a call that brought no answer at all."""
    return Unreachable(
        0, "Unreachable", f"{where}: the API server did not answer: {type(error).__name__}: {error}"
    )


def _status_object(body: bytes) -> Mapping[str, Any] | None:
    # NB: proxies and a server that is starting answer with plain text or HTML.
    try:
        parsed = json.loads(body)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) and parsed.get("kind") == "Status" else None


def _causes(details: Mapping[str, Any]) -> tuple[Cause, ...]:
    causes = details.get("causes")
    if not isinstance(causes, list):
        return ()
    return tuple(
        Cause(str(c.get("field", "")), str(c.get("reason", "")), str(c.get("message", "")))
        for c in causes
        if isinstance(c, Mapping)
    )


def _whole(value: object) -> int | None:
    # NB: Retry-After may also be a date; the API server never sends one, a proxy in front of it might.
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdigit() else None
