"""A human confirms the cause of an incident: stored with who, when and why, also as a finding."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
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
from labo.domain.entities.diagnoses import Analysis
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
        labelled_incidents, title = await self._told(about, resolved, occurrence)
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

    async def _told(
        self, about: Incident, named: NamedCause, occurrence: Occurrence | None
    ) -> tuple[list[LabelledIncident] | None, str | None]:
        """What is learnt from the cause, and the title that the incident has by it; None where its
        component is unknown."""
        context = await self._context(about)
        place, shown = await self._place(named, occurrence), await self._shown(context)
        labelled_incidents = await self._labelled_incidents(named, place, context, shown)
        if place is None and labelled_incidents:
            place = labelled_incidents[0].component
        return labelled_incidents, _title(named, place, context, shown) if place else None

    async def _context(self, incident: Incident) -> IncidentCase | None:
        """None while the incident has no occurrences."""
        try:
            return await self._incident_cases.load(incident)
        except NotFound:
            return None

    async def _place(self, named: NamedCause, occurrence: Occurrence | None) -> str | None:
        """The name of the cause's component; None where nobody said it."""
        if named.component is not None or occurrence is None:
            return named.component.name if named.component else None
        return (await components.get(self._graph, occurrence.component)).name

    async def _shown(self, context: IncidentCase | None) -> Analysis | None:
        """The diagnosis that the incident has."""
        if context is None:
            return None
        found = await diagnoses.find_by_incidents(self._graph, [context.incident.id])
        return found[0].analysis if found else None

    async def _labelled_incidents(
        self,
        named: NamedCause,
        place: str | None,
        incident_case: IncidentCase | None,
        shown: Analysis | None,
    ) -> list[LabelledIncident] | None:
        """The labelled incidents from the telemetry of the incident's time: one, or none where
        nothing deviates. None when there is no telemetry: earlier labelled incidents remain."""
        cause = Cause(None, place)
        if named.problem is not None:
            kind = named.problem
            cause = Cause(kind.title, place, key=kind.key, role=kind.role, kind=kind.kind)
        if incident_case is None or not incident_case.case.series:
            return None
        knowledge = await self._known.of_case(incident_case.case)

        def compute() -> LabelledIncident | None:
            return labelled_incident_about(
                incident_case.case,
                cause,
                replace(claims(incident_case.case, knowledge, self._known.weights), shown=shown),
            )

        labelled_incident = await asyncio.to_thread(compute)
        return [labelled_incident] if labelled_incident else []

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


def _title(
    named: NamedCause, place: str, context: IncidentCase | None, shown: Analysis | None
) -> str | None:
    """What the incident is called by the cause on the component `place` (name)."""
    return cause_title(
        place,
        problem=own_name(named.problem),
        behaviour=behaviour_at(place, shown) if shown else None,
        seen_at=context.case.target if context else None,
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
