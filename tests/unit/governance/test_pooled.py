"""Pools: who is asked when one is saturated, fails, costs too much or has no GPU."""

from __future__ import annotations

import asyncio
from typing import TypeVar

import pytest
from pydantic import BaseModel

from labo.adapters.llm.pooled import Gate, Member, PooledModel
from labo.domain.governance.breakers import COOL_DOWN_S, LONGEST_COOL_DOWN_S, Breaker
from labo.errors import BudgetExceeded, Unavailable
from labo.ports.llm import Completion, Prompt, UnusableAnswer

T = TypeVar("T", bound=BaseModel)
PROMPT = Prompt("p", "i", "d", {})
ON_GPU = Prompt("p", "i", "d", {}, requires_gpu=True)


class Word(BaseModel):
    word: str = "yes"


class Model:
    """Answers, or fails as `error` says; waits while `gate` is closed."""

    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name = name
        self.error = error
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def complete(self, prompt: Prompt, answer: type[T]) -> Completion[T]:
        self.asked += 1
        error = self.error
        await self.gate.wait()
        if error:
            raise error
        return Completion(answer(), self.name, 1, 1, 1.0)


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def pool(*models: Model, time: Time | None = None, tier: str = "cpu", most: int = 1) -> PooledModel:
    clock = time or Time()
    return PooledModel("n2", [Member(one.name, tier, Gate(most, clock), one) for one in models])


async def answered_by(pooled: PooledModel, prompt: Prompt = PROMPT) -> str:
    return (await pooled.complete(prompt, Word)).model


@pytest.mark.parametrize("error", [Unavailable("away"), BudgetExceeded("too dear")])
async def test_the_next_is_asked_when_one_cannot(error: Exception) -> None:
    assert await answered_by(pool(Model("a", error), Model("b"))) == "b"


async def test_a_saturated_model_is_passed_over() -> None:
    first, second = Model("a"), Model("b")
    pooled = pool(first, second)
    first.gate.clear()
    waiting = asyncio.create_task(answered_by(pooled))
    await asyncio.sleep(0)

    meanwhile = await answered_by(pooled)
    first.gate.set()

    assert (meanwhile, await waiting, await answered_by(pooled)) == ("b", "a", "a")


async def test_an_unusable_answer_is_not_asked_for_elsewhere() -> None:
    second = Model("b")

    with pytest.raises(UnusableAnswer):
        await answered_by(pool(Model("a", UnusableAnswer("prose")), second))
    assert second.asked == 0


async def test_a_gpu_is_honoured_or_refused() -> None:
    with pytest.raises(Unavailable, match="no GPU, which the agent requires"):
        await answered_by(pool(Model("a")), ON_GPU)
    assert await answered_by(pool(Model("a"), tier="gpu"), ON_GPU) == "a"


async def test_the_budget_alone_in_the_way_is_said_so() -> None:
    with pytest.raises(BudgetExceeded):
        await answered_by(pool(Model("a", BudgetExceeded("x")), Model("b", BudgetExceeded("y"))))


async def test_a_failing_model_is_left_alone_until_one_probe_succeeds() -> None:
    time, first = Time(), Model("a", Unavailable("away"))
    pooled = pool(first, Model("b"), time=time, most=9)
    for _ in range(5):
        await answered_by(pooled)
    asked_before = first.asked
    time.now += COOL_DOWN_S
    first.error = None
    first.gate.clear()
    probe = asyncio.create_task(answered_by(pooled))
    await asyncio.sleep(0)
    meanwhile = await answered_by(pooled)
    first.gate.set()

    assert asked_before == 3
    assert (meanwhile, await probe, await answered_by(pooled)) == ("b", "a", "a")


async def test_a_failed_probe_waits_twice_as_long() -> None:
    time, first = Time(), Model("a", Unavailable("away"))
    pooled = pool(first, Model("b"), time=time)
    for _ in range(3):
        await answered_by(pooled)
    asked = []
    for pause in (COOL_DOWN_S, COOL_DOWN_S, COOL_DOWN_S):
        time.now += pause
        await answered_by(pooled)
        asked.append(first.asked)

    assert asked == [4, 4, 5]


async def test_an_answer_from_before_it_opened_proves_nothing() -> None:
    first = Model("a")
    pooled = pool(first, Model("b"), most=9)
    first.gate.clear()
    early = asyncio.create_task(answered_by(pooled))
    await asyncio.sleep(0)
    first.error = Unavailable("away")
    late = [asyncio.create_task(answered_by(pooled)) for _ in range(3)]
    await asyncio.sleep(0)
    first.gate.set()
    await asyncio.gather(*late)

    await early

    assert await answered_by(pooled) == "b"


async def test_a_cancelled_probe_lets_another_probe() -> None:
    time, first = Time(), Model("a", Unavailable("away"))
    pooled = pool(first, Model("b"), time=time)
    for _ in range(3):
        await answered_by(pooled)
    time.now += COOL_DOWN_S
    first.error = None
    first.gate.clear()
    probe = asyncio.create_task(answered_by(pooled))
    await asyncio.sleep(0)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    first.gate.set()

    assert await answered_by(pooled) == "a"


def test_the_cool_down_has_an_end() -> None:
    assert Breaker(failed_probes=5000).cool_down_s == LONGEST_COOL_DOWN_S
