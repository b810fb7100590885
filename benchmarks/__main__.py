"""`python -m benchmarks [PART …]` and `python -m benchmarks live …`; both have `--help`."""

from __future__ import annotations

import importlib
import sys

BENCHMARKS = (
    "petshop_scores",
    "robustness",
    "verdict_thresholds",
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
    "false_incidents",
    "experiences",
    "engine",
    "lab_edges",
    "lab_exam",
    "knowledge_pack",
    "verification",
    "anti_loop",
    "injection",
    "memory_confidence",
    "retrieval",
    "budget",
    "trials",
)
"""Modules with `run() -> Table`, in the order of the report."""


if __name__ == "__main__":
    if sys.argv[1:2] == ["live"]:
        sys.exit(importlib.import_module("benchmarks.live.command").main(sys.argv[2:]))
    sys.exit(importlib.import_module("benchmarks.report.command").main(BENCHMARKS, sys.argv[1:]))
