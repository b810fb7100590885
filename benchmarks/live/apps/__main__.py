"""`python -m benchmarks.live.apps SPEC`: one process of an application."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.live.apps import clock
from benchmarks.live.apps.control import Control
from benchmarks.live.apps.spec import Spec


def main(text: str) -> None:
    """Run until ended by a signal."""
    spec = Spec.from_json(text)
    control = Control(Path(spec.control))
    clock.follow(control)
    _run(spec, control)


def _run(spec: Spec, control: Control) -> None:
    # Only here, since they import OpenTelemetry's SDK, which binds the clock that it finds.
    from benchmarks.live.apps.service import serve
    from benchmarks.live.apps.telemetry import start
    from benchmarks.live.apps.worker import work

    telemetry = start(control)
    if spec.receives:
        work(spec, telemetry, control)
    else:
        serve(spec, telemetry, control)


if __name__ == "__main__":
    main(sys.argv[1])
