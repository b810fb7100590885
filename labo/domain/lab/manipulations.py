"""What each fault of the lab manipulates, and so which claims a run with it can test.

An intervention is evidence about A → B only when it affects B through A alone (Woodward, Making
Things Happen, 2003, section 3.1). A fault is listed with the single metric that it moves directly,
and with the `sides` to which only that metric can transmit it. Fat-hand faults (a bad version is
slow, fails and restarts) are not listed, as they manipulate several variables at once (Eberhardt
and Scheines, Philosophy of Science 74, 2007).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from labo.domain.causality.cooccurrence import RelatedComponent
from labo.domain.causality.edges import Relation
from labo.domain.entities.conditions import Direction
from labo.domain.lab.scenarios import EdgeUnderTest, Symptom

ALL = frozenset({Relation.SAME, Relation.CALLEE, Relation.CALLER, Relation.SHARED})
TO_CALLERS = frozenset({Relation.CALLEE})
TO_CALLEES = frozenset({Relation.CALLER})


@dataclass(frozen=True, slots=True)
class Manipulation:
    """Fault `fault` makes a metric of its target whose name ends in `metric` go `direction`.

    `sides` are the relations of the claims that a run can test: a component that is down calls
    nobody, which its callees observe as few requests and nothing else, whereas its callers observe
    refused calls.
    """

    fault: str
    metric: str
    direction: Direction
    sides: frozenset[Relation] = ALL


MANIPULATIONS: tuple[Manipulation, ...] = (
    Manipulation("latency", "duration.p95", Direction.HIGH),
    Manipulation("errors", "error_ratio", Direction.HIGH),
    Manipulation("crash", "http.server.request.rate", Direction.LOW, TO_CALLEES),
    Manipulation("crash", "messaging.process.rate", Direction.LOW, TO_CALLEES),
    Manipulation("partition", "http.server.request.rate", Direction.LOW, TO_CALLEES),
    Manipulation("expired_certificate", "http.server.request.rate", Direction.LOW, TO_CALLEES),
    Manipulation("traffic_spike", "http.server.request.rate", Direction.HIGH, TO_CALLEES),
    Manipulation("queue_backlog", "queue.length", Direction.HIGH, TO_CALLERS),
    Manipulation("pool_exhaustion", "connection.pending_requests", Direction.HIGH),
    Manipulation("cpu_saturation", "system.cpu.utilization", Direction.HIGH),
    Manipulation("cache_stampede", "cache.entries", Direction.LOW),
    Manipulation("cache_flush", "cache.entries", Direction.LOW),
    Manipulation("low_hit_ratio", "cache.entries", Direction.LOW),
)

EFFECTS: tuple[tuple[str, Direction], ...] = (
    ("duration.p95", Direction.HIGH),
    ("error_ratio", Direction.HIGH),
    ("rate", Direction.HIGH),
    ("rate", Direction.LOW),
)
"""What users of a component see: latency, errors, traffic."""


def claims(
    fault: str,
    target: RelatedComponent,
    around: Sequence[RelatedComponent],
    metrics: Mapping[str, Collection[str]],
) -> Iterator[EdgeUnderTest]:
    """Every claim that a run with `fault` on `target` can test.

    `around` are the components next to the target, itself included, each with the target's relation
    to it; `metrics` are the measured ones by component. Empty for a fault that is not listed, or
    whose metric is not measured.
    """
    for one in MANIPULATIONS:
        if one.fault != fault:
            continue
        for metric in _ending(metrics.get(target.component, ()), one.metric):
            cause = Symptom(target.component, target.role, metric, one.direction)
            for neighbour in around:
                if neighbour.relation in one.sides:
                    for effect in _effects(neighbour, metrics.get(neighbour.component, ())):
                        is_itself = effect.problem.key == cause.problem.key
                        if not (is_itself and neighbour.relation is Relation.SAME):
                            yield EdgeUnderTest(cause, effect, neighbour.relation)


def _effects(neighbour: RelatedComponent, metrics: Collection[str]) -> Iterator[Symptom]:
    for suffix, direction in EFFECTS:
        for metric in _ending(metrics, suffix):
            yield Symptom(neighbour.component, neighbour.role, metric, direction)


def _ending(metrics: Collection[str], suffix: str) -> list[str]:
    return sorted(metric for metric in metrics if _is(metric, suffix))


def likes(test: EdgeUnderTest) -> tuple[str, ...]:
    """The groups of similar claims between other roles, the widest first: the same effect in the
    same relation, and of these the ones with the same cause."""
    cause = next(m.metric for m in MANIPULATIONS if _is(test.cause.metric, m.metric))
    effect = next(suffix for suffix, _ in EFFECTS if _is(test.effect.metric, suffix))
    wide = f"{test.relation.value} {effect} {test.effect.direction.value}"
    return wide, f"{cause} {test.cause.direction.value} {wide}"


def _is(metric: str, suffix: str) -> bool:
    return metric == suffix or metric.endswith(f".{suffix}")
