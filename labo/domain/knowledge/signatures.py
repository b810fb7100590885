"""The signatures of problems, and the table of rival causes behind a minimal metric set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labo.domain.entities.conditions import Direction, condition_key
from labo.domain.entities.keys import measurement_key, owner_and_metric
from labo.domain.metric_sets.sets import SignatureTable, State

SEEN_FROM = 3.0
"""Robust z-score from which a metric shows its condition. By judgement: about four standard
deviations of normal noise, the scale being its interquartile range."""

KNOWN_FROM = 0.8
"""Probability from which a state counts as known (design: causality, section 4)."""


COUNT_NAMES = ("hits", "misses", "false_hits", "quiets", "size_sum", "size_squares")
Counts = tuple[int, int, int, int, float, float]
"""The counts of a signature, in the order of `COUNT_NAMES`."""
NO_COUNTS: Counts = (0, 0, 0, 0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Signature:
    """One SHOWS link: of the episodes in which the condition could be tested, `hits` showed it
    during the problem and `misses` did not; `false_hits` and `quiets` count the same without it.
    `size_sum` and `size_squares` are the sum and the sum of squares of the metric's signed robust
    deviation over the tested episodes with the problem; sums, so that learning commutes.

    `condition` is the key of metric, direction and role (see `signature`); with the `problem` (key)
    it identifies the signature: those of one identity add up, with `empty` as their zero.
    """

    problem: str
    condition: str
    metric: str
    direction: Direction
    role: str
    hits: int = 0
    misses: int = 0
    false_hits: int = 0
    quiets: int = 0
    size_sum: float = 0.0
    size_squares: float = 0.0

    @property
    def counts(self) -> Counts:
        return (
            self.hits,
            self.misses,
            self.false_hits,
            self.quiets,
            self.size_sum,
            self.size_squares,
        )

    @property
    def empty(self) -> Signature:
        """The signature of this identity with counts of 0."""
        return Signature(self.problem, self.condition, self.metric, self.direction, self.role)

    def __add__(self, other: Signature) -> Signature:
        """The sums of the counts: commutative, and associative as far as sums of sizes are exact,
        which z-scores on the grid of `experiences` are. Raises ValueError for another identity."""
        if (self.problem, self.condition) != (other.problem, other.condition):
            raise ValueError(f"not the same signature: {other.problem} shows {other.condition}")
        return Signature(  # not `replace`, which takes three times as long
            self.problem,
            self.condition,
            self.metric,
            self.direction,
            self.role,
            self.hits + other.hits,
            self.misses + other.misses,
            self.false_hits + other.false_hits,
            self.quiets + other.quiets,
            self.size_sum + other.size_sum,
            self.size_squares + other.size_squares,
        )

    @property
    def sensitivity(self) -> float | None:
        """Share of tested episodes that showed the condition; None when none was tested."""
        tested = self.hits + self.misses
        return self.hits / tested if tested else None

    @property
    def column(self) -> str:
        """`role:metric`: one metric kind on a cache and on a database is two measurements."""
        return measurement_key(self.role, self.metric)


def signature(
    problem: str, role: str, metric: str, direction: Direction, counts: Counts = NO_COUNTS
) -> Signature:
    """`problem` (key) shows as `metric` going `direction` on a component of `role`."""
    key = condition_key(role, metric, direction)
    return Signature(problem, key, metric, direction, role, *counts)


def expected_state(signatures: Iterable[Signature]) -> State:
    """The expected state of one metric under one problem, from its signatures on this metric.

    HIGH or LOW when that direction was observed in at least `KNOWN_FROM` of the tested episodes,
    NORMAL when the tested conditions were hardly ever observed, else UNKNOWN.
    """
    shares: dict[Direction, float] = {
        s.direction: s.sensitivity
        for s in signatures
        if s.direction in (Direction.HIGH, Direction.LOW) and s.sensitivity is not None
    }
    for direction, state in ((Direction.HIGH, State.HIGH), (Direction.LOW, State.LOW)):
        if shares.get(direction, 0.0) >= KNOWN_FROM:
            return state
    if shares and 1 - sum(shares.values()) >= KNOWN_FROM - 1e-9:
        return State.NORMAL
    return State.UNKNOWN


def signature_table(
    causes: Iterable[str],
    signatures: Iterable[Signature],
    costs: Mapping[str, float],
    downstream: Mapping[str, Iterable[str]],
) -> SignatureTable:
    """The table of rival `causes` (problem keys), a column per `role:metric`.

    A column that a cause has no signature on is NORMAL where it is known to be quiet without the
    problems that show on it, and none of those is `downstream` of the cause; otherwise UNKNOWN.
    `costs` are by metric, 1 where missing.
    """
    rivals = tuple(dict.fromkeys(causes))
    grouped: dict[tuple[str, str], list[Signature]] = {}
    showing: dict[str, list[Signature]] = {}
    for signature in signatures:
        grouped.setdefault((signature.problem, signature.column), []).append(signature)
        showing.setdefault(signature.column, []).append(signature)
    states: dict[str, dict[str, State]] = {}
    for cause in rivals:
        brought = frozenset(downstream.get(cause, ()))
        read = {
            column: expected_state(grouped[cause, column])
            if (cause, column) in grouped
            else _otherwise(shown, brought)
            for column, shown in showing.items()
        }
        states[cause] = {
            c: state for c, state in sorted(read.items()) if state is not State.UNKNOWN
        }
    columns = tuple(sorted({column for row in states.values() for column in row}))
    priced = {column: costs.get(owner_and_metric(column)[1], 1.0) for column in columns}
    sizes: dict[str, dict[str, float]] = {cause: {} for cause in rivals}
    for (cause, column), kept in grouped.items():
        if cause in sizes and (size := expected_size(kept)) is not None:
            sizes[cause][column] = size
    return SignatureTable(rivals, columns, states, priced, sizes)


def expected_size(signatures: Iterable[Signature]) -> float | None:
    """The mean signed robust z-score of one metric under one problem; None when unmeasured.

    Signatures without any size, as in imports, count as unmeasured; so does a metric whose z-score
    was exactly 0 every time.
    """
    measured = [s for s in signatures if s.size_squares > 0 and s.hits + s.misses > 0]
    tested = sum(s.hits + s.misses for s in measured)
    return sum(s.size_sum for s in measured) / tested if tested else None


def _otherwise(shown: Iterable[Signature], brought: frozenset[str]) -> State:
    """The state of a column under a cause without a signature on it."""
    false_hits = quiets = 0
    for signature in shown:
        if signature.problem in brought:
            return State.UNKNOWN
        false_hits += signature.false_hits
        quiets += signature.quiets
    tested = false_hits + quiets
    return State.NORMAL if tested and quiets / tested >= KNOWN_FROM else State.UNKNOWN
