"""`labo lab learn` and `labo lab report`: the learning loop, live, and its results."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from labo.cli.connection import ask_services, connected_settings, opened
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, error_console, print_json
from labo.domain.lab.policies import Policy

if TYPE_CHECKING:
    from labo.bootstrap import Services
    from labo.domain.lab.reports import LabReport
    from labo.domain.lab.runs import LabRound, LabRun
    from labo.services.lab.runs import LabNews, ShowProgress
    from labo.settings import Settings

app = typer.Typer()

_INTERRUPTED = 130
PlotOption = Annotated[
    Path | None, typer.Option("--plot", help="Write the running accuracy there as SVG.")
]


@app.command("learn")
def learn_command(
    *,
    system: Annotated[
        str, typer.Option(help="A bundled system, or random-COMPONENTS-SEED.")
    ] = "streaming",
    hours: Annotated[float, typer.Option(help="Simulated hours, including tests.")] = 8.0,
    choice: Annotated[
        Policy,
        typer.Option(help="What to provoke next: the most informative fault, or a random one."),
    ] = Policy.PROACTIVE,
    seed: Annotated[int, typer.Option(help="Another seed is another run.")] = 0,
    plot: PlotOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Provoke faults in the living engine, diagnose them, test what causes what, and learn.

    Each round is scored with the knowledge from before it. Stopped by Ctrl-C, or killed, the same
    command continues where it was; once its hours are used up it only reports.

    Example: labo lab learn --system streaming --hours 8
    """
    from labo.domain.lab.runs import LabRun

    run = LabRun(system, hours, seed, choice)
    with _progress(run, quiet=as_json) as show_progress:
        report, stopped = asyncio.run(_learn(connected_settings(data), run, show_progress))
    _print_report(report, plot=plot, as_json=as_json)
    if stopped:
        raise typer.Exit(_INTERRUPTED)


@app.command("report")
def report_command(
    run: Annotated[
        str | None, typer.Argument(help="A run's key; by default the latest one.")
    ] = None,
    *,
    plot: PlotOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was learnt in a run of the lab, and how accuracy grew.

    Example: labo lab report --plot accuracy.svg
    """

    async def report_of_run(labo: Services) -> LabReport:
        return await labo.lab_reports.report(run or await labo.lab_reports.latest())

    _print_report(ask_services(connected_settings(data), report_of_run), plot=plot, as_json=as_json)


async def _learn(
    settings: Settings, asked: LabRun, show_progress: ShowProgress
) -> tuple[LabReport, bool]:
    """The report at the end, and whether Ctrl-C came before it."""
    async with opened(settings) as labo:
        services = labo.workspace()
        run = await services.lab_runs.begin(asked)
        stopped = await _until_interrupted(services.lab_runs.go_on(run, show_progress))
        return await services.lab_reports.report(run.key), stopped


async def _until_interrupted(work: Coroutine[object, object, None]) -> bool:
    """Do the work; whether Ctrl-C ended it, which leaves what is stored as it is."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        await asyncio.wait([task])
    finally:
        loop.remove_signal_handler(signal.SIGINT)
    if task.cancelled():
        return True
    task.result()
    return False


def _print_report(report: LabReport, *, plot: Path | None, as_json: bool) -> None:
    from labo.cli.lab.plot import svg
    from labo.cli.lab.report_text import print_report

    if plot is not None:
        title = f"Faults found in {report.system} before each round's labelled incident"
        plot.write_text(svg(report.points, title), encoding="utf-8")
    if as_json:
        print_json(asdict(report))
    else:
        print_report(report)


@contextmanager
def _progress(asked: LabRun, *, quiet: bool) -> Iterator[ShowProgress]:
    """A bar of simulated hours on standard error, and a line for each round that is done."""
    columns = (
        TextColumn("{task.fields[hours]}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[found]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    bar = Progress(*columns, console=error_console, transient=True)
    shown_rounds: set[int] = set()
    with bar:
        task = bar.add_task("starting", total=asked.seconds, hours="", found="")

        def show_progress(news: LabNews) -> None:
            hours = f"{news.seconds / 3600:.1f} of {asked.hours:g} h simulated"
            bar.update(
                task,
                completed=min(news.seconds, asked.seconds),
                description=news.doing,
                hours=hours,
                found=_found(news.rounds),
            )
            if not news.doing and news.rounds[-1].number not in shown_rounds:
                shown_rounds.add(news.rounds[-1].number)
                if not quiet:
                    bar.console.print(_round_line(news.rounds[-1]), soft_wrap=True)

        yield show_progress


def _found(rounds: tuple[LabRound, ...]) -> str:
    provoked = [one for one in rounds if not one.is_control]
    if not provoked:
        return f"{len(rounds)} rounds"
    localised = sum(one.is_localised for one in provoked) / len(provoked)
    named = sum(one.is_named for one in provoked) / len(provoked)
    return f"{len(rounds)} rounds, component {localised:.0%}, problem {named:.0%}"


def _round_line(one: LabRound) -> str:
    summary = (
        f"{one.verdict} {one.suspect or '-'} ({one.probability:.0%}), {one.named or 'unknown'}"
    )
    if one.is_control:
        return f"{one.number:>4}  no fault: {one.verdict}"
    mark = "right" if one.is_right else "component right" if one.is_localised else "wrong"
    tested = f"; tested one edge in {one.trials} pairs" if one.experiment else ""
    learnt_note = "" if one.learnt else "; not learnt"
    return f"{one.number:>4}  {one.kind} on {one.target}: {summary}: {mark}{tested}{learnt_note}"
