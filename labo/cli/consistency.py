"""The part of `labo doctor` that reads the graph: was anything written bypassing Labo, and is the
work done that was asked for?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from labo.cli.connection import ask_services, settings_of
from labo.errors import LaboError
from labo.stack.doctor import Check, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from graph.client import Graph
    from graph.edges import Inconsistencies
    from graph.jobs import Backlog

T = TypeVar("T")

NAME = "causal edges"

_OVERDUE_S = 60  # the sweeper looks every 10 s
_OLD_S = 900  # a diagnosis takes seconds; a model that fails is asked again for some minutes


def check_edges(data: Path | None = None) -> list[Check]:
    """One check of the causal edges; none without a reachable Neo4j, which other checks report."""
    from graph.edges import inconsistencies

    return _asked(data, inconsistencies, verdict_on)


def check_jobs(data: Path | None = None) -> list[Check]:
    """One check of the outbox; none without a reachable Neo4j."""
    from graph.jobs import find_backlog

    return _asked(data, find_backlog, verdict_on_backlog)


def _asked(
    data: Path | None, question: Callable[[Graph], Awaitable[T]], verdict: Callable[[T], Check]
) -> list[Check]:
    settings = settings_of(data)
    if not settings.neo4j.uri or not settings.neo4j.password:
        return []
    try:
        return [verdict(ask_services(settings, lambda labo: question(labo.graph)))]
    except LaboError:
        return []


def verdict_on_backlog(backlog: Backlog) -> Check:
    """A failure where nobody sends or does the work; a warning where it is late or was given up."""
    text = f"{backlog.waiting} waiting"
    if backlog.oldest_s is not None:
        text += f", the oldest for {backlog.oldest_s} s"
    if (backlog.overdue_s or 0) > _OVERDUE_S:
        hint = "no schedule or no worker runs: `labo status` shows which, `labo logs` why"
        text += f"; one is due for {backlog.overdue_s} s and isn't sent"
        return Check("jobs", Verdict.FAIL, text, hint)
    if backlog.parked:
        hint = "`labo dead-letters` shows why, and sends them again"
        return Check("jobs", Verdict.WARN, f"{text}; {backlog.parked} failed for good", hint)
    if (backlog.oldest_s or 0) > _OLD_S:
        hint = "the workers don't keep up: `labo status` shows what they do"
        return Check("jobs", Verdict.WARN, text, hint)
    return Check("jobs", Verdict.OK, text)


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
