"""The shapes of the service model as the other rooms see them: plain, immutable trees without documentation or transport.

Built once from botocore's model (``of``); what a member means for a manifest is decided elsewhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SCALARS = frozenset({"string", "integer", "long", "float", "double", "boolean", "timestamp", "blob"})


@dataclass(slots=True, eq=False)
class Shape:
    """One shape: ``type`` is a botocore type name; ``minimum``/``maximum`` bound a number, a length or a count.

    ``members`` keeps the model's order. ``element`` is a list's element, ``value`` a map's value.
    Treated as immutable once built; not frozen only because a shape may contain itself.
    """

    name: str
    type: str
    members: Mapping[str, "Shape"] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    element: "Shape | None" = None
    value: "Shape | None" = None
    enum: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    union: bool = False
    sensitive: bool = False

    @property
    def document(self) -> bool:
        """Whether a text of this shape may hold a JSON document, which is compared parsed.

        The model has no trait for it; the names that say so are PipelineDefinition, JobConfigDocument, ModelCardContent
        (botocore sagemaker 2017-07-24).
        """
        return re.search(r"PipelineDefinition$|Document$|CardContent$", self.name) is not None


def of(shape: Any, known: dict[str, Shape]) -> Shape:
    """The tree of a botocore shape; ``known`` shares shapes between the trees of one model."""
    if shape.name in known:
        return known[shape.name]
    metadata = shape.metadata
    made = Shape(
        name=shape.name,
        type=shape.type_name,
        enum=tuple(metadata.get("enum", ())),
        pattern=metadata.get("pattern"),
        minimum=metadata.get("min"),
        maximum=metadata.get("max"),
        union=bool(metadata.get("union")),
        sensitive=bool(metadata.get("sensitive")),
    )
    known[shape.name] = made
    if shape.type_name == "structure":
        made.members = {name: of(member, known) for name, member in shape.members.items()}
        made.required = frozenset(shape.required_members)
    elif shape.type_name == "list":
        made.element = of(shape.member, known)
    elif shape.type_name == "map":
        made.value = of(shape.value, known)
    return made


def paths(shape: Shape, prefix: str = "") -> Iterator[tuple[str, Shape]]:
    """Every path below a structure with its shape: ``A.B``, ``A[].B`` through a list, ``A{}.B`` through a map."""
    for name, member in shape.members.items():
        path = f"{prefix}{name}"
        yield path, member
        inner, mark = member, ""
        while inner.element is not None or inner.value is not None:
            mark += "[]" if inner.element is not None else "{}"
            inner = inner.element or inner.value or inner
        if inner.members:
            yield from paths(inner, f"{path}{mark}.")


def missing_in(created: Shape, described: Shape, prefix: str = "") -> Iterator[str]:
    """The shortest paths of ``created`` that ``described`` has no counterpart for; these cannot be compared by name."""
    for name, member in created.members.items():
        other = described.members.get(name)
        path = f"{prefix}{name}"
        if other is None:
            yield path
            continue
        mark = ""
        inner: Shape | None = member
        while inner is not None and other is not None and (inner.element or inner.value):
            mark += "[]" if inner.element else "{}"
            inner, other = inner.element or inner.value, other.element or other.value
        if inner is not None and other is not None and inner.members:
            yield from missing_in(inner, other, f"{path}{mark}.")
