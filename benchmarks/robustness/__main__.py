"""`python -m benchmarks.robustness`: chosen rows of the grid, for development."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.robustness.grid import Row, rows_of
from benchmarks.robustness.rankers import RANKERS
from benchmarks.robustness.report import FAMILIES, METHOD, table_of


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of the chosen rows; without options of all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.robustness", description=__doc__)
    parser.add_argument("--family", action="append", choices=FAMILIES, help="repeatable")
    parser.add_argument("--variation", action="append", default=[], help="its name; repeatable")
    parser.add_argument("--ranker", choices=RANKERS, default=METHOD, help="the method")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--json", type=Path, help="file for the answer to each case")
    options = parser.parse_args(arguments)
    rows = [
        row
        for name in options.family or FAMILIES
        for row in rows_of(
            FAMILIES[name],
            method=options.ranker,
            variations=options.variation,
            jobs=options.jobs,
        )
    ]
    print(table_of(rows, options.ranker).markdown())
    if options.json:
        options.json.write_text(json.dumps([_record(row) for row in rows], indent=1))


FIGURES = ("top1", "top3", "sure", "wrong", "alarms", "winners")


def _record(row: Row) -> dict[str, object]:
    figures = {name: getattr(row, name) for name in FIGURES}
    return {**figures, **asdict(row)}


if __name__ == "__main__":
    main()
