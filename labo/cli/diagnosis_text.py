"""A diagnosis in plain words: the cause, the chain, the evidence, the fewest metrics."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape

from labo.cli.output import console
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.metric_sets.sets import MinimalSet, RemedyKind

_HEADLINES = {
    Verdict.CONFIRMED: "The cause is confirmed",
    Verdict.LIKELY: "The likely cause",
    Verdict.INCONCLUSIVE: "No cause stands out",
    Verdict.NO_PROBLEM: "No problem seen",
}
_SHOWN_SUSPECTS = 3


def print_analysis(analysis: Analysis, about: str, found: MinimalSet | None) -> None:
    """Print one analysis for a person; `about` names its subject, `found` distinguishes its
    suspects."""
    _line(f"[bold]{escape(analysis.case)}[/]: {escape(about)}")
    headline = _HEADLINES[analysis.verdict]
    if not analysis.suspects:
        _line(f"  [bold]{headline}[/]")
        for reason in (*(one.reason for one in analysis.ruled_out), *analysis.missing):
            _line(f"    - {escape(reason.sentence)}")
        return
    first = analysis.suspects[0]
    problem = f", {escape(first.problem)}" if first.problem else ""
    _line(
        f"  [bold]{headline}[/] is [bold]{escape(first.component)}[/]{problem} "
        f"({first.probability:.0%})"
        if analysis.verdict is not Verdict.INCONCLUSIVE
        else f"  [bold]{headline}[/]; first of the suspects is "
        f"[bold]{escape(first.component)}[/] ({first.probability:.0%})"
    )
    if analysis.chains:
        _line("  [bold]Chain[/]  " + escape("  →  ".join(analysis.chains[0].components)))
    _line("  [bold]Evidence[/]")
    for reason in first.reasons:
        _line(f"    - {escape(reason.sentence)}")
    for other in analysis.suspects[1:_SHOWN_SUSPECTS]:
        why = escape(other.reasons[0].sentence)
        _line(f"  Less likely: {escape(other.component)} ({other.probability:.0%}): {why}")
    if found:
        print_minimal_set(found)
    if analysis.next_metric:
        _line(f"  [bold]Measure next[/] {escape(analysis.next_metric)}")


def print_minimal_set(found: MinimalSet) -> None:
    """Print which metrics to collect, and the pairs that they can't separate."""
    proof = "proven minimal" if found.proven else f"at least {found.lower_bound:g} needed"
    _line(f"  [bold]Minimal metric set[/] (cost {found.cost:g}, {proof})")
    selectors = {measurement.name: measurement.selector for measurement in found.measurements}
    for metric in found.metrics:
        _line(f"    - {escape(metric)}  {escape(selectors.get(metric, ''))}".rstrip())
    if not found.metrics:
        _line("    - none: nothing is left to distinguish")
    _pairs("No available metric distinguishes", found.indistinguishable)
    for remedy in found.remedies:
        how = "excluded" if remedy.kind is RemedyKind.ALLOW else "once its states are learnt"
        pair = f"{remedy.pair[0]} and {remedy.pair[1]}"
        _line(f"      {escape(pair)}: {escape(remedy.metric)} would, {how}")
    _pairs("Fewer separating metrics than requested", found.under_covered)
    _pairs("No metric left for", found.unseparated)


def _pairs(title: str, pairs: Sequence[tuple[str, str]]) -> None:
    for a, b in pairs:
        _line(f"    {title}: {escape(a)} and {escape(b)}")


def _line(markup: str) -> None:
    console.print(markup, soft_wrap=True)
