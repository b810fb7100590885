"""`labo lab exam` and `labo lab pack`: the examiner and the teacher of the source checkout, as
processes of their own.

The product never reads what was injected; they do, and query the product as any user would.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

import labo
from labo.cli.output import error_console
from labo.errors import Unavailable

app = typer.Typer()

_ROOT = Path(labo.__file__).resolve().parent.parent


@app.command("exam")
def exam_command() -> None:
    """Learn from some generated systems, test on others, and print the table with its controls.

    It takes about half an hour on two processors and touches no stack. Needs a source checkout.

    Example: labo lab exam > exam.md
    """
    _check_checkout("labo lab exam")
    error_console.print("provoking some 700 incidents, and diagnosing about half of them")
    _run("benchmarks", "lab_exam")


@app.command("pack")
def pack_command(
    *,
    jobs: Annotated[int, typer.Option(help="Processes.", min=1)] = 1,
    out: Annotated[
        Path | None, typer.Option(help="By default the pack of the checkout.", show_default=False)
    ] = None,
) -> None:
    """Learn the knowledge pack that a new workspace begins with, and write it with its card.

    Provokes every kind of fault in six generated systems, asks each system with what the others
    taught, and tests what causes what: about a quarter of an hour. The same code gives the same
    bytes; Ctrl-C leaves the old pack. Touches no stack. Needs a source checkout.

    Example: labo lab pack --jobs 2
    """
    _check_checkout("labo lab pack")
    chosen = () if out is None else ("--out", str(out.resolve()))
    _run("benchmarks.pack_training", "--jobs", str(jobs), *chosen)


def _check_checkout(command: str) -> None:
    if not (_ROOT / "benchmarks" / "lab_exam.py").is_file():
        raise Unavailable(
            "the examiner is not installed",
            where=command,
            hint="clone the repository and run it there",
        )


def _run(module: str, *options: str) -> None:
    """Its exit code becomes ours."""
    # No shell; of what the operator typed, a number and a path are handed on.
    done = subprocess.run([sys.executable, "-m", module, *options], cwd=_ROOT, check=False)
    raise typer.Exit(done.returncode)
