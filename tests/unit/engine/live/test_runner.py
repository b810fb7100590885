"""A live run as a process: it emits by the clock on the wall and takes commands meanwhile."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from labo.children import python_module
from tests.builders.receiver import Receiver, receiving


def ask(path: Path, line: bytes) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(20)
        caller.connect(str(path))
        caller.sendall(line)
        answer: dict[str, object] = json.loads(caller.makefile().readline())
    return answer


@contextmanager
def live(path: Path, endpoint: Receiver, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = python_module(
        "engine", "live", "streaming", f"--socket={path}", f"--endpoint={endpoint.url}", *options
    )
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert json.loads(child.stdout.readline()) == {"listening": str(path)}
        yield child
    finally:
        child.kill()
        child.communicate()


def stamps(endpoint: Receiver) -> list[float]:
    """Seconds since 1970 of every metric point that arrived."""
    found = []
    for one in endpoint.received:
        if one.path == "/v1/metrics":
            request = ExportMetricsServiceRequest.FromString(gzip.decompress(one.body))
            found += [
                point.time_unix_nano / 1e9
                for resource in request.resource_metrics
                for scope in resource.scope_metrics
                for metric in scope.metrics
                for point in metric.gauge.data_points
            ]
    return found


def test_a_fast_run_stamps_the_present_and_ends_when_told(tmp_path: Path) -> None:
    """Ten simulated seconds in one, yet no stamp lies ahead of the clock."""
    path = tmp_path / "engine.sock"
    with receiving() as endpoint, live(path, endpoint, "--speed=10", "--interval=5") as child:
        while not stamps(endpoint):
            time.sleep(0.05)
        done = ask(path, b'{"do":"execute","id":"a1","operation":"restart","component":"cdn"}\n')
        again = ask(path, b'{"do":"status","id":"a1"}\n')
        broken = ask(path, b'{"do":\n')
        state = ask(path, b'{"do":"stop"}\n')
        output, _ = child.communicate(timeout=60)
        emitted = stamps(endpoint)
        now = time.time()

    report = json.loads(output)
    assert done == again == {"status": "done", "detail": "restart cdn", "before": {}}
    assert set(broken) == {"error"}
    assert (child.returncode, state["system"], state["speed"]) == (0, "streaming", 10.0)
    assert report["delivery"]["dropped"] == {}
    assert report["delivery"]["sent"]["metrics"] == len(emitted) == report["samples"]
    assert max(emitted) <= now


def test_a_run_may_begin_with_a_past(tmp_path: Path) -> None:
    """Ten minutes of it are there at once, stamped before now; then it goes on as time passes."""
    path = tmp_path / "engine.sock"
    began = time.time()
    with receiving() as endpoint, live(path, endpoint, "--history=600") as child:
        while len(set(stamps(endpoint))) < 60:
            time.sleep(0.1)
        ask(path, b'{"do":"stop"}\n')
        child.communicate(timeout=60)
        emitted = stamps(endpoint)

    assert min(emitted) <= began - 580
    assert max(emitted) <= time.time()


def test_a_second_run_is_not_started_on_the_same_socket(tmp_path: Path) -> None:
    """It would take the first one's commands away; a socket left by a killed run is replaced."""
    path = tmp_path / "engine.sock"
    with receiving() as endpoint:
        with live(path, endpoint):
            command = python_module(
                "engine", "live", "streaming", f"--socket={path}", f"--endpoint={endpoint.url}"
            )
            second = subprocess.run(command, capture_output=True, text=True, check=False)
            assert second.returncode == 2
            assert "another run listens there" in second.stderr
        with live(path, endpoint):
            assert ask(path, b'{"do":"state"}\n')["system"] == "streaming"


def test_a_caller_that_sends_no_line_is_answered_and_stops_nobody(tmp_path: Path) -> None:
    """One that sends too much is told so; one that is silent waits alone."""
    path = tmp_path / "engine.sock"
    with receiving() as endpoint, live(path, endpoint), socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(path))
        assert "error" in ask(path, b"x" * 70_000 + b"\n")
        assert ask(path, b'{"do":"state"}\n')["behind_s"] is not None
