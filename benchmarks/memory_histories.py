"""Generated histories of incidents that recur, of what was done about them, and of what helped.

Twelve kinds. Each has an action that helps with a probability of its own; the problem may be back
within the hour although it was cured; two actions stop helping half-way; two pairs of kinds are
confused by the diagnosis, and one pair is one problem in its eyes with two different cures. The
diagnosis names its leading suspect with a calibrated probability.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from benchmarks.incident_texts import COMPONENTS, KINDS
from benchmarks.memory_kinds import ACTIONS, Kind
from benchmarks.text_similarities import similarities
from labo.domain.entities.series import FloatArray
from labo.domain.escalation.memory_confidence import (
    ActionRecord,
    PastExecution,
    Question,
    records,
)
from labo.domain.escalation.verification_outcomes import VerificationOutcome

INCIDENTS = 200
_START = datetime(2026, 1, 1, tzinfo=UTC)
_MEAN_GAP = timedelta(hours=3)
_BY_CHANCE = 0.03
"""Probability that an action helps which is not the kind's."""
_EXPERT = 0.75
"""Probability that whoever decides without memory chooses the kind's action at once."""
_UNVERIFIED = 0.03
_COMPONENTS_OF_KIND = 4
_ATTEMPTS = 3
_CERTAINTIES = (0.98, 0.95, 0.9, 0.8, 0.6)


@dataclass(frozen=True, slots=True)
class Claim:
    """What memory said of its best action for one incident, and whether that action resolves it."""

    kind: int
    record: ActionRecord
    question: Question
    helped: bool
    probability: float
    executed: bool
    number: int


@dataclass(frozen=True, slots=True)
class Control:
    """The same of a simple rule; None where it has nothing to say."""

    kind: int
    probability: float
    helped: bool


@dataclass
class History:
    """What a run through one history left."""

    claims: list[Claim] = field(default_factory=list)
    foreseen: list[tuple[float, bool]] = field(default_factory=list)
    """Of what was executed, whoever chose it: memory's uncorrected probability, and the effect."""
    nearest: list[Control] = field(default_factory=list)
    similar: list[Control] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Incident:
    kind: Kind
    component: str
    problem: str
    certainty: float
    at: datetime
    text: str


Judge = Callable[[Question, ActionRecord], float]
"""The uncorrected probability of an action."""
Correct = Callable[[float, Sequence[tuple[float, bool]]], float]
"""An uncorrected probability, corrected by what was foreseen of executed actions."""


def uncorrected(chance: float, foreseen: Sequence[tuple[float, bool]]) -> float:
    """By nothing."""
    del foreseen
    return chance


def run_history(
    seed: int,
    judge: Judge,
    *,
    fast_track: float,
    kinds: Sequence[Kind],
    incidents: int = INCIDENTS,
    correct: Correct = uncorrected,
    sees_recurrence: bool = True,
) -> History:
    """Go through a history of `incidents`. What `judge` gives more than `fast_track` is executed if
    its newest executions all helped, else an expert decides. Without `sees_recurrence` a cure
    counts however soon the problem was back."""
    return _Run(seed, judge, correct, fast_track, kinds, sees_recurrence).go(incidents)


class _Run:
    def __init__(
        self,
        seed: int,
        judge: Judge,
        correct: Correct,
        fast_track: float,
        kinds: Sequence[Kind],
        sees_recurrence: bool,
    ) -> None:
        self._rng = random.Random(seed)
        self._judge = judge
        self._correct = correct
        self._rated: dict[str, float] = {}
        self._fast_track = fast_track
        self._kinds = kinds
        self._sees_recurrence = sees_recurrence
        self._past: list[PastExecution] = []
        self._done = History()

    def go(self, count: int) -> History:
        incidents = self._incidents(count)
        alike = similarities([one.text for one in incidents])
        for number, incident in enumerate(incidents):
            self._one(number, incident, number / count, alike[number])
        return self._done

    def _incidents(self, count: int) -> list[_Incident]:
        rng, at, drawn = self._rng, _START, []
        homes = {kind.number: rng.sample(COMPONENTS, _COMPONENTS_OF_KIND) for kind in self._kinds}
        for _ in range(count):
            at += _MEAN_GAP * rng.expovariate(1.0)
            kind = rng.choice(self._kinds)
            component = rng.choice(homes[kind.number])
            words = KINDS[kind.number]
            title = rng.choice(words.titles + words.paraphrases).format(c=component)
            certainty = rng.choice(_CERTAINTIES)
            named = kind
            if rng.random() > certainty:
                others = [one for one in self._kinds if one.number != kind.number]
                named = (
                    self._kinds[kind.confused_with]
                    if kind.confused_with is not None
                    else rng.choice(others)
                )
            text = f"{title} {component}"
            drawn.append(_Incident(kind, component, named.problem, certainty, at, text))
        return drawn

    def _one(self, number: int, incident: _Incident, share: float, alike: FloatArray) -> None:
        draws = {action: self._rng.random() for action in ACTIONS}
        relapse = self._rng.random() < incident.kind.relapses

        def cures(action: str) -> bool:
            return draws[action] < _chance(incident.kind, action, share)

        past = [self._known(one, incident.at) for one in self._past]
        question = Question(
            incident.problem,
            incident.component,
            KINDS[incident.kind.number].role,
            incident.certainty,
            {str(other): float(alike[other]) for other in range(number)},
        )
        fired = self._claim(number, question, past, incident, lambda a: cures(a) and not relapse)
        self._control(question, past, incident, lambda a: cures(a) and not relapse)
        self._act(number, incident, share, fired, cures, relapse)

    def _claim(
        self,
        number: int,
        question: Question,
        past: Sequence[PastExecution],
        incident: _Incident,
        resolves: Callable[[str], bool],
    ) -> str:
        """The action that is taken without asking; empty where memory is not sure enough."""
        known = {one.template: one for one in records(question, past) if one.cures}
        self._rated = {name: self._judge(question, one) for name, one in known.items()}
        if not known:
            return ""
        template = max(self._rated, key=lambda name: (self._rated[name], name))
        chance, record = self._correct(self._rated[template], self._done.foreseen), known[template]
        is_sure = chance > self._fast_track and record.is_unbroken
        self._done.claims.append(
            Claim(
                incident.kind.number,
                record,
                question,
                resolves(template),
                chance,
                is_sure,
                number,
            )
        )
        return template if is_sure else ""

    def _control(
        self,
        question: Question,
        past: Sequence[PastExecution],
        incident: _Incident,
        resolves: Callable[[str], bool],
    ) -> None:
        worked = [one for one in past if one.outcome is VerificationOutcome.WORKED]
        if not worked:
            return
        best = max(worked, key=lambda one: (question.similarities[one.incident], one.ended_at))
        tried = [
            one.outcome is VerificationOutcome.WORKED
            for one in past
            if one.template == best.template
        ]
        kind, helped = incident.kind.number, resolves(best.template)
        self._done.nearest.append(Control(kind, sum(tried) / len(tried), helped))
        similar = question.similarities[best.incident]
        self._done.similar.append(Control(kind, similar, helped))

    def _act(
        self,
        number: int,
        incident: _Incident,
        share: float,
        first: str,
        cures: Callable[[str], bool],
        relapse: bool,
    ) -> None:
        at, tried = incident.at, set[str]()
        for _ in range(_ATTEMPTS):
            action = first or self._chosen(incident.kind, share, tried)
            first = ""
            tried.add(action)
            at += timedelta(minutes=10)
            cured = cures(action)
            if action in self._rated:
                self._done.foreseen.append((self._rated[action], cured and not relapse))
            outcome = VerificationOutcome.WORKED if cured else VerificationOutcome.NO_EFFECT
            if self._rng.random() < _UNVERIFIED:
                outcome = VerificationOutcome.UNKNOWN
            back = at + timedelta(minutes=self._rng.uniform(5, 55)) if cured and relapse else None
            self._past.append(
                PastExecution(
                    id=f"{number}-{len(tried)}",
                    incident=str(number),
                    problem=incident.problem,
                    component=incident.component,
                    role=KINDS[incident.kind.number].role,
                    template=action,
                    parameters={},
                    outcome=outcome,
                    ended_at=at,
                    recurred_at=back,
                )
            )
            if cured:
                return

    def _chosen(self, kind: Kind, share: float, tried: set[str]) -> str:
        right = kind.later_action if share >= kind.stops_at else kind.action
        if right not in tried and self._rng.random() < _EXPERT:
            return right
        return self._rng.choice([action for action in ACTIONS if action not in tried])

    def _known(self, one: PastExecution, at: datetime) -> PastExecution:
        """As it was known at that time."""
        back = one.recurred_at
        if back is not None and (back > at or not self._sees_recurrence):
            return replace(one, recurred_at=None)
        return one


def _chance(kind: Kind, action: str, share: float) -> float:
    right = kind.later_action if share >= kind.stops_at else kind.action
    return kind.helps if action == right else _BY_CHANCE
