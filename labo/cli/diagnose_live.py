"""The part of `labo diagnose` that needs the running stack."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graph import diagnoses, incidents, metric_sets
from labo.bootstrap import Services
from labo.cli.connection import ask_services, connected_settings
from labo.cli.diagnosis_json import print_record
from labo.cli.diagnosis_text import print_analysis
from labo.domain.entities.diagnoses import Analysis
from labo.domain.knowledge.knowledge import Knowledge
from labo.domain.metric_sets.sets import MinimalSet
from labo.errors import NotFound

_PREFIX = "Incident:"


@dataclass(frozen=True, slots=True)
class Answer:
    title: str
    analysis: Analysis
    minimal: MinimalSet | None


def diagnose_incidents(
    subjects: Sequence[str], as_json: bool, only: frozenset[str] | None, data: Path | None
) -> tuple[list[str], Knowledge]:
    """Diagnose and print the subjects that are incidents.

    By the metrics `only`, where given; such a diagnosis is shown and not stored. Returns the
    others, which are case folders, and what the stack has learnt. Raises NotFound for an unknown
    incident, Unavailable while no stack runs.
    """
    folders = [subject for subject in subjects if Path(subject).is_dir()]
    chosen = [incident_key(subject) for subject in subjects if subject not in folders]
    answers, knowledge = ask_services(
        connected_settings(data), lambda labo: _answers(labo, chosen, only)
    )
    for answer in answers:
        if as_json:
            print_record(answer.analysis)
        else:
            print_analysis(answer.analysis, answer.title, answer.minimal)
    return folders, knowledge


def incident_key(given: str) -> str:
    """The key of an incident given by its key or by its GraphQL id."""
    try:
        text = base64.b64decode(given, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return given
    return text.removeprefix(_PREFIX) if text.startswith(_PREFIX) else given


async def _answers(
    services: Services, chosen: Sequence[str], only: frozenset[str] | None
) -> tuple[list[Answer], Knowledge]:
    answers = [await _answer(services, incident, only) for incident in chosen]
    return answers, await services.knowledge.known()


async def _answer(services: Services, incident: str, only: frozenset[str] | None) -> Answer:
    """A fresh diagnosis of an open incident; of one that is over, the newest stored."""
    found = await incidents.get(services.graph, incident)
    if only is not None:
        return Answer(found.title, await services.diagnosis.narrowed(incident, only), None)
    diagnosis = await services.diagnosis.diagnose(incident)
    if diagnosis is None:
        kept = await diagnoses.find_by_incidents(services.graph, [incident])
        if not kept:
            raise NotFound("the incident is over and was never diagnosed", where=incident)
        diagnosis = kept[0]
    minimal = (await metric_sets.find_by_subjects(services.graph, [incident])).get(incident)
    return Answer(found.title, diagnosis.analysis, minimal)
