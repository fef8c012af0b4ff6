"""Every way to break a spec that its schema forbids: one for each word of the schema at each place, made from valid samples."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from controller.kinds.kind import Kind
from tests import samples
from tests.control_plane.crds import Schema, Spec

Trail = tuple[str | int, ...]

REMOVED = object()
ANY = "*"
"""Stands in a trail for whichever key a sample's map has."""


@dataclass(frozen=True)
class Word:
    """A word of OpenAPI: the value that breaks it, and how the API server says so (reason, part of the sentence)."""

    broken: Callable[[Any, Schema], Any]
    reason: str
    says: str = ""


@dataclass(frozen=True)
class Break:
    """A valid ``sample`` is made invalid by putting ``value`` at ``trail``; ``field`` is then to be named."""

    word: str
    trail: Trail
    value: Any
    field: str
    says: str

    @property
    def size(self) -> int:
        return 0 if self.value is REMOVED else len(json.dumps(self.value))


def _longer(value: list[Any], schema: Schema) -> list[Any]:
    """NB: copies of a large item would make a request of megabytes; then empty ones do, and are refused as well."""
    count = int(schema["maxItems"]) + 1
    small = len(json.dumps(value[0])) * count < 100_000
    return (value[:1] if small else [type(value[0])()]) * count


def _not_matching(_: Any, schema: Schema) -> str:
    """A bell, a new line, a blank and a capital: no pattern of the model takes them all.

    NB: of a length that is allowed, else the API server stops there.
    """
    length = max(int(schema.get("minLength", 4)), 4)
    return ("\u0007\n A" * length)[: min(length, schema.get("maxLength", length))]


def _bound(word: str, step: int) -> Callable[[Any, Schema], Any]:
    return lambda _, schema: schema[word] + step


WORDS: dict[str, Word] = {
    "type": Word(lambda _, schema: 7 if schema["type"] == "string" else "text", "FieldValueTypeInvalid"),
    "format": Word(lambda *_: "no date", "FieldValueTypeInvalid", "date-time"),
    "enum": Word(lambda *_: "no-such-value", "FieldValueNotSupported"),
    "pattern": Word(_not_matching, "FieldValueInvalid", "should match"),
    "minimum": Word(_bound("minimum", -1), "FieldValueInvalid", "should be greater than or equal to"),
    "maximum": Word(_bound("maximum", 1), "FieldValueInvalid", "should be less than or equal to"),
    "minLength": Word(
        lambda value, schema: value[: schema["minLength"] - 1], "FieldValueInvalid", "should be at least"
    ),
    "maxLength": Word(
        lambda value, schema: value.ljust(schema["maxLength"] + 1, value[-1]), "FieldValueTooLong"
    ),
    "minItems": Word(
        lambda value, schema: value[: schema["minItems"] - 1], "FieldValueInvalid", "should have at least"
    ),
    "maxItems": Word(_longer, "FieldValueTooMany"),
    "minProperties": Word(lambda *_: {}, "FieldValueInvalid", "should have at least"),
    "maxProperties": Word(
        lambda value, schema: {
            f"k{n}": v for v in value.values() for n in range(schema["maxProperties"] + 1)
        },
        "FieldValueTooMany",
    ),
    "required": Word(lambda *_: REMOVED, "FieldValueRequired"),
    "x-kubernetes-validations": Word(lambda *_: None, "FieldValueInvalid"),
}

SILENT = {"description", "properties", "items", "additionalProperties"}
"""Words of a schema that refuse nothing by themselves."""


def places(schema: Schema, trail: Trail = ()) -> Iterator[tuple[Trail, Schema]]:
    """Every place below a spec's schema with the schema there, the spec itself first."""
    yield trail, schema
    for key, inner in schema.get("properties", {}).items():
        yield from places(inner, (*trail, key))
    if "items" in schema:
        yield from places(schema["items"], (*trail, 0))
    if "additionalProperties" in schema:
        yield from places(schema["additionalProperties"], (*trail, ANY))


def words_at(trail: Trail, schema: Schema) -> Iterator[tuple[str, Trail, Schema]]:
    """The words that can be broken at a place: word, trail of what is broken, and the schema that has the word."""
    unknown = set(schema) - set(WORDS) - SILENT
    assert not unknown, f"{dotted(trail)}: no test breaks {unknown}"
    for word in (word for word in WORDS if word in schema):
        if word == "required":
            yield from ((word, (*trail, key), schema) for key in schema[word])
        elif word == "format" and schema[word] in {"int32", "int64"}:
            # the newest API server refuses larger numbers, without a field; 1.31 takes them
            continue
        elif word != "type" or trail:  # a spec that is no object is refused by another part of the API server
            yield word, trail, schema


def every_break(kind: Kind, schema: Schema) -> list[tuple[Spec, list[Break]]]:
    """Every sample of a kind with what is to be broken in it; fails where a word stands at a place no sample has."""
    specs = [*samples.branches(kind), *samples.referring(kind)]
    found: list[list[Break]] = [[] for _ in specs]
    nowhere = []
    for place, inner in places(schema):
        for word, trail, limits in words_at(place, inner):
            made = (breaks(word, trail, limits, spec) for spec in specs)
            number, wanted = next((pair for pair in enumerate(made) if pair[1]), (0, []))
            found[number] += wanted
            if not wanted:
                nowhere.append(f"{word} of {dotted(trail)}")
    assert not nowhere, f"no sample of {kind.name} has {nowhere}"
    return list(zip(specs, found, strict=True))


def breaks(word: str, trail: Trail, schema: Schema, sample: Spec) -> list[Break]:
    """The ways to break a word at one place of a sample; none if the sample does not have the place."""
    here = concrete(trail, sample)
    if here is None:
        return []
    if word == "x-kubernetes-validations":
        return [one for rule in schema[word] for one in _twins(rule["message"], here, sample)]
    value = WORDS[word].broken(at(sample, here), schema)
    return [Break(word, here, value, dotted(here), WORDS[word].says)]


def _twins(message: str, trail: Trail, sample: Spec) -> Iterator[Break]:
    """Both of a member and the reference that stands for it; and where one is needed, neither."""
    found = re.fullmatch(r"give (either )?(\w+) or (\w+)(?:, not both)?", message)
    assert found, f"{dotted(trail)}: no test breaks the rule that says: {message}"
    here = at(sample, trail)
    both = {found[2]: "sample", found[3]: {"from": {"name": "other"}}, **here}
    yield Break("x-kubernetes-validations", trail, both, dotted(trail), message)
    if found[1]:
        neither = {key: value for key, value in here.items() if key not in found.groups()}
        yield Break("x-kubernetes-validations", trail, neither, dotted(trail), message)


def at(value: Any, trail: Trail) -> Any:
    """What stands at a trail."""
    for key in trail:
        value = value[key]
    return value


def concrete(trail: Trail, sample: Any) -> Trail | None:
    """A trail with the keys that the maps of a sample have; None where the sample ends before."""
    found: list[str | int] = []
    for key in trail:
        if isinstance(key, int):
            if not isinstance(sample, list) or len(sample) <= key:
                return None
        elif not isinstance(sample, dict):
            return None
        step = next(iter(sample), None) if key == ANY else key
        if step is None or (isinstance(sample, dict) and step not in sample):
            return None
        found.append(step)
        sample = sample[step]
    return tuple(found)


def dotted(trail: Trail) -> str:
    """A trail as the API server writes it."""
    return "spec" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in trail)


def broken(sample: Spec, wanted: list[Break]) -> Spec:
    """A sample with all these breaks in it."""
    spec: dict[str, Any] = {"spec": copy.deepcopy(sample)}
    for one in wanted:
        *way, last = ("spec", *one.trail)
        holder = at(spec, tuple(way))
        if one.value is REMOVED:
            del holder[last]
        else:
            holder[last] = one.value
    whole: Spec = spec["spec"]
    return whole


MOST = 1_500_000
"""Bytes of breaks in one request; the API server takes 3 MiB."""


def together(wanted: list[Break]) -> list[list[Break]]:
    """Breaks of one sample in groups that can be sent at once: none stands inside another, of one word each.

    The API server names every field that is wrong, so a group proves as much as its members one by one.
    """
    groups: list[list[Break]] = []
    for one in wanted:
        for group in groups:
            if (
                group[0].word == one.word
                and not any(_nested(one.trail, other.trail) for other in group)
                and sum(other.size for other in group) + one.size < MOST
            ):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _nested(one: Trail, other: Trail) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
