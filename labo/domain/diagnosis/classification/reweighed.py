"""Hypotheses about a component, reweighted by the learnt weights where there are any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from labo.domain.diagnosis.classification.hypotheses import PRIOR_NONE, Weighed


def reweighed(found: Weighed, log_odds: Mapping[str, float]) -> Weighed:
    """`found` with the weights' log-odds of each title (against an affected component).

    They determine how probable a cause here is at all, and which of the problems they know it is;
    what resembles none of the causes they were trained on is unknown. A hypothesis they do not
    know, another problem or two at once, keeps its share of the known ones by its signature.
    """
    titles = [problem.title for problem in found.model.problems]
    learnt = np.array([title in log_odds for title in titles])
    if not learnt.any():
        return found
    cause = float(np.logaddexp.reduce(list(log_odds.values())))
    shares = found.singles - found.known
    known = float(np.logaddexp.reduce(shares[learnt]))
    named = np.array([log_odds.get(title, -np.inf) for title in titles])
    alike = np.array([titles.index(title) for title in titles])
    for first in set(alike[learnt].tolist()):
        same = alike == first
        named[same] += shares[same] - np.logaddexp.reduce(shares[same])
    named += known - np.logaddexp.reduce(named[learnt])
    return replace(
        found,
        singles=cause + np.where(learnt, named, shares),
        pairs={pair: cause + weight - found.known for pair, weight in found.pairs.items()},
        unknown=-np.inf,
        none=float(np.log(PRIOR_NONE)),
        component_factor=cause - float(np.log(PRIOR_NONE)),
        learnt=True,
    )
