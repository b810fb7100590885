"""Scenarios: what to provoke in a simulated system, what to change, and what to measure.

A scenario has two arms that differ in one thing only. Without a treatment, arm A has the fault and
arm B does not: *do A* against *do not A*. With one, both have the fault, and only arm B has the
treatment; a clamp suppresses the manipulated problem while its causes remain, so that this too is
*do A* against *do not A* (Pearl, Causality, 2009, chapter 3).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from labo.domain.causality.edges import Relation, edge_key
from labo.domain.entities.conditions import Direction
from labo.domain.entities.keys import digest, measurement_key, owner_and_metric
from labo.domain.entities.problems import Problem, metric_problem
from labo.errors import InvalidInput

MOST_SEEDS = 200
"""Pairs of runs that a scenario may ask for; it bounds the engine's work. The engine refuses more
too (`engine.arm`)."""
MOST_SECONDS = 7_200.0
"""Simulated seconds that a run may last, which bounds it likewise. By judgement."""
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class TreatmentKind(StrEnum):
    """What an operator could change. `CLAMP` keeps the target as it is without the fault."""

    NONE = "none"
    BIGGER_POOL = "bigger_pool"
    LONGER_TTL = "longer_ttl"
    RETRY_BUDGET = "retry_budget"
    RATE_LIMIT = "rate_limit"
    ROLLBACK = "rollback"
    CLAMP = "clamp"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the engine's catalogue on component `target`, from `at` for `seconds`.

    Times are simulated seconds since the run's start; without `seconds` it lasts to the end.
    `parameters` are the engine's own: `intensity`, `ramp`, `operation`, `peer`.
    """

    kind: str
    target: str
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    at: float = 0.0
    seconds: float | None = None


EPOCH = 1_767_225_600.0
"""1 January 2026: the default start of simulated time."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A window of one run, to be emitted as a monitored system would emit it.

    Without faults this is a no-fault (control) run. `interval` is between samples; `epoch` is the
    run's start in seconds since 1970, so that the same capture gives the same telemetry.
    """

    system: str
    faults: tuple[Fault, ...] = ()
    seconds: float = 420.0
    seed: int = 0
    interval: float = 10.0
    epoch: float = EPOCH


@dataclass(frozen=True, slots=True)
class Treatment:
    """A change of component `target`; for `NONE` there is neither target nor parameter."""

    kind: TreatmentKind = TreatmentKind.NONE
    target: str = ""
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Symptom:
    """How a problem shows: `metric` (a kind) of `component` (of `role`) goes `direction`."""

    component: str
    role: str
    metric: str
    direction: Direction

    @property
    def name(self) -> str:
        """The name in a run's measurements: `component:metric`."""
        return measurement_key(self.component, self.metric)

    @property
    def problem(self) -> Problem:
        """The kind of problem, with the key that a diagnosis of the same symptom gives it."""
        return metric_problem(self.role, self.metric, self.direction)


@dataclass(frozen=True, slots=True)
class EdgeUnderTest:
    """The claim that a scenario tests; `relation` is the cause's, seen from the effect."""

    cause: Symptom
    effect: Symptom
    relation: Relation

    @property
    def symptoms(self) -> tuple[Symptom, Symptom]:
        return self.cause, self.effect

    @property
    def edge(self) -> str:
        return edge_key(self.cause.problem.key, self.effect.problem.key, self.relation)


@dataclass(frozen=True, slots=True)
class Success:
    """`metric` is `component:metric`; `better` is which way an operator wants it to go."""

    metric: str
    better: Direction = Direction.LOW


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a comparison, as requested from an engine; `onset` ends the baseline."""

    name: str
    system: str
    faults: tuple[Fault, ...]
    treatment: Treatment
    seconds: float
    onset: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """`success` are the metrics that the effect is measured on, the primary one first; changes in
    all others are side effects. `system` is the name of a description that the engine has. `also`
    are further claims that the same manipulation tests; the stopping rule uses `tests` alone.
    """

    key: str
    title: str
    system: str
    fault: Fault
    success: tuple[Success, ...]
    treatment: Treatment = field(default_factory=Treatment)
    tests: EdgeUnderTest | None = None
    also: tuple[EdgeUnderTest, ...] = ()
    seconds: float = 240.0
    seeds: int = 12

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """What is compared: A, then B, which lacks the fault or has the treatment."""
        treated = self.treatment.kind is not TreatmentKind.NONE
        faults = (self.fault,)
        onset = self.fault.at
        a = Arm("a", self.system, faults, Treatment(), self.seconds, onset)
        b = Arm("b", self.system, faults if treated else (), self.treatment, self.seconds, onset)
        return a, b

    @property
    def claims(self) -> tuple[EdgeUnderTest, ...]:
        """All claims that its runs test, the primary one first."""
        return (self.tests, *self.also) if self.tests is not None else ()

    @property
    def is_clamped(self) -> bool:
        return self.treatment.kind is TreatmentKind.CLAMP

    @property
    def tests_edge(self) -> bool:
        """Whether arm B is *do not A*: no fault, or the manipulated problem clamped."""
        held = (TreatmentKind.NONE, TreatmentKind.CLAMP)
        return self.tests is not None and self.treatment.kind in held


def check(scenario: Scenario) -> Scenario:
    """The scenario itself. Raises InvalidInput naming the field for one that cannot be run."""
    _require(bool(_KEY.fullmatch(scenario.key)), "key", "lower-case letters, digits and hyphens")
    _require(bool(scenario.title.strip()), "title", "must not be empty")
    _require(bool(scenario.success), "success", "needs at least one metric")
    for one in scenario.success:
        _require(all(owner_and_metric(one.metric)), "success", "is `component:metric`")
        _require(one.better in (Direction.HIGH, Direction.LOW), "success", "better: high or low")
    _require(0 < scenario.seconds <= MOST_SECONDS, "seconds", f"more than 0, to {MOST_SECONDS:g}")
    _require(2 <= scenario.seeds <= MOST_SEEDS, "seeds", f"2 to {MOST_SEEDS}")
    fault = scenario.fault
    _require(bool(fault.kind and fault.target), "fault", "needs a kind and a target")
    _require(
        0 < fault.at < scenario.seconds, "fault.at", "must be after the start, to have a baseline"
    )
    lasts = fault.seconds is None or 0 < fault.seconds < math.inf
    _require(lasts, "fault.seconds", "more than 0")
    for where, given in (("fault", fault), ("treatment", scenario.treatment)):
        finite = all(
            isinstance(value, str) or math.isfinite(value) for value in given.parameters.values()
        )
        _require(finite, f"{where}.parameters", "are finite")
    _check_treatment(scenario)
    return scenario


def _check_treatment(scenario: Scenario) -> None:
    kind = scenario.treatment.kind
    named = bool(scenario.treatment.target)
    _require(named == (kind is not TreatmentKind.NONE), "treatment.target", "which component?")
    _require(scenario.tests is not None or not scenario.also, "also", "requires `tests`")
    held = scenario.treatment.target if kind is TreatmentKind.CLAMP else scenario.fault.target
    for tested in scenario.claims:
        _require(
            kind in (TreatmentKind.NONE, TreatmentKind.CLAMP),
            "tests",
            "an edge can only be tested by leaving the fault out, or by a clamp",
        )
        _check_claim(tested, held)


def _check_claim(tested: EdgeUnderTest, held: str) -> None:
    on_held = tested.cause.component == held
    _require(on_held, "tests.cause", f"must be the manipulated problem, on {held}")
    for name, symptom in (("cause", tested.cause), ("effect", tested.effect)):
        known = symptom.direction in (Direction.HIGH, Direction.LOW)
        _require(known, f"tests.{name}.direction", "high or low")
    same = tested.cause.component == tested.effect.component
    agree = same == (tested.relation is Relation.SAME)
    _require(agree, "tests.relation", "`same` if and only if both are on one component")


def _require(holds: bool, where: str, message: str) -> None:
    if not holds:
        raise InvalidInput(message, where=where)


def experiment_id(scenario: str, first_seed: int) -> str:
    """Identified by scenario (key) and first seed, which no two experiments share."""
    return digest("experiment", scenario, str(first_seed))
