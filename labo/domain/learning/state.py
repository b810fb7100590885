"""The learner's state, and how experiences fold into it: a pure function of what is counted.

state(p) = fold(every counted experience up to number p, in order). An experience counts unless it
is quarantined (not authenticated) or is in `left_out`: rolled back, or corrected by a later one.
Replaying the same experiences therefore gives the identical state, bit by bit (ADR 0018).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.problems import ProblemKind
from labo.domain.knowledge.calibration import (
    Calibration,
    CalibrationFigures,
    Claim,
    calibrate,
    calibration_figures,
    recent,
)
from labo.domain.knowledge.experiences import (
    Experience,
    ExperienceKind,
    LabelledIncident,
    attempt_of,
    labelled_incident_of,
)
from labo.domain.knowledge.signatures import Signature
from labo.domain.learning.increments import increments
from labo.domain.learning.outcomes import (
    DECISION_WEIGHT,
    NOTHING_LEARNT,
    OutcomeModel,
    OutcomeWeights,
)

MOST_RECORDS = 2_000
"""Newest records that calibration uses; it bounds the state's size. By judgement."""
MAX_LABELLED = 500
"""Newest labelled incidents that weights are learnt from, which bounds the time to two seconds."""

_VERDICTS = frozenset(verdict.value for verdict in Verdict)

Pair = tuple[str, str]
"""Problem and condition key of a signature."""
Ranges = tuple[tuple[int, int], ...]
"""Closed, ascending and disjoint ranges of sequence numbers."""


@dataclass(frozen=True, slots=True)
class LabelledProblem:
    """A problem as its labelled incidents name it, and how many of them count."""

    title: str
    role: str
    kind: ProblemKind
    labelled_incidents: int
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a diagnosis claimed about its leading suspect before the cause was known.

    `raw` is its probability before calibration, `shown` the one that was shown.
    """

    raw: float
    shown: float
    right: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class LearnerState:
    """Everything learnt from the experiences up to number `position`. Never mutated.

    `labelled_seqs` are the numbers of the newest labelled incidents with training examples, in
    order: the examples themselves are stored in the graph only.
    """

    position: int = 0
    signatures: Mapping[Pair, Signature] = field(default_factory=dict)
    problems: Mapping[str, LabelledProblem] = field(default_factory=dict)
    records: tuple[Foreseen, ...] = ()
    outcomes: OutcomeWeights = NOTHING_LEARNT
    left_out: Ranges = ()
    labelled_seqs: tuple[int, ...] = ()


def fold(state: LearnerState, experiences: Iterable[Experience]) -> LearnerState:
    """`state` after `experiences`, in order; those already folded in change nothing.

    Raises ValueError when a number is missing: learning past a gap would lose an experience.
    """
    folding = _Folding(state)
    for experience in experiences:
        if experience.seq > folding.position + 1:
            raise ValueError(f"experience {folding.position + 1} is missing")
        if experience.seq == folding.position + 1:
            folding.add(experience)
    return folding.result()


class _Folding:
    """A mutable copy of a state while experiences are folded in: it copies once, which is fast."""

    def __init__(self, state: LearnerState) -> None:
        self._before = state
        self.position = state.position
        self._signatures = dict(state.signatures)
        self._problems = dict(state.problems)
        self._records = list(state.records)
        self._labelled_seqs = list(state.labelled_seqs)
        self._outcomes: OutcomeModel | None = None

    def add(self, experience: Experience) -> None:
        self.position = experience.seq
        if not experience.authenticated or is_in(experience.seq, self._before.left_out):
            return
        if labelled_incident := labelled_incident_of(experience):
            self._learn(labelled_incident, experience.occurred_at.astimezone(UTC))
            if labelled_incident.training_examples:
                self._labelled_seqs.append(experience.seq)
        elif attempt := attempt_of(experience):
            if self._outcomes is None:
                self._outcomes = OutcomeModel(self._before.outcomes)
            decided = experience.kind is ExperienceKind.DECISION
            weight = DECISION_WEIGHT if decided else 1.0
            self._outcomes.learn(attempt, experience.system, weight=weight)

    def _learn(self, labelled_incident: LabelledIncident, at: datetime) -> None:
        for more in increments(labelled_incident):
            pair = more.problem, more.condition
            before = self._signatures.get(pair)
            self._signatures[pair] = more if before is None else before + more
        known = self._problems.get(labelled_incident.problem)
        self._problems[labelled_incident.problem] = LabelledProblem(
            title=known.title if known else labelled_incident.title,
            role=labelled_incident.role,
            kind=labelled_incident.kind,
            labelled_incidents=known.labelled_incidents + 1 if known else 1,
            last_seen=max(known.last_seen, at) if known else at,
        )
        if record := _foreseen(labelled_incident):
            self._records.append(record)

    def result(self) -> LearnerState:
        return replace(
            self._before,
            position=self.position,
            signatures=self._signatures,
            problems=self._problems,
            records=tuple(self._records[-MOST_RECORDS:]),
            outcomes=self._outcomes.state if self._outcomes else self._before.outcomes,
            labelled_seqs=tuple(self._labelled_seqs[-MAX_LABELLED:]),
        )


def calibration(state: LearnerState) -> Calibration:
    """The correction fitted to the resolved incidents' raw probabilities."""
    return calibrate(recent([Claim(r.raw, r.right, Verdict(r.verdict)) for r in state.records]))


def figures(state: LearnerState) -> CalibrationFigures:
    """How accurate the shown probabilities were."""
    claims = [Claim(r.shown, r.right, Verdict(r.verdict)) for r in state.records]
    return calibration_figures(claims)


def _foreseen(labelled_incident: LabelledIncident) -> Foreseen | None:
    if (
        labelled_incident.raw is None
        or labelled_incident.shown is None
        or labelled_incident.right is None
    ):
        return None
    if labelled_incident.verdict not in _VERDICTS:
        return None
    return Foreseen(
        labelled_incident.raw,
        labelled_incident.shown,
        labelled_incident.right,
        labelled_incident.verdict,
    )


@dataclass(frozen=True, slots=True)
class Effects:
    """What a step changes in the graph, as absolute figures, so that writing is idempotent.

    `signatures` and `problems` that no longer count have counts of 0.
    """

    signatures: tuple[Signature, ...]
    problems: Mapping[str, LabelledProblem]


def effects(before: LearnerState, after: LearnerState, canonical: Mapping[str, str]) -> Effects:
    """The differences. `canonical` maps the key of a merged problem to the one it is an alias of:
    its labelled incidents count there, together with that problem's own."""
    named = {key: canonical.get(key, key) for key in {**before.problems, **after.problems}}
    changed = {
        (named.get(pair[0], pair[0]), pair[1])
        for pair in {**before.signatures, **after.signatures}
        if after.signatures.get(pair) is not before.signatures.get(pair)
        and after.signatures.get(pair) != before.signatures.get(pair)
    }
    sums: dict[Pair, Signature] = {}
    for (problem, key), signature in {
        **{pair: one.empty for pair, one in before.signatures.items()},
        **after.signatures,
    }.items():
        pair = named.get(problem, problem), key
        if pair in changed:
            more = replace(signature, problem=pair[0])
            sums[pair] = sums[pair] + more if pair in sums else more
    touched = {
        named[key]
        for key in named
        if after.problems.get(key) != before.problems.get(key)
        or named[key] in {problem for problem, _ in changed}
    }
    return Effects(
        tuple(sums[pair] for pair in sorted(sums)),
        _labelled_incidents(before, after, named, touched),
    )


def _labelled_incidents(
    before: LearnerState, after: LearnerState, named: Mapping[str, str], touched: set[str]
) -> dict[str, LabelledProblem]:
    found: dict[str, LabelledProblem] = {}
    for key, canonical in sorted(named.items()):
        if canonical not in touched:
            continue
        labelled = after.problems.get(key) or replace(before.problems[key], labelled_incidents=0)
        there = found.get(canonical)
        labelled_incidents = labelled.labelled_incidents + (
            there.labelled_incidents if there else 0
        )
        found[canonical] = replace(there or labelled, labelled_incidents=labelled_incidents)
    return found


def is_in(seq: int, ranges: Ranges) -> bool:
    at = bisect_right(ranges, (seq, seq))
    return (at > 0 and ranges[at - 1][1] >= seq) or (at < len(ranges) and ranges[at][0] == seq)


def with_range(ranges: Ranges, first: int, last: int) -> Ranges:
    """`ranges` and first..last, merged where they touch; an empty range changes nothing."""
    if last < first:
        return ranges
    merged: list[tuple[int, int]] = []
    for low, high in sorted((*ranges, (first, last))):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return tuple(merged)


def before_seq(ranges: Ranges, seq: int) -> Ranges:
    """The part of `ranges` before number `seq`."""
    return tuple((low, min(high, seq - 1)) for low, high in ranges if low < seq)
