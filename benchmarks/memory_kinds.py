"""The kinds of incidents of generated histories: which action helps, how often, for how long."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.incident_texts import KINDS

ACTIONS = tuple(f"action-{letter}" for letter in "abcdefgh")


@dataclass(frozen=True, slots=True)
class Kind:
    """`helps` is the probability that `action` cures it, `relapses` that it is back within the hour
    then. After `stops_at` (share of the history) `later_action` helps instead. The diagnosis takes
    it for `confused_with` when it errs, and names it by `named_as` (numbers of kinds)."""

    number: int
    action: str
    helps: float
    relapses: float = 0.01
    stops_at: float = 1.0
    later_action: str = ""
    confused_with: int | None = None
    named_as: int | None = None

    @property
    def problem(self) -> str:
        return KINDS[self.number if self.named_as is None else self.named_as].problem


def weak_cures() -> tuple[Kind, ...]:
    """Also the right action fails in two to five of a hundred incidents. By judgement."""
    a, b, c, d, e, f, g, h = ACTIONS
    return (
        Kind(0, a, 0.97, relapses=0.35),  # a restart cures a leak until it has leaked again
        Kind(1, b, 0.98, confused_with=3),
        Kind(2, c, 0.97),
        Kind(3, d, 0.96, confused_with=1),
        Kind(4, e, 0.97),
        Kind(5, f, 0.98, confused_with=11),
        Kind(6, g, 0.95, stops_at=0.5, later_action=a),
        Kind(7, e, 0.97),
        Kind(8, h, 0.99, stops_at=0.6, later_action=b),
        Kind(9, d, 0.6),
        Kind(10, c, 0.96),
        Kind(11, a, 0.95, named_as=10),  # the same problem in the diagnosis' eyes
    )


def sound_cures() -> tuple[Kind, ...]:
    """The same, but that an action which fits helps in 99 of 100 incidents, as a restart or a
    rollback does; what helps only sometimes, relapses or stops helping stays so."""
    return tuple(replace(kind, helps=0.99) if kind.helps > 0.9 else kind for kind in weak_cures())
