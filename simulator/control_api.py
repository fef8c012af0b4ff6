"""The levers under `/_simulator/`: watch calls, move the clock, break things, change things behind the caller's back.

Plain JSON over the same port. The client for it is control.py.
"""

from __future__ import annotations

import copy
import fnmatch
import json
from collections.abc import Callable
from typing import Any

from simulator import model
from simulator.describing import record
from simulator.faults import rule_from
from simulator.service import SageMaker
from simulator.store import Resource

Body = dict[str, Any]


class ControlApi:
    """One method per path."""

    def __init__(self, sagemaker: SageMaker) -> None:
        self._sagemaker = sagemaker
        self._routes: dict[tuple[str, str], Callable[[Body], Any]] = {
            ("GET", ""): self._index,
            ("GET", "health"): lambda _: {"ok": True},
            ("GET", "calls"): lambda _: sagemaker.calls(),
            ("DELETE", "calls"): self._forget_calls,
            ("POST", "reset"): self._reset,
            ("GET", "clock"): self._clock,
            ("POST", "advance"): self._advance,
            ("POST", "clock"): self._set_clock,
            ("GET", "faults"): lambda _: {"faults": sagemaker.faults.shown()},
            ("POST", "faults"): self._faults,
            ("DELETE", "faults"): self._no_faults,
            ("GET", "settings"): lambda _: sagemaker.settings.shown(),
            ("POST", "settings"): self._settings,
            ("GET", "resources"): self._resources,
            ("POST", "resources"): self._resources,
            ("POST", "change"): self._change,
            ("POST", "set-state"): self._set_state,
            ("POST", "remove"): self._remove,
            ("POST", "roles"): self._roles,
        }

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and JSON of one control call."""
        route = self._routes.get((method, path.partition("?")[0]))
        if route is None:
            return 404, _json(
                {"error": f"no {method} /_simulator/{path}: there are {', '.join(self._known())}"}
            )
        try:
            given = json.loads(body) if body else {}
            with self._sagemaker.lock:
                self._sagemaker.lifecycle.run_due()
                return 200, _json(route(given))
        except (ValueError, TypeError, KeyError, LookupError) as wrong:
            return 400, _json({"error": str(wrong)})

    def _index(self, _: Body) -> Body:
        return {
            "what": "the levers of a simulated SageMaker; docs/simulator.md says what each does",
            "levers": self._known(),
        }

    def _known(self) -> list[str]:
        return sorted(f"{method} /_simulator/{path}" for method, path in self._routes)

    def _reset(self, _: Body) -> Body:
        self._sagemaker.reset()
        return {}

    def _forget_calls(self, _: Body) -> Body:
        self._sagemaker.forget_calls()
        return {}

    def _clock(self, _: Body) -> Body:
        clock = self._sagemaker.clock
        return {"now": clock.now(), "manual": clock.manual, "speed": clock.speed}

    def _set_clock(self, body: Body) -> Body:
        clock = self._sagemaker.clock
        if "manual" in body:
            clock.freeze(bool(body["manual"]))
        if "speed" in body:
            clock.speed = float(body["speed"])
        return self._clock(body)

    def _advance(self, body: Body) -> Body:
        now = self._sagemaker.clock.advance(float(body["seconds"]))
        self._sagemaker.lifecycle.run_due()
        return {"now": now}

    def _faults(self, body: Body) -> Body:
        faults = self._sagemaker.faults
        if "faults" in body:
            faults.replace(body["faults"])
        else:
            faults.rules.append(rule_from(body))
        return {"faults": faults.shown()}

    def _no_faults(self, _: Body) -> Body:
        self._sagemaker.faults.clear()
        return {}

    def _settings(self, body: Body) -> Body:
        self._sagemaker.settings.change(body)
        return self._sagemaker.settings.shown()

    def _resources(self, body: Body) -> Body:
        wanted, pattern = body.get("kind", "*"), body.get("name", "*")
        return {
            "resources": [
                _shown(r)
                for r in self._sagemaker.store.every()
                if fnmatch.fnmatchcase(r.kind.name, wanted) and fnmatch.fnmatchcase(r.name, pattern)
            ]
        }

    def _one(self, body: Body) -> Resource:
        """The resource a body names by `arn`, or by `kind` and `name`."""
        store = self._sagemaker.store
        if "arn" in body:
            found = store.by_arn(body["arn"])
            matches = [found] if found else []
        else:
            matches = [r for r in store.every() if r.kind.name == body["kind"] and r.name == body["name"]]
        if len(matches) != 1:
            named = body.get("arn") or f"{body.get('kind')} {body.get('name')}"
            raise LookupError(f"{len(matches)} resources match {named}: name one, by arn if need be")
        return matches[0]

    def _change(self, body: Body) -> Body:
        """Set (or with null remove) members: `set` maps dotted paths, in Describe's words, to values."""
        resource = self._one(body)
        back = {shown: given for given, shown in resource.kind.renames.items()}
        for path, value in body.get("set", {}).items():
            head, _, rest = path.partition(".")
            declared = back.get(head, head)
            told = declared in resource.kind.input or declared in resource.declared  # by Create or by Update
            side = resource.declared if told else resource.observed
            name = declared if side is resource.declared else head
            changed = copy.deepcopy(side)
            _put(changed, [name, *rest.split(".")] if rest else [name], value)
            side.clear()
            side.update(changed)
        if "tags" in body:
            resource.tags = dict(body["tags"])
        self._sagemaker.lifecycle.touch(resource)
        return _shown(resource)

    def _set_state(self, body: Body) -> Body:
        resource = self._one(body)
        machine = model.data("states").get(resource.kind.name)
        if machine is None:
            raise ValueError(f"{resource.kind.name} has no states")
        shape = model.described_shape(resource.kind.name).members[machine["status"]]
        if body["status"] not in shape.enum:
            raise ValueError(
                f"{body['status']!r} is no state of a {resource.kind.name}: {', '.join(shape.enum)}"
            )
        self._sagemaker.lifecycle.force(resource, body["status"], body.get("failureReason"))
        return _shown(resource)

    def _remove(self, body: Body) -> Body:
        """Make a resource vanish without a call, as if somebody had deleted it elsewhere."""
        resource = self._one(body)
        self._sagemaker.store.remove(resource)
        return {}

    def _roles(self, body: Body) -> Body:
        """Say which role ARNs do not exist."""
        self._sagemaker.roles.missing = set(body["missing"])
        return {"missing": sorted(self._sagemaker.roles.missing)}


def _put(target: Any, path: list[str], value: Any) -> None:
    """Set a path; a number is an index into a list; None removes."""
    head: Any = path[0]
    if isinstance(target, list):
        head = int(head)
    if len(path) > 1:
        if isinstance(target, dict):
            target.setdefault(head, {})
        _put(target[head], path[1:], value)
    elif value is None:
        del target[head]
    else:
        target[head] = value


def _shown(resource: Resource) -> Body:
    return {
        "kind": resource.kind.name,
        "name": resource.name,
        "arn": resource.arn,
        "status": resource.status,
        "account": resource.place[0],
        "region": resource.place[1],
        "created": resource.created,
        "modified": resource.modified,
        "tags": resource.tags,
        "request": resource.request,
        "declared": resource.declared,
        "caller": resource.caller,
        "described": {k: v for k, v in record(resource).items() if k in resource.kind.output},
    }


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
