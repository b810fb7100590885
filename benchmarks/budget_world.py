"""A month of bursts at ten workspaces: the provider, its bill, and who asks it.

`python -m benchmarks.budget_world URI PASSWORD ARM NUMBER BILL` is one worker: for each line on
standard input (a day's number) it makes that day's calls and answers `done`. The provider writes
its bill before it answers, as real ones do, so that a killed caller is billed all the same.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import LiteralString, TypeVar, cast

from pydantic import BaseModel

from graph.client import Graph
from graph.driver import open_driver
from labo import logs
from labo.domain.governance.accounts import BudgetPeriod
from labo.domain.governance.budgets import BudgetUnit, IncidentLimits, Limit
from labo.domain.governance.llm_calls import ModelLevel, TokenCounts, TokenPrice
from labo.errors import BudgetExceeded, Unavailable
from labo.ports.llm import NO_USAGE, Completion, ModelUnavailable, Prompt, UnusableAnswer
from labo.services.governance.budget import BudgetService
from labo.services.governance.budgeted_model import BudgetedModel, PricedModel

T = TypeVar("T", bound=BaseModel)

START = datetime(2026, 11, 1, tzinfo=UTC)
DAYS, WORKSPACES = 30, 10
WORKERS = 3
BURSTS = (9, 20)
"""Hours of the day."""
CALLS = 3
"""Of each worker in each burst and workspace, all at once."""
CRITICAL = 0.3
DAY, MONTH = 400_000, 7_000_000
"""Limits in µEUR: the demand is some 0.8 euros a day, so both bind."""
LIMITS = (
    Limit("", BudgetPeriod.DAY, BudgetUnit.MONEY, DAY),
    Limit("", BudgetPeriod.MONTH, BudgetUnit.MONEY, MONTH),
)
PRICE = TokenPrice(3_000_000, 15_000_000, "simulated")
PRICED = PricedModel(ModelLevel.N1, "large", "cpu", PRICE, 2048, 2)


class Word(BaseModel):
    word: str = ""


class Provider:
    """Bills what it took, then answers; one in ten goes wrong in one of five ways."""

    def __init__(self, workspace: str, day: int, bill: int, rng: random.Random) -> None:
        self._workspace, self._day, self._bill, self._rng = workspace, day, bill, rng

    async def complete(self, prompt: Prompt, answer: type[T]) -> Completion[T]:
        bound, rng = PRICED.bound(prompt, answer), self._rng
        fate = rng.random()
        if fate < 0.02:
            raise ModelUnavailable("refused", usage=NO_USAGE)
        taken = TokenCounts(
            rng.randrange(bound.prompt // 4, bound.prompt), rng.randrange(500, bound.completion)
        )
        await asyncio.sleep(rng.uniform(0.005, 0.03))
        line = f"{self._workspace} {self._day} {PRICE.of(taken)}\n"
        os.write(self._bill, line.encode())
        await asyncio.sleep(rng.uniform(0.005, 0.03))
        if fate < 0.04:
            raise ModelUnavailable("silent")
        if fate < 0.06:
            raise UnusableAnswer("prose", usage=None)
        counts = {0: (-1, 5), 1: (10**12, 10**12)}.get(int((fate - 0.06) * 50))
        shown = counts or (taken.prompt, taken.completion)
        return Completion(answer(), "large", *shown, 10.0)


SPENT: LiteralString = """
MATCH (c:ControlCall {workspace: $w}) RETURN
  sum(CASE WHEN c.day = $day THEN c.cost ELSE 0 END) AS day, sum(c.cost) AS month
"""
ADDED: LiteralString = "CREATE (:ControlCall {workspace: $w, day: $day, cost: $cost})"


class Worker:
    """Makes one worker's calls of a day, with reservations or as the control."""

    def __init__(self, uri: str, password: str, arm: str, number: int, bill: int) -> None:
        self._driver = open_driver(uri, "neo4j", password, timeout_s=60)
        self._graph = Graph(self._driver, timeout_s=60)
        self._arm, self._number, self._bill = arm, number, bill
        self._now = START
        self._budgets: dict[str, BudgetService] = {}

    async def day(self, day: int) -> None:
        for hour in BURSTS:
            self._now = START + timedelta(days=day, hours=hour)
            asks = [
                self._one(f"{self._arm}-{workspace}", day, f"{hour} {number}")
                for workspace in range(WORKSPACES)
                for number in range(CALLS)
            ]
            await asyncio.gather(*asks)

    async def _one(self, workspace: str, day: int, name: str) -> None:
        rng = random.Random(f"{workspace} {day} {self._number} {name}")
        prompt = Prompt("p", "i" * 1000, "d" * 3000, {}, "", rng.random() < CRITICAL)
        provider = Provider(workspace, day, self._bill, rng)
        ask = self._controlled if workspace.startswith("control") else self._reserved
        try:
            await ask(workspace, day, provider, prompt)
        except (BudgetExceeded, UnusableAnswer, Unavailable):
            return  # a busy Neo4j too: what is not reserved is not called

    async def _reserved(self, workspace: str, day: int, model: Provider, prompt: Prompt) -> None:
        del day
        budget = self._budgets.get(workspace)
        if budget is None:
            graph = self._graph.scoped(workspace)
            budget = BudgetService(graph, LIMITS, IncidentLimits(None), clock=lambda: self._now)
            self._budgets[workspace] = budget
        await BudgetedModel(model, PRICED, budget).complete(prompt, Word)

    async def _controlled(self, workspace: str, day: int, model: Provider, prompt: Prompt) -> None:
        """The control: look what is spent, call, write down what it took."""
        names = {"w": workspace, "day": day}
        [spent] = (await self._driver.execute_query(SPENT, names)).records
        if spent["day"] >= DAY or spent["month"] >= MONTH:
            raise BudgetExceeded("spent")
        done = await model.complete(prompt, Word)
        counts, bound = (
            TokenCounts(done.input_tokens, done.output_tokens),
            PRICED.bound(prompt, Word),
        )
        cost = PRICE.of(counts if counts.within(bound) else bound)
        await self._driver.execute_query(ADDED, {**names, "cost": cost})


async def main(uri: str, password: str, arm: str, number: str, bill: str) -> None:
    logs.configure("ERROR")
    file = os.open(bill, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    worker = Worker(uri, password, arm, int(number), file)
    read = cast("Callable[[], Awaitable[str]]", lambda: asyncio.to_thread(sys.stdin.readline))
    while line := await read():
        await worker.day(int(line))
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
