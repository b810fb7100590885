"""Several models behind one: saturated or failing, the next is asked, down to the last.

Gates (concurrency and circuit breaker) are of one process, shared by its workspaces.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog
from pydantic import BaseModel

from labo.domain.governance import breakers
from labo.domain.governance.breakers import CLOSED, Admission
from labo.errors import BudgetExceeded, Unavailable
from labo.ports.llm import Completion, LanguageModel, Prompt

T = TypeVar("T", bound=BaseModel)

log = structlog.get_logger(__name__)

GPU = "gpu"


class Gate:
    """Of one endpoint: how many calls it takes at once, and whether it is left alone."""

    def __init__(self, concurrency: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._concurrency = concurrency
        self._clock = clock
        self._under_way = 0
        self._breaker = CLOSED

    @property
    def is_open(self) -> bool:
        """Whether calls pass at all."""
        return self._breaker.opened_at is None

    def enter(self) -> Passage | str:
        """A way through, to be ended by one of its methods; or why there is none."""
        admission = self._breaker.admission(self._clock())
        if admission is Admission.REFUSED:
            return "left alone after failures"
        if self._under_way >= self._concurrency:
            return "saturated"
        self._under_way += 1
        epoch = self._breaker.epoch
        self._breaker = breakers.begun(self._breaker, admission)
        return Passage(self, admission, epoch)

    def leave(self, passage: Passage, *, is_answered: bool | None) -> None:
        """`is_answered` None: nobody waited for the end."""
        self._under_way -= 1
        admission, epoch = passage.admission, passage.epoch
        if is_answered is None:
            self._breaker = breakers.abandoned(self._breaker, admission)
        elif is_answered:
            self._breaker = breakers.succeeded(self._breaker, admission, epoch)
        else:
            self._breaker = breakers.failed(self._breaker, admission, epoch, self._clock())


@dataclass(frozen=True, slots=True)
class Passage:
    gate: Gate
    admission: Admission
    epoch: int


@dataclass(frozen=True, slots=True)
class Member:
    """One model of a pool."""

    name: str
    tier: str
    gate: Gate
    model: LanguageModel


class PooledModel:
    """Asks `members` in their order; an unusable answer is an answer, and the caller's to judge."""

    def __init__(self, level: str, members: Sequence[Member]) -> None:
        self._level = level
        self._members = tuple(members)

    async def complete(self, prompt: Prompt, answer: type[T]) -> Completion[T]:
        """Raises as the port says; Unavailable names why each member was passed over, and
        BudgetExceeded is raised where the budget alone stood in the way."""
        reasons: list[str] = []
        refusals: list[BudgetExceeded] = []
        for member in self._members:
            if prompt.requires_gpu and member.tier != GPU:
                reasons.append(f"{member.name}: no GPU, which the agent requires")
                continue
            passage = member.gate.enter()
            if isinstance(passage, str):
                reasons.append(f"{member.name}: {passage}")
                continue
            try:
                return await _through(passage, member, prompt, answer)
            except BudgetExceeded as error:
                refusals.append(error)
                reasons.append(f"{member.name}: {error.message}")
            except Unavailable as error:
                log.warning("pool.next", level=self._level, model=member.name, reason=str(error))
                reasons.append(f"{member.name}: {error.message}")
        if refusals and len(refusals) == len(reasons):
            raise refusals[0]
        raise Unavailable(
            f"no model of {self._level.upper()} takes the call", where="; ".join(reasons)
        )


async def _through(
    passage: Passage, member: Member, prompt: Prompt, answer: type[T]
) -> Completion[T]:
    is_answered: bool | None = None
    try:
        completion = await member.model.complete(prompt, answer)
        is_answered = True
        return completion
    except BudgetExceeded:
        raise  # says nothing of the endpoint
    except Unavailable:
        is_answered = False
        raise
    except Exception:
        is_answered = True
        raise
    finally:
        passage.gate.leave(passage, is_answered=is_answered)
