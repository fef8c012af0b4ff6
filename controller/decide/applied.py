"""What was applied before, and what of it the manifest no longer declares. Pure: recorded in ``status.applied``.

``fields`` is the outline of what was declared of members that Update can change: ``{"userSettings": {"executionRole": {}}}``
in manifest keys, a list whose elements have names as those names, with what an element may also lack. ``tags`` are the keys
that were declared. ``sent`` says of a member which change SageMaker was asked for last, so that one it does not make is not
asked for again and again. ``secrets`` are the names of the Secrets whose values were sent, never the values or anything made of
them. ``prints`` are of what Describe does not show (prints.py). ``partial``: the end of a run that List has told of, and that
was not looked at yet.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from controller.decide.compare import Difference, named, natural_key, shown_of
from controller.decide.confidential import on_record
from controller.decide.declared import Declared, applied_identity
from controller.decide.prints import prints
from controller.decide.shown import Shown
from controller.kinds.kind import Kind
from controller.kinds.names import key_of
from controller.kinds.shape import Shape

Outline = Mapping[str, Any]

# How often one wish is sent that never comes to be shown. Twice: what is shown after the first time may be somebody's drift.
MOST_TIMES = 2


@dataclass(frozen=True, slots=True)
class Applied:
    """``status.applied``, read."""

    identity: Mapping[str, Any] = field(default_factory=dict)
    fields: Outline = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    sent: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    prints: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False

    @staticmethod
    def of(status: Mapping[str, Any]) -> "Applied":
        """What a status has on record."""
        said = status.get("applied") or {}
        return Applied(
            said.get("identity") or {},
            said.get("fields") or {},
            tuple(said.get("tags") or ()),
            said.get("sent") or {},
            said.get("secrets") or {},
            said.get("prints") or {},
            bool(said.get("partial")),
        )

    def written(self) -> dict[str, Any]:
        """As the status has it; what is empty is left out."""
        parts = {
            "identity": self.identity,
            "fields": self.fields,
            "tags": sorted(self.tags),
            "sent": self.sent,
            "secrets": self.secrets,
            "prints": self.prints,
            "partial": self.partial,
        }
        return {name: part for name, part in parts.items() if part}


def outline(kind: Kind, asked: Mapping[str, Any]) -> Outline:
    """What is declared of the members that Update can change."""
    changeable = kind.changeable  # NB: made anew each time it is asked for
    return {
        key_of(member): _outlined(kind.shape_of(member), value, names_only=member in kind.adds)
        for member, value in asked.items()
        if member in changeable and _says_something(value)
    }


def _outlined(shape: Shape, value: Any, *, names_only: bool = False) -> Outline:
    """``names_only``: of elements of a list; nothing inside one can be changed where Update only adds (2,500 features)."""
    if shape.type == "structure" and isinstance(value, Mapping):
        return {
            key_of(name): _outlined(shape.members[name], inner)
            for name, inner in value.items()
            if _says_something(inner)
        }
    if shape.value is not None and isinstance(value, Mapping):
        return {key: _outlined(shape.value, inner) for key, inner in value.items()}
    if shape.element is not None and (elements := named(shape.element, value)) is not None:
        return {name: {} if names_only else _spare(shape.element, item) for name, item in elements.items()}
    return {}


def _spare(element: Shape, item: Mapping[str, Any]) -> Outline:
    """What of a list's element can be taken away while the element stays."""
    spare = {
        name: value for name, value in item.items() if name not in {*element.required, natural_key(element)}
    }
    return _outlined(element, spare)


def _says_something(value: Any) -> bool:
    return value not in (None, {}, [])


def left(kind: Kind, before: Outline, asked: Mapping[str, Any], description: Mapping[str, Any]) -> Outline:
    """What was applied, is no longer declared, and is still there: an outline whose leaves are what to take away."""
    now = outline(kind, asked)
    found = {}
    for member in kind.changeable:
        key = key_of(member)
        gone = _lost(kind.shape_of(member), before[key], now.get(key)) if key in before else None
        if gone is not None:
            shown = shown_of(kind, member, description)
            rest = _still(kind.shape_of(member), gone, shown, Shown.of(kind, member))
            if rest is not None:
                found[key] = rest
    return found


def _lost(shape: Shape, before: Outline, now: Outline | None) -> Outline | None:
    """The branches of an outline that another has not; None if it has them all. An element of a list or map goes as a whole."""
    if now is None:
        return _whole(shape, before)
    found: dict[str, Any] = {}
    for key, inner in before.items():
        below = _inside(shape, key)
        if below is None:
            if key not in now:
                found[key] = dict(inner)
        elif shape.type != "structure" and key not in now:
            found[key] = {}
        elif (lost := _lost(below, inner, now.get(key))) is not None:
            found[key] = lost
    return found or None


def _whole(shape: Shape, before: Outline) -> dict[str, Any]:
    """An outline of what is gone: of lists and maps the names of the elements."""
    if shape.type != "structure":
        return {name: {} for name in before}
    return {
        key: _whole(below, inner) if (below := _inside(shape, key)) is not None else dict(inner)
        for key, inner in before.items()
    }


def _inside(shape: Shape, key: str) -> Shape | None:
    """The shape of what stands under a key of an outline."""
    if shape.type == "structure":
        return next((member for name, member in shape.members.items() if key_of(name) == key), None)
    return shape.value or shape.element


def _still(shape: Shape, gone: Outline, shown: Any, place: Shown) -> Outline | None:
    """What of it is still shown; None if nothing is. An empty text is what removal leaves behind."""
    if shown in (None, {}, [], ""):
        return None
    if not gone:
        return {}
    inner: dict[str, Any] = {}
    for key, rest in gone.items():
        below, value, there = _below(shape, key, shown, place)
        if below is not None and (kept := _still(below, rest, value, there)) is not None:
            inner[key] = kept
    return inner or None


def _below(shape: Shape, key: str, shown: Any, place: Shown) -> tuple[Shape | None, Any, Shown]:
    name = next((name for name in shape.members if key_of(name) == key), None)
    if name is not None and not place.hides(name):  # an edit of what is not shown is told by its print
        return shape.members[name], place.value(name, shown), place.below(name)
    if shape.value is not None and isinstance(shown, Mapping):
        return shape.value, shown.get(key), place
    if shape.element is not None and (elements := named(shape.element, shown)) is not None:
        return shape.element, elements.get(key), place
    return None, None, place


def paths(left: Outline, prefix: str) -> list[str]:
    """The leaves of an outline below a prefix, as dotted paths."""
    found = []
    for key, inner in left.items():
        found += paths(inner, f"{prefix}.{key}")
    return found or [prefix]


def joined(one: Outline, other: Outline) -> Outline:
    """Both outlines in one."""
    return {
        **one,
        **{key: joined(one[key], inner) if key in one else inner for key, inner in other.items()},
    }


def mark(difference: Difference, before: str | None = None) -> str:
    """What goes on record of a change once it is sent: a digest of what is wished, one of what was shown, how often it was sent.

    ``before`` is the record of the member so far; another wish begins to count anew.
    """
    wish = _digest([difference.wished, difference.left])
    known, _, times = _parts(before)
    return f"{wish}-{_digest(difference.shown)}-{times + 1 if known == wish else 1}"


def was_sent(difference: Difference, before: str | None) -> bool:
    """Whether this very change was sent, or this wish too often: SageMaker shows something else whatever it is told.

    What comes to be shown as wished leaves the record, so that drift that comes later is set right again.
    """
    wish, shown, times = _parts(before)
    same = shown == _digest(difference.shown) or times >= MOST_TIMES
    return wish == _digest([difference.wished, difference.left]) and same


def _parts(record: str | None) -> tuple[str, str, int]:
    wish, _, rest = (record or "").partition("-")
    shown, _, times = rest.partition("-")
    return wish, shown, int(times) if times.isdigit() else 0


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def first(declared: Declared, asked: Mapping[str, Any]) -> Applied:
    """What is on record once a resource was created as asked."""
    return Applied(
        identity=applied_identity(declared, asked),
        fields=outline(declared.kind, asked),
        tags=tuple(tag["Key"] for tag in asked.get("Tags", ())),
        secrets=on_record(declared.kind, asked),
        prints=prints(declared.kind, asked),
    )
