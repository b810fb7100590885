"""Is memory's probability right, and how often would the fast track fire wrongly?

The weights and the fast track's threshold are fitted on histories of some kinds and measured on
other histories, on the kinds that were left out (four folds of three kinds). Beside them stand two
simple rules and the same without sight of recurrences; then a world with weaker cures, and one
in which every action helps less than in the world that the weights were fitted to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, replace
from typing import TypeVar

import numpy as np

from benchmarks.memory_histories import (
    INCIDENTS,
    Claim,
    Control,
    History,
    run_history,
    uncorrected,
)
from benchmarks.memory_kinds import Kind, sound_cures, weak_cures
from benchmarks.table import Table
from labo.domain.entities.diagnoses import Verdict
from labo.domain.escalation.known_solutions import FAST_TRACK, own_calibration
from labo.domain.escalation.memory_confidence import (
    ActionRecord,
    ConfidenceWeights,
    Question,
    features,
    probability,
)
from labo.domain.knowledge.calibration import Claim as Calibrated
from labo.domain.knowledge.calibration import calibration_figures
from labo.services.escalation.known_solutions import OWN_RECORD

T = TypeVar("T", Claim, Control)
Kinds = Callable[[], Sequence[Kind]]

FITTED_ON = range(1, 13)
REPORTED_ON = range(1001, 1025)
FOLDS = 4
FALSE_FIRES = 0.04
"""The threshold is the lowest one from `FAST_TRACK` on at which this share of what is taken does
not help, on the kinds fitted to: one in a hundred less than is aimed at on others."""
_ROUNDS = 2
_RIDGE = 1.0
_EARLY = 40
_FIRST = ConfidenceWeights(0.0, 1.0, 0.0, 1.0, 0.0, 0.0)
_COLUMNS = (
    *("what", "answers", "ECE", "Brier", "taken above", "taken", "did not help", "share"),
    "upper bound",
)


def run() -> Table:
    rows: list[tuple[object, ...]] = []
    for name, kinds in (("sound cures", sound_cures), ("weak cures", weak_cures)):
        rows += _world(name, kinds)
    weights, threshold = fit(sound_cures, set())
    rows += _shifted(weights, threshold)
    return Table(
        "Memory's confidence",
        _COLUMNS,
        rows,
        (
            f"{len(REPORTED_ON)} histories of {INCIDENTS} incidents a row but the last two; kinds "
            "left out of the fit. An answer is the best action that memory knows for an incident. "
            "The bound is one-sided, 95 % (Clopper and Pearson).",
            f"Over all kinds of sound cures: weights {_shown(weights)}, threshold {threshold:.2f}.",
        ),
    )


def _world(name: str, kinds: Kinds) -> list[tuple[object, ...]]:
    """The rows of one world: memory, its fast track, the controls, and each kind."""
    ours: list[Claim] = []
    blind: list[Claim] = []
    controls: tuple[list[Control], list[Control]] = ([], [])
    thresholds = []
    for fold in range(FOLDS):
        left_out = {kind.number for kind in kinds() if kind.number % FOLDS == fold}
        weights, threshold = fit(kinds, left_out)
        thresholds.append(threshold)
        histories = [_history(seed, weights, kinds(), fast_track=threshold) for seed in REPORTED_ON]
        ours += _of(left_out, (one for history in histories for one in history.claims))
        for control, name_of in zip(controls, ("nearest", "similar"), strict=True):
            found = (one for history in histories for one in getattr(history, name_of))
            control += _of(left_out, found)
        without = [_history(seed, weights, kinds(), sees_recurrence=False) for seed in REPORTED_ON]
        blind += _of(left_out, (one for history in without for one in history.claims))
    early = [one for one in ours if one.number < _EARLY]
    rows = [
        _row(f"{name}: memory", ours, FAST_TRACK),
        _row(f"{name}: memory, above {_range(thresholds)} by the other kinds", ours, None),
        _row(f"… its first {_EARLY} incidents of a history", early, None),
        _row("control: mean success of the nearest incident's action", controls[0], FAST_TRACK),
        _row("control: similarity of the nearest cured incident", controls[1], FAST_TRACK),
        _row("the same as memory, recurrences not seen", blind, FAST_TRACK),
    ]
    if kinds is sound_cures:
        rows += [_row(_named(kind), _of({kind.number}, ours), None) for kind in kinds()]
    return rows


def fit(kinds: Kinds, left_out: set[int]) -> tuple[ConfidenceWeights, float]:
    """Logistic regression with a ridge on what memory said of the kinds that are not left out, and
    the threshold of its fast track.

    What it says depends on what was executed, which depends on the weights: two rounds.
    """
    weights, claims = _FIRST, list[Claim]()
    for _ in range(_ROUNDS):
        claims = [
            one
            for seed in FITTED_ON
            for one in _history(seed, weights, kinds()).claims
            if one.kind not in left_out
        ]
        weights = fitted(claims)
    return weights, _threshold(claims, weights)


def fitted(claims: Sequence[Claim]) -> ConfidenceWeights:
    """The weights with the greatest penalised likelihood, by Newton's method."""
    inputs = np.array([(1.0, *features(one.question, one.record)) for one in claims])
    helped = np.array([float(one.helped) for one in claims])
    penalty = _RIDGE * np.eye(inputs.shape[1])
    penalty[0, 0] = 0.0
    weights = np.zeros(inputs.shape[1])
    for _ in range(30):
        shares = 1 / (1 + np.exp(-inputs @ weights))
        gradient = inputs.T @ (shares - helped) + penalty @ weights
        hessian = inputs.T @ (inputs * (shares * (1 - shares))[:, None]) + penalty
        weights = weights - np.linalg.solve(hessian, gradient)
    return ConfidenceWeights(*(round(float(one), 3) for one in weights))


def _threshold(claims: Sequence[Claim], weights: ConfidenceWeights) -> float:
    again = [
        replace(one, probability=probability(one.question, one.record, weights)) for one in claims
    ]
    for percent in range(round(100 * FAST_TRACK), 100):
        taken = [one for one in again if _is_taken(one, percent / 100)]
        if sum(not one.helped for one in taken) <= FALSE_FIRES * len(taken):
            return percent / 100
    return 0.99


def _history(
    seed: int,
    weights: ConfidenceWeights,
    kinds: Sequence[Kind],
    *,
    fast_track: float = FAST_TRACK,
    incidents: int = INCIDENTS,
    own_record: bool = False,
    sees_recurrence: bool = True,
) -> History:
    def judge(question: Question, record: ActionRecord) -> float:
        return probability(question, record, weights)

    return run_history(
        seed,
        judge,
        correct=_corrected if own_record else uncorrected,
        fast_track=fast_track,
        incidents=incidents,
        kinds=kinds,
        sees_recurrence=sees_recurrence,
    )


def _corrected(chance: float, foreseen: Sequence[tuple[float, bool]]) -> float:
    """By what the workspace's own executions showed, as the product does it."""
    return own_calibration(foreseen[-OWN_RECORD:]).apply(chance)


def _shifted(weights: ConfidenceWeights, threshold: float) -> list[tuple[object, ...]]:
    """A world that the weights were not fitted to: every action helps a quarter less often."""
    kinds = [replace(kind, helps=kind.helps * 0.75) for kind in sound_cures()]
    rows = []
    for name, own_record in (("bundled weights alone", False), ("with its own record", True)):
        histories = [
            _history(
                seed, weights, kinds, fast_track=threshold, own_record=own_record, incidents=400
            )
            for seed in REPORTED_ON[:10]
        ]
        claims = [one for history in histories for one in history.claims]
        rows.append(_row(f"every action helps a quarter less: {name}", claims, threshold))
    return rows


def _of(numbers: set[int], found: Iterable[T]) -> list[T]:
    return [one for one in found if one.kind in numbers]


def _row(name: str, answers: Sequence[Claim | Control], above: float | None) -> tuple[object, ...]:
    claims = [
        Calibrated(one.probability, one.helped, _TAKEN if _is_taken(one, above) else _NOT_TAKEN)
        for one in answers
    ]
    figures = calibration_figures(claims)
    taken = [one for one in claims if one.verdict is _TAKEN]
    wrong = sum(not one.right for one in taken)
    return (
        *(name, figures.claims, figures.error, figures.brier, _number(above), len(taken), wrong),
        *(figures.wrong_confirmed, figures.wrong_confirmed_bound),
    )


_TAKEN, _NOT_TAKEN = Verdict.CONFIRMED, Verdict.LIKELY
"""So that `calibration_figures` counts how often what was taken was wrong."""


def _is_taken(one: Claim | Control, above: float | None) -> bool:
    """None: by the threshold of the fold that it is of."""
    if above is None:
        return isinstance(one, Claim) and one.executed
    if isinstance(one, Claim) and not one.record.is_unbroken:
        return False
    return one.probability > above


def _number(above: float | None) -> str:
    return "by fold" if above is None else f"{above:.2f}"


def _range(thresholds: Sequence[float]) -> str:
    return f"{min(thresholds):.2f} to {max(thresholds):.2f}"


def _named(kind: Kind) -> str:
    about = f"kind {kind.number + 1} ({kind.problem}): helps {kind.helps:.2f}"
    if kind.relapses > 0.1:
        about += f", back within the hour {kind.relapses:.2f}"
    if kind.later_action:
        about += f", until {kind.stops_at:.0%} of the history"
    if kind.confused_with is not None:
        about += ", confused with another"
    if kind.named_as is not None or kind.number in {one.named_as for one in weak_cures()}:
        about += ", one of two behind one name"
    return about


def _shown(weights: ConfidenceWeights) -> str:
    return ", ".join(f"{one:.3f}" for one in astuple(weights))
