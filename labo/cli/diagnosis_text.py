"""A diagnosis in plain words: the cause, the chain, the evidence, the fewest metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labo.cli.output import say
from labo.domain.entities.diagnoses import (
    Analysis,
    Suspect,
    Verdict,
    component_probabilities,
    probability_text,
)
from labo.domain.metric_sets.sets import MinimalSet, RemedyKind

_HEADLINES = {
    Verdict.CONFIRMED: "The confirmed cause",
    Verdict.LIKELY: "The likely cause",
    Verdict.INCONCLUSIVE: "No cause stands out",
    Verdict.NO_PROBLEM: "No problem seen",
}
_SHOWN_COMPONENTS = 3


def print_analysis(analysis: Analysis, about: str, found: MinimalSet | None) -> None:
    """Print one analysis for a person; `about` names its subject, `found` distinguishes its
    suspects."""
    say("[bold]{}[/]: {}", analysis.case, about)
    if not analysis.suspects:
        say_headline(analysis.verdict, ())
        for reason in (*(one.reason for one in analysis.ruled_out), *analysis.missing):
            say("    - {}", reason.sentence)
        return
    say_headline(analysis.verdict, analysis.suspects)
    if analysis.chains:
        say("  [bold]Chain[/]  {}", "  →  ".join(analysis.chains[0].components))
    say("  [bold]Evidence[/]")
    for reason in analysis.suspects[0].reasons:
        say("    - {}", reason.sentence)
    firsts = {one.component: one for one in reversed(analysis.suspects)}
    why = {name: one.reasons[0].sentence for name, one in firsts.items() if one.reasons}
    say_less_likely(analysis.suspects, why)
    if found:
        print_minimal_set(found)
    if analysis.next_metric:
        say("  [bold]Measure next[/] {}", analysis.next_metric)


def say_headline(verdict: Verdict, suspects: Sequence[Suspect]) -> None:
    """Print the answer in one sentence, with the probability of the leading suspect's component;
    where several of its problems are suspected, each has its own beside it."""
    headline = _HEADLINES[verdict]
    if not suspects:
        say("  [bold]{}[/]", headline)
        return
    component = suspects[0].component
    share = probability_text(component, suspects)
    if verdict is Verdict.INCONCLUSIVE:
        sentence = "  [bold]{}[/]; first of the suspects is [bold]{}[/] ({})"
        say(sentence, headline, component, share)
    else:
        named = _only_problem(component, suspects)
        say("  [bold]{}[/] is [bold]{}[/]{} ({})", headline, component, named, share)


def say_less_likely(suspects: Sequence[Suspect], why: Mapping[str, str]) -> None:
    """Print the components that come after the leading suspect's; `why` is a sentence by name."""
    if not suspects:
        return
    others = [one for one in component_probabilities(suspects) if one != suspects[0].component]
    for component in others[: _SHOWN_COMPONENTS - 1]:
        named = _only_problem(component, suspects)
        share = probability_text(component, suspects)
        reason = f": {why[component]}" if component in why else ""
        say("  Less likely: {}{} ({}){}", component, named, share, reason)


def _only_problem(component: str, suspects: Sequence[Suspect]) -> str:
    """`, slow` where one problem of the component is suspected, and it is known."""
    problems = [one.problem for one in suspects if one.component == component]
    return f", {problems[0]}" if len(problems) == 1 and problems[0] else ""


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
