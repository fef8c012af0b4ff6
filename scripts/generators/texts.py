"""The service model's documentation, which is HTML, as a first sentence for a CRD or as Markdown for docs/."""

import html
import re
from functools import lru_cache
from typing import Any

from controller.kinds.kind import Kind
from controller.kinds.load import service_model

# A CRD's descriptions are for `kubectl explain`; all of them together must fit into a Helm release Secret (1 MiB).
LONGEST_SENTENCE = 120

_NOT_AN_END = re.compile(r"(?:\be\.g|\bi\.e|\betc|\bvs|\bNo|\bU\.S|\bInc)\.$")


@lru_cache(maxsize=8192)  # the members of the 540 structures that Creates take and Describes give
def of_member(structure: str, member: str) -> str:
    """The documentation of a member of a structure in the model, as HTML; empty where there is none."""
    members = _structure(structure)
    return str(members[member].documentation or "") if member in members else ""


@lru_cache(maxsize=2048)
def _structure(name: str) -> dict[str, Any]:
    return dict(service_model(documented=True).shape_for(name).members)


def of_kind(kind: Kind) -> str:
    """The documentation of the operation that creates a kind, as HTML."""
    return str(service_model(documented=True).operation_model(kind.verbs.create).documentation or "")


def plain(text: str) -> str:
    """HTML without its marks, as one line."""
    bare = re.sub(r"<[^>]+>", " ", re.sub(r"</?(code|a|i|b|em)\b[^>]*>", "", text))
    return re.sub(r"\s+([.,;:)])", r"\1", re.sub(r"\s+", " ", html.unescape(bare)).strip())


def first_sentence(text: str) -> str:
    """The first sentence of HTML, cut at a word where it is longer than a CRD has room for."""
    whole = plain(text)
    end = next(
        (
            found.end(1)
            for found in re.finditer(r"([.!?])(?=\s+[A-Z(\[])", whole)
            if not _NOT_AN_END.search(whole[: found.end(1)])
        ),
        len(whole),
    )
    sentence = whole[:end]
    if len(sentence) <= LONGEST_SENTENCE:
        return sentence
    return sentence[: LONGEST_SENTENCE - 1].rpartition(" ")[0].rstrip(",;:") + "…"


def markdown(text: str) -> str:
    """HTML as Markdown: paragraphs, lists, code, emphasis and links."""
    for pattern, made in (
        (r"\s+", " "),
        (r"<a\s[^>]*href=\"([^\"]+)\"[^>]*>(.*?)</a>", r"[\2](\1)"),
        (r"</?(code|literal)>", "`"),
        (r"</?(b|strong)>", "**"),
        (r"</?(i|em)>", "*"),
        (r"<li>\s*(<p>)?", "\n- "),
        (r"<(important|note)>", "\n\nNote: "),
        (r"</?(p|ul|ol|dl|important|note)\b[^>]*>|<br\s*/?>", "\n\n"),
        (r"<dt>", "\n- "),
        (r"<dd>", ": "),
        (r"<[^>]+>", ""),
    ):
        text = re.sub(pattern, made, text)
    lines = [line.strip() for line in html.unescape(text).split("\n")]
    return re.sub(r"\n{2,}(?=- )", "\n", re.sub(r"\n{3,}", "\n\n", "\n".join(lines))).strip()
