"""How probable it is that an action which helped before resolves the incident at hand.

Computed from what was measured: how past executions ended, whether the problem stayed away, and how
surely this is the same problem. A model's opinion, a person's approval and an alert that went away
by itself are no evidence. `python -m benchmarks memory_confidence` measures and fits it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime, timedelta
from math import exp, log

from labo.domain.escalation.action_templates import Value
from labo.domain.escalation.verification_outcomes import VerificationOutcome

STAYED_FIXED = timedelta(hours=1)
"""A problem that is back sooner was not solved (design: escalation, anti-loop: an hour)."""
FADE = 0.8
"""Weight that an execution retains for each newer one of the same action, so that at most five
count in all: systems change. By judgement."""
FADE_FAST = 0.5
"""The same where an action that has stopped helping is to be noticed after one failure or two.
By judgement: the newest weighs as much as all others."""
DOUBT = 0.2
"""Level of the lower bound of an action's record. By judgement; the fitted weights make up for
another one."""
_JEFFREYS = 0.5
"""Pseudo-successes and pseudo-failures of the prior of a share (Jeffreys, 1946)."""
_EDGE = 1e-3
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class PastExecution:
    """An executed action, with what was the leading suspect then: `problem` (title) on `component`
    (key) of `role`. `ended_at` is when its effect was verified; `recurred_at` when the same
    symptoms came back first, None while they stay away."""

    id: str
    incident: str
    problem: str
    component: str
    role: str
    template: str
    parameters: Mapping[str, Value]
    outcome: VerificationOutcome | None
    ended_at: datetime
    recurred_at: datetime | None = None

    @property
    def helped(self) -> bool | None:
        """Whether the problem went away and stayed away; None where nobody measured it."""
        match self.outcome:
            case VerificationOutcome.WORKED:
                back = self.recurred_at
                return back is None or back > self.ended_at + STAYED_FIXED
            case VerificationOutcome.NO_EFFECT | VerificationOutcome.WORSE:
                return False
        return None


@dataclass(frozen=True, slots=True)
class Question:
    """The incident at hand: its leading suspect with that suspect's probability, and how similar
    (0 to 1) other incidents (ids) are to it; one that is missing is not similar."""

    problem: str
    component: str
    role: str
    suspect_probability: float
    similarities: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """What the past says of one action. `record` is the lower bound of the share of its executions
    that helped, close ones counting more; `lately` the same where the newest count most.
    `agreement` is the share of the most similar incidents with a known cure that it cured,
    `similarity` the greatest to one that it cured. `executions` are newest first."""

    template: str
    record: float
    lately: float
    agreement: float
    similarity: float
    executions: tuple[PastExecution, ...]

    @property
    def is_unbroken(self) -> bool:
        """Whether the newest executions all helped: one that failed lately is nothing to take
        without asking, however probable it still is."""
        return all(one.helped for one in self.executions[:WATCHED])

    @property
    def cures(self) -> tuple[PastExecution, ...]:
        return tuple(one for one in self.executions if one.helped)


@dataclass(frozen=True, slots=True)
class ConfidenceWeights:
    """Of a logistic regression over `features`."""

    intercept: float
    record: float
    lately: float
    agreement: float
    similarity: float
    suspect: float


WEIGHTS = ConfidenceWeights(-0.254, 0.214, 0.498, 1.396, 0.880, 0.109)
"""Fitted by `python -m benchmarks memory_confidence` to all of its kinds of problems."""

WATCHED = 5
"""Newest executions that `is_unbroken` looks at. By judgement: as many as count in all (`FADE`)."""
ALIKE_FROM = 0.5
"""Similarity from which an incident with another problem counts at all. By judgement: two incidents
that share the component's name alone are below."""
SAME_PROBLEM = 0.7
"""Weight of an execution against the same problem on another component. By judgement."""
OTHER_PROBLEM = 0.3
"""Weight, times similarity, of one against another problem. By judgement: the words are alike, but
the diagnosis differs."""
NEIGHBOURS = 5
"""Most similar incidents that `agreement` looks at. By judgement."""


def records(question: Question, past: Sequence[PastExecution]) -> list[ActionRecord]:
    """The record of each action (template) that was verified in a comparable incident, by name."""
    by_template: dict[str, list[PastExecution]] = {}
    for one in past:
        if one.helped is not None and _closeness(question, one) > 0:
            by_template.setdefault(one.template, []).append(one)
    neighbours = _neighbours(question, past)
    return [
        _record(question, name, found, neighbours) for name, found in sorted(by_template.items())
    ]


def probability(
    question: Question, record: ActionRecord, weights: ConfidenceWeights = WEIGHTS
) -> float:
    """The probability that the action of `record` resolves the incident in question."""
    intercept, *slopes = astuple(weights)
    values = features(question, record)
    total = intercept + sum(w * value for w, value in zip(slopes, values, strict=True))
    return 1 / (1 + exp(-max(-30.0, min(30.0, total))))


def features(question: Question, record: ActionRecord) -> tuple[float, ...]:
    """What the regression weighs, in the order of `ConfidenceWeights`."""
    return (
        _log_odds(record.record),
        _log_odds(record.lately),
        record.agreement,
        record.similarity,
        _log_odds(question.suspect_probability),
    )


def lower_bound(helped: float, of: float) -> float:
    """What the share of `helped` in `of` (weighted counts) exceeds with confidence 1 - DOUBT.

    The quantile of the Beta posterior under Jeffreys' prior.

    >>> round(lower_bound(0, 0), 2), round(lower_bound(1, 1), 2), round(lower_bound(4, 4), 2)
    (0.1, 0.53, 0.82)
    """
    from scipy.special import betaincinv  # slow to import; only who has a record needs it

    return float(betaincinv(_JEFFREYS + helped, _JEFFREYS + of - helped, DOUBT))


def _record(
    question: Question,
    template: str,
    past: Sequence[PastExecution],
    neighbours: Mapping[str, float],
) -> ActionRecord:
    newest_first = sorted(past, key=lambda one: (one.ended_at, one.id), reverse=True)
    cured = {one.incident for one in newest_first if one.helped}
    total = sum(neighbours.values())
    agreeing = sum(weight for incident, weight in neighbours.items() if incident in cured)
    return ActionRecord(
        template=template,
        record=_bound(question, newest_first, FADE),
        lately=_bound(question, newest_first, FADE_FAST),
        agreement=agreeing / total if total else 0.0,
        similarity=max((question.similarities.get(one, 0.0) for one in cured), default=0.0),
        executions=tuple(newest_first),
    )


def _bound(question: Question, newest_first: Sequence[PastExecution], fade: float) -> float:
    helped = total = 0.0
    weight = 1.0
    for one in newest_first:
        counted = weight * _closeness(question, one)
        total += counted
        helped += counted * bool(one.helped)
        weight *= fade
    return lower_bound(helped, total)


def _closeness(question: Question, one: PastExecution) -> float:
    """How much an execution says of the question: 1 for the same problem on the same component."""
    if one.problem == question.problem:
        return 1.0 if one.component == question.component else SAME_PROBLEM
    alike = question.similarities.get(one.incident, 0.0)
    return 0.0 if alike < ALIKE_FROM else OTHER_PROBLEM * alike


def _neighbours(question: Question, past: Iterable[PastExecution]) -> dict[str, float]:
    """The most similar incidents that some action cured, with the square of their similarity: a
    paraphrase is to count more than what shares a component's name."""
    cured = {one.incident for one in past if one.helped}
    alike = [(question.similarities.get(one, 0.0) ** 2, one) for one in cured]
    return {one: weight for weight, one in sorted(alike, reverse=True)[:NEIGHBOURS]}


def _log_odds(share: float) -> float:
    inside = min(1 - _EDGE, max(_EDGE, share))
    return log(inside / (1 - inside))


def word_overlap(text: str, other: str) -> float:
    """Share of the words of both that they have in common (Dice, 1945), from 0 to 1.

    >>> word_overlap("HighLatency on checkout", "checkout: HighLatency")
    0.8
    """
    words, others = _words(text), _words(other)
    return 2 * len(words & others) / (len(words) + len(others)) if words or others else 0.0


def similarity(overlap: float, cosine: float) -> float:
    """Of two incidents by their words and their vectors, from 0 to 1: comparable over answers, as
    a fused rank is not. The mean of both, since either misses what the other sees."""
    return (overlap + max(0.0, min(1.0, cosine))) / 2


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))
