"""Edge discovery on synthetic systems with known mechanisms, tested after every observation.

What the service does with episodes is done here without the database: the same domain code counts,
judges and replays. Beside it, on the same counts and as often, a naive test: is the share of hits
above that of background windows by a z-test at 5 %?
"""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import mean

from benchmarks.edge_worlds import COMPONENT, ORIGIN, STRENGTHS, Pair, World, world
from benchmarks.table import Table
from graph.evidence import LATEST
from labo.domain.causality.belief import replayed, reviewed, with_evidence
from labo.domain.causality.cooccurrence import Claim, EpisodeContext, RelatedComponent, examined
from labo.domain.causality.counting import log_evidence
from labo.domain.causality.edges import KNOWN, CausalEdge, EdgeStatus, Evidence, Relation
from labo.domain.causality.opportunities import Episode, width
from labo.domain.causality.review import Candidate, judged, needs_review

SEEDS = 10
STEPS = 30
"""Points of a history at which the rate of false discoveries is averaged over the seeds."""

AROUND_S = 7_200.0
RELATED = {COMPONENT: (RelatedComponent(COMPONENT, "service", Relation.SAME),)}


@dataclass
class Learner:
    """Claims as the graph would hold them, with their evidence."""

    edges: dict[str, CausalEdge] = field(default_factory=dict)
    evidence: dict[str, list[Evidence]] = field(default_factory=dict)
    candidates: dict[str, Candidate] = field(default_factory=dict)

    def count(self, episode: Episode, around: Sequence[Episode]) -> bool:
        """Take one episode in; whether it was evidence of anything."""
        found = examined(episode, self._context(around), system="shop", as_of=math.inf)
        for one in found:
            edge = self.edges.get(one.claim.key, one.claim)
            edge = with_evidence(edge, one.evidence)
            self.evidence.setdefault(edge.key, []).append(one.evidence)
            self._save(edge)
        return bool(found)

    def _context(self, around: Sequence[Episode]) -> EpisodeContext:
        of: dict[str, list[Episode]] = {}
        for other in around:
            of.setdefault(other.problem, []).append(other)
        claims: dict[str, list[Claim]] = {}
        for edge in self.edges.values():
            claims.setdefault(edge.cause, []).append(_claim(edge))
        known: dict[str, frozenset[str]] = {}
        for edge in self.edges.values():
            if edge.status in KNOWN:
                known[edge.effect] = known.get(edge.effect, frozenset()) | {edge.cause}
        return EpisodeContext(RELATED, claims, {COMPONENT: around}, of, known, ORIGIN)

    def _save(self, edge: CausalEdge) -> None:
        self.edges[edge.key] = edge
        if edge.hits + edge.misses:
            self.candidates[edge.key] = Candidate(
                edge.key,
                log_evidence(edge),
                edge.in_order,
                edge.order_comparisons,
                edge.strength,
                edge.leak,
                supported=edge.status is EdgeStatus.SUPPORTED,
                confounded=bool(edge.confounded_by),
            )

    def review(self) -> None:
        due = [self.edges[c.key] for c in self.candidates.values() if needs_review(c)]
        known = [e for e in self.edges.values() if e.status in KNOWN]
        for key, verdict in judged(due, known, self.candidates.values()).items():
            edge = self.edges[key]
            rises = EdgeStatus.SUPPORTED if verdict.supported else EdgeStatus.PROPOSED
            claimed = (edge.status, edge.confounded_by, edge.explained)
            if claimed != (rises, verdict.confounded_by, verdict.explained):
                self._save(
                    reviewed(
                        edge,
                        supported=verdict.supported,
                        confounded_by=verdict.confounded_by,
                        explained=verdict.explained,
                        at=edge.as_of or edge.history[-1].at,
                    )
                )

    def supported(self) -> set[Pair]:
        return {(e.cause, e.effect) for e in self.edges.values() if e.status in KNOWN}

    def lifted(self) -> set[Pair]:
        return {(e.cause, e.effect) for e in self.edges.values() if _is_lifted(e)}


def _claim(edge: CausalEdge) -> Claim:
    names = (edge.key, edge.cause, edge.effect, edge.relation)
    return Claim(*names, edge.max_lag, "service", edge.status)


def _is_lifted(edge: CausalEdge) -> bool:
    tally = edge.tallies.get("shop")
    if tally is None or not tally.exposure or tally.hits < 2:
        return False
    n, windows = tally.hits + tally.misses, tally.exposure / width(edge.max_lag)
    both = min(1.0, (tally.hits + tally.onsets) / (n + windows))
    spread = math.sqrt(max(1e-12, both * (1 - both) * (1 / n + 1 / windows)))
    return (tally.hits / n - tally.onsets / windows) / spread > 1.96


@dataclass
class Reassessments:
    """The decisions of one method over one history, test by test."""

    real: frozenset[Pair]
    apart: frozenset[Pair]
    shares: list[float] = field(default_factory=list)
    ever: set[Pair] = field(default_factory=set)
    last: set[Pair] = field(default_factory=set)

    def assess(self, claimed: set[Pair]) -> None:
        self.last = claimed - self.apart
        wrong = self.last - self.real
        self.ever |= wrong
        self.shares.append(len(wrong) / max(1, len(self.last)))

    def at(self, share_of_history: float) -> float:
        return self.shares[min(len(self.shares) - 1, int(share_of_history * len(self.shares)))]


@dataclass
class History:
    """One seed's outcome."""

    ours: Reassessments
    naive: Reassessments
    learner: Learner
    after_known: int = 0
    confounded_ever: set[Pair] = field(default_factory=set)
    in_step: bool = False
    reassessments: int = 0


def history(seed: int) -> History:
    """Live through one world; judge after every episode that was evidence of anything."""
    world_seen = world(seed)
    learner = Learner()
    done = History(
        Reassessments(world_seen.real, world_seen.in_step),
        Reassessments(world_seen.real, world_seen.in_step),
        learner,
    )
    for episode, around in one_by_one(world_seen.episodes):
        if not learner.count(episode, around):
            continue
        learner.review()
        done.reassessments += 1
        done.ours.assess(learner.supported())
        done.naive.assess(learner.lifted())
        _watch_confounded(done, world_seen, learner.supported())
    done.in_step = bool(world_seen.in_step & learner.supported())
    return done


def _watch_confounded(done: History, world_seen: World, claimed: set[Pair]) -> None:
    for (one, two), cause in world_seen.confounded.items():
        if {(one, two), (two, one)} & claimed:
            done.confounded_ever.add((one, two))
            done.after_known += (cause, one) in claimed and (cause, two) in claimed


def one_by_one(episodes: Sequence[Episode]) -> Iterator[tuple[Episode, Sequence[Episode]]]:
    starts = [episode.start for episode in episodes]
    for episode in episodes:
        until = bisect_left(starts, episode.start + AROUND_S)
        low = min(bisect_left(starts, episode.start - AROUND_S), max(0, until - LATEST))
        yield episode, episodes[low:until]


def run() -> Table:
    """`supported` is to hold a rate of false discoveries of at most 5 % at every test."""
    started = time.perf_counter()
    histories = [history(seed) for seed in range(SEEDS)]
    took = time.perf_counter() - started
    reassessments = sum(h.reassessments for h in histories)
    per_second, replays = _speeds(h.learner for h in histories)
    rows = [
        ("e-process, e-BH, order", *_row([h.ours for h in histories])),
        ("control: z-test at 5 %", *_row([h.naive for h in histories])),
    ]
    columns = (
        "method",
        "FDR, mean of tests",
        "FDR, worst test",
        "false pairs ever",
        "power at the end",
        *(f"power at {share}" for share in STRENGTHS),
    )
    return Table(
        "Causal edges", columns, rows, _notes(histories, reassessments, took, per_second, replays)
    )


def _row(judging: Sequence[Reassessments]) -> tuple[object, ...]:
    grid = [(step + 1) / STEPS for step in range(STEPS)]
    return (
        mean(mean(reassessments.shares) for reassessments in judging),
        max(mean(reassessments.at(point) for reassessments in judging) for point in grid),
        sum(len(reassessments.ever) for reassessments in judging),
        mean(
            len(reassessments.last & reassessments.real) / len(reassessments.real)
            for reassessments in judging
        ),
        *(mean((f"a{i}", f"b{i}") in x.last for x in judging) for i in range(len(STRENGTHS))),
    )


def _speeds(learners: Iterable[Learner]) -> tuple[float, float]:
    """Pieces of evidence counted one by one, and replayed, per second."""
    known = [(learner.edges[key], e) for learner in learners for key, e in learner.evidence.items()]
    known = sorted(known, key=lambda pair: -len(pair[1]))[:20]
    pieces = sum(len(evidence) for _, evidence in known)
    began = time.perf_counter()
    for edge, evidence in known:
        counted = replace(edge, tallies={})
        for piece in evidence:
            counted = with_evidence(counted, piece)
    counting = time.perf_counter() - began
    began = time.perf_counter()
    for edge, evidence in known:
        if replayed(edge, reversed(evidence)).tallies != edge.tallies:
            raise AssertionError("a replay differs")
    return pieces / counting, pieces / (time.perf_counter() - began)


def _notes(
    histories: Sequence[History], reassessments: int, took: float, per_second: float, replays: float
) -> tuple[str, ...]:
    claims = sum(len(h.learner.candidates) for h in histories)
    confounded = sum(len(h.confounded_ever) for h in histories)
    return (
        f"{SEEDS} systems, {reassessments} tests, {claims} candidate claims; {took:.0f} s in all.",
        f"Confounded pairs: {confounded} of {2 * SEEDS} supported at some test; "
        f"{sum(h.after_known for h in histories)} tests with their common cause known and the "
        "pair supported all the same.",
        f"Two clocks in step (counted apart): taken for cause and effect in "
        f"{sum(h.in_step for h in histories)} of {SEEDS}; only an experiment can decide.",
        f"{per_second:.0f} pieces of evidence counted a second, one by one; {replays:.0f} "
        "replayed, to the identical figures.",
    )
