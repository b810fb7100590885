"""Which problem, on one component: none, each known one, two at once, or an unknown one.

Each metric's reading has a probability under each hypothesis: either the metric moves, and reads
normally around the expected size, or it is quiet, as the same problem met another time leaves some
metrics alone; a share of `OUTLIERS` is spread evenly, since now and then a metric does something
of its own. Readings are compared in cells of width 1, of which the outermost hold all beyond, as
readings are clipped there. A problem is met more or less strongly than in its labelled incidents,
so that all its sizes are scaled by one factor, which is integrated out. Every probability is taken
relative to the background, what the metric does under any problem at all; so an unknown reading, or
a metric that a problem was never tested on, contributes a ratio of 1. As metrics that move together
repeat one another, the log ratio is divided by the mean number of metrics in a cluster of like ones
(docs/adr/0017, docs/adr/0021).

Figures beside a constant, here and in `model` and `redundancy`, are from two of the servers of
`python -m benchmarks identification` (*varied*, *harsh*, *varied, erratic*), with that constant
halved and doubled: 111 of 120 single problems come first, 27 of 54 pairs come first and second, and
7 of 30 normal windows are given a known problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from labo.domain.diagnosis.classification.model import Model
from labo.domain.entities.scale import MAX_DEVIATION
from labo.domain.entities.series import FloatArray

OUTLIERS = 0.03
"""Share of readings that a metric has for reasons of its own, spread evenly (ADR 0017, whose table
shows what it is worth). At 0.015: 112, 27 and 9; at 0.06: 110, 27 and 6."""
SURPRISE = 0.03
"""Labelled incidents as which it weighs that a metric does what it does under any problem: once is
no rule (ADR 0021). At 0.015: 113, 27 and 6; at 0.06: 109, 27 and 7."""
BROAD = 1 / (2 * MAX_DEVIATION + 1)
"""Mass of each cell of width 1 from -10 to 10, when anything is as probable."""
STRENGTHS = np.exp(np.linspace(np.log(0.25), np.log(4.0), 9))
"""Times its labelled incidents' sizes that one problem may have: from a quarter to four times, nine
values a factor of 1.41 apart, which is finer than the spread of a reading."""
PAIR_STRENGTHS = np.exp(np.linspace(np.log(0.35), np.log(2.0), 6))
"""The same of two at once, coarser, as they are tried in all combinations."""
STRENGTH_SPREAD = 1.0
"""Standard deviation of the log of a problem's strength between incidents (ADR 0017). At 0.5: 109,
26 and 6; at 2: 113, 27 and 7."""
PRIOR_NONE = 0.05
"""That a suspected component has no problem at all. By judgement. At 0.025: 112, 27 and 7;
at 0.1: 110, 27 and 7."""
PRIOR_UNKNOWN = 0.05
"""That it has one unlike any known. By judgement; nothing changes with 0.025 or 0.1."""
PRIOR_PAIR = 0.3
"""That two known problems come together there, if any does. It trades single problems for pairs:
112 and 25 at 0.15, 109 and 28 at 0.6."""
PRIOR_OTHER_ROLE = 0.1
"""That a problem learnt on another role is met at all, where the two share one metric: a latency
goes up on any role, and must not carry a service's problem over to its database. The log-odds are
divided by how many metrics they share: with dozens, it is the role's name that was guessed wrong.
"""
MAX_COMPONENT_FACTOR = float(np.log(1e6))
"""How much a component's readings may change the odds that the localisation gave it (ADR 0021:
10^6). A single server says nothing of it."""
LEADERS = 6
"""Likeliest single problems of which one is in each pair that is tried (ADR 0017: six).
Nothing changes with 3 or 12."""
MAX_PARTNERS = 40
"""Problems, the likeliest first, that a leader is paired with: it bounds the time."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Log weights (prior times likelihood ratio against the background) of all hypotheses.

    `singles` by row of the model, `pairs` by two rows; `unknown` is its prior, `none` the weight
    of no problem at all. `ratios` are the singles' log likelihood ratios and `quiet` that of no
    problem, without priors. `predicted` (problems, metrics) is each single at its best strength.
    `place` is how far all this speaks for a cause here, in log-odds; `learnt` whether weights say
    so, which have seen affected components (see `reweighed`), or the signatures alone.
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
    """Compare the readings of one component with every hypothesis about it.

    `redundancy` >= 1: how many metrics say the same thing, on average.
    """
    z_scores = model.z_scores(given)
    still = _still(model, z_scores)
    background = _background(model, z_scores, still)
    priors = _priors(model)
    ratios, predicted = _singles(model, z_scores, still, background, redundancy)
    shared = np.isfinite(model.sizes + z_scores).sum(axis=1)
    met = np.where(model.other_role, np.log(PRIOR_OTHER_ROLE) / np.maximum(shared, 1), 0.0)
    singles = ratios + np.log1p(-PRIOR_NONE - PRIOR_UNKNOWN - PRIOR_PAIR) + priors + met
    leaders = np.argsort(-singles, kind="stable").tolist()
    pairs = _pairs(model, z_scores, still, background, redundancy, leaders)
    weights = {
        pair: ratio
        + np.log(PRIOR_PAIR)
        + priors[pair[0]]
        + priors[pair[1]]
        + min(met[pair[0]], met[pair[1]])
        for pair, ratio in pairs.items()
    }
    no_fault = _log_mass(still)
    silence = float(np.nansum(no_fault - background)) / redundancy
    found = Weighed(
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
    return replace(found, component_factor=_component_factor(found))


def _component_factor(found: Weighed) -> float:
    """Rather a cause than calm, or any trouble."""
    log_ratio = found.total - float(np.logaddexp(found.no_fault, 0.0)) + float(np.log(2.0))
    return max(-MAX_COMPONENT_FACTOR, min(MAX_COMPONENT_FACTOR, log_ratio))


def _priors(model: Model) -> FloatArray:
    """Log share of each problem in what was seen, every one once more than it was."""
    counts = np.array([1.0 + problem.occurrences for problem in model.problems])
    return np.asarray(np.log(counts / counts.sum()), dtype=np.float64)


def _cell(z_scores: FloatArray, sizes: FloatArray, spreads: FloatArray) -> FloatArray:
    """Mass of the normal distribution in the reading's cell; see the module.

    `readings` are the last axis of all. A cell within is narrower than any spread, so that its
    mass is the density; the outermost have a tail each.
    """
    from scipy.special import ndtr  # only here: a diagnosis without knowledge starts without it

    shape = np.broadcast_shapes(z_scores.shape, sizes.shape, spreads.shape)
    sizes, spreads = np.broadcast_to(sizes, shape), np.broadcast_to(spreads, shape)
    apart = (z_scores - sizes) / spreads
    mass = np.exp(-0.5 * apart * apart) / (spreads * np.sqrt(2 * np.pi))
    last = MAX_DEVIATION - 0.5
    for end, sign in ((z_scores >= last, 1.0), (z_scores <= -last, -1.0)):
        columns = np.flatnonzero(end)
        if columns.size:
            within = sign * sizes[..., columns] - last
            mass[..., columns] = ndtr(within / spreads[..., columns])
    return np.asarray(mass, dtype=np.float64)


def _still(model: Model, z_scores: FloatArray) -> FloatArray:
    """Mass of each reading where nothing moves its metric."""
    return _cell(z_scores, np.zeros_like(z_scores), model.no_fault)


def _mixed(
    z_scores: FloatArray,
    still: FloatArray,
    sizes: FloatArray,
    spreads: FloatArray,
    moves: FloatArray,
) -> FloatArray:
    """Mass of each reading where its metric moves with probability `moves`."""
    return moves * _cell(z_scores, sizes, spreads) + (1 - moves) * still


def _log_mass(mass: FloatArray) -> FloatArray:
    return np.asarray(np.log((1 - OUTLIERS) * mass + OUTLIERS * BROAD), dtype=np.float64)


def _background(model: Model, z_scores: FloatArray, still: FloatArray) -> FloatArray:
    """Log probability of each reading when all that is known is that something may be wrong.

    Half of it is the mean over the known problems, a quarter quiet, a quarter anything.
    """
    mass = _mixed(z_scores, still, model.sizes, model.spreads, model.moves)
    known = np.exp(_log_mass(mass))
    count = np.isfinite(known).sum(axis=0)
    mean = np.where(count > 0, np.nansum(known, axis=0) / np.maximum(count, 1), BROAD)
    no_fault = np.exp(_log_mass(still))
    return np.asarray(np.log(0.5 * mean + 0.25 * no_fault + 0.25 * BROAD), dtype=np.float64)


def _tempered(ratios: FloatArray, tested: FloatArray) -> FloatArray:
    """Log ratios where 0.03 / (labelled incidents + 0.03) of what each metric does is the
    background's."""
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
    sizes = np.clip(STRENGTHS[:, None, None] * model.sizes, -MAX_DEVIATION, MAX_DEVIATION)
    mass = _log_mass(_mixed(z_scores, still, sizes, model.spreads, model.moves))
    ratios = np.nansum(_tempered(mass - background, model.tested), axis=2)
    weighted = ratios / redundancy + _strength_weights(STRENGTHS)[:, None]
    best = weighted.argmax(axis=0)
    predicted = np.clip(STRENGTHS[best][:, None] * model.expected, -MAX_DEVIATION, MAX_DEVIATION)
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
    found, expected = {}, model.expected
    for index, one in enumerate(leaders[:LEADERS]):
        for other in leaders[index + 1 : MAX_PARTNERS]:
            sizes = first * expected[one] + second * expected[other]
            sizes = np.clip(sizes, -MAX_DEVIATION, MAX_DEVIATION)
            spreads = np.maximum(model.spreads[one], model.spreads[other])
            moves = np.maximum(model.moves[one], model.moves[other])
            mass = _log_mass(_mixed(z_scores, still, sizes, spreads, moves))
            tested = np.minimum(model.tested[one], model.tested[other])
            ratios = np.nansum(_tempered(mass - background, tested), axis=1)
            pair = (min(one, other), max(one, other))
            found[pair] = float(np.logaddexp.reduce(ratios / redundancy + prior))
    return found


def contributions(weighed: Weighed, row: int, other: int | None) -> FloatArray:
    """What each metric says for problem `row` against `other` (None: no problem), in log-odds.

    Both at the strength that suits them best; 0 where the reading or either size is unknown.
    """
    still = _still(weighed.model, weighed.z_scores)
    mine = _at_best(weighed, still, row)
    theirs = _log_mass(still) if other is None else _at_best(weighed, still, other)
    return np.nan_to_num(mine - theirs, nan=0.0)


def _at_best(weighed: Weighed, still: FloatArray, row: int) -> FloatArray:
    model, sizes = weighed.model, weighed.predicted[row]
    return _log_mass(_mixed(weighed.z_scores, still, sizes, model.spreads[row], model.moves[row]))
