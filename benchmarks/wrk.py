"""The load client: Debian's `wrk`, which costs a hundredth of what the server costs."""

from __future__ import annotations

import ctypes.util
import json
import os
import resource
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from labo.errors import InvalidInput, NotFound

_SCRIPT = Path(__file__).with_name("throughput.lua")


@dataclass(frozen=True)
class Load:
    """`connections` senders, each with `size` alerts a request, for `seconds`.

    `form` is the body's: a Grafana group (`labo`), or what `alertmanager`'s API v2 takes.
    """

    connections: int
    size: int
    seconds: float = 10.0
    form: str = "labo"


@dataclass(frozen=True)
class Answered:
    """What the sender saw: only answers of status 2xx count. `client_cores` is what it used."""

    events_per_second: float
    p50_ms: float
    p99_ms: float
    client_cores: float


def drive(url: str, load: Load, *, token: str | None = None, secret: str | None = None) -> Answered:
    """Post `load` to `url`, with a bearer token or signed with `secret`.

    Raises InvalidInput when any request was refused or broke off: then it measured nothing.
    """
    if not shutil.which("wrk"):
        raise NotFound("wrk is not installed", hint="apt-get install wrk")
    options = [f"run={uuid.uuid4().hex[:16]}", f"size={load.size}", f"form={load.form}"]
    if token:
        options.append(f"token={token}")
    if secret:
        options += [f"secret={secret}", f"crypto={ctypes.util.find_library('crypto')}"]
    command = ["wrk", "--threads", "1", "--connections", str(load.connections)]
    command += ["--duration", f"{load.seconds:.0f}s", "--timeout", "30s", "--script", str(_SCRIPT)]
    before = _children_cpu_s()
    output = subprocess.run(
        [*command, url, "--", *options], check=True, capture_output=True, text=True
    ).stdout
    used = _children_cpu_s() - before
    seen = json.loads(output.strip().splitlines()[-1])
    if seen["refused"] or seen["broken"] or not seen["requests"]:
        raise InvalidInput("the load was not accepted", where=url, hint=str(seen))
    rate = seen["requests"] * load.size / seen["seconds"]
    return Answered(rate, seen["p50_ms"], seen["p99_ms"], used / seen["seconds"])


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def load_average() -> float:
    return os.getloadavg()[0]
