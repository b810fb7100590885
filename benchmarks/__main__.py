"""`python -m benchmarks`: print every table and write docs/benchmarks.md.

`python -m benchmarks live …` is apart: it takes hours, and words of its own (docs/live-bench.md).
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

BENCHMARKS = (
    "petshop_scores",
    "robustness",
    "identification",
    "labels",
    "loghub",
    "hard_inputs",
    "minimal_sets",
    "edges",
    "causrca",
    "causrca_edges",
    "detection",
    "detection_start",
    "experiences",
    "engine",
    "lab_edges",
    "lab_exam",
)
"""Modules with `run() -> Table`, in the order of the report."""

REPORT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench`. Each score stands beside its controls, in the same run.

"""


def main(chosen: list[str]) -> None:
    """Run the named benchmarks, or all; the report is written only when all ran."""
    parts = []
    for name in chosen or BENCHMARKS:
        text = importlib.import_module(f"benchmarks.{name}").run().markdown()
        print(text, flush=True)
        parts.append(text)
    if not chosen:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(HEAD + "\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["live"]:
        sys.exit(importlib.import_module("benchmarks.live.command").main(sys.argv[2:]))
    main(sys.argv[1:])
