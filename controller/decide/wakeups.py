"""What a message of EventBridge is about: which kinds, and what names the resource. Pure.

Nothing of it is believed but that something may have moved: formats differ from kind to kind (an Endpoint is `IN_SERVICE` here and
`InService` everywhere else), and what anybody may put into a queue is no state of SageMaker's.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from controller.kinds.kind import Kind
from controller.kinds.names import key_of

SOURCE = "aws.sagemaker"


@dataclass(frozen=True, slots=True)
class Wakeup:
    """Something of one of these ``kinds`` may have moved; it has one of these ``arns`` (in lower case), or this name."""

    kinds: tuple[str, ...]
    arns: tuple[str, ...]
    names: tuple[str, ...]  # one a kind, "" where the event has none
    region: str
    account: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message that wakes nobody up: no event at all, or an event that is nothing to us."""

    outcome: Literal["poison", "foreign"]


def about(kinds: Iterable[Kind]) -> dict[str, tuple[Kind, ...]]:
    """Which kinds an event of a detail-type may be about."""
    found: dict[str, list[Kind]] = defaultdict(list)
    for kind in kinds:
        for detail_type in kind.events:
            found[detail_type].append(kind)
    return {detail_type: tuple(held) for detail_type, held in found.items()}


def read(body: str, known: Mapping[str, tuple[Kind, ...]]) -> Wakeup | Ignored:
    """What a message's body is about; whatever it is, this answers."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return Ignored("poison")
    if not isinstance(event, dict) or not all(
        isinstance(event.get(m), str) for m in ("source", "detail-type")
    ):
        return Ignored("poison")
    kinds = known.get(event["detail-type"], ())
    if event["source"] != SOURCE or not kinds:
        return Ignored("foreign")
    detail = event.get("detail")
    shown: Mapping[str, Any] = detail if isinstance(detail, dict) else {}
    listed = event.get("resources")
    arns = [*(listed if isinstance(listed, list) else ()), *(_member(shown, kind.arn) for kind in kinds)]
    found = tuple(
        dict.fromkeys(arn.lower() for arn in arns if isinstance(arn, str) and arn.startswith("arn:"))
    )
    names = tuple(_text(_member(shown, kind.own_name)) for kind in kinds)
    if not found and not any(names):
        return Ignored("poison")
    return Wakeup(
        tuple(kind.name for kind in kinds),
        found,
        names,
        _text(event.get("region")),
        _text(event.get("account")),
    )


def _member(detail: Mapping[str, Any], member: str | None) -> Any:
    """NB: pipelines' events begin their members with a small letter, all others with a capital one."""
    if member is None:
        return None
    return detail.get(member, detail.get(key_of(member), detail.get(member[:1].lower() + member[1:])))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
