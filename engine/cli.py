"""`python -m engine`: run a living system, and what one needs for it.

Exit codes: 0 done · 2 bad usage or input · 3 the endpoint takes nothing · 130 interrupted; what
was simulated until then is delivered and written.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from ruamel.yaml import YAML

from engine.cli_faults import read_fault
from engine.cli_run import Plan, run
from engine.cli_sink import clock, print_line
from engine.description_file import DescriptionError, load_system
from engine.faults import FaultError, check_faults
from engine.faults_effects import EFFECTS
from engine.generator import LARGEST, SMALLEST, generate
from engine.sender import EndpointRefused

BAD_INPUT, AWAY, INTERRUPTED = 2, 3, 130

app = typer.Typer(
    name="engine",
    help="A living system in simulated time, told as OpenTelemetry.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

SystemName = Annotated[
    str, typer.Argument(metavar="SYSTEM", help="A YAML file, or a bundled system: streaming.")
]


class Speed(StrEnum):
    """How long a simulated second lasts."""

    REAL = "real"
    MAX = "max"


@app.command("run")
def run_command(
    system: SystemName,
    seed: Annotated[int, typer.Option(help="The same seed gives the same records.")] = 0,
    seconds: Annotated[float, typer.Option(min=1.0, help="Simulated seconds.")] = 600.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="KIND:COMPONENT[:key=value,…], keys onset, duration, ramp, intensity …"),
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="OTLP/HTTP address without a path, as of a collector.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(help="K=V, sent along, as Authorization=Bearer TOKEN.")
    ] = None,
    speed: Annotated[Speed, typer.Option(help="real: as time passes; max: at once.")] = Speed.MAX,
    epoch: Annotated[
        str | None,
        typer.Option(help="The run's start in ISO 8601; by default now, or so that it ends now."),
    ] = None,
    interval: Annotated[float, typer.Option(min=0.1, help="Seconds between samples.")] = 10.0,
    case_folder: Annotated[
        Path | None, typer.Option(help="Write the run as a case folder, without the truth.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="Write what was injected there, for scoring only.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Report on stdout as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Run a system for some simulated time.

    Examples:

      python -m engine run streaming --seconds 600

      python -m engine run streaming --fault latency:catalogue:onset=300,intensity=20
      --case-folder case --truth truth.json

      python -m engine run shop.yaml --speed real --endpoint http://127.0.0.1:8080
      --header "Authorization=Bearer TOKEN"
    """
    if truth is not None and case_folder is not None and is_within(truth, case_folder):
        raise typer.BadParameter("lies in the case folder, which must not hold the truth")
    described = load_system(system)
    faults = [read_fault(text, seconds) for text in fault or ()]
    check_faults(described, faults)
    plan = Plan(
        system=described,
        seed=seed,
        seconds=seconds,
        faults=faults,
        epoch=read_epoch(epoch, 0.0 if speed is Speed.REAL else seconds),
        interval=interval,
        real_time=speed is Speed.REAL,
        endpoint=endpoint,
        headers=read_headers(header or ()),
        case_folder=case_folder,
        truth=truth,
        quiet=quiet,
    )
    _say(run(plan), as_json=as_json)


@app.command("check")
def check_command(system: SystemName) -> None:
    """Check a system's description.

    Examples:

      python -m engine check shop.yaml
    """
    described = load_system(system)
    calls = sum(
        len(operation.calls)
        for component in described.components.values()
        for operation in component.operations.values()
    )
    count = len(described.components)
    typer.echo(
        f"{described.name}: {count} components on {len(described.hosts)} hosts, {calls} calls"
    )


@app.command("generate")
def generate_command(
    components: Annotated[int, typer.Option(min=SMALLEST, max=LARGEST, help="How many.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed and size give the same system.")] = 0,
) -> None:
    """Print the description of a random system.

    Examples:

      python -m engine generate --components 40 --seed 3 > system.yaml
    """
    described = generate(seed, components).model_dump(mode="json", exclude_defaults=True)
    YAML(typ="safe", pure=True).dump(described, sys.stdout)


@app.command("faults")
def faults_command(
    system: Annotated[
        str | None, typer.Argument(metavar="[SYSTEM]", help="Also list which parts can have each.")
    ] = None,
) -> None:
    """List the kinds of faults with their usual intensity.

    Examples:

      python -m engine faults streaming
    """
    described = load_system(system) if system is not None else None
    width = max(len(kind.value) for kind in EFFECTS)
    for kind, effect in EFFECTS.items():
        line = f"{kind.value:<{width}}  intensity {effect.usual:g}"
        if described is not None:
            parts = described.components.items()
            fit = [name for name, component in parts if not effect.lacking(component)]
            line += f"  {', '.join(fit) or '-'}"
        typer.echo(line)


def read_epoch(text: str | None, before_now: float) -> float:
    """Seconds since 1970: of the text, else so many seconds before now, in whole ones."""
    if text is None:
        return float(int(time.time() - before_now))
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no time in ISO 8601", param_hint="--epoch"
        ) from error
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


def is_within(path: Path, folder: Path) -> bool:
    """Whether the path leads into the folder, which may not exist yet."""
    return path.resolve().is_relative_to(folder.resolve())


def read_headers(texts: Sequence[str]) -> dict[str, str]:
    """K=V by name; the value may hold further equals signs."""
    headers = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"{name!r} has no value; write K=V", param_hint="--header")
        headers[name.strip()] = value.strip()
    return headers


def main() -> None:
    """The command line, with what went wrong as one line on stderr."""
    try:
        app(prog_name="python -m engine")
    except (DescriptionError, FaultError, OSError) as error:
        print_line(f"error: {error}")
        sys.exit(BAD_INPUT)
    except EndpointRefused as error:
        print_line(f"error: {error}; look at the address and the token")
        sys.exit(AWAY)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _say(report: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report))
    else:
        print_line(
            f"{report['system']}: {clock(float(str(report['reached'])))} simulated in "
            f"{report['took_s']} s, {report['hops']:,} hops, {report['lines']:,} lines, "
            f"{report['samples']:,} samples"
        )
        if report["delivery"] is not None:
            print_line(f"delivery: {json.dumps(report['delivery'])}")
    if report["stopped"]:
        raise typer.Exit(INTERRUPTED)
