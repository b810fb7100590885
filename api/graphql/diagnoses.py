"""Diagnoses: the verdict on an incident, its suspects, and why."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.components import ComponentType
from api.graphql.context import Info
from api.graphql.errors import ConflictType, ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.events import LabelType, label_list
from api.graphql.pagination import IdArgument, NodeType, key_of
from api.graphql.permissions import described, guarded
from graph import diagnoses, incidents
from labo.domain.entities.diagnoses import (
    Basis,
    Chain,
    Diagnosis,
    Method,
    RuledOut,
    Suspect,
    Verdict,
    component_probabilities,
)
from labo.domain.entities.keys import component_key
from labo.domain.entities.reasons import Reason, ReasonKind
from labo.domain.entities.tokens import Scope
from labo.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from api.graphql.incidents import IncidentType


@strawberry.type(
    name="Reason", description="Never free text: a kind, and the values it is based on."
)
class ReasonType:
    kind: ReasonKind
    sentence: str = strawberry.field(description="The reason in plain words, from its values.")
    values: list[LabelType] = strawberry.field(description="Names and figures, as text.")

    @classmethod
    def from_domain(cls, reason: Reason) -> ReasonType:
        return cls(kind=reason.kind, sentence=reason.sentence, values=label_list(reason.values))


@strawberry.type(name="Suspect", description="A possible cause.")
class SuspectType:
    component_name: str
    problem_title: str | None = strawberry.field(description="None where no known one fits.")
    problem_key: str | None = strawberry.field(description="None where no known one fits.")
    probability: float = strawberry.field(
        description="Of being the cause; two simultaneous causes have half each. "
        "The rest to 1 is unknown."
    )
    component_probability: float = strawberry.field(
        description="That the component is the cause, by whichever of the listed problems: "
        "the sum over its suspects."
    )
    reasons: list[ReasonType]
    conditions: list[str] = strawberry.field(
        description="Keys of the conditions that its strongest deviation satisfies."
    )
    system: strawberry.Private[str]

    @classmethod
    def from_domain(cls, suspect: Suspect, share: float, system: str) -> SuspectType:
        """`share` is the component's probability."""
        return cls(
            component_name=suspect.component,
            problem_title=suspect.problem,
            problem_key=suspect.problem_key,
            probability=suspect.probability,
            component_probability=share,
            reasons=[ReasonType.from_domain(reason) for reason in suspect.reasons],
            conditions=list(suspect.conditions),
            system=system,
        )

    @described("The suspected component, if it is in the graph.")
    async def component(self, info: Info) -> ComponentType | None:
        key = component_key(self.system, self.component_name)
        component = await info.context.loaders.knowledge.component.load(key)
        return ComponentType.from_domain(component) if component else None


@strawberry.type(name="Chain", description="From the cause (first) to the target (last).")
class ChainType:
    components: list[str]
    conditions: list[str] = strawberry.field(
        description="State of each component: `metric:direction`, `normal`, or `unknown` without "
        "data."
    )

    @classmethod
    def from_domain(cls, chain: Chain) -> ChainType:
        return cls(components=list(chain.components), conditions=list(chain.conditions))


@strawberry.type(
    name="RuledOut", description="A component, or one problem on it, excluded as the cause."
)
class RuledOutType:
    component_name: str
    problem_key: str | None = strawberry.field(description="None: the component as a whole.")
    reason: ReasonType

    @classmethod
    def from_domain(cls, ruled_out: RuledOut) -> RuledOutType:
        return cls(
            component_name=ruled_out.component,
            problem_key=ruled_out.problem_key,
            reason=ReasonType.from_domain(ruled_out.reason),
        )


@strawberry.type(name="DiagnosisBasis", description="What there was to diagnose.")
class BasisType:
    as_of: datetime = strawberry.field(description="Telemetry until then was used.")
    occurrences: int = strawberry.field(description="Of the incident, as reported until then.")
    ongoing: int = strawberry.field(description="Of these, how many had not ended.")
    component_keys: list[str] = strawberry.field(description="Of the occurrences.")

    @classmethod
    def from_domain(cls, basis: Basis) -> BasisType:
        return cls(
            as_of=basis.as_of,
            occurrences=basis.occurrences,
            ongoing=basis.ongoing,
            component_keys=list(basis.components),
        )


@strawberry.type(name="Diagnosis", description="One analysis of one incident.")
class DiagnosisType(NodeType):
    verdict: Verdict
    method: Method
    model_version: str = strawberry.field(description="Of the algorithm.")
    took_ms: float = strawberry.field(description="Milliseconds, without reading the data.")
    created_at: datetime | None
    suspects: list[SuspectType] = strawberry.field(
        description="Likeliest component first; on it, a known problem before an unknown one when "
        "both are about equally likely."
    )
    chains: list[ChainType] = strawberry.field(
        description="Of the first three suspected components that the target depends on."
    )
    ruled_out: list[RuledOutType]
    missing: list[ReasonType] = strawberry.field(description="What data would have helped.")
    next_metric: str | None = strawberry.field(
        description="`component:metric` to measure next; null: none would be informative."
    )
    basis: BasisType | None = strawberry.field(
        description="null: saved by a version that did not record it."
    )
    changes: list[ReasonType] = strawberry.field(
        description="What differs from the diagnosis before, and what came in between. "
        "Empty for the first."
    )
    incident_id: strawberry.Private[str]

    @classmethod
    def from_domain(cls, diagnosis: Diagnosis, system: str) -> DiagnosisType:
        """`system` is the incident's: suspects are named within it."""
        analysis = diagnosis.analysis
        shares = component_probabilities(analysis.suspects)
        return cls(
            key=diagnosis.id,
            verdict=analysis.verdict,
            method=diagnosis.method,
            model_version=diagnosis.model_version,
            took_ms=analysis.took_ms,
            created_at=diagnosis.created_at,
            suspects=[
                SuspectType.from_domain(suspect, shares[suspect.component], system)
                for suspect in analysis.suspects
            ],
            chains=[ChainType.from_domain(chain) for chain in analysis.chains],
            ruled_out=[RuledOutType.from_domain(one) for one in analysis.ruled_out],
            missing=[ReasonType.from_domain(reason) for reason in analysis.missing],
            next_metric=analysis.next_metric,
            basis=BasisType.from_domain(diagnosis.basis) if diagnosis.basis else None,
            changes=[ReasonType.from_domain(reason) for reason in diagnosis.changes],
            incident_id=diagnosis.incident,
        )

    @described("The incident analysed.")
    async def incident(
        self, info: Info
    ) -> Annotated[IncidentType, strawberry.lazy("api.graphql.incidents")] | None:
        from api.graphql.incidents import IncidentType

        incident = await info.context.loaders.cases.incident.load(self.incident_id)
        return IncidentType.from_domain(incident) if incident else None


@strawberry.type(name="Reassessment", description="An incident diagnosed anew.")
class ReassessmentType:
    diagnosis: DiagnosisType = strawberry.field(description="What the incident has now.")
    kept: bool = strawberry.field(
        description="Whether it is the new one. false: the new one did not replace the one before."
    )
    reasons: list[ReasonType] = strawberry.field(
        description="What changed, or why the one before stays."
    )


DiagnosisResult = Annotated[
    DiagnosisType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("DiagnosisResult"),
]

DiagnosisChange = Annotated[
    ReassessmentType | NotFoundType | ConflictType | InvalidInputType | ForbiddenType,
    strawberry.union("DiagnosisChange"),
]


@strawberry.type
class DiagnosesQuery:
    @guarded(Scope.READ, "One diagnosis: by its own id, or the newest of an incident.")
    async def diagnosis(
        self,
        info: Info,
        id_: Annotated[strawberry.ID | None, strawberry.argument(name="id")] = None,
        incident: strawberry.ID | None = None,
    ) -> DiagnosisResult:
        if (id_ is None) == (incident is None):
            raise InvalidInput("give either `id` or `incident`", where="id")
        diagnosis = await _by_incident(info, incident) if incident else await _by_id(info, str(id_))
        owner = await info.context.loaders.cases.incident.load(diagnosis.incident)
        return DiagnosisType.from_domain(diagnosis, owner.system if owner else "default")


@strawberry.type
class DiagnosesMutation:
    @guarded(
        Scope.OPERATE,
        "Diagnose an incident anew. The answer replaces the one before where it says more: "
        "queries never do that. An incident that is over keeps what it has.",
    )
    async def diagnose_incident(self, info: Info, id_: IdArgument) -> DiagnosisChange:
        from api.graphql.incidents import IncidentType

        key = key_of(IncidentType, id_)
        incident = await incidents.get(info.context.services.graph, key)
        reassessed = await info.context.services.diagnosis.reassess(key)
        if reassessed is None:
            kept = await _by_incident(info, key)
            shown = DiagnosisType.from_domain(kept, incident.system)
            return ReassessmentType(diagnosis=shown, kept=False, reasons=[])
        return ReassessmentType(
            diagnosis=DiagnosisType.from_domain(reassessed.diagnosis, incident.system),
            kept=reassessed.is_new,
            reasons=[ReasonType.from_domain(reason) for reason in reassessed.reasons],
        )


async def _by_id(info: Info, given: str) -> Diagnosis:
    return await diagnoses.get(info.context.services.graph, key_of(DiagnosisType, given))


async def _by_incident(info: Info, given: str) -> Diagnosis:
    from api.graphql.incidents import IncidentType

    newest = (key_of(IncidentType, given), 1)
    diagnoses = await info.context.loaders.cases.diagnoses.load(newest)
    if not diagnoses:
        raise NotFound("the incident has no diagnosis", where="incident")
    return diagnoses[0]
