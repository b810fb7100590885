"""`labo logs`: the output of the stack's processes; `labo logs parse`: any log file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text
from typer.core import TyperGroup

from labo.cli.log_files import parse_command
from labo.cli.log_formats import explain_command, formats_command
from labo.cli.options import DataOption, data_folder
from labo.cli.output import console
from labo.errors import NotFound
from labo.stack.processes import tail
from labo.stack.rotation import log_file
from labo.stack.state import running

if TYPE_CHECKING:
    from typer._click.core import Context

_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "red")
_POLL_S = 0.3


class ShowByDefault(TyperGroup):
    """`labo logs api` means `labo logs show api`, while `labo logs parse FILE` stays a command."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


app = typer.Typer()
logs_app = typer.Typer(cls=ShowByDefault)
app.add_typer(logs_app, name="logs")
logs_app.command("parse")(parse_command)
logs_app.command("explain")(explain_command)
logs_app.command("formats")(formats_command)


@logs_app.callback()
def logs() -> None:
    """Show the output of the stack's processes, or parse any log file and explain how.

    Examples: labo logs · labo logs api --follow · labo logs parse /var/log/auth.log --json ·
    labo logs explain app.log
    """


@logs_app.command("show")
def show(
    name: Annotated[str | None, typer.Argument(help="One process; by default all.")] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Follow until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="Lines of each.")] = 20,
    data: DataOption = None,
) -> None:
    """Show the last lines of the stack's processes; `labo logs NAME` is short for it.

    Examples: labo logs · labo logs worker-fast --lines 100 · labo logs api --follow
    """
    folder = data_folder(data)
    files = _log_files(folder, name)
    for index, file in enumerate(files):
        _print_lines(files, index, tail(file, lines).splitlines() if lines else [])
    if follow:
        _follow(folder, files)


def _log_files(folder: Path, name: str | None) -> list[Path]:
    present = sorted((folder / "logs").glob("*.log"))
    if name is None:
        if not present:
            raise NotFound("no log yet", where=str(folder / "logs"), hint="start with `labo up`")
        return present
    chosen = log_file(folder, name)
    if chosen not in present:
        known = ", ".join(file.stem for file in present) or "none yet"
        raise NotFound(f"no process is named {name}", hint=f"there are: {known}")
    return [chosen]


def _follow(folder: Path, files: Sequence[Path]) -> None:
    """Ends with the stack, or at once when none runs."""
    offsets = [file.stat().st_size for file in files]
    while True:
        is_running = running(folder) is not None
        for index, file in enumerate(files):
            size = file.stat().st_size
            start = offsets[index] if size >= offsets[index] else 0  # rotated: from the start
            with file.open("rb") as stream:
                stream.seek(start)
                new = stream.read()
            whole, _, _ = new.rpartition(b"\n")
            if whole:
                _print_lines(files, index, whole.decode(errors="replace").splitlines())
            offsets[index] = start + (len(whole) + 1 if whole else 0)
        if not is_running:
            return
        time.sleep(_POLL_S)


def _print_lines(files: Sequence[Path], index: int, lines: Sequence[str]) -> None:
    prefix = "" if len(files) == 1 else f"{files[index].stem:<12} "
    for line in lines:
        text = Text(prefix, style=_COLOURS[index % len(_COLOURS)])
        console.print(text.append(line, style="default"), soft_wrap=True)
