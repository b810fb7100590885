"""`labo experience`: the experiences learnt from, and rolling them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from labo.cli.connection import ask_services, connected_settings
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, console, error_console, print_json, print_table

if TYPE_CHECKING:
    from graph.snapshots import Snapshot
    from labo.bootstrap import Services
    from labo.domain.knowledge.experiences import Experience
    from labo.services.learning.learner import LearnerStatus, Learnt

app = typer.Typer(help="The experiences learnt from, and rollback.", no_args_is_help=True)

_SHOWN = ("seq", "kind", "system", "occurred_at", "incident", "authenticated", "about")


@app.command("list")
def list_command(
    *,
    after: Annotated[int, typer.Option(min=0, help="Start after this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show experiences in the order in which they are learnt.

    Example: labo experience list --after 100 --json
    """
    from graph.experiences import read_after

    found = ask_services(
        connected_settings(data), lambda labo: read_after(labo.graph, after, limit)
    )
    rows = [{**asdict(one), "about": _about(one)} for one in found]
    if as_json:
        print_json(rows)
        return
    print_table(_SHOWN, [[row[name] for name in _SHOWN] for row in rows])


@app.command("show")
def show_command(
    seq: Annotated[int, typer.Argument(min=1, help="Its number, as `list` shows it.")],
    *,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one experience with all its content.

    Example: labo experience show 12
    """
    from graph.experiences import read_after
    from labo.errors import NotFound

    found = ask_services(connected_settings(data), lambda labo: read_after(labo.graph, seq - 1, 1))
    if not found:
        raise NotFound(
            f"there is no experience {seq}", where="SEQ", hint="see `labo experience list`"
        )
    shown = asdict(found[0])
    if as_json:
        print_json(shown)
        return
    content = shown.pop("content")
    print_table(("field", "value"), [*shown.items(), *sorted(content.items())])


@app.command("status")
def status_command(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show the learner's position, what does not count, and the snapshots to roll back to.

    Example: labo experience status
    """
    settings = connected_settings(data)
    status, kept = ask_services(settings, _status)
    if as_json:
        print_json({**asdict(status), "snapshots": [asdict(one) for one in kept]})
        return
    shown = {**asdict(status), "left_out": _ranges(status.left_out)}
    print_table(("learning", ""), list(shown.items()))
    if kept:
        console.print()
        columns = ("version", "up to", "taken because", "created", "does not count")
        print_table(
            columns,
            [(k.version, k.position, k.reason, k.created_at, _ranges(k.ranges)) for k in kept],
        )


@app.command("replay")
def replay_command(
    *,
    first: Annotated[
        int, typer.Option("--from", min=1, help="The first experience to learn again.")
    ] = 1,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn again from experience N on; those that were rolled back count again.

    From 1 on, everything is rebuilt from nothing. Where nothing was rolled back the state is
    the same to the last bit: its digest says so.

    Example: labo experience replay --from 1
    """
    settings = connected_settings(data)

    async def work(labo: Services) -> Learnt:
        total = (await labo.learning.status()).position
        with _bar(max(total - first + 1, 0)) as progress:
            return await labo.learning.replay(first, progress)

    done = ask_services(settings, work)
    summary = "the state changed" if done.moved else "the state is the same"
    _print_done(done, f"learnt again from {first} to {done.position}: {summary}", as_json)


@app.command("rollback")
def rollback_command(
    version: Annotated[int, typer.Argument(min=1, help="As `status` lists the snapshots.")],
    *,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go back to a snapshot: later experiences remain stored but no longer count.

    New experiences are learnt from here on; `replay` lets the others count again.

    Example: labo experience rollback 3
    """

    async def work(labo: Services) -> tuple[Learnt, str]:
        done = await labo.learning.rollback(version)
        return done, _ranges((await labo.learning.status()).left_out)

    done, left_out = ask_services(connected_settings(data), work)
    moved = "back at" if done.moved else "already at"
    _print_done(done, f"{moved} snapshot {version}; no longer counted: {left_out}", as_json)


async def _status(labo: Services) -> tuple[LearnerStatus, list[Snapshot]]:
    from graph import snapshots

    return await labo.learning.status(), await snapshots.find(labo.graph)


def _about(one: Experience) -> str:
    """In one phrase, from whichever fields its kind has."""
    content = one.content
    named = [content.get(name) for name in ("title", "template", "component", "problem")]
    texts = [str(text) for text in named if text]
    return " · ".join(texts[:2])


def _ranges(ranges: tuple[tuple[int, int], ...]) -> str:
    shown = [f"{low}" if low == high else f"{low}-{high}" for low, high in ranges]
    return ", ".join(shown) or "none"


def _print_done(done: Learnt, sentence: str, as_json: bool) -> None:
    if as_json:
        print_json(asdict(done))
        return
    console.print(f"{sentence} (state {done.digest[:12]}, snapshot {done.snapshot})")


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    columns = (
        TextColumn("replaying", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=error_console, transient=True) as bar:
        task = bar.add_task("replay", total=total)
        yield lambda step: bar.advance(task, step)
