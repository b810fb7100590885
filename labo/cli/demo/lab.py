"""`labo demo-lab`: the whole cycle of learning on simulated systems, with a stack of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from labo.cli.connection import connected_settings, opened
from labo.cli.demo.stack import (
    DemoFolderOption,
    KeepOption,
    NoWaitOption,
    demo_stack,
    show_addresses,
)
from labo.cli.options import data_folder
from labo.cli.output import JsonOption, console, error_console, print_json, say

if TYPE_CHECKING:
    from labo.bootstrap import Services
    from labo.domain.lab.runs import LabRound
    from labo.services.lab.runs import LabNews

app = typer.Typer()

FAULT = "latency"
KNOWN_SYSTEM, KNOWN_TARGET = "streaming", "session"
OTHER_SYSTEM, OTHER_TARGET = "random-15-7", "ulgrikel"
HOURS = 1.0
_FAILED = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One claim of the demo, whether it held, and what was observed."""

    title: str
    is_met: bool
    seen: tuple[str, ...]


@app.command("demo-lab")
def demo_lab_command(
    *,
    keep: KeepOption = False,
    no_wait: NoWaitOption = False,
    data: DemoFolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn a fault on one simulated system, and recognise it on another one.

    A fault unknown to the graph is injected and localised; an A/B experiment with and without it
    validates a causal edge; the labelled incident is learnt; and the same fault on a generated
    system with other names is identified. The exit code is 1 when a step fails.

    Examples: labo demo-lab · labo demo-lab --keep
    """
    folder = (data or data_folder(None) / "demo-lab").resolve()
    started = time.monotonic()
    out = error_console if as_json else console
    with demo_stack(folder, keep=keep) as start:
        out.print("Starting Neo4j, Valkey, the API and the workers …")
        start(as_json)
        steps = asyncio.run(_steps(print_step=(lambda _: None) if as_json else _print_step))
        if as_json:
            print_json([{"title": one.title, "met": one.is_met, "seen": one.seen} for one in steps])
        else:
            say("[dim]{} s in all[/dim]", f"{time.monotonic() - started:.0f}", to=out)
            show_addresses(folder, keep=keep, no_wait=no_wait)
    if not all(one.is_met for one in steps):
        raise typer.Exit(_FAILED)


async def _steps(print_step: Callable[[Step], None]) -> list[Step]:
    """The four steps, each shown as soon as it is done."""
    steps: list[Step] = []

    def show(step: Step) -> None:
        steps.append(step)
        print_step(step)

    async with opened(connected_settings()) as labo:
        services = labo.workspace()
        met = await _provoke(services, KNOWN_SYSTEM, KNOWN_TARGET)
        show(found_step(met))
        show(await proven_step(services, met))
        show(learnt_step(met))
        again = await _provoke(services, OTHER_SYSTEM, OTHER_TARGET)
        show(named_step(again))
    return steps


async def _provoke(services: Services, system: str, target: str) -> LabRound:
    from labo.domain.lab.runs import LabRun

    run = await services.lab_runs.begin(LabRun(system, HOURS))
    return await services.lab_runs.provoke(run, FAULT, target, _print_news)


def _print_news(news: LabNews) -> None:
    if news.doing:
        say("[dim]… {}[/dim]", news.doing, to=error_console)


def found_step(met: LabRound) -> Step:
    """The leading suspect is the faulty component; its problem is unknown."""
    return Step(
        f"A fault unknown to the graph, on {met.target} of {KNOWN_SYSTEM}, is localised",
        met.is_localised and not met.known and not met.named,
        (_diagnosis(met), *_chain(met)),
    )


async def proven_step(services: Services, met: LabRound) -> Step:
    """The experiment of this round validated an edge."""
    from labo.cli.lab.report_text import claim_text
    from labo.domain.causality.edges import EdgeStatus

    report = await services.lab_reports.report(met.run)
    proven = [edge for edge in report.tested if edge.status is EdgeStatus.VALIDATED]
    sentence = "no edge of the chain could be tested"
    if met.experiment:
        sentence = (
            f"{met.manipulated} on {met.held}, with and without, in pairs on the same random "
            f"numbers: {len(report.tested)} claims tested, {len(proven)} validated"
        )
    return Step(
        "The A/B experiment validates what causes what",
        bool(proven),
        (sentence, *map(claim_text, proven)),
    )


def learnt_step(met: LabRound) -> Step:
    """There is a labelled incident."""
    sentence = (
        f"a labelled incident: {met.learnt} on a {met.role}" if met.learnt else "nothing was learnt"
    )
    return Step("The labelled incident is learnt", bool(met.learnt), (sentence,))


def named_step(again: LabRound) -> Step:
    """The leading suspect is the faulty component, and its problem is named."""
    return Step(
        f"The same fault on {again.target} of {OTHER_SYSTEM}, never seen before, is identified",
        again.known and again.is_named,
        (_diagnosis(again), *_chain(again)),
    )


def _diagnosis(one: LabRound) -> str:
    if not one.suspect:
        return f"verdict {one.verdict}, no suspect stands out"
    name = f"problem {one.named}" if one.named else "problem unknown"
    return f"{one.suspect} ({one.probability:.0%}), {name}, verdict {one.verdict}"


def _chain(one: LabRound) -> tuple[str, ...]:
    return (f"chain: {' → '.join(one.chain)}",) if one.chain else ()


def _print_step(step: Step) -> None:
    if step.is_met:
        say("\n[green]✓[/green] [bold]{}[/bold]", step.title)
    else:
        say("\n[red]✗[/red] [bold]{}[/bold]", step.title)
    for line in step.seen:
        say("   - {}", line)
