"""Verification of executed actions against the living engine's truth, with simple rivals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.table import Table
from benchmarks.verification_runs import (
    SECONDS,
    Arm,
    Incident,
    Record,
    arms_of,
    incidents_of,
    record,
)
from benchmarks.verification_trials import NO_EFFECT, UNKNOWN, WORKED, WORSE, Trial, trials_of
from labo.domain.escalation.action_look import VerificationLimits
from labo.domain.escalation.recovery import conditions_of, scored
from labo.domain.escalation.verification import verified
from labo.domain.escalation.verification_outcomes import Verification, VerificationOutcome

CHOSEN_ON = ("random-8-1", "random-10-2", "random-12-3")
"""Systems on which the limits were chosen; they are reported apart."""
REPORTED_ON = ("random-9-14", "random-10-12", "random-11-15", "random-12-16")
SEED = 1
AFTER_S = 120.0
"""When the rivals look, in seconds after the action: as verification at its first look."""
CHANGED_T = 3.0
"""Standard errors of a difference of means that count as a change."""
Play = Callable[[Incident, Arm], Record]


@dataclass(frozen=True, slots=True)
class Answered:
    """A trial, what each method answered, and verification's confidence."""

    trial: Trial
    answers: Mapping[str, VerificationOutcome]
    confidence: float


def trials(systems: Iterable[str], play: Play = record) -> Iterator[Trial]:
    """Every trial of those systems."""
    for system in systems:
        incidents = incidents_of(system, SEED)
        normal = play(incidents[0], Arm.NORMAL)
        for number, incident in enumerate(incidents):
            runs = {arm: play(incident, arm) for arm in arms_of(number)}
            yield from trials_of(incident, {**runs, Arm.NORMAL: normal})


def answer(trial: Trial) -> Verification:
    """What verification says in the end, asked again whenever it wants; `not_yet` at the end of
    the run counts as unknown."""
    limits = VerificationLimits(longest_s=SECONDS - trial.acted.ended)
    now = trial.acted.ended + 1
    while True:
        found = verified(trial.acted, now, limits)
        if found.outcome is not VerificationOutcome.NOT_YET or found.look_again_at is None:
            return found
        if now >= SECONDS:
            return Verification(UNKNOWN, 0.0, found.reasons)
        now = min(SECONDS, found.look_again_at)


def alert_gone(trial: Trial) -> VerificationOutcome:
    """The rival that most tools have: the alert went away, so it worked."""
    acted = trial.acted
    scores = {
        key: one
        for key, series in acted.series.items()
        if (one := scored(key, series, acted.baseline))
    }
    conditions = conditions_of(
        acted.series, scores, acted.baseline, acted.affected, acted.onset, acted.began, AFTER_S / 2
    )
    until = acted.ended + AFTER_S
    firing = [one.scored.median(until - AFTER_S / 2, until) > one.calm for one in conditions]
    return NO_EFFECT if any(firing) else WORKED


def means_differ(trial: Trial) -> VerificationOutcome:
    """Another: the mean after the action against the mean before it, over all harmful series."""
    acted, sums = trial.acted, []
    for key, series in acted.series.items():
        one = scored(key, series, acted.baseline)
        if one is None or one.median(acted.onset, acted.began) < AFTER_S / 60:
            continue
        before = one.between(acted.onset, acted.began)
        after = one.between(acted.ended, acted.ended + AFTER_S)
        if min(before.size, after.size) > 1:
            error = np.sqrt(before.var() / before.size + after.var() / after.size)
            sums.append((after.mean() - before.mean()) / max(error, 1e-9))
    t = float(np.median(sums)) if sums else 0.0
    return WORKED if t < -CHANGED_T else WORSE if t > CHANGED_T else NO_EFFECT


def answered(found: Iterable[Trial]) -> list[Answered]:
    """What all methods say of each trial."""
    results = []
    for trial in found:
        said = answer(trial)
        answers = {
            "verification": said.outcome,
            "alert went away": alert_gone(trial),
            "mean before and after": means_differ(trial),
            "always worked": WORKED,
            "always no effect": NO_EFFECT,
        }
        results.append(Answered(trial, answers, said.confidence))
    return results


def run(play: Play = record) -> Table:
    """Per method, and of verification per kind of trial: how many are right, wrong, unknown."""
    chosen, reported = answered(trials(CHOSEN_ON, play)), answered(trials(REPORTED_ON, play))
    rows = [_row(f"{method} (all)", reported, method) for method in reported[0].answers]
    families = sorted({one.trial.family for one in reported})
    for family in families:
        own = [one for one in reported if one.trial.family == family]
        rows += [_row(family, own, method) for method in ("verification", "alert went away")]
    rows.append(_row("systems that limits were chosen on", chosen, "verification"))
    columns = ("trials", "method", "n", "right", "wrong", "unknown", "right of decided", "mistakes")
    notes = (
        f"Reported on {', '.join(REPORTED_ON)}; limits were chosen on {', '.join(CHOSEN_ON)}.",
        "Where no data came since the action, unknown is right; elsewhere it counts apart.",
        _calibration(reported),
    )
    return Table("Verification of executed actions", columns, rows, notes)


def _row(name: str, results: Sequence[Answered], method: str) -> tuple[object, ...]:
    right = wrong = unknown = 0
    mistakes: Counter[str] = Counter()
    for one in results:
        said, truth = one.answers[method], one.trial.expected
        if said is truth:
            right += 1
        elif said is UNKNOWN:
            unknown += 1
        else:
            wrong += 1
            mistakes[f"{truth.value} as {said.value}"] += 1
    decided = right + wrong
    share = f"{right / decided:.1%}" if decided else "-"
    listed = ", ".join(f"{count} {what}" for what, count in mistakes.most_common())
    return name, method, len(results), right, wrong, unknown, share, listed or "-"


def _calibration(results: Sequence[Answered]) -> str:
    """Stated confidence against how often it was right, of what was decided."""
    decided = [one for one in results if one.answers["verification"] is not UNKNOWN]
    stated = sum(one.confidence for one in decided) / len(decided)
    right = sum(one.answers["verification"] is one.trial.expected for one in decided)
    return f"Mean confidence of decided trials {stated:.1%}, right {right / len(decided):.1%}."
