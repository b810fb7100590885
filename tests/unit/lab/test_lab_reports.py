"""The report of a run of the lab, its chart and its picture."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from labo.cli.lab.plot import HEIGHT, WIDTH, chart, svg
from labo.domain.causality.edges import EdgeStatus, Relation
from labo.domain.lab.reports import (
    BLOCK,
    LearntProblem,
    TriedEdge,
    points,
    report_of,
    tally,
)
from labo.domain.lab.runs import LabRound, LabRun, RoundStage

RUN = LabRun("shop", 1.0)
MISSED = LabRound(
    RUN.key, 0, "latency", "db", RoundStage.DONE, verdict="LIKELY", suspect="web", seconds=300.0
)
FOUND = replace(MISSED, suspect="db", known=True, named="latency", experiment="x")
CALM = LabRound(RUN.key, 1, stage=RoundStage.DONE, verdict="NO_PROBLEM", seconds=300.0)
EDGE = TriedEdge("k", "a", "b", Relation.CALLEE, EdgeStatus.VALIDATED, 0.99, 4)


def rounds(*kinds: LabRound) -> list[LabRound]:
    return [replace(one, number=i) for i, one in enumerate(kinds, start=1)]


def test_a_report_counts_what_is_done_alone() -> None:
    """A round under way is no result; hours that are used up end the run."""
    done = rounds(CALM, MISSED, *[FOUND] * 10)
    begun = replace(MISSED, number=13, stage=RoundStage.JUDGED)
    problems = [LearntProblem("crash", "service", 1), LearntProblem("latency", "database", 11)]
    report = report_of(RUN, [*done, begun], problems, None, [EDGE])

    assert (report.overall.provoked, report.overall.localised, report.overall.named) == (11, 10, 10)
    assert (report.overall.known, report.overall.controls, report.experiments) == (10, 1, 10)
    assert [(one.first, one.last) for one in report.blocks] == [(1, 10), (11, 12)]
    assert (report.simulated_hours, report.is_finished) == (1.0, True)
    assert dict(report.edges) == {status: int(status == "validated") for status in EdgeStatus}
    assert report.problems[0].title == "latency"


def test_a_point_looks_back_on_a_block_of_faults() -> None:
    """No-fault rounds are no part of it."""
    found = points(rounds(CALM, *[MISSED] * BLOCK, *[FOUND] * BLOCK))

    assert [one.number for one in found] == list(range(2, 2 * BLOCK + 2))
    assert (found[BLOCK - 1].localised, found[-1].localised, found[BLOCK].named) == (0.0, 1.0, 0.1)
    assert points([CALM]) == () and tally([]).last == 0


def test_false_alarms_and_wrong_names_are_told_apart() -> None:
    """A known name for what it is not, and a claim in the baseline period."""
    said = tally(rounds(replace(CALM, verdict="LIKELY"), replace(FOUND, named="crash")))
    unfelt = tally([replace(MISSED, verdict="NO_PROBLEM", suspect="")])

    assert (said.false_alarms, said.misnamed, said.named, said.localised) == (1, 1, 0, 1)
    assert (unfelt.unfelt, unfelt.localised) == (1, 0)


def test_the_chart_fits_a_terminal_and_the_picture_is_whole() -> None:
    """However many rounds there are; without any there is nothing to draw."""
    found = points(rounds(*[MISSED] * 100, *[FOUND] * 100))
    lines = chart(found)
    picture = ElementTree.fromstring(svg(found, "place & name <shop>"))  # noqa: S314 - our own

    assert len(lines) == HEIGHT + 4 and max(map(len, lines[:HEIGHT])) <= WIDTH + 8
    assert "@" in lines[0] and chart(()) == []
    assert len([one for one in picture.iter() if one.tag.endswith("polyline")]) == 2
    assert ElementTree.fromstring(svg((), "")) is not None  # noqa: S314 - our own
