"""An incident that resembles no labelled incident is of an unknown problem; only its name is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.classification.attribution import Hypothesis, doubted
from labo.domain.diagnosis.classification.learnt import Learnt, learnt_of
from labo.domain.diagnosis.classification.resemblance import (
    MISTAKEN,
    Prototypes,
    Resemblance,
    prototypes_of,
)
from labo.domain.diagnosis.classification.weights import Measured
from labo.domain.entities.diagnoses import Analysis
from labo.domain.entities.reasons import ReasonKind
from labo.domain.entities.series import Case, Topology
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample
from labo.domain.knowledge.knowledge import Knowledge, KnownProblem
from tests.builders.problems import a_server, known
from tests.builders.training_set import server_training_set

METRICS = tuple(f"m{number}" for number in range(12))
KINDS = ("one", "two", "three", "four")


def a_vector(kind: str, seed: int, strength: float = 1.0) -> dict[str, float]:
    """Three metrics of its own that move far, others hardly."""
    rng = np.random.default_rng(seed)
    first = 3 * KINDS.index(kind)
    vector = dict(zip(METRICS, rng.normal(0, 0.5, len(METRICS)).tolist(), strict=True))
    return vector | {m: strength * rng.uniform(7, 9) for m in METRICS[first : first + 3]}


def examples(kinds: tuple[str, ...], count: int) -> list[TrainingExample]:
    return [
        TrainingExample("database", kind, a_vector(kind, 10 * seed + KINDS.index(kind)))
        for kind in kinds
        for seed in range(count)
    ]


def learnt(kinds: tuple[str, ...], count: int) -> Prototypes:
    found = prototypes_of(examples(kinds, count))
    assert found is not None
    return found


def resemblance(
    found: Prototypes, vector: dict[str, float], titles: tuple[str, ...] = ("one",)
) -> Resemblance:
    compared = found.resemblance(vector, titles)
    assert compared is not None
    return compared


@settings(max_examples=50)
@given(
    seed=st.integers(1_000, 9_999),
    kind=st.sampled_from(KINDS),
    count=st.integers(1, 12),
    strength=st.floats(0.6, 3.0),
)
def test_an_incident_like_labelled_ones_is_not_unknown(
    seed: int, kind: str, count: int, strength: float
) -> None:
    """However many there are, and at another strength."""
    compared = resemblance(learnt(KINDS, count), a_vector(kind, seed, strength))

    assert compared.nearest == kind
    assert not compared.is_novel


@settings(max_examples=50)
@given(seed=st.integers(1_000, 9_999), kind=st.sampled_from(KINDS), count=st.integers(1, 12))
def test_what_moves_other_metrics_is_unknown(seed: int, kind: str, count: int) -> None:
    """From one labelled incident of each other problem on."""
    others = tuple(one for one in KINDS if one != kind)

    assert resemblance(learnt(others, count), a_vector(kind, seed), others[:1]).is_novel


def test_what_never_moved_a_cause_before_is_unexplained_where_it_was_measured() -> None:
    """A metric that only affected components moved so far; of one unheard of nothing is said."""
    measured = TrainingExample("database", NON_ROOT, {"queue": 5.0})
    found = prototypes_of([*examples(KINDS, 3), measured])
    assert found is not None
    vector = a_vector("one", 77)
    plain = resemblance(found, vector).distance

    assert resemblance(found, vector | {"queue": 9.0}).distance > plain + 0.3
    assert resemblance(found, vector | {"tide": 9.0}).distance == plain


def test_a_problem_without_a_labelled_incident_here_may_be_resembled() -> None:
    """Knowledge from elsewhere has signatures only: nothing speaks against its name."""
    assert learnt(("one",), 3).resemblance(a_vector("two", 5), ["two"]) is None
    assert prototypes_of([TrainingExample("database", NON_ROOT, {"m0": 4.0})]) is None


def test_two_problems_at_once_resemble_their_labelled_incidents() -> None:
    """Together they explain what neither does alone."""
    found = learnt(KINDS, 5)
    both = a_vector("one", 90) | {m: v for m, v in a_vector("two", 91).items() if abs(v) > 5}

    assert resemblance(found, both, ("one",)).distance > 0.3
    assert resemblance(found, both, ("one", "two")).distance < 0.1


def test_the_order_of_the_labelled_incidents_does_not_matter() -> None:
    """They are what was seen, not when."""
    made = examples(KINDS, 4)
    one, other = prototypes_of(made), prototypes_of(made[::-1])
    assert one is not None
    assert other is not None

    assert resemblance(one, a_vector("two", 3)).distance == pytest.approx(
        resemblance(other, a_vector("two", 3)).distance
    )
    assert np.sort(one.apart) == pytest.approx(np.sort(other.apart))


@given(distance=st.floats(0, 1), other=st.floats(0, 1), count=st.integers(1, 6))
def test_farther_is_less_like(distance: float, other: float, count: int) -> None:
    """And the share is one."""
    found = learnt(KINDS, count)
    near, far = sorted((distance, other))

    assert 1 >= found.p_value(near) >= found.p_value(far) >= 0


@given(
    weights=st.lists(st.floats(-50, 5), min_size=2, max_size=5),
    p_value=st.floats(1e-6, MISTAKEN),
)
def test_doubt_moves_a_name_and_no_component(weights: list[float], p_value: float) -> None:
    """The total stays; the known problems keep their order, and the unknown one leads."""
    problems = [(KnownProblem(kind, kind, "database"),) for kind in KINDS[: len(weights) - 1]]
    parts = [
        (weight, Hypothesis("here", one, 0.0))
        for weight, one in zip(weights, [*problems, ()], strict=True)
    ]
    after = doubted(parts, Resemblance("slow disk", 0.9, p_value))
    before, now = [w for w, _ in parts], [w for w, _ in after]

    assert np.logaddexp.reduce(now) == pytest.approx(np.logaddexp.reduce(before), abs=1e-9)
    assert np.diff(now[:-1]) == pytest.approx(np.diff(before[:-1]), abs=1e-9)
    assert now[-1] > max(now[:-1])


LEARNT_OF = ("hot lock", "slow disk")


def undoubted(made: tuple[TrainingExample, ...], measured: Measured) -> Learnt:
    """The weights alone."""
    return replace(learnt_of(made, measured), prototypes=None)


def a_third_problem() -> tuple[Case, Knowledge]:
    """On `left`, which `front` calls; the other two are known, by eight labels each."""
    left = a_server(["long query"], seed=60, name="left")
    front = a_server(["hot lock"], seed=62, name="front")
    case = replace(
        left,
        target="front",
        topology=Topology(("front", "left"), (("front", "left"),)),
        series={**left.series, **front.series},
        roles={"left": "database", "front": "database"},
    )
    made = tuple(server_training_set(*LEARNT_OF))
    return case, replace(known(*LEARNT_OF), training_examples=made)


def by_component(found: Analysis) -> dict[str, float]:
    shares: dict[str, float] = {}
    for one in found.suspects:
        shares[one.component] = shares.get(one.component, 0.0) + one.probability
    return shares


def test_an_unknown_name_leaves_the_component_where_it_was() -> None:
    """With the same probability, and the reason says which problem is nearest."""
    case, knowledge = a_third_problem()
    doubting, before = analyse(case, knowledge), analyse(case, knowledge, undoubted)
    unknown = next(one for one in doubting.suspects if one.component == "left")
    reasons = {one.kind: one for one in unknown.reasons}

    assert unknown.problem is None
    assert next(one for one in before.suspects if one.component == "left").problem in LEARNT_OF
    assert list(by_component(doubting)) == list(by_component(before))
    assert by_component(doubting) == pytest.approx(by_component(before), abs=0.02)
    assert reasons[ReasonKind.RESEMBLES_NONE].values["problem"] in LEARNT_OF
    assert "resembles no labelled incident" in reasons[ReasonKind.RESEMBLES_NONE].sentence


@pytest.mark.parametrize("problem", LEARNT_OF)
def test_a_known_problem_keeps_its_name(problem: str) -> None:
    """Doubt does not change an answer that resembles labelled incidents."""
    _, knowledge = a_third_problem()
    case = a_server([problem], seed=45)
    found = analyse(case, knowledge)

    assert found.suspects[0].problem == problem
    assert found == analyse(case, knowledge, undoubted)
