"""Expert reports (N3): what happened, why, what could be done, what should last, what is not known.

Every sentence cites nodes of the graph or is marked as opinion. The checker here decides that, not
the writer: a sentence without a source that exists, or with a figure that no source of it has, is
an opinion, whoever wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from labo.domain.entities.keys import digest
from labo.domain.entities.masking import mask

BY_CODE = "none"
"""The model of a report that code wrote alone."""

_LONGEST = 1_000
"""Characters of a sentence."""
_MOST_CITED = 10
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


class SourceKind(StrEnum):
    """Kinds of nodes that a report may cite."""

    INCIDENT = "incident"
    OCCURRENCE = "occurrence"
    EVENT = "event"
    DIAGNOSIS = "diagnosis"
    ACT = "act"
    PROPOSAL = "proposal"
    DECISION = "decision"
    EXECUTION = "execution"
    FINDING = "finding"


class Area(StrEnum):
    """What a lasting recommendation changes."""

    ARCHITECTURE = "architecture"
    CONFIGURATION = "configuration"
    MONITORING = "monitoring"


@dataclass(frozen=True, slots=True)
class Source:
    """A node of the graph (`id`) with what it says: masked text. `at` is when that happened; None
    for what has no moment in the chronology."""

    id: str
    kind: SourceKind
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One or a few sentences. `cites` are ids of sources; without any it `is_opinion`."""

    text: str
    cites: tuple[str, ...] = ()
    is_opinion: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the chronology."""

    at: datetime
    statement: Statement


@dataclass(frozen=True, slots=True)
class Option:
    """One way to remedy it, and what that would touch."""

    action: Statement
    impact: Statement


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A change that lasts beyond the incident."""

    area: Area
    statement: Statement


@dataclass(frozen=True, slots=True)
class Findings:
    """What a report says; `chronology` and `sources` come from the graph alone."""

    chronology: tuple[Moment, ...]
    hypothesis: tuple[Statement, ...]
    options: tuple[Option, ...]
    recommendations: tuple[Recommendation, ...]
    unknown: tuple[Statement, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """`model` wrote it, BY_CODE where none did. It executes nothing and nothing follows from it."""

    id: str
    incident: str
    title: str
    model: str
    created_at: datetime
    findings: Findings


def report_id(incident: str, sources: Iterable[Source]) -> str:
    """One report per state of an incident: what its sources say."""
    said = [f"{one.id} {one.kind.value} {one.at} {one.text}" for one in sources]
    return digest("report", incident, *sorted(said))


def source(id_: str, kind: SourceKind, text: str, at: datetime | None = None) -> Source:
    """A source with its text masked and cut to a sentence's length."""
    return Source(id_, kind, mask(text, _LONGEST), at)


def chronology(sources: Iterable[Source]) -> tuple[Moment, ...]:
    """What happened, oldest first, each entry with its node."""
    timed = [
        Moment(one.at, Statement(one.text, (one.id,))) for one in sources if one.at is not None
    ]
    return tuple(sorted(timed, key=lambda one: (one.at, one.statement.cites)))


def opinion(text: str) -> Statement:
    return Statement(mask(text, _LONGEST), (), True)


def checked(statement: Statement, sources: Mapping[str, Source]) -> Statement:
    """The statement with the sources that exist; an opinion where none does, or where it has a
    figure that none of them has. Masked: a model repeats what it was given.

    >>> known = {"d1": Source("d1", SourceKind.DIAGNOSIS, "cpu of cart is 95 instead of 20")}
    >>> checked(Statement("cart ran at 95", ("d1", "d9")), known)
    Statement(text='cart ran at 95', cites=('d1',), is_opinion=False)
    >>> checked(Statement("cart ran at 97", ("d1",)), known).is_opinion
    True
    >>> checked(Statement("it was the cart", ("d9",)), known)
    Statement(text='it was the cart', cites=(), is_opinion=True)
    """
    text = mask(statement.text, _LONGEST)
    cites = tuple(one for one in dict.fromkeys(statement.cites) if one in sources)[:_MOST_CITED]
    backed = {figure for one in cites for figure in _FIGURE.findall(sources[one].text)}
    # A name such as `c1` or `p95` in a source has its figures there too.
    invented = set(_FIGURE.findall(text)) - backed
    is_opinion = statement.is_opinion or not cites or bool(invented)
    return Statement(text, cites, is_opinion)


def check(findings: Findings) -> Findings:
    """All of its statements, checked against its own sources."""
    known = {one.id: one for one in findings.sources}
    return replace(
        findings,
        chronology=tuple(
            Moment(one.at, checked(one.statement, known)) for one in findings.chronology
        ),
        hypothesis=_all(findings.hypothesis, known),
        options=tuple(
            Option(checked(one.action, known), checked(one.impact, known))
            for one in findings.options
        ),
        recommendations=tuple(
            Recommendation(one.area, checked(one.statement, known))
            for one in findings.recommendations
        ),
        unknown=_all(findings.unknown, known),
    )


def _all(statements: Sequence[Statement], known: Mapping[str, Source]) -> tuple[Statement, ...]:
    return tuple(checked(one, known) for one in statements)
