"""The wall clock of this process, which can be set wrong as a machine's can."""

from __future__ import annotations

import time

from benchmarks.live.apps.control import Control


def follow(control: Control) -> None:
    """From now on `time.time` and `time.time_ns` are ahead by the control's `clock_ahead_s`; the
    clocks that only measure how long something takes go on as they are.

    OpenTelemetry's SDK binds `time_ns` when it is imported, so this has to come before.
    """
    real, real_ns = time.time, time.time_ns
    time.time = lambda: real() + control["clock_ahead_s"]
    time.time_ns = lambda: real_ns() + int(control["clock_ahead_s"] * 1e9)
