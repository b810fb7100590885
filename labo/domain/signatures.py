"""How problems show themselves, and the table of rival causes that a minimal set is cut from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labo.domain.conditions import Direction
from labo.domain.metric_sets import SignatureTable, State

KNOWN_FROM = 0.8
"""A state counts as known from this probability on (design: causality, section 4)."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One SHOWS link: of the episodes in which the condition could be tested, `hits` showed it
    during the problem and `misses` did not; `false_hits` and `quiets` count the same without it.
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

    @property
    def sensitivity(self) -> float | None:
        """Share of tested episodes that showed the condition; None when none was tested."""
        tested = self.hits + self.misses
        return self.hits / tested if tested else None


def expected_state(signatures: Iterable[Signature]) -> State:
    """What one metric reads under one problem, from that problem's signatures on this metric.

    HIGH or LOW when that direction was seen in at least `KNOWN_FROM` of the tested episodes,
    NORMAL when both directions were tested, or one was, and hardly ever seen; else UNKNOWN.
    """
    shares: dict[Direction, float] = {
        s.direction: s.sensitivity
        for s in signatures
        if s.direction in (Direction.HIGH, Direction.LOW) and s.sensitivity is not None
    }
    for direction, state in ((Direction.HIGH, State.HIGH), (Direction.LOW, State.LOW)):
        if (shares.get(direction) or 0.0) >= KNOWN_FROM:
            return state
    if shares and sum(shares.values()) <= 1 - KNOWN_FROM:
        return State.NORMAL
    return State.UNKNOWN


def signature_table(
    causes: Iterable[str],
    signatures: Iterable[Signature],
    costs: Mapping[str, float],
    *,
    roles: Mapping[str, str],
) -> SignatureTable:
    """The table of rival `causes` (problem keys). Columns are `role:metric`.

    A metric is read on the component whose role the condition names, so the same metric kind on
    a cache and on a database are two columns. `roles[cause]` is the role a cause sits on.
    """
    rivals = tuple(dict.fromkeys(causes))
    grouped: dict[tuple[str, str], list[Signature]] = {}
    for signature in signatures:
        if signature.problem in roles:
            column = f"{signature.role}:{signature.metric}"
            grouped.setdefault((signature.problem, column), []).append(signature)
    states: dict[str, dict[str, State]] = {cause: {} for cause in rivals}
    for (problem, column), group in grouped.items():
        state = expected_state(group)
        if problem in states and state is not State.UNKNOWN:
            states[problem][column] = state
    columns = tuple(sorted({column for row in states.values() for column in row}))
    priced = {column: costs.get(column.split(":", 1)[1], 1.0) for column in columns}
    return SignatureTable(rivals, columns, states, priced)
