"""How probable it is that the leading component is right, by what an answer rests on.

A logistic regression over four figures of an answer that name no component and no metric. It was
fitted to answers whose root cause is known, of several families of systems under all variations of
the robustness benchmark; the line of LIKELY was chosen on families left out of the fit, by Learn
then Test (Angelopoulos et al., Ann. Appl. Stat. 19, 2025; docs/adr/0050).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import exp, log

import numpy as np

from labo.domain.diagnosis.localisation.signals import CORROBORATING, IncidentContext
from labo.domain.diagnosis.sureness_weights import INTERCEPT, WEIGHTS
from labo.domain.entities.conditions import Direction
from labo.domain.entities.series import FloatArray
from labo.domain.knowledge.calibration import IDENTITY_CLAIMS, Calibration

FARTHEST = 3.0
"""Logarithm of a ratio of shares beyond which it counts no more: twenty times as likely."""
CLOSE = 0.25
"""Share of the leading one's share from which another hypothesis is a close rival. By judgement."""
AS_STRONG = 0.75
"""Strength, as a share of the leading one's, from which another component tells as much. Of sure
answers in a star of calls, before, this takes 17 wrong and 8 right ones in PetShop, none in Sock
Shop, whose causes stand far above all others, and 26 right and 1 wrong of RootCauseBench's, whose
front end calls all others as well (docs/adr/0050)."""
WHY = {
    "lead": "another hypothesis is nearly as likely",
    "over_unknown": "what it shows is weak",
    "deviating": "few of its series deviate",
    "close_rivals": "several hypotheses are close to it",
}
"""By ground what is said of an answer that it takes most from."""
_LEAST = 1e-6
"""Least share in a logarithm."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer rests on. `lead` and `over_unknown` are the logarithms of the leading share's
    ratio to the second one and to the unknown problem's; `deviating` the share of its varying
    series that deviate; `close_rivals` the logarithm of one more than how many hypotheses are close
    to it."""

    lead: float
    over_unknown: float
    deviating: float
    close_rivals: float

    @property
    def log_odds(self) -> float:
        """Of the component being right."""
        values: dict[str, float] = asdict(self)
        return INTERCEPT + sum(WEIGHTS[name][0] * value for name, value in values.items())

    @property
    def probability(self) -> float:
        """That the component is right.

        >>> weak = Grounds(0.1, -1.0, 0.1, 1.4)
        >>> clear = Grounds(3.0, 3.0, 1.0, 0.0)
        >>> weak.probability < 0.3 < 0.9 < clear.probability
        True
        """
        return 1 / (1 + exp(-self.log_odds))

    @property
    def weakest(self) -> str:
        """The ground that takes most from the log-odds, beside the mean answer."""
        values = asdict(self)
        return min(WEIGHTS, key=lambda n: WEIGHTS[n][0] * (values[n] - WEIGHTS[n][1]))


def grounds(context: IncidentContext, first: str, share: float, others: Sequence[float]) -> Grounds:
    """What the answer rests on that `first` is the cause, with this `share` beside `others`, those
    of components without data among them; the rest is the unknown problem's."""
    unknown = max(1e-9, 1 - share - sum(others))
    return Grounds(
        lead=_log_ratio(share, max(others, default=0.0), 0.0),
        over_unknown=_log_ratio(share, unknown, -1.0),
        deviating=_deviating(context, first),
        close_rivals=min(log(1 + sum(one >= CLOSE * share for one in others)), 2.0),
    )


def is_one_of_many(context: IncidentContext, first: str) -> bool:
    """Whether no call is known but the target's own, and another component that neither calls
    `first` nor is called by it tells as much: which of them affects which cannot be known then."""
    import networkx as nx

    graph, target = context.graph, context.case.target
    if any(graph.out_degree(name) for name in _reached(context) - {target}):
        return False
    related = nx.ancestors(graph, first) | nx.descendants(graph, first) | {first}
    strengths = _strengths(context)
    beside = max((s for name, s in strengths.items() if name not in related), default=0.0)
    return beside >= AS_STRONG * strengths.get(first, 0.0)


def right_with(calibration: Calibration, share: float, probability: float) -> float:
    """The probability of being right, with what a workspace's own labels say of such a share: these
    count n / (n + 10) beside what many systems taught, as n labelled incidents do in Platt's
    correction (`calibration.IDENTITY_CLAIMS`).

    >>> right_with(Calibration(), 0.5, 0.9)
    0.9
    >>> round(right_with(Calibration(incidents=30), 0.5, 0.9), 3)
    0.6
    """
    trust = calibration.incidents / (calibration.incidents + IDENTITY_CLAIMS)
    return probability + trust * (calibration.apply(share) - probability)


def _strengths(context: IncidentContext) -> dict[str, float]:
    return {name: one.strength if one else 0.0 for name, one in context.signals.items()}


def _reached(context: IncidentContext) -> set[str]:
    """The target and what it depends on."""
    import networkx as nx

    return {context.case.target, *nx.descendants(context.graph, context.case.target)}


def _deviating(context: IncidentContext, component: str) -> float:
    """The share of a component's series that deviate harmfully in the bad bins, of those that vary
    at all: constants tell nothing. All where it fell silent."""
    signal = context.signals.get(component)
    if signal and signal.direction == Direction.ABSENT:
        return 1.0
    grid, focus = context.grid, context.symptom.focus
    known = deviating = 0
    for row in grid.rows(component):
        bad = grid.local[row, focus]
        bad = bad[np.isfinite(bad)]
        if not bad.size or _is_constant(np.concatenate([grid.baseline[row], grid.local[row]])):
            continue
        mean = float(bad.mean())
        known += 1
        deviating += (mean if grid.harms[row] else abs(mean)) >= CORROBORATING
    return deviating / max(1, known)


def _is_constant(values: FloatArray) -> bool:
    finite = values[np.isfinite(values)]
    return bool(finite.size == 0 or finite.min() == finite.max())


def _log_ratio(share: float, other: float, least: float) -> float:
    return _clipped(log(max(share, _LEAST)) - log(max(other, _LEAST)), least, FARTHEST)


def _clipped(value: float, least: float, most: float) -> float:
    return min(most, max(least, value))
