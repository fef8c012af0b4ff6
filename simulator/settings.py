"""Everything about the simulator that can be set, on the command line or while it runs.

Each setting has its default and unit here; what a setting does is decided where it is read.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class Settings:
    """The knobs. Seconds are SageMaker's seconds: a faster clock shortens them all alike."""

    latency: float = 0.0
    """Seconds every SageMaker call takes, in real time. 0 because tests want answers."""
    list_delay: float = 0.0
    """Seconds until a List shows a new resource: SageMaker's lists are eventually consistent."""
    describe_delay: float = 0.0
    """Seconds until a Describe finds a new resource."""
    stale_seconds: float = 0.0
    """For how many seconds after a change Describe and List go on showing what was before."""
    iam_delay: float = 0.0
    """Seconds until a role first named in a call can be assumed: IAM propagates slowly."""
    token_memory: float = 0.0
    """Seconds for which a Create's idempotency token is remembered; 0 is for ever. No source says what SageMaker does."""
    missing_role: str = "missing"
    """Roles whose name contains this do not exist."""
    failing_name: str = "fail"
    """Resources whose name contains this end in their kind's failed state."""
    fill_defaults: bool = False
    """Add a generated value to every member of a Describe that Create has and the caller left unset."""
    unknown_members: str = "refuse"
    """`refuse` or `ignore`. SageMaker ignores them; a program under test should not send them."""
    check_references: bool = True
    """Refuse references to models, configurations, domains … that are not there."""
    rates: dict[str, float] = field(default_factory=dict)
    """Calls per second and operation (a pattern such as `Describe*`) above which calls are throttled."""
    durations: dict[str, float] = field(default_factory=dict)
    """Seconds by `Kind`, `Kind.action`, `*.action` or `*`; the most specific one counts."""
    events_queue: str = ""
    """URL of an SQS queue that gets an event for each change of state, as from EventBridge. Only heeded at the start."""

    generation: int = 0
    """Counts changes of settings; whoever caches an answer compares it."""

    def change(self, given: dict[str, Any]) -> None:
        """Take over some settings by name; unknown names and wrong types are refused with a sentence."""
        plain = Settings()
        known = {f.name: type(getattr(plain, f.name)) for f in fields(self) if f.name != "generation"}
        wanted = {name.replace("-", "_"): value for name, value in given.items()}
        for name, value in wanted.items():
            if name not in known:
                raise ValueError(f"unknown setting {name!r}: known are {', '.join(sorted(known))}")
            wanted[name] = _fitting(name, value, known[name])
        for name, value in wanted.items():
            setattr(self, name, value)
        self.generation += 1

    def seconds(self, kind: str, action: str, default: float) -> float:
        """How long an action of a kind takes."""
        for key in (f"{kind}.{action}", kind, f"*.{action}", "*"):
            if key in self.durations:
                return self.durations[key]
        return default

    def shown(self) -> dict[str, Any]:
        """All settings as plain data."""
        return asdict(self)


def _fitting(name: str, value: Any, kind: type) -> Any:
    """The value in the setting's type; whole numbers do for numbers."""
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind is dict and isinstance(value, dict):
        return {str(key): _fitting(f"{name}[{key}]", inner, float) for key, inner in value.items()}
    if not isinstance(value, kind):
        raise ValueError(f"setting {name!r} wants a {kind.__name__}, not {value!r}")
    return value
