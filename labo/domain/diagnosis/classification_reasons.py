"""What classification adds to a diagnosis: why this problem, which not, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labo.domain.diagnosis.classification.attribution import Attributed, Identified
from labo.domain.diagnosis.classification.classify import Comparison
from labo.domain.diagnosis.classification.hypotheses import Weighed, contributions
from labo.domain.entities.diagnoses import RuledOut
from labo.domain.entities.keys import measurement_key
from labo.domain.entities.reasons import Reason, ReasonKind, reason
from labo.domain.knowledge.knowledge import KnownProblem
from labo.domain.knowledge.signatures import KNOWN_FROM, SEEN_FROM

MAX_FITTING = 4
"""Metrics that are listed as matching a problem, the strongest ones: as many as a person reads. The
same goes for the limits below."""
MAX_WEIGHTS = 3
MAX_DIFFERING = 2
MAX_RULED_OUT = 10
MAX_MISSING = 5
WITHIN = 2.0
"""Spreads around the expected z-score within which a metric matches: about 95 % of a normal
distribution."""
NOTHING = "no problem"


def signature_reasons(identified: Identified, attributed: Attributed) -> tuple[Reason, ...]:
    """How many metrics match, then those with most evidence for the problem and against it."""
    weighed = identified.weighed.get(attributed.component)
    if weighed is None:
        return ()
    if attributed.problem is None:
        return (_unknown(identified, attributed.component),)
    row, rival = _row(weighed, attributed.problem), _rival(identified, attributed)
    log_ratios = contributions(weighed, row, rival)
    order = np.argsort(-log_ratios, kind="stable")
    fitting = [int(i) for i in order[:MAX_FITTING] if log_ratios[i] > 0.1]
    differing = [int(i) for i in order[::-1][:MAX_DIFFERING] if log_ratios[i] < -0.1]
    return (
        _matched(weighed, row, attributed),
        *(_fits(weighed, row, rival, column, attributed.component) for column in fitting),
        *(_differs(weighed, row, column, attributed.component) for column in differing),
    )


def _unknown(identified: Identified, component: str) -> Reason:
    novel = identified.novel.get(component)
    if novel is None:
        return reason(ReasonKind.UNKNOWN_PROBLEM, component=component)
    return reason(
        ReasonKind.RESEMBLES_NONE,
        component=component,
        problem=novel.nearest,
        unexplained=round(novel.distance, 4),
        share=round(novel.p_value, 4),
    )


def weight_reasons(compared: Comparison, attributed: Attributed) -> tuple[Reason, ...]:
    """The metrics by which the learnt weights attribute the incident to this problem."""
    if attributed.problem is None:
        return ()
    title = attributed.problem.title
    return tuple(
        reason(
            ReasonKind.WEIGHT_SUPPORTS,
            component=attributed.component,
            problem=title,
            metric=metric,
            odds=round(log_odds, 2),
        )
        for metric, log_odds in compared.supporting_metrics(attributed.component, title)[
            :MAX_WEIGHTS
        ]
    )


def _matched(weighed: Weighed, row: int, attributed: Attributed) -> Reason:
    apart = np.abs(weighed.z_scores - weighed.predicted[row])
    tested = np.isfinite(apart)
    matched = int((apart[tested] <= WITHIN * weighed.model.spreads[row][tested]).sum())
    problem = weighed.model.problems[row]
    return reason(
        ReasonKind.SIGNATURE_MATCHED,
        component=attributed.component,
        problem=problem.title,
        matched=matched,
        tested=int(tested.sum()),
        lessons=problem.labelled_incidents,
    )


def _fits(weighed: Weighed, row: int, rival: int | None, column: int, component: str) -> Reason:
    other = 0.0 if rival is None else float(weighed.predicted[rival, column])
    return reason(
        ReasonKind.SIGNATURE_FITS,
        component=component,
        metric=weighed.model.metrics[column],
        problem=weighed.model.problems[row].title,
        reading=round(float(weighed.z_scores[column]), 2),
        expected=round(float(weighed.predicted[row, column]), 2),
        rival=NOTHING if rival is None else weighed.model.problems[rival].title,
        rival_expected=round(other, 2),
    )


def _differs(weighed: Weighed, row: int, column: int, component: str) -> Reason:
    return reason(
        ReasonKind.SIGNATURE_DIFFERS,
        component=component,
        metric=weighed.model.metrics[column],
        problem=weighed.model.problems[row].title,
        reading=round(float(weighed.z_scores[column]), 2),
        expected=round(float(weighed.predicted[row, column]), 2),
    )


def ruled_out_problems(
    identified: Identified, suspected: set[tuple[str, str]]
) -> tuple[RuledOut, ...]:
    """The known problems on the first suspect's component that are ruled out, and what differs."""
    first = next(iter(identified.attributed), None)
    weighed = identified.weighed.get(first.component) if first else None
    if first is None or first.problem is None or weighed is None:
        return ()
    row = _row(weighed, first.problem)
    found = []
    for other in np.argsort(-weighed.singles, kind="stable").tolist():
        problem = weighed.model.problems[other]
        if (first.component, problem.key) in suspected:
            continue
        column = int(contributions(weighed, row, other).argmax())
        if np.isfinite(weighed.predicted[other, column] + weighed.z_scores[column]):
            why = _differs(weighed, other, column, first.component)
            found.append(RuledOut(first.component, why, problem.key))
    return tuple(found[:MAX_RULED_OUT])


def missing_measurements(identified: Identified) -> tuple[Reason, ...]:
    """Metrics without data that would be evidence for or against the first suspect's problem."""
    first = next(iter(identified.attributed), None)
    weighed = identified.weighed.get(first.component) if first else None
    if first is None or first.problem is None or weighed is None:
        return ()
    sizes = weighed.model.sizes[_row(weighed, first.problem)]
    open_ = np.isnan(weighed.z_scores) & (np.abs(np.nan_to_num(sizes)) >= SEEN_FROM)
    order = [int(i) for i in np.argsort(-np.abs(np.nan_to_num(sizes)), kind="stable") if open_[i]]
    return tuple(
        reason(
            ReasonKind.MEASUREMENT_MISSING,
            component=first.component,
            metric=weighed.model.metrics[column],
            problem=first.problem.title,
            expected=round(float(sizes[column]), 2),
        )
        for column in order[:MAX_MISSING]
    )


def most_informative_metric(identified: Identified) -> str | None:
    """`component:metric` without data on which the first two suspects' problems differ most."""
    for first in identified.attributed[:1]:
        weighed, rival = identified.weighed.get(first.component), _rival(identified, first)
        if weighed is None or first.problem is None or rival is None:
            return None
        row = _row(weighed, first.problem)
        apart = np.abs(weighed.model.sizes[row] - weighed.model.sizes[rival])
        apart = np.where(np.isnan(weighed.z_scores), np.nan_to_num(apart), 0.0)
        if apart.size and apart.max() >= SEEN_FROM:
            return measurement_key(first.component, weighed.model.metrics[int(apart.argmax())])
    return None


def is_complete(identified: Identified) -> bool:
    """Whether the first suspect's problem is known and its necessary conditions were observed.

    Necessary are those that at least 80 % of its tested episodes showed; half of them must have
    been measured here, and 80 % of these be as expected.
    """
    first = next(iter(identified.attributed), None)
    weighed = identified.weighed.get(first.component) if first else None
    if first is None or first.problem is None or weighed is None:
        return False
    needed = [
        c for c in first.problem.conditions if c.hits and c.hits / (c.hits + c.misses) >= KNOWN_FROM
    ]
    row, columns_by_metric = (
        _row(weighed, first.problem),
        {m: i for i, m in enumerate(weighed.model.metrics)},
    )
    columns = [columns_by_metric[c.metric] for c in needed if c.metric in columns_by_metric]
    apart = np.abs(weighed.z_scores - weighed.predicted[row])[columns]
    measured = np.isfinite(apart)
    as_expected = apart[measured] <= WITHIN * weighed.model.spreads[row][columns][measured]
    if not measured.any() or measured.sum() * 2 < len(needed):
        return False
    return bool(as_expected.mean() >= KNOWN_FROM)


def involvement(identified: Identified) -> list[float]:
    """The probability that the first suspect is a cause, then the largest without it."""
    first = next(iter(identified.attributed), None)
    if first is None:
        return []
    others = [
        one.probability
        for one in identified.hypotheses
        if one.component != first.component or first.problem not in (one.problems or (None,))
    ]
    return [first.involved, *others[:1]]


def _row(weighed: Weighed, problem: KnownProblem) -> int:
    return weighed.model.problems.index(problem)


def _rival(identified: Identified, attributed: Attributed) -> int | None:
    """The likeliest other known problem on the same component."""
    weighed = identified.weighed.get(attributed.component)
    if weighed is None:
        return None
    for one in identified.attributed:
        if one.component == attributed.component and one.problem not in (None, attributed.problem):
            return None if one.problem is None else _row(weighed, one.problem)
    return None


def listed(
    attributed: Sequence[Attributed], least: tuple[float, float], most: int, leading: str | None
) -> list[Attributed]:
    """The first `most` of those likely enough to be shown, by `least` of a known and of an unknown
    problem: an unknown one only if it is a serious alternative. What is likeliest on `leading` is
    shown however unlikely it is."""
    always = next((one for one in attributed if one.component == leading), None)
    shown = [
        one for one in attributed if one is always or one.probability >= least[one.problem is None]
    ]
    first = shown[:most]
    return first if always is None or always in first else [*first[: most - 1], always]
