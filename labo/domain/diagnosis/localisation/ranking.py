"""Which component is the origin: anomalous, reachable, not explained by what it calls.

A component retains the part of its signal that exceeds the strongest of its dependencies, each as
far as it can account for the symptom's size (`rise`), so that the deepest anomalous component leads
(design: causality, section 3, step 1; the signals are a matched filter, docs/adr/0010). What it may
contain without a known call counts like a dependency (`containment`); what its own resources show
is explained by none. No name and no guessed role is looked at (docs/adr/0038).

Where a constant cites PetShop, it was halved and doubled in `python -m benchmarks petshop_scores`
with all others unchanged, most of them before docs/adr/0038. None was tuned on labels; the rules
were developed on the training split, whose test split was inspected on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from labo.domain.diagnosis.localisation.containment import contained
from labo.domain.diagnosis.localisation.demand import driven
from labo.domain.diagnosis.localisation.kinship import is_resource
from labo.domain.diagnosis.localisation.rise import accountable_shares
from labo.domain.diagnosis.localisation.sharing import holders
from labo.domain.diagnosis.localisation.signals import IncidentContext, Signal
from labo.domain.diagnosis.localisation.span_values import CALLED_WAIT
from labo.domain.entities.conditions import Direction
from labo.domain.telemetry.rollups import is_client_side

if TYPE_CHECKING:
    import networkx as nx  # loaded by what uses it: the API keeps graphs of calls nowhere

TARGET_ITSELF = 0.5
"""Weight of the target's own signal, 1 by construction, while a dependency has one too: the target
is only where the problem was noticed. By judgement; PetShop: 47 right from 0.25 to 1."""
UNOBSERVED = 0.5
"""Share of its score that a component retains while none of its dependencies has data: the signal
may come from there just as well, so each has half. With one observed dependency it retains all: of
PetShop's causes most have some dependency without data, and halving them as well would leave 8 of
40 right verdicts LIKELY. The target alone is only where the problem was noticed: it is halved."""
CONTAINED = 0.6
"""Strength of a signal within another one's calls, as a share of that one's, from which it explains
all of it: what only forwards makes nothing slower that is behind it, so that the origin is there.
By judgement, more than half; PetShop: 47 right with 0.5 and 0.6, 48 with 0.75, and fewer LIKELY."""
_BEHIND = "\0"
"""No component: from where all those are reached that hold something."""
EXPLAINED_REST = 0.02
"""Least share that is left of a signal which a dependency explains: it ranks last, but is listed.
By judgement; PetShop: 47 right from 0.01 to 0.04."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A component with its strongest signal; `score` is the part that counts.

    `explained_by` names the dependency whose signal explains the share `explained_share` of it,
    None where none does. `unobserved` names a dependency without data, None where all are known;
    `is_blind`: there is one, and no dependency is known or the target alone deviates, so that one
    without data is as likely the origin, with the same `score`. `mutual` are the deviating
    components that it calls and that call it, directly or through others. `hops` is the distance
    from the target, 0 for the target itself.
    """

    component: str
    score: float
    signal: Signal
    explained_by: str | None
    explained_share: float
    unobserved: str | None
    is_blind: bool
    mutual: tuple[str, ...]
    hops: int


def rank(context: IncidentContext) -> list[Ranked]:
    """Components with a signal that the target depends on, likeliest origin first; all of them
    where no call is known."""
    signals, target = context.signals, context.case.target
    tracing = _Tracing.of(context)
    hops = _hops(context, tracing.holders)
    others = any(s and s.strength > 0 for c, s in signals.items() if c in hops and c != target)
    ranked = []
    for component, distance in hops.items():
        signal = signals.get(component)
        if signal is None or signal.strength <= 0:
            continue
        strength, traced = tracing.strengths[component], tracing.explained(component, signal)
        left = max(strength - traced.strength, EXPLAINED_REST * strength)
        left *= TARGET_ITSELF if component == target and others and context.is_linked else 1.0
        is_alone = component == target and not others
        is_blind = traced.unobserved is not None and (
            is_alone or not _has_observed_callee(context, component)
        )
        left *= UNOBSERVED if is_blind else 1.0
        left *= EXPLAINED_REST if component in tracing.borrowed else 1.0
        share, mutual = min(1.0, traced.strength / strength), tracing.mutual(component)
        ranked.append(
            Ranked(
                component,
                left,
                signal,
                traced.by,
                share,
                traced.unobserved,
                is_blind,
                mutual,
                distance,
            )
        )
    return sorted(
        ranked, key=lambda r: (-round(r.score, 9), -r.hops, r.component != target, r.component)
    )


def _hops(context: IncidentContext, holding: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """The components that the target depends on, by their distance, and those that may hold one of
    them, with what these depend on; where no call is known all, at none."""
    import networkx as nx

    if not context.is_linked:
        return dict.fromkeys(context.graph, 0)
    hops = dict(nx.single_source_shortest_path_length(context.graph, context.case.target))
    # All holders are looked behind in one pass, from a component that calls each from as far away
    # as the nearest of what it holds.
    calls = nx.DiGraph(context.graph)
    for shared, users in sorted(holding.items(), key=lambda one: -hops[one[0]]):
        calls.add_weighted_edges_from((_BEHIND, user, hops[shared] + 1) for user in users)
    if _BEHIND not in calls:
        return hops
    beside = nx.single_source_dijkstra_path_length(calls, _BEHIND)
    return {name: int(distance) for name, distance in beside.items() if name != _BEHIND} | hops


def unobserved_origins(ranked: Sequence[Ranked]) -> dict[str, float]:
    """The components without data that may be the origin, each with the largest score of those
    whose signal it would explain."""
    scores: dict[str, float] = {}
    for one in ranked:
        if one.unobserved and one.is_blind:
            scores[one.unobserved] = max(one.score, scores.get(one.unobserved, 0.0))
    return scores


def _is_measured_by_starved(context: IncidentContext, component: str) -> bool:
    """Whether a component's signal is what starved callers measured: their own waiting is in it.
    That calls begin late is so where one caller is, since all others see it of the callee alone."""
    signal = context.signals.get(component)
    callers = set(context.graph.predecessors(component))
    if signal is None or not callers:
        return False
    if signal.metric == CALLED_WAIT:
        return bool(callers & context.starved)
    return is_client_side(signal.metric) and callers <= context.starved


def _accountable(context: IncidentContext) -> dict[str, float]:
    """The strength of each signal, as far as its size can account for the symptom; silence has
    none."""
    signals = {name: one for name, one in context.signals.items() if one is not None}
    sized = {name: one for name, one in signals.items() if one.direction != Direction.ABSENT}
    rows = {name: one.row for name, one in sized.items()}
    shares = accountable_shares(context.grid, context.symptom, rows, context.graph)
    return {name: one.strength * shares.get(name, 1.0) for name, one in signals.items()}


def _has_observed_callee(context: IncidentContext, component: str) -> bool:
    return any(context.signals.get(callee) for callee in context.graph.successors(component))


def cycles(graph: nx.DiGraph[str]) -> list[frozenset[str]]:
    """The groups of components that call each other, directly or through others."""
    import networkx as nx

    groups = nx.strongly_connected_components(graph)
    return [frozenset(group) for group in groups if len(group) > 1]


class _Traced(NamedTuple):
    """The strongest signal that may be the origin of another, whose it is, and a component without
    data that may be."""

    strength: float
    by: str | None
    unobserved: str | None


@dataclass(frozen=True, slots=True, eq=False)
class _Tracing:
    """What explains what: `strengths` as far as each can account for the symptom, `peers` that call
    each other, `contained` calls that no topology shows, `holders` of what others use as well, what
    is `borrowed`, measured by starved callers, which explains nothing, and who is `driven` by the
    load that a caller passes on."""

    context: IncidentContext
    strengths: Mapping[str, float]
    peers: Mapping[str, frozenset[str]]
    contained: Mapping[str, tuple[str, ...]]
    holders: Mapping[str, tuple[str, ...]]
    borrowed: frozenset[str]
    driven: Mapping[str, str]

    @classmethod
    def of(cls, context: IncidentContext) -> _Tracing:
        borrowed = (name for name in context.signals if _is_measured_by_starved(context, name))
        peers = {name: cycle for cycle in cycles(context.graph) for name in cycle}
        strengths = _accountable(context)
        inner, users = contained(context), holders(context)
        load = driven(context.grid, context.symptom.focus, context.graph)
        return cls(context, strengths, peers, inner, users, frozenset(borrowed), load)

    def explained(self, component: str, signal: Signal) -> _Traced:
        """What explains a component's signal: the caller that asks it for more, else nothing where
        it is of its own resources."""
        traced = self._by_callees(component)
        if signal.direction == Direction.HIGH and component in self.driven:
            return _Traced(self.strengths[component], self.driven[component], traced.unobserved)
        if is_resource(signal.metric):
            return _Traced(0.0, None, traced.unobserved)
        found = [(traced.strength, traced.by), *self._held_or_contained(component)]
        strength, by = max(found, key=lambda one: one[0])
        return _Traced(strength, by, traced.unobserved)

    def _held_or_contained(self, component: str) -> Iterator[tuple[float, str]]:
        """What else explains it: who holds it, and whose calls are within its own."""
        own = self.strengths[component]
        yield from ((own, user) for user in self.holders.get(component, ()))
        for inner in self.contained.get(component, ()):
            if inner not in self.borrowed and inner not in self.driven:
                within = self.strengths[inner]
                yield (max(own, within) if within >= CONTAINED * own else within), inner

    def _explains(self, callee: str, signal: Signal) -> float:
        return (
            self.strengths[callee] * signal.explains / signal.strength if signal.strength else 0.0
        )

    def mutual(self, component: str) -> tuple[str, ...]:
        """Its peers that deviate."""
        peers = self.peers.get(component, frozenset()) - {component}
        signals = ((name, self.context.signals.get(name)) for name in sorted(peers))
        return tuple(name for name, signal in signals if signal and signal.strength > 0)

    def _by_callees(self, component: str) -> _Traced:
        """The strongest signal among the dependencies.

        Those that hide what is behind them are looked through, and so are those that are driven,
        and peers, which call the component as well: of two that call each other neither explains
        the other.
        """
        context, peers = self.context, self.peers.get(component, frozenset())
        held = {name for name, users in self.holders.items() if component in users}
        left_out, best, by, unobserved = held | self.borrowed, 0.0, None, None
        seen, queue = {component}, [component]
        while queue:
            for callee in sorted(context.graph.successors(queue.pop())):
                if callee in seen or callee in left_out:
                    continue
                seen.add(callee)
                signal = context.signals.get(callee)
                if signal is None:
                    unobserved = unobserved or callee
                looked_through = callee in peers or callee in self.driven
                if signal is None or looked_through or context.hides(callee):
                    queue.append(callee)
                elif (strength := self._explains(callee, signal)) > best:
                    best, by = strength, callee
        return _Traced(best, by, unobserved)
