"""A second cause at once, on a component whose trouble the first one does not explain."""

from __future__ import annotations

import networkx as nx
import numpy as np

from labo.domain.identification.hypotheses import Weighed
from labo.domain.identification.identify import Blamed, Identified

PRIOR_SECOND = 0.02
"""That an incident has a second cause on one given component."""
LEAST = 0.5


def companion(found: Identified, calls: nx.DiGraph[str]) -> Blamed | None:
    """The likeliest second cause; None when none is rather there than not.

    `calls` are caller → callee. Whoever calls the first suspect suffers from it, and the same
    problem in several places is one that spreads: neither is a second cause. Another component
    is one with the odds that its own readings give to a known problem.
    """
    first = next(iter(found.blamed), None)
    if first is None or first.problem is None or first.component not in calls:
        return None
    explained = nx.ancestors(calls, first.component) | {first.component}
    best: Blamed | None = None
    for one in found.blamed:
        weighed = found.weighed.get(one.component)
        if one.component in explained or one.problem is None or weighed is None:
            continue
        if one.problem.title != first.problem.title:
            second = _second(first, one, weighed)
            best = second if best is None or second.involved > best.involved else best
    return best if best and best.involved >= LEAST * first.involved else None


def _second(first: Blamed, one: Blamed, weighed: Weighed) -> Blamed:
    odds = weighed.known - float(np.logaddexp(weighed.unknown, weighed.none))
    odds += float(np.log(PRIOR_SECOND))
    there = 1 / (1 + float(np.exp(-min(odds, 700.0))))
    share = first.probability * there
    return Blamed(one.component, one.problem, share / 2, first.involved * there)


def with_companion(found: Identified, calls: nx.DiGraph[str]) -> list[Blamed]:
    """`found.blamed` with the second cause behind the first, each with half of what both have."""
    second = companion(found, calls)
    if second is None:
        return list(found.blamed)
    first = found.blamed[0]
    shared = Blamed(
        first.component, first.problem, first.probability - second.probability, first.involved
    )
    rest = [
        one
        for one in found.blamed[1:]
        if (one.component, one.problem) != (second.component, second.problem)
    ]
    return [shared, second, *rest]
