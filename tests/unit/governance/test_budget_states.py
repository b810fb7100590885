"""Any order of reservations, settlements, crashes and lost processes, on a model of the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from labo.domain.governance.accounts import (
    NOTHING,
    AccountKey,
    BudgetPeriod,
    Charge,
    accounts_of,
    added_up,
    charge,
)
from labo.domain.governance.budgets import (
    BudgetUnit,
    IncidentLimits,
    Limit,
    Refusal,
    Standing,
    decided,
)
from labo.domain.governance.llm_calls import (
    CallRequest,
    CallStatus,
    LlmCall,
    ModelLevel,
    TokenCounts,
    settled_call,
)
from tests.builders.budgets import FREE, NOON, PRICE

LIMITS = (
    Limit("", BudgetPeriod.DAY, BudgetUnit.MONEY, 40_000),
    Limit("", BudgetPeriod.MONTH, BudgetUnit.MONEY, 100_000),
    Limit("", BudgetPeriod.DAY, BudgetUnit.TOKENS, 9_000),
    Limit("n3", BudgetPeriod.MONTH, BudgetUnit.TOKENS, 5_000),
)
COUNTS = st.builds(TokenCounts, st.integers(-10, 10**9), st.integers(-10, 10**9)) | st.none()
LIKELY = st.builds(TokenCounts, st.integers(0, 1000), st.integers(0, 100))


class Ledger(RuleBasedStateMachine):
    """As the service does it: one decision at a time, on accounts that are changed by charges."""

    calls = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON
        self.stored: dict[str, LlmCall] = {}
        self.accounts: dict[AccountKey, Charge] = {}
        self.windows: set[datetime] = {NOON}

    @rule(
        target=calls,
        level=st.sampled_from(ModelLevel),
        prompt=st.integers(0, 3000),
        completion=st.integers(0, 500),
        is_free=st.booleans(),
        is_critical=st.booleans(),
    )
    def reserve(
        self, level: ModelLevel, prompt: int, completion: int, is_free: bool, is_critical: bool
    ) -> str | None:
        bound = TokenCounts(prompt, completion)
        price = FREE if is_free else PRICE
        request = CallRequest(level, "m", "cpu", bound, price, is_critical=is_critical)
        standing = Standing(LIMITS, self.accounts, self.at, incident_limits=IncidentLimits(None))
        outcome = decided(request, standing, str(len(self.stored)))
        if isinstance(outcome, Refusal):
            return None
        self._save(None, outcome)
        return outcome.id

    @rule(call=calls, counts=COUNTS | LIKELY, status=st.sampled_from(CallStatus))
    def settle(self, call: str | None, counts: TokenCounts | None, status: CallStatus) -> None:
        """Also of what was settled before."""
        if call is not None and status is not CallStatus.RESERVED:
            before = self.stored[call]
            self._save(before, settled_call(before, status, counts, 1.0))

    @rule(call=consumes(calls))
    def crash(self, call: str | None) -> None:
        """Nobody settles it any more; its lease ends some day."""

    @rule()
    def expire(self) -> None:
        for call in [*self.stored.values()]:
            if call.status is CallStatus.RESERVED and call.lease_until < self.at:
                self._save(call, settled_call(call, CallStatus.EXPIRED, None, 0.0))

    @rule(hours=st.integers(-50, 100))
    def jump(self, hours: int) -> None:
        self.at += timedelta(hours=hours)
        self.windows.add(self.at)

    def _save(self, before: LlmCall | None, after: LlmCall) -> None:
        self.stored[after.id] = after
        change = charge(after) - (charge(before) if before else NOTHING)
        for key in accounts_of(after.level, after.at, after.model):
            self.accounts[key] = self.accounts.get(key, NOTHING) + change

    @invariant()
    def no_account_is_above_its_limit(self) -> None:
        for at in self.windows:
            standing = Standing(LIMITS, self.accounts, at)
            for limit in LIMITS:
                assert standing.used(limit) <= limit.amount

    @invariant()
    def the_accounts_are_what_the_ledger_adds_up_to(self) -> None:
        assert self.accounts == added_up(self.stored.values())

    @invariant()
    def nothing_is_negative(self) -> None:
        for call in self.stored.values():
            assert min(call.cost, call.tokens_prompt, call.tokens_completion) >= 0
            assert call.cost <= call.reserved


Ledger.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLedger = Ledger.TestCase
