"""List operations: filters, order and pages, by the names the model gives them.

A filter's name says what it does (`NameContains`, `CreationTimeAfter`, `StatusEquals`, `DomainIdEquals`, or simply the
name of a member); the few that do not are data in lists.yaml.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from simulator import defaults, model
from simulator.describing import dig, project, record
from simulator.errors import validation
from simulator.identity import last_part
from simulator.model import Kind
from simulator.store import Resource

Test = Callable[[Resource, dict[str, Any]], bool]

PAGING = {"NextToken", "MaxResults", "SortBy", "SortOrder"}
CREATED_FILTERS = ("CreationTime", "Created")
MODIFIED_FILTERS = ("LastModifiedTime", "ModifiedTime", "LastModified")


def list_resources(
    operation: str, kind: Kind, request: dict[str, Any], resources: list[Resource]
) -> dict[str, Any]:
    """One page. `resources` are those the caller may see, oldest first."""
    output = model.output_shape(operation)
    member, shape = next((m, s) for m, s in output.members.items() if s.type_name == "list")
    rules = model.data("lists").get(operation, {})
    later = rules.get("after_paging", [])
    records = {r.number: record(r) for r in resources} if _needs_records(request) else {}
    tests = [
        _test(kind, f, v, rules) for f, v in _filters(operation, request, rules).items() if f not in later
    ]
    found = [r for r in resources if all(test(r, records.get(r.number, {})) for test in tests)]
    found = _sorted(operation, kind, request, found, records)
    page, token = _page(operation, request, found)
    late_tests = [_test(kind, f, request[f], rules) for f in later if f in request]
    summaries = [
        project(_summary(kind, r), shape.member)
        for r in page
        if all(test(r, records.get(r.number, {})) for test in late_tests)
    ]
    return {member: summaries} | ({"NextToken": token} if token else {})


def _needs_records(request: dict[str, Any]) -> bool:
    """Whether a filter or the order looks into the resources; the common ones do not."""
    plain = {
        "NextToken",
        "MaxResults",
        "SortOrder",
        "NameContains",
        "StatusEquals",
        "CreationTimeAfter",
        "CreationTimeBefore",
        "LastModifiedTimeAfter",
        "LastModifiedTimeBefore",
    }
    return any(
        f not in plain for f in request if not (f == "SortBy" and request[f] in ("Name", "CreationTime"))
    )


def _filters(operation: str, request: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    given = {f: v for f, v in request.items() if f not in PAGING and v is not None}
    # NB: naming a group asks for its versions, although the documented default is Unversioned.
    implied = {} if "ModelPackageGroupName" in given else rules.get("defaults", {})
    return implied | given


def _summary(kind: Kind, resource: Resource) -> dict[str, Any]:
    whole = record(resource)
    defaults.add_top(kind.name, whole)
    for member, path in kind.summary.items():
        value = dig(whole, path)
        if value is not None:
            whole[member] = value
    return whole


def _test(kind: Kind, name: str, wanted: Any, rules: dict[str, Any]) -> Test:
    """The test that a filter's name means."""
    if name in rules.get("ignored", ()):
        return lambda r, _: True
    if name == "ModelPackageType":
        return _package_type(wanted)
    if name in rules.get("within", {}):
        holder = rules["within"][name]
        return lambda _, whole: wanted in (dig(whole, holder) or ())
    if name in rules.get("paths", {}):
        path = rules["paths"][name]
        return lambda _, whole: last_part(str(dig(whole, path))) == last_part(str(wanted))
    bound = re.fullmatch(r"(.+?)(After|Before)", name)
    if bound:
        return _time_test(bound[1], bound[2], seconds(wanted))
    if name in ("NameContains", f"{kind.name}NameContains"):
        low = wanted.lower()  # NB: SageMaker ignores case here, but not in StatusEquals.
        return lambda r, _: low in r.name.lower()
    if name in ("NamePrefix", f"{kind.name}NamePrefix"):
        return lambda r, _: r.name.startswith(wanted)
    if name in ("StatusEquals", f"{kind.name}StatusEquals", "Status", f"{kind.name}Status"):
        return lambda r, whole: (r.status or whole.get(f"{kind.name}Status")) == wanted
    member, _, contains = name.partition("Contains") if name.endswith("Contains") else (name, "", None)
    member = member.removesuffix("Equals")
    if contains is not None:
        return lambda _, whole: wanted in str(_deep(whole, member) or "")
    return lambda _, whole: last_part(str(_deep(whole, member))) == last_part(str(wanted))


def _package_type(wanted: str) -> Test:
    """Versions belong to a group; unversioned packages have a name of their own."""
    return lambda r, _: wanted == "Both" or (wanted == "Versioned") == ("ModelPackageGroupName" in r.request)


def _time_test(member: str, side: str, limit: float) -> Test:
    def when(resource: Resource, whole: dict[str, Any]) -> float:
        if member in CREATED_FILTERS:
            return resource.created
        if member in MODIFIED_FILTERS:
            return resource.modified
        return float(whole.get(member, resource.created))

    if side == "After":
        return lambda r, whole: when(r, whole) > limit
    return lambda r, whole: when(r, whole) < limit


def seconds(value: Any) -> float:
    """A timestamp of a request: JSON clients send seconds, a few send ISO 8601."""
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
        except ValueError:
            raise validation(f"Value '{value}' is not a timestamp.") from None
    return float(value)


def _deep(value: Any, member: str) -> Any:
    """The first value of a member anywhere inside, outermost first: filters name members without their path."""
    if isinstance(value, dict):
        if member in value:
            return value[member]
        for inner in value.values():
            found = _deep(inner, member)
            if found is not None:
                return found
    if isinstance(value, list):
        return next((found for item in value if (found := _deep(item, member)) is not None), None)
    return None


def _sorted(
    operation: str,
    kind: Kind,
    request: dict[str, Any],
    found: list[Resource],
    records: dict[int, dict[str, Any]],
) -> list[Resource]:
    by = str(request.get("SortBy") or _documented(operation, "SortBy") or "CreationTime")
    order = request.get("SortOrder") or _documented(operation, "SortOrder") or "Descending"
    flat = by.replace("_", "").lower()
    if flat in ("name", f"{kind.name}name".lower()):
        found = sorted(found, key=lambda r: (r.name, r.number))
    elif flat.endswith("status"):
        found = sorted(found, key=lambda r: (r.status or "", r.number))
    elif flat in ("lastmodifiedtime", "modifiedtime"):
        found = sorted(found, key=lambda r: (r.modified, r.number))
    elif flat not in ("creationtime", "createdtime", "createdate"):
        found = sorted(found, key=lambda r: (str(_deep(records.get(r.number), by)), r.number))
    return found if str(order).lower().startswith("asc") else found[::-1]


def _documented(operation: str, member: str) -> str | None:
    """The default that the model's documentation of a member states: "The default is <code>Ascending</code>"."""
    shape = model.input_shape(operation)
    if shape is None or member not in shape.members:
        return None
    words = shape.members[member].documentation
    found = re.search(r"default (?:value )?is <code>(\w+)</code>", words)
    return found[1] if found else None


def _page(
    operation: str, request: dict[str, Any], found: list[Resource]
) -> tuple[list[Resource], str | None]:
    size = int(request.get("MaxResults") or 10)  # the documented default of nearly every List
    digest = _query_digest(operation, request)
    start = 0
    if request.get("NextToken"):
        last = _opened(request["NextToken"], digest)
        # NB: the token names the last object shown, not an offset: what was created meanwhile must not shift the page.
        start = next((i + 1 for i, r in enumerate(found) if r.number == last[0]), min(last[1], len(found)))
    page = found[start : start + size]
    if start + size >= len(found) or not page:
        return page, None
    sealed = json.dumps([digest, page[-1].number, start + size])
    return page, base64.urlsafe_b64encode(sealed.encode()).decode()


def _query_digest(operation: str, request: dict[str, Any]) -> str:
    query = {k: v for k, v in request.items() if k not in ("NextToken", "MaxResults")}
    return hashlib.sha256(f"{operation}{json.dumps(query, sort_keys=True)}".encode()).hexdigest()[:16]


def _opened(token: str, digest: str) -> tuple[int, int]:
    try:
        sealed, number, offset = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError):
        raise validation("Invalid pagination token.") from None  # text assumed
    if sealed != digest:
        raise validation("The pagination token was made for another request.")  # text assumed
    return int(number), int(offset)
