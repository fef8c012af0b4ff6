"""docs/kinds: one page a kind with the model's whole texts, which a CRD has no room for, and the table of all kinds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from controller.decide.reach import found_by_list, operations
from controller.kinds.kind import GROUP, VERSION, Kind
from controller.kinds.load import kinds, model_version
from controller.kinds.names import key_of, ref_key_of
from controller.kinds.shape import Shape
from controller.kinds.states import StateClass
from scripts.generators import texts
from scripts.generators.open_enums import open_pattern
from scripts.generators.schema import spec_schema

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "kinds"

ENDS = {
    "delete": "deletes the resource",
    "stop": "stops a running one; its record stays",
    "stop-delete": "stops a running one, then deletes it",
    "leave": "leaves the resource: SageMaker can neither delete nor stop it",
}
FINDS = {
    "name": "its name and ownership tag",
    "list": "its ownership tag, in SageMaker's list",
    "name alone": "its name, in SageMaker's list",
    "record": "the annotation or status alone",
}
LIVES = {"keep": "kept as declared", "run": "runs once", "version": "one version, which never changes"}
MEANINGS = {
    StateClass.BUSY: "at work",
    StateClass.SETTLED: "as declared",
    StateClass.RESTING: "stopped, and can go on",
    StateClass.FAILED: "failed",
    StateClass.GONE: "gone",
}
SOURCE = (
    f"Written by scripts/generate. Descriptions: botocore's SageMaker model {model_version()} (Apache-2.0)."
)

# The limits a reader wants to see, as the CRD has them.
_LIMITS = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("minProperties", "at least {} entries"),
    ("maxProperties", "at most {} entries"),
)


def kinds_pages() -> dict[Path, str]:
    """Every page and the table of them."""
    pages = {FOLDER / f"{kind.name}.md": _page(kind) for kind in kinds().values()}
    return {FOLDER / "README.md": _index(), **pages}


def _index() -> str:
    lines = [
        "# Kinds",
        "",
        f"{len(kinds())} kinds of `{GROUP}/{VERSION}`; `kubectl get sagemaker` lists the objects of all. {SOURCE}",
        "",
        "[Backup and restore](../backup.md) says what the last column is about.",
        "",
        "| Kind | Plural | Short | Life | Deleting the object | Found again by |",
        "|---|---|---|---|---|---|",
    ]
    for kind in kinds().values():
        short = ", ".join(f"`{name}`" for name in kind.short_names)
        life, end, found = LIVES[kind.lifecycle], ENDS[kind.end_with], FINDS[finds(kind)]
        lines.append(
            f"| [{kind.name}]({kind.name}.md) | `{kind.plural}` | {short} | {life} | {end} | {found} |"
        )
    return "\n".join(lines) + "\n"


def finds(kind: Kind) -> str:
    """What tells which resource is an object's own, where neither its status nor its annotation is left to say it."""
    if not kind.taggable:
        return "record" if kind.found_by_token else "name alone"
    return "list" if found_by_list(kind) else "name"


def _page(kind: Kind) -> str:
    names = ", ".join(f"`{name}`" for name in (kind.plural, *kind.short_names))
    lines = [
        f"# {kind.name}",
        "",
        f"- kubectl: {names}",
        f"- Life: {LIVES[kind.lifecycle]}",
        f"- Deleting the object {ENDS[kind.end_with]}",
        f"- Found again by {FINDS[finds(kind)]} ([backup and restore](../backup.md))",
        *(
            f"- At its deletion annotation `{c.annotation}` says {' or '.join(c.values)}"
            for c in kind.chosen_by
        ),
        f"- Calls: {', '.join(f'`{operation}`' for operation in dict.fromkeys(operations(kind).values()))}",
        "",
        *_states(kind),
        texts.markdown(texts.of_kind(kind)),
        "",
        "## spec",
        "",
        *_name(kind),
        *_fields(kind),
        "## status",
        "",
        *_reported(kind),
        "",
        SOURCE,
    ]
    return "\n".join(lines) + "\n"


def _states(kind: Kind) -> Iterator[str]:
    if kind.states is None:
        return
    yield from (
        f"States, shown in `status.{key_of(str(kind.status))}`:",
        "",
        "| State | Meaning |",
        "|---|---|",
    )
    for meaning, said in MEANINGS.items():
        if kind.states.where(meaning):
            yield f"| {', '.join(f'`{state}`' for state in kind.states.where(meaning))} | {said} |"
    yield ""


def _name(kind: Kind) -> Iterator[str]:
    if kind.name_optional is not None:
        unless = "" if kind.name_optional == "always" else f" and `{key_of(kind.name_optional)}`"
        yield f"Without `{kind.name_key}`{unless}, `metadata.name` is the name in SageMaker."
        yield ""


def _fields(kind: Kind) -> Iterator[str]:
    schema = spec_schema(kind)
    for member, shape in kind.create.members.items():
        yield from _field(kind.create, member, shape, "", schema, fixed=member in kind.frozen)
    for member, structure in kind.beside_create:
        yield from _field(structure, member, structure.members[member], "", schema, fixed=False)


def _field(
    structure: Shape, member: str, shape: Shape, prefix: str, schema: dict[str, Any], *, fixed: bool
) -> Iterator[str]:
    key, path = key_of(member), f"{prefix}{key_of(member)}"
    here = schema["properties"][key]
    facts = [_type_of(shape)]
    if key in schema.get("required", ()):
        facts.append("required")
    facts += [said.format(here[word]) for word, said in _LIMITS if word in here]
    if fixed:
        facts.append("fixed once the resource exists")
    if ref_key_of(member) in schema["properties"]:
        facts.append(f"or `{ref_key_of(member)}: {{from: {{name: …}}}}`")
    yield f"### `{path}`"
    yield ""
    yield f"*{', '.join(facts)}*"
    yield ""
    if text := texts.markdown(texts.of_member(structure.name, member)):
        yield text
        yield ""
    inner, below, mark = shape, here, ""
    while inner.element is not None or inner.value is not None:
        mark += "[]" if inner.element is not None else ".*"
        below = below["items" if inner.element is not None else "additionalProperties"]
        inner = inner.element or inner.value or inner
    for name, other in inner.members.items():
        yield from _field(inner, name, other, f"{path}{mark}.", below, fixed=False)


def _reported(kind: Kind) -> Iterator[str]:
    yield "Beside `ackResourceMetadata`, `conditions` and `observedGeneration`:"
    yield ""
    for member in (kind.status, kind.failure, *kind.status_members):
        if member is not None and not kind.described.members[member].sensitive:
            text = texts.plain(texts.of_member(kind.described.name, member))
            shape = kind.described.members[member]
            yield f"- `{key_of(member)}` *{_type_of(shape)}*{': ' if text else ''}{text}"


def _type_of(shape: Shape) -> str:
    if shape.element is not None:
        return f"list of {_type_of(shape.element)}"
    if shape.value is not None:
        return f"map of {_type_of(shape.value)}"
    if shape.enum and not open_pattern(shape.name, shape.enum):
        return "one of " + " ".join(f"`{value}`" for value in shape.enum)
    return {"structure": "object", "long": "integer", "double": "number", "float": "number"}.get(
        shape.type, shape.type
    )
