"""Things that go wrong on request: rules that match calls and say what happens to them, and rate limits.

A rule acts on a number of calls and is then spent. What an effect does is carried out by service.py and server.py.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from simulator.model import Kind

EFFECTS = (
    "error",
    "throttle",
    "drop-before-effect",
    "drop-after-effect",
    "delay",
    "stale-read",
    "fail",
    "malformed",
    "ignore",
    "respell",
)
"""``ignore``: an Update is answered and changes nothing; ``respell``: it keeps every text in another spelling."""


@dataclass(slots=True)
class Rule:
    """When a call matches, this happens to it."""

    effect: str
    operation: str = "*"
    name: str = "*"
    times: int | None = None
    skip: int = 0
    code: str = "InternalFailure"
    text: str = "The request processing has failed because of an unknown error, exception or failure."
    status: int = 500
    seconds: float = 0.0
    matched: int = 0

    def matches(self, operation: str, name: str) -> bool:
        """Whether the rule speaks of this call."""
        return fnmatch.fnmatchcase(operation, self.operation) and fnmatch.fnmatchcase(name, self.name)


def rule_from(given: dict[str, Any]) -> Rule:
    """A rule from the control API's words; a mistake is one sentence."""
    words = {key.replace("-", "_"): value for key, value in given.items() if key != "matched"}
    if "kind" in words:
        words["effect"] = words.pop("kind")
    unknown = set(words) - set(Rule.__slots__)
    if unknown:
        raise ValueError(
            f"a fault rule has no {', '.join(sorted(unknown))}: it has {', '.join(Rule.__slots__)}"
        )
    if words.get("effect") not in EFFECTS:
        raise ValueError(f"a fault rule's effect is one of {', '.join(EFFECTS)}, not {words.get('effect')!r}")
    return Rule(**words)


def respelled(kind: Kind, request: dict[str, Any]) -> dict[str, Any]:
    """An Update's request as a service that has its own spelling keeps it: no text at the top is as it was given."""
    named = {*kind.identity, *kind.by}
    return {m: f"{v}." if isinstance(v, str) and m not in named else v for m, v in request.items()}


class Faults:
    """The rules in force, and the buckets of the rate limits."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self._buckets: dict[tuple[str, str, str], tuple[float, float]] = {}

    def taken(self, operation: str, name: str) -> list[Rule]:
        """The rules that act on this call, each counted once."""
        acting = []
        for rule in self.rules:
            if not rule.matches(operation, name):
                continue
            rule.matched += 1
            used = rule.matched - rule.skip
            if used > 0 and (rule.times is None or used <= rule.times):
                acting.append(rule)
        return acting

    def admits(self, rates: dict[str, float], operation: str, place: tuple[str, str], now: float) -> bool:
        """Whether the rate limits let a call through. A bucket holds one second's worth of calls, at least one."""
        for pattern, rate in rates.items():
            if not fnmatch.fnmatchcase(operation, pattern):
                continue
            size = max(1.0, rate)
            level, at = self._buckets.get((pattern, *place), (size, now))
            level = min(size, level + (now - at) * rate)
            if level < 1.0:
                self._buckets[(pattern, *place)] = (level, now)
                return False
            self._buckets[(pattern, *place)] = (level - 1.0, now)
        return True

    def shown(self) -> list[dict[str, Any]]:
        """The rules as plain data."""
        return [asdict(rule) for rule in self.rules]

    def replace(self, rules: Iterable[dict[str, Any]]) -> None:
        """Put other rules in force; none is put in force if one of them is wrong."""
        self.rules = [rule_from(given) for given in rules]

    def clear(self) -> None:
        """No rules, full buckets."""
        self.rules.clear()
        self._buckets.clear()
