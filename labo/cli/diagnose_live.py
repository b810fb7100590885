"""The part of `labo diagnose` that needs the running stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graph import incidents, metric_sets
from labo.bootstrap import Services
from labo.cli.client import looked_in
from labo.cli.connection import ask_services, connected_settings
from labo.cli.diagnosis_json import print_record
from labo.cli.diagnosis_text import print_analysis
from labo.cli.operator.keys import plain_key
from labo.cli.operator.moments import shown
from labo.cli.output import say
from labo.cli.stored_keys import stored_key
from labo.domain.entities.diagnoses import Analysis
from labo.domain.entities.keys import KeyKind
from labo.domain.incidents.incidents import Incident
from labo.domain.knowledge.knowledge import Knowledge
from labo.domain.metric_sets.sets import MinimalSet
from labo.errors import Conflict, NotFound

_ANEW = "; --again asks anew"


@dataclass(frozen=True, slots=True)
class Answer:
    """`kept_since` is when the diagnosis was made; None of one that is not kept."""

    title: str
    analysis: Analysis
    minimal: MinimalSet | None
    kept_since: str | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """How incidents are to be answered; `where` they are looked for, in words."""

    again: bool
    only: frozenset[str] | None
    where: str


def diagnose_incidents(
    subjects: Sequence[str],
    as_json: bool,
    only: frozenset[str] | None,
    data: Path | None,
    *,
    again: bool = False,
) -> tuple[list[str], Knowledge]:
    """Print the kept diagnosis of the subjects that are incidents; nothing is written.

    With `again` a new one is asked for first, and shown is what is kept then. By the metrics
    `only`, where given; such a diagnosis is made anew, shown and not kept. Returns the other
    subjects, which are case folders, and what the stack has learnt. Raises NotFound for an unknown
    incident or one without a diagnosis, Conflict when one that is over is asked about again,
    Unavailable while no stack runs.
    """
    folders = [subject for subject in subjects if Path(subject).is_dir()]
    asked = _Asked(again, only, looked_in(data))
    chosen = [
        plain_key(subject, KeyKind.INCIDENT) for subject in subjects if subject not in folders
    ]
    answers, knowledge = ask_services(
        connected_settings(data), lambda labo: _answers(labo, chosen, asked)
    )
    for answer in answers:
        if as_json:
            print_record(answer.analysis)
        else:
            print_analysis(answer.analysis, answer.title, answer.minimal)
            if answer.kept_since:
                say("  [dim]Kept since {}{}.[/]", answer.kept_since, "" if again else _ANEW)
    return folders, knowledge


async def _answers(
    services: Services, chosen: Sequence[str], asked: _Asked
) -> tuple[list[Answer], Knowledge]:
    answers = [await _answer(services, incident, asked) for incident in chosen]
    return answers, await services.knowledge.known()


async def _answer(services: Services, given: str, asked: _Asked) -> Answer:
    """The newest kept diagnosis, as GraphQL's `incident.diagnosis`, unless asked otherwise."""
    found = await _found(services, given, asked.where)
    if asked.only is not None:
        narrowed = await services.diagnosis.narrowed(found.id, asked.only)
        return Answer(found.title, narrowed, None)
    if asked.again and found.is_over:
        hint = f"`labo diagnose {found.id}` shows what is kept"
        raise Conflict("the incident is over: nothing is diagnosed anew", where=given, hint=hint)
    if asked.again:
        await services.diagnosis.diagnose(found.id)
    kept = await services.diagnosis.kept(found.id)
    if kept is None:
        hint = "the incident is over" if found.is_over else f"ask: labo diagnose {given} --again"
        raise NotFound("no diagnosis of this incident is kept", where=given, hint=hint)
    minimal = (await metric_sets.find_by_subjects(services.graph, [found.id])).get(found.id)
    since = shown(kept.created_at.isoformat()) if kept.created_at else None
    return Answer(found.title, kept.analysis, minimal, since)


async def _found(services: Services, given: str, where: str) -> Incident:
    """The one incident whose key begins with what was given. Raises NotFound, InvalidInput."""
    key = await stored_key(services.graph, given, KeyKind.INCIDENT, where=where)
    return await incidents.get(services.graph, key)
