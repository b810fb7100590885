"""The clock of an application's process, set wrong by its control file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys, time
from pathlib import Path
real = time.time_ns
from benchmarks.live.apps import clock
from benchmarks.live.apps.control import Control
control = Control(Path(sys.argv[1]))
while not control["clock_ahead_s"]:
    time.sleep(0.01)
clock.follow(control)
from opentelemetry.sdk.trace import TracerProvider
span = TracerProvider().get_tracer("app").start_span("request")
print(round((span.start_time - real()) / 60e9), round((time.time() - real() / 1e9) / 60))
"""


def test_a_span_of_a_process_whose_clock_is_ahead_is_ahead(tmp_path: Path) -> None:
    """As are its log lines, which take `time.time`; in a process of its own, as it is for good.
    In minutes, as time goes by in between."""
    control = tmp_path / "control.json"
    control.write_text(json.dumps({"clock_ahead_s": 1_200}))
    words = [sys.executable, "-c", PROGRAM, str(control)]

    output = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout

    assert output.split() == ["20", "20"]
