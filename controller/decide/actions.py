"""What can be done about one object, as data. ``plan`` chooses one; the loop performs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reject:
    """Say that this cannot be done as declared; nothing is called until somebody edits it."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Say that the resource is gone for good, and make no second one."""

    message: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Put our finalizer on before anything else: what is there must not be left behind by a deletion."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Something else has to happen first: a neighbour, or SageMaker."""

    reason: str
    message: str
    pause: float  # seconds; a neighbour's change wakes it earlier


@dataclass(frozen=True, slots=True)
class Yield:
    """Leave the object to another controller that writes it. ``said``: the status says so already, though ``anew`` otherwise."""

    message: str
    pause: float  # seconds until it has been silent for long enough
    said: bool
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Create:
    """Create the resource. ``fresh``: Create was never tried before, so the finalizer goes on first and nobody looks."""

    request: Mapping[str, Any]
    fresh: bool


@dataclass(frozen=True, slots=True)
class Update:
    """Change what differs: ``members`` of Update's request, the identifying ones apart.

    ``sent`` and ``prints`` are what goes on record of it, by manifest key (applied.mark, prints.prints). ``operation``
    is another than Update.
    """

    members: Mapping[str, Any]
    sent: Mapping[str, str] = field(default_factory=dict)
    operation: str | None = None
    prints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tag:
    """Add and change these tags, remove those keys."""

    add: Mapping[str, str]
    remove: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopFirst:
    """Stop the resource, because it can be updated only so; the note of it goes into the status before the call."""


@dataclass(frozen=True, slots=True)
class Start:
    """Start what was stopped to be updated. ``then`` is what is said of it where there was no update."""

    then: Reject | Wait | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the resource on its way to deletion."""


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the resource."""


@dataclass(frozen=True, slots=True)
class Release:
    """Let go of the object: our finalizer comes off. ``note`` says why something stays behind, if it does."""

    note: str | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """Nothing to do but to show what SageMaker says. ``advisory`` says what cannot be made as declared.

    ``pending``: a change was sent that SageMaker may not show yet.
    """

    advisory: str | None = None
    pending: bool = False


Action = (
    Reject
    | Lost
    | Hold
    | Wait
    | Yield
    | Create
    | Update
    | StopFirst
    | Start
    | Tag
    | Stop
    | Delete
    | Release
    | Show
)
