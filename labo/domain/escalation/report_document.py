"""A report as one plain document: the template that every format is written from.

Texts stay plain here. Each writer escapes them in its own way, and none reads markup from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labo.domain.entities.moments import in_words
from labo.domain.escalation.reports import BY_CODE, Area, Report, Statement

OPINION = "opinion"

_ABOUT = (
    "Numbers in brackets name the sources at the end, which are nodes of the graph. What has none "
    "is marked as opinion. This report executes nothing."
)
_NOTHING = "Nothing is known."


@dataclass(frozen=True, slots=True)
class Line:
    """One item: its text, the numbers of its sources, and whether it is an opinion."""

    text: str
    cites: tuple[int, ...] = ()
    is_opinion: bool = False
    details: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """`about` are labelled facts on the report; `note` explains the marks."""

    title: str
    about: tuple[tuple[str, str], ...]
    note: str
    sections: tuple[Section, ...]


def document_of(report: Report) -> Document:
    """The document of a report; the same report gives the same one."""
    numbers = {one.id: number for number, one in enumerate(report.findings.sources, 1)}
    author = "written from the graph, without a model" if report.model == BY_CODE else report.model
    return Document(
        title=f"Incident report: {report.title}",
        about=(
            ("Incident", report.incident),
            ("Report", report.id),
            ("Written", in_words(report.created_at)),
            ("By", author),
        ),
        note=_ABOUT,
        sections=tuple(
            Section(title, lines or (Line(_NOTHING),))
            for title, lines in _sections(report, numbers)
        ),
    )


def marks(line: Line) -> str:
    """What stands behind a line's text: `[1] [4] (opinion)`."""
    cited = [f"[{number}]" for number in line.cites]
    return " ".join((*cited, f"({OPINION})") if line.is_opinion else cited)


def _sections(report: Report, numbers: dict[str, int]) -> Iterator[tuple[str, tuple[Line, ...]]]:
    findings = report.findings

    def line(statement: Statement, prefix: str = "", details: Sequence[Line] = ()) -> Line:
        cites = tuple(numbers[one] for one in statement.cites if one in numbers)
        return Line(f"{prefix}{statement.text}", cites, statement.is_opinion, tuple(details))

    yield (
        "Chronology",
        tuple(line(one.statement, f"{in_words(one.at)}: ") for one in findings.chronology),
    )
    yield "Root-cause hypothesis", tuple(line(one) for one in findings.hypothesis)
    yield (
        "Options for remediation",
        tuple(line(one.action, details=[line(one.impact, "Impact: ")]) for one in findings.options),
    )
    for area in Area:
        yield (
            f"Lasting recommendations: {area.value}",
            tuple(line(one.statement) for one in findings.recommendations if one.area is area),
        )
    yield "What is not known", tuple(line(one) for one in findings.unknown)
    yield (
        "Sources",
        tuple(
            Line(f"[{numbers[one.id]}] {one.kind.value} {one.id}: {one.text}")
            for one in findings.sources
        ),
    )
