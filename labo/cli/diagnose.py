"""`labo diagnose`: the cause of an incident, from case folders (offline) or by its id (online)."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from labo.domain.diagnoses import Analysis, Reason
    from labo.domain.knowledge import Knowledge
    from labo.domain.series import Case

app = typer.Typer()

Subjects = Annotated[
    list[str], typer.Argument(metavar="CASE_DIR... | INCIDENT_ID", show_default=False)
]
Offline = Annotated[bool, typer.Option("--offline", help="Use no server: read case folders.")]
KnowledgeFile = Annotated[
    Path | None,
    typer.Option("--knowledge", help="What `labo knowledge export` wrote. Offline only."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line and case.")]


@app.command("diagnose")
def diagnose_command(
    subjects: Subjects,
    offline: Offline = False,
    knowledge: KnowledgeFile = None,
    as_json: AsJson = False,
) -> None:
    """Find the cause of an incident: suspects, chain, evidence, and what to look at next.

    With --offline, each argument is a case folder and no server is needed. A malformed folder
    is reported with file, line and column; the others are still diagnosed, and the exit code
    is 2.

    Example: labo diagnose cases/checkout-slow --offline --json
    """
    from labo.errors import InvalidInput

    if not offline:
        raise InvalidInput(
            "an incident by its id needs the running server",
            where=subjects[0],
            hint="for case folders add --offline",
        )
    if diagnose_folders([Path(subject) for subject in subjects], knowledge, as_json):
        raise typer.Exit(2)


def diagnose_folders(folders: list[Path], knowledge_file: Path | None, as_json: bool) -> int:
    """Diagnose and print each folder in order; returns how many were malformed."""
    from labo.adapters.cases import read_case
    from labo.errors import InvalidInput

    knowledge = _read_knowledge(knowledge_file) if knowledge_file else None
    malformed = 0
    for folder in folders:
        try:
            case = read_case(folder)
        except InvalidInput as error:
            typer.echo(f"error: {error}", err=True)
            malformed += 1
            continue
        analysis = timed_analysis(case, knowledge)
        if as_json:
            sys.stdout.write(json.dumps(analysis_record(analysis), ensure_ascii=False) + "\n")
            sys.stdout.flush()
        else:
            from labo.cli.diagnosis_text import print_analysis

            print_analysis(case, analysis)
    return malformed


def timed_analysis(case: Case, knowledge: Knowledge | None) -> Analysis:
    """The analysis with the milliseconds it took, reading the folder not included."""
    from labo.domain.diagnosis.analyse import analyse

    start = time.perf_counter()
    analysis = analyse(case, knowledge)
    return replace(analysis, took_ms=round((time.perf_counter() - start) * 1000, 3))


def _read_knowledge(path: Path) -> Knowledge:
    from labo.domain.knowledge import from_json
    from labo.errors import InvalidInput

    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"can't be read: {error.strerror}", where=str(path)) from None
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}:{error.colno}"
        raise InvalidInput(f"not JSON: {error.msg}", where=where) from None
    except UnicodeDecodeError:
        raise InvalidInput("not UTF-8", where=f"{path}:1:1") from None
    return from_json(data)


def analysis_record(analysis: Analysis) -> dict[str, object]:
    """The exchange form of an analysis (docs/exchange-formats.md)."""
    return {
        "case": analysis.case,
        "verdict": analysis.verdict.value,
        "suspects": [
            {
                "component": suspect.component,
                "problem": suspect.problem,
                "probability": suspect.probability,
                "reasons": [_reason(reason) for reason in suspect.reasons],
            }
            for suspect in analysis.suspects
        ],
        "chains": [
            {"components": list(chain.components), "conditions": list(chain.conditions)}
            for chain in analysis.chains
        ],
        "ruled_out": [
            {"component": one.component, "reason": _reason(one.reason)}
            for one in analysis.ruled_out
        ],
        "missing": [_reason(reason) for reason in analysis.missing],
        "next_metric": analysis.next_metric,
        "took_ms": analysis.took_ms,
    }


def _reason(reason: Reason) -> dict[str, object]:
    from labo.domain.diagnosis.reasons import sentence

    return {"kind": reason.kind.value, "text": sentence(reason), "values": dict(reason.values)}
