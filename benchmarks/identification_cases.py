"""Recordings as cases, and what their labels teach, the way an import does it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from benchmarks.identification_server import Recording, Server
from labo.domain.diagnosis.classification.fingerprint import fingerprint
from labo.domain.entities.keys import digest
from labo.domain.entities.series import Case, Series, SeriesKey, Topology, Window
from labo.domain.knowledge.experiences import BYSTANDER, Example, Lesson
from labo.domain.knowledge.knowledge import Knowledge, KnownProblem
from labo.domain.knowledge.signatures import Signature
from labo.domain.learning.increments import increments, with_others

START = 1_700_000_000.0
ROLE = "database"


def case_of(server: Server, recording: Recording, name: str) -> Case:
    """One component named `name`, sampled each second."""
    times = START + np.arange(recording.values.shape[1], dtype=np.float64)

    def at(second: int) -> datetime:
        return datetime.fromtimestamp(START + second, UTC)

    return Case(
        name=f"{name}-{'-'.join(recording.problems) or 'normal'}",
        target=name,
        symptom=Window(at(recording.onset), at(recording.end)),
        baseline=Window(at(0), at(recording.onset)),
        topology=Topology((name,), ()),
        series={
            SeriesKey(name, metric): Series(times, values)
            for metric, values in zip(server.metrics, recording.values, strict=True)
        },
        label=recording.problems,
        roles={name: ROLE},
    )


def narrowed(case: Case, metrics: Collection[str]) -> Case:
    """The case with these metrics only."""
    kept = {key: one for key, one in case.series.items() if key.metric in metrics}
    return replace(case, series=kept)


def lesson_of(case: Case, component: str, problem: str) -> Lesson:
    """What the label of a case teaches."""
    key = digest(problem, length=12)
    role = case.roles[component]
    return Lesson(key, problem, role, component, fingerprint(case, component))


def relabelled(lessons: Sequence[Lesson], order: Sequence[int]) -> list[Lesson]:
    """What the lessons saw, under each other's labels."""
    return [
        replace(named, readings=lessons[place].readings, examples=_under(named, lessons[place]))
        for named, place in zip(lessons, order, strict=True)
    ]


def _under(named: Lesson, seen: Lesson) -> tuple[Example, ...]:
    return tuple(
        replace(one, title=named.title) if one.title != BYSTANDER else one for one in seen.examples
    )


def signatures_of(lessons: Iterable[Lesson]) -> list[Signature]:
    """The sums over all lessons."""
    held: dict[tuple[str, str], Signature] = {}
    for lesson in lessons:
        for more in increments(lesson):
            pair = more.problem, more.condition
            held[pair] = held[pair] + more if pair in held else more
    return with_others(held[pair] for pair in sorted(held))


def knowledge_of(lessons: Iterable[Lesson]) -> Knowledge:
    """What the lessons leave behind, in the form that travels."""
    taught = list(lessons)
    titles: Mapping[str, tuple[str, str]] = {one.problem: (one.title, one.role) for one in taught}
    links: dict[str, list[Signature]] = {key: [] for key in titles}
    for s in signatures_of(taught):
        links[s.problem].append(s)
    problems = tuple(
        KnownProblem(key, title, role, conditions=tuple(links[key]))
        for key, (title, role) in sorted(titles.items())
    )
    examples = tuple(example for one in taught for example in one.examples)
    return Knowledge(problems, resolved_incidents=len(taught), examples=examples)
