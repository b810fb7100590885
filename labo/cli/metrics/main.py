"""`labo metrics`: the fewest metrics that distinguish causes, and in which order."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli.options import DataOption
from labo.cli.output import JsonOption, print_json

if TYPE_CHECKING:
    from labo.domain.metric_sets.sets import Demand, MinimalSet, SignatureTable

app = typer.Typer(help="Which metrics to collect.", no_args_is_help=True)

TableFile = Annotated[
    Path | None,
    typer.Option("--table", help="CSV: cause, then a column per metric: high, low, normal, empty."),
]
KnowledgeFile = Annotated[
    Path | None,
    typer.Option("--knowledge", help="What `labo knowledge export` wrote: its problems, offline."),
]
Problem = Annotated[str | None, typer.Option("--problem", help="Distinguish its known causes.")]
Incident = Annotated[str | None, typer.Option("--incident", help="Distinguish its suspects.")]
Edge = Annotated[
    str | None, typer.Option("--edge", help="Witnesses of its ends, and rivals of its cause.")
]
Problems = Annotated[
    str | None,
    typer.Option("--problems", help="Distinguish these keys (comma-separated), or `all`."),
]
CostsFile = Annotated[
    Path | None, typer.Option("--costs", help="CSV: metric,cost; else 1 each. With --table.")
]
Cost = Annotated[
    list[str] | None,
    typer.Option(
        "--cost",
        metavar="METRIC=COST",
        help="`role:metric` or a bare metric; * and ? stand for any.",
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="METRIC", help="Can't be collected; as --cost names it."),
]
Covers = Annotated[
    int | None,
    typer.Option(
        "--cover", min=1, help="Separate each pair this often: 1, or what --at-most allows."
    ),
]
AtMost = Annotated[int | None, typer.Option("--at-most", min=1, help="At most so many metrics.")]
Healthy = Annotated[
    bool, typer.Option("--healthy/--no-healthy", help="Also separate each cause from healthy.")
]
TimeLimit = Annotated[
    float, typer.Option("--time-limit", min=0.1, help="Seconds for the whole search.")
]
Depth = Annotated[int, typer.Option("--depth", min=1, max=6, help="Consecutive measurements.")]
Share = Annotated[
    float, typer.Option("--share", help="Share of all metrics that ever deviated: 0.2 is a fifth.")
]


@app.callback()
def metrics_commands() -> None:
    """Which metrics to collect."""


@app.command("minimal")
def minimal_command(
    *,
    problem: Problem = None,
    incident: Incident = None,
    edge: Edge = None,
    problems: Problems = None,
    table: TableFile = None,
    knowledge: KnowledgeFile = None,
    costs: CostsFile = None,
    cost: Cost = None,
    exclude: Exclude = None,
    cover: Covers = None,
    at_most: AtMost = None,
    healthy: Healthy = True,
    time_limit: TimeLimit = 1.5,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The cheapest set of metrics that separates rival causes, with its proof or bound.

    The rivals come from a table, the problems of a knowledge file, or the running stack: of a
    problem, an incident, a causal edge, or a list of problems. Pairs that no available metric
    separates are named, and what would separate them.

    Example: labo metrics minimal --problems all --at-most 10 --exclude "cache:*" --cost latency=5
    """
    from labo.cli.metrics.inputs import Source, demand_of, offline_table, online_set

    source = Source(problem, incident, edge, problems, table, knowledge)
    demand = demand_of(cover, healthy, exclude or (), cost or (), at_most)
    if source.is_offline:
        minimal = timed_answer(offline_table(source, costs), demand, time_limit)
    else:
        minimal = online_set(source, demand, time_limit, data)
    _print_minimal(minimal, as_json=as_json)


def _print_minimal(found: MinimalSet, *, as_json: bool) -> None:
    from labo.cli.diagnosis_text import print_minimal_set

    if as_json:
        print_json(minimal_record(found))
    else:
        print_minimal_set(found)


@app.command("plan")
def plan_command(
    *,
    problem: Problem = None,
    incident: Incident = None,
    edge: Edge = None,
    problems: Problems = None,
    table: TableFile = None,
    knowledge: KnowledgeFile = None,
    costs: CostsFile = None,
    cost: Cost = None,
    exclude: Exclude = None,
    healthy: Healthy = True,
    depth: Depth = 3,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """What to measure first, and next after each measurement, until one cause is probable enough.

    Each time it is the metric with the largest expected information gain per cost.

    Examples: labo metrics plan --incident ID · labo metrics plan --table causes.csv --depth 2
    """
    from labo.cli.metrics.inputs import Source, demand_of, offline_table, online_plan
    from labo.cli.metrics.plans import plan_record, print_plan
    from labo.domain.metric_sets.plans import plan_for

    source = Source(problem, incident, edge, problems, table, knowledge)
    demand = demand_of(1, healthy, exclude or (), cost or (), None)
    if source.is_offline:
        plan = plan_for(offline_table(source, costs), demand, depth=depth)
    else:
        plan = online_plan(source, demand, depth, data)
    if as_json:
        print_json(plan_record(plan))
    else:
        print_plan(plan)


@app.command("rank")
def rank_command(
    *, share: Share = 0.2, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """The most informative metrics by all labelled incidents: which to retain if you collect too
    many.

    Where `minimal` separates given rivals, these also separate a cause from the components it
    affects. It takes 20 labelled incidents, and up to a minute. `labo diagnose --metrics-only FILE`
    reads the JSON.

    Example: labo metrics rank --share 0.1 --json > ranking.json
    """
    from labo.cli.metrics.selection import print_ranking, rank_online, ranking_record

    ranking = rank_online(share, data)
    if as_json:
        print_json(ranking_record(ranking))
    else:
        print_ranking(ranking)


def timed_answer(table: SignatureTable, demand: Demand, time_limit_s: float) -> MinimalSet:
    """The minimal set with the milliseconds it took, without loading the solver."""
    import scipy.optimize  # noqa: F401  # loaded before the clock starts

    from labo.domain.metric_sets.sets import located
    from labo.domain.metric_sets.test_cover.solve import answer

    start = time.perf_counter()
    minimal = answer(table, demand, time_limit_s=time_limit_s)
    took_ms = round((time.perf_counter() - start) * 1000, 3)
    return located(replace(minimal, took_ms=took_ms))


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
        "unseparated": [list(pair) for pair in found.unseparated],
        "rivals": list(found.rivals),
        "measurements": [
            {
                "name": measurement.name,
                "metric": measurement.metric,
                "role": measurement.role or None,
                "component": measurement.component or None,
                "selector": measurement.selector or None,
                "cost": measurement.cost,
                "gain": measurement.gain,
                "purpose": measurement.purpose.value,
            }
            for measurement in found.measurements
        ],
        "remedies": [
            {
                "pair": list(remedy.pair),
                "metric": remedy.metric,
                "kind": remedy.kind.value,
                "unknown_under": list(remedy.unknown_under),
            }
            for remedy in found.remedies
        ],
    }
