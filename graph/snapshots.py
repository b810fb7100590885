"""Where the learner stands, and the states that it can start from or go back to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import NoneType

from graph.client import Graph, Transaction
from graph.statements import load
from labo.domain.learning.snapshots import read_state, state_digest, state_text
from labo.domain.learning.state import LearnerState, Ranges
from labo.errors import Conflict, NotFound

KEPT = 20
"""How many snapshots are retained; a state older than all of them is replayed from the first."""


@dataclass(frozen=True, slots=True)
class Position:
    """The learner has read up to `position`, starting from `snapshot` (0: from nothing), which
    had read up to `base`.

    `version` guards each step: of two learners at once, the second one's write finds another.
    """

    position: int = 0
    version: int = 0
    snapshot: int = 0
    base: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stored state without its content. `digest` is equal for equal states."""

    version: int
    position: int
    left_out: tuple[int, ...]
    reason: str
    digest: str
    created_at: datetime

    @property
    def ranges(self) -> Ranges:
        """`left_out` as it counts in the state: first and last number of each range."""
        return tuple(zip(self.left_out[::2], self.left_out[1::2], strict=True))


GET_POSITION = load("snapshots/get_position", row=Position)
UPSERT_HELD = load("snapshots/upsert_held", row=NoneType)
UPSERT_POSITION = load("snapshots/upsert_position", row=int)
UPSERT_SNAPSHOT = load("snapshots/upsert_snapshot", row=int)
FIND_SNAPSHOTS = load("snapshots/find_snapshots", row=Snapshot)
GET_SNAPSHOT = load("snapshots/get_snapshot", row=str)
EXPIRE_SNAPSHOTS = load("snapshots/expire_snapshots", row=NoneType)


async def position(graph: Graph) -> Position:
    rows = await graph.fetch(GET_POSITION)
    return rows[0] if rows else Position()


async def hold(tx: Transaction) -> None:
    """Wait until no learner of this workspace is writing, and let none write meanwhile."""
    await tx.run(UPSERT_HELD)


async def advance(
    tx: Transaction, before: Position, state: LearnerState, *, snapshot: str | None
) -> Position:
    """Move the learner on from `before` to `state`, with a snapshot when a reason is given.

    Raises Conflict when another learner moved it meanwhile: nothing of the transaction counts.
    """
    kept, base = before.snapshot, before.base
    if snapshot is not None:
        kept, base = await _save(tx, state, snapshot), state.position
    moved = await tx.run(
        UPSERT_POSITION, expected=before.version, position=state.position, snapshot=kept
    )
    if not moved:
        raise Conflict("another learner was first", hint="read its position again")
    return Position(state.position, moved[0], kept, base)


async def _save(tx: Transaction, state: LearnerState, reason: str) -> int:
    """The version that `state` is stored under; the oldest beyond `KEPT` are deleted."""
    content = {
        "position": state.position,
        "state": state_text(state),
        "left_out": [number for pair in state.left_out for number in pair],
        "reason": reason,
        "digest": state_digest(state),
    }
    version = (await tx.run(UPSERT_SNAPSHOT, properties=content))[0]
    await tx.run(EXPIRE_SNAPSHOTS, last=version - KEPT)
    return version


async def find(graph: Graph) -> list[Snapshot]:
    """All stored ones, newest first."""
    return await graph.fetch(FIND_SNAPSHOTS)


async def get_state(graph: Graph, version: int) -> LearnerState:
    """Raises NotFound, and InvalidInput when the content is not a state."""
    rows = await graph.fetch(GET_SNAPSHOT, version=version)
    if not rows:
        raise NotFound(
            f"there is no snapshot {version}", where="version", hint="see `labo experience list`"
        )
    return read_state(rows[0])
