"""The language models that the settings name, with their prices, gates and budget.

Endpoints are opened once a process: gates are the process's, budgets a workspace's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from graph.client import Graph
from labo.adapters.llm.pooled import Gate, Member, PooledModel
from labo.adapters.prices import FREE, ExchangeRate, PriceList, own_price, read_price_file
from labo.domain.governance.accounts import BudgetPeriod
from labo.domain.governance.budgets import BudgetUnit, IncidentLimits, Limit
from labo.domain.governance.llm_calls import MICRO, ModelLevel, TokenPrice
from labo.errors import InvalidInput
from labo.escalation_settings import BudgetSettings, LlmSettings, PoolModelSettings
from labo.ports.llm import LanguageModel
from labo.services.escalation.levels import ModelEscalation
from labo.services.escalation.reports import EXPERT_TIMEOUT_S
from labo.services.governance.budget import BudgetService
from labo.services.governance.budgeted_model import BudgetedModel, PricedModel
from labo.settings import Settings

WITHOUT_A_POOL = 8
"""Concurrency of a model that no pool names: as many as were possible before there were pools on
a host of eight workers; a provider's own refusal is what bounds it."""

EXPERT_TOKENS = 8_192
"""Of a report: its lists, full to their limits, in English."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model that a process can ask."""

    priced: PricedModel
    gate: Gate
    model: LanguageModel


@dataclass(frozen=True, slots=True)
class Models:
    """The endpoints that a process asks models at."""

    endpoints: tuple[Endpoint, ...]

    def pool(self, level: ModelLevel, budget: BudgetService | None) -> PooledModel | None:
        """The models of one level, each asking the `budget` first; None when it has none. Without a
        budget nothing is charged."""
        members = tuple(
            Member(
                one.priced.name,
                one.priced.tier,
                one.gate,
                BudgetedModel(one.model, one.priced, budget) if budget else one.model,
            )
            for one in self.endpoints
            if one.priced.level is level
        )
        return PooledModel(level, members) if members else None

    def escalation(self, budget: BudgetService | None) -> ModelEscalation:
        """The escalation levels of one workspace."""
        n1, n2 = (self.pool(level, budget) for level in (ModelLevel.N1, ModelLevel.N2))
        return ModelEscalation(n1, n2)


def open_models(settings: Settings) -> Models:
    """Raises InvalidInput for a model that lacks its address or key."""
    return Models(_open_endpoints(settings))


def _open_endpoints(settings: Settings) -> tuple[Endpoint, ...]:
    budget = settings.budget
    own = read_price_file(budget.price_file) if budget.price_file else {}
    prices = PriceList(own, ExchangeRate(budget.eur_per_usd, budget.eur_per_usd_day))
    endpoints: list[Endpoint] = []
    for one in settings.llm.pool or tuple(_without_a_pool(settings.llm)):
        first = next((known for known in endpoints if known.priced.level == one.level), None)
        endpoints.append(_endpoint(one, settings.llm, prices, first))
    return tuple(endpoints)


def build_budget(settings: Settings, graph: Graph) -> BudgetService:
    """The budget of the graph's workspace, with the settings' limits where none was set."""
    chosen = settings.budget
    incident = IncidentLimits(chosen.incident_calls, _micro(chosen.incident_eur))
    return BudgetService(graph, tuple(_limits(chosen)), incident)


def _limits(chosen: BudgetSettings) -> Iterator[Limit]:
    amounts = (
        (BudgetPeriod.DAY, BudgetUnit.MONEY, _micro(chosen.day_eur)),
        (BudgetPeriod.MONTH, BudgetUnit.MONEY, _micro(chosen.month_eur)),
        (BudgetPeriod.DAY, BudgetUnit.TOKENS, chosen.day_tokens),
        (BudgetPeriod.MONTH, BudgetUnit.TOKENS, chosen.month_tokens),
    )
    for period, unit, amount in amounts:
        if amount is not None:
            yield Limit("", period, unit, amount)


def _micro(euros: Decimal | None) -> int | None:
    return None if euros is None else int(euros * MICRO)


def _without_a_pool(llm: LlmSettings) -> Iterator[PoolModelSettings]:
    """The models that the plain settings name: a real one takes the scripted one's place."""
    scripted = ("scripted", "scripted") if llm.scripted else None
    local = ("ollama", llm.ollama_model) if llm.ollama_url else scripted
    strong = ("anthropic", llm.anthropic_model) if llm.anthropic_api_key else scripted
    expert = ("anthropic", llm.expert_model) if llm.anthropic_api_key else None
    for level, chosen in (("n1", local), ("n2", strong), ("n3", expert)):
        if chosen is not None:
            provider, name = chosen
            yield PoolModelSettings.model_validate(
                {
                    "level": level,
                    "provider": provider,
                    "name": name,
                    "concurrency": WITHOUT_A_POOL,
                }
            )


def _endpoint(
    one: PoolModelSettings, llm: LlmSettings, prices: PriceList, first: Endpoint | None
) -> Endpoint:
    model, most_output, attempts = _open(one, llm)
    price = _price(one, prices)
    priced = PricedModel(
        level=ModelLevel(one.level),
        name=one.name,
        tier=one.tier,
        price=price,
        most_output=most_output,
        attempts=attempts,
        is_smaller=first is not None and _is_cheaper(price, first.priced.price),
    )
    return Endpoint(priced, Gate(one.concurrency), model)


def _is_cheaper(price: TokenPrice | None, than: TokenPrice | None) -> bool:
    return price is not None and (than is None or price.completion < than.completion)


def _price(one: PoolModelSettings, prices: PriceList) -> TokenPrice | None:
    if one.prompt_eur is not None and one.completion_eur is not None:
        return own_price(one.prompt_eur, one.completion_eur, "LABO_LLM__POOL")
    if one.provider == "anthropic":
        return prices.find(one.provider, one.name)
    return FREE


def _open(one: PoolModelSettings, llm: LlmSettings) -> tuple[LanguageModel, int, int]:
    """The model, how many tokens it writes at most in an attempt, and its attempts.

    Vendors' clients are imported where they are chosen: each takes a second and 60 MB.
    """
    if one.provider == "scripted":
        from labo.adapters.llm.scripted import ScriptedModel

        return ScriptedModel(), 0, 1
    from labo.adapters.llm.repair import ATTEMPTS

    if one.provider == "ollama":
        from labo.adapters.llm import ollama

        url = one.url or llm.ollama_url
        if not url:
            raise InvalidInput("an Ollama needs its address", where="LABO_LLM__OLLAMA_URL")
        local = ollama.OllamaModel(url, one.name, timeout_s=llm.timeout_s)
        return local, ollama.MOST_OUTPUT_TOKENS, ATTEMPTS
    from labo.adapters.llm import anthropic

    if not llm.anthropic_api_key:
        raise InvalidInput("Anthropic needs a key", where="LABO_LLM__ANTHROPIC_API_KEY")
    is_expert = one.level == "n3"
    most = EXPERT_TOKENS if is_expert else anthropic.MOST_OUTPUT_TOKENS
    remote = anthropic.AnthropicModel(
        llm.anthropic_api_key.get_secret_value(),
        one.name,
        base_url=one.url or llm.anthropic_base_url,
        timeout_s=EXPERT_TIMEOUT_S if is_expert else llm.timeout_s,
        most_tokens=most,
    )
    return remote, most, ATTEMPTS
