"""Learning from provoked incidents, one after the other, as an import of labelled cases does."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from benchmarks.identification_cases import knowledge_of, relabelled
from benchmarks.lab_cases import Incident
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.keys import hypothesis_key
from labo.domain.knowledge.calibration import Calibration, Claim, calibrate, recent
from labo.domain.knowledge.experiences import LabelledIncident
from labo.domain.learning.labelled_incidents import claims, labelled_incidents_of
from labo.services.knowledge.learnt_cache import LearntCache

AT_ONCE = 20
"""So many incidents are diagnosed with the same knowledge, which saves learning it for each."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """`calibration` is by what was claimed of each incident before its label was seen."""

    labelled_incidents: tuple[LabelledIncident, ...]
    calibration: Calibration


def training_data(incidents: Iterable[Incident]) -> TrainingData:
    """Diagnose each with what was learnt from the earlier ones, then learn its label."""
    labelled_incidents: list[LabelledIncident] = []
    claimed: list[Claim] = []
    known, weights = knowledge_of(labelled_incidents), LearntCache()
    for number, incident in enumerate(incidents):
        label = tuple(
            hypothesis_key(kind, root_component) for kind, root_component in incident.truth
        )
        if number % AT_ONCE == 0:
            known = replace(
                knowledge_of(labelled_incidents), calibration=calibrate(recent(claimed))
            )
        case = replace(incident.case, label=label)
        found = labelled_incidents_of(
            case, claims(incident.case, known, weights)
        ).labelled_incidents
        labelled_incidents += found
        claimed += [claim for labelled_incident in found if (claim := _claim(labelled_incident))]
    return TrainingData(tuple(labelled_incidents), calibrate(recent(claimed)))


def _claim(labelled_incident: LabelledIncident) -> Claim | None:
    if (
        labelled_incident.raw is None
        or labelled_incident.right is None
        or labelled_incident.verdict is None
    ):
        return None
    return Claim(labelled_incident.raw, labelled_incident.right, Verdict(labelled_incident.verdict))


def permuted(labelled_incidents: Sequence[LabelledIncident]) -> list[LabelledIncident]:
    """The labelled incidents under each other's labels, by chance."""
    order = list(range(len(labelled_incidents)))
    random.Random(1).shuffle(order)
    return relabelled(labelled_incidents, order)
