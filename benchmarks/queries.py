"""GraphQL latency over HTTP on a running stack, beside the raw driver asking for the same nodes.

    python -m benchmarks.queries --data ~/.local/share/labo

One caller, one query after another, after a warm-up. Prints p50 and p95 in milliseconds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
from neo4j import GraphDatabase

from labo.stack.state import connection_env, running

WARM_UP, COUNTED = 20, 200

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
    env = connection_env(data)
    print("| query | p50 ms | p95 ms |\n|---|---|---|")
    with httpx.Client(
        base_url=options.url or state.urls["api"], headers=headers, timeout=30
    ) as client:

        def ask(query: str) -> None:
            answer = client.post("/graphql", json={"query": query}).json()
            if "errors" in answer:
                raise SystemExit(str(answer["errors"]))

        for name, query in QUERIES.items():
            p50, p95 = percentiles(lambda text=query: ask(text))
            print(f"| {name} | {p50:.1f} | {p95:.1f} |")
    auth = ("neo4j", env["LABO_NEO4J__PASSWORD"])
    with GraphDatabase.driver(env["LABO_NEO4J__URI"], auth=auth) as driver:
        p50, p95 = percentiles(lambda: driver.execute_query(RAW))
        print(f"| raw driver, 20 incidents with occurrences | {p50:.1f} | {p95:.1f} |")


if __name__ == "__main__":
    main()
