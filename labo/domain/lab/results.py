"""One experiment from its request to its result, and how the result follows from its runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from labo.domain.causality.interventions import PairedEffect
from labo.domain.entities.conditions import Direction
from labo.domain.entities.keys import owner_and_metric
from labo.domain.lab.claims import Trials, effect_of, trials, trials_by_edge
from labo.domain.lab.paired_runs import (
    Difference,
    ExperimentVerdict,
    Observation,
    Signs,
    compared,
    judged,
    paired,
    side_effects,
    signs,
)
from labo.domain.lab.scenarios import EdgeUnderTest, Scenario
from labo.errors import InvalidInput


class ExperimentStatus(StrEnum):
    PLANNED = "planned"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class EdgeTest:
    """The effect of *do A* against *do not A* on edge `edge` (key), as measured by the runs."""

    edge: str
    effect: PairedEffect
    unmanipulated: int


@dataclass(frozen=True, slots=True)
class Result:
    """`success` in the scenario's order, the primary one first; a difference is arm B minus arm A.

    `stopped_early`: the sequential test had settled before all planned pairs were run; fewer pairs
    without it mean that the time was used up. `also` are the scenario's further claims. `log_e` is
    the natural logarithm of the larger of the test's two e-values.
    """

    pairs: int
    stopped_early: bool
    verdict: ExperimentVerdict
    log_e: float
    success: tuple[Difference, ...]
    side_effects: tuple[Difference, ...]
    edge: EdgeTest | None = None
    also: tuple[EdgeTest, ...] = ()

    @property
    def tests(self) -> tuple[EdgeTest, ...]:
        """The tests of all claims, the primary one first."""
        return (self.edge, *self.also) if self.edge is not None else ()


@dataclass(frozen=True, slots=True)
class Experiment:
    """One run of a scenario over the seeds from `first_seed` on.

    No two experiments of a scenario share a seed, so that each is independent evidence; `reason` is
    why it failed.
    """

    id: str
    scenario: str
    system: str
    first_seed: int
    seeds: int
    seconds: float
    requested_by: str
    status: ExperimentStatus = ExperimentStatus.PLANNED
    result: Result | None = None
    ended_at: datetime | None = None
    reason: str = ""

    def with_result(self, result: Result, ended_at: datetime | None = None) -> Experiment:
        return replace(
            self, status=ExperimentStatus.DONE, result=result, ended_at=ended_at, reason=""
        )

    @property
    def all_seeds(self) -> range:
        return range(self.first_seed, self.first_seed + self.seeds)


def watched(scenario: Scenario, a: Sequence[Observation], b: Sequence[Observation]) -> Signs:
    """What the stopping rule tests: the tested edge's trials, else the primary success metric."""
    pairs = paired(a, b)
    if scenario.tests is not None:
        return signs(trials(pairs, scenario.tests, clamped=scenario.is_clamped).differences)
    return _signs_in(scenario.success[0].metric, pairs)


def _signs_in(name: str, pairs: Sequence[tuple[Observation, Observation]]) -> Signs:
    return signs(
        b.measurements[name].value - a.measurements[name].value
        for a, b in pairs
        if name in a.measurements and name in b.measurements
    )


def result_of(
    scenario: Scenario, a: Sequence[Observation], b: Sequence[Observation], *, planned: int
) -> tuple[Result, dict[str, tuple[EdgeUnderTest, Trials]]]:
    """The result, and the trials of each claim by its edge's key, the tested one first.

    Raises InvalidInput when no run measured the primary success metric.
    """
    pairs = paired(a, b)
    differences = compared(pairs)
    names = [one.metric for one in scenario.success]
    if names[0] not in differences or not differences[names[0]].pairs:
        raise InvalidInput(
            "no run measured this metric",
            where=f"{scenario.key}: success: {names[0]}",
            hint=_nearby(names[0], differences),
        )
    found = _signs_in(names[0], pairs)
    complete = len(pairs) >= planned
    tested = trials_by_edge(pairs, scenario.claims, clamped=scenario.is_clamped)
    tests = [EdgeTest(key, effect_of(t), t.unmanipulated) for key, (_, t) in tested.items()]
    verdict = judged(
        differences[names[0]],
        found,
        better_is_up=scenario.success[0].better is Direction.HIGH,
        complete=complete,
    )
    result = Result(
        pairs=len(pairs),
        stopped_early=not complete and watched(scenario, a, b).settled,
        verdict=verdict,
        log_e=max(found.log_e_up, found.log_e_down),
        success=tuple(
            differences[name] for name in names if name in differences and differences[name].pairs
        ),
        side_effects=side_effects(differences, names),
        edge=tests[0] if tests else None,
        also=tuple(tests[1:]),
    )
    return result, tested


def _nearby(name: str, measured: dict[str, Difference]) -> str:
    component = owner_and_metric(name)[0]
    own = [other for other in measured if owner_and_metric(other)[0] == component]
    return f"measured: {', '.join((own or sorted(measured))[:10]) or 'nothing'}"
