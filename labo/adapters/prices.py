"""What models cost: the operator's own list first, then genai-prices, which is read offline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from importlib.metadata import version
from pathlib import Path

from labo.domain.governance.llm_calls import MICRO, TokenPrice
from labo.errors import InvalidInput

FREE = TokenPrice(0, 0, "local: no price")
LARGEST_PROMPT = 100_000
"""Tokens of a call, for prices that rise with them: ours are smaller, and the next step of any
provider known to the list begins at 128,000."""


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """Euros for a dollar, and of which day."""

    eur_per_usd: Decimal
    day: date


class PriceList:
    """Prices by `provider/model` or by the model's name alone, in µEUR per million tokens."""

    def __init__(self, own: Mapping[str, TokenPrice], rate: ExchangeRate) -> None:
        self._own = own
        self._rate = rate

    def find(self, provider: str, model: str) -> TokenPrice | None:
        """None when no list knows the model: it may not be asked then."""
        own = self._own.get(f"{provider}/{model}") or self._own.get(model)
        return own or self._listed(provider, model)

    def _listed(self, provider: str, model: str) -> TokenPrice | None:
        # A third of a second and its data: only for a process that has a paid model.
        from genai_prices import Usage, calc_price
        from genai_prices.types import TieredPrices

        def usd(price: object) -> Decimal | None:
            if isinstance(price, TieredPrices):
                reached = [tier.price for tier in price.tiers if tier.start <= LARGEST_PROMPT]
                return Decimal(max([price.base, *reached]))
            return price if isinstance(price, Decimal) else None

        try:
            found = calc_price(Usage(input_tokens=1, output_tokens=1), model, provider_id=provider)
        except LookupError:
            return None
        listed = vars(found.model_price)
        # A prompt that is written to the provider's cache costs more than one that is not. Counts
        # do not say which was, so every prompt is charged at the higher: never too little.
        prompts = [usd(listed.get(name)) for name in ("input_mtok", "cache_write_mtok")]
        completion = usd(listed.get("output_mtok"))
        if completion is None or prompts[0] is None:
            return None
        source = f"genai-prices {version('genai-prices')}, {self._rate.eur_per_usd} EUR/USD of "
        return TokenPrice(
            self._micro_euros(max(price for price in prompts if price is not None)),
            self._micro_euros(completion),
            source + self._rate.day.isoformat(),
        )

    def _micro_euros(self, usd: Decimal) -> int:
        return int((usd * self._rate.eur_per_usd * MICRO).to_integral_value(ROUND_CEILING))


def own_price(prompt_eur: Decimal, completion_eur: Decimal, source: str) -> TokenPrice:
    """From euros per million tokens. Raises InvalidInput below zero or without an end."""
    for price in (prompt_eur, completion_eur):
        if not price.is_finite() or price < 0:
            raise InvalidInput("a price is zero or more", where=source)
    micro = [
        int((price * MICRO).to_integral_value(ROUND_CEILING))
        for price in (prompt_eur, completion_eur)
    ]
    return TokenPrice(micro[0], micro[1], source)


def read_price_file(path: Path) -> dict[str, TokenPrice]:
    """`{"anthropic/claude-x": {"prompt_eur": "2.70", "completion_eur": "13.50"}}`, in euros per
    million tokens. Raises InvalidInput."""
    try:
        listed = json.loads(path.read_text("utf-8"))
        return {
            str(name): own_price(
                Decimal(str(entry["prompt_eur"])), Decimal(str(entry["completion_eur"])), path.name
            )
            for name, entry in listed.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
        raise InvalidInput(
            "the price list can't be read",
            where=str(path),
            hint='{"provider/model": {"prompt_eur": "2.70", "completion_eur": "13.50"}}',
        ) from error
