"""Verifying an executed action on real telemetry, and what it says of causal claims."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import structlog

from graph import blocks, edges, evidence, occurrences
from graph.client import Graph
from labo.domain.causality.edges import CausalEdge
from labo.domain.diagnosis.scope import with_complete_rates
from labo.domain.entities.keys import component_key, system_and_name
from labo.domain.entities.series import Case, Series, SeriesQuery, Window
from labo.domain.escalation.action_evidence import evidence_of_action
from labo.domain.escalation.action_look import ActedIncident, VerificationLimits
from labo.domain.escalation.executions import Execution
from labo.domain.escalation.spontaneous_ends import SpontaneousEnds, ends_without_action
from labo.domain.escalation.verification import verified
from labo.domain.escalation.verification_outcomes import Verification
from labo.domain.incidents.incidents import Incident
from labo.domain.telemetry.rollups import STEPS
from labo.errors import InvalidInput
from labo.services.causality.edges import EdgeService
from labo.services.diagnosis.cases import IncidentCase, IncidentCases

log = structlog.get_logger()

_WRITER = "verification"
SETTLED_STEP = timedelta(seconds=STEPS[0])
"""A value is known once its step is over and its telemetry has arrived: what is looked at ends so
much earlier than the moment of the look, else its newest values would always be missing."""


class VerificationService:
    """`verify` only reads, so that it may be asked again; `record` counts an execution once."""

    def __init__(
        self,
        graph: Graph,
        incident_cases: IncidentCases,
        edge_service: EdgeService,
        limits: VerificationLimits | None = None,
    ) -> None:
        self._graph = graph
        self._incident_cases = incident_cases
        self._edges = edge_service
        self._limits = limits or VerificationLimits()

    async def verify(
        self, incident: Incident, execution: Execution, *, now: datetime | None = None
    ) -> Verification:
        """What the execution did, as far as it is known `now`; with `not_yet`, ask again at
        `look_again_at` (epoch seconds).

        Raises InvalidInput for an execution that has not ended, NotFound for an incident without
        occurrences, Unavailable.
        """
        at = now or datetime.now(UTC)
        # Where nobody knows when it ended, it did at the end of its lease.
        began, ended = execution.started_at, execution.ended_at or execution.lease_until
        if began is None or ended is None:
            raise InvalidInput("the execution has not ended", where=execution.id)
        loaded = await self._incident_cases.load(incident, began)
        case = await self._with_what_came(loaded, at)
        onset = min(one.started_at for one in loaded.occurrences)
        acted = ActedIncident(
            series=case.series,
            topology=case.topology,
            baseline=case.baseline,
            affected=frozenset(system_and_name(one.component)[1] for one in loaded.occurrences),
            onset=onset.timestamp(),
            target=execution.action.target,
            began=began.timestamp(),
            ended=ended.timestamp(),
            ends=await self._ends(loaded, onset),
        )
        behind = (self._incident_cases.lateness + SETTLED_STEP).total_seconds()
        found = await asyncio.to_thread(verified, acted, at.timestamp() - behind, self._limits)
        if found.look_again_at is not None:
            found = replace(found, look_again_at=found.look_again_at + behind)
        because = found.reasons[:1]
        log.info("action.verified", execution=execution.id, outcome=found.outcome, because=because)
        return found

    async def record(
        self, incident: Incident, execution: Execution, verification: Verification
    ) -> list[CausalEdge]:
        """Count the verified execution as evidence on the claims that it tested: from a problem on
        its target to another one of the incident. Again, nothing changes. Raises Unavailable."""
        at = execution.ended_at or datetime.now(UTC)
        kept = []
        for edge in await self._tested(incident, execution):
            piece = evidence_of_action(
                execution.id, edge, verification, system=incident.system, observed_at=at
            )
            if piece is not None:
                kept.append(await self._edges.record_evidence(piece, by=_WRITER))
        return kept

    async def _tested(self, incident: Incident, execution: Execution) -> list[CausalEdge]:
        included = (await occurrences.find_by_incidents(self._graph, [incident.id]))[incident.id]
        target = component_key(incident.system, execution.action.target)
        causes = {one.problem for one in included if one.component == target}
        effects = {one.problem for one in included if one.component != target}
        claimed = await edges.find_by_effect(self._graph, effects)
        return [edge for edge in claimed if edge.cause in causes]

    async def _with_what_came(self, loaded: IncidentCase, now: datetime) -> Case:
        """The case with the telemetry of the components from the symptom on, up to `now`."""
        case = loaded.case
        query = SeriesQuery(
            self._graph.workspace,
            loaded.incident.system,
            Window(case.symptom.start, now),
            components=frozenset(case.topology.components),
        )
        newer = await self._incident_cases.telemetry.series(query)
        start = case.symptom.start.timestamp()
        joined = {
            key: _joined(case.series.get(key), newer.get(key), start)
            for key in case.series.keys() | newer.keys()
        }
        return with_complete_rates(
            replace(case, series=joined), now - self._incident_cases.lateness
        )

    async def _ends(self, loaded: IncidentCase, onset: datetime) -> SpontaneousEnds:
        """How earlier episodes of the incident's problem on its component ended."""
        target = loaded.target
        found = await evidence.episodes_of(self._graph, [target.problem], onset)
        earlier = [
            (one.start, one.end)
            for one in found.get(target.problem, [])
            if one.component == target.component and one.start < onset.timestamp()
        ]
        past = await blocks.find_history(self._graph, target.component, loaded.incident.id)
        acted_at = [one.started_at.timestamp() for one in past if one.started_at]
        return ends_without_action(earlier, acted_at, onset.timestamp())


def _joined(before: Series | None, newer: Series | None, start: float) -> Series:
    """What was there before `start`, and all that is newer."""
    if before is None or newer is None:
        return before or newer or Series(np.empty(0), np.empty(0))
    kept = before.timestamps < start
    return Series(
        np.concatenate([before.timestamps[kept], newer.timestamps]),
        np.concatenate([before.values[kept], newer.values]),
    )
