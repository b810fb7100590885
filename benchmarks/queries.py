"""GraphQL latency over HTTP on a running stack, beside the raw driver asking for the same nodes.

    python -m benchmarks.queries --data ~/.local/share/labo
    python -m benchmarks.causal_load --data FOLDER && python -m benchmarks.queries --data FOLDER

One caller, one query after another, after a warm-up; each question alternates with its reference,
so that both meet the same machine. Prints p50 and p95 in milliseconds and both ratios. On a stack
with the large causal graph of `benchmarks.causal_load` it also asks for causes at depth 5 and for
minimal metric sets, stored (by the stack's own service) and computed (at other costs each time).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count, cycle
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from neo4j import Driver, ManagedTransaction, Record

from benchmarks.causal_load import TEN_CAUSES, edge_rows, open_driver, signature_rows
from graph.causality import FAN_OUT, FIND_CAUSES, WIDTH, LinkColumns
from graph.metric_sets import FIND_METRIC_SETS
from graph.problems import FIND_PROBLEMS, FIND_PROBLEMS_BY_KEYS
from labo.adapters.set_solver.process import ProcessSolver
from labo.bootstrap import build
from labo.domain.causality.chains import Spread
from labo.domain.entities.conditions import Direction
from labo.domain.knowledge.signatures import Signature, signature_table
from labo.domain.metric_sets.sets import Demand, SignatureTable
from labo.services.metric_sets.metric_sets import AT_ONCE_S
from labo.settings import Settings
from labo.stack.state import connection_env, running

WARM_UP, COUNTED = 20, 200
DEPTH, FIRST, PAGE = 5, 20, 50
STATUSES = ["proposed", "supported", "validated"]

INCIDENTS = """{ incidents(first: 20) { nodes { title status
    occurrences(first: 5) { severity component { name } problem { title } }
    diagnosis { verdict suspects { componentName probability } } } } }"""
PROBLEMS = "{ problems(first: 50) { nodes { key title kind occurrences } } }"
SEARCH = '{ search(text: "latency", first: 10) { __typename } }'
RAW_INCIDENTS = """MATCH (i:Incident) WITH i ORDER BY i.opened_at DESC LIMIT 20
MATCH (i)-[:INCLUDES]->(o:Occurrence)-[:ON]->(c:Component), (o)-[:INSTANCE_OF]->(p:Problem)
WITH i, collect({c: c.name, p: p.title})[..5] AS occurrences
RETURN i.title, i.status, occurrences"""


CAUSES = """query ($problem: ID!) { causes(problem: $problem, maxDepth: 5, first: 20) {
    ... on CausalChains { chains { probability length problems { key title } } } } }"""
MINIMAL = """query ($problem: ID!) { minimalMetrics(problem: $problem) {
    ... on MinimalSet { metrics cost proven lowerBound } } }"""
MINIMAL_PRICED = MINIMAL.replace("($problem: ID!)", "($problem: ID!, $cost: Float!)").replace(
    "$problem)", '$problem, costs: [{metric: "load-metric-7", cost: $cost}])'
)

IS_LOADED = "MATCH (p:Problem {workspace: 'default', key: $key}) RETURN 1"
Ask = Callable[..., None]
Run = Callable[..., list[Record]]
Call = Callable[[], object]


def measure(*calls: Call) -> list[tuple[float, float]]:
    """(p50, p95) of each call in milliseconds, taken in turns."""
    taken: list[list[float]] = [[] for _ in calls]
    for turn in range(WARM_UP + COUNTED):
        for call, times in zip(calls, taken, strict=True):
            started = time.perf_counter()
            call()
            if turn >= WARM_UP:
                times.append((time.perf_counter() - started) * 1000)
    percentiles = [np.percentile(times, [50, 95]) for times in taken]
    return [(float(p50), float(p95)) for p50, p95 in percentiles]


def show(name: str, call: Call, references: Mapping[str, Call]) -> None:
    """A row for the question, and one for each reference with the question's ratio to it."""
    (p50, p95), *others = measure(call, *references.values())
    print(f"| {name} | {p50:.1f} | {p95:.1f} | | |")
    for reference, (raw50, raw95) in zip(references, others, strict=True):
        ratios = f"{p50 / raw50:.2f} | {p95 / raw95:.2f}"
        print(f"| {reference} | {raw50:.1f} | {raw95:.1f} | {ratios} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--url", help="another API process on the same servers")
    options = parser.parse_args()
    data = options.data
    state = running(data)
    if state is None:
        raise SystemExit(f"no stack runs on {data}")
    headers = {"Authorization": f"Bearer {(data / 'token').read_text().strip()}"}
    print(f"load {os.getloadavg()[0]:.1f}\n\n| query | p50 ms | p95 ms | ratio p50 | ratio p95 |")
    print("|---|---|---|---|---|")
    url = options.url or state.urls["api"]
    with (
        httpx.Client(base_url=url, headers=headers, timeout=30) as client,
        open_driver(data) as driver,
    ):

        def ask(query: str, **variables: object) -> None:
            answer = client.post("/graphql", json={"query": query, "variables": variables}).json()
            if "errors" in answer:
                raise SystemExit(str(answer["errors"]))

        small_questions(driver, ask)
        if driver.execute_query(IS_LOADED, key=TEN_CAUSES).records:
            causes(driver, ask)
            minimal_sets(data, driver, ask)
    print(f"\nload {os.getloadavg()[0]:.1f}")


def small_questions(driver: Driver, ask: Ask) -> None:
    """Pages and a search, as a console asks for them."""
    page: dict[str, Any] = {
        "workspace": "default",
        "statuses": ["observed", "validated"],
        "role": None,
        "shown": False,
        "before": datetime(9999, 12, 31, tzinfo=UTC),
        "after": "",
        "limit": PAGE + 1,
    }
    raw_incidents = partial(driver.execute_query, RAW_INCIDENTS)
    raw_page = partial(driver.execute_query, FIND_PROBLEMS.text, page)
    nested = "page of 20 incidents, nested"
    show(nested, partial(ask, INCIDENTS), {"raw driver, one statement": raw_incidents})
    show("page of 50 problems", partial(ask, PROBLEMS), {"raw driver, the same page": raw_page})
    show("search", partial(ask, SEARCH), {})


def causes(driver: Driver, ask: Ask) -> None:
    """Causes of random problems and of the largest hub, over HTTP and by the driver alone."""
    counts = Counter(row["effect"] for row in edge_rows())
    hub = counts.most_common(1)[0][0]
    some = sorted(counts)[:: max(1, len(counts) // (WARM_UP + COUNTED))]
    starts = {"random problems": some, f"the hub ({counts[hub]} causes)": [hub]}
    for name, keys in starts.items():
        show(
            f"causes, depth {DEPTH}, {name}",
            in_turn(lambda key: ask(CAUSES, problem=key), keys),
            {
                "raw driver, the walk": in_turn(partial(walk, driver), keys),
                "raw driver, walk and titles in one transaction": in_turn(
                    partial(walk_and_name, driver), keys
                ),
            },
        )


def in_turn(call: Callable[[str], object], keys: Sequence[str]) -> Call:
    """`call` with one key after the other."""
    left = cycle(keys)
    return lambda: call(next(left))


def walk(driver: Driver, start: str) -> None:
    """The walk of one `causes`, a statement a level, without the product's layers above it."""
    spread_by(lambda text, **given: driver.execute_query(text, given).records, start)


def walk_and_name(driver: Driver, start: str) -> None:
    """All statements of one `causes` in one transaction, as the product runs them."""

    def unit(tx: ManagedTransaction) -> None:
        def run(text: str, **given: object) -> list[Record]:
            return list(tx.run(text, given))

        chains = spread_by(run, start).chains(FIRST)
        keys = sorted({start, *(key for chain in chains for key in chain.problems)})
        run(FIND_PROBLEMS_BY_KEYS.text, workspace="default", keys=keys)

    with driver.session() as session:
        session.execute_read(unit)


def spread_by(run: Run, start: str) -> Spread:
    spread = Spread(start, True, 0.01, FIRST)
    frontier = [start]
    for _ in range(DEPTH):
        [columns] = run(
            FIND_CAUSES.text,
            rows=spread.seeds(frontier),
            workspace="default",
            statuses=STATUSES,
            fan_out=FAN_OUT,
            width=WIDTH,
        )
        frontier = spread.advance(LinkColumns(**columns).links(), WIDTH)
        if not frontier:
            break
    return spread


def minimal_sets(data: Path, driver: Driver, ask: Ask) -> None:
    """The stored set of ten causes, and the same question at a new cost each time."""
    asyncio.run(save_set(data))
    find = partial(
        driver.execute_query, FIND_METRIC_SETS.text, workspace="default", subjects=[TEN_CAUSES]
    )
    about = "minimalMetrics, 10 causes x 100 metrics"
    kept = partial(ask, MINIMAL, problem=TEN_CAUSES)
    show(f"{about}, stored", kept, {"raw driver, the stored set": find})
    table, costs, same = ten_causes(), count(1), count(1)
    with asyncio.Runner() as runner:
        solver = ProcessSolver()

        def search() -> None:
            demand = Demand(costs={"load-metric-7": 1 + next(same) % 50})
            runner.run(solver.solve(table, demand, time_limit_s=AT_ONCE_S))

        show(
            f"{about}, computed",
            lambda: ask(MINIMAL_PRICED, problem=TEN_CAUSES, cost=1 + next(costs) % 50),
            {"the warm solver alone": search},
        )
        runner.run(solver.close())


async def save_set(data: Path) -> None:
    """As the job does that follows a change of what is known."""
    os.environ.update(connection_env(data))
    app = await build(Settings())
    try:
        await app.workspace("default").metric_sets.refresh(TEN_CAUSES)
    finally:
        await app.close()


def ten_causes() -> SignatureTable:
    """The table behind the question, as the stack makes it."""
    rows = list(signature_rows())
    shown = [
        Signature(
            problem=row["problem"],
            condition=row["condition"],
            metric=row["metric"],
            direction=Direction(row["direction"]),
            role="service",
            hits=row["hits"],
            misses=5 - row["hits"],
            quiets=5,
        )
        for row in rows
    ]
    rivals = dict.fromkeys(row["problem"] for row in rows)
    costs = {row["metric"]: row["cost"] for row in rows}
    return signature_table(rivals, shown, costs, dict.fromkeys(rivals, (TEN_CAUSES,)))


if __name__ == "__main__":
    main()
