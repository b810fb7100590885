"""What language models took, as metrics of the product: read from the ledger's accounts.

The names are the specification's (S1). They are gauges that only rise, since each process reads the
same graph: counters of several processes would be added up.
"""

from __future__ import annotations

import structlog
from prometheus_client import Gauge

from graph import llm_calls
from labo.bootstrap import App
from labo.domain.governance.accounts import Charge
from labo.domain.governance.budgets import BudgetUnit
from labo.domain.governance.llm_calls import MICRO
from labo.errors import LaboError

log = structlog.get_logger(__name__)


def _gauge(name: str, text: str, labels: tuple[str, ...]) -> Gauge:
    return Gauge(name, text, ("workspace", "level", *labels), multiprocess_mode="mostrecent")


PROMPT = _gauge("tokens_prompt_total", "Tokens that models read.", ("model",))
COMPLETION = _gauge("tokens_completion_total", "Tokens that models wrote.", ("model",))
COST = _gauge("llm_cost_eur", "Euros that models cost.", ("model",))
REMAINING = _gauge(
    "llm_budget_remaining",
    "Euros or tokens of a limit that are neither spent nor reserved; level `all`: all together.",
    ("period", "unit"),
)


async def refresh(labo: App) -> None:
    """Read the configured workspace's figures. While the graph is away they stay as they were."""
    services = labo.workspace()
    try:
        accounts = await llm_calls.find_model_accounts(services.graph)
        status = await services.budget.status()
    except LaboError as error:
        log.warning("budget.not_read", reason=str(error))
        return
    workspace = services.graph.workspace
    sums: dict[tuple[str, str], Charge] = {}
    for key, charge in accounts.items():
        sums[key.level, key.model] = sums.get((key.level, key.model), Charge()) + charge
    for (level, model), total in sums.items():
        PROMPT.labels(workspace, level, model).set(total.tokens_prompt)
        COMPLETION.labels(workspace, level, model).set(total.tokens_completion)
        COST.labels(workspace, level, model).set(total.money_spent / MICRO)
    for one in status.limits:
        part = MICRO if one.limit.unit is BudgetUnit.MONEY else 1
        labels = (one.limit.level or "all", one.limit.period.value, one.limit.unit.value)
        REMAINING.labels(workspace, *labels).set(one.remaining / part)
