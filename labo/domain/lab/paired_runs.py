"""Comparing two arms over the same seeds: effect, interval, p-value, when to stop, side effects.

Both arms draw the same random numbers (common random numbers; Law, Simulation Modeling and
Analysis, section 11.2), so a pair differs only by what was changed, and the mean paired difference
estimates its effect. With it come:

* the **interval** is the BCa bootstrap's (Efron, JASA 82, 1987), with a fixed seed;
* the **p-value** is that of the sign-flip permutation test (Fisher, The Design of Experiments,
  1935, section 21), exact up to `EXACT_PAIRS` pairs and with random flips beyond;
* the **stopping rule** is an e-process on the signs: under *no more often up than down* the
  likelihood ratios of P(up) = q in (½, 1) are test supermartingales, and so is their mixture over
  q, so that the error is controlled however often it is checked (Ramdas, Grünwald, Vovk and Shafer,
  Statistical Science 38, 2023). Two directions are tested, at half the error each;
* **side effects** are changes in all other metrics, at a false discovery rate of 5 % (Benjamini and
  Hochberg, JRSS B 57, 1995).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from labo.domain.entities.series import FloatArray

ERROR = 0.05
"""Error probability of a verdict that there is a difference, however often it was checked; the
usual level."""

SAME_WITHIN = 0.05
"""Margin of equivalence as a share of arm A's mean: an interval within it means no difference that
matters. By judgement."""

LEAST_PAIRS_FOR_NONE = 20
"""Pairs below which *no difference* is never claimed, since the bootstrap's interval of few pairs
is too narrow. By judgement; the same figure as `interventions.LEAST_PAIRS`."""
EXACT_PAIRS = 13
"""Pairs up to which all sign flips are enumerated: 2^13 = 8,192 is fewer than the random ones."""
_FLIPS = 9_999
"""Random sign flips beyond; with the observed one 10,000, so that a p-value errs by about 0.002 at
0.05."""
_RESAMPLES = 2_000
"""Bootstrap resamples; SciPy's usual 9,999 would take five times as long. By judgement."""
_METRICS_AT_ONCE = 64
"""Metrics whose sign flips are computed together; it bounds memory."""
_SEED = 20_050_831
"""Any fixed number: the same runs give the same interval and p-value."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric of one run: `value` over the whole time after the onset, and the medians per
    interval `before` and `during`, with `spread` = max(IQR, std/4, 1 % of |median|) before.
    """

    value: float
    before: float
    during: float
    spread: float


@dataclass(frozen=True, slots=True)
class Observation:
    """One run of one arm; `measurements` by `component:metric`, absent if not measured."""

    seed: int
    measurements: Mapping[str, Measurement]


@dataclass(frozen=True, slots=True)
class Difference:
    """Arm B less arm A in one metric: mean over `pairs` pairs with its 95 % interval.

    `before` and `after` are the means of arm A and arm B. Without any pair all figures are NaN
    and `p_value` is 1.
    """

    metric: str
    pairs: int
    before: float
    after: float
    effect: float
    low: float
    high: float
    p_value: float


class ExperimentVerdict(StrEnum):
    """How arm B compares in the primary success metric; `INCONCLUSIVE` is a valid answer."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no_difference"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Signs:
    """How many pairs went up, how many down; ties count for neither."""

    up: int = 0
    down: int = 0

    @property
    def settled(self) -> bool:
        """Whether one may stop: either direction is significant at half of `ERROR`."""
        return max(self.log_e_up, self.log_e_down) >= math.log(2 / ERROR)

    @property
    def log_e_up(self) -> float:
        """Natural logarithm of the e-value against *no more often up than down*."""
        return _log_sign_e(self.up, self.down)

    @property
    def log_e_down(self) -> float:
        return _log_sign_e(self.down, self.up)


def _log_sign_e(wins: int, losses: int) -> float:
    """Of the uniform mixture over q in (½, 1) of q^wins (1 - q)^losses / ½^(wins + losses)."""
    from scipy.special import betaincc, betaln

    tail = max(float(betaincc(1 + wins, 1 + losses, 0.5)), 1e-300)
    mixed = float(betaln(1 + wins, 1 + losses)) + math.log(2 * tail)
    return mixed + (wins + losses) * math.log(2)


def signs(differences: Iterable[float]) -> Signs:
    """Of paired differences; NaN counts for neither.

    >>> signs([1.0, 2.0, 0.0, -1.0])
    Signs(up=2, down=1)
    """
    known = [d for d in differences if not math.isnan(d)]
    return Signs(sum(d > 0 for d in known), sum(d < 0 for d in known))


def paired(
    a: Sequence[Observation], b: Sequence[Observation]
) -> list[tuple[Observation, Observation]]:
    """Runs of both arms with the same seed, in the order of seeds; a seed without its partner
    is left out.
    """
    others = {one.seed: one for one in b}
    first = {one.seed: one for one in a}
    return [(first[seed], others[seed]) for seed in sorted(first) if seed in others]


def compared(pairs: Sequence[tuple[Observation, Observation]]) -> dict[str, Difference]:
    """Every metric that was measured in both arms of some pair, in the order of names."""
    names = sorted(
        {name for a, b in pairs for name in a.measurements.keys() & b.measurements.keys()}
    )
    found: dict[str, Difference] = {}
    for start in range(0, len(names), _METRICS_AT_ONCE):
        chosen = names[start : start + _METRICS_AT_ONCE]
        values = np.array(
            [[(_value(a, name), _value(b, name)) for name in chosen] for a, b in pairs]
        )
        both = np.isfinite(values).all(axis=2)
        p_values = sign_flip_p(np.where(both, _less(values), 0.0))
        for j, name in enumerate(chosen):
            found[name] = _difference(name, values[both[:, j], j], float(p_values[j]))
    return found


def _value(observation: Observation, name: str) -> float:
    measurement = observation.measurements.get(name)
    return math.nan if measurement is None else measurement.value


def _less(values: FloatArray) -> FloatArray:
    """Second minus first of the last axis; overflow is clipped to the largest float."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.nan_to_num(values[..., 1] - values[..., 0], nan=0.0)


def _means(values: FloatArray) -> FloatArray:
    """Of the first axis. Divided first, so that the sum of large values stays finite; what rounding
    lifts over the largest float is clipped to it."""
    with np.errstate(over="ignore"):
        means: FloatArray = np.nan_to_num((values / len(values)).sum(axis=0))
    return means


def _difference(name: str, values: FloatArray, p_value: float) -> Difference:
    if not len(values):
        return Difference(name, 0, *(math.nan,) * 5, 1.0)
    before, after = (float(mean) for mean in _means(values))
    differences = _less(values)
    low, high = interval(differences)
    effect = float(_means(differences))
    return Difference(name, len(values), before, after, effect, low, high, p_value)


def interval(differences: FloatArray) -> tuple[float, float]:
    """95 % BCa bootstrap interval of the mean; NaN without any.

    Equal values give that value, as every resample does. It is not a proof by itself, which is why
    verdicts rest on signs.
    """
    from scipy.stats import DegenerateDataWarning, bootstrap

    if not differences.size:
        return math.nan, math.nan
    largest = float(np.abs(differences).max())
    if np.ptp(differences / (largest or 1.0)) == 0:
        return float(differences[0]), float(differences[0])
    scaled = differences / largest
    for method in ("BCa", "percentile"):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            # BCa of nearly equal values is NaN, with a warning: then the percentiles are used.
            warnings.simplefilter("ignore", DegenerateDataWarning)
            found = bootstrap(
                (scaled,),
                np.mean,
                method=method,
                n_resamples=_RESAMPLES,
                rng=np.random.default_rng(_SEED),
            ).confidence_interval
        if math.isfinite(found.low) and math.isfinite(found.high):
            break
    return float(found.low) * largest, float(found.high) * largest


def sign_flip_p(differences: FloatArray) -> FloatArray:
    """Two-sided p-value per column of `differences`, shape (pairs, metrics).

    Under the null a pair's arms could be swapped, so each sign is as likely as the other. Rows
    of 0 change nothing. All 2^pairs flips up to `EXACT_PAIRS` pairs, else the observed one and
    9,999 random ones (Phipson and Smyth, SAGMB 9, 2010).
    """
    pairs, metrics = differences.shape
    if not pairs or not metrics:
        return np.ones(metrics)
    largest = np.abs(differences).max(axis=0)
    scaled = differences / np.where(largest > 0, largest, 1.0)
    if pairs <= EXACT_PAIRS:
        bits = np.arange(2**pairs)[:, None] >> np.arange(pairs)[None, :]
        flips = (bits & 1) * 2.0 - 1.0
    else:
        drawn = np.random.default_rng(_SEED).integers(0, 2, (_FLIPS, pairs)) * 2.0 - 1.0
        flips = np.vstack([np.ones((1, pairs)), drawn])
    seen = np.abs(scaled.sum(axis=0))
    p_values: FloatArray = (np.abs(flips @ scaled) >= seen - 1e-9).mean(axis=0)
    return p_values


def judged(
    primary: Difference, found: Signs, *, better_is_up: bool, complete: bool
) -> ExperimentVerdict:
    """The verdict on the primary success metric. `complete`: all planned pairs were run.

    A difference requires the e-process, so that it is valid at any time. *No difference* requires
    all planned pairs, at least `LEAST_PAIRS_FOR_NONE` of them, and an interval within `SAME_WITHIN`
    of arm A's mean.
    """
    line = math.log(2 / ERROR)
    up, down = found.log_e_up >= line, found.log_e_down >= line
    if up or down:
        return ExperimentVerdict.BETTER if up == better_is_up else ExperimentVerdict.WORSE
    margin = SAME_WITHIN * abs(primary.before)
    bounded = max(abs(primary.low), abs(primary.high)) <= margin
    if complete and primary.pairs >= LEAST_PAIRS_FOR_NONE and bounded:
        return ExperimentVerdict.NO_DIFFERENCE
    return ExperimentVerdict.INCONCLUSIVE


def side_effects(found: Mapping[str, Difference], primary: Iterable[str]) -> tuple[Difference, ...]:
    """Changes in other metrics, at a false discovery rate of 5 %, the surest and largest first."""
    from scipy.stats import false_discovery_control

    left_out = set(primary)
    others = [d for name, d in sorted(found.items()) if name not in left_out and d.pairs]
    if not others:
        return ()
    adjusted = false_discovery_control([d.p_value for d in others], method="bh")
    chosen = [d for d, p in zip(others, adjusted, strict=True) if p <= ERROR]
    return tuple(sorted(chosen, key=lambda d: (d.p_value, -_relative(d), d.metric)))


def _relative(one: Difference) -> float:
    return abs(one.effect) / (abs(one.before) or 1.0)
