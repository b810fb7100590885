"""`labo lab`: run scenarios in the living engine."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from labo.cli.connection import connected_settings, opened
from labo.cli.lab import exam as lab_exam
from labo.cli.lab import learn as lab_learn
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, console, error_console, print_json, print_table

if TYPE_CHECKING:
    from labo.domain.lab.paired_runs import Difference
    from labo.domain.lab.results import EdgeTest, Experiment, Result
    from labo.domain.lab.scenarios import Scenario
    from labo.settings import Settings

app = typer.Typer(help="Run scenarios in the living engine, and learn.", no_args_is_help=True)
app.add_typer(lab_learn.app)
app.add_typer(lab_exam.app)

_MOST_SIDE_EFFECTS = 10
_OFFLINE = "offline"

Report = Callable[[int, int], None]


@app.callback()
def lab_commands() -> None:
    """Run scenarios in the living engine, and learn from what it shows."""


@app.command("list")
def list_command(*, as_json: JsonOption = False) -> None:
    """Show the scenarios that can be run.

    Example: labo lab list --json
    """
    from labo.adapters.engine.scenario_files import bundled_scenarios

    known = [scenario for _, scenario in sorted(bundled_scenarios().items())]
    if as_json:
        print_json([asdict(scenario) for scenario in known])
        return
    print_table(("scenario", "what", "arm B"), [_row(scenario) for scenario in known])


def _row(scenario: Scenario) -> tuple[str, str, str]:
    kind = scenario.treatment.kind.value
    other = "without the fault" if kind == "none" else kind.replace("_", " ")
    return scenario.key, scenario.title, other


@app.command("run")
def run_command(
    scenario: Annotated[str, typer.Argument(help="As `list` shows it, or a YAML file.")],
    *,
    seeds: Annotated[
        int | None, typer.Option(min=2, help="Pairs of runs, at most. By default the scenario's.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Simulated seconds of a run. By default the scenario's.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Without a stack: seeds from 1 on, nothing is stored.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a scenario in pairs and report what arm B changes; the result is stored as evidence.

    Both arms draw the same random numbers. It stops early once the sequential test has decided.
    Every run takes seeds of its own, so that it is independent evidence.

    Examples: labo lab run slow-query --seeds 8 · labo lab run my-own.yaml --offline
    """
    from labo.domain.lab.results import ExperimentStatus
    from labo.errors import InvalidInput

    asked = _asked(scenario, seeds, seconds)
    with _progress(asked.key) as report:
        if offline:
            done = asyncio.run(_run_offline(asked, report))
        else:
            done = asyncio.run(_run(connected_settings(data), asked, report))
    if done.status is ExperimentStatus.FAILED:
        raise InvalidInput(done.reason, where=scenario)
    if as_json:
        print_json(plain(asdict(done)))
    elif done.result is not None:
        _print(done, done.result)


def _asked(name: str, seeds: int | None, seconds: float | None) -> Scenario:
    """The bundled scenario or the file's, with other figures where they are given."""
    from labo.adapters.engine.scenario_files import bundled_scenarios, read_scenario_file
    from labo.services.lab.experiments import chosen

    if not name.endswith(".yaml"):
        return chosen(bundled_scenarios(), name, seeds=seeds, seconds=seconds)
    own = read_scenario_file(Path(name))
    return chosen({own.key: own}, own.key, seeds=seeds, seconds=seconds)


async def _run(settings: Settings, scenario: Scenario, report: Report) -> Experiment:
    async with opened(settings) as labo:
        lab = labo.workspace().experiments
        experiment = await lab.plan_scenario(scenario, by="command line")
        return await lab.run(experiment.id, report=report)


async def _run_offline(scenario: Scenario, report: Report) -> Experiment:
    from labo.adapters.engine.scenario_runner import EngineScenarioRunner
    from labo.domain.lab.results import Experiment, ExperimentStatus
    from labo.services.lab.experiments import run_pairs

    experiment = Experiment(
        id=_OFFLINE,
        scenario=scenario.key,
        system=scenario.system,
        first_seed=1,
        seeds=scenario.seeds,
        seconds=scenario.seconds,
        requested_by="command line",
        status=ExperimentStatus.DONE,
    )
    result, _ = await run_pairs(EngineScenarioRunner(), scenario, experiment.all_seeds, report)
    return experiment.with_result(result)


@contextmanager
def _progress(title: str) -> Iterator[Report]:
    """Pairs done of all, on standard error."""
    columns = (
        TextColumn(title, markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=error_console, transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _print(done: Experiment, result: Result) -> None:
    early = ", out of time" if result.pairs < done.seeds else ""
    early = ", stopped early: decided" if result.stopped_early else early
    verdict = result.verdict.value.replace("_", " ")
    summary = f"{done.scenario}: arm B is {verdict} ({result.pairs} pairs of {done.seeds}{early})"
    console.print(summary, soft_wrap=True)
    _print_differences(result.success)
    if result.side_effects:
        shown = result.side_effects[:_MOST_SIDE_EFFECTS]
        more = len(result.side_effects) - len(shown)
        console.print(f"also changed{f' (and {more} more)' if more else ''}:")
        _print_differences(shown)
    if result.edge is not None:
        console.print(f"edge {result.edge.edge}: {tried(result.edge)}", soft_wrap=True)


def tried(edge: EdgeTest) -> str:
    """The pairs' evidence on the edge, or why there is none."""
    effect, others = edge.effect, edge.unmanipulated
    if not effect.pairs and not others:
        return "not tested: no pair measured the metrics of both its cause and its effect"
    if not effect.pairs:
        return f"not tested: in none of {others} pairs was its cause present in one arm only"
    return (
        f"with its cause the effect occurred {effect.mean:+.2f} more often [{effect.low:+.2f}, "
        f"{effect.high:+.2f}], {effect.pairs} pairs; {others} others were uninformative"
    )


def _print_differences(found: Sequence[Difference]) -> None:
    for one in found:
        console.print(
            f"  {one.metric}\n    {one.before:.4g} -> {one.after:.4g}: {one.effect:+.3g} "
            f"[{one.low:+.3g}, {one.high:+.3g}], p = {one.p_value:.3g}",
            soft_wrap=True,
        )


def plain(value: object) -> object:
    """Unknown figures as null: NaN is not valid JSON."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
