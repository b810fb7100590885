"""The lab: scenarios that can be run, and the experiments that ran them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.edges import CausalEdgeType
from api.graphql.errors import ForbiddenType, InvalidInputType, NotFoundType
from api.graphql.pagination import IdArgument, NodeType, key_of
from api.graphql.permissions import described, guarded
from graph import experiments as stored
from labo.domain.entities.conditions import Direction
from labo.domain.entities.tokens import Scope
from labo.domain.lab.paired_runs import Difference, ExperimentVerdict
from labo.domain.lab.results import EdgeTest, Experiment, ExperimentStatus, Result
from labo.domain.lab.scenarios import Fault, Scenario, Success, Treatment, TreatmentKind


@strawberry.type(name="ScenarioParameter", description="A figure of a fault or a treatment.")
class ScenarioParameterType:
    name: str
    value: str


def _parameters(given: Fault | Treatment) -> list[ScenarioParameterType]:
    return [
        ScenarioParameterType(name=n, value=_text(v)) for n, v in sorted(given.parameters.items())
    ]


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


@strawberry.type(
    name="ScenarioFault", description="The injected fault; times in simulated seconds."
)
class ScenarioFaultType:
    kind: str
    target: str = strawberry.field(description="Name of the component.")
    parameters: list[ScenarioParameterType]
    at: float
    seconds: float | None = strawberry.field(description="Null: to the end of the run.")

    @classmethod
    def from_domain(cls, fault: Fault) -> ScenarioFaultType:
        return cls(
            kind=fault.kind,
            target=fault.target,
            parameters=_parameters(fault),
            at=fault.at,
            seconds=fault.seconds,
        )


@strawberry.type(name="ScenarioTreatment", description="What arm B changes.")
class ScenarioTreatmentType:
    kind: TreatmentKind
    target: str | None
    parameters: list[ScenarioParameterType]

    @classmethod
    def from_domain(cls, treatment: Treatment) -> ScenarioTreatmentType:
        return cls(
            kind=treatment.kind,
            target=treatment.target or None,
            parameters=_parameters(treatment),
        )


@strawberry.type(name="SuccessMetric", description="What the effect is measured on.")
class SuccessMetricType:
    metric: str = strawberry.field(description="`component:metric`.")
    better: Direction

    @classmethod
    def from_domain(cls, success: Success) -> SuccessMetricType:
        return cls(metric=success.metric, better=success.better)


@strawberry.type(
    name="Scenario",
    description="A fault in a simulated system. Arm A has the fault; arm B has the fault and the "
    "treatment, or no fault when there is no treatment.",
)
class ScenarioType(NodeType):
    edge_key: strawberry.Private[str | None]
    title: str
    system: str
    fault: ScenarioFaultType
    treatment: ScenarioTreatmentType
    success: list[SuccessMetricType]
    seconds: float = strawberry.field(description="Simulated, of each run, unless asked otherwise.")
    seeds: int = strawberry.field(description="Pairs of runs, at most, unless asked otherwise.")

    @classmethod
    def from_domain(cls, scenario: Scenario) -> ScenarioType:
        return cls(
            key=scenario.key,
            edge_key=scenario.tests.edge if scenario.tests else None,
            title=scenario.title,
            system=scenario.system,
            fault=ScenarioFaultType.from_domain(scenario.fault),
            treatment=ScenarioTreatmentType.from_domain(scenario.treatment),
            success=[SuccessMetricType.from_domain(one) for one in scenario.success],
            seconds=scenario.seconds,
            seeds=scenario.seeds,
        )

    @described("The causal edge that it tests; null: none, or not in the graph yet.")
    async def tests(self, info: Info) -> CausalEdgeType | None:
        return await _edge(info, self.edge_key)


@strawberry.type(name="MetricDifference", description="Arm B minus arm A in one metric.")
class MetricDifferenceType:
    metric: str = strawberry.field(description="`component:metric`.")
    pairs: int
    before: float = strawberry.field(description="Mean of arm A.")
    after: float = strawberry.field(description="Mean of arm B.")
    effect: float
    low: float = strawberry.field(description="Lower end of the effect's 95 % interval.")
    high: float = strawberry.field(description="Upper end of the effect's 95 % interval.")
    p_value: float = strawberry.field(description="Of the sign-flip permutation test.")

    @classmethod
    def from_domain(cls, one: Difference) -> MetricDifferenceType:
        return cls(
            metric=one.metric,
            pairs=one.pairs,
            before=one.before,
            after=one.after,
            effect=one.effect,
            low=one.low,
            high=one.high,
            p_value=one.p_value,
        )


@strawberry.type(name="EdgeTest", description="The pairs' evidence on the tested claim.")
class EdgeTestType:
    edge_key: strawberry.Private[str]
    pairs: int = strawberry.field(description="Pairs that test the claim.")
    effect: float = strawberry.field(
        description="How much more often the effect occurred with the cause."
    )
    low: float
    high: float
    unmanipulated: int = strawberry.field(
        description="Uninformative pairs: the cause did not differ, or the effect occurred even "
        "under a clamp."
    )

    @classmethod
    def from_domain(cls, tested: EdgeTest) -> EdgeTestType:
        return cls(
            edge_key=tested.edge,
            pairs=tested.effect.pairs,
            effect=tested.effect.mean,
            low=tested.effect.low,
            high=tested.effect.high,
            unmanipulated=tested.unmanipulated,
        )

    @described("The claim in its present state; null when no pair tested it.")
    async def edge(self, info: Info) -> CausalEdgeType | None:
        return await _edge(info, self.edge_key)


@strawberry.type(name="ExperimentResult", description="The result of an experiment.")
class ExperimentResultType:
    pairs: int
    stopped_early: bool = strawberry.field(
        description="The sequential test decided before all pairs had run."
    )
    verdict: ExperimentVerdict
    success: list[MetricDifferenceType]
    side_effects: list[MetricDifferenceType] = strawberry.field(
        description="Other metrics that changed, at a false discovery rate of 5 %."
    )
    edge_test: EdgeTestType | None

    @classmethod
    def from_domain(cls, result: Result) -> ExperimentResultType:
        tested = result.edge
        return cls(
            pairs=result.pairs,
            stopped_early=result.stopped_early,
            verdict=result.verdict,
            success=[MetricDifferenceType.from_domain(one) for one in result.success],
            side_effects=[MetricDifferenceType.from_domain(one) for one in result.side_effects],
            edge_test=EdgeTestType.from_domain(tested) if tested else None,
        )


@strawberry.type(name="Experiment", description="One scenario run over seeds of its own.")
class ExperimentType(NodeType):
    scenario_key: strawberry.Private[str]
    system: str
    status: ExperimentStatus
    first_seed: int
    seeds: int
    seconds: float = strawberry.field(description="Simulated, of each run.")
    requested_by: str
    ended_at: datetime | None
    reason: str | None = strawberry.field(description="Why it failed.")
    result: ExperimentResultType | None

    @classmethod
    def from_domain(cls, experiment: Experiment) -> ExperimentType:
        result = experiment.result
        return cls(
            key=experiment.id,
            scenario_key=experiment.scenario,
            system=experiment.system,
            status=experiment.status,
            first_seed=experiment.first_seed,
            seeds=experiment.seeds,
            seconds=experiment.seconds,
            requested_by=experiment.requested_by,
            ended_at=experiment.ended_at,
            reason=experiment.reason or None,
            result=ExperimentResultType.from_domain(result) if result else None,
        )

    @described("What was run.")
    async def scenario(self, info: Info) -> ScenarioType:
        return ScenarioType.from_domain(
            await info.context.services.experiments.scenario(self.scenario_key)
        )


async def _edge(info: Info, key: str | None) -> CausalEdgeType | None:
    edge = await info.context.loaders.knowledge.edge.load(key) if key else None
    return CausalEdgeType.from_domain(edge) if edge else None


ExperimentAnswer = Annotated[
    ExperimentType | NotFoundType | InvalidInputType | ForbiddenType,
    strawberry.union("ExperimentAnswer"),
]
ScenarioKey = Annotated[strawberry.ID, strawberry.argument(description="A scenario's key or id.")]
Seeds = Annotated[int | None, strawberry.argument(description="Pairs of runs, 2 to 200.")]
SimulatedSeconds = Annotated[
    float | None, strawberry.argument(description="Simulated seconds of each run.")
]


@strawberry.type
class ExperimentsQuery:
    @guarded(Scope.READ, "Scenarios that can be run in a simulated system.")
    async def scenarios(self, info: Info) -> list[ScenarioType]:
        return [ScenarioType.from_domain(s) for s in info.context.services.experiments.scenarios]

    @guarded(
        Scope.READ,
        "The latest experiment, planned or ended, of each of the `scenarios`.",
    )
    async def experiments(self, info: Info) -> list[ExperimentType]:
        latest = await info.context.services.experiments.latest()
        return [ExperimentType.from_domain(one) for one in latest]

    @guarded(Scope.READ, "One experiment, with its result once it has ended.")
    async def experiment(self, info: Info, id_: IdArgument) -> ExperimentAnswer:
        experiment = await stored.get(info.context.services.graph, key_of(ExperimentType, id_))
        return ExperimentType.from_domain(experiment)


@strawberry.type
class ExperimentsMutation:
    @guarded(Scope.OPERATE, "Have a worker run a scenario over fresh seeds.")
    async def run_scenario(
        self,
        info: Info,
        scenario: ScenarioKey,
        seeds: Seeds = None,
        seconds: SimulatedSeconds = None,
    ) -> ExperimentAnswer:
        experiment = await info.context.services.experiments.request(
            key_of(ScenarioType, scenario),
            by=info.context.caller.name,
            seeds=seeds,
            seconds=seconds,
        )
        return ExperimentType.from_domain(experiment)
