"""A second simultaneous cause, on a component whose deviations the first does not explain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from labo.domain.diagnosis.classification.attribution import Attributed, Identified
from labo.domain.diagnosis.classification.hypotheses import Weighed

if TYPE_CHECKING:
    import networkx as nx

PRIOR_SECOND = 0.02
"""Prior probability that an incident has a second cause on a given component. By judgement (ADR
0021 describes the rule): one incident in fifty, per component compared."""
LEAST, LEAST_LEARNT = 0.5, 0.25
"""Probability, relative to the first, from which a second cause is reported beside it: by
signatures, and by weights, which were trained on affected components (ADR 0022: odds above 1 to 3).
"""


def companion(
    found: Identified, calls: nx.DiGraph[str], most: Mapping[str, float]
) -> Attributed | None:
    """The likeliest second cause; None when none is probable enough.

    `calls` are caller → callee; `most` is the largest share that each component may have as a
    second cause (absent: none). The same problem on several components is one that spreads; and
    callers of the first suspect are affected by it, unless weights have learnt what affected
    components look like. Any other component is a second cause with the odds given by its own
    metrics.
    """
    import networkx as nx

    first = next(iter(found.attributed), None)
    if first is None or not _is_a_cause(found, first) or first.component not in calls:
        return None
    explained = nx.ancestors(calls, first.component)
    best: Attributed | None = None
    for one in found.attributed:
        weighed = found.weighed.get(one.component)
        if one.component == first.component or weighed is None or not _is_a_cause(found, one):
            continue
        if one.component in explained and not weighed.learnt:
            continue
        if one.problem is None or first.problem is None or one.problem.title != first.problem.title:
            second = _second(first, one, weighed, most.get(one.component, 0.0))
            best = second if best is None or second.involved > best.involved else best
    if best is None:
        return None
    least = LEAST_LEARNT if found.weighed[best.component].learnt else LEAST
    return best if best.involved >= least * first.involved else None


def _is_a_cause(found: Identified, one: Attributed) -> bool:
    """Whether a known problem leads there, or would if its deviations resembled one."""
    return one.problem is not None or one.component in found.novel


def _second(first: Attributed, one: Attributed, weighed: Weighed, most: float) -> Attributed:
    if weighed.learnt:
        log_odds = weighed.known  # the weights already include how rare causes are
    else:
        log_odds = weighed.known - float(np.logaddexp(weighed.unknown, weighed.none))
        log_odds += float(np.log(PRIOR_SECOND))
    there = 1 / (1 + float(np.exp(-min(log_odds, 700.0))))
    there = min(there, 2 * most / first.probability) if first.probability > 0 else 0.0
    share = first.probability * there
    return Attributed(one.component, one.problem, share / 2, first.involved * there)


def with_companion(
    found: Identified, calls: nx.DiGraph[str], most: Mapping[str, float]
) -> list[Attributed]:
    """`found.attributed` with the second cause after the first, each with half of their total."""
    second = companion(found, calls, most)
    if second is None:
        return list(found.attributed)
    first = found.attributed[0]
    shared = Attributed(
        first.component, first.problem, first.probability - second.probability, first.involved
    )
    rest = [
        one
        for one in found.attributed[1:]
        if (one.component, one.problem) != (second.component, second.problem)
    ]
    return [shared, second, *rest]
