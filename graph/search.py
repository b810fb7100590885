"""Search over what people read, by its words, and what they type, by the beginning of its key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from graph.client import Graph
from graph.statements import load
from labo.domain.entities.keys import KeyKind

MAX_TERMS = 64
_SEARCHED = ("title", "summary", "resolution", "former_titles", "symptom")
"""Properties of the full-text index, beside the workspace."""


@dataclass(frozen=True, slots=True)
class Hit:
    """`key` is the problem's, or the incident's (a finding is found under its incident).

    `score` is relative to the best hit's, which has 1: the index weighs a word by how rare it is in
    all workspaces, which is nobody's business.
    """

    kind: Literal["problem", "incident", "finding"]
    key: str
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class KeyedName:
    """What has this key, in a person's words."""

    kind: KeyKind
    key: str
    title: str


FIND_BY_TEXT = load("search/find_by_text", row=Hit)
FIND_KEYS = load("search/find_keys", row=KeyedName)


async def find_by_text(graph: Graph, text: str, limit: int) -> list[Hit]:
    """Best first. Any word may match; nothing in `text` is search syntax."""
    query = any_word(text, graph.workspace)
    if query is None:
        return []
    hits = await graph.fetch(FIND_BY_TEXT, query=query, limit=limit)
    return [replace(hit, score=round(hit.score / hits[0].score, 2)) for hit in hits]


async def find_by_prefix(
    graph: Graph, kinds: Iterable[KeyKind], prefix: str, limit: int
) -> list[KeyedName]:
    """What has a key that begins with `prefix`: of each kind at most `limit`, by key."""
    wanted = sorted({kind.value for kind in kinds})
    return await graph.fetch(FIND_KEYS, kinds=wanted, prefix=prefix, limit=limit)


def any_word(text: str, workspace: str) -> str | None:
    """The index's query for any word of `text` in one workspace; None when there is no word.

    >>> any_word("Disk) OR *", "a")
    '+workspace:"a" +(title:(disk or) summary:(disk or) resolution:(disk or) \
former_titles:(disk or) symptom:(disk or))'
    """
    terms = list(dict.fromkeys(re.findall(r"\w+", text.lower())))[:MAX_TERMS]
    if not terms:
        return None
    words = " ".join(terms)
    name = workspace.replace("\\", "\\\\").replace('"', '\\"')
    fields = " ".join(f"{field}:({words})" for field in _SEARCHED)
    return f'+workspace:"{name}" +({fields})'
