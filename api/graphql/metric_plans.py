"""Plans: what to measure first, and what after each measurement."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from labo.domain.metric_sets.plans import Node, Plan, Stop
from labo.domain.metric_sets.sets import State


@strawberry.type(name="PlanMeasurement", description="A metric that was measured, and its state.")
class PlanMeasurementType:
    metric: str
    state: State


@strawberry.type(name="CauseProbability", description="How probable a cause is.")
class CauseProbabilityType:
    cause: str = strawberry.field(description="As in the set's `rivals`, or `healthy`.")
    probability: float


@strawberry.type(name="PlanNode", description="One node of the plan's decision tree.")
class PlanNodeType:
    parent: int | None = strawberry.field(description="Index of the parent node; null: the root.")
    measurements: list[PlanMeasurementType] = strawberry.field(
        description="The measurements that lead here."
    )
    chance: float = strawberry.field(description="Probability of getting here.")
    probabilities: list[CauseProbabilityType] = strawberry.field(
        description="Of the causes after these measurements, likeliest first; they sum to 1."
    )
    next_metric: str | None = strawberry.field(description="What to measure here.")
    gain: float | None = strawberry.field(description="Expected information gain, in bits.")
    cost: float | None
    stop: Stop | None = strawberry.field(description="Why nothing more is to be measured.")

    @classmethod
    def from_domain(cls, node: Node) -> PlanNodeType:
        return cls(
            parent=node.parent,
            measurements=[
                PlanMeasurementType(metric=m, state=state) for m, state in node.measurements
            ],
            chance=node.chance,
            probabilities=_ranked(node.probabilities),
            next_metric=node.step.metric if node.step else None,
            gain=node.step.gain if node.step else None,
            cost=node.step.cost if node.step else None,
            stop=node.stop,
        )


def _ranked(probabilities: Mapping[str, float]) -> list[CauseProbabilityType]:
    ordered = sorted(probabilities.items(), key=lambda one: (-one[1], one[0]))
    return [CauseProbabilityType(cause=cause, probability=p) for cause, p in ordered]


@strawberry.type(name="MetricPlan", description="A decision tree of measurements.")
class MetricPlanType:
    nodes: list[PlanNodeType] = strawberry.field(description="A parent before its children.")
    expected_cost: float = strawberry.field(description="Of following it, on average.")
    expected_sure: float = strawberry.field(
        description="Probability that it ends with one cause at 0.9 or more."
    )

    @classmethod
    def from_domain(cls, found: Plan) -> MetricPlanType:
        return cls(
            nodes=[PlanNodeType.from_domain(node) for node in found.nodes],
            expected_cost=found.expected_cost,
            expected_sure=found.expected_sure,
        )
