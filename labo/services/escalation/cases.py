"""What the escalation knows of one incident, read from the graph."""

from __future__ import annotations

from collections.abc import Mapping

from graph import decisions, diagnoses, executions, occurrences, problems, proposals
from graph import incident_acts as acts
from graph.client import Graph
from graph.memory import get_summary
from labo.domain.entities.diagnoses import Diagnosis
from labo.domain.entities.keys import component_key
from labo.domain.escalation.admissible import measured
from labo.domain.escalation.executions import Execution
from labo.domain.escalation.facts import CaseFacts
from labo.domain.escalation.proposals import Decision, Proposal
from labo.domain.incidents.acts import ActKind
from labo.domain.incidents.incidents import Incident
from labo.domain.learning.outcomes import question_of
from labo.services.escalation.memory import MemoryService
from labo.services.governance.templates import TemplateService
from labo.services.learning.learner import LearningService

MOST_OCCURRENCES = 500
"""Of an incident that are looked through: one of a long storm holds thousands."""


class EscalationCases:
    """Reads, but for `remember`."""

    def __init__(
        self,
        graph: Graph,
        memory: MemoryService,
        templates: TemplateService,
        learning: LearningService,
    ) -> None:
        self._graph = graph
        self._memory = memory
        self._templates = templates
        self._learning = learning

    async def diagnosis_of(self, incident_id: str) -> Diagnosis | None:
        """The newest one."""
        by_incident = await diagnoses.find_by_incidents(self._graph, [incident_id])
        return by_incident[0] if by_incident else None

    async def remember(self, incident_id: str) -> None:
        """Save by what the incident is found later. Raises NotFound, Unavailable."""
        await self._memory.remember(incident_id)

    async def load(self, incident: Incident, diagnosis: Diagnosis | None) -> CaseFacts:
        """The input of an escalation level. Raises NotFound, Unavailable."""
        templates = await self._templates.offered()
        tried = await executions.find_by_incidents(self._graph, [incident.id])
        return CaseFacts(
            incident=incident,
            summary=await get_summary(self._graph, incident.id),
            diagnosis=diagnosis,
            similar=tuple(await self._memory.similar(incident.id)),
            templates=tuple(templates.values()),
            chances=await self._chances(incident, diagnosis, list(templates)),
            comments=await self._comments(incident.id),
            proposed=await self._proposed(incident.id),
            attempts=tuple(map(_attempt, reversed(tried))),
            seen=await self._seen(incident, diagnosis),
        )

    async def _seen(self, incident: Incident, diagnosis: Diagnosis | None) -> frozenset[str]:
        """The behaviours that metrics showed on the leading suspect within this incident."""
        suspects = diagnosis.analysis.suspects[:1] if diagnosis else ()
        leading = {component_key(incident.system, one.component) for one in suspects}
        held = await occurrences.find_first(self._graph, [incident.id], MOST_OCCURRENCES)
        keys = sorted({one.problem for one in held[incident.id] if one.component in leading})
        return measured((await problems.find_by_keys(self._graph, keys)).values())

    async def _proposed(self, incident_id: str) -> tuple[str, ...]:
        """What was proposed and what people decided on it, oldest first."""
        found = await proposals.find_by_incidents(self._graph, [incident_id])
        newest = found.get(incident_id, [])
        decided = await decisions.find_by_proposals(self._graph, [one.id for one in newest])
        return tuple(_proposed(one, decided.get(one.id)) for one in reversed(newest))

    async def _comments(self, incident_id: str) -> tuple[str, ...]:
        """What people said about the incident, oldest first."""
        newest = await acts.find_by_incidents(self._graph, [incident_id])
        return tuple(act.text for act in reversed(newest) if act.kind is ActKind.COMMENTED)

    async def _chances(
        self, incident: Incident, diagnosis: Diagnosis | None, templates: list[str]
    ) -> Mapping[str, float]:
        """What was learnt of whether each template works for this problem here."""
        problem, role = question_of(diagnosis.analysis if diagnosis else None)
        return await self._learning.chances(
            templates,
            problem=problem,
            role=role,
            system=incident.system,
        )


def _proposed(proposal: Proposal, decision: Decision | None) -> str:
    what = proposal.proposed_command or proposal.template_id
    reason = decision.reason if decision else proposal.refusal
    why = f": {reason}" if reason else ""
    return f"{proposal.escalation_level.name} proposed {what} ({proposal.status.value}{why})"


def _attempt(execution: Execution) -> str:
    found = execution.outcome or execution.status.value
    return f"{execution.kind.value} {execution.template} on {execution.target}: {found}"
