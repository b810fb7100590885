"""`labo`: the root command, and what a failure looks like on the command line.

Exit codes: 0 done · 1 unexpected · 2 bad usage or input · 3 unavailable or not running ·
4 not found · 5 conflict · 7 not allowed · 8 budget exceeded · 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer
from pydantic import ValidationError

from labo import logs as logs_setup
from labo.cli import (
    audit,
    backup,
    budget,
    dead_letters,
    diagnose,
    executors,
    experience,
    graphql,
    import_cases,
    ingest,
    knowledge,
    logs,
    migrate,
    policy,
    sources,
    stack,
    token,
)
from labo.cli.demo import lab as demo_lab
from labo.cli.demo import main as demo
from labo.cli.lab import main as lab
from labo.cli.memory import economy
from labo.cli.memory import main as memory
from labo.cli.metrics import main as metrics
from labo.cli.operator import (
    autonomy,
    blocks,
    components,
    confirm,
    decide,
    escalation,
    incident,
    incidents,
    problems,
    reports,
    why,
)
from labo.cli.output import print_error
from labo.cli.templates import main as templates
from labo.errors import LaboError

EXIT_CODES = {
    "invalid_input": 2,
    "unavailable": 3,
    "not_found": 4,
    "conflict": 5,
    "forbidden": 7,
    "unauthenticated": 7,
    "budget_exceeded": 8,
}

app = typer.Typer(
    name="labo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(demo.app)
app.add_typer(demo_lab.app)
app.add_typer(stack.app)
app.add_typer(logs.app)
app.add_typer(ingest.app)
app.add_typer(backup.app)
app.add_typer(migrate.app)
app.add_typer(dead_letters.app)
app.add_typer(token.app)
app.add_typer(sources.app)
app.add_typer(executors.app)
app.add_typer(graphql.app)
app.add_typer(incidents.app)
app.add_typer(incident.app)
app.add_typer(confirm.app)
app.add_typer(decide.app)
app.add_typer(autonomy.app, name="autonomy")
app.add_typer(escalation.app, name="escalation")
app.add_typer(blocks.app, name="blocks")
app.add_typer(components.app)
app.add_typer(problems.app)
app.add_typer(reports.app)
app.add_typer(why.app)
app.add_typer(diagnose.app)
app.add_typer(import_cases.app)
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(metrics.app, name="metrics")
app.add_typer(experience.app, name="experience")
app.add_typer(lab.app, name="lab")
app.add_typer(templates.app, name="templates")
app.add_typer(policy.app)
app.add_typer(memory.app, name="memory")
escalation.app.command("economy")(economy.economy_command)
app.add_typer(budget.app)
app.add_typer(audit.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"labo {version('labo')}")
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """A living causal graph of the problems that occur in real systems."""


def main() -> None:
    """Run the command line; an expected failure is one message on standard error and a code."""
    logs_setup.configure("WARNING")  # standard output is the answer's alone
    try:
        app()
    except LaboError as error:
        print_error(str(error))
        sys.exit(EXIT_CODES.get(error.code, 1))
    except ValidationError as error:
        print_error(_describe(error))
        sys.exit(EXIT_CODES["invalid_input"])
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader, such as `head`, has closed the pipe; silence the interpreter's last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _describe(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        variable = "__".join(str(part) for part in problem["loc"]).upper()
        lines.append(f"LABO_{variable}: {problem['msg']}")
    return "bad settings: " + "; ".join(lines)


if __name__ == "__main__":
    main()
