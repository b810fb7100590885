"""A human confirms the cause of an incident: stored with who, when and why, also as a finding."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from graph import (
    confirmed_causes as causes,
)
from graph import (
    experiences,
    incidents,
    jobs,
    metric_sets,
    occurrences,
    problems,
)
from graph import (
    incident_acts as acts,
)
from graph.client import Graph, Transaction
from labo.domain.entities.jobs import ALL, JobKind
from labo.domain.entities.justification import justified
from labo.domain.entities.keys import digest
from labo.domain.escalation.proposals import Finding
from labo.domain.incidents.acts import ActKind, an_act
from labo.domain.incidents.confirmed_causes import NewCause
from labo.domain.incidents.incidents import Incident, Occurrence
from labo.domain.knowledge.experiences import LabelledIncident
from labo.domain.learning.labelled_incidents import correcting
from labo.errors import InvalidInput, NotFound
from labo.ports.jobs import Jobs
from labo.services.diagnosis import titles
from labo.services.incidents.cause_labels import CauseLabels
from labo.services.incidents.named_causes import NamedCause, find_named
from labo.services.learning.learner import LearningService

MAX_REASON = 4_000


class CauseService:
    """Confirming causes in one workspace."""

    def __init__(
        self,
        graph: Graph,
        labels: CauseLabels,
        learning: LearningService,
        sender: Jobs,
        publish: Callable[[str], Awaitable[None]],
    ) -> None:
        self._graph = graph
        self._labels = labels
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
        labelled_incidents, title = await self._labels.told(about, resolved, occurrence)
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
            text, kind = f"{record.named.title}. {cause.reason}", ActKind.CAUSE_CONFIRMED
            await acts.save(tx, an_act(about.id, kind, cause.confirmed_by, cause.at, text))
            await jobs.ask(tx, JobKind.REMEMBER, [about.id])
            if labelled_incidents is None:
                return []
            return await _correct(tx, about, labelled_incidents)

        await self._learn(await self._graph.write(unit, name="causes.confirm"))

    async def withdraw(self, incident: str, *, reason: str, by: str) -> Incident:
        """Take back every confirmed cause of an incident: its findings go, what was learnt from it
        no longer counts, and its title follows its diagnosis again. The timeline keeps who did
        both. A problem that a confirmation created with its name, and that nothing else knows, goes
        with it; any other keeps the name that it was given.

        Nothing happens where no cause is confirmed. Raises NotFound, InvalidInput, Unavailable.
        """
        by, reason = justified(by, reason)
        about = await incidents.get(self._graph, incident)
        context = await self._labels.context(about)
        shown = await self._labels.shown(context)

        async def unit(tx: Transaction) -> list[str] | None:
            # It holds the incident: no confirmation at the same time.
            taken_back = await causes.unlink(tx, incident, by=by)
            if taken_back is None:
                return None
            await metric_sets.mark_stale(tx, set(taken_back.problems))
            await problems.delete_unmet(tx, incident, taken_back.problems)
            await titles.set_after(tx, about, context, shown)
            at, kind = datetime.now(UTC), ActKind.CAUSE_WITHDRAWN
            await acts.save(tx, an_act(incident, kind, by, at, reason))
            await jobs.ask(tx, JobKind.REMEMBER, [incident])
            return await _correct(tx, about, [])

        following = await self._graph.write(unit, name="causes.withdraw")
        if following is not None:
            await self._learn(following)
            await self._publish(incident)
        return await incidents.get(self._graph, incident)

    async def _learn(self, following: list[str]) -> None:
        for subject in following:
            await self._sender.enqueue(JobKind.CATCH_UP, self._graph.workspace, subject)
        await self._learning.wake()

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


async def _correct(
    tx: Transaction, about: Incident, labelled_incidents: list[LabelledIncident]
) -> list[str]:
    """Let exactly these count as labels of the incident; what needs a message."""
    earlier = await experiences.read_labelled_incidents(tx, about.id)
    for one in correcting(
        about.id, labelled_incidents, earlier, system=about.system, at=about.opened_at
    ):
        await experiences.append(tx, one)
    return await jobs.add(tx, JobKind.CATCH_UP, [ALL])


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
