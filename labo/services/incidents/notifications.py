"""Notifying people of an incident's state, once per state worth a notification."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from graph import diagnoses, escalations, incidents, proposals
from graph.client import Graph
from labo.domain.entities.diagnoses import (
    Diagnosis,
    Suspect,
    component_probabilities,
    probability_text,
)
from labo.domain.entities.keys import digest
from labo.domain.entities.masking import mask
from labo.domain.escalation.facts import EscalationState
from labo.domain.escalation.proposals import Proposal, ProposalStatus
from labo.domain.incidents.incidents import Incident
from labo.domain.incidents.notifications import Message
from labo.errors import Unavailable
from labo.ports.notifier import Notifier, Receipt

log = structlog.get_logger()

_MOST_SUSPECTS = 3
_LONGEST_NOTE = 2_000
"""Characters: as many as of a decision's reason."""


class NotificationService:
    """A repeated message keeps its id, so that a receiver may drop it."""

    def __init__(self, graph: Graph, notifiers: Sequence[Notifier]) -> None:
        self._graph = graph
        self._notifiers = tuple(notifiers)

    async def notify(self, incident_id: str) -> list[Receipt]:
        """Send the incident's present state through every channel.

        One unavailable channel does not stop the others; then Unavailable is raised so that the job
        is retried. Raises NotFound.
        """
        message = await self._message(incident_id)
        receipts: list[Receipt] = []
        away: list[str] = []
        for notifier in self._notifiers:
            try:
                receipts.append(await notifier.send(message))
            except Unavailable as error:
                away.append(str(error))
        for receipt in receipts:
            if not receipt.delivered:
                log.error("notification.refused", channel=receipt.channel, detail=receipt.detail)
        if away:
            raise Unavailable("; ".join(away), where="notifications")
        return receipts

    async def _message(self, incident_id: str) -> Message:
        incident = await incidents.get(self._graph, incident_id)
        state = await escalations.get(self._graph, incident_id)
        by_incident = await diagnoses.find_by_incidents(self._graph, [incident_id])
        offered = (await proposals.find_by_incidents(self._graph, [incident_id])).get(
            incident_id, []
        )
        pending = [one for one in offered if one.status is ProposalStatus.PENDING]
        return render(
            incident,
            state,
            by_incident[0] if by_incident else None,
            pending[0] if pending else None,
            datetime.now(UTC),
        )


def render(
    incident: Incident,
    state: EscalationState,
    diagnosis: Diagnosis | None,
    proposal: Proposal | None,
    now: datetime,
) -> Message:
    """The message about one state. It carries the proposal's id and digest, so that a decision is
    bound to what was shown."""
    title = mask(incident.title, 200)
    data: dict[str, object] = {
        "incident": incident.id,
        "status": incident.status.value,
        "severity": incident.severity.value,
        "escalation_level": state.escalation_level.value,
        "note": mask(state.note or "", _LONGEST_NOTE),
        "verdict": state.verdict or (diagnosis.analysis.verdict.value if diagnosis else ""),
        "suspects": _suspects(diagnosis),
        "proposal": _proposal(proposal),
    }
    parts = (incident.id, incident.status.value, state.diagnosis or "", state.note or "")
    return Message(
        id=f"msg_{digest('notification', *parts)}",
        kind=f"incident.{incident.status.value}",
        sent_at=now,
        title=f"[{incident.severity.value}] {title}",
        text=_text(incident, state, diagnosis, proposal),
        data=data,
    )


def _suspects(diagnosis: Diagnosis | None) -> list[dict[str, object]]:
    suspects = diagnosis.analysis.suspects if diagnosis else ()
    shares = component_probabilities(suspects)
    return [
        {
            "component": mask(suspect.component, 200),
            "probability": round(suspect.probability, 3),
            "component_probability": round(shares[suspect.component], 3),
            "reasons": [mask(reason.sentence) for reason in suspect.reasons],
        }
        for suspect in suspects[:_MOST_SUSPECTS]
    ]


def _suspect_lines(suspects: Sequence[Suspect]) -> list[str]:
    """A line a component, with the first reason of its first suspect."""
    first = {one.component: one for one in reversed(suspects)}
    lines = []
    for component in [*component_probabilities(suspects)][:_MOST_SUSPECTS]:
        reasons = first[component].reasons
        why = f": {mask(reasons[0].sentence)}" if reasons else ""
        share = mask(probability_text(component, suspects))
        lines.append(f"- {mask(component, 200)} ({share}){why}")
    return lines


def _proposal(proposal: Proposal | None) -> dict[str, object] | None:
    if proposal is None:
        return None
    return {
        "id": proposal.id,
        "digest": proposal.digest,
        "proposed_command": proposal.proposed_command,
        "risk_level": proposal.risk_level.value,
        "rollback_plan": proposal.rollback_plan,
        "explanation": proposal.explanation,
        "criticality": proposal.criticality,
    }


def _text(
    incident: Incident,
    state: EscalationState,
    diagnosis: Diagnosis | None,
    proposal: Proposal | None,
) -> str:
    lines = [f"{mask(incident.title, 200)} ({incident.severity.value}, {incident.status.value})"]
    if diagnosis:
        lines.append(f"Verdict: {state.verdict or diagnosis.analysis.verdict.value}")
        lines.extend(_suspect_lines(diagnosis.analysis.suspects))
    if state.note:
        lines.append(mask(state.note, _LONGEST_NOTE))
    if proposal:
        lines.append(f"Proposed ({proposal.risk_level.value} risk): {proposal.proposed_command}")
        lines.append(f"Rollback: {proposal.rollback_plan}")
        lines.append(f"Decide on proposal {proposal.id}, digest {proposal.digest}")
    return "\n".join(lines)
