"""`labo budget`: what language models may cost, what they cost, and whether it adds up."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli.connection import ask_services, connected_settings
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, console, echo, print_json, print_table
from labo.domain.governance.accounts import BudgetPeriod
from labo.domain.governance.budgets import BudgetUnit, Limit
from labo.domain.governance.llm_calls import MICRO, ModelLevel
from labo.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from labo.domain.governance.budget_status import BudgetStatus, LimitStatus
    from labo.domain.governance.llm_calls import LlmCall

app = typer.Typer(
    name="budget", help="What language models may cost, and what they did.", no_args_is_help=True
)


@app.command()
def show(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show the limits, what is left, and what still runs on each escalation level.

    Days and months are UTC's. The stage says what still runs for incidents that are not critical.

    Example: labo budget show
    """
    status = ask_services(connected_settings(data), lambda labo: labo.budget.status())
    if as_json:
        print_json(_status_json(status))
    else:
        _print_status(status)


@app.command("set")
def set_command(
    amount: Annotated[str, typer.Argument(help="Euros or tokens; `none` lifts the limit.")],
    *,
    period: Annotated[BudgetPeriod, typer.Option(help="Of which time.")] = BudgetPeriod.DAY,
    unit: Annotated[BudgetUnit, typer.Option(help="Euros (money) or tokens.")] = BudgetUnit.MONEY,
    level: Annotated[
        ModelLevel | None, typer.Option(help="Of one escalation level; by default of all.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set one limit of this workspace; it takes the place of the settings' one at once.

    Examples: labo budget set 5.00 · labo budget set 200000 --unit tokens --period month · labo
    budget set 2 --level n3 · labo budget set none
    """
    limit = Limit(level.value if level else "", period, unit, read_amount(amount, unit))
    status = ask_services(
        connected_settings(data), lambda labo: labo.budget.set_limit(limit, by="operator")
    )
    if as_json:
        print_json(_status_json(status))
    else:
        _print_status(status)


@app.command()
def ledger(
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How far back.")] = 31,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the newest model calls with what each cost.

    Example: labo budget ledger --limit 50 --json
    """
    calls = ask_services(
        connected_settings(data), lambda labo: labo.budget.ledger(days=days, limit=limit)
    )
    if as_json:
        print_json([asdict(one) | {"cost_eur": in_euros(one.cost)} for one in calls])
    elif not calls:
        console.print("No model was called.")
    else:
        columns = ("at", "level", "model", "status", "prompt", "completion", "EUR", "incident")
        print_table(columns, [_row(one) for one in calls])


@app.command()
def verify(
    *,
    month: Annotated[str | None, typer.Option(help="Such as 2026-12; by default this one.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a month up from its calls and compare; exit code 5 when a figure differs.

    Example: labo budget verify --month 2026-12
    """
    done = ask_services(connected_settings(data), lambda labo: labo.budget.verify(month))
    if as_json:
        print_json(asdict(done) | {"cost_eur": in_euros(done.cost)})
    else:
        echo(f"{done.month}: {done.calls} calls, {in_euros(done.cost)} EUR")
    if done.mismatches:
        first = done.mismatches[0]
        raise Conflict(
            f"{len(done.mismatches)} figures differ from the ledger; {first.what}: "
            f"{first.stored} is stored, {first.recomputed} is right",
            where=done.month,
        )


def read_amount(text: str, unit: BudgetUnit) -> int:
    """In µEUR or tokens; -1 for `none`. Raises InvalidInput."""
    if text.strip().lower() == "none":
        return -1
    try:
        amount = Decimal(text) * (MICRO if unit is BudgetUnit.MONEY else 1)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0 or amount != int(amount) or amount > 2**53:
        raise InvalidInput("not an amount", where=text, hint="such as 5.00, 200000 or none")
    return int(amount)


def in_euros(micro: int) -> str:
    """As an exact decimal.

    >>> in_euros(4_500)
    '0.004500'
    """
    return f"{Decimal(micro) / MICRO:.6f}"


def _print_status(status: BudgetStatus) -> None:
    console.print(f"stage: {status.stage}")
    if not status.limits:
        console.print("No limit is set.")
    else:
        columns = ("limit on", "window (UTC)", "amount", "spent", "reserved", "remaining", "%")
        print_table(columns, [_limit_row(one) for one in status.limits])
    for level in status.levels:
        why = level.refusal.sentence if level.refusal else "paid calls have room"
        console.print(f"{level.level.upper()}: {why}")


def _limit_row(one: LimitStatus) -> tuple[str, ...]:
    limit = one.limit
    amounts = (limit.amount, one.spent, one.reserved, one.remaining)
    is_money = limit.unit is BudgetUnit.MONEY
    shown = (f"{Decimal(x) / MICRO:.2f} EUR" if is_money else f"{x} tokens" for x in amounts)
    owner = limit.level.upper() or "all levels"
    return (f"{owner}, a {limit.period}", one.window, *shown, f"{one.remaining_share:.0%}")


def _status_json(status: BudgetStatus) -> dict[str, object]:
    return {
        "stage": status.stage.value,
        "accepts_agents": status.accepts_agents,
        "limits": [
            {
                "level": one.limit.level or None,
                "period": one.limit.period.value,
                "unit": one.limit.unit.value,
                "window": one.window,
                **{name: _plain(value, one.limit.unit) for name, value in _amounts(one)},
                "remaining_share": one.remaining_share,
            }
            for one in status.limits
        ],
        "levels": {
            one.level.value: one.refusal.reason.value if one.refusal else None
            for one in status.levels
        },
    }


def _amounts(one: LimitStatus) -> tuple[tuple[str, int], ...]:
    return (
        ("amount", one.limit.amount),
        ("spent", one.spent),
        ("reserved", one.reserved),
        ("remaining", one.remaining),
    )


def _plain(value: int, unit: BudgetUnit) -> int | str:
    return in_euros(value) if unit is BudgetUnit.MONEY else value


def _row(one: LlmCall) -> tuple[object, ...]:
    counts = (one.tokens_prompt, one.tokens_completion)
    return (
        f"{one.at:%Y-%m-%d %H:%M:%S}",
        one.level.upper(),
        one.model,
        one.status.value + (" (bound)" if one.is_bound else ""),
        *counts,
        in_euros(one.cost),
        one.incident or None,
    )
