"""Which problem, on one component: none, each known one, two at once, or an unknown one.

Each metric's robust z-score has a probability under each hypothesis: either the metric moves, with
a normal distribution around the expected size, or it is quiet, as a problem does not move the same
metrics every time; a share of `OUTLIERS` is uniform, since now and then a metric moves for
unrelated reasons. Z-scores are compressed, so that a metric at hundreds of scales tells from one at
eleven, and a cell of width 1 has about the density as its mass. A problem may be stronger or weaker
than in its labelled incidents, so all its sizes are scaled by one factor, which is integrated out.
Every probability is relative to the background, the metric's distribution under any problem at all;
so an unknown z-score, or a metric that a problem was never tested on, contributes a ratio of 1. As
correlated metrics are redundant, the log ratio is divided by the mean number of metrics in a
cluster of similar ones (docs/adr/0017, docs/adr/0021).

Figures beside a constant, here and in `model` and `redundancy`, are from two of the servers of
`python -m benchmarks identification` (*varied*, *harsh*, *varied, erratic*), with that constant
halved and doubled. With the values as they are, 111 of 120 single problems come first, 27 of 54
pairs come first and second, and 7 of 30 normal windows are given a known problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from labo.domain.diagnosis.classification.model import Model, at_strength
from labo.domain.entities.scale import compressed, expanded
from labo.domain.entities.series import FloatArray

OUTLIERS = 0.03
"""Share of z-scores with unrelated reasons, uniformly distributed (ADR 0017, whose table shows what
it is worth). At 0.015: 112, 27 and 9; at 0.06: 110, 27 and 6."""
SURPRISE = 0.03
"""Weight, in labelled incidents, of the background on each metric: one incident does not make a
rule (ADR 0021). At 0.015: 113, 27 and 6; at 0.06: 109, 27 and 7."""
LARGEST_USUAL = 1_000.0
"""Scales up to which metrics move for unrelated reasons. By judgement."""
BROAD = 1 / (2 * float(compressed(np.array(LARGEST_USUAL))) + 1)
"""Mass of each cell of width 1 under their distribution, which is uniform on compressed sizes."""
STRENGTHS = np.exp(np.linspace(np.log(0.25), np.log(4.0), 9))
"""Strengths of one problem relative to its labelled incidents: from a quarter to four times, nine
values a factor of 1.41 apart, which is finer than the spread of a z-score."""
PAIR_STRENGTHS = np.exp(np.linspace(np.log(0.35), np.log(2.0), 6))
"""The same for two at once, coarser, as all combinations are computed."""
STRENGTH_SPREAD = 1.0
"""Standard deviation of the log of a problem's strength between incidents (ADR 0017). At 0.5: 109,
26 and 6; at 2: 113, 27 and 7."""
PRIOR_NONE = 0.05
"""Prior probability that a suspected component has no problem at all. By judgement. At 0.025: 112,
27 and 7; at 0.1: 110, 27 and 7."""
PRIOR_UNKNOWN = 0.05
"""That it has one unlike any known. By judgement; nothing changes with 0.025 or 0.1."""
PRIOR_PAIR = 0.3
"""That two known problems come together there, if any does. It trades single problems for pairs:
112 and 25 at 0.15, 109 and 28 at 0.6."""
PRIOR_OTHER_ROLE = 0.1
"""Prior factor of a problem that was learnt on another role, where the two share one metric:
latency rises on any role, and must not transfer a service's problem to its database. Its logarithm
is divided by the number of shared metrics: with dozens, it is the role that was guessed wrong."""
LEADERS = 6
"""Leading single problems, one of which is in each pair that is compared (ADR 0017: six).
Nothing changes with 3 or 12."""
MAX_PARTNERS = 40
"""Problems, the likeliest first, that a leader is paired with; it bounds the time."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Log weights (prior times likelihood ratio against the background) of all hypotheses.

    `singles` by row of the model, `pairs` by two rows; `unknown` is its prior, `none` the weight of
    no problem at all. `ratios` are the singles' log likelihood ratios and `no_fault` that of no
    problem, without priors. `predicted` (problems, metrics) is each single at its best strength.
    `component_factor` is the total evidence for a cause here, in log-odds; `learnt` whether it is
    based on weights, which were trained on affected components (see `reweighed`), or on signatures.
    """

    model: Model
    z_scores: FloatArray
    singles: FloatArray
    pairs: Mapping[tuple[int, int], float]
    unknown: float
    none: float
    ratios: FloatArray
    no_fault: float
    predicted: FloatArray
    component_factor: float = 0.0
    learnt: bool = False

    @property
    def total(self) -> float:
        """Log weight of all hypotheses that name a problem, known or not."""
        return float(np.logaddexp.reduce([*self.singles, *self.pairs.values(), self.unknown]))

    @property
    def known(self) -> float:
        """Log weight of the known problems, alone and in pairs."""
        return float(np.logaddexp.reduce([*self.singles, *self.pairs.values()]))


def weigh(model: Model, given: Mapping[str, float], redundancy: float = 1.0) -> Weighed:
    """Compare the z-scores `given` for one component with every hypothesis about it.

    `redundancy` >= 1: the mean number of metrics that repeat the same information.
    """
    z_scores = model.z_scores(given)
    still = _still(model, z_scores)
    background = _background(model, z_scores, still)
    priors = _priors(model)
    ratios, predicted = _singles(model, z_scores, still, background, redundancy)
    shared = np.isfinite(model.sizes + z_scores).sum(axis=1)
    transfer = np.where(model.other_role, np.log(PRIOR_OTHER_ROLE) / np.maximum(shared, 1), 0.0)
    singles = ratios + np.log1p(-PRIOR_NONE - PRIOR_UNKNOWN - PRIOR_PAIR) + priors + transfer
    leaders = np.argsort(-singles, kind="stable").tolist()
    pairs = _pairs(model, z_scores, still, background, redundancy, leaders)
    weights = {
        pair: ratio
        + np.log(PRIOR_PAIR)
        + priors[pair[0]]
        + priors[pair[1]]
        + min(transfer[pair[0]], transfer[pair[1]])
        for pair, ratio in pairs.items()
    }
    no_fault = _log_mass(still)
    silence = float(np.nansum(no_fault - background)) / redundancy
    weighed = Weighed(
        model=model,
        z_scores=z_scores,
        singles=singles,
        pairs=weights,
        unknown=float(np.log(PRIOR_UNKNOWN)),
        none=silence + float(np.log(PRIOR_NONE)),
        ratios=ratios,
        no_fault=silence,
        predicted=predicted,
    )
    return replace(weighed, component_factor=_component_factor(weighed))


def _component_factor(weighed: Weighed) -> float:
    """Log-odds of a cause here against an equal mixture of no problem and the background."""
    return weighed.total - float(np.logaddexp(weighed.no_fault, 0.0)) + float(np.log(2.0))


def _priors(model: Model) -> FloatArray:
    """Log share of each problem in all occurrences, with one added to each count."""
    counts = np.array([1.0 + problem.occurrences for problem in model.problems])
    return np.asarray(np.log(counts / counts.sum()), dtype=np.float64)


def _cell(z_scores: FloatArray, sizes: FloatArray, spreads: FloatArray) -> FloatArray:
    """Mass of the normal distribution in the z-score's cell, about its density since a cell is
    narrower than any spread; see the module. Shapes broadcast."""
    apart = (z_scores - sizes) / spreads
    mass = np.exp(-0.5 * apart * apart) / (spreads * np.sqrt(2 * np.pi))
    return np.asarray(mass, dtype=np.float64)


def _still(model: Model, z_scores: FloatArray) -> FloatArray:
    """Mass of each z-score where nothing moves its metric."""
    return _cell(z_scores, np.zeros_like(z_scores), model.no_fault)


def _mixed(
    z_scores: FloatArray,
    still: FloatArray,
    sizes: FloatArray,
    spreads: FloatArray,
    moves: FloatArray,
) -> FloatArray:
    """Mass of each z-score where its metric moves with probability `moves`."""
    return moves * _cell(z_scores, sizes, spreads) + (1 - moves) * still


def _log_mass(mass: FloatArray) -> FloatArray:
    return np.asarray(np.log((1 - OUTLIERS) * mass + OUTLIERS * BROAD), dtype=np.float64)


def _background(model: Model, z_scores: FloatArray, still: FloatArray) -> FloatArray:
    """Log probability of each z-score given only that something may be wrong.

    Half of it is the mean over the known problems, a quarter quiet, a quarter uniform.
    """
    mass = _mixed(z_scores, still, model.sizes, model.spreads, model.moves)
    known = np.exp(_log_mass(mass))
    count = np.isfinite(known).sum(axis=0)
    mean = np.where(count > 0, np.nansum(known, axis=0) / np.maximum(count, 1), BROAD)
    no_fault = np.exp(_log_mass(still))
    return np.asarray(np.log(0.5 * mean + 0.25 * no_fault + 0.25 * BROAD), dtype=np.float64)


def _tempered(ratios: FloatArray, tested: FloatArray) -> FloatArray:
    """Log ratios mixed with the background, at a share of 0.03 / (labelled incidents + 0.03)."""
    share = SURPRISE / (tested + SURPRISE)
    return np.asarray(np.log((1 - share) * np.exp(ratios) + share), dtype=np.float64)


def _strength_weights(strengths: FloatArray) -> FloatArray:
    weights = -0.5 * (np.log(strengths) / STRENGTH_SPREAD) ** 2
    return np.asarray(weights - np.logaddexp.reduce(weights), dtype=np.float64)


def _singles(
    model: Model,
    z_scores: FloatArray,
    still: FloatArray,
    background: FloatArray,
    redundancy: float,
) -> tuple[FloatArray, FloatArray]:
    """Log ratio of each problem over all strengths, and its prediction at the best strength."""
    sizes = at_strength(STRENGTHS[:, None, None], model.sizes)
    mass = _log_mass(_mixed(z_scores, still, sizes, model.spreads, model.moves))
    ratios = np.nansum(_tempered(mass - background, model.tested), axis=2)
    weighted = ratios / redundancy + _strength_weights(STRENGTHS)[:, None]
    best = weighted.argmax(axis=0)
    predicted = at_strength(STRENGTHS[best][:, None], model.expected)
    summed = np.asarray(np.logaddexp.reduce(weighted, axis=0), dtype=np.float64)
    return summed, np.asarray(predicted, dtype=np.float64)


def _pairs(
    model: Model,
    z_scores: FloatArray,
    still: FloatArray,
    background: FloatArray,
    redundancy: float,
    leaders: list[int],
) -> dict[tuple[int, int], float]:
    """Log ratio of two problems at once, whose sizes add up; one of them among the leaders."""
    weights = _strength_weights(PAIR_STRENGTHS)
    grid = list(product(range(PAIR_STRENGTHS.size), repeat=2))
    first = np.array([PAIR_STRENGTHS[a] for a, _ in grid])[:, None]
    second = np.array([PAIR_STRENGTHS[b] for _, b in grid])[:, None]
    prior = np.array([weights[a] + weights[b] for a, b in grid])
    pairs, expected = {}, expanded(model.expected)
    for index, one in enumerate(leaders[:LEADERS]):
        for other in leaders[index + 1 : MAX_PARTNERS]:
            sizes = compressed(first * expected[one] + second * expected[other])
            spreads = np.maximum(model.spreads[one], model.spreads[other])
            moves = np.maximum(model.moves[one], model.moves[other])
            mass = _log_mass(_mixed(z_scores, still, sizes, spreads, moves))
            tested = np.minimum(model.tested[one], model.tested[other])
            ratios = np.nansum(_tempered(mass - background, tested), axis=1)
            pair = (min(one, other), max(one, other))
            pairs[pair] = float(np.logaddexp.reduce(ratios / redundancy + prior))
    return pairs


def contributions(weighed: Weighed, row: int, other: int | None) -> FloatArray:
    """Evidence of each metric for problem `row` against `other` (None: no problem), in log-odds.

    Both at their best strength; 0 where the z-score or either size is unknown.
    """
    still = _still(weighed.model, weighed.z_scores)
    mine = _at_best(weighed, still, row)
    theirs = _log_mass(still) if other is None else _at_best(weighed, still, other)
    return np.nan_to_num(mine - theirs, nan=0.0)


def _at_best(weighed: Weighed, still: FloatArray, row: int) -> FloatArray:
    model, sizes = weighed.model, weighed.predicted[row]
    return _log_mass(_mixed(weighed.z_scores, still, sizes, model.spreads[row], model.moves[row]))
