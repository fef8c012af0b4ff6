"""What the common verbs do: Create, Describe, Update, Delete, Stop, Start, List, on resources of any kind.

Requests are well-formed when they get here. What only some operations do is in special.py.
"""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

from simulator import identity, listing, model, particulars, tags
from simulator.clock import Clock
from simulator.describing import answer, describe
from simulator.errors import ServiceError, validation
from simulator.identity import Caller
from simulator.lifecycle import Lifecycle
from simulator.model import Kind
from simulator.references import Roles, check, check_dependents
from simulator.settings import Settings
from simulator.store import Resource, Store
from simulator.texts import already_exists, not_found, saying

Request = dict[str, Any]
BY = ("CreatedBy", "LastModifiedBy")


class Operations:
    """The verbs, over one store."""

    def __init__(
        self, store: Store, clock: Clock, settings: Settings, lifecycle: Lifecycle, roles: Roles
    ) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings
        self.lifecycle = lifecycle
        self.roles = roles

    def find(self, caller: Caller, kind: Kind, request: Request) -> Resource:
        """The resource a request names, or the kind's own not-found error."""
        found = identity.lookup(self.store, caller, kind, request)
        if found is None:
            raise self._missing(caller, kind, request)
        return found

    def _missing(self, caller: Caller, kind: Kind, request: Request) -> ServiceError:
        value = next((str(request[m]) for m in (*reversed(kind.identity), *kind.by) if request.get(m)), "")
        part = f"{kind.arn.split('{', 1)[0]}{identity.last_part(value)}"
        arn = value if value.startswith("arn:") else identity.arn_of(caller, part)
        return not_found(kind, identity.last_part(value), arn)

    def create(self, operation: str, kind: Kind, request: Request, caller: Caller) -> Request:
        """A new resource, or the same again for the same token."""
        digest = _digest(kind, request)
        token = request.get(kind.token) if kind.token else None
        known = self._remembered(caller, kind, token) if token else None
        if known:
            if known[0] != digest:
                raise saying("token_reused", kind=kind.name, token=token)
            return answer(known[1], operation)
        particulars.before_create(kind.name, request)
        self.roles.check(request)
        number = self.store.number()
        assigned = identity.assign(self.store, caller, kind, request, number)
        self._make_room(caller, kind, assigned.key)
        if self.settings.check_references:
            check(self.store, caller, kind, request)
        resource = self._new(kind, request, caller, number, assigned)
        resource.token = token
        self.store.add(resource)
        if token:
            self.store.tokens[(caller.place, kind.name, token)] = (digest, resource)
        particulars.created(self.store, resource)
        self.lifecycle.begin(resource, "create", fails=self._fails(resource.name))
        return answer(resource, operation)

    def _remembered(self, caller: Caller, kind: Kind, token: str) -> tuple[str, Resource] | None:
        """What was made with this token, and of what, unless that is too long ago."""
        known = self.store.tokens.get((caller.place, kind.name, token))
        span = self.clock.span(self.settings.token_memory)
        return None if known and span and self.clock.now() >= known[1].created + span else known

    def _make_room(self, caller: Caller, kind: Kind, key: tuple[str, ...]) -> None:
        """A name may be used again once its old owner only lingers as Deleted."""
        existing = self.store.find(caller.place, kind, key)
        if existing is None:
            return
        lingering = model.data("states").get(kind.name, {}).get("delete", {}).get("to")
        if not lingering or existing.status != lingering:
            raise already_exists(existing)
        self.store.remove(existing)

    def _new(
        self, kind: Kind, request: Request, caller: Caller, number: int, assigned: identity.Assigned
    ) -> Resource:
        now = self.clock.now()
        declared = {m: v for m, v in request.items() if m not in ("Tags", kind.token)}
        name = str(request.get(kind.name_member) or assigned.key[-1])
        return Resource(
            kind=kind,
            place=caller.place,
            key=assigned.key,
            name=identity.last_part(name),
            arn=assigned.arn,
            number=number,
            created=now,
            modified=now,
            request=copy.deepcopy(request),
            declared=declared,
            observed=assigned.members | {m: _by(caller) for m in BY if m in kind.output},
            caller=caller.role or caller.access_key,
            tags=tags.merge({}, request.get("Tags") or []),
            listed_from=now + self.clock.span(self.settings.list_delay),
            found_from=now + self.clock.span(self.settings.describe_delay),
        )

    def _fails(self, name: str) -> bool:
        word = self.settings.failing_name
        return bool(word) and word in name.lower()

    def describe(
        self, operation: str, kind: Kind, request: Request, caller: Caller, *, stale: float = 0.0
    ) -> Any:
        """How a resource looks now, or looked `stale` seconds ago."""
        resource = self.find(caller, kind, request)
        now = self.clock.now()
        if now < resource.found_from:
            raise self._missing(caller, kind, request)
        span = self.clock.span(max(stale, self.settings.stale_seconds))
        past = next((entry for at, entry in resource.past if at > now - span), None) if span else None
        if past is not None:
            return json.dumps(describe(resource, self.settings, operation, at=past)).encode()
        if resource.shown is None or resource.shown[:2] != (self.settings.generation, operation):
            shown = describe(resource, self.settings, operation)
            resource.shown = (self.settings.generation, operation, json.dumps(shown).encode())
        return resource.shown[2]

    def update(self, operation: str, kind: Kind, request: Request, caller: Caller) -> Request:
        """Change declared members: given ones take the place of old ones, or are merged where the kind does so."""
        resource = self.find(caller, kind, request)
        if sum(member in request for member in kind.one_by_one) > 1:
            raise validation(
                f"Use one of {', '.join(kind.one_by_one)} at a time."
            )  # A: the words; kinds.yaml has the rule's source
        self.lifecycle.admit(resource, "update")
        self.roles.check(request)
        if self.settings.check_references:
            check(self.store, caller, kind, {m: v for m, v in request.items() if m not in kind.identity})
        particulars.before_update(resource, request)
        declared = updated(kind, resource.declared, request)
        if "Tags" in request:
            resource.tags = tags.merge(resource.tags, request["Tags"])
        names = _names({m: v for m, v in request.items() if m not in (*kind.identity, *kind.by)})
        self.lifecycle.touch(resource)
        self.lifecycle.begin(resource, "update", declared=declared, fails=any(map(self._fails, names)))
        particulars.updated(self.store, resource, request)
        return answer(resource, operation)

    def delete(self, operation: str, kind: Kind, request: Request, caller: Caller) -> Request:
        """Start the end of a resource."""
        resource = self.find(caller, kind, request)
        check_dependents(self.store, resource)
        particulars.before_delete(resource)
        told = answer(resource, operation)
        if self.lifecycle.admit(resource, "delete"):
            self.lifecycle.touch(resource)
            self.lifecycle.begin(resource, "delete")
            particulars.deleted(self.store, resource)
        return told

    def stop(self, operation: str, kind: Kind, request: Request, caller: Caller) -> Request:
        """Stop a job, or rest a notebook, schedule or server."""
        return self._move("stop", operation, kind, request, caller)

    def start(self, operation: str, kind: Kind, request: Request, caller: Caller) -> Request:
        """Go on with what was stopped."""
        return self._move("start", operation, kind, request, caller)

    def _move(self, action: str, operation: str, kind: Kind, request: Request, caller: Caller) -> Request:
        resource = self.find(caller, kind, request)
        if self.lifecycle.admit(resource, action):
            self.lifecycle.touch(resource)
            self.lifecycle.begin(resource, action)
        return answer(resource, operation)

    def list(self, operation: str, kind: Kind, request: Request, caller: Caller) -> Request:
        """One page of what the caller may see, and what List shows already."""
        now = self.clock.now()
        every = self.store.of(caller.place, kind).values()
        return listing.list_resources(operation, kind, request, [r for r in every if r.listed_from <= now])


def _by(caller: Caller) -> Request:
    """Who did it, as members such as CreatedBy show it."""
    arn = caller.role or f"arn:aws:iam::{caller.account}:user/simulator"
    return {"IamIdentity": {"Arn": arn, "PrincipalId": caller.access_key or "anonymous"}}


def updated(kind: Kind, before: Request, request: Request) -> Request:
    """The declared members after an update."""
    after = copy.deepcopy(before)
    for member, given in request.items():
        target, value = kind.updates.get(member, member), _as_created(kind, given)
        if member in kind.removes:
            _take_away(kind, after, kind.removes[member], value)
        elif member in kind.appends:
            after[kind.appends[member]] = after.get(kind.appends[member], []) + value
        elif member in kind.keyed:
            named = {item[kind.keyed[member]]: item for item in (*after.get(member, ()), *value)}
            after[member] = list(named.values())
        elif member in kind.merges and isinstance(value, dict) and isinstance(after.get(target), dict):
            after[target] = _merged(after[target], value)
        elif target not in kind.identity and target not in kind.by and value is not None and member != "Tags":
            after[target] = value
    return after


def _as_created(kind: Kind, value: Any) -> Any:
    """A structure of Update's in Create's words."""
    if isinstance(value, dict):
        return {kind.updates.get(member, member): _as_created(kind, inner) for member, inner in value.items()}
    return value


def _take_away(kind: Kind, declared: Request, target: str, value: Any) -> None:
    """Remove a member, members, or keys or items of a member."""
    held = declared.get(target)
    if value is True:
        declared.pop(target, None)
    elif target == "*":
        for member in value:
            declared.pop(member, None)
    elif isinstance(value, list) and isinstance(held, dict):
        declared[target] = {k: v for k, v in held.items() if k not in value}
    elif isinstance(value, list) and isinstance(held, list):
        key = kind.keyed.get(target)
        declared[target] = [item for item in held if (item[key] if key else item) not in value]


def _merged(old: Request, new: Request) -> Request:
    merged = dict(old)
    for member, value in new.items():
        inner = merged.get(member)
        merged[member] = (
            _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
        )
    return merged


def _names(request: Request) -> list[str]:
    """What an update names: texts of the request itself, and deeper down what is called ...Name."""
    found = [value for value in request.values() if isinstance(value, str)]
    for value in request.values():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                found += [v for m, v in inner.items() if isinstance(v, str) and m.endswith("Name")]
    return found


def _digest(kind: Kind, request: Request) -> str:
    given = {m: v for m, v in request.items() if m != kind.token}
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
