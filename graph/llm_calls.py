"""The ledger of model calls, and the accounts that add it up."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import NoneType

from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import load
from labo.domain.governance.accounts import AccountKey, Charge
from labo.domain.governance.budgets import IncidentTotal
from labo.domain.governance.llm_calls import LlmCall
from labo.errors import NotFound


@dataclass(frozen=True, slots=True)
class AccountRow:
    level: str
    window: str
    model: str
    money_spent: int
    money_reserved: int
    tokens_prompt: int
    tokens_completion: int
    tokens_reserved: int
    calls: int

    @property
    def key(self) -> AccountKey:
        return AccountKey(self.level, self.window, self.model)

    @property
    def charge(self) -> Charge:
        return Charge(
            self.money_spent,
            self.money_reserved,
            self.tokens_prompt,
            self.tokens_completion,
            self.tokens_reserved,
            self.calls,
        )


GET_CALL = load("llm_calls/get_call", row=LlmCall)
FIND_CALLS = load("llm_calls/find_calls", row=LlmCall)
FIND_BY_INCIDENT = load("llm_calls/find_by_incident", row=LlmCall)
FIND_OVERDUE = load("llm_calls/find_overdue", row=LlmCall)
COUNT_OF_INCIDENT = load("llm_calls/count_of_incident", row=IncidentTotal)
FIND_ACCOUNTS = load("llm_calls/find_accounts", row=AccountRow)
FIND_ACCOUNTS_WITHIN = load("llm_calls/find_accounts_within", row=AccountRow)
UPSERT_CALL = load("llm_calls/upsert_call", row=NoneType)
UPSERT_CHARGES = load("llm_calls/upsert_charges", row=NoneType)


async def save(tx: Transaction, call: LlmCall, keys: Iterable[AccountKey], change: Charge) -> None:
    """Save a call, and put what it changes on its accounts. Hold the budget's turn."""
    await tx.run(UPSERT_CALL, id=call.id, properties=properties(call))
    rows = [
        {"key": one.text, "level": one.level, "window": one.window, "model": one.model}
        for one in sorted(keys, key=lambda key: key.text)
    ]
    await tx.run(UPSERT_CHARGES, rows=rows, change=dataclasses.asdict(change))


async def read(tx: Transaction, call_id: str) -> LlmCall:
    """Raises NotFound."""
    for call in await tx.run(GET_CALL, id=call_id):
        return call
    raise NotFound("there is no such call in the ledger", where=call_id)


async def read_accounts(tx: Transaction, keys: Iterable[AccountKey]) -> dict[AccountKey, Charge]:
    """Those that exist."""
    rows = await tx.run(FIND_ACCOUNTS, keys=sorted(key.text for key in keys))
    return {row.key: row.charge for row in rows}


async def read_month(tx: Transaction, month: str) -> dict[AccountKey, Charge]:
    """Every account of a month (`2026-12`) and of its days."""
    rows = await tx.run(FIND_ACCOUNTS_WITHIN, month=month)
    return {row.key: row.charge for row in rows}


async def read_calls(
    tx: Transaction, since: datetime, until: datetime, limit: int
) -> list[LlmCall]:
    """As `find`, within a transaction."""
    return await tx.run(FIND_CALLS, since=since, until=until, limit=limit)


async def read_overdue(tx: Transaction, now: datetime, limit: int) -> list[LlmCall]:
    return await tx.run(FIND_OVERDUE, now=now, limit=limit)


async def read_total(tx: Transaction, incident: str) -> IncidentTotal:
    """What an incident has had; nothing where the call is for none."""
    if not incident:
        return IncidentTotal()
    [total] = await tx.run(COUNT_OF_INCIDENT, incident=incident)
    return total


async def find(graph: Graph, since: datetime, until: datetime, limit: int) -> list[LlmCall]:
    """Calls reserved from `since` until before `until`, newest first."""
    return await graph.fetch(FIND_CALLS, since=since, until=until, limit=limit)


async def find_by_incident(graph: Graph, incident: str, limit: int = 100) -> list[LlmCall]:
    """The calls that were made for an incident (id), newest first."""
    return await graph.fetch(FIND_BY_INCIDENT, incident=incident, limit=limit)


async def find_model_accounts(graph: Graph) -> Mapping[AccountKey, Charge]:
    """By level, month and model, of all time."""
    rows = await graph.fetch(FIND_ACCOUNTS_WITHIN, month="")
    return {row.key: row.charge for row in rows if row.model}
