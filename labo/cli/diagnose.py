"""`labo diagnose`: the cause of an incident, from case folders (offline) or by its key (online)."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli.diagnosis_json import print_record
from labo.cli.metrics_only import read_metrics_only
from labo.cli.options import DataOption
from labo.cli.output import print_error

if TYPE_CHECKING:
    from labo.domain.diagnosis.classification.learnt import LearntOf
    from labo.domain.entities.diagnoses import Analysis
    from labo.domain.entities.series import Case
    from labo.domain.knowledge.knowledge import Knowledge

app = typer.Typer()

BUNDLED_NAME = "bundled"

Subjects = Annotated[
    list[str], typer.Argument(metavar="CASE_DIR... | INCIDENT", show_default=False)
]
Offline = Annotated[bool, typer.Option("--offline", help="Use no server: read case folders.")]
KnowledgeFile = Annotated[
    Path | None,
    typer.Option(
        "--knowledge",
        help="What `labo knowledge export` wrote, or `bundled`: what was learnt in the lab. "
        "Offline only.",
    ),
]
MetricsOnly = Annotated[
    str | None,
    typer.Option(
        "--metrics-only",
        metavar="SET",
        help="Use these metrics alone: a file from `labo metrics minimal --json`, names "
        "separated by commas, or the id of a stored set.",
    ),
]
Again = Annotated[bool, typer.Option("--again", help="Diagnose an incident anew, and keep that.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line and case.")]


@app.command("diagnose")
def diagnose_command(
    subjects: Subjects,
    offline: Offline = False,
    knowledge: KnowledgeFile = None,
    metrics_only: MetricsOnly = None,
    again: Again = False,
    data: DataOption = None,
    as_json: AsJson = False,
) -> None:
    """Find the cause of an incident: suspects, chain, evidence, and the metric to measure next.

    Of an incident, named by its key or the beginning of one, the diagnosis that is kept is shown,
    as everywhere; asking changes nothing. --again diagnoses it anew. Exit code 4 when there is
    none, 5 when one that is over is asked about again.

    A case folder is compared with what the stack has learnt; with --offline it needs no server. A
    malformed folder is reported with file, line and column; the others are still diagnosed, and the
    exit code is 2.

    Examples: labo diagnose cases/checkout-slow --offline --json · labo diagnose 4050af64 ·
    labo diagnose 4050af64 --again
    """
    only = read_metrics_only(metrics_only, offline=offline, data=data) if metrics_only else None
    if offline:
        folders, learnt = subjects, read_knowledge(knowledge) if knowledge else None
    else:
        from labo.cli.diagnose_live import diagnose_incidents

        folders, learnt = diagnose_incidents(subjects, as_json, only, data, again=again)
    if diagnose_folders([Path(folder) for folder in folders], learnt, as_json, only):
        raise typer.Exit(2)


def diagnose_folders(
    folders: list[Path],
    knowledge: Knowledge | None,
    as_json: bool,
    only: frozenset[str] | None = None,
) -> int:
    """Diagnose and print each folder in order; returns how many were malformed.

    With `only`, by these metrics alone; a folder with none of them counts as malformed.
    """
    from labo.adapters.cases.reading import read_case
    from labo.errors import InvalidInput
    from labo.services.knowledge.learnt_cache import LearntCache

    malformed, learnt = 0, LearntCache()
    for folder in folders:
        try:
            case = read_case(folder)
            analysis = timed_analysis(case, knowledge, learnt, only)
        except InvalidInput as error:
            print_error(str(error))
            malformed += 1
            continue
        if as_json:
            print_record(analysis)
        else:
            _print_case(case, analysis)
    return malformed


def _print_case(case: Case, analysis: Analysis) -> None:
    from labo.cli.diagnosis_text import print_analysis
    from labo.domain.metric_sets.incident_table import incident_table
    from labo.domain.metric_sets.test_cover.solve import minimal_set

    found = minimal_set(incident_table(case, analysis)) if analysis.suspects else None
    print_analysis(analysis, f"{case.target} has a symptom", found)


def timed_analysis(
    case: Case,
    knowledge: Knowledge | None,
    learnt: LearntOf,
    only: frozenset[str] | None = None,
) -> Analysis:
    """The analysis with the milliseconds it took, without reading the folder.

    Raises InvalidInput when `only` names nothing that the case has.
    """
    from labo.domain.diagnosis.analyse import analyse
    from labo.domain.diagnosis.restricted import asked_part, with_left_out

    start = time.perf_counter()
    examined = case if only is None else asked_part(case, only)
    analysis = analyse(examined, knowledge, learnt)
    if only is not None:
        analysis = with_left_out(analysis, case, examined)
    return replace(analysis, took_ms=round((time.perf_counter() - start) * 1000, 3))


def read_knowledge(named: Path) -> Knowledge:
    """The file's knowledge, or the pack that comes with the product for `BUNDLED_NAME`. Raises
    InvalidInput with the position in the file."""
    from labo.adapters import knowledge_files

    if str(named) == BUNDLED_NAME:
        return knowledge_files.read_bundled()
    return knowledge_files.read_knowledge(named)
