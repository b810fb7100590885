"""LIKELY before and after, by row of the robustness grid, on families left out of the fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.robustness.report import FAMILIES
from benchmarks.table import Table
from benchmarks.verdict_thresholds.answers import Rested, answers_of
from benchmarks.verdict_thresholds.choice import AIM, CONFIDENCE, NEVER, Flags, chosen
from benchmarks.verdict_thresholds.fit import cross_fitted, fitted
from labo.domain.diagnosis.verdict import LIKELY_PROBABILITY
from labo.domain.entities.series import FloatArray

COLUMNS = (
    *("family", "variation", "cases"),
    *("LIKELY: .4 and a margin of .15", "wrong"),
    *("LIKELY: by its grounds, tested threshold", "wrong"),
    *(f"LIKELY: by its grounds, from {LIKELY_PROBABILITY}", "wrong"),
    "normal windows LIKELY: each of the three",
)
OLD_SHARE, OLD_MARGIN = 0.4, 0.15
"""The constants by judgement that the control has, which were the product's before ADR 0050."""
BELOW = 0.15
"""Distance below the threshold to which a claim is kept (`keeping.KEPT_BELOW`)."""
BINS = 10
"""Of the expected calibration error."""

Scores = Callable[[Sequence[Rested]], FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """Each answer's `scores` and whether it is `claimed`, by what was fitted and chosen on the
    other groups; `kept`: whether a claim made before would stay. `thresholds` are by group."""

    scores: FloatArray
    claimed: Flags
    kept: Flags
    thresholds: dict[str, float]


def run() -> Table:
    """All families and variations."""
    return table_of([one for family in FAMILIES.values() for one in answers_of(family)])


def left_out(answers: Sequence[Rested], free: Flags, *, by_grounds: bool) -> LeftOut:
    """Leaves each group out in turn: of the fit, and of the choice of the threshold, which is made
    on scores that are cross-fitted themselves."""
    groups = np.array([one.group for one in answers])
    scores, claimed = np.zeros(len(answers)), np.zeros(len(answers), dtype=bool)
    kept, thresholds = claimed.copy(), {}
    for group in dict.fromkeys(groups.tolist()):
        inside = groups == group
        others = [one for one in answers if one.group != group]
        own = [one for one in answers if one.group == group]
        among = cross_fitted(others) if by_grounds else _shares(others)
        scores[inside] = fitted(others).probabilities(own) if by_grounds else _shares(own)
        thresholds[group] = chosen(others, among, free[~inside])
        claimed[inside] = free[inside] & (scores[inside] >= thresholds[group])
        kept[inside] = free[inside] & (scores[inside] >= thresholds[group] - BELOW)
    return LeftOut(scores, claimed, kept, thresholds)


def limits(answers: Sequence[Rested]) -> Flags:
    """Which answers no limit on claims applies to."""
    return np.array([one.is_free and not one.is_one_of_many for one in answers])


def table_of(answers: Sequence[Rested]) -> Table:
    """One line for each row of the grid; the notes sum up."""
    free = limits(answers)
    old = np.array(
        [one.is_free and one.share >= OLD_SHARE and one.margin >= OLD_MARGIN for one in answers]
    )
    share = left_out(answers, np.array([one.is_free for one in answers]), by_grounds=False)
    new = left_out(answers, free, by_grounds=True)
    ways = (old, new.claimed, free & (new.scores >= LIKELY_PROBABILITY))
    rows: dict[tuple[str, str], list[int]] = {}
    for index, one in enumerate(answers):
        rows.setdefault((one.family, one.variation), []).append(index)
    return Table(
        "Honest verdicts: LIKELY on families left out",
        COLUMNS,
        [_line(key, np.array(indices), answers, ways) for key, indices in rows.items()],
        (*_summary(answers, (share.claimed, *ways), rows), *_notes(answers, share, new)),
    )


def _line(
    key: tuple[str, str], indices: FloatArray, answers: Sequence[Rested], ways: Sequence[Flags]
) -> tuple[object, ...]:
    own = indices.astype(np.int64)
    normal = np.array([answers[index].is_normal for index in own])
    asked, windows = own[~normal], own[normal]
    right = np.array([answers[index].is_right for index in asked], dtype=bool)
    cells: list[object] = [*key, asked.size]
    for way in ways:
        sure, wrong = int(way[asked].sum()), int((way[asked] & ~right).sum())
        shown = f"{wrong} ({wrong / asked.size:.3f})"
        cells += [sure, f"**{shown}**" if wrong > AIM * asked.size else shown]
    alarms = ", ".join(str(int(way[windows].sum())) for way in ways)
    return (*cells, f"{alarms} of {windows.size}" if windows.size else "–")


def _summary(
    answers: Sequence[Rested],
    ways: Sequence[Flags],
    rows: dict[tuple[str, str], list[int]],
) -> Iterator[str]:
    asked = np.array([not one.is_normal for one in answers])
    right = np.array([one.is_right for one in answers])
    names = (
        "threshold on the share",
        ".4 and a margin of .15",
        "by its grounds, tested threshold",
        f"by its grounds, from {LIKELY_PROBABILITY} (the product)",
    )
    for name, way in zip(names, ways, strict=True):
        wrong = way & asked & ~right
        bad = sum(wrong[indices].sum() > AIM * asked[indices].sum() for indices in rows.values())
        yield (
            f"{name}: {int((way & asked).sum())} of {int(asked.sum())} answers LIKELY, "
            f"{int(wrong.sum())} wrong ({wrong.sum() / asked.sum():.3f} of all); more than "
            f"{AIM:.0%} wrong in {bad} of {len(rows)} rows; "
            f"{int((way & ~asked).sum())} of {int((~asked).sum())} normal windows LIKELY."
        )


def _notes(answers: Sequence[Rested], share: LeftOut, new: LeftOut) -> Iterator[str]:
    known = np.array([one.grounds is not None and not one.is_normal for one in answers])
    right = np.array([one.is_right for one in answers])
    shares = _shares(answers)
    pairs = (("the share", shares), ("the probability by grounds", new.scores))
    errors = (
        f"{name} {_calibration_error(p[known], right[known]):.3f} "
        f"(Brier score {float(((p[known] - right[known]) ** 2).mean()):.3f})"
        for name, p in pairs
    )
    yield f"Calibration error of the leading component on groups left out: {', '.join(errors)}."
    held = new.kept & known & ~right
    yield (
        f"A claim is kept down to {BELOW} below the threshold: were all answers there claimed, "
        f"{int((new.kept & known).sum())} would be, {int(held.sum())} wrong "
        f"({held.sum() / sum(not one.is_normal for one in answers):.3f} of all)."
    )
    for name, one in (("share", share), ("grounds", new)):
        chosen_lines = (
            f"{group} {line:.2f}" if line < NEVER else f"{group} none"
            for group, line in one.thresholds.items()
        )
        yield f"Thresholds by {name}, each chosen without the group: {', '.join(chosen_lines)}."
    yield (
        "The limits on claims apply to all, that on one of many to those by grounds. Each "
        "group is left out with all its variations, of the fit and of the choice of the "
        f"threshold (Learn then Test, at most {AIM:.0%} wrong with {CONFIDENCE:.0%} confidence, "
        "and in no group or variation more). Which grounds there are was chosen on these "
        f"families. The product's threshold is {LIKELY_PROBABILITY} by its meaning (docs/adr/0050)."
    )


def _shares(answers: Sequence[Rested]) -> FloatArray:
    return np.array([one.share for one in answers])


def _calibration_error(claimed: FloatArray, right: Flags) -> float:
    """Mean of |share right - mean claimed| over ten equal bins, weighted by their answers."""
    bins = np.minimum((claimed * BINS).astype(np.int64), BINS - 1)
    return float(np.abs(np.bincount(bins, claimed - right)).sum() / claimed.size)
