"""Recordings as cases, and the labelled incidents from them, the way an import does it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from benchmarks.identification_server import Recording, Server
from labo.domain.diagnosis.classification.feature_vectors import feature_vectors
from labo.domain.diagnosis.classification.fingerprint import fingerprint
from labo.domain.entities.keys import digest
from labo.domain.entities.series import Case, Series, SeriesKey, Topology, Window
from labo.domain.knowledge.experiences import NON_ROOT, LabelledIncident, TrainingExample
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


def labelled_incident_of(case: Case, component: str, problem: str) -> LabelledIncident:
    """The labelled incidents of a case."""
    key = digest(problem, length=12)
    role = case.roles[component]
    features = feature_vectors(case, [component])[component]
    cause = TrainingExample(role, problem, features)
    z_scores = fingerprint(case, component)
    return LabelledIncident(key, problem, role, component, z_scores, training_examples=(cause,))


def relabelled(
    labelled_incidents: Sequence[LabelledIncident], order: Sequence[int]
) -> list[LabelledIncident]:
    """What the labelled incidents saw, under each other's labels."""
    return [
        replace(
            named,
            z_scores=labelled_incidents[index].z_scores,
            training_examples=_under(named, labelled_incidents[index]),
        )
        for named, index in zip(labelled_incidents, order, strict=True)
    ]


def _under(named: LabelledIncident, seen: LabelledIncident) -> tuple[TrainingExample, ...]:
    return tuple(
        replace(one, title=named.title) if one.title != NON_ROOT else one
        for one in seen.training_examples
    )


def signatures_of(labelled_incidents: Iterable[LabelledIncident]) -> list[Signature]:
    """The sums over all labelled incidents."""
    held: dict[tuple[str, str], Signature] = {}
    for labelled_incident in labelled_incidents:
        for more in increments(labelled_incident):
            pair = more.problem, more.condition
            held[pair] = held[pair] + more if pair in held else more
    return with_others(held[pair] for pair in sorted(held))


def knowledge_of(labelled_incidents: Iterable[LabelledIncident]) -> Knowledge:
    """What the labelled incidents leave behind, in the form that travels."""
    training_data = list(labelled_incidents)
    titles: Mapping[str, tuple[str, str]] = {
        one.problem: (one.title, one.role) for one in training_data
    }
    links: dict[str, list[Signature]] = {key: [] for key in titles}
    for s in signatures_of(training_data):
        links[s.problem].append(s)
    problems = tuple(
        KnownProblem(key, title, role, conditions=tuple(links[key]))
        for key, (title, role) in sorted(titles.items())
    )
    training_examples = tuple(
        training_example for one in training_data for training_example in one.training_examples
    )
    return Knowledge(
        problems, resolved_incidents=len(training_data), training_examples=training_examples
    )
