"""A second cause at once, on a component whose trouble the first one does not explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from labo.domain.diagnosis.classification.classify import Attributed, Identified
from labo.domain.diagnosis.classification.hypotheses import Weighed

if TYPE_CHECKING:
    import networkx as nx

PRIOR_SECOND = 0.02
"""That an incident has a second cause on one given component. By judgement (ADR 0021 describes the
rule): one incident in fifty, for each component that is asked."""
LEAST, LEAST_LEARNT = 0.5, 0.25
"""How probable a second cause is, against the first, to be named beside it: by signatures, and by
weights, which have seen affected components (ADR 0022: odds above 1 to 3)."""


def companion(found: Identified, calls: nx.DiGraph[str]) -> Attributed | None:
    """The likeliest second cause; None when none is probable enough.

    `calls` are caller → callee. The same problem in several places is one that spreads; and
    whoever calls the first suspect suffers from it, unless weights have learnt what affected
    components look like. Another component is one with the odds that its own readings give to a
    cause.
    """
    import networkx as nx

    first = next(iter(found.attributed), None)
    if first is None or first.problem is None or first.component not in calls:
        return None
    explained = nx.ancestors(calls, first.component)
    best: Attributed | None = None
    for one in found.attributed:
        weighed = found.weighed.get(one.component)
        if one.component == first.component or one.problem is None or weighed is None:
            continue
        if one.component in explained and not weighed.learnt:
            continue
        if one.problem.title != first.problem.title:
            second = _second(first, one, weighed)
            best = second if best is None or second.involved > best.involved else best
    if best is None:
        return None
    least = LEAST_LEARNT if found.weighed[best.component].learnt else LEAST
    return best if best.involved >= least * first.involved else None


def _second(first: Attributed, one: Attributed, weighed: Weighed) -> Attributed:
    if weighed.learnt:
        log_odds = weighed.known  # how rare causes are was learnt with the weights
    else:
        log_odds = weighed.known - float(np.logaddexp(weighed.unknown, weighed.none))
        log_odds += float(np.log(PRIOR_SECOND))
    there = 1 / (1 + float(np.exp(-min(log_odds, 700.0))))
    share = first.probability * there
    return Attributed(one.component, one.problem, share / 2, first.involved * there)


def with_companion(found: Identified, calls: nx.DiGraph[str]) -> list[Attributed]:
    """`found.blamed` with the second cause behind the first, each with half of what both have."""
    second = companion(found, calls)
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
