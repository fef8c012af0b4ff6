"""The model's own words about a kind's members, without markup: whole for the docs, one sentence for the schema."""

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from controller.kinds.kind import Kind
from controller.kinds.load import service_model

LONGEST = (
    200  # characters; with whole texts the Helm release of all kinds is larger than a Secret may be (1 MiB)
)


def plain(markup: str) -> str:
    """Text without HTML, on one line."""
    text = re.sub(r"<(/?)(p|li|ul|ol|note|important|dl|dt|dd|br)[^>]*>", " ", markup)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", text))).strip()


def sentence(text: str) -> str:
    """The first sentence, at most ``LONGEST`` characters."""
    first = re.split(r"(?<=[.!?]) (?=[A-Z])", text, maxsplit=1)[0]
    return first if len(first) <= LONGEST else first[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


@lru_cache(maxsize=128)
def texts(operation: str) -> dict[str, str]:
    """Every member path of an operation's input and its whole text."""
    shape = service_model().operation_model(operation).input_shape
    return {path: plain(text) for path, text in _walk(shape, "") if text}


def sentences(kind: Kind) -> dict[str, str]:
    """Every member path of Create and its first sentence."""
    return {path: sentence(text) for path, text in texts(kind.verbs.create).items()}


def _walk(shape: Any, prefix: str) -> Iterator[tuple[str, str]]:
    for name, member in shape.members.items():
        path = f"{prefix}{name}"
        yield path, member.documentation
        mark, inner = "", member
        while inner.type_name in {"list", "map"}:
            mark += "[]" if inner.type_name == "list" else "{}"
            inner = inner.member if inner.type_name == "list" else inner.value
        if inner.type_name == "structure":
            yield from _walk(inner, f"{path}{mark}.")
