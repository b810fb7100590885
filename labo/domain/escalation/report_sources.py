"""What of the graph a report may cite, each node as one source with its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from labo.domain.entities.diagnoses import Diagnosis
from labo.domain.escalation.executions import Execution
from labo.domain.escalation.proposals import Decision, Finding, Proposal
from labo.domain.escalation.report_by_code import diagnosis_text
from labo.domain.escalation.reports import Source, SourceKind, source
from labo.domain.incidents.acts import IncidentAct
from labo.domain.incidents.events import StoredEvent
from labo.domain.incidents.incidents import Incident, Occurrence


def of_incident(incident: Incident) -> Source:
    text = f"The incident opened: {incident.title} (severity {incident.severity.value})."
    return source(incident.id, SourceKind.INCIDENT, text, incident.opened_at)


def of_occurrences(occurrences: Sequence[Occurrence], titles: Mapping[str, str]) -> list[Source]:
    """`titles` are the problems' by key."""
    return [
        source(
            one.id,
            SourceKind.OCCURRENCE,
            f"{titles.get(one.problem, 'A problem')} began on {one.component}"
            f"{f' and ended at {one.ended_at:%H:%M:%S} UTC' if one.ended_at else ''}.",
            one.started_at,
        )
        for one in occurrences
    ]


def of_events(events: Sequence[StoredEvent]) -> list[Source]:
    """Monitors' messages, log lines among them."""
    return [
        source(
            one.id,
            SourceKind.EVENT,
            f"{one.source} reported {one.status.value}: {one.title}. {one.description}",
            one.starts_at or one.received_at,
        )
        for one in events
    ]


def of_diagnoses(diagnoses: Sequence[Diagnosis]) -> list[Source]:
    return [
        source(one.id, SourceKind.DIAGNOSIS, diagnosis_text(one), one.created_at)
        for one in diagnoses
    ]


def of_acts(acts: Sequence[IncidentAct]) -> list[Source]:
    return [
        source(one.id, SourceKind.ACT, f"{one.by}: {one.kind.value}. {one.text}", one.at)
        for one in acts
    ]


def of_proposals(proposals: Sequence[Proposal], decisions: Mapping[str, Decision]) -> list[Source]:
    """`decisions` by proposal."""
    return [found for one in proposals for found in _proposed(one, decisions.get(one.id))]


def of_findings(findings: Sequence[Finding]) -> list[Source]:
    return [
        source(one.id, SourceKind.FINDING, f"{one.validated_by}: {one.summary}", one.created_at)
        for one in findings
    ]


def _proposed(proposal: Proposal, decision: Decision | None) -> Iterator[Source]:
    level = proposal.escalation_level.name
    refusal = f" It was refused: {proposal.refusal}." if proposal.refusal else ""
    yield source(
        proposal.id,
        SourceKind.PROPOSAL,
        f"{level} proposed {proposal.proposed_command or proposal.template_id} "
        f"({proposal.risk_level.value} risk).{refusal} {proposal.analysis} {proposal.explanation}",
        proposal.created_at,
    )
    if decision is not None:
        yield source(
            decision.id,
            SourceKind.DECISION,
            f"{decision.decided_by} decided {decision.verdict.value}: {decision.reason}",
            decision.decided_at,
        )


def of_executions(executions: Sequence[Execution]) -> list[Source]:
    """What was carried out, and what its verification found."""
    return [
        source(one.id, SourceKind.EXECUTION, _execution(one), one.ended_at or one.requested_at)
        for one in executions
    ]


def _execution(one: Execution) -> str:
    what = f"{one.executor} carried out {one.template} on {one.target}"
    if one.rolls_back:
        what = f"{one.executor} took {one.template} on {one.target} back"
    status = one.status.value.replace("_", " ")
    found = (one.outcome or "not verified").replace("_", " ")
    return f"{what}: {status}; verification: {found}."
