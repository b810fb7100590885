"""Full-text search over what people read: problems, incidents, findings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from graph.client import Graph
from graph.statements import load

OVERFETCH = 10
"""The index spans all workspaces, so more hits are taken than wanted and then filtered."""

MAX_TERMS = 64


@dataclass(frozen=True, slots=True)
class Hit:
    """`key` is the problem's, or the incident's (a finding is found under its incident)."""

    kind: Literal["problem", "incident", "finding"]
    key: str
    title: str
    score: float


FIND_BY_TEXT = load("search/find_by_text", row=Hit)


async def find_by_text(graph: Graph, text: str, limit: int) -> list[Hit]:
    """Best first. Any word may match; nothing in `text` is search syntax."""
    terms = list(dict.fromkeys(re.findall(r"\w+", text.lower())))[:MAX_TERMS]
    if not terms:
        return []
    return await graph.fetch(
        FIND_BY_TEXT, query=" ".join(terms), hits=limit * OVERFETCH, limit=limit
    )
