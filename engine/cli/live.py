"""`python -m engine live`: a system that runs on, and can be operated meanwhile."""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from engine.catalogue import load_system
from engine.cli.options import Headers, Seed, SystemName, read_headers
from engine.cli.run import Delivering, origin_of, stoppable
from engine.live.runner import LivePlan, LiveRun
from engine.live.socket import CommandSocket
from engine.telemetry.sender import Sender
from engine.telemetry.sink import OtlpSink

FLUSH_S = 1.0
"""Seconds that an item waits for its batch: a live diagnosis reads what is there."""

Endpoint = Annotated[str, typer.Option(help="OTLP/HTTP address without a path.")]
Socket = Annotated[Path, typer.Option(help="Unix socket on which commands are accepted.")]
Speed = Annotated[
    float, typer.Option(min=0.1, max=100.0, help="Simulated seconds that pass in a second.")
]
Interval = Annotated[float, typer.Option(min=0.1, help="Simulated seconds between samples.")]
History = Annotated[
    float,
    typer.Option(
        min=0.0, help="Simulated seconds of normal operation before now, emitted at once."
    ),
]
Length = Annotated[float | None, typer.Option(min=1.0, help="Simulated seconds; else until told.")]


def live_command(
    system: SystemName,
    socket: Socket,
    endpoint: Endpoint,
    header: Headers = None,
    seed: Seed = 0,
    speed: Speed = 1.0,
    interval: Interval = 10.0,
    seconds: Length = None,
    history: History = 0.0,
) -> None:
    """Run a system by the clock on the wall, and accept commands meanwhile.

    Prints a JSON line once it listens, and its state at the end (Ctrl-C, or the command `stop`).

    Examples:

      python -m engine live streaming --socket /tmp/engine.sock
      --endpoint http://127.0.0.1:8080 --header "Authorization=Bearer TOKEN"

      echo '{"do": "state"}' | nc -U /tmp/engine.sock
    """
    described = load_system(system)
    epoch = float(int(time.time() - history / speed))
    length = history + (seconds or math.inf)
    plan = LivePlan(described, seed, speed, epoch, interval, length, history)
    commands = CommandSocket(socket)
    with stoppable() as stop:
        sender = Sender(endpoint, read_headers(header or ()), stop=stop)
        sink = OtlpSink(origin_of(described, seed, epoch), sender.send, flush_s=FLUSH_S)
        typer.echo(json.dumps({"listening": str(socket)}))
        sys.stdout.flush()
        state = LiveRun(plan, Delivering(sink, sender), stop).go(commands)
    typer.echo(json.dumps({**state, "delivery": sender.delivery.record()}))
