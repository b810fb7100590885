"""`labo metrics minimal`: the fewest metrics that tell rival causes apart."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli.output import JsonOption, print_json

if TYPE_CHECKING:
    from labo.domain.metric_sets import MinimalSet, SignatureTable

app = typer.Typer(help="Which metrics to collect.", no_args_is_help=True)

TableFile = Annotated[
    Path | None,
    typer.Option("--table", help="CSV: cause, then a column per metric: high, low, normal, empty."),
]
CostsFile = Annotated[Path | None, typer.Option("--costs", help="CSV: metric,cost; else 1 each.")]
Covers = Annotated[int, typer.Option("--cover", min=1, help="Separate each pair this often.")]
Healthy = Annotated[
    bool, typer.Option("--healthy/--no-healthy", help="Also tell each cause from healthy.")
]
TimeLimit = Annotated[float, typer.Option("--time-limit", min=0.1, help="Seconds for the proof.")]


@app.callback()
def metrics_commands() -> None:
    """Which metrics to collect."""


@app.command("minimal")
def minimal_command(
    *,
    problem: Annotated[
        str | None, typer.Option("--problem", help="Key of a problem on the running stack.")
    ] = None,
    table: TableFile = None,
    costs: CostsFile = None,
    cover: Covers = 1,
    healthy: Healthy = True,
    time_limit: TimeLimit = 1.5,
    as_json: JsonOption = False,
) -> None:
    """The cheapest set of metrics that separates the causes of a problem, with its proof or bound.

    The causes are a table's, or those that the running stack knows of a problem. Pairs that no
    available metric separates are named.

    Examples: labo metrics minimal --table causes.csv --json · labo metrics minimal --problem KEY
    """
    from labo.errors import InvalidInput

    if (table is None) == (problem is None):
        raise InvalidInput("which causes?", where="--table, --problem", hint="give one of them")
    signatures = _from_graph(problem) if problem else _from_file(table, costs)
    found = timed_minimal_set(signatures, cover, healthy, time_limit)
    if as_json:
        print_json(minimal_record(found))
        return
    from labo.cli.diagnosis_text import print_minimal_set

    print_minimal_set(found)


def _from_file(table: Path | None, costs: Path | None) -> SignatureTable:
    from labo.adapters.signature_tables import read_signature_table

    return read_signature_table(table or Path(), costs)


def _from_graph(problem: str) -> SignatureTable:
    import asyncio

    from labo.bootstrap import build
    from labo.cli.connection import connected_settings

    async def ask() -> SignatureTable:
        labo = await build(connected_settings())
        try:
            return await labo.workspace().metric_sets.table(problem)
        finally:
            await labo.close()

    return asyncio.run(ask())


def timed_minimal_set(
    table: SignatureTable, covers: int, healthy: bool, time_limit_s: float
) -> MinimalSet:
    """The minimal set with the milliseconds it took, loading the solver not included."""
    import scipy.optimize  # noqa: F401  # loaded before the clock starts

    from labo.domain.test_cover.solve import minimal_set

    start = time.perf_counter()
    found = minimal_set(table, covers=covers, healthy=healthy, time_limit_s=time_limit_s)
    return replace(found, took_ms=round((time.perf_counter() - start) * 1000, 3))


def minimal_record(found: MinimalSet) -> dict[str, object]:
    """The exchange form of a minimal set (docs/exchange-formats.md)."""
    return {
        "metrics": list(found.metrics),
        "cost": found.cost,
        "proven": found.proven,
        "lower_bound": found.lower_bound,
        "indistinguishable": [list(pair) for pair in found.indistinguishable],
        "under_covered": [list(pair) for pair in found.under_covered],
        "covers": found.covers,
        "saving": round(found.saving, 6),
        "took_ms": found.took_ms,
    }
