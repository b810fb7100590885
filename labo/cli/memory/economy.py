"""`labo escalation economy`: does experience make resolving incidents cheaper?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from labo.cli.client import ask, looked_in
from labo.cli.memory.economy_plot import write_plot
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, print_json, print_table, say
from labo.domain.escalation.economy import Period

_ROW = """name since until incidents withoutModel tokens costEur minutes levels { level share }"""
_ECONOMY = f"""query($by: Period!) {{ escalationEconomy(by: $by) {{
  rows {{ {_ROW} }} total {{ {_ROW} }} }} }}"""


def economy_command(
    *,
    by: Annotated[
        Period, typer.Option(help="Quarters of the list of incidents, or calendar weeks.")
    ] = Period.QUARTER,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw it there as SVG.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show by which level incidents were resolved, and the tokens, money and minutes they took.

    Every figure is a mean over the resolved incidents of its row; money is in euro.

    Examples: labo escalation economy · labo escalation economy --by week --plot economy.svg
    """
    found = ask(_ECONOMY, {"by": by.name}, data=data)["escalationEconomy"]
    rows = [_record(row) for row in found["rows"]]
    if plot is not None:
        write_plot(rows, plot)
    if as_json:
        print_json({"rows": rows, "total": _record(found["total"]) if found["total"] else None})
    elif not rows:
        say("No incident was resolved yet in {}.", looked_in(data))
    else:
        _print([*rows, _record(found["total"])])


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON form, described in docs/memory.md."""
    return {
        "name": row["name"],
        "since": row["since"],
        "until": row["until"],
        "incidents": row["incidents"],
        "levels": {one["level"]: one["share"] for one in row["levels"]},
        "without_model": row["withoutModel"],
        "tokens": row["tokens"],
        "cost_eur": row["costEur"],
        "minutes": row["minutes"],
    }


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    levels = list(dict.fromkeys(level for row in rows for level in row["levels"]))
    columns = ("", "incidents", *levels, "no model call", "tokens", "euro", "minutes")
    cells = [
        (
            row["name"],
            row["incidents"],
            *(f"{row['levels'].get(level, 0):.0%}" for level in levels),
            f"{row['without_model']:.0%}",
            f"{row['tokens']:.0f}",
            f"{row['cost_eur']:.4f}",
            f"{row['minutes']:.1f}",
        )
        for row in rows
    ]
    print_table(columns, cells, whole=columns)
