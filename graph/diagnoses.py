"""Diagnoses in the graph: the analysis as JSON columns, its suspects as relationships too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import JsonColumn, as_json, properties
from graph.statements import load
from labo.domain.diagnosis.conclusions import Observed
from labo.domain.entities.diagnoses import (
    Analysis,
    Basis,
    Chain,
    Diagnosis,
    Method,
    RuledOut,
    Suspect,
    Verdict,
)
from labo.domain.entities.keys import component_key
from labo.domain.entities.reasons import Reason
from labo.errors import NotFound


@dataclass(frozen=True, slots=True)
class DiagnosisRow:
    id: str
    incident: str
    verdict: Verdict
    method: Method
    model_version: str
    took_ms: float
    suspects: JsonColumn[tuple[Suspect, ...]]
    chains: JsonColumn[tuple[Chain, ...]]
    ruled_out: JsonColumn[tuple[RuledOut, ...]]
    missing: JsonColumn[tuple[Reason, ...]]
    next_metric: str | None
    created_at: datetime
    basis: JsonColumn[Basis | None]
    changes: JsonColumn[tuple[Reason, ...]]

    def to_domain(self) -> Diagnosis:
        analysis = Analysis(
            case=self.incident,
            verdict=self.verdict,
            suspects=self.suspects,
            chains=self.chains,
            ruled_out=self.ruled_out,
            missing=self.missing,
            next_metric=self.next_metric,
            took_ms=self.took_ms,
            method=self.method,
        )
        return Diagnosis(
            id=self.id,
            incident=self.incident,
            model_version=self.model_version,
            analysis=analysis,
            created_at=self.created_at,
            basis=self.basis,
            changes=self.changes,
        )


LINK_OBSERVED = load("diagnoses/link_observed", row=NoneType)
UPSERT_DIAGNOSED = load("incidents/upsert_diagnosed", row=str)
UPSERT_DIAGNOSIS = load("diagnoses/upsert_diagnosis", row=NoneType)
GET_DIAGNOSIS = load("diagnoses/get_diagnosis", row=DiagnosisRow)
FIND_DIAGNOSES = load("diagnoses/find_diagnoses", row=DiagnosisRow)


async def link_observed(tx: Transaction, incident: str, seen: Observed) -> None:
    """Save the occurrences that a diagnosis saw; their problems and conditions must exist."""
    rows = [
        {
            "id": occurrence.id,
            "problem": occurrence.problem,
            "component": occurrence.component,
            "condition": met.key,
            "properties": properties(occurrence),
        }
        for occurrence, met in zip(seen.occurrences, seen.conditions, strict=True)
    ]
    rows.sort(key=lambda row: str(row["id"]))
    await tx.run(LINK_OBSERVED, incident=incident, rows=rows)


async def mark_diagnosed(tx: Transaction, incident: str) -> None:
    """Advance an open incident; raises NotFound when there is none."""
    if not await tx.run(UPSERT_DIAGNOSED, id=incident):
        raise NotFound("there is no such incident", where=incident)


async def upsert(tx: Transaction, diagnosis: Diagnosis, system: str) -> None:
    """Save `diagnosis`; suspects are component names of `system`."""
    analysis = diagnosis.analysis
    await tx.run(
        UPSERT_DIAGNOSIS,
        id=diagnosis.id,
        incident=diagnosis.incident,
        properties={
            "verdict": analysis.verdict.value,
            "method": diagnosis.method.value,
            "model_version": diagnosis.model_version,
            "took_ms": analysis.took_ms,
            "suspects": as_json(analysis.suspects),
            "chains": as_json(analysis.chains),
            "ruled_out": as_json(analysis.ruled_out),
            "missing": as_json(analysis.missing),
            "next_metric": analysis.next_metric,
            "basis": as_json(diagnosis.basis),
            "changes": as_json(diagnosis.changes),
        },
        suspects=[
            {
                "component": component_key(system, suspect.component),
                "rank": rank,
                "probability": suspect.probability,
                "reasons": as_json(suspect.reasons),
            }
            for rank, suspect in enumerate(analysis.suspects, start=1)
        ],
    )


async def get(graph: Graph, diagnosis_id: str) -> Diagnosis:
    """Raises NotFound."""
    rows = await graph.fetch(GET_DIAGNOSIS, id=diagnosis_id)
    if not rows:
        raise NotFound("no such diagnosis", where=diagnosis_id)
    return rows[0].to_domain()


async def find_newest(tx: Transaction, incident: str) -> str | None:
    """The id of the diagnosis that the incident has now, within a transaction that holds it."""
    rows = await tx.run(FIND_DIAGNOSES, incidents=[incident], limit=1)
    return rows[0].id if rows else None


async def find_by_incidents(
    graph: Graph, incidents: Iterable[str], limit: int = 1
) -> list[Diagnosis]:
    """The `limit` newest diagnoses of each of these incidents, per incident the newest first."""
    rows = await graph.fetch(FIND_DIAGNOSES, incidents=sorted(set(incidents)), limit=limit)
    return [row.to_domain() for row in rows]
