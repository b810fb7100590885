"""`make fuzz`: strange inputs for every door; the exit code is 1 when one fails.

`make fuzz ARGS="--inputs 1000000 --door 'log line' --seed 7"` takes more, one door, other inputs;
a failure is repeated by its seed with `--inputs 1`.
"""

from __future__ import annotations

import argparse
import sys

from tests.fuzz.doors import DOORS
from tests.fuzz.run import run


def main() -> int:
    """Print a line for each door, and the failures with their seeds."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--inputs", type=int, default=100_000, help="of each door")
    arguments.add_argument("--door", choices=DOORS, help="only this one")
    arguments.add_argument("--seed", type=int, default=1, help="the first one")
    asked = arguments.parse_args()
    failed = 0
    for name in [asked.door] if asked.door else DOORS:
        report = run(DOORS[name], asked.seed, asked.inputs)
        failed += len(report.failures)
        rate = report.inputs / report.took_s if report.took_s else 0.0
        sys.stdout.write(
            f"{name:<20} {report.inputs:>9} inputs {rate:>8,.0f}/s  median "
            f"{report.median * 1e3:.3f} ms/KB  worst {report.worst * 1e3:.2f} ms/KB "
            f"(seed {report.worst_seed})  {len(report.failures)} failures\n"
        )
        for seed, what in report.failures[:20]:
            sys.stdout.write(f"    --door {name!r} --seed {seed} --inputs 1: {what}\n")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
