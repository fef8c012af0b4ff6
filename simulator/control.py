"""A client for the simulator's levers (`/_simulator/`), for tests and demonstrations. Standard library only."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from typing import Any


class ControlError(Exception):
    """The simulator did not understand; the text says what was wrong."""


class Control:
    """Steers a running simulator, in this process or another."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=60)
        try:
            connection.request(method, f"/_simulator/{path}", json.dumps(body) if body is not None else None)
            answer = connection.getresponse()
            given = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise ControlError(given["error"])
        return given

    def calls(self, operation: str | None = None, name: str | None = None) -> list[dict[str, Any]]:
        """The log of calls, oldest first."""
        every = self._call("GET", "calls")["calls"]
        return [
            call for call in every if operation in (None, call["operation"]) and name in (None, call["name"])
        ]

    def counts(self) -> dict[str, int]:
        """How often each operation was called, refused and dropped calls included."""
        counts: dict[str, int] = self._call("GET", "calls")["counts"]
        return counts

    def forget_calls(self) -> None:
        """Count from zero."""
        self._call("DELETE", "calls")

    def reset(self) -> None:
        """Forget resources, calls, faults and roles."""
        self._call("POST", "reset", {})

    def now(self) -> float:
        """The simulator's time."""
        return float(self._call("GET", "clock")["now"])

    def advance(self, seconds: float) -> float:
        """Move the clock; what falls due happens."""
        return float(self._call("POST", "advance", {"seconds": seconds})["now"])

    def set_clock(self, *, manual: bool | None = None, speed: float | None = None) -> None:
        """Freeze the clock or let it run, and how fast SageMaker works."""
        given = {"manual": manual, "speed": speed}
        self._call("POST", "clock", {k: v for k, v in given.items() if v is not None})

    def fault(self, effect: str, operation: str = "*", name: str = "*", **more: Any) -> None:
        """Add a rule: see faults.py for effects and for `times`, `skip`, `code`, `text`, `status`, `seconds`."""
        self._call("POST", "faults", {"effect": effect, "operation": operation, "name": name, **more})

    def faults(self) -> list[dict[str, Any]]:
        """The rules in force, with how often each has matched."""
        rules: list[dict[str, Any]] = self._call("GET", "faults")["faults"]
        return rules

    def clear_faults(self) -> None:
        """No rules any more."""
        self._call("DELETE", "faults")

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change settings by name; answers all of them."""
        shown: dict[str, Any] = self._call("POST", "settings", changes)
        return shown

    def resources(self, kind: str = "*", name: str = "*") -> list[dict[str, Any]]:
        """What is stored: kind, name, arn, status, tags, the Create request as received, what is declared now, what Describe shows."""
        found: list[dict[str, Any]] = self._call("POST", "resources", {"kind": kind, "name": name})[
            "resources"
        ]
        return found

    def resource(self, kind: str, name: str) -> dict[str, Any]:
        """The one resource of that kind and name."""
        found = self.resources(kind, name)
        if len(found) != 1:
            raise ControlError(f"{len(found)} resources are a {kind} named {name}")
        return found[0]

    def change(self, kind: str, name: str, **more: Any) -> dict[str, Any]:
        """Drift: `set={path: value or None}` in Describe's words, `tags={…}`. A name may be an ARN, here and below."""
        shown: dict[str, Any] = self._call("POST", "change", {**_named(kind, name), **more})
        return shown

    def set_state(
        self, kind: str, name: str, status: str, failure_reason: str | None = None
    ) -> dict[str, Any]:
        """Put a resource into a state."""
        body = {**_named(kind, name), "status": status, "failureReason": failure_reason}
        shown: dict[str, Any] = self._call("POST", "set-state", body)
        return shown

    def remove(self, kind: str, name: str) -> None:
        """Make a resource vanish without a call."""
        self._call("POST", "remove", _named(kind, name))

    def missing_roles(self, *arns: str) -> None:
        """These roles do not exist."""
        self._call("POST", "roles", {"missing": list(arns)})


def _named(kind: str, name: str) -> dict[str, str]:
    """The one resource of a kind that a name or an ARN means."""
    return {"arn": name} if name.startswith("arn:") else {"kind": kind, "name": name}
