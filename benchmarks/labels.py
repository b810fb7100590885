"""Does a label ever harm? The same incidents with and without what k labels add, paired.

Nothing is injected here that the exam does not know: engine systems from `lab_cases`, and PetShop.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from benchmarks.identification_cases import knowledge_of
from benchmarks.lab_cases import Incident, control_windows, each_kind, provoke, same_host
from benchmarks.petshop import issue_cases
from benchmarks.table import Table
from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.keys import hypothesis_key
from labo.domain.entities.series import Case
from labo.domain.knowledge.experiences import LabelledIncident
from labo.domain.learning.labelled_incidents import Claimed, labelled_incidents_of

SYSTEMS = tuple(f"random-12-{seed}" for seed in (101, 102, 103))
COUNTS = (1, 2, 5, 20)
DRAWS = 2
"""Draws of k labels per incident and source."""
RESAMPLES = 2_000
SURELY = (Verdict.LIKELY, Verdict.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Asked:
    """A case without its label, the components that are right (none: nothing is wrong), and what it
    teaches when it is labelled; `system` is where it happened."""

    system: str
    case: Case
    right: frozenset[str]
    labels: tuple[LabelledIncident, ...]
    alone: Analysis


@dataclass(frozen=True, slots=True)
class Pair:
    """The answers to one incident, by telemetry alone and with labels: right, and surely wrong."""

    incident: int
    alone: bool
    learnt: bool
    misled_alone: bool
    misled: bool


def run() -> Table:
    """Every source of labels and every k."""
    rows: list[tuple[object, ...]] = []
    for name, asked, teachers in (_engine(), _petshop()):
        for source, is_near in SOURCES.items():
            for count in COUNTS:
                print(f"  {name}: {source}, {count}", file=sys.stderr, flush=True)
                rows.append((name, source, count, *_row(_pairs(asked, teachers, is_near, count))))
    return Table("A label never harms", COLUMNS, rows, NOTES)


COLUMNS = (
    "incidents",
    "labels from",
    "labels",
    "answers",
    "component right, without",
    "with",
    "gained",
    "lost",
    "difference (95 %)",
    "surely and wrong, without",
    "with",
)
NOTES = (
    f"Engine: {', '.join(SYSTEMS)}, one incident of each kind of fault to learn from and one of "
    "another seed and mostly another component to ask, and no-fault runs, where any sure answer is "
    f"wrong. PetShop: its 52 incidents, each asked with others as labels. {DRAWS} draws of labels "
    "per incident; the interval is a bootstrap over incidents.",
)
Near = Callable[[Asked, Asked], bool]
SOURCES: dict[str, Near] = {
    "the same system": lambda asked, teacher: asked.system == teacher.system,
    "other systems": lambda asked, teacher: asked.system != teacher.system,
}


def _engine() -> tuple[str, list[Asked], list[Asked]]:
    teachers = [job for n, name in enumerate(SYSTEMS) for job in each_kind(name, n)]
    questions = [job for n, name in enumerate(SYSTEMS) for job in each_kind(name, n + 50)]
    normal = [job for name in SYSTEMS for job in control_windows(name, range(301, 306))]
    made = [list(map(_of_engine, provoke(jobs))) for jobs in (questions, normal, teachers)]
    return "engine", made[0] + made[1], made[2]


def _of_engine(incident: Incident) -> Asked:
    right = {name for kind, root in incident.truth for name in same_host(incident, kind, root)}
    label = tuple(hypothesis_key(kind, root) for kind, root in incident.truth)
    return _asked(incident.system, incident.case, right, label)


def _petshop() -> tuple[str, list[Asked], list[Asked]]:
    """A traffic level counts as a system."""
    asked = [
        _asked(case.name.split("-")[0], replace(case, label=()), set(case.label), case.label)
        for _, case in issue_cases()
    ]
    return "PetShop", asked, asked


def _asked(system: str, case: Case, right: set[str], label: tuple[str, ...]) -> Asked:
    labels = labelled_incidents_of(replace(case, label=label), Claimed()).labelled_incidents
    return Asked(system, case, frozenset(right), labels, analyse(case))


def _pairs(
    asked: Sequence[Asked], teachers: Sequence[Asked], is_near: Near, count: int
) -> Iterator[Pair]:
    for number, one in enumerate(asked):
        labels = [
            label
            for other in teachers
            if other is not one and is_near(one, other)
            for label in other.labels
        ]
        for draw in range(DRAWS):
            chance = random.Random(f"{one.case.name} {number} {draw}")
            chosen = chance.sample(labels, min(count, len(labels)))
            found = analyse(one.case, knowledge_of(chosen))
            yield Pair(
                number,
                _is_right(one, one.alone),
                _is_right(one, found),
                _misleads(one, one.alone),
                _misleads(one, found),
            )


def _is_right(asked: Asked, found: Analysis) -> bool:
    """Of a no-fault run: no sure answer."""
    if not asked.right:
        return found.verdict not in SURELY
    return any(suspect.component in asked.right for suspect in found.suspects[:1])


def _misleads(asked: Asked, found: Analysis) -> bool:
    return found.verdict in SURELY and not _is_right(asked, found)


def _row(pairs: Iterator[Pair]) -> tuple[object, ...]:
    held = list(pairs)
    low, high = _interval(held)
    difference = mean(one.learnt - one.alone for one in held)
    return (
        len(held),
        mean(one.alone for one in held),
        mean(one.learnt for one in held),
        sum(one.learnt and not one.alone for one in held),
        sum(one.alone and not one.learnt for one in held),
        f"{difference:+.3f} ({low:+.3f} to {high:+.3f})",
        mean(one.misled_alone for one in held),
        mean(one.misled for one in held),
    )


def _interval(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Of the mean paired difference, by resampling incidents with all of their draws."""
    by_incident: dict[int, list[int]] = {}
    for one in pairs:
        by_incident.setdefault(one.incident, []).append(one.learnt - one.alone)
    differences = [mean(own) for own in by_incident.values()]
    chance = random.Random(1)
    means = sorted(mean(chance.choices(differences, k=len(differences))) for _ in range(RESAMPLES))
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]
