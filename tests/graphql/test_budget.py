"""The budget over GraphQL and at /metrics."""

from __future__ import annotations

import pytest

from api.rest import budget_metrics
from labo.domain.entities.tokens import Scope
from labo.domain.governance.llm_calls import LlmCall, TokenCounts
from tests.builders.budgets import a_request
from tests.graphql.conftest import Caller

pytestmark = pytest.mark.stack

QUERY = "{ budget { stage acceptsAgents limits { level period unit amount spent remaining } } }"
SET = """
mutation ($amount: Decimal, $level: ModelLevel, $unit: BudgetUnit = MONEY) {
  setBudget(amount: $amount, period: DAY, unit: $unit, level: $level) {
    __typename
    ... on Budget { limits { level amount remaining } levels { level refusal } }
    ... on Failure { message where }
  }
}
"""


async def spend(caller: Caller) -> None:
    budget = caller.labo.workspace(caller.workspace).budget
    call = await budget.reserve(a_request(is_critical=True))
    assert isinstance(call, LlmCall)
    await budget.settle(call.id, TokenCounts(1000, 100))


async def test_the_settings_limits_are_there_until_one_is_set(caller: Caller) -> None:
    await spend(caller)

    before = (await caller.ask(QUERY))["budget"]
    admin = await caller.token(Scope.ADMIN)
    after = await caller.answer(SET, {"amount": "2.5"}, token=admin)

    assert before["stage"] == "FULL"
    assert [(one["period"], float(one["amount"])) for one in before["limits"]] == [
        ("DAY", 5.0),
        ("MONTH", 100.0),
    ]
    assert before["limits"][0]["spent"] == "0.0045"
    assert {"level": None, "amount": "2.5", "remaining": "2.4955"} in after["data"]["setBudget"][
        "limits"
    ]


async def test_only_an_administrator_sets_a_limit(caller: Caller) -> None:
    refused = await caller.ask(SET, amount="1")

    assert refused["setBudget"]["__typename"] == "Forbidden"


@pytest.mark.parametrize(
    ("amount", "unit"), [("-1", "MONEY"), ("0.0000001", "MONEY"), ("1.5", "TOKENS")]
)
async def test_what_is_no_amount_is_refused(caller: Caller, amount: str, unit: str) -> None:
    admin = await caller.token(Scope.ADMIN)
    refused = await caller.answer(SET, {"amount": amount, "unit": unit}, token=admin)

    assert refused["data"]["setBudget"]["where"] == "amount"


async def test_a_level_that_may_cost_nothing_says_so(caller: Caller) -> None:
    admin = await caller.token(Scope.ADMIN)
    done = await caller.answer(SET, {"amount": "0", "level": "N3"}, token=admin)

    assert {"level": "N3", "refusal": "LIMIT"} in done["data"]["setBudget"]["levels"]
    assert {"level": "N2", "refusal": None} in done["data"]["setBudget"]["levels"]


async def test_the_metrics_are_the_ledgers(caller: Caller) -> None:
    labo = caller.labo
    budget = labo.workspace().budget
    call = await budget.reserve(a_request(is_critical=True))
    assert isinstance(call, LlmCall)
    await budget.settle(call.id, TokenCounts(1000, 100))

    await budget_metrics.refresh(labo)
    shown = (await caller.client.get("/metrics")).text

    name = labo.settings.workspace
    labels = f'level="n2",model="large",workspace="{name}"'
    assert f"tokens_prompt_total{{{labels}}}" in shown
    assert f"tokens_completion_total{{{labels}}}" in shown
    assert f"llm_cost_eur{{{labels}}}" in shown
    assert (
        f'llm_budget_remaining{{level="all",period="day",unit="money",workspace="{name}"}}' in shown
    )
