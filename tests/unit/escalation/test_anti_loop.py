"""The rule against loops: what is blocked, why, and what lifts it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from labo.domain.escalation.anti_loop import block_of
from labo.domain.escalation.blocks import (
    SENTENCES,
    BlockReason,
    Circumstances,
    PastExecution,
    WantedAction,
    lift_of,
)
from labo.domain.escalation.executions import ExecutionStatus
from labo.domain.escalation.verification_outcomes import VerificationOutcome
from labo.errors import Conflict, InvalidInput

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WANTED = WantedAction("incident-9", "slow", "shop/db", "restart-service")


def past(number: int, at: datetime, **changes: object) -> PastExecution:
    one = PastExecution(
        id=f"execution-{number}",
        incident=f"incident-{number}",
        problem="slow",
        component="shop/db",
        template="restart-service",
        status=ExecutionStatus.DONE,
        outcome=VerificationOutcome.WORKED,
        started_at=at,
        ended_at=at,
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def reason_of(*history: PastExecution, now: datetime = NOON) -> BlockReason | None:
    block = block_of(WANTED, history, (), now)
    return block.reason if block else None


FIVE = [past(n, NOON - timedelta(minutes=50 - 10 * n)) for n in range(5)]


def test_nothing_is_against_a_first_action() -> None:
    assert reason_of() is None


def test_four_recurrences_within_the_hour_are_allowed_and_five_are_not() -> None:
    assert reason_of(*FIVE[:4]) is None
    assert reason_of(*FIVE) is BlockReason.RECURRING


@pytest.mark.parametrize("outcome", [None, *VerificationOutcome])
def test_an_inconclusive_answer_counts_like_any_other(outcome: VerificationOutcome | None) -> None:
    assert reason_of(*[replace(one, outcome=outcome) for one in FIVE]) is BlockReason.RECURRING


@pytest.mark.parametrize("hours", [-1_000, -1, 2, 1_000])
def test_no_jump_of_the_clock_unlocks_what_is_blocked(hours: int) -> None:
    now = NOON + timedelta(hours=hours)
    assert reason_of(*FIVE, now=now) is BlockReason.RECURRING


def test_another_problem_or_component_is_not_blocked_by_it() -> None:
    elsewhere = replace(WANTED, component="shop/web")
    assert block_of(elsewhere, FIVE, (), NOON + timedelta(hours=1)) is None


def test_a_lift_forgives_what_it_names_and_nothing_later() -> None:
    now = NOON + timedelta(hours=1)
    block = block_of(WANTED, FIVE, (), now)
    assert block is not None
    lift = lift_of(block, by="mia", reason="the disk was replaced", at=now)
    assert block_of(WANTED, FIVE, [lift], now) is None
    later = [replace(one, id=f"later-{one.id}") for one in FIVE]  # the same times: a clock jumped
    again = block_of(WANTED, [*FIVE, *later], [lift], now)
    assert again is not None
    assert again.reason is BlockReason.RECURRING


def test_a_lift_needs_a_reason_and_a_block_that_follows_from_executions() -> None:
    off = block_of(WANTED, (), (), NOON, circumstances=Circumstances(kill_switch=True))
    blocked = block_of(WANTED, FIVE, (), NOON)
    assert off is not None
    assert blocked is not None
    with pytest.raises(Conflict, match="cannot be lifted"):
        lift_of(off, by="mia", reason="why not", at=NOON)
    with pytest.raises(InvalidInput, match="a name and a reason"):
        lift_of(blocked, by="mia", reason=" ", at=NOON)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": ExecutionStatus.RUNNING, "outcome": None}, BlockReason.DUPLICATE_IN_PROGRESS),
        ({"status": ExecutionStatus.UNKNOWN, "outcome": None}, BlockReason.DUPLICATE_IN_PROGRESS),
        (
            {"status": ExecutionStatus.RUNNING, "outcome": None, "template": "scale-out"},
            BlockReason.TARGET_BUSY,
        ),
        ({}, BlockReason.RECENTLY_REMEDIATED),
        ({"template": "scale-out"}, BlockReason.COOLING_DOWN),
        ({"status": ExecutionStatus.CANCELLED}, None),
    ],
)
def test_an_earlier_execution_a_minute_ago_blocks_by_what_it_was(
    changes: dict[str, object], reason: BlockReason | None
) -> None:
    assert reason_of(past(1, NOON - MINUTE, **changes)) is reason


def test_what_ends_by_itself_says_when_and_a_future_stamp_does_not_prolong_it() -> None:
    block = block_of(WANTED, [past(1, NOON + timedelta(days=3))], (), NOON)
    assert block is not None
    assert block.ends_at == NOON + timedelta(minutes=5)


def test_three_attempts_that_did_not_help_end_an_incident() -> None:
    useless = [
        past(n, NOON - timedelta(hours=2 + n), incident="incident-9", template=f"t{n}")
        for n in range(3)
    ]
    tried = [replace(one, outcome=VerificationOutcome.UNKNOWN) for one in useless]
    assert reason_of(*tried) is BlockReason.INEFFECTIVE_CHAIN
    assert reason_of(*tried[:2]) is None


@pytest.mark.parametrize(
    ("around", "reason"),
    [
        (Circumstances(kill_switch=True), BlockReason.KILL_SWITCH),
        (Circumstances(policy_refusal="not at noon"), BlockReason.POLICY),
        (Circumstances(model_calls=40), BlockReason.BUDGET),
        (Circumstances(money=5.0), BlockReason.BUDGET),
    ],
)
def test_governance_blocks_before_anything_else(around: Circumstances, reason: BlockReason) -> None:
    block = block_of(WANTED, FIVE, (), NOON, circumstances=around)
    assert block is not None
    assert block.reason is reason


def test_every_reason_has_a_sentence_and_an_ending() -> None:
    assert set(SENTENCES) == set(BlockReason)
    assert all(text.endswith(".") for pair in SENTENCES.values() for text in pair)


def test_a_thousand_hostile_sequences_never_exceed_the_limit() -> None:
    for seed in range(1_000):
        chance = random.Random(seed)  # noqa: S311 - no secret
        now = NOON
        history: list[PastExecution] = []
        times: list[datetime] = []
        for number in range(30):
            now += timedelta(minutes=chance.choice([0, 1, 7, 20, -45, -600]))
            shuffled = chance.sample(history, len(history))
            if block_of(WANTED, shuffled, (), now) is not None:
                continue
            status = chance.choice([ExecutionStatus.DONE, ExecutionStatus.FAILED])
            outcome = chance.choice([None, *VerificationOutcome])
            stamp = now + timedelta(minutes=chance.choice([0, 0, 0, 90]))
            history.append(past(number, stamp, status=status, outcome=outcome))
            times.append(stamp)
        ordered = sorted(times)
        fullest = max(
            sum(first <= at < first + timedelta(hours=1) for at in ordered) for first in ordered
        )
        assert fullest <= 5, seed


def test_a_waiting_execution_is_in_nobodys_way_when_one_begins() -> None:
    """Two that were approved for one component would wait for each other for ever."""
    waiting = past(1, NOON, status=ExecutionStatus.PENDING, outcome=None, started_at=None)

    assert reason_of(waiting) is BlockReason.DUPLICATE_IN_PROGRESS
    assert block_of(replace(WANTED, execution="execution-2"), [waiting], (), NOON) is None
