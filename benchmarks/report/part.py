"""`python -m benchmarks.report.part PART MODULE FOLDER COMMIT`: one part, in a process of its own.

What ends it (an error, a lack of memory) costs no other part.
"""

from __future__ import annotations

import importlib
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report.results import Result, Results, duration


def main(part: str, module: str, folder: str, commit: str) -> None:
    """Print the table of `module.run()` and save it in the folder."""
    began = time.monotonic()
    table = importlib.import_module(module).run()
    took = duration(time.monotonic() - began)
    print(table.markdown(), flush=True)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    Results(Path(folder)).save(part, Result(table.title, table.body(), commit, today, took))


if __name__ == "__main__":
    main(*sys.argv[1:])
