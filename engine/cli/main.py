"""`python -m engine`: run a living system, and commands that help with it.

Exit codes: 0 done · 2 invalid usage or input · 3 the endpoint does not accept everything · 130
interrupted; what was simulated until then is delivered and written.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from ruamel.yaml import YAML

from engine.catalogue import load_system
from engine.cli.faults import described_faults, read_fault
from engine.cli.live import live_command
from engine.cli.mechanisms import mechanisms_command
from engine.cli.options import (
    RUN_HELP,
    AsJson,
    CaseFolder,
    Endpoint,
    Epoch,
    Faults,
    Headers,
    Interval,
    Quiet,
    Seconds,
    Seed,
    Speed,
    SpeedName,
    SystemName,
    Truth,
    is_within,
    read_epoch,
    read_headers,
)
from engine.cli.run import Plan, run
from engine.cli.sink import clock, print_line
from engine.description.file import DescriptionError
from engine.faults.schedule import FaultError, check_faults
from engine.generator.generate import LARGEST, SMALLEST, generate
from engine.telemetry.sender import EndpointRefused

BAD_INPUT, AWAY, INTERRUPTED = 2, 3, 130

app = typer.Typer(
    name="engine",
    help="A living system in simulated time, emitted as OpenTelemetry.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("live")(live_command)
app.command("mechanisms")(mechanisms_command)


@app.command("run", help=RUN_HELP)
def run_command(
    system: SystemName,
    seed: Seed = 0,
    seconds: Seconds = 600.0,
    fault: Faults = None,
    endpoint: Endpoint = None,
    header: Headers = None,
    speed: SpeedName = Speed.MAX,
    epoch: Epoch = None,
    interval: Interval = 10.0,
    case_folder: CaseFolder = None,
    truth: Truth = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run a system for some simulated time; see RUN_HELP."""
    if truth is not None and case_folder is not None and is_within(truth, case_folder):
        raise typer.BadParameter("the case folder must not contain the truth")
    described = load_system(system)
    faults = [read_fault(text, seconds) for text in fault or ()]
    check_faults(described, faults)
    is_real = speed is Speed.REAL
    plan = Plan(
        described,
        seed,
        seconds,
        faults,
        read_epoch(epoch, 0.0 if is_real else seconds),
        interval=interval,
        real_time=is_real,
        endpoint=endpoint,
        headers=read_headers(header or ()),
        case_folder=case_folder,
        truth=truth,
        quiet=quiet,
    )
    _print_report(run(plan), as_json=as_json)


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
    as_json: AsJson = False,
) -> None:
    """List the kinds of faults with their usual intensity.

    Examples:

      python -m engine faults streaming
    """
    known = described_faults(load_system(system) if system is not None else None)
    if as_json:
        typer.echo(json.dumps(known))
        return
    width = max(map(len, known))
    for kind, kind_fields in known.items():
        line = f"{kind:<{width}}  intensity {kind_fields['intensity']:g}"
        if "components" in kind_fields:
            line += f"  {', '.join(kind_fields['components']) or '-'}"
        typer.echo(line)


def main() -> None:
    """The command line; an error is one line on stderr."""
    try:
        app(prog_name="python -m engine")
    except (DescriptionError, FaultError, OSError) as error:
        print_line(f"error: {error}")
        sys.exit(BAD_INPUT)
    except EndpointRefused as error:
        print_line(f"error: {error}; check the address and the token")
        sys.exit(AWAY)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _print_report(report: dict[str, object], *, as_json: bool) -> None:
    """Print the report, and exit with the code of an incomplete run if it is one."""
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
    delivery = report["delivery"]
    if isinstance(delivery, dict) and delivery["dropped"]:
        raise EndpointRefused(f"not everything was delivered: {delivery['said']}")
