"""A causal edge as JSON for programs, described in docs/commands.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def claim(edge: Mapping[str, Any]) -> dict[str, object]:
    """What is claimed and how far it is believed."""
    return {
        "key": edge["key"],
        "cause": edge["cause"],
        "effect": edge["effect"],
        "status": edge["status"].lower(),
        "probability": edge["probability"],
    }


def edge_record(edge: Mapping[str, Any]) -> dict[str, object]:
    """The claim with its figures; times in seconds."""
    return claim(edge) | {
        "relation": edge["relation"].lower(),
        "lag_s": [edge["lagLow"], edge["lagHigh"]],
        "max_lag_s": edge["maxLag"],
        "hits": edge["hits"],
        "misses": edge["misses"],
        "strength": [edge["strength"], edge["strengthLow"], edge["strengthHigh"]],
        "leak": edge["leak"],
        "leak_high": edge["leakHigh"],
        "e_value": edge["eValue"],
        "order_share": edge["orderShare"],
        "order_comparisons": edge["orderComparisons"],
        "version": edge["version"],
        "as_of": edge["asOf"],
        "explained": edge["explained"],
        "refuted_in": edge["refutedIn"],
        "confounded_by": edge["confoundedBy"],
        "decided_by": edge["decidedBy"],
        "decided_at": edge["decidedAt"],
        "reason": edge["reason"],
    }


def piece_record(one: Mapping[str, Any]) -> dict[str, object]:
    """One piece of evidence."""
    return {
        "kind": one["kind"].lower(),
        "polarity": one["polarity"],
        "weight": one["weight"],
        "observed_at": one["observedAt"],
        "summary": one["summary"],
        "system": one["system"],
        "provoked": one["provoked"],
        "outcome": one["outcome"] and one["outcome"].lower(),
        "gap_s": one["gap"],
    }
