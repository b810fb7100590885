"""A large causal graph with power-law hubs, written through the driver, and its removal.

    python -m benchmarks.causal_load --data FOLDER [--remove]

100,000 problems and 500,000 causal edges as the product stores them: the CausalEdge node between
its ends and the CAUSES shortcut; the same for the same seed. Then one problem with ten causes whose
signatures span 100 metrics. All of it in the workspace of the stack, with keys that start with
`load-`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from neo4j import Driver, GraphDatabase

from labo.domain.entities.conditions import Direction, condition_key
from labo.stack.state import connection_env

PROBLEMS, EDGES, BATCH = 100_000, 500_000, 5_000
DRAWN = EDGES + EDGES // 20  # some are drawn twice, some point at themselves
RIVALS, METRICS = 10, 100
TEN_CAUSES = "load-ten-causes"

PROBLEM_ROWS = """UNWIND $rows AS row
CREATE (p:Problem {workspace: $w, key: row.key, title: row.key, role: 'service', kind: 'metric',
  status: 'observed', occurrences: 1, version: 1, aliases: [], summary: '', severity: 'warning',
  first_seen: datetime('2026-01-01'), last_seen: datetime('2026-01-01'),
  created_at: datetime(), updated_at: datetime(), written_by: 'load'})"""
EDGE_ROWS = """UNWIND $rows AS row
MATCH (a:Problem {workspace: $w, key: row.cause})
MATCH (b:Problem {workspace: $w, key: row.effect})
CREATE (a)-[:CAUSE_OF]->(:CausalEdge {workspace: $w, key: row.key, cause: row.cause,
  effect: row.effect, relation: 'callee', lag_low: 0.0, lag_high: 60.0, hits: 1, misses: 0,
  strength: 0.67, leak: 0.0, probability: row.p, status: 'proposed', version: 1,
  created_at: datetime(), updated_at: datetime(), written_by: 'load'})-[:EFFECT_ON]->(b)
CREATE (a)-[:CAUSES {workspace: $w, edge: row.key, cause: row.cause, effect: row.effect,
  status: 'proposed', probability: row.p, strength: 0.67, relation: 'callee'}]->(b)"""
SIGNATURE_ROWS = """UNWIND $rows AS row
MATCH (p:Problem {workspace: $w, key: row.problem})
MERGE (m:Metric {workspace: $w, key: row.metric}) ON CREATE SET m.cost = row.cost, m.unit = ''
MERGE (c:Condition {workspace: $w, key: row.condition})
  ON CREATE SET c.metric = row.metric, c.direction = row.direction, c.role = 'service'
CREATE (p)-[:SHOWS {hits: row.hits, misses: 5 - row.hits, false_hits: 0, quiets: 5,
  size_sum: 0.0, size_squares: 0.0}]->(c)"""
REMOVALS = (
    """MATCH (n:CausalEdge {workspace: $w}) WHERE n.key STARTS WITH 'load-'
CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 2000 ROWS""",
    """MATCH (n:Problem {workspace: $w}) WHERE n.key STARTS WITH 'load-'
CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 2000 ROWS""",
    """MATCH (n:Metric {workspace: $w}) WHERE n.key STARTS WITH 'load-'
CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 2000 ROWS""",
    """MATCH (n:Condition {workspace: $w}) WHERE n.metric STARTS WITH 'load-'
CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 2000 ROWS""",
)


def edge_rows(seed: int = 1) -> list[dict[str, Any]]:
    """Effects by a power law (the largest hub has some 15,000 causes), causes too, but flatter."""
    rng = np.random.default_rng(seed)
    rank = np.arange(1, PROBLEMS + 1, dtype=np.float64)
    effects = rng.permutation(PROBLEMS)[_drawn(rng, rank**-0.85)]
    causes = rng.permutation(PROBLEMS)[_drawn(rng, rank**-0.5)]
    chances = rng.beta(2.0, 3.0, EDGES)
    drawn = dict.fromkeys(zip(causes.tolist(), effects.tolist(), strict=True))
    pairs = [(cause, effect) for cause, effect in drawn if cause != effect][:EDGES]
    return [
        {"key": f"load-{i}", "cause": f"load-{a}", "effect": f"load-{b}", "p": float(p)}
        for i, ((a, b), p) in enumerate(zip(pairs, chances, strict=True))
    ]


def _drawn(rng: np.random.Generator, weights: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    drawn: np.ndarray[Any, Any] = rng.choice(PROBLEMS, DRAWN, p=weights / weights.sum())
    return drawn


def signature_rows(seed: int = 2) -> Iterator[dict[str, Any]]:
    """Each of ten causes shows a fifth of the metrics, and was seen to leave the others alone."""
    rng = np.random.default_rng(seed)
    for rival in range(RIVALS):
        for metric in range(METRICS):
            name = f"load-metric-{metric}"
            direction = Direction.HIGH
            yield {
                "problem": f"load-rival-{rival}",
                "metric": name,
                "cost": float(1 + metric % 9),
                "condition": condition_key("service", name, direction),
                "direction": direction.value,
                "hits": 5 if rng.random() < 0.2 else 0,
            }


def load(driver: Driver, workspace: str) -> float:
    """Write it all; returns the seconds it took."""
    started = time.perf_counter()
    keys = [f"load-{i}" for i in range(PROBLEMS)]
    keys += [TEN_CAUSES, *(f"load-rival-{i}" for i in range(RIVALS))]
    rivals = [
        {"key": f"load-r{i}", "cause": f"load-rival-{i}", "effect": TEN_CAUSES, "p": 0.5 + i / 50}
        for i in range(RIVALS)
    ]
    for text, rows in (
        (PROBLEM_ROWS, [{"key": key} for key in keys]),
        (EDGE_ROWS, edge_rows() + rivals),
        (SIGNATURE_ROWS, list(signature_rows())),
    ):
        for start in range(0, len(rows), BATCH):
            driver.execute_query(text, rows=rows[start : start + BATCH], w=workspace)
    driver.execute_query("CALL db.awaitIndexes(300)")
    return time.perf_counter() - started


def remove(driver: Driver, workspace: str) -> None:
    """Take away what `load` wrote."""
    with driver.session() as session:
        for removal in REMOVALS:
            session.run(removal, w=workspace).consume()


def open_driver(data: Path) -> Driver:
    """To the stack on `data`, or what LABO_NEO4J__URI names."""
    env = connection_env(data)
    auth = ("neo4j", env["LABO_NEO4J__PASSWORD"])
    # A fresh graph lacks some types, of which the driver would warn with each statement.
    return GraphDatabase.driver(env["LABO_NEO4J__URI"], auth=auth, notifications_min_severity="OFF")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--workspace", default="default")
    parser.add_argument("--remove", action="store_true")
    options = parser.parse_args()
    with open_driver(options.data) as driver:
        if options.remove:
            remove(driver, options.workspace)
            return
        print(f"loaded in {load(driver, options.workspace):.0f} s")


if __name__ == "__main__":
    main()
