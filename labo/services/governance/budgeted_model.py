"""A model that asks the budget first and says afterwards what it took."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TypeVar

import structlog
from pydantic import BaseModel

from labo.domain.governance.budgets import Refusal
from labo.domain.governance.llm_calls import (
    CallRequest,
    CallStatus,
    LlmCall,
    ModelLevel,
    TokenCounts,
    TokenPrice,
)
from labo.errors import BudgetExceeded, LaboError
from labo.ports.llm import (
    Completion,
    LanguageModel,
    ModelUnavailable,
    Prompt,
    TokenUsage,
    UnusableAnswer,
)
from labo.services.governance.budget import BudgetService

T = TypeVar("T", bound=BaseModel)

log = structlog.get_logger(__name__)

OVERHEAD = 2048
"""Tokens that a provider adds to each attempt: turns, tool rules (Anthropic names up to 346 for its
newest models), and the sentence that asks for a repair."""


@dataclass(frozen=True, slots=True)
class PricedModel:
    """What a model is to the budget. `most_output` tokens of one attempt, of which there are at
    most `attempts`; a repair sends the first answer along."""

    level: ModelLevel
    name: str
    tier: str
    price: TokenPrice | None
    most_output: int
    attempts: int
    is_smaller: bool = False

    def bound(self, prompt: Prompt, answer: type[BaseModel]) -> TokenCounts:
        """No call takes more: a token of any known tokeniser stands for a byte at least."""
        schema = json.dumps(answer.model_json_schema(), ensure_ascii=False)
        texts = (prompt.instructions, prompt.data, schema)
        size = sum(len(text.encode("utf-8", "replace")) for text in texts) + OVERHEAD
        repaired = (self.attempts - 1) * self.most_output
        return TokenCounts(self.attempts * size + repaired, self.attempts * self.most_output)


class BudgetedModel:
    """Wraps a model; every call is in the ledger, whatever its end."""

    def __init__(self, model: LanguageModel, priced: PricedModel, budget: BudgetService) -> None:
        self._model = model
        self._priced = priced
        self._budget = budget

    async def complete(self, prompt: Prompt, answer: type[T]) -> Completion[T]:
        """As the port says; also raises BudgetExceeded, whose hint is the refusal's reason."""
        call = await self._reserve(prompt, answer)
        started = time.perf_counter()
        status, usage = CallStatus.CANCELLED, None
        try:
            completion = await self._model.complete(prompt, answer)
            status, usage = CallStatus.SETTLED, completion.usage
            return completion
        except (UnusableAnswer, ModelUnavailable) as error:
            status, usage = CallStatus.FAILED, error.usage
            raise
        except Exception:
            status = CallStatus.FAILED
            raise
        finally:
            took_ms = (time.perf_counter() - started) * 1000
            # Whoever cancels the call must not cancel its line in the ledger.
            await asyncio.shield(self._settle(call, usage, status, took_ms))

    async def _reserve(self, prompt: Prompt, answer: type[BaseModel]) -> LlmCall:
        priced = self._priced
        request = CallRequest(
            level=priced.level,
            model=priced.name,
            tier=priced.tier,
            bound=priced.bound(prompt, answer),
            price=priced.price,
            incident=prompt.incident,
            is_critical=prompt.is_critical,
            is_smaller=priced.is_smaller,
        )
        outcome = await self._budget.reserve(request)
        if isinstance(outcome, Refusal):
            raise BudgetExceeded(outcome.sentence, where=priced.name, hint=outcome.reason.value)
        return outcome

    async def _settle(
        self, call: LlmCall, usage: TokenUsage | None, status: CallStatus, took_ms: float
    ) -> None:
        counts = TokenCounts(usage.input_tokens, usage.output_tokens) if usage else None
        try:
            await self._budget.settle(call.id, counts, status, took_ms=took_ms)
        except LaboError as error:
            # The answer is worth more than its line: the lease ends, and the bound is charged.
            log.warning("budget.not_settled", call=call.id, reason=str(error))
