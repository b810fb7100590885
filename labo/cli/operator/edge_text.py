"""The evidence of a causal edge, as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labo.cli.operator.moments import shown
from labo.cli.output import human_duration, say

_RELATIONS = {
    "SAME": "The cause is on the same component as the effect.",
    "CALLEE": "The cause is on a component that the effect's component calls.",
    "CALLER": "The cause is on a component that calls the effect's component.",
    "HOST": "The cause is on the host of the effect's component.",
    "SHARED": "The cause is on something that the effect's component shares with others.",
}
_SUPPORTS = {1: "for it", 0: "neither for nor against", -1: "against it"}


def print_edge(edge: Mapping[str, Any]) -> None:
    """Print `edge`, as GraphQL has it: the claim, its figures, and each piece of evidence."""
    cause, effect = edge["cause"]["title"], edge["effect"]["title"]
    say("[bold]{}[/]  {} [bold]causes[/] {}", edge["key"], cause, effect)
    say("  {}, belief {}", edge["status"].lower(), f"{edge['probability']:.0%}")
    for sentence in sentences(edge):
        say("  - {}", sentence)
    say("  [bold]Evidence[/]{}", "" if edge["evidence"] else ": nothing is stored about it")
    for one in edge["evidence"]:
        say("    - {}", _piece(one))


def sentences(edge: Mapping[str, Any]) -> Iterator[str]:
    """The figures of an edge, one sentence for each that is known."""
    yield _RELATIONS[edge["relation"]]
    yield _followed(edge)
    yield _leak(edge)
    if edge["orderComparisons"]:
        first = round(edge["orderShare"] * edge["orderComparisons"])
        yield f"Where the order was clear, the cause came first in {first} of " + (
            f"{edge['orderComparisons']} cases."
        )
    if edge["eValue"] > 1:
        yield f"Against chance it has an e-value of {edge['eValue']:.3g} (1 is no evidence)."
    if edge["confoundedBy"]:
        names = ", ".join(one["title"] for one in edge["confoundedBy"])
        strength = "explains all of it" if edge["explained"] else "may explain it"
        yield f"A common cause {strength} ({names}): only an experiment can decide."
    for one in edge["systems"]:
        if one["hits"] or one["misses"] or one["pairs"]:
            yield _in_system(one)
    for system in edge["refutedIn"]:
        yield f"Experiments showed no effect in the system {system}."
    for change in edge["history"]:
        before, after = change["before"].lower(), change["after"].lower()
        why = f": {change['why']}" if change["why"] else ""
        yield f"{shown(change['at'])}: {before} → {after}, by {change['by']}{why}"
    if edge["decidedBy"]:
        yield f"{edge['decidedBy']} decided on {shown(edge['decidedAt'])}: {edge['reason']}"


def _followed(edge: Mapping[str, Any]) -> str:
    seen = edge["hits"] + edge["misses"]
    if not seen:
        return "No case has tested it yet: it was only seen to go together."
    low, high = f"{edge['strengthLow']:.0%}", f"{edge['strengthHigh']:.0%}"
    lag = f"{human_duration(edge['lagLow'])} to {human_duration(edge['lagHigh'])}"
    within = human_duration(edge["maxLag"])
    return (
        f"The effect followed within {within} in {edge['hits']} of {seen} cases: strength "
        f"{edge['strength']:.0%} (95 % interval {low} to {high}), usually after {lag}."
    )


def _leak(edge: Mapping[str, Any]) -> str:
    if edge["leak"] == 0 and edge["leakHigh"] >= 1:
        return "How often the effect starts by itself is not known yet."
    window = human_duration(edge["maxLag"] + 30)
    return (
        f"By itself the effect starts in {edge['leak']:.1%} of windows of {window} "
        f"(95 %: at most {edge['leakHigh']:.1%})."
    )


def _in_system(one: Mapping[str, Any]) -> str:
    text = f"In {one['system']}: the effect followed {one['hits']} times, {one['misses']} times not"
    if one["pairs"]:
        low, high = f"{one['effectLow']:+.2f}", f"{one['effectHigh']:+.2f}"
        text += f"; {one['pairs']} paired runs with an effect of {one['effect']:+.2f}"
        text += f" (95 % interval {low} to {high})"
    return text + "."


def _piece(one: Mapping[str, Any]) -> str:
    words = [one["kind"].lower(), _SUPPORTS.get(one["polarity"], "unclear"), one["system"]]
    if one["gap"] is not None:
        words.append(
            f"the effect {abs(one['gap']):.0f} s {'after' if one['gap'] >= 0 else 'before'}"
        )
    if one["provoked"]:
        words.append("provoked")
    if one["weight"] == 0:
        words.append("counts for nothing")
    return f"{shown(one['observedAt'])}: {one['summary']} ({', '.join(words)})"
