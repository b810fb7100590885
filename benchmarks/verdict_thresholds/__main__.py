"""`python -m benchmarks.verdict_thresholds`: the table, and with `--write` the product's weights.

The weights and the line of LIKELY that ship are of all families; fit them anew when the ranking
changes, and read docs/adr/0050 again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.robustness.report import FAMILIES
from benchmarks.verdict_thresholds.answers import answers_of
from benchmarks.verdict_thresholds.report import table_of
from benchmarks.verdict_thresholds.shipped import MODULE, module_of


def main() -> None:
    """Print the table; write the module."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.verdict_thresholds", description=__doc__
    )
    parser.add_argument("--write", action="store_true", help="write the product's weights as well")
    options = parser.parse_args()
    answers = [one for family in FAMILIES.values() for one in answers_of(family)]
    print(table_of(answers).markdown())
    if options.write:
        Path(MODULE).write_text(module_of(answers), encoding="utf-8")


if __name__ == "__main__":
    main()
