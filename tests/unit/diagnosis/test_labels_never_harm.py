"""A label never harms: what was learnt moves the component little, and never against telemetry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.causality.edges import EdgeStatus, Relation
from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.classification.learnt import Learnt
from labo.domain.diagnosis.classification.weights import Measured, Weights
from labo.domain.diagnosis.shrinkage import STRONG_LABELS
from labo.domain.entities.conditions import Direction
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.problems import metric_problem
from labo.domain.entities.reasons import ReasonKind
from labo.domain.entities.series import Case
from labo.domain.knowledge.calibration import Calibration
from labo.domain.knowledge.experiences import TrainingExample
from labo.domain.knowledge.knowledge import Knowledge, KnownEdge, KnownProblem
from labo.domain.knowledge.signatures import Signature, signature
from tests.builders.labelled_systems import (
    CALLS,
    FAULTS,
    METRICS,
    ROLES,
    a_fault,
    a_system,
)

NAMES = tuple(sorted(ROLES))
ROUNDING = 2e-4
"""Shown probabilities have four digits, cut or rounded."""
LEAST_SHOWN = 0.01

sizes = st.sampled_from((0.0, 0.0, 0.0, 4.0, 9.0, -6.0, 30.0))
shifted = st.dictionaries(st.sampled_from(METRICS), sizes, max_size=3)
shifts = st.dictionaries(st.sampled_from(NAMES), shifted, max_size=4)
calls = st.lists(
    st.sampled_from([*CALLS, *combinations(NAMES, 2)]), min_size=2, max_size=8, unique=True
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any faults on any graph of calls; what is not shifted is calm for certain."""
    return a_system(
        draw(shifts),
        seed=draw(st.integers(0, 50)),
        calls=draw(calls),
        target=draw(st.sampled_from(("web", "orders"))),
    )


@st.composite
def spreading(draw: st.DrawFn) -> Case:
    """A fault that its callers show as well, so that its component explains the rest."""
    fault, component = draw(st.sampled_from(sorted(FAULTS))), draw(st.sampled_from(NAMES))
    passed_on, seed = draw(st.sampled_from((0.3, 0.6, 1.0, 1.5))), draw(st.integers(0, 50))
    return a_fault(fault, component, seed=seed, passed_on=passed_on)


@st.composite
def signatures(draw: st.DrawFn, key: str, role: str, metrics: Sequence[str]) -> list[Signature]:
    """Any signature of one problem, from any number of labels."""
    links = []
    labels = draw(st.sampled_from((1, 2, 5, 20, 200)))
    for metric in draw(st.lists(st.sampled_from(metrics), min_size=1, max_size=4, unique=True)):
        for way in (Direction.HIGH, Direction.LOW):
            hits = draw(st.integers(0, labels))
            size = draw(st.sampled_from((0.0, 3.0, 9.0, -9.0)))
            counts = (hits, labels - hits, 0, 0, size * labels, size * size * labels)
            links.append(signature(key, role, metric, way, counts))
    return links


@st.composite
def knowledge(draw: st.DrawFn, metrics: Sequence[str] = METRICS) -> Knowledge:
    """Any problems on any roles, claims among them, and perhaps learnt weights."""
    problems = []
    for number in range(draw(st.integers(1, 4))):
        role, key = draw(st.sampled_from(("service", "database"))), f"p{number}"
        conditions = tuple(draw(signatures(key, role, metrics)))
        title = draw(st.sampled_from(("one", "two", "three")))
        problems.append(KnownProblem(key, title, role, draw(st.integers(0, 90)), conditions))
    edges = [
        KnownEdge(one.key, other.key, Relation.CALLEE, EdgeStatus.VALIDATED, 0.95, 0.95)
        for one, other in combinations(problems, 2)
        if draw(st.booleans())
    ]
    shown = [
        metric_problem(role, metric, Direction.HIGH).key
        for role in ("service", "database")
        for metric in metrics
    ]
    relations = st.sampled_from((Relation.CALLEE, Relation.SAME))
    edges += [
        KnownEdge(cause, effect, draw(relations), EdgeStatus.VALIDATED, 0.95, 0.95)
        for cause, effect in draw(st.lists(st.permutations(shown).map(lambda p: p[:2]), max_size=6))
    ]
    causes = draw(st.sampled_from((0, 0, 20, 100)))
    examples = tuple(TrainingExample("service", "one", {}) for _ in range(causes))
    return Knowledge(tuple(problems), tuple(edges), training_examples=examples)


def any_weights(seed: int) -> object:
    """Weights that were learnt from anything, as large as any."""

    def learnt_of(_: tuple[TrainingExample, ...], __: Measured) -> Learnt:
        rng = np.random.default_rng(seed)
        names = [f"role={role}" for role in set(ROLES.values())]
        names += [f"{m}:{way}:{i}" for m in METRICS for way in ("high", "low") for i in range(3)]
        values = rng.normal(0, 4, (len(names) + 1, 4))
        return Learnt(Weights(("one", "three", "two"), {n: i for i, n in enumerate(names)}, values))

    return learnt_of


def by_component(found: Analysis) -> dict[str, float]:
    """The share of each listed component, whatever its problem, in the order of the list."""
    shares: dict[str, float] = {}
    for suspect in found.suspects:
        shares[suspect.component] = shares.get(suspect.component, 0.0) + suspect.probability
    return shares


def learnt_and_not(case: Case, known: Knowledge, seed: int) -> tuple[Analysis, Analysis]:
    """The answer by telemetry alone, and with knowledge."""
    return analyse(case), analyse(case, known, any_weights(seed))  # type: ignore[arg-type]


def is_calm(case: Case, component: str) -> bool:
    """Whether nothing was done to it: its window is drawn like its baseline."""
    during = case.symptom.start.timestamp()
    own = [one for key, one in case.series.items() if key.component == component]
    return all(np.abs(one.values[one.timestamps >= during] - 10.0).max() <= 1.0 for one in own)


calibrations = st.sampled_from(
    (Calibration(), Calibration(60, 1.5, 3.0), Calibration(60, 0.2, -2.0), Calibration(10, 3.0))
)


@settings(max_examples=150, deadline=None)
@given(cases(), knowledge(), calibrations, st.integers(0, 9))
def test_nothing_learnt_raises_what_does_not_deviate(
    case: Case, known: Knowledge, calibration: Calibration, seed: int
) -> None:
    """Its share does not grow, and it leads only where it led before."""
    before, after = learnt_and_not(case, replace(known, calibration=calibration), seed)
    alone, learnt = by_component(before), by_component(after)
    for name in filter(lambda name: is_calm(case, name), learnt):
        assert learnt[name] <= max(alone.get(name, 0.0), LEAST_SHOWN) + 3 * ROUNDING
    leading = next(iter(learnt), None)
    if leading is not None and is_calm(case, leading):
        assert next(iter(alone), None) == leading


@settings(max_examples=150, deadline=None)
@given(cases() | spreading(), knowledge(), st.integers(0, 9))
def test_nothing_learnt_drops_what_explains_the_rest(
    case: Case, known: Knowledge, seed: int
) -> None:
    """The first by telemetry stays listed, and before everything that it explains entirely."""
    before, after = learnt_and_not(case, known, seed)
    if not before.suspects:
        return
    first, learnt = before.suspects[0].component, by_component(after)
    explained = {
        str(reason.values["component"])
        for reason in (
            *(r for s in before.suspects for r in s.reasons),
            *(o.reason for o in before.ruled_out),
        )
        if reason.kind is ReasonKind.EXPLAINED_BY
        and reason.values["by"] == first
        and float(str(reason.values["share"])) >= 0.98
    } - {first}
    order = list(learnt)

    assert first in order
    for name in explained & learnt.keys():
        assert order.index(first) < order.index(name)
        assert learnt[first] >= learnt[name] - 3 * ROUNDING


FOREIGN = ("pages.read", "heap.used", "gc.pause")


@settings(max_examples=60, deadline=None)
@given(cases(), knowledge(FOREIGN), calibrations, st.integers(0, 9))
def test_labels_about_other_metrics_change_nothing(
    case: Case, known: Knowledge, calibration: Calibration, seed: int
) -> None:
    """However many there are: the same ranking, verdict and probabilities."""
    before, after = learnt_and_not(case, replace(known, calibration=calibration), seed)

    assert after.verdict is before.verdict
    assert list(by_component(after)) == list(by_component(before))
    assert by_component(after) == pytest.approx(by_component(before), abs=ROUNDING)
    assert [s.problem for s in after.suspects] == [None] * len(after.suspects)


@settings(max_examples=100, deadline=None)
@given(cases(), knowledge(), st.integers(0, 9))
def test_only_strong_labels_confirm_another_component(
    case: Case, known: Knowledge, seed: int
) -> None:
    """However sure the calibration: else CONFIRMED is what telemetry ranks first."""
    sure = Calibration(200, 4.0, 8.0)
    before, after = learnt_and_not(case, replace(known, calibration=sure), seed)
    if after.verdict is not Verdict.CONFIRMED:
        return
    leading = after.suspects[0]
    first = before.suspects[0].component if before.suspects else None
    by_signature = max(problem.labelled_incidents for problem in known.problems)

    assert (
        leading.component == first
        or max(by_signature, len(known.training_examples)) >= STRONG_LABELS
    )


@settings(max_examples=60, deadline=None)
@given(cases(), knowledge(), st.integers(0, 9))
def test_a_problem_without_labels_changes_nothing(case: Case, known: Knowledge, seed: int) -> None:
    """Such as what a label that was taken back leaves: its name, with counts of 0."""
    emptied = KnownProblem(
        "p9",
        "gone",
        "service",
        0,
        tuple(
            signature("p9", "service", metric, Direction.HIGH) for metric in (*METRICS, *FOREIGN)
        ),
    )
    left = replace(known, problems=(*known.problems, emptied))
    weights = any_weights(seed)

    assert analyse(case, left, weights) == analyse(case, known, weights)  # type: ignore[arg-type]
