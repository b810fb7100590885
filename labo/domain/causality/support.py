"""How often two problems began together, and in which order: enough to suggest a claim, or not.

In an incident everything begins together, so one coincidence says nothing, and one kind of problem
on two components is the same trouble passed on, not a claim about causes (ADR 0032).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labo.domain.causality.edges import MAX_LAG_S, CausalEdge, EdgeStatus, Relation
from labo.domain.causality.opportunities import TOLERANCE_S, Episode

MIN_SUPPORT = 2
"""Episodes of the cause in which the effect began with it, before a claim is stored. By judgement:
the least that is repeated. Two problems of one day that begin within the lag once by chance do so
again with the square of that chance; a third would only delay, since a proposal has no weight in a
diagnosis and fades away without support."""


@dataclass(frozen=True, slots=True)
class Support:
    """Of the episodes of a cause, in how many the effect began clearly later, clearly earlier, or
    too close to tell."""

    later: int = 0
    earlier: int = 0
    close: int = 0

    def suggests(self, relation: Relation) -> bool:
        """Whether the claim in this direction, and not the opposite one, is worth a test.

        Where the order tells nothing, a dependency does: trouble comes from what is depended on.
        Then nothing is claimed between two problems of one component, as no later review could
        support it.
        """
        if self.later + self.close < MIN_SUPPORT:
            return False
        depended_on = relation in (Relation.CALLEE, Relation.HOST)
        return self.later > self.earlier or (self.later == self.earlier and depended_on)


def is_worth_storing(claimed: CausalEdge, stored: Iterable[CausalEdge], elsewhere: int) -> bool:
    """Whether a claim that a diagnosis makes is to be stored, or renewed.

    `stored` is what is known of it and of its opposite; `elsewhere` how many occurrences of its
    cause were in another incident with its effect. A stored one is renewed; a new one needs such an
    occurrence, and no opposite that stands.
    """
    known = list(stored)
    if any(edge.key == claimed.key for edge in known):
        return True
    return elsewhere > 0 and all(edge.status is EdgeStatus.REFUTED for edge in known)


def support(cause: Episode, causes: Iterable[Episode], effects: Sequence[Episode]) -> Support:
    """The support up to the episode `cause`: of it and of the earlier `causes` on its component.

    `effects` are episodes of the effect on one component. An episode within the lag of a later one
    is the same occasion and counts once; a provoked one never does.
    """
    later = earlier = close = 0
    before = cause.start + 2 * MAX_LAG_S
    for episode in sorted(causes, key=lambda e: -e.start):
        own = episode.component == cause.component and not episode.provoked
        if not own or episode.start > cause.start or episode.start >= before - MAX_LAG_S:
            continue
        before = episode.start
        gap = _nearest(episode, effects)
        if gap is None:
            continue
        later += gap > TOLERANCE_S
        earlier += gap < -TOLERANCE_S
        close += abs(gap) <= TOLERANCE_S
    return Support(later, earlier, close)


def _nearest(cause: Episode, effects: Iterable[Episode]) -> float | None:
    """Seconds from the cause's onset to the nearest one of an effect within the lag, if any."""
    gaps = (e.start - cause.start for e in effects if not e.provoked and e.id != cause.id)
    return min((g for g in gaps if abs(g) <= MAX_LAG_S), key=abs, default=None)
