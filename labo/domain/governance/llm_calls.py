"""Calls of language models as the ledger has them. Money is in whole micro-euros (µEUR).

A call is reserved at an upper bound before it is made, and settled at what the provider counted:

    reserved ─► settled     answered
             ├► failed      no usable answer
             ├► cancelled   nobody waits any more
             └► expired     its process never came back; a late settlement still corrects it

Where the provider's counts are unknown or can't be true, the bound stands: what is written down may
be too much, never too little.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

MICRO = 1_000_000
"""µEUR of a euro, and tokens of a price's unit."""

LEASE = timedelta(minutes=10)
"""After which a reservation's process is taken for dead: five times what an escalation level may
take (120 s), so that no living call expires."""


class ModelLevel(StrEnum):
    """Escalation levels that ask a model, from the cheapest."""

    N1 = "n1"
    N2 = "n2"
    N3 = "n3"


class CallStatus(StrEnum):
    RESERVED = "reserved"
    SETTLED = "settled"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


OPEN = frozenset({CallStatus.RESERVED, CallStatus.EXPIRED})
"""In which a settlement still counts; after it, a second one changes nothing."""


@dataclass(frozen=True, slots=True)
class TokenCounts:
    prompt: int
    completion: int

    @property
    def total(self) -> int:
        return self.prompt + self.completion

    def within(self, bound: TokenCounts) -> bool:
        """Whether these can be true of a call with this `bound`."""
        return 0 <= self.prompt <= bound.prompt and 0 <= self.completion <= bound.completion


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """µEUR per million tokens, and where they are from."""

    prompt: int
    completion: int
    source: str

    def of(self, counts: TokenCounts) -> int:
        """µEUR, rounded up.

        >>> TokenPrice(3_000_000, 15_000_000, "a list").of(TokenCounts(1000, 100))
        4500
        >>> TokenPrice(1, 1, "a list").of(TokenCounts(1, 0))
        1
        """
        return -(-(self.prompt * counts.prompt + self.completion * counts.completion) // MICRO)


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What is asked for. `bound`: no call takes more tokens. `is_smaller`: the model is cheaper
    than its level's first. `price` None: nobody knows it."""

    level: ModelLevel
    model: str
    tier: str
    bound: TokenCounts
    price: TokenPrice | None
    incident: str = ""
    is_critical: bool = False
    is_smaller: bool = False


@dataclass(frozen=True, slots=True)
class LlmCall:
    """One line of the ledger; `at` decides the day and month (UTC) that it belongs to, whenever it
    is settled. `is_bound`: the counts are the bound, since the provider's are unknown or absurd."""

    id: str
    level: ModelLevel
    model: str
    tier: str
    incident: str
    is_critical: bool
    at: datetime
    lease_until: datetime
    status: CallStatus
    bound_prompt: int
    bound_completion: int
    reserved: int
    tokens_prompt: int
    tokens_completion: int
    cost: int
    currency: str
    price_prompt: int
    price_completion: int
    price_source: str
    is_bound: bool
    took_ms: float

    @property
    def bound(self) -> TokenCounts:
        return TokenCounts(self.bound_prompt, self.bound_completion)

    @property
    def counts(self) -> TokenCounts:
        return TokenCounts(self.tokens_prompt, self.tokens_completion)

    @property
    def price(self) -> TokenPrice:
        return TokenPrice(self.price_prompt, self.price_completion, self.price_source)


def reserved_call(call_id: str, request: CallRequest, price: TokenPrice, at: datetime) -> LlmCall:
    """The call as it is reserved at `at`."""
    return LlmCall(
        id=call_id,
        level=request.level,
        model=request.model,
        tier=request.tier,
        incident=request.incident,
        is_critical=request.is_critical,
        at=at,
        lease_until=at + LEASE,
        status=CallStatus.RESERVED,
        bound_prompt=request.bound.prompt,
        bound_completion=request.bound.completion,
        reserved=price.of(request.bound),
        tokens_prompt=0,
        tokens_completion=0,
        cost=0,
        currency="EUR",
        price_prompt=price.prompt,
        price_completion=price.completion,
        price_source=price.source,
        is_bound=False,
        took_ms=0.0,
    )


def settled_call(
    call: LlmCall, status: CallStatus, counts: TokenCounts | None, took_ms: float
) -> LlmCall:
    """The call with its end. `counts` None: unknown. What was settled before stays as it is."""
    if call.status not in OPEN:
        return call
    is_known = counts is not None and counts.within(call.bound)
    true = counts if counts is not None and is_known else call.bound
    return replace(
        call,
        status=status,
        tokens_prompt=true.prompt,
        tokens_completion=true.completion,
        cost=call.price.of(true),
        is_bound=not is_known,
        took_ms=took_ms,
    )
