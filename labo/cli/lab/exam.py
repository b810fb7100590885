"""`labo lab exam`: the examiner of the source checkout, as a process of its own.

The product never reads what was injected; the examiner does, and queries the product as any user
would.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
    if not (_ROOT / "benchmarks" / "lab_exam.py").is_file():
        raise Unavailable(
            "the examiner is not installed",
            where="labo lab exam",
            hint="clone the repository and run it there, or `make bench`",
        )
    error_console.print("provoking some 700 incidents, and diagnosing about half of them")
    command = [sys.executable, "-m", "benchmarks", "lab_exam"]
    # No shell, and nothing in the command comes from outside.
    done = subprocess.run(command, cwd=_ROOT, check=False)
    raise typer.Exit(done.returncode)
