"""The part of `labo doctor` that checks the graph: was anything written bypassing Labo?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labo.cli.connection import ask_services, connected_settings
from labo.errors import LaboError
from labo.stack.doctor import Check, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from graph.edges import Inconsistencies

NAME = "causal edges"


def check_edges(data: Path | None = None) -> list[Check]:
    """One check of the causal edges; none without a reachable Neo4j, which other checks report."""
    settings = connected_settings(data)
    if not settings.neo4j.uri or not settings.neo4j.password:
        return []
    from graph.edges import inconsistencies

    try:
        found = ask_services(settings, lambda labo: inconsistencies(labo.graph))
        return [verdict_on(found)]
    except LaboError:
        return []


def verdict_on(found: Inconsistencies) -> Check:
    """A warning that names the edges; the stack runs all the same."""
    sentences = []
    if found.diverging:
        keys = ", ".join(shortcut.edge for shortcut in found.diverging)
        sentences.append(f"{len(found.diverging)} differ from their CAUSES shortcut ({keys})")
    if found.unrecorded:
        keys = ", ".join(found.unrecorded)
        sentences.append(f"{len(found.unrecorded)} shortcuts have no record ({keys})")
    if found.unproven:
        keys = ", ".join(found.unproven)
        sentences.append(f"{len(found.unproven)} are validated without a decision ({keys})")
    if not sentences:
        return Check(NAME, Verdict.OK, "records, shortcuts and decisions agree")
    hint = "somebody wrote to Neo4j directly: decide these edges again with confirmEdge, refuteEdge"
    return Check(NAME, Verdict.WARN, "; ".join(sentences), hint)
