"""Learning from experiences: in order, once each, whatever is killed on the way (ADR 0018)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace

import structlog

from graph import conditions, experiences, metric_sets, problems, snapshots
from graph.client import Graph, Transaction
from graph.snapshots import Position
from labo.domain.entities.problems import Problem
from labo.domain.knowledge.experiences import Experience
from labo.domain.learning.outcomes import OutcomeModel
from labo.domain.learning.snapshots import state_digest
from labo.domain.learning.state import (
    LearnerState,
    Ranges,
    before_seq,
    effects,
    fold,
    with_range,
)
from labo.errors import Conflict, InvalidInput

log = structlog.get_logger()

BATCH = 500
REPLAY_BATCH = 2_000
SNAPSHOT_EVERY = 500
COMMIT_SECONDS = 60.0
WRITER = "learning"
_MOST_TRIES = 20
_LEASE_WAIT_S = 0.1
_LEASE_TRIES = 50

Lease = Callable[[], AbstractAsyncContextManager[bool]]
Announce = Callable[[str], Awaitable[None]]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Learnt:
    """Where the learner stands after a call; `moved` is whether the call changed anything."""

    position: int
    snapshot: int
    digest: str
    moved: bool


@dataclass(frozen=True, slots=True)
class LearnerStatus:
    """`waiting` experiences are stored but not read yet, `left_out` are read but do not count."""

    position: int
    waiting: int
    quarantined: int
    left_out: Ranges
    snapshot: int
    problems: int
    signatures: int
    records: int


def unleased() -> AbstractAsyncContextManager[bool]:
    """The lease of the only learner."""
    return nullcontext(True)


class LearningService:
    """The learner of one workspace. A lease saves work; the position's version guards the truth:
    effects and position are one transaction, and of two learners one finds the version moved.
    """

    def __init__(
        self, graph: Graph, lease: Lease = unleased, announce: Announce | None = None
    ) -> None:
        self._graph = graph
        self._lease = lease
        self._announce = announce
        self._held: tuple[Position, LearnerState] | None = None

    async def wake(self) -> None:
        """Notify the learner that something waits; after the write that stores it."""
        if self._announce is not None:
            await self._announce(self._graph.workspace)

    async def catch_up(self) -> LearnerState:
        """Learn what waits; returns the state after it. Safe to run at any time, twice at once.

        Raises Unavailable, InvalidInput when the snapshot to start from is not a state, and
        Conflict when other learners are first every time.
        """
        for _ in range(_LEASE_TRIES):
            async with self._lease() as mine:
                if mine:
                    return await self._catch_up()
            await asyncio.sleep(_LEASE_WAIT_S)
        return await self._catch_up()  # its holder is slow or dead; nothing is learnt twice

    async def _catch_up(self) -> LearnerState:
        tries = 0
        while tries < _MOST_TRIES:
            position, state = await self._stand()
            batch = await experiences.read_after(self._graph, state.position, BATCH)
            if not batch:
                return state
            try:
                await self._learn(position, state, batch)
                tries = 0
            except Conflict:
                tries += 1  # another learner was first: read its position again
        raise Conflict("other learners are always first", hint="try again")

    async def state(self) -> LearnerState:
        """What is learnt so far, without learning what waits."""
        return (await self._stand())[1]

    async def chances(
        self, templates: list[str], *, problem: str, role: str, system: str
    ) -> dict[str, float]:
        """Per action template the probability that it works for this problem here.

        A template that nothing was learnt about is absent.
        """
        outcomes = (await self.state()).outcomes
        met = {name for name, _ in outcomes.weights} & set(templates)
        if not met:
            return {}
        model = OutcomeModel(outcomes)
        return {name: model.chance(name, problem, role, system) for name in sorted(met)}

    async def status(self) -> LearnerStatus:
        position, state = await self._stand()
        count = await experiences.count(self._graph)
        return LearnerStatus(
            position=state.position,
            waiting=count.last - state.position,
            quarantined=count.quarantined,
            left_out=state.left_out,
            snapshot=position.snapshot,
            problems=sum(problem.labelled_incidents > 0 for problem in state.problems.values()),
            signatures=len(state.signatures),
            records=len(state.records),
        )

    async def take_snapshot(self) -> Learnt:
        """Save the present state, unless the newest snapshot is that state."""
        position, state = await self._stand()
        if position.base == state.position:
            return await self._announced(moved=False)
        await self._commit(position, state, state, snapshot="stop")
        return await self._announced(moved=True)

    async def rollback(self, version: int) -> Learnt:
        """Roll back to a snapshot's state: later experiences remain stored but no longer count.

        New ones count from here on; `replay` lets the others count again. Raises NotFound.
        """
        await self.catch_up()
        position, state = await self._stand()
        restored = await snapshots.get_state(self._graph, version)
        left_out = with_range(restored.left_out, restored.position + 1, state.position)
        after = replace(restored, position=state.position, left_out=left_out)
        if after == state:
            return await self._announced(moved=False)
        await self._commit(position, state, after, snapshot=f"rollback to {version}")
        return await self._announced(moved=True)

    async def replay(self, first: int = 1, progress: Progress = lambda _: None) -> Learnt:
        """Learn again from number `first` on: all experiences from there count, those rolled
        back too. From 1 on, everything is rebuilt from nothing. `progress` hears how many more
        were read. Raises InvalidInput for a number that no experience has.
        """
        await self.catch_up()
        position, state = await self._stand()
        if first < 1 or first > max(state.position, 1):
            raise InvalidInput(
                f"there is no experience {first}", where="--from", hint=f"1 to {state.position}"
            )
        left_out = before_seq(state.left_out, first)
        for one in await experiences.find_replaced(self._graph, state.position):
            if one.by >= first:
                left_out = with_range(left_out, one.replaced, one.replaced)
        after = await self._refold(left_out, state.position, first, progress)
        moved = after != state
        if moved:
            await self._commit(position, state, after, snapshot=f"replay from {first}")
        else:  # every figure is written again: what was lost in the graph is healed
            await self._commit(position, LearnerState(), after, snapshot=None)
        return await self._announced(moved=moved)

    async def _announced(self, *, moved: bool) -> Learnt:
        position, state = await self._stand()
        return Learnt(state.position, position.snapshot, state_digest(state), moved)

    async def _stand(self) -> tuple[Position, LearnerState]:
        """The learner's position and state; from memory while no other learner has moved."""
        position = await snapshots.position(self._graph)
        if self._held is None or self._held[0] != position:
            state = LearnerState()
            if position.snapshot:
                state = await snapshots.get_state(self._graph, position.snapshot)
            state = await self._fold_to(state, position.position)
            self._held = position, state
        return self._held

    async def _fold_to(
        self, state: LearnerState, last: int, progress: Progress = lambda _: None
    ) -> LearnerState:
        while state.position < last:
            limit = min(REPLAY_BATCH, last - state.position)
            batch = await experiences.read_after(self._graph, state.position, limit)
            if not batch:
                raise Conflict(f"experience {state.position + 1} is not there")
            state = await asyncio.to_thread(fold, state, batch)
            progress(len(batch))
        return state

    async def _refold(
        self, left_out: Ranges, last: int, first: int, progress: Progress = lambda _: None
    ) -> LearnerState:
        """The state at `last` with `left_out`, from the newest snapshot before `first` that
        counted the same experiences."""
        state = LearnerState()
        for kept in await snapshots.find(self._graph):
            until = kept.position + 1
            if until <= first and kept.ranges == before_seq(left_out, until):
                state = await snapshots.get_state(self._graph, kept.version)
                break
        return await self._fold_to(replace(state, left_out=left_out), last, progress)

    async def _learn(
        self, position: Position, state: LearnerState, batch: list[Experience]
    ) -> None:
        last = batch[-1].seq
        if any(one.replaces and one.authenticated for one in batch):
            left_out = await self._corrected(state, last)
            after = await self._refold(left_out, last, state.position + 1)
        else:
            after = await asyncio.to_thread(fold, state, batch)
        due = after.left_out != state.left_out or last - position.base >= SNAPSHOT_EVERY
        await self._commit(position, state, after, snapshot="interval" if due else None)
        log.info("learning.learnt", experiences=len(batch), position=last)

    async def _corrected(self, state: LearnerState, last: int) -> Ranges:
        """What is left out once the corrections behind `state` count."""
        left_out = state.left_out
        for one in await experiences.find_replaced(self._graph, last):
            if one.by > state.position:
                left_out = with_range(left_out, one.replaced, one.replaced)
        return left_out

    async def _commit(
        self, position: Position, before: LearnerState, after: LearnerState, *, snapshot: str | None
    ) -> None:
        """Effects and position in one transaction: killed at any point, both or neither are."""

        async def unit(tx: Transaction) -> Position:
            moved = await snapshots.advance(tx, position, after, snapshot=snapshot)
            await _save_effects(tx, before, after)
            return moved

        moved = await self._graph.write(unit, name="learning.commit", timeout_s=COMMIT_SECONDS)
        self._held = moved, after


async def _save_effects(tx: Transaction, before: LearnerState, after: LearnerState) -> None:
    problem_keys = {*before.problems, *after.problems}
    canonical = await problems.read_canonical(tx, problem_keys)
    changed = effects(before, after, canonical)
    kinds = [
        Problem(key, one.title, one.role, one.kind, last_seen=one.last_seen)
        for key, one in changed.problems.items()
        if one.labelled_incidents  # one that no label names any more may be gone
    ]
    await problems.upsert(tx, kinds, written_by=WRITER)
    await experiences.save_labelled_incidents(tx, changed.problems)
    await conditions.set_learnt(tx, changed.signatures, written_by=WRITER)
    await metric_sets.mark_stale(tx, {signature.problem for signature in changed.signatures})
