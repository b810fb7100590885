"""Hostile sequences of executions against the rule that stops loops, with simple rivals."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.table import Table
from labo.domain.escalation.anti_loop import block_of
from labo.domain.escalation.blocks import BlockLimits, PastExecution, WantedAction
from labo.domain.escalation.executions import ExecutionStatus
from labo.domain.escalation.verification_outcomes import VerificationOutcome

SEQUENCES, WISHES = 1_000, 40
START = datetime(2026, 5, 4, 12, tzinfo=UTC)
LIMITS = BlockLimits()
Rule = Callable[[WantedAction, Sequence[PastExecution], datetime], bool]


@dataclass(frozen=True, slots=True)
class Jumps:
    """Minutes by which the clock is set, each as likely."""

    name: str
    minutes: tuple[int, ...]


KINDS = (
    Jumps("clock is right", (0,)),
    Jumps("clock is set back", (0, 0, 0, -30, -600)),
    Jumps("clock is set forward and back by 40 minutes", (0, 0, 0, 40, -40)),
    Jumps("clock is set forward by hours", (0, 0, 0, 90, 1_500)),
)


def labo_allows(wanted: WantedAction, history: Sequence[PastExecution], now: datetime) -> bool:
    """The rule under test."""
    return block_of(wanted, history, (), now, LIMITS) is None


def incident_counter(
    wanted: WantedAction, history: Sequence[PastExecution], _now: datetime
) -> bool:
    """A rival: five per incident; each recurrence is a new incident."""
    return sum(one.incident == wanted.incident for one in history) < LIMITS.most_recurrences


def failures_counter(wanted: WantedAction, history: Sequence[PastExecution], now: datetime) -> bool:
    """Another: five in the last hour by the stamps, of which it is known that they did not help."""
    failed = [
        one
        for one in history
        if one.key == wanted.key
        and one.outcome in (VerificationOutcome.NO_EFFECT, VerificationOutcome.WORSE)
        and one.started_at is not None
        and now - LIMITS.window < one.started_at <= now
    ]
    return len(failed) < LIMITS.most_recurrences


RULES: tuple[tuple[str, Rule], ...] = (
    ("labo", labo_allows),
    ("five per incident", incident_counter),
    ("five known failures in the last hour", failures_counter),
)


def beyond(rule: Rule, jumps: Jumps, seed: int) -> tuple[int, int, int]:
    """Executions beyond the limit in an hour of true time, by the stamps, and all executed."""
    chance = random.Random(f"{jumps.name} {seed}")
    true, offset = START, timedelta()
    history: list[PastExecution] = []
    times: list[datetime] = []
    for number in range(WISHES):
        true += timedelta(minutes=chance.choice([0, 1, 3, 6, 12]))
        offset += timedelta(minutes=chance.choice(jumps.minutes))
        now = true + offset
        wanted = WantedAction(f"incident-{number // 2}", "slow", "shop/db", "restart-service")
        if not rule(wanted, chance.sample(history, len(history)), now):
            continue
        times.append(true)
        history.append(
            PastExecution(
                id=f"execution-{number}",
                incident=wanted.incident,
                problem=wanted.problem,
                component=wanted.component,
                template=wanted.template,
                status=chance.choice([ExecutionStatus.DONE, ExecutionStatus.FAILED]),
                outcome=chance.choice([None, *VerificationOutcome]),
                started_at=now,
                ended_at=now,
            )
        )
    stamps = [one.started_at for one in history if one.started_at is not None]
    return _excess(times), _excess(sorted(stamps)), len(times)


def _excess(times: Sequence[datetime]) -> int:
    """How many of `times` (ascending) have the limit's number of others in the hour before."""
    most = LIMITS.most_recurrences
    return sum(at - times[n - most] < LIMITS.window for n, at in enumerate(times) if n >= most)


def run() -> Table:
    """Per kind of clock and rule: executions beyond five in an hour of true time."""
    rows = []
    for jumps in KINDS:
        for name, rule in RULES:
            found = [beyond(rule, jumps, seed) for seed in range(SEQUENCES)]
            rows.append(
                (
                    jumps.name,
                    name,
                    SEQUENCES,
                    sum(done for _, _, done in found),
                    sum(stamped for _, stamped, _ in found),
                    sum(excess for excess, _, _ in found),
                )
            )
    columns = (
        "clock",
        "rule",
        "sequences",
        "executed",
        "beyond, by the stamps",
        "beyond, in true time",
    )
    notes = (
        f"{WISHES} wishes a sequence, minutes apart; outcomes and order of reading at random.",
        "A clock that is set forward cannot be told from time that passed.",
    )
    return Table("Executions beyond the limit against loops", columns, rows, notes)
