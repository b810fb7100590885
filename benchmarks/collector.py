"""A real OpenTelemetry Collector beside Labo's OTLP intake: built once, kept in the user's cache.

It has only an OTLP receiver and an exporter that drops what it gets, so it does the least that
any receiver does: read the request, decode every span, answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from labo.stack.processes import free_port, is_port_open, spawn, stop, wait_until_ready

VERSION = "0.165.0"
_MODULES = "go.opentelemetry.io/collector"
_PARTS = {
    "dist": {"name": "otelcol", "output_path": "./dist", "version": VERSION},
    "receivers": [{"gomod": f"{_MODULES}/receiver/otlpreceiver v{VERSION}"}],
    "exporters": [{"gomod": f"{_MODULES}/exporter/nopexporter v{VERSION}"}],
    # The collector refuses to start without the provider of its default scheme, `env`.
    "providers": [{"gomod": f"{_MODULES}/confmap/provider/envprovider v1.71.0"}],
}
_COUNTER = re.compile(r"^otelcol_receiver_accepted_spans\S* (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Collector:
    """A running collector: OTLP/HTTP on `port`, its own metrics on `metrics_port`."""

    process: psutil.Process
    port: int
    metrics_port: int

    def accepted_spans(self) -> int:
        """How many spans its receiver decoded and passed on, by its own counter."""
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(sum(map(float, _COUNTER.findall(answer.read().decode()))))


def cache_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "labo" / "collector"


def find_collector() -> Path | None:
    """The cached program, or one built now in about four minutes on two busy cores.

    None, with the reason on standard error, where Go is missing or the build fails.
    """
    program = cache_dir() / f"otelcol-{VERSION}"
    if program.exists():
        return program
    if not shutil.which("go"):
        print("no collector beside Labo: Go is not installed", file=sys.stderr)
        return None
    program.parent.mkdir(parents=True, exist_ok=True)
    # In the cache's own file system: the finished program appears whole or not at all.
    with tempfile.TemporaryDirectory(dir=program.parent) as name:
        folder = Path(name)
        (folder / "parts.yaml").write_text(json.dumps(_PARTS))
        for command in (
            ["go", "install", f"{_MODULES}/cmd/builder@v{VERSION}"],
            [str(folder / "builder"), "--config", "parts.yaml"],
        ):
            env = os.environ | {"GOBIN": name}
            done = subprocess.run(
                command, cwd=folder, env=env, check=False, capture_output=True, text=True
            )
            if done.returncode:
                print(f"no collector beside Labo: {done.stderr[-500:]}", file=sys.stderr)
                return None
        (folder / "dist" / "otelcol").replace(program)
    return program


@contextlib.contextmanager
def a_collector(program: Path, folder: Path) -> Iterator[Collector]:
    """One that drops every span, on free ports; its log is in `folder`."""
    port, metrics_port = free_port(), free_port()
    prometheus = {"host": "127.0.0.1", "port": metrics_port}
    config = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "exporters": {"nop": {}},
        "service": {
            "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["nop"]}},
            "telemetry": {
                "logs": {"level": "error"},
                "metrics": {"readers": [{"pull": {"exporter": {"prometheus": prometheus}}}]},
            },
        },
    }
    log = folder / "collector.log"
    env = os.environ | {"COLLECTOR": json.dumps(config)}
    process = spawn([str(program), "--config", "env:COLLECTOR"], log=log, env=env)
    try:
        for each in (port, metrics_port):
            wait_until_ready(partial(_probe, each), process, name="collector", log=log)
        yield Collector(psutil.Process(process.pid), port, metrics_port)
    finally:
        stop(process)


def _probe(port: int) -> str | None:
    return None if is_port_open(port) else f"nothing listens on port {port}"
