"""A run of the lab as text: what was learnt, what was validated, how accuracy grew."""

from __future__ import annotations

from labo.cli.lab.plot import chart
from labo.cli.output import console, print_table
from labo.domain.causality.edges import EdgeStatus
from labo.domain.lab.reports import LabReport, Tally, TriedEdge

_MOST_ALIKE = 5


def print_report(report: LabReport) -> None:
    """Print it for a person; nothing that was missed is left out."""
    all_ = report.overall
    state = "done" if report.is_finished else "not finished; the same command continues it"
    _line(
        f"{report.key}: {report.simulated_hours:.1f} of {report.hours:g} simulated hours, "
        f"{all_.provoked + all_.controls} rounds, {report.experiments} experiments ({state})"
    )
    _print_accuracy(report)
    _print_problems(report)
    _print_edges(report)


def _print_accuracy(report: LabReport) -> None:
    all_ = report.overall
    if not all_.provoked and not all_.controls:
        _line("no round is complete yet")
        return
    _heading("Accuracy on each round's fault, before its labelled incident was learnt")
    rows = [_row(block) for block in report.blocks]
    print_table(
        (
            "rounds",
            "faults",
            "unfelt",
            "component",
            "component and problem",
            "of known ones",
            "wrong problem",
            "confirmed",
        ),
        [*rows, _row(all_, "all")],
    )
    _line(
        f"No-fault rounds: {all_.controls} rounds, {all_.false_alarms} false alarms. "
        f"Confirmed: {all_.confirmed}, of which wrong {all_.confirmed_wrong}."
    )
    for line in chart(report.points):
        _line(line)


def _row(tally: Tally, name: str = "") -> tuple[str, ...]:
    return (
        name or f"{tally.first}-{tally.last}",
        str(tally.provoked),
        str(tally.unfelt),
        _share(tally.localised, tally.provoked),
        _share(tally.named, tally.provoked),
        _share(tally.known_named, tally.known),
        str(tally.misnamed),
        str(tally.confirmed),
    )


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} {part / whole:.0%}" if whole else "-"


def _print_problems(report: LabReport) -> None:
    if not report.problems:
        return
    _heading(f"{len(report.problems)} problems learnt")
    print_table(
        ("problem", "on", "labelled incidents"),
        [(one.title, one.role, one.labelled_incidents) for one in report.problems],
    )
    minimal = report.metrics
    if minimal is None:
        return
    proof = "proven minimal" if minimal.proven else "the fewest found, not proven minimal"
    _heading(
        f"{len(minimal.metrics)} metrics distinguish them ({proof}, {minimal.saving:.0%} saved)"
    )
    for metric in minimal.metrics:
        _line(f"   - {metric}")
    for one, other in minimal.alike[:_MOST_ALIKE]:
        _line(f"   no metric distinguishes {one} from {other}")
    if len(minimal.alike) > _MOST_ALIKE:
        _line(f"   nor {len(minimal.alike) - _MOST_ALIKE} further pairs")


def _print_edges(report: LabReport) -> None:
    if not report.tested:
        return
    counts = ", ".join(f"{count} {status.value}" for status, count in report.edges if count)
    _heading(f"{len(report.tested)} causal edges tested: {counts}")
    for edge in report.tested:
        if edge.status in (EdgeStatus.VALIDATED, EdgeStatus.REFUTED):
            _line(f"   - {edge.status.value}: {claim_text(edge)}")


def claim_text(edge: TriedEdge) -> str:
    """The claim in words, with its probability and the number of pairs."""
    return (
        f"{edge.cause} causes {edge.effect} on its {_OTHER[edge.relation.value]} "
        f"({edge.probability:.0%}, {edge.pairs} pairs)"
    )


_OTHER = {
    "same": "own component",
    "callee": "caller",
    "caller": "callee",
    "host": "host",
    "shared": "neighbour",
}
"""The effect's component relative to the cause's, by the edge's relation."""


def _heading(text: str) -> None:
    console.print(f"\n{text}", style="bold", soft_wrap=True)


def _line(text: str) -> None:
    console.print(text, soft_wrap=True)
