"""One call to SageMaker, from its JSON body to its JSON answer: faults, validation, dispatch, and the log of calls.

HTTP is in server.py. One lock guards the whole state: a call takes a fraction of a millisecond.
"""

from __future__ import annotations

import collections
import json
import threading
import time
import traceback
from dataclasses import asdict, dataclass
from typing import Any

from simulator import model, special, validation
from simulator.clock import Clock
from simulator.errors import ServiceError, throttled, unknown_operation
from simulator.faults import Faults, Rule, respelled
from simulator.identity import Caller
from simulator.lifecycle import Lifecycle
from simulator.operations import Operations
from simulator.references import Roles
from simulator.settings import Settings
from simulator.store import Store

LOG_LENGTH = 200_000
"""Calls kept in the log: about 40 MB when full, more than any test or benchmark makes."""


@dataclass(frozen=True, slots=True)
class Call:
    """A line of the log."""

    time: float
    operation: str
    name: str
    access_key: str
    role: str
    account: str
    region: str
    status: int
    error: str
    token: str
    user_agent: str
    request: dict[str, Any]
    """As received, of calls that change something; empty for Describe and List, of which there are too many."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP; `dropped` means that nothing does."""

    status: int
    body: bytes
    delay: float = 0.0
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    operation: str
    request: dict[str, Any]
    caller: Caller
    user_agent: str


class _DroppedBefore(Exception):
    """A fault rule lets the call vanish before anything happens."""


class SageMaker:
    """The whole simulated service."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self.clock = clock
        self.settings = settings
        self.store = Store()
        self.faults = Faults()
        self.roles = Roles(clock, settings)
        self.lifecycle = Lifecycle(self.store, clock, settings)
        self.operations = Operations(self.store, clock, settings, self.lifecycle, self.roles)
        self.lock = threading.RLock()
        self.log: collections.deque[Call] = collections.deque(maxlen=LOG_LENGTH)
        self.counts: collections.Counter[str] = collections.Counter()

    def call(self, operation: str, body: bytes, caller: Caller, user_agent: str = "") -> Answer:
        """Answer one call."""
        with self.lock:
            request: dict[str, Any] = {}
            rules: list[Rule] = []
            try:
                request = _parsed(body)
                rules = self.faults.taken(operation, named(operation, request))
                status, payload, error = 200, self._act(operation, request, caller, rules), ""
            except _DroppedBefore:
                status, payload, error = 0, b"", "dropped before effect"
            except ServiceError as refused:
                status, error = refused.status, refused.code
                payload = _error(refused)
            except Exception as bug:
                # NB: a mistake of the simulator's must be seen as one, not as a connection that broke.
                traceback.print_exc()
                failure = ServiceError("InternalFailure", f"The simulator has a bug: {bug!r}", 500)
                status, payload, error = failure.status, _error(failure), failure.code
            if any(rule.effect == "drop-after-effect" for rule in rules):
                error = error or "dropped after effect"
            self._record(_Asked(operation, request, caller, user_agent), status, error)
        delay = self.settings.latency + sum(rule.seconds for rule in rules if rule.effect == "delay")
        return Answer(status, payload, delay, any(rule.effect.startswith("drop-") for rule in rules))

    def _act(self, operation: str, request: dict[str, Any], caller: Caller, rules: list[Rule]) -> bytes:
        if not self.faults.admits(self.settings.rates, operation, caller.place, self.clock.now()):
            raise throttled()
        _interfere(rules)
        if operation not in model.operations():
            raise unknown_operation(operation)
        validation.check(operation, request, refuse_unknown=self.settings.unknown_members == "refuse")
        self.lifecycle.run_due()
        if operation in special.TABLE:
            return json.dumps(special.TABLE[operation](self.operations, operation, request, caller)).encode()
        if operation not in model.verbs():
            raise unknown_operation(operation)
        verb, kind = model.verbs()[operation]
        if verb == "describe":
            stale = max((rule.seconds for rule in rules if rule.effect == "stale-read"), default=0.0)
            shown: bytes = self.operations.describe(operation, kind, request, caller, stale=stale)
            return shown
        if verb == "update":
            if any(rule.effect == "ignore" for rule in rules):
                return b"{}"
            if any(rule.effect == "respell" for rule in rules):
                request = respelled(kind, request)
        answered = getattr(self.operations, verb)(operation, kind, request, caller)
        return json.dumps(answered).encode()

    def _record(self, asked: _Asked, status: int, error: str) -> None:
        self.counts[asked.operation] += 1
        caller, request = asked.caller, asked.request
        token = request.get("ClientToken") or request.get("ClientRequestToken") or ""
        self.log.append(
            Call(
                time.time(),
                asked.operation,
                named(asked.operation, request),
                caller.access_key,
                caller.role,
                caller.account,
                caller.region,
                status,
                error,
                str(token),
                asked.user_agent,
                {} if asked.operation.startswith(("Describe", "List")) else request,
            )
        )

    def pass_time(self) -> None:
        """Let happen what is due, although nobody calls."""
        with self.lock:
            self.lifecycle.run_due()

    def calls(self) -> dict[str, Any]:
        """The log and the counts, as plain data."""
        with self.lock:
            return {"counts": dict(self.counts), "calls": [asdict(call) for call in self.log]}

    def reset(self) -> None:
        """Forget resources, calls, faults and roles; settings and clock stay."""
        with self.lock:
            self.store.clear()
            self.faults.clear()
            self.roles.forget()
            self.forget_calls()

    def forget_calls(self) -> None:
        """Empty the log and the counts."""
        with self.lock:
            self.log.clear()
            self.counts.clear()


def _interfere(rules: list[Rule]) -> None:
    """Carry out the rules that keep a call from having an effect."""
    for rule in rules:
        if rule.effect == "drop-before-effect":
            raise _DroppedBefore
        if rule.effect == "throttle":
            raise throttled()
        if rule.effect == "error":
            raise ServiceError(rule.code, rule.text, rule.status)


def _error(refused: ServiceError) -> bytes:
    return json.dumps({"__type": refused.code, "message": refused.message}).encode()


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        raise ServiceError("SerializationException", "The request body is not JSON.") from None
    if not isinstance(request, dict):
        raise ServiceError("SerializationException", "Start of structure or map expected")
    return request


def named(operation: str, request: dict[str, Any]) -> str:
    """The name in a request that identifies what it is about, for the log and for fault rules."""
    verb_kind = model.verbs().get(operation)
    members: tuple[str, ...] = ("ResourceArn",)
    if verb_kind:
        kind = verb_kind[1]
        members = (kind.name_member, *reversed(kind.identity), *kind.by, *members)
    for member in members:
        if isinstance(request.get(member), str):
            return str(request[member])
    return next((v for m, v in request.items() if m.endswith("Name") and isinstance(v, str)), "")
