"""One call to SageMaker, from its JSON body to its JSON answer: faults, validation, dispatch, and the log of calls.

HTTP is in server.py. One lock guards the whole state: a call takes a fraction of a millisecond.
"""

from __future__ import annotations

import collections
import json
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

from simulator import model, special, validation
from simulator.clock import Clock
from simulator.errors import ServiceError, throttled, unknown_operation
from simulator.faults import Faults, Rule
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP; `dropped` means that nothing does."""

    status: int
    body: bytes
    delay: float = 0.0
    dropped: bool = False


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
        request: dict[str, Any] = {}
        rules: list[Rule] = []
        delay = self.settings.latency
        dropped = False
        error = ""
        with self.lock:
            try:
                request = _parsed(body)
                name = named(operation, request)
                rules = self.faults.taken(operation, name)
                delay += sum(rule.seconds for rule in rules if rule.effect == "delay")
                dropped = any(rule.effect.startswith("drop-") for rule in rules)
                if any(rule.effect == "drop-before-effect" for rule in rules):
                    status, payload, error = 0, b"", "dropped before effect"
                else:
                    status, payload = 200, self._act(operation, request, caller, rules)
                    error = "dropped after effect" if dropped else ""
            except ServiceError as refused:
                status, error = refused.status, refused.code
                payload = json.dumps({"__type": refused.code, "message": refused.message}).encode()
            self._record(operation, request, caller, status, error, user_agent)
        return Answer(status, payload, delay, dropped)

    def _act(self, operation: str, request: dict[str, Any], caller: Caller, rules: list[Rule]) -> bytes:
        if not self.faults.admits(self.settings.rates, operation, caller.place, self.clock.now()):
            raise throttled()
        for rule in rules:
            if rule.effect == "throttle":
                raise throttled()
            if rule.effect == "error":
                raise ServiceError(rule.code, rule.text, rule.status)
        if operation not in model.operations():
            raise unknown_operation(operation)
        validation.check(operation, request, refuse_unknown=self.settings.unknown_members == "refuse")
        self.lifecycle.run_due()
        if operation in special.TABLE:
            return json.dumps(special.TABLE[operation](self.operations, operation, request, caller)).encode()
        if operation not in model.verbs():
            raise unknown_operation(operation)
        verb, kind = model.verbs()[operation]
        stale = max((rule.seconds for rule in rules if rule.effect == "stale-read"), default=0.0)
        if verb == "describe":
            shown: bytes = self.operations.describe(operation, kind, request, caller, stale=stale)
            return shown if isinstance(shown, bytes) else json.dumps(shown).encode()
        answered = getattr(self.operations, verb)(operation, kind, request, caller)
        return json.dumps(answered).encode()

    def _record(
        self, operation: str, request: dict[str, Any], caller: Caller, status: int, error: str, user_agent: str
    ) -> None:
        self.counts[operation] += 1
        token = request.get("ClientToken") or request.get("ClientRequestToken") or ""
        self.log.append(
            Call(time.time(), operation, named(operation, request), caller.access_key, caller.role, caller.account,
                 caller.region, status, error, str(token), user_agent)
        )

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
