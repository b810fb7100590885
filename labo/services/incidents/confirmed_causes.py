"""A human confirms the cause of an incident: stored with who, when and why, also as a finding."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from graph import (
    components,
    diagnoses,
    experiences,
    incidents,
    jobs,
    occurrences,
    problems,
)
from graph import (
    confirmed_causes as causes,
)
from graph import (
    incident_acts as acts,
)
from graph.client import Graph, Transaction
from labo.domain.entities.jobs import ALL, JobKind
from labo.domain.entities.keys import digest
from labo.domain.escalation.proposals import Finding
from labo.domain.incidents.acts import ActKind, an_act
from labo.domain.incidents.confirmed_causes import NewCause
from labo.domain.incidents.incidents import Incident, Occurrence
from labo.domain.incidents.titles import behaviour_at, cause_title
from labo.domain.knowledge.experiences import LabelledIncident
from labo.domain.learning.labelled_incidents import (
    Cause,
    claims,
    correcting,
    labelled_incident_about,
)
from labo.errors import InvalidInput, NotFound
from labo.ports.jobs import Jobs
from labo.services.diagnosis.cases import IncidentCase, IncidentCases
from labo.services.diagnosis.titles import own_name
from labo.services.incidents.named_causes import NamedCause, find_named
from labo.services.knowledge.reader import KnowledgeReader
from labo.services.learning.learner import LearningService

MAX_REASON = 4_000


class CauseService:
    """Confirming causes in one workspace."""

    def __init__(
        self,
        graph: Graph,
        incident_cases: IncidentCases,
        known: KnowledgeReader,
        learning: LearningService,
        sender: Jobs,
        publish: Callable[[str], Awaitable[None]],
    ) -> None:
        self._graph = graph
        self._incident_cases = incident_cases
        self._known = known
        self._learning = learning
        self._sender = sender
        self._publish = publish

    async def confirm(
        self,
        incident: str,
        *,
        component: str | None = None,
        problem: str | None = None,
        name: str | None = None,
        reason: str,
        by: str,
    ) -> Finding:
        """Record the cause, the finding, and the labelled incident made from the incident.

        Where the incident includes that problem on that component, that occurrence is the cause.
        `name` is what people call `problem` from now on, or the problem of that name on the
        component's role. The same cause again only renews its reason; another one is a correction:
        the labelled incident has the cause confirmed last. Raises NotFound, InvalidInput,
        Unavailable, and Conflict when people call the problem otherwise.
        """
        _check_given(component, problem, reason)
        about = await incidents.get(self._graph, incident)
        resolved = await find_named(self._graph, component, problem, name, by=by)
        problem = resolved.problem.key if resolved.problem else None  # of a merge the target
        occurrence = await self._occurrence(incident, component, problem)
        cause = NewCause(
            incident=incident,
            occurrence=occurrence.id if occurrence and component else None,
            component=None if occurrence else component,
            problem=None if occurrence and component else problem,
            confirmed_by=by,
            at=datetime.now(UTC),
            reason=reason.strip(),
        )
        finding = _finding(cause, resolved.title, digest(incident, component or "", problem or ""))
        context = await self._context(about)
        labelled_incidents = await self._labelled_incidents(about, resolved, occurrence, context)
        title = await self._title(resolved, occurrence, context, labelled_incidents)
        await self._save(about, cause, _Record(resolved, finding, title), labelled_incidents)
        await self._publish(incident)
        return finding

    async def _save(
        self,
        about: Incident,
        cause: NewCause,
        record: _Record,
        labelled_incidents: list[LabelledIncident] | None,
    ) -> None:
        async def unit(tx: Transaction) -> list[str]:
            await record.named.give_name(tx, by=cause.confirmed_by, at=cause.at)
            # It holds the incident too: one confirmation at a time.
            if not await causes.link(tx, await _held(tx, cause)):
                raise NotFound("the incident or its cause is gone", where=about.id)
            await causes.save_finding(tx, record.finding)
            if record.title is not None:
                await incidents.set_title(tx, about.id, record.title, confirmed=True)
            text, kind = record.finding.summary, ActKind.CAUSE_CONFIRMED
            await acts.save(tx, an_act(about.id, kind, cause.confirmed_by, cause.at, text))
            await jobs.ask(tx, JobKind.REMEMBER, [about.id])
            if labelled_incidents is None:
                return []
            earlier = await experiences.read_labelled_incidents(tx, about.id)
            for one in correcting(
                about.id, labelled_incidents, earlier, system=about.system, at=about.opened_at
            ):
                await experiences.append(tx, one)
            return await jobs.add(tx, JobKind.CATCH_UP, [ALL])

        for subject in await self._graph.write(unit, name="causes.confirm"):
            await self._sender.enqueue(JobKind.CATCH_UP, self._graph.workspace, subject)
        await self._learning.wake()

    async def _context(self, incident: Incident) -> IncidentCase | None:
        """None while the incident has no occurrences."""
        try:
            return await self._incident_cases.load(incident)
        except NotFound:
            return None

    async def _labelled_incidents(
        self,
        incident: Incident,
        named: NamedCause,
        occurrence: Occurrence | None,
        incident_case: IncidentCase | None,
    ) -> list[LabelledIncident] | None:
        """The labelled incidents from the telemetry of the incident's time: one, or none where
        nothing deviates. None when there is no telemetry: earlier labelled incidents remain."""
        component_name = named.component.name if named.component else None
        if component_name is None and occurrence is not None:
            component_name = (await components.get(self._graph, occurrence.component)).name
        cause = Cause(None, component_name)
        if named.problem is not None:
            kind = named.problem
            cause = Cause(kind.title, component_name, key=kind.key, role=kind.role, kind=kind.kind)
        if incident_case is None or not incident_case.case.series:
            return None
        by_incident = await diagnoses.find_by_incidents(self._graph, [incident.id])
        knowledge = await self._known.of_case(incident_case.case)

        def compute() -> LabelledIncident | None:
            shown = by_incident[0].analysis if by_incident else None
            return labelled_incident_about(
                incident_case.case,
                cause,
                replace(claims(incident_case.case, knowledge, self._known.weights), shown=shown),
            )

        labelled_incident = await asyncio.to_thread(compute)
        return [labelled_incident] if labelled_incident else []

    async def _title(
        self,
        named: NamedCause,
        occurrence: Occurrence | None,
        context: IncidentCase | None,
        labelled_incidents: Sequence[LabelledIncident] | None,
    ) -> str | None:
        """What the incident is called by the cause; None where its component is unknown."""
        component = named.component.name if named.component else None
        if component is None and occurrence is not None:
            component = (await components.get(self._graph, occurrence.component)).name
        if component is None and labelled_incidents:
            component = labelled_incidents[0].component
        if component is None:
            return None
        ids = [context.incident.id] if context else []
        shown = await diagnoses.find_by_incidents(self._graph, ids)
        return cause_title(
            component,
            problem=own_name(named.problem),
            behaviour=behaviour_at(component, shown[0].analysis) if shown else None,
            seen_at=context.case.target if context else None,
        )

    async def _occurrence(
        self, incident: str, component: str | None, problem: str | None
    ) -> Occurrence | None:
        """The incident's occurrence of that problem, on that component when one is named."""
        if problem is None:
            return None
        included = await occurrences.find_by_incidents(self._graph, [incident])
        return next(
            (
                one
                for one in included[incident]
                if one.problem == problem and component in (None, one.component)
            ),
            None,
        )


def _check_given(component: str | None, problem: str | None, reason: str) -> None:
    if component is None and problem is None:
        raise InvalidInput("name a component, a problem or both", where="component")
    if not reason.strip() or len(reason) > MAX_REASON:
        raise InvalidInput(f"give a reason of 1 to {MAX_REASON} characters", where="reason")


async def _held(tx: Transaction, cause: NewCause) -> NewCause:
    """`cause` with what its problem stands for now; it cannot be merged until the commit."""
    if cause.problem is None:
        return cause
    canonical = await problems.hold(tx, [cause.problem])
    return replace(cause, problem=canonical.get(cause.problem, cause.problem))


@dataclass(frozen=True, slots=True)
class _Record:
    """What is saved with a cause; `title` is the incident's, None where it can't be said."""

    named: NamedCause
    finding: Finding
    title: str | None


def _finding(cause: NewCause, title: str, what: str) -> Finding:
    return Finding(
        id=digest("finding", "cause", what),
        incident=cause.incident,
        summary=f"Confirmed cause: {title}. {cause.reason}",
        validated_by=cause.confirmed_by,
        reason=cause.reason,
        created_at=cause.at,
        labels={"kind": "confirmed_cause"},
    )
