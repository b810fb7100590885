"""Signature tables and metric costs as CSV files (docs/exchange-formats.md)."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

from labo.adapters.cases.tables import Table, read_text
from labo.domain.metric_sets.sets import HEALTHY, SignatureTable, State
from labo.errors import InvalidInput

CAUSE_COLUMN = "cause"
_STATES = {"": State.UNKNOWN, **{state.value: state for state in State}}


def read_signature_table(path: Path, costs: Path | None = None) -> SignatureTable:
    """First column `cause`, then one column per metric: high, low, normal, or empty (unknown).

    Raises `InvalidInput` whose `where` is `file:line:column`.
    """
    rows = _rows(path)
    header = [cell.strip() for cell in rows[0][1]]
    metrics = _metric_names(path, header)
    states: dict[str, dict[str, State]] = {}
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            where = f"{path}:{line}:{min(len(cells), len(header)) + 1}"
            raise InvalidInput(f"{len(cells)} cells where {len(header)} are expected", where=where)
        cause = cells[0].strip()
        if not cause or cause in states or cause == HEALTHY:
            message = "a cause is named once, and not `healthy`, which is implicit"
            raise InvalidInput(message, where=f"{path}:{line}:1")
        states[cause] = {
            metric: _state(path, line, column, cell)
            for column, (metric, cell) in enumerate(zip(metrics, cells[1:], strict=True), start=2)
        }
    prices = dict.fromkeys(metrics, 1.0)
    if costs is not None:
        prices.update(_read_costs(costs, set(metrics)))
    return SignatureTable(tuple(states), metrics, states, prices)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(read_text(path), newline=""))
    try:
        rows = [(reader.line_num, cells) for cells in reader if any(c.strip() for c in cells)]
    except csv.Error as error:
        raise InvalidInput(str(error), where=f"{path}:{reader.line_num}:1") from None
    if not rows:
        raise InvalidInput("the table is empty", where=f"{path}:1:1", hint="cause,METRIC,…")
    return rows


def _metric_names(path: Path, header: list[str]) -> tuple[str, ...]:
    if header[0] != CAUSE_COLUMN:
        message = f"the first column is {CAUSE_COLUMN!r}, not {header[0][:40]!r}"
        raise InvalidInput(message, where=f"{path}:1:1")
    for column, name in enumerate(header[1:], start=2):
        if not name or name in header[1 : column - 1]:
            raise InvalidInput("a metric is named, and once", where=f"{path}:1:{column}")
    return tuple(header[1:])


def _state(path: Path, line: int, column: int, cell: str) -> State:
    state = _STATES.get(cell.strip().lower())
    if state is None:
        hint = "high, low, normal, or empty for unknown"
        message = f"{cell.strip()[:40]!r} is not a state"
        raise InvalidInput(message, where=f"{path}:{line}:{column}", hint=hint)
    return state


def _read_costs(path: Path, metrics: set[str]) -> dict[str, float]:
    """`metric,cost`, costs positive; metrics that the table lacks are a fault."""
    table = Table(path, ("metric", "cost"))
    costs: dict[str, float] = {}
    for line, (name, cell) in table.rows():
        metric = table.text(line, "metric", name)
        cost = table.number(line, "cost", cell)
        if metric not in metrics:
            raise table.fault(line, "metric", f"the table has no metric {metric[:40]!r}")
        if not (cost > 0 and math.isfinite(cost)):
            raise table.fault(line, "cost", "a positive number is expected")
        costs[metric] = cost
    return costs
