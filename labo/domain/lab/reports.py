"""What was learnt in a run of the lab, and how much it helped: a report in plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labo.domain.causality.edges import EdgeStatus, Relation
from labo.domain.entities.diagnoses import Verdict
from labo.domain.lab.runs import LabRound, LabRun, RoundStage

BLOCK = 10
"""Rounds per row of the table, and in the moving window of a point of the plot. By judgement."""


@dataclass(frozen=True, slots=True)
class LearntProblem:
    """`labelled_incidents` are all that count, from this run or not."""

    title: str
    role: str
    labelled_incidents: int


@dataclass(frozen=True, slots=True)
class InformativeMetrics:
    """The fewest metrics found that distinguish the learnt problems; `proven` minimal or not.

    `saving` is the share of all metrics' cost that is saved; `alike` are pairs of problems of the
    same role that no metric separates (problems of two roles differ by their component).
    """

    metrics: tuple[str, ...]
    proven: bool
    saving: float
    alike: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TriedEdge:
    """A claim that the run tested; `pairs` are all of its trials, from this run or not."""

    key: str
    cause: str
    effect: str
    relation: Relation
    status: EdgeStatus
    probability: float
    pairs: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Rounds from `first` to `last`, of which `provoked` had a fault.

    Of those, `unfelt` were not an incident to the diagnosis, so that nothing was learnt;
    `localised` and `named` had the right component, and component and name, as the leading suspect.
    `known` had a problem that was learnt before, of which `known_named` were named. `misnamed` were
    given another problem's name. `controls` were no-fault runs, of which `false_alarms` had a claim
    all the same; `confirmed` had the verdict CONFIRMED, of which `confirmed_wrong` were wrong.
    """

    first: int
    last: int
    provoked: int
    unfelt: int
    localised: int
    named: int
    known: int
    known_named: int
    misnamed: int
    controls: int
    false_alarms: int
    confirmed: int
    confirmed_wrong: int


@dataclass(frozen=True, slots=True)
class Point:
    """After round `number`: shares of the last `BLOCK` provoked rounds, as in `Tally`."""

    number: int
    localised: float
    named: float


@dataclass(frozen=True, slots=True)
class LabReport:
    """`edges` counts the tested ones by status; `is_finished`: the hours are used up."""

    key: str
    system: str
    hours: float
    simulated_hours: float
    is_finished: bool
    experiments: int
    overall: Tally
    blocks: tuple[Tally, ...]
    points: tuple[Point, ...]
    problems: tuple[LearntProblem, ...]
    metrics: InformativeMetrics | None
    edges: tuple[tuple[EdgeStatus, int], ...]
    tested: tuple[TriedEdge, ...]


def report_of(
    run: LabRun,
    rounds: Iterable[LabRound],
    problems: Sequence[LearntProblem],
    metrics: InformativeMetrics | None,
    tested: Sequence[TriedEdge],
) -> LabReport:
    """The report over the completed rounds."""
    done = [one for one in rounds if one.stage is RoundStage.DONE]
    passed = sum(one.seconds for one in done)
    statuses = Counter(edge.status for edge in tested)
    return LabReport(
        key=run.key,
        system=run.system,
        hours=run.hours,
        simulated_hours=round(passed / 3600, 3),
        is_finished=passed >= run.seconds,
        experiments=sum(bool(one.experiment) for one in done),
        overall=tally(done),
        blocks=tuple(tally(done[i : i + BLOCK]) for i in range(0, len(done), BLOCK)),
        points=points(done),
        problems=tuple(
            sorted(problems, key=lambda one: (-one.labelled_incidents, one.title, one.role))
        ),
        metrics=metrics,
        edges=tuple((status, statuses[status]) for status in EdgeStatus),
        tested=tuple(sorted(tested, key=lambda one: (one.status, -one.probability, one.key))),
    )


def tally(rounds: Sequence[LabRound]) -> Tally:
    """Counts over `rounds`, in their order; zeros without any."""
    provoked = [one for one in rounds if not one.is_control]
    controls = [one for one in rounds if one.is_control]
    known = [one for one in provoked if one.known]
    confirmed = [one for one in rounds if one.verdict == Verdict.CONFIRMED.value]
    return Tally(
        first=rounds[0].number if rounds else 0,
        last=rounds[-1].number if rounds else 0,
        provoked=len(provoked),
        unfelt=sum(not one.is_felt for one in provoked),
        localised=sum(one.is_localised for one in provoked),
        named=sum(one.is_named for one in provoked),
        known=len(known),
        known_named=sum(one.is_named for one in known),
        misnamed=sum(bool(one.named) and one.named != one.kind for one in provoked),
        controls=len(controls),
        false_alarms=sum(not one.is_localised for one in controls),
        confirmed=len(confirmed),
        confirmed_wrong=sum(one.is_confirmed_wrong for one in confirmed),
    )


def points(rounds: Sequence[LabRound]) -> tuple[Point, ...]:
    """One per provoked round."""
    provoked = [one for one in rounds if not one.is_control]
    found = []
    for i, one in enumerate(provoked, start=1):
        last = provoked[max(0, i - BLOCK) : i]
        localised = sum(each.is_localised for each in last) / len(last)
        named = sum(each.is_named for each in last) / len(last)
        found.append(Point(one.number, localised, named))
    return tuple(found)
