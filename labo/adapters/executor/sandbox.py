"""What a local command may do: little of the machine, for a while, and nothing that outlives it.

Always: an empty environment but for a fixed PATH, an empty folder of its own as working directory,
a session and process group of its own, limits on memory, file size, open files and core dumps, no
new privileges, and death with the process that started it. On request: another user (only where
Labo runs as root), and name spaces for processes and IPC, by which a command that leaves its group
is ended too. Not kept away: the network, which most actions need, and what that user may read.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import signal
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from labo.errors import InvalidInput

PATH = "/usr/local/bin:/usr/bin:/bin"
MOST_OUTPUT = 65_536
"""Bytes of output that are kept; the rest is read and dropped, so that the command is not held."""
MOST_MEMORY = 2 * 1024**3
MOST_FILE = 64 * 1024**2
MOST_OPEN_FILES = 256
DRAIN_S = 1.0
"""For output that a process outside of the group still holds open."""


@dataclass(frozen=True, slots=True)
class Cage:
    """`user` is a name; None keeps ours. Raises InvalidInput where this machine can't do it."""

    user: str | None = None
    has_namespaces: bool = False

    def __post_init__(self) -> None:
        if self.user is not None:
            _account(self.user)
        missing = [tool for tool in ("prlimit", "setpriv", "unshare") if _tool(tool) is None]
        if missing:
            raise InvalidInput(
                f"commands need {', '.join(missing)} (util-linux)", where="LABO_EXECUTORS__COMMAND"
            )

    def around(self, arguments: Sequence[str]) -> list[str]:
        """The command line that runs `arguments` inside."""
        limits = [
            str(_tool("prlimit")),
            f"--as={MOST_MEMORY}",
            f"--fsize={MOST_FILE}",
            f"--nofile={MOST_OPEN_FILES}",
            "--core=0",
        ]
        own = [str(_tool("setpriv")), "--no-new-privs", "--pdeathsig=KILL"]
        if self.user is not None:
            account = _account(self.user)
            own += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--init-groups"]
        apart = []
        if self.has_namespaces:
            apart = [str(_tool("unshare")), "--user", "--map-current-user", "--pid", "--ipc"]
            apart += ["--fork", "--kill-child=KILL"]
        return [*limits, *own, *apart, *arguments]


@dataclass(frozen=True, slots=True)
class Ending:
    """`code` is None where the command was ended for taking too long; below 0: by that signal."""

    code: int | None
    output: str


async def run_caged(cage: Cage, arguments: Sequence[str], timeout_s: float) -> Ending:
    """Run to its end. Raises OSError where it can't be started."""
    with TemporaryDirectory(prefix="labo-action-") as room, _Output() as output:
        if cage.user is not None:
            account = _account(cage.user)
            os.chown(room, account.pw_uid, account.pw_gid)
        child = await asyncio.create_subprocess_exec(
            *cage.around(arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output.writing,
            stderr=output.writing,
            env={"PATH": PATH},
            cwd=room,
            start_new_session=True,
        )
        reading = asyncio.create_task(output.read())
        code: int | None = None
        try:
            async with asyncio.timeout(timeout_s):
                code = await child.wait()
        except TimeoutError:
            pass
        finally:
            _end_group(child.pid)
            await child.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await reading
        return Ending(code, output.kept.decode("utf-8", "replace"))


class _Output:
    """A pipe of our own: asyncio's would let `wait` wait for whoever still holds it open."""

    def __enter__(self) -> _Output:
        self._reading, self.writing = os.pipe()
        self._transport: asyncio.ReadTransport | None = None
        self.kept = bytearray()
        return self

    async def read(self) -> None:
        """Keep it up to its end; what is beyond `MOST_OUTPUT` is dropped."""
        os.close(self.writing)
        self.writing = -1
        stream = asyncio.StreamReader()
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(self._reading, "rb", 0)
        )
        while part := await stream.read(65_536):
            self.kept += part[: MOST_OUTPUT - len(self.kept)]

    def __exit__(self, *_: object) -> None:
        if self._transport is not None:
            self._transport.close()
        else:
            os.close(self._reading)
        if self.writing >= 0:
            os.close(self.writing)


def _end_group(leader: int) -> None:
    """Every process that stayed in the group, whether or not its leader has ended."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def check_program(program: Path) -> str:
    """Why it may not be run; empty when it may."""
    if not program.is_absolute():
        return f"{program} is not an absolute path"
    try:
        found = program.stat()
    except OSError as error:
        return f"{program}: {error.strerror}"
    if not stat.S_ISREG(found.st_mode) or not os.access(program, os.X_OK):
        return f"{program} is not an executable file"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or found.st_uid not in (0, os.geteuid()):
        return f"{program} can be changed by others than its owner, root or Labo's user"
    return ""


def _account(user: str) -> pwd.struct_passwd:
    """Raises InvalidInput where we can't become that user."""
    where = "LABO_EXECUTORS__COMMAND__USER"
    if os.geteuid() != 0:
        raise InvalidInput("only root can run commands as another user", where=where)
    try:
        return pwd.getpwnam(user)
    except KeyError as error:
        raise InvalidInput("there is no such user", where=where) from error


def _tool(name: str) -> str | None:
    return which(name, path=PATH)
