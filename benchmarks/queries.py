"""GraphQL latency over HTTP on a running stack, beside the raw driver asking for the same nodes.

    python -m benchmarks.queries --data ~/.local/share/labo
    python -m benchmarks.causal_load --data FOLDER && python -m benchmarks.queries --data FOLDER

One caller, one query after another, after a warm-up. Prints p50 and p95 in milliseconds. On a
stack with the large causal graph of `benchmarks.causal_load` it also asks for causes at depth 5
and for a minimal metric set, each as a ratio to the driver's own time for the same walk.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path

import httpx
import numpy as np
from neo4j import Driver

from benchmarks.causal_load import TEN_CAUSES, edge_rows, open_driver
from graph.causality import FIND_CAUSES, LinkColumns
from labo.domain.causality.chains import Spread
from labo.stack.state import running

WARM_UP, COUNTED = 20, 200
DEPTH, FIRST, WALK_WIDTH, WALK_FAN_OUT = 5, 20, 200, 50

QUERIES = {
    "page of 20 incidents, nested": """{ incidents(first: 20) { nodes { title status
        occurrences(first: 5) { severity component { name } problem { title } }
        diagnosis { verdict suspects { componentName probability } } } } }""",
    "page of 50 problems": "{ problems(first: 50) { nodes { key title kind occurrences } } }",
    "search": '{ search(text: "latency", first: 10) { __typename } }',
}
RAW = """MATCH (i:Incident) WITH i ORDER BY i.opened_at DESC LIMIT 20
MATCH (i)-[:INCLUDES]->(o:Occurrence)-[:ON]->(c:Component), (o)-[:INSTANCE_OF]->(p:Problem)
WITH i, collect({c: c.name, p: p.title})[..5] AS occurrences
RETURN i.title, i.status, occurrences"""


CAUSES = """query ($problem: ID!) { causes(problem: $problem, maxDepth: 5, first: 20) {
    ... on CausalChains { chains { probability length problems { key title } } } } }"""
MINIMAL = """query ($problem: ID!) { minimalMetrics(problem: $problem) {
    ... on MinimalSet { metrics cost proven lowerBound } } }"""
MINIMAL_PRICED = MINIMAL.replace("$problem)", '$problem, costs: [{metric: "none", cost: 2}])')

IS_LOADED = "MATCH (p:Problem {workspace: 'default', key: $key}) RETURN 1"


def percentiles(call: Callable[[], object]) -> tuple[float, float]:
    """(p50, p95) in milliseconds."""
    for _ in range(WARM_UP):
        call()
    taken = []
    for _ in range(COUNTED):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    p50, p95 = np.percentile(taken, [50, 95])
    return float(p50), float(p95)


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
    print(f"load {os.getloadavg()[0]:.1f}\n\n| query | p50 ms | p95 ms |\n|---|---|---|")
    url = options.url or state.urls["api"]
    with (
        httpx.Client(base_url=url, headers=headers, timeout=30) as client,
        open_driver(data) as driver,
    ):

        def ask(query: str, **variables: str) -> None:
            answer = client.post("/graphql", json={"query": query, "variables": variables}).json()
            if "errors" in answer:
                raise SystemExit(str(answer["errors"]))

        for name, query in QUERIES.items():
            show(name, partial(ask, query))
        show("raw driver, 20 incidents with occurrences", lambda: driver.execute_query(RAW))
        if driver.execute_query(IS_LOADED, key=TEN_CAUSES).records:
            large_graph(driver, ask)


def show(name: str, call: Callable[[], object]) -> float:
    """Print one row; returns its p50."""
    p50, p95 = percentiles(call)
    print(f"| {name} | {p50:.1f} | {p95:.1f} |", flush=True)
    return p50


def large_graph(driver: Driver, ask: Callable[..., None]) -> None:
    """Causes of random problems and of the largest hub, over HTTP and by the driver alone."""
    counts = Counter(row["effect"] for row in edge_rows())
    hub = counts.most_common(1)[0][0]
    some = sorted(counts)[:: max(1, len(counts) // (WARM_UP + COUNTED))]
    starts = {"random problems": cycle(some), f"the hub ({counts[hub]} causes)": cycle([hub])}
    for name, keys in starts.items():

        def over_http(left: Iterator[str] = keys) -> None:
            ask(CAUSES, problem=next(left))

        def bare(left: Iterator[str] = keys) -> None:
            walk(driver, next(left))

        ratio = show(f"causes, depth 5, {name}", over_http) / show(f"raw driver, {name}", bare)
        print(f"| ratio of the medians, {name} | {ratio:.2f} | |")
    show("minimalMetrics, 10 causes x 100 metrics", lambda: ask(MINIMAL, problem=TEN_CAUSES))
    priced = "the same, computed each time"
    show(priced, lambda: ask(MINIMAL_PRICED, problem=TEN_CAUSES))


def walk(driver: Driver, start: str) -> None:
    """The statements of one `causes`, without the product's layers above them."""
    spread = Spread(start, True, 0.01, FIRST)
    frontier = [start]
    for _ in range(DEPTH):
        rows = driver.execute_query(
            FIND_CAUSES.text,
            rows=spread.seeds(frontier),
            workspace="default",
            statuses=["proposed", "supported", "validated"],
            fan_out=WALK_FAN_OUT,
            width=WALK_WIDTH,
        ).records
        frontier = spread.advance(LinkColumns(**rows[0]).links(), WALK_WIDTH)
        if not frontier:
            break


if __name__ == "__main__":
    main()
