"""How incidents like this one were solved, and how probable it is that this works again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from graph import diagnoses, incidents, resolutions
from graph.client import Graph
from graph.memory import get_summary
from graph.resolutions import ExecutionRow
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.keys import component_key
from labo.domain.escalation.action_templates import Template, render
from labo.domain.escalation.facts import CaseFacts
from labo.domain.escalation.known_solutions import (
    KnownSolution,
    best_cure,
    false_fire_bound,
    own_calibration,
    retargeted,
)
from labo.domain.escalation.memory_confidence import (
    ActionRecord,
    PastExecution,
    Question,
    probability,
    records,
)
from labo.domain.learning.outcomes import UNKNOWN, question_of
from labo.errors import InvalidInput
from labo.services.escalation.memory import MemoryService

OWN_RECORD = 300
"""Newest resolved incidents whose actions correct the probabilities. By judgement: what is older
says little of how well memory knows the systems now."""
_MOST_SHOWN = 20


class KnownSolutionService:
    """Reads only; `memory` is the same workspace's."""

    def __init__(self, graph: Graph, memory: MemoryService) -> None:
        self._graph = graph
        self._memory = memory

    async def find(self, case: CaseFacts) -> KnownSolution | None:
        """The action that most probably resolves the incident, whatever that probability is.

        None where nothing comparable was cured, where the diagnosis names no suspect or no problem,
        or where the action's template is gone or does not fit this incident. What was executed on
        the incident already is not named again. Raises NotFound, Unavailable.
        """
        analysis = case.diagnosis.analysis if case.diagnosis else None
        if analysis is None or not analysis.suspects or case.verdict is Verdict.NO_PROBLEM:
            return None
        now = datetime.now(UTC)
        question = await self._question(case.incident.id, case.incident.system, analysis)
        past = await self._past(question, now, case.incident.id)
        tried = {one.template for one in past if one.incident == case.incident.id}
        foreseen = await self._foreseen(now)
        calibration = own_calibration(foreseen)
        bound = false_fire_bound(foreseen, calibration)
        solutions = [
            _solution(case, question, record, calibration.apply(chance), bound)
            for record in records(question, past)
            if record.cures and record.template not in tried
            for chance in (probability(question, record),)
        ]
        known = [one for one in solutions if one is not None]
        return max(known, key=lambda one: (one.probability, one.template_id), default=None)

    async def of_incident(
        self, incident_id: str, templates: tuple[Template, ...]
    ) -> KnownSolution | None:
        """As `find`, for the incident as it is stored, with its newest diagnosis."""
        newest = await diagnoses.find_by_incidents(self._graph, [incident_id])
        case = CaseFacts(
            incident=await incidents.get(self._graph, incident_id),
            summary=await get_summary(self._graph, incident_id),
            diagnosis=newest[0] if newest else None,
            similar=(),
            templates=templates,
        )
        return await self.find(case)

    async def foresee(self, executions: Sequence[ExecutionRow]) -> dict[str, float]:
        """By execution, the probability that memory would have given its action just before.

        All are on one incident. What memory knew no cure for has none. Raises NotFound.
        """
        if not executions:
            return {}
        incident = executions[0].incident
        similarities = await self._memory.similarities(incident)
        suspect = await self._suspect_probability(incident)
        foreseen = {}
        for one in executions:
            question = Question(one.problem, one.component, one.role, suspect, similarities)
            before = one.started_at or one.ended_at
            past = await self._past(question, before)
            others = [other for other in past if other.incident != incident]
            for record in records(question, others):
                if record.template == one.template and record.cures:
                    foreseen[one.id] = probability(question, record)
        return foreseen

    async def _question(self, incident: str, system: str, analysis: Analysis) -> Question:
        problem, role = question_of(analysis)
        leading = analysis.suspects[0]
        return Question(
            # What nobody could name is no problem that two incidents share.
            problem="" if problem == UNKNOWN else problem,
            component=component_key(system, leading.component),
            role=role,
            suspect_probability=leading.probability,
            similarities=await self._memory.similarities(incident),
        )

    async def _past(self, question: Question, before: datetime, *own: str) -> list[PastExecution]:
        rows = await resolutions.find_executions(
            self._graph,
            problem=question.problem,
            incidents=[*question.similarities, *own],
            before=before,
        )
        return [row.to_domain() for row in rows]

    async def _foreseen(self, now: datetime) -> list[tuple[float, bool]]:
        """What was foreseen of executed actions, and whether they helped, in order of time."""
        rows = await resolutions.find_foreseen(self._graph, before=now, limit=OWN_RECORD)
        rows.sort(key=lambda row: (row.ended_at, row.id))
        return [
            (row.foreseen[row.id], helped)
            for row in rows
            if row.id in row.foreseen and (helped := row.to_domain().helped) is not None
        ]

    async def _suspect_probability(self, incident: str) -> float:
        """Of the newest diagnosis' leading suspect; even where there is none."""
        for diagnosis in await diagnoses.find_by_incidents(self._graph, [incident]):
            for suspect in diagnosis.analysis.suspects[:1]:
                return suspect.probability
        return _EVEN


_EVEN = 0.5


def _solution(
    case: CaseFacts, question: Question, record: ActionRecord, chance: float, bound: float
) -> KnownSolution | None:
    """None where the template is gone, or refuses the parameters here."""
    template = next((one for one in case.templates if one.id == record.template), None)
    if template is None:
        return None
    cure = best_cure(question, record)
    parameters = retargeted(cure, template, case.suspects[0].component)
    try:
        render(template, parameters, case.component_names)
    except InvalidInput:
        return None
    learnt_from = dict.fromkeys(one.incident for one in record.executions)
    return KnownSolution(
        template_id=template.id,
        parameters=parameters,
        probability=chance,
        false_fire_rate=bound,
        incidents=tuple(learnt_from)[:_MOST_SHOWN],
        is_unbroken=record.is_unbroken,
    )
