"""Which known problem it is, from one labelled incident each."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.causality.edges import EdgeStatus, Relation
from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.classification.classify import Comparison
from labo.domain.diagnosis.classification.hypotheses import weigh
from labo.domain.diagnosis.classification.model import build_model, expected_z_scores, tables_of
from labo.domain.entities.conditions import Direction
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.reasons import ReasonKind
from labo.domain.entities.series import Series, SeriesKey, Topology
from labo.domain.knowledge.calibration import Calibration
from labo.domain.knowledge.knowledge import Knowledge, KnownEdge
from labo.domain.knowledge.signatures import Signature, signature
from labo.domain.learning.increments import increments, with_others
from tests.builders.problems import (
    METRICS,
    SHAPES,
    a_labelled_incident,
    a_server,
    known,
    known_problem,
)


def named(analysis: Analysis) -> list[str | None]:
    return [suspect.problem for suspect in analysis.suspects]


@pytest.mark.parametrize("problem", SHAPES)
@pytest.mark.parametrize(("strength", "least"), [(0.6, 0.45), (1.0, 0.89), (1.5, 0.89)])
def test_one_lesson_is_enough_on_a_component_of_another_name(
    problem: str, strength: float, least: float
) -> None:
    """Weaker or stronger than in the labelled incident, with the figures that speak for it."""
    found = analyse(a_server([problem], seed=40, strength=strength), known())
    kinds = {reason.kind for reason in found.suspects[0].reasons}

    assert named(found)[0] == problem
    assert found.suspects[0].problem_key == problem
    assert found.suspects[0].probability > least
    assert found.verdict is Verdict.LIKELY
    assert {ReasonKind.SIGNATURE_MATCHED, ReasonKind.SIGNATURE_FITS} <= kinds
    unrendered = [f"{reason.kind.value.replace('_', ' ')}:" for reason in found.suspects[0].reasons]
    sentences = [reason.sentence for reason in found.suspects[0].reasons]
    assert not any(map(str.startswith, sentences, unrendered))


@pytest.mark.parametrize("pair", [("slow disk", "hot lock"), ("hot lock", "long query")])
def test_two_causes_at_once_come_first(pair: tuple[str, str]) -> None:
    """Each has half of the probability that both are the cause, and the verdict counts both."""
    found = analyse(a_server(pair, seed=41), known())

    assert set(named(found)[:2]) == set(pair)
    assert found.suspects[0].probability == pytest.approx(found.suspects[1].probability, abs=0.05)
    assert found.verdict is Verdict.LIKELY


def test_a_calm_server_has_no_known_problem() -> None:
    """Nothing deviates: no problem, or at least none that is named surely."""
    answers = [analyse(a_server([], seed=seed), known()) for seed in range(12)]

    assert all(a.verdict in {Verdict.NO_PROBLEM, Verdict.INCONCLUSIVE} for a in answers)
    assert sum(a.verdict is Verdict.NO_PROBLEM for a in answers) >= 9


def test_a_problem_unlike_the_known_ones_is_not_forced() -> None:
    """What moves the other metrics is called unknown."""
    found = analyse(a_server(["long query"], seed=42), known("hot lock"))

    assert named(found)[0] is None
    assert ReasonKind.UNKNOWN_PROBLEM in {r.kind for r in found.suspects[0].reasons}


def test_what_is_ruled_out_says_what_differs() -> None:
    """The other problems, each with a metric that is not where it would be."""
    found = analyse(a_server(["slow disk"], seed=43), known())
    out = {one.problem_key: one.reason for one in found.ruled_out if one.problem_key}

    assert out.keys() == {"hot lock", "long query"} - set(named(found))
    assert out
    assert all(reason.kind is ReasonKind.SIGNATURE_DIFFERS for reason in out.values())


def test_missing_metrics_weaken_and_are_named() -> None:
    """Without the metrics that tell, the answer is less sure and says what to read."""
    case = a_server(["slow disk"], seed=44)
    gone = {"metric0", "metric1"}
    kept = {key: one for key, one in case.series.items() if key.metric not in gone}
    whole, part = analyse(case, known()), analyse(replace(case, series=kept), known())

    assert named(part)[0] == "slow disk"
    assert part.suspects[0].probability < whole.suspects[0].probability
    absent = {r.values["metric"] for r in part.missing if r.kind is ReasonKind.MEASUREMENT_MISSING}
    assert absent == gone
    assert part.next_metric in {"server:metric0", "server:metric1"}


def test_confirmed_needs_fifty_incidents_behind_the_calibration() -> None:
    """A sure identification with its necessary conditions is confirmed only when calibrated."""
    case, problems = a_server(["hot lock"], seed=45), known().problems
    kept = Calibration(incidents=50, slope=1.0)

    assert analyse(case, Knowledge(problems, calibration=kept)).verdict is Verdict.CONFIRMED
    few = Calibration(incidents=49, slope=1.0)
    assert analyse(case, Knowledge(problems, calibration=few)).verdict is Verdict.LIKELY
    modest = Calibration(incidents=50, intercept=-3.0)
    found = analyse(case, Knowledge(problems, calibration=modest))
    assert found.verdict is not Verdict.CONFIRMED
    assert found.suspects[0].probability < 0.9


@settings(max_examples=15, deadline=None)
@given(
    powers=st.lists(st.integers(-20, 20), min_size=12, max_size=12),
    name=st.sampled_from(["a", "pg-primary-1", "Ünit"]),
)
def test_units_and_names_do_not_matter(powers: list[int], name: str) -> None:
    """Scaling every metric by its own factor and renaming the component change nothing."""
    plain = analyse(a_server(["slow disk"], seed=46), known())
    case = a_server(["slow disk"], seed=46, name=name)
    scaled = {
        SeriesKey(name, metric): Series(
            case.series[SeriesKey(name, metric)].timestamps,
            case.series[SeriesKey(name, metric)].values * 10.0**power,
        )
        for metric, power in zip(METRICS, powers, strict=True)
    }
    found = analyse(replace(case, series=scaled), known())

    assert named(found) == named(plain)
    assert [s.probability for s in found.suspects] == pytest.approx(
        [s.probability for s in plain.suspects], abs=1e-3
    )


MEASURED_STATES = st.dictionaries(
    st.sampled_from([*METRICS, "other"]), st.floats(allow_nan=True, allow_infinity=True)
)


@settings(max_examples=100, deadline=None)
@given(given_z_scores=MEASURED_STATES, redundant=st.floats(1.0, 50.0))
def test_any_readings_have_finite_weights(
    given_z_scores: dict[str, float], redundant: float
) -> None:
    """NaN and infinities are unknown, and unknown contributes nothing."""
    model = build_model(tables_of(known().problems), "database", METRICS)
    assert model is not None
    found = weigh(model, given_z_scores, redundant)
    finite = {m: r for m, r in given_z_scores.items() if np.isfinite(r) and m in METRICS}

    assert np.isfinite([*found.singles, *found.pairs.values(), found.none]).all()
    assert weigh(model, finite, redundant).singles == pytest.approx(found.singles)


def test_lessons_commute_and_sharpen() -> None:
    """Any order gives the same sums; sizes are means, and spreads shrink with labelled
    incidents."""
    labelled_incidents = [a_labelled_incident("hot lock", seed=seed) for seed in range(3)]
    sums = {
        tuple((m, round(e.size, 9), round(e.spread, 9)) for m, e in expected_z_scores(p).items())
        for p in (known_problem(order) for order in permutations(labelled_incidents))
    }
    one = expected_z_scores(known_problem(labelled_incidents[:1]))["metric7"]
    all_three = expected_z_scores(known_problem(labelled_incidents))["metric7"]

    assert len(sums) == 1
    assert (one.tested, all_three.tested) == (1, 3)
    assert all_three.spread < one.spread
    assert one.size == pytest.approx(labelled_incidents[0].z_scores["metric7"])


def test_other_problems_hits_are_false_hits() -> None:
    """Derived from the sums, so that they need no book-keeping."""
    links = [
        *increments(a_labelled_incident("slow disk")),
        *increments(a_labelled_incident("hot lock")),
    ]
    found = {(s.problem, s.metric, s.direction.value): s for s in with_others(links)}
    disk = found["slow disk", "metric3", "high"]

    assert (disk.hits, disk.misses, disk.false_hits, disk.quiets) == (0, 1, 1, 0)


def test_nothing_known_leaves_the_localisation_as_it_is() -> None:
    """Knowledge without problems, and knowledge about other metrics, change no probability."""
    case = a_server(["slow disk"], seed=48)
    plain = analyse(case)
    shares = [(s.component, s.probability) for s in plain.suspects]
    foreign = replace(known().problems[0], role="cache", conditions=())

    assert [(s.component, s.probability) for s in analyse(case, Knowledge()).suspects] == shares
    assert [(s.component, s.problem) for s in analyse(case, Knowledge((foreign,))).suspects] == [
        (name, None) for name, _ in shares
    ]


def test_hypotheses_divide_the_share_of_their_component() -> None:
    """And what is attributed sums to the same: what it is does not change where it is."""
    compared = Comparison(a_server(["hot lock"], seed=49), known())
    found = compared.identify({"server": 0.8}, {"server"})
    total = sum(one.probability for one in found.hypotheses)

    assert total == pytest.approx(0.8)
    assert sum(one.probability for one in found.attributed) == pytest.approx(total)


def test_ten_thousand_series_stay_in_hand() -> None:
    """A thousand components of ten metrics, known ones among them: well under a few seconds."""
    case = a_server(["slow disk"], seed=50)
    times = case.series[SeriesKey("server", "metric0")].timestamps
    rng = np.random.default_rng(3)
    many = {
        SeriesKey(f"c{i}", f"metric{j}"): Series(times, rng.standard_normal(times.size))
        for i in range(1000)
        for j in range(10)
    }
    began = time.process_time()
    found = analyse(replace(case, series={**many, **case.series}), known())

    assert named(found)[0] == "slow disk"
    assert time.process_time() - began < 20


def test_a_server_of_many_metrics_is_searched_where_it_moved() -> None:
    """Forty calm metrics beside the known ones hide neither the symptom nor the problem."""
    case = a_server(["hot lock"], seed=51)
    times = case.series[SeriesKey("server", "metric0")].timestamps
    rng = np.random.default_rng(4)
    calm = {
        SeriesKey("server", f"calm{i}"): Series(times, rng.standard_normal(times.size))
        for i in range(40)
    }
    crowded = replace(case, series={**calm, **case.series})

    assert named(analyse(crowded, known()))[0] == "hot lock"
    deviates = analyse(crowded).suspects[0].reasons[0]
    assert deviates.values["metric"] in SHAPES["hot lock"]


def test_of_very_many_metrics_the_telling_ones_are_compared() -> None:
    """Three thousand metrics are narrowed to those on which the problems differ."""

    def calm(problem: str) -> list[Signature]:
        counts = (0, 1, 0, 0, 0.0, 0.0)
        return [
            signature(problem, "database", f"n{i}", Direction.HIGH, counts) for i in range(3000)
        ]

    problems = [replace(p, conditions=(*p.conditions, *calm(p.key))) for p in known().problems]
    model = build_model(
        tables_of(problems), "database", [*METRICS, *(f"n{i}" for i in range(3000))]
    )

    assert model is not None
    assert len(model.metrics) == 1000
    assert {"metric0", "metric3", "metric5"} <= set(model.metrics)


def test_effects_seen_on_a_caller_raise_the_cause_below() -> None:
    """A claim that slow disks slow their callers helps when the caller is slow, and hurts when
    it is calm."""
    below = a_server(["slow disk"], seed=52, name="db", strength=0.5)
    edge = KnownEdge("slow disk", "upset", Relation.CALLEE, EdgeStatus.VALIDATED, 0.95, 0.95)
    labelled_incident = replace(
        a_labelled_incident("long query"), problem="upset", title="upset", role="service"
    )
    problems = (*known().problems, known_problem([labelled_incident]))
    weights = []
    for shown in (["long query"], []):
        above = a_server(shown, seed=53, name="web", role="service")
        case = replace(
            below,
            series={**below.series, **above.series},
            topology=Topology(("db", "web"), (("web", "db"),)),
            roles={"db": "database", "web": "service"},
        )
        for edges in ((edge,), ()):
            found = Comparison(case, Knowledge(problems, edges)).weighed("db")
            assert found is not None
            row = [problem.key for problem in found.model.problems].index("slow disk")
            weights.append(float(found.singles[row]))
    seen, without, calm, alone = weights

    assert without == pytest.approx(alone)
    assert seen > without + 0.5
    assert calm < alone - 0.5
