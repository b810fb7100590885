"""`python -m benchmarks.live.apps SPEC`: one process of an application."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.live.apps.control import Control
from benchmarks.live.apps.service import serve
from benchmarks.live.apps.spec import Spec
from benchmarks.live.apps.telemetry import start
from benchmarks.live.apps.worker import work


def main(text: str) -> None:
    """Run until ended by a signal."""
    spec = Spec.from_json(text)
    control = Control(Path(spec.control))
    telemetry = start(control)
    if spec.receives:
        work(spec, telemetry, control)
    else:
        serve(spec, telemetry, control)


if __name__ == "__main__":
    main(sys.argv[1])
