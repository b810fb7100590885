"""The demo's incident in plain words, from GraphQL's answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labo.cli.output import say

_SHOWN_SAVING = 0.01
"""Less reads as 0 %."""


def print_summary(summary: Mapping[str, Any]) -> None:
    """Print what was found: cause, chain, evidence, minimal metric set, proposal, decision."""
    incident = summary["incident"]
    _heading("The incident", incident["title"])
    first, second = summary["labels"]
    _print_cause(incident["diagnosis"])
    _print_label(first, incident["diagnosis"])
    _print_minimal(summary["minimal_metrics"])
    _print_proposal(summary["proposal"], summary["decision"])
    _print_again(summary["again"])
    _print_label(second, summary["again"]["after"]["diagnosis"])


def _print_cause(diagnosis: Mapping[str, Any]) -> None:
    verdict, suspects = diagnosis["verdict"], diagnosis["suspects"]
    if not suspects:
        _heading("The cause", f"{verdict}: no suspect stands out")
        return
    first = suspects[0]
    share = f"{first['componentProbability']:.0%}"
    _heading("The cause", f"{first['componentName']} ({share}, {verdict})")
    shares = {one["componentName"]: one["componentProbability"] for one in suspects}
    for component in [*shares][1:3]:
        _line(f"rather than {component} ({shares[component]:.0%})")
    chain = diagnosis["chains"][0]
    hops = zip(chain["components"], chain["conditions"], strict=True)
    _heading("The causal chain", "  →  ".join(f"{name} [{state}]" for name, state in hops))
    _heading("The evidence", f"found in {diagnosis['tookMs']:.0f} ms, by no model")
    for reason in first["reasons"]:
        _line(reason["sentence"])


def _print_label(label: Mapping[str, Any], diagnosis: Mapping[str, Any]) -> None:
    """What the data set knows, which no part of the diagnosis has read."""
    suspected = diagnosis["suspects"][0]["componentName"] if diagnosis["suspects"] else None
    judgement = "right" if suspected == label["component"] else "wrong"
    _heading("By the data set", f"the cause was {label['component']}: {label['how']}")
    _line(f"the answer is {judgement}")


def _print_minimal(minimal: Mapping[str, Any]) -> None:
    proof = "proven minimal" if minimal["proven"] else f"at least {minimal['lowerBound']:g} needed"
    saving = f"; {minimal['saving']:.0%} saved" if minimal["saving"] >= _SHOWN_SAVING else ""
    count = len(minimal["metrics"])
    said = "1 metric distinguishes" if count == 1 else f"{count} metrics distinguish"
    text = f"{said} the suspects ({proof}{saving})"
    _heading("The minimal metric set", text)
    for metric in minimal["metrics"]:
        _line(metric)
    for pair in minimal["indistinguishable"]:
        _line(f"no available metric distinguishes {pair['one']} from {pair['other']}")


def _print_proposal(proposal: Mapping[str, Any], decision: Mapping[str, Any]) -> None:
    _heading(
        "The proposal",
        f"by {proposal['model']} at escalation level {proposal['escalationLevel']}, not executed",
    )
    _line(f"{proposal['proposedCommand']} (risk {proposal['riskLevel'].lower()})")
    _line(f"to undo it: {proposal['rollbackPlan']}")
    summary = f"{decision['verdict']} by {decision['decidedBy']}: {decision['reason']}"
    _heading("The decision", f"{summary}; stored in the graph as a finding")


def _print_again(again: Mapping[str, Any]) -> None:
    before, after = again["before"], again["after"]["diagnosis"]
    _heading("The same problem again", again["after"]["title"])
    _line(
        f"without what was learnt: {before['component']} ({before['probability']:.0%}, "
        f"{before['verdict']}), problem {before['problem'] or 'unknown'}"
    )
    for suspect in after["suspects"][:1]:
        is_shared = suspect["probability"] < suspect["componentProbability"]
        own = f" ({suspect['probability']:.0%})" if is_shared else ""
        _line(
            f"with it: {suspect['componentName']} ({suspect['componentProbability']:.0%}, "
            f"{after['verdict']}), problem {suspect['problemTitle'] or 'unknown'}{own}"
        )
        for reason in suspect["reasons"]:
            if reason["kind"] == "SIGNATURE_MATCHED":
                _line(reason["sentence"])


def _heading(title: str, text: str) -> None:
    say("\n[bold]{}[/bold]  {}", title, text)


def _line(text: str) -> None:
    say("   - {}", text)
