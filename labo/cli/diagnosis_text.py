"""A diagnosis in plain words: the cause, the chain, the evidence, the fewest metrics."""

from __future__ import annotations

from collections.abc import Sequence

from labo.cli.output import say
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
    say("[bold]{}[/]: {}", analysis.case, about)
    if not analysis.suspects:
        say_headline(analysis.verdict, None)
        for reason in (*(one.reason for one in analysis.ruled_out), *analysis.missing):
            say("    - {}", reason.sentence)
        return
    first = analysis.suspects[0]
    say_headline(analysis.verdict, (first.component, first.problem, first.probability))
    if analysis.chains:
        say("  [bold]Chain[/]  {}", "  →  ".join(analysis.chains[0].components))
    say("  [bold]Evidence[/]")
    for reason in first.reasons:
        say("    - {}", reason.sentence)
    for other in analysis.suspects[1:_SHOWN_SUSPECTS]:
        why = other.reasons[0].sentence
        say("  Less likely: {} ({}): {}", other.component, f"{other.probability:.0%}", why)
    if found:
        print_minimal_set(found)
    if analysis.next_metric:
        say("  [bold]Measure next[/] {}", analysis.next_metric)


def say_headline(verdict: Verdict, first: tuple[str, str | None, float] | None) -> None:
    """Print the answer in one sentence; `first` is the leading suspect's component, problem (None:
    no known one) and probability."""
    headline = _HEADLINES[verdict]
    if first is None:
        say("  [bold]{}[/]", headline)
        return
    component, problem, probability = first
    named = f", {problem}" if problem else ""
    share = f"{probability:.0%}"
    if verdict is Verdict.INCONCLUSIVE:
        sentence = "  [bold]{}[/]; first of the suspects is [bold]{}[/] ({})"
        say(sentence, headline, component, share)
    else:
        say("  [bold]{}[/] is [bold]{}[/]{} ({})", headline, component, named, share)


def print_minimal_set(found: MinimalSet) -> None:
    """Print which metrics to collect, and the pairs that they can't separate."""
    proof = "proven minimal" if found.proven else f"at least {found.lower_bound:g} needed"
    say("  [bold]Minimal metric set[/] (cost {}, {})", f"{found.cost:g}", proof)
    selectors = {measurement.name: measurement.selector for measurement in found.measurements}
    for metric in found.metrics:
        say("    - {}", f"{metric}  {selectors.get(metric, '')}".rstrip())
    if not found.metrics:
        say("    - none: nothing is left to distinguish")
    _pairs("No available metric distinguishes", found.indistinguishable)
    for remedy in found.remedies:
        how = "excluded" if remedy.kind is RemedyKind.ALLOW else "once its states are learnt"
        pair = f"{remedy.pair[0]} and {remedy.pair[1]}"
        say("      {}: {} would, {}", pair, remedy.metric, how)
    _pairs("Fewer separating metrics than requested", found.under_covered)
    _pairs("No metric left for", found.unseparated)


def _pairs(title: str, pairs: Sequence[tuple[str, str]]) -> None:
    for a, b in pairs:
        say("    {}: {} and {}", title, a, b)
