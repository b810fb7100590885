"""A model that asks the budget: whatever the end of a call, its line in the ledger is right."""

from __future__ import annotations

import asyncio
from typing import TypeVar

import pytest
from pydantic import BaseModel

from graph.client import Graph
from labo.domain.governance.budgets import IncidentLimits
from labo.domain.governance.llm_calls import CallStatus, ModelLevel
from labo.errors import BudgetExceeded, Unavailable
from labo.ports.llm import (
    NO_USAGE,
    Completion,
    ModelUnavailable,
    Prompt,
    TokenUsage,
    UnusableAnswer,
)
from labo.services.governance.budget import BudgetService
from labo.services.governance.budgeted_model import BudgetedModel, PricedModel
from tests.builders.budgets import PRICE, Clock, a_limit

pytestmark = pytest.mark.stack

T = TypeVar("T", bound=BaseModel)
PRICED = PricedModel(ModelLevel.N2, "large", "cpu", PRICE, most_output=100, attempts=2)
PROMPT = Prompt("p", "instructions", "data", {}, "i1")


class Word(BaseModel):
    word: str = "yes"


class Model:
    """Ends as it was told to, or never."""

    def __init__(self, end: Exception | TokenUsage | None) -> None:
        self._end = end

    async def complete(self, prompt: Prompt, answer: type[T]) -> Completion[T]:
        if self._end is None:
            await asyncio.Event().wait()
        if isinstance(self._end, Exception):
            raise self._end
        usage = self._end or NO_USAGE
        return Completion(answer(), "large", usage.input_tokens, usage.output_tokens, 1.0)


def budgeted(
    graph: Graph, end: Exception | TokenUsage | None
) -> tuple[BudgetedModel, BudgetService]:
    budget = BudgetService(graph, (a_limit(10**9),), IncidentLimits(), clock=Clock())
    return BudgetedModel(Model(end), PRICED, budget), budget


BOUND = PRICE.of(PRICED.bound(PROMPT, Word))
SOME = TokenUsage(1000, 100)


@pytest.mark.parametrize(
    ("end", "status", "cost"),
    [
        (SOME, CallStatus.SETTLED, 4500),
        (TokenUsage(-1, 5), CallStatus.SETTLED, BOUND),
        (UnusableAnswer("prose", usage=SOME), CallStatus.FAILED, 4500),
        (UnusableAnswer("prose"), CallStatus.FAILED, BOUND),
        (ModelUnavailable("refused", usage=NO_USAGE), CallStatus.FAILED, 0),
        (ModelUnavailable("too slow"), CallStatus.FAILED, BOUND),
        (Unavailable("some other way"), CallStatus.FAILED, BOUND),
        (RuntimeError("a defect"), CallStatus.FAILED, BOUND),
    ],
)
async def test_every_end_is_written_down(
    graph: Graph, end: Exception | TokenUsage, status: CallStatus, cost: int
) -> None:
    """What nobody knows costs its bound; what was not answered costs nothing."""
    model, budget = budgeted(graph, end)
    if isinstance(end, Exception):
        with pytest.raises(type(end)):
            await model.complete(PROMPT, Word)
    else:
        await model.complete(PROMPT, Word)

    [call] = await budget.ledger()

    assert (call.status, call.cost, call.incident) == (status, cost, "i1")


async def test_a_cancelled_call_is_written_down(graph: Graph) -> None:
    """As when an escalation level's time is up."""
    model, budget = budgeted(graph, None)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await model.complete(PROMPT, Word)
    for _ in range(100):
        [call] = await budget.ledger()
        if call.status is not CallStatus.RESERVED:
            break
        await asyncio.sleep(0.05)

    assert (call.status, call.cost) == (CallStatus.CANCELLED, BOUND)


async def test_a_refused_call_is_not_made(graph: Graph) -> None:
    """The hint names the reason for programs."""
    model, budget = budgeted(graph, SOME)
    await budget.set_limit(a_limit(100), by="ann")

    with pytest.raises(BudgetExceeded) as refused:
        await model.complete(PROMPT, Word)

    assert refused.value.hint == "limit"
    assert await budget.ledger() == []
